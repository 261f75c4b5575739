"""Who is one step away: the table says what turning each condition for each company says."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from matcher.language.conditions import leaves as leaves_of
from matcher.layout import CODE
from matcher.logic import Truth
from matcher.nearby.moves import takes_effort
from matcher.profile import Fact, FactKey, Profile
from matcher.readers.leaves import LeafJudge, combine
from matcher.readers.measuring import Context
from matcher.readers.prose import Wording
from matcher.registry.engines import DuckDBEngine, Engine, PolarsEngine
from matcher.registry.near import near_program, write_near
from matcher.registry.outcomes import program
from matcher.tree import Condition, Leaf
from tests.conftest import AS_OF, seeds
from tests.strategies import seeded, shipped
from tests.tables import storable, write_table

VOCABULARY = shipped().vocabulary
CODE_KEY = FactKey("统一社会信用代码")
EFFORT = LeafJudge(VOCABULARY, Context(Profile(), AS_OF))


def turned(node: Condition, judge: LeafJudge, leaf: Leaf, truth: bool) -> Truth:
    """Judge a condition as if one leaf came out so."""
    if isinstance(node, Leaf):
        return truth if node == leaf else judge.judge(node).truth
    return combine(node, [turned(child, judge, leaf, truth) for child in node.children])


def one_step(condition: Condition, profile: Profile) -> set[tuple[str, bool]]:
    """Name the conditions that alone stand in the way of one company."""
    judge, wording = LeafJudge(VOCABULARY, Context(profile, AS_OF)), Wording(VOCABULARY)
    if judge.condition(condition).truth is not False:
        return set()
    return {
        (wording.leaf(leaf), wanted)
        for leaf in leaves_of(condition)
        for wanted in (True, False)
        if takes_effort(leaf, wanted, EFFORT)
        and judge.judge(leaf).truth is not None
        and judge.judge(leaf).truth is not wanted
        and turned(condition, judge, leaf, wanted) is True
    }


@pytest.mark.parametrize("kind", [PolarsEngine, DuckDBEngine])
@pytest.mark.parametrize("seed", seeds(1))
def test_the_table_names_every_single_condition(
    kind: type[Engine], seed: int, tmp_path: Path
) -> None:
    maker, catalogue = seeded(seed), shipped()
    measures = catalogue.measures[:60]
    made = [maker.profile(*(item.condition for item in measures), known=2) for _ in range(40)]
    profiles = [
        storable(
            Profile({**one.facts, CODE_KEY: Fact(f"91340100MA{number:07}K")}), VOCABULARY, AS_OF
        )
        for number, one in enumerate(made)
    ]
    layout = write_table(profiles, VOCABULARY, AS_OF, tmp_path / "facts.parquet")
    said = [one.measure for one in program(catalogue, measures, layout, AS_OF).asked]
    near = near_program(catalogue, said, layout, AS_OF)
    with kind() as engine:
        engine.load([tmp_path / "facts.parquet"], layout.columns(VOCABULARY))
        count = write_near(near, engine, tmp_path / "near.parquet", VOCABULARY)

    rows = pl.read_parquet(tmp_path / "near.parquet")
    expected = {
        (f"91340100MA{number:07}K", measure.id, condition, turns)
        for number, profile in enumerate(profiles)
        for measure in said
        for condition, turns in one_step(measure.condition, profile)
    }
    assert set(rows.iter_rows()) == expected
    assert count == rows.height == len(expected) > 5
    assert rows.columns == [CODE, "measure", "condition", "turns"]

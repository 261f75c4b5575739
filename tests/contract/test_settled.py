"""Readers that do not settle say OPEN where a finding is settled, and never the contrary."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from matcher.finding import Matcher
from matcher.readers.columns import Facts, Unsayable, as_column
from matcher.readers.compiled import _Writer, compile_conditions
from matcher.readers.evaluate import Evaluate
from matcher.readers.fold import LEAVES, Fold
from matcher.readers.ibis import IbisReader
from matcher.readers.rulesets import DurableWriter
from matcher.readers.settled import Settler, settle
from matcher.registry.engines import PolarsEngine, facts_table
from matcher.tree import AllOf, AnyOf, AtLeast, Condition, Leaf, Not
from tests.conftest import AS_OF, seeds
from tests.strategies import Maker, seeded, shipped
from tests.tables import storable, write_table

VOCABULARY = shipped().vocabulary
SAYABLE: tuple[type[Leaf], ...] = tuple(leaf for leaf in LEAVES if leaf not in IbisReader.cannot)
PLAIN: tuple[type[Fold[object]], ...] = (Evaluate, _Writer, IbisReader, DurableWriter)  # type: ignore[assignment]


@pytest.mark.parametrize("reader", PLAIN)
def test_readers_declare_that_they_stay_with_kleene(reader: type[Fold[object]]) -> None:
    assert not reader.settles
    assert Settler.settles


def doubled(maker: Maker) -> Condition:
    """A condition that asks for one thing twice, which is where verdicts settle."""
    leaf, other = maker.leaf(SAYABLE), maker.leaf(SAYABLE)
    parts = (leaf, Not(leaf), other)
    return maker.pick((AllOf, AnyOf, lambda made: AtLeast(2, made)))(parts)  # type: ignore[no-any-return]


@pytest.mark.parametrize("seed", seeds(2))
def test_the_fast_path_and_the_tables_never_contradict(seed: int, tmp_path: Path) -> None:
    maker = seeded(900 + seed)
    conditions = [doubled(maker) for _ in range(40)]
    profiles = [storable(maker.profile(*conditions, known=1), VOCABULARY, AS_OF) for _ in range(8)]
    compiled = compile_conditions(conditions, VOCABULARY)
    layout = write_table(profiles, VOCABULARY, AS_OF, tmp_path / "facts.parquet")
    table = facts_table(layout.columns(VOCABULARY))
    reader = IbisReader(Facts(table, layout, VOCABULARY, AS_OF))
    said = {}
    for place, condition in enumerate(conditions):
        try:
            said[f"c{place}"] = as_column(reader(condition).truth)
        except Unsayable:
            continue
    with PolarsEngine() as engine:
        engine.load([tmp_path / "facts.parquet"], layout.columns(VOCABULARY))
        rows = next(iter(engine.rows(table.select("row_number", **said)))).sort("row_number")

    settled = 0
    for number, profile in enumerate(profiles):
        evaluation, fast = Evaluate(VOCABULARY, profile, AS_OF), compiled(profile, AS_OF)
        for place, condition in enumerate(conditions):
            found = settle(evaluation(condition), evaluation.judge)
            if found is not None:
                settled += 1
                assert fast[place] is None
                if f"c{place}" in said:
                    assert rows[f"c{place}"][number] is None
    assert settled > 20


@pytest.mark.parametrize("seed", seeds(4))
def test_the_fast_path_never_contradicts_a_finding(seed: int) -> None:
    maker, matcher = seeded(40 + seed), Matcher(shipped())
    profile = maker.profile(*(item.condition for item in shipped().measures), known=1)
    truths = dict(
        zip(
            (item.id for item in shipped().measures),
            matcher.verdicts(profile, AS_OF),
            strict=True,
        )
    )
    for finding in matcher.match(profile, AS_OF).findings:
        assert truths[finding.measure.id] in (None, finding.verdict.truth)


@pytest.mark.parametrize("seed", seeds(6))
def test_the_brief_verdicts_are_those_of_the_findings(seed: int) -> None:
    """Half of the rules ask for one thing twice, so that many verdicts settle beyond Kleene's logic."""
    maker, catalogue = seeded(70 + seed), shipped()
    document = catalogue.documents[0]
    clauses = tuple(
        replace(
            clause, measures=tuple(replace(m, condition=doubled(maker)) for m in clause.measures)
        )
        for clause in document.clauses
    )
    mixed = replace(
        catalogue, documents=(replace(document, clauses=clauses), *catalogue.documents[1:])
    )
    profile = maker.profile(*(item.condition for item in mixed.measures), known=seed % 3)
    for general in (True, False):
        matcher = Matcher(mixed, general=general)
        brief, findings = matcher.brief(profile, AS_OF), matcher.match(profile, AS_OF).findings
        assert brief.verdicts == {item.measure.id: item.verdict for item in findings}
        assert {item.general for item in findings} == {brief.general}

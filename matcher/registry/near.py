"""A facts table -> ``near.parquet``: which company is one step away from which measure.

One step away is a company that does not meet a measure and would, if one condition alone came out
otherwise that it can change. Each measure gives one whole number a company, with one bit for each such
condition: the whole condition is read once more with that leaf turned. Whether a real change of facts
turns the leaf and leaves the others alone is worked out for one company by `mianshen near`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from matcher.catalogue import Catalogue
from matcher.documents.model import Measure
from matcher.language.conditions import leaves as leaves_of
from matcher.layout import CODE, Layout
from matcher.nearby.moves import takes_effort
from matcher.profile import Profile
from matcher.readers.columns import Column, Facts, all_of, any_of, as_column, is_met, is_unmet
from matcher.readers.ibis import IbisReader
from matcher.readers.leaves import LeafJudge
from matcher.readers.measuring import Context
from matcher.readers.prose import Wording
from matcher.readers.said import Said
from matcher.registry.engines import Engine, facts_table
from matcher.registry.outcomes import MAX_FACTS, Kept
from matcher.tree import Leaf
from matcher.vocabulary.model import Vocabulary

NEAR = "near.parquet"
_SCHEMA = pa.schema(
    [(name, pa.large_string()) for name in (CODE, "measure", "condition")] + [("turns", pa.bool_())]
)


@dataclass(frozen=True, slots=True)
class OneStep:
    """One measure: its column, and the conditions whose bits it may set, lowest bit first.

    Each stands with what it would have to come out as.
    """

    measure: Measure
    column: str
    steps: tuple[tuple[Leaf, bool], ...]


@dataclass(frozen=True, slots=True)
class NearProgram:
    """The expression of all measures over a facts table, and what its columns mean."""

    expression: Any
    measures: tuple[OneStep, ...]


def near_program(
    catalogue: Catalogue, measures: Sequence[Measure], layout: Layout, as_of: date
) -> NearProgram:
    """Write, for measures that a table can say, which one condition stands in the way."""
    vocabulary = catalogue.vocabulary
    table = facts_table(layout.columns(vocabulary))
    kept = Kept(Facts(table, layout, vocabulary, as_of), "leaf")
    for measure in measures:
        for leaf in leaves_of(measure.condition):
            kept.add(leaf)
    truths = {name: as_column(truth) for name, truth in kept.columns.items()}
    leaves = table.select(table[CODE], **truths)
    judge = LeafJudge(vocabulary, Context(Profile(), as_of))
    writer = _Writer(kept, leaves)
    made, columns = [], {}
    for place, measure in enumerate(measures):
        steps = list(writer.steps(measure, judge))[:MAX_FACTS]
        if steps:
            name = f"n{place}"
            columns[name] = _bits([column for _, _, column in steps])
            made.append(OneStep(measure, name, tuple((leaf, so) for leaf, so, _ in steps)))
    return NearProgram(leaves.select(leaves[CODE], **columns), tuple(made))


class _Writer:
    def __init__(self, kept: Kept, leaves: Any) -> None:
        self.facts, self.read = kept.reader.facts, kept.reading(leaves)
        self.plain = IbisReader(self.facts, self.read)

    def steps(self, measure: Measure, judge: LeafJudge) -> Iterator[tuple[Leaf, bool, Column]]:
        """Give the conditions that may stand alone in the way, and in which rows each does."""
        against = is_unmet(self.plain(measure.condition).truth)
        for leaf in dict.fromkeys(leaves_of(measure.condition)):
            truth = self.read(leaf).truth
            for wanted in (True, False):
                if not takes_effort(leaf, wanted, judge):
                    continue
                turned = IbisReader(self.facts, self._turning(leaf, wanted))
                stands = is_unmet(truth) if wanted else is_met(truth)
                step = all_of(against, stands, is_met(turned(measure.condition).truth))
                if step is not False:
                    yield leaf, wanted, step

    def _turning(self, turned: Leaf, wanted: bool) -> Callable[[Leaf], Said]:
        return lambda leaf: Said(wanted) if leaf == turned else self.read(leaf)


def _bits(steps: Sequence[Column]) -> Any:
    bits: Any = ibis.literal(0, "int64")
    for place, step in enumerate(steps):
        weight = ibis.literal(1 << place, "int64")
        bits = bits + (weight if step is True else ibis.ifelse(any_of(step), weight, 0))
    return bits


def write_near(program: NearProgram, engine: Engine, path: Path, vocabulary: Vocabulary) -> int:
    """Write one row a company, measure and condition; give how many.

    ``turns`` is what the condition would have to come out as: true where it must be met, false where it
    must end. The facts have to be loaded already.
    """
    wording, rows = Wording(vocabulary), 0
    with pq.ParquetWriter(path, _SCHEMA, compression="zstd") as writer:
        for batch in engine.rows(program.expression) if program.measures else ():
            found = [part for one in program.measures for part in _parts(batch, one, wording)]
            if found:
                together = pl.concat(found)
                rows += together.height
                writer.write_table(together.to_arrow().cast(_SCHEMA))
    return rows


def _parts(batch: pl.DataFrame, one: OneStep, wording: Wording) -> Iterator[pl.DataFrame]:
    for place, (leaf, wanted) in enumerate(one.steps):
        chosen = batch.filter((pl.col(one.column) & (1 << place)) != 0).select(CODE)
        if chosen.height:
            yield chosen.with_columns(
                pl.lit(one.measure.id).alias("measure"),
                pl.lit(wording.leaf(leaf)).alias("condition"),
                pl.lit(wanted).alias("turns"),
            )

"""What every measure comes to for every company of a facts table, as one Ibis expression.

Each measure gives one whole number a company: the outcome in the lowest two bits, and above them, where
the outcome is `OPEN`, one bit for each fact that is missing and can still change it. Equal leaves are
columns of their own, so a back end computes them once. What `matcher.finding` makes of one company's
proof, `delivery_of` makes of such a number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis

from matcher.catalogue import Catalogue
from matcher.documents.model import DIRECTIONAL, NO_MONEY, Measure
from matcher.finding import GUIDING, Delivery
from matcher.language.conditions import leaves as leaves_of
from matcher.layout import CODE, ROW, Layout
from matcher.logic import Verdict
from matcher.profile import FactKey
from matcher.readers.columns import (
    Column,
    Facts,
    Unsayable,
    all_of,
    as_column,
    is_met,
    is_open,
    is_unmet,
)
from matcher.readers.ibis import IbisReader
from matcher.readers.said import Said, lacking
from matcher.registry.engines import facts_table
from matcher.tree import Leaf
from matcher.vocabulary.model import JUDGEMENT, Kind, Vocabulary

UNMET, MET, AUTOMATIC, OPEN = range(4)
OUTCOME_BITS, OUTCOME_MASK = 2, 3
VERDICT_OF = {UNMET: Verdict.UNMET, MET: Verdict.MET, AUTOMATIC: Verdict.MET, OPEN: Verdict.OPEN}
MAX_FACTS = 60
TOO_MANY = f"牵涉的指标超过 {MAX_FACTS} 项"
# The facts by which companies are counted in groups.
GROUPED = {"注册地": "by_region", "行业": "by_industry"}
NOT_PROVEN = (NO_MONEY, DIRECTIONAL)


@dataclass(frozen=True, slots=True)
class Asked:
    """One measure of a run: its column, and the facts whose bits it may set, lowest bit first."""

    measure: Measure
    column: str
    facts: tuple[FactKey, ...]

    def judged_bits(self, vocabulary: Vocabulary) -> int:
        """Give the bits of facts that an authority decides: judgements and ranks."""
        kinds = vocabulary.attributes
        return sum(
            1 << bit
            for bit, key in enumerate(self.facts)
            if key.attribute == JUDGEMENT or kinds[key.attribute].kind is Kind.RANK
        )


@dataclass(frozen=True, slots=True)
class Program:
    """The expression of a run, what its columns mean, and the measures a table cannot say."""

    expression: Any
    asked: tuple[Asked, ...]
    refused: dict[str, str]


def program(
    catalogue: Catalogue,
    measures: Sequence[Measure],
    layout: Layout,
    as_of: date,
    *,
    general: bool = True,
) -> Program:
    """Write the measures over a facts table of a layout."""
    table = facts_table(layout.columns(catalogue.vocabulary))
    writer = _Writer(catalogue, layout, table, as_of, general)
    sayable, refused = writer.sayable(measures)
    asked, columns = writer.columns(sayable)
    groups = {by: writer.leaves[by] for by in GROUPED.values() if by in writer.leaves.columns}
    through = (writer.leaves[ROW], writer.leaves[CODE])
    return Program(writer.leaves.select(*through, **groups, **columns), tuple(asked), refused)


class Kept:
    """Leaves of one reading of a table (all facts, or attested ones), put into columns."""

    def __init__(self, facts: Facts, prefix: str) -> None:
        self.reader, self.prefix = IbisReader(facts), prefix
        self.said: dict[Leaf, Said] = {}
        self.names: dict[Leaf, str] = {}
        self.columns: dict[str, Column] = {}

    def add(self, leaf: Leaf) -> None:
        """Make a leaf's columns; `Unsayable` where it cannot be said."""
        if leaf in self.said:
            return
        said = self.said[leaf] = self.reader(leaf)
        name, own = f"{self.prefix}{len(self.names)}", {}
        if not _constant(said.truth):
            own[name] = said.truth
        if len(said.missing) > 1 or _constant(said.truth):
            for place, (_, absent) in enumerate(said.missing):
                if not isinstance(absent, bool):
                    own[f"{name}_{place}"] = absent
        if own:
            self.names[leaf] = name
            self.columns |= own

    def reading(self, table: Any) -> Callable[[Leaf], Said]:
        """Give what reads each leaf from its columns in ``table``."""

        def kept(leaf: Leaf) -> Said:
            said, name = self.said[leaf], self.names.get(leaf)
            if name is None:
                return said
            truth = said.truth if _constant(said.truth) else table[name]
            if len(said.missing) == 1 and not _constant(truth):
                return Said(truth, ((said.missing[0][0], truth.isnull()),))
            return Said(
                truth,
                tuple(
                    (key, absent if isinstance(absent, bool) else table[f"{name}_{place}"])
                    for place, (key, absent) in enumerate(said.missing)
                ),
            )

        return kept


def _constant(truth: Column) -> bool:
    """Say whether a truth is the same in every row; which facts are missing may differ all the same."""
    return truth is None or isinstance(truth, bool)


class _Writer:
    def __init__(
        self, catalogue: Catalogue, layout: Layout, table: Any, as_of: date, general: bool
    ) -> None:
        self.catalogue, self.table, self.general = catalogue, table, general
        self.facts = Facts(table, layout, catalogue.vocabulary, as_of)
        sure = Facts(table, layout.attested(), catalogue.vocabulary, as_of)
        self.all, self.sure = Kept(self.facts, "leaf"), Kept(sure, "sure")

    def sayable(self, measures: Sequence[Measure]) -> tuple[list[Measure], dict[str, str]]:
        """Make the leaves of all measures; give those that can be said, and why the rest cannot."""
        said, refused = [], {}
        for measure in measures:
            try:
                for leaf in leaves_of(measure.condition):
                    self.all.add(leaf)
                    if _needs_proof(measure):
                        self.sure.add(leaf)
            except Unsayable as error:
                refused[measure.id] = str(error)
            else:
                said.append(measure)
        for leaf in leaves_of(self.catalogue.exclusion):
            self.sure.add(leaf)
        known = ((by, self.facts.main(FactKey(label))) for label, by in GROUPED.items())
        groups = {by: column for by, column in known if column is not None}
        columns = {**self.all.columns, **self.sure.columns}
        truths = {name: as_column(truth) for name, truth in columns.items()}
        self.leaves = self.table.select(self.table[ROW], self.table[CODE], **groups, **truths)
        return said, refused

    def columns(self, measures: Sequence[Measure]) -> tuple[list[Asked], dict[str, Any]]:
        """Give a column for each measure."""
        read = IbisReader(self.facts, self.all.reading(self.leaves))
        proof = IbisReader(self.sure.reader.facts, self.sure.reading(self.leaves))
        clear = is_unmet(proof(self.catalogue.exclusion).truth) if self.general else False
        columns: dict[str, Any] = {}
        asked = []
        for place, measure in enumerate(measures):
            said = read(measure.condition)
            lacks = lacking(said)
            if len(lacks) > MAX_FACTS:
                raise Unsayable(f"{measure.id}:{TOO_MANY}")
            proven = is_met(proof(measure.condition).truth) if _needs_proof(measure) else False
            automatic = all_of(clear, proven)
            name = f"o{place}"
            columns[name] = _number(said, lacks, automatic)
            asked.append(Asked(measure, name, tuple(key for key, _ in lacks)))
        return asked, columns


def group_columns(layout: Layout, vocabulary: Vocabulary) -> dict[str, tuple[str, dict[int, str]]]:
    """Give, by attribute, the column that groups companies and the name of each of its values."""
    names: dict[str, Callable[[str], str]] = {
        "注册地": vocabulary.regions.name,
        "行业": lambda code: vocabulary.industries.name(vocabulary.industries.path(code)[-1]),
    }
    return {
        label: (
            by,
            {
                code: "、".join(dict.fromkeys(names[label](one) for one in value))
                for code, value in enumerate(layout.dictionaries.get(label, ()))
            },
        )
        for label, by in GROUPED.items()
    }


def _needs_proof(measure: Measure) -> bool:
    return measure.kind != GUIDING and measure.benefit_basis not in NOT_PROVEN


def _number(said: Said, lacks: Sequence[tuple[FactKey, Column]], automatic: Column) -> Any:
    kind = "int32" if len(lacks) + OUTCOME_BITS < 31 else "int64"

    def number(value: int) -> Any:
        return ibis.literal(value, kind)

    bits: Any = number(OPEN)
    for bit, (_, absent) in enumerate(lacks):
        weight = number(1 << (bit + OUTCOME_BITS))
        # The truth is unknown here anyway, so the fact need not ask again.
        bits = bits + (weight if absent is True else ibis.ifelse(absent, weight, number(0)))
    met = _pick(automatic, number(AUTOMATIC), number(MET))
    return _pick(is_open(said.truth), bits, _pick(is_met(said.truth), met, number(UNMET)))


def _pick(test: Column, then: Any, otherwise: Any) -> Any:
    if isinstance(test, bool):
        return then if test else otherwise
    return ibis.ifelse(test, then, otherwise)


def delivery_of(asked: Asked, outcome: int, vocabulary: Vocabulary) -> Delivery | None:
    """Read the delivery table for one number of a measure: as `matcher.finding` does for a proof."""
    measure, verdict, bits = asked.measure, outcome & OUTCOME_MASK, outcome >> OUTCOME_BITS
    if measure.kind == GUIDING:
        return Delivery.GUIDANCE
    if measure.benefit_basis == NO_MONEY:
        return Delivery.SERVICE if verdict in (MET, AUTOMATIC) else None
    if measure.benefit_basis == DIRECTIONAL:
        return None
    if verdict == OPEN:
        waits = bits and not bits & ~asked.judged_bits(vocabulary)
        return Delivery.APPLICATION if waits else None
    if verdict == UNMET:
        return None
    return Delivery.AUTOMATIC if verdict == AUTOMATIC else Delivery.EXPRESS

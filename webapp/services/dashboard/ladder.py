"""Who holds which title: each rung of the ladders whose standards are in force, as one condition a company."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from matcher import tree
from matcher.catalogue import Catalogue
from matcher.layout import CODE, Layout
from matcher.path import Goal
from matcher.profile import FactKey
from matcher.readers.columns import Facts, Unsayable, as_column
from matcher.readers.ibis import IbisReader
from matcher.registry.engines import Engine, facts_table
from matcher.registry.outcomes import GROUPED
from matcher.tree import Condition, Order
from matcher.vocabulary.model import Kind
from webapp.services.dashboard.groups import Groups

NOT_HELD, HELD, UNKNOWN = range(3)


@dataclass(frozen=True, slots=True)
class RungOf:
    """One rung: the ladder it is on, the title with its level, and the condition that says it is held."""

    ladder: str
    title: str
    level: str
    condition: Condition


def rungs(catalogue: Catalogue, day: date) -> tuple[RungOf, ...]:
    """Give the rungs of the ladders in force on a day, ladder by ladder from below."""
    found: dict[tuple[str, str, str], RungOf] = {}
    for standard in catalogue.standards:
        if standard.in_force(day):
            goal = Goal(standard, catalogue.vocabulary)
            one = RungOf(goal.ladder, standard.title, standard.level, _held(goal))
            found.setdefault((standard.attribute, one.title, one.level), one)
    return tuple(found.values())


def _held(goal: Goal) -> Condition:
    attribute, title, level = goal.attribute, goal.standard.title, goal.standard.level
    if attribute.kind is Kind.STAGE:
        return tree.AtStage(attribute.label, title, Order.AT_LEAST, attribute.stages[-1])
    if attribute.kind is Kind.CHOICE:
        tiers = tuple(member.label for member in attribute.members)
        return tree.Ranks(attribute.label, Order.AT_LEAST, title, tiers)
    if level:
        member = attribute.member(title)
        return tree.TitleGrade(title, Order.AT_LEAST, level, member.levels if member else ())
    return tree.Holds(attribute.label, (title,))


class Titles:
    """Counts companies by group, rung and whether they hold it, in one pass over a facts table."""

    def __init__(self, catalogue: Catalogue, layout: Layout, day: date, groups: Groups) -> None:
        self.groups, self.rungs = groups, rungs(catalogue, day)
        table = facts_table(layout.columns(catalogue.vocabulary))
        facts = Facts(table, layout, catalogue.vocabulary, day)
        reader = IbisReader(facts)
        truths = {f"t{n}": _truth(reader, one.condition) for n, one in enumerate(self.rungs)}
        known = ((by, facts.main(FactKey(label))) for label, by in GROUPED.items())
        grouped = {by: column for by, column in known if column is not None}
        self.expression: Any = table.select(table[CODE], **grouped, **truths)
        self.counts = np.zeros((len(self.rungs), groups.count * 3), np.int64)

    def count(self, engine: Engine) -> None:
        """Read the table that the engine has loaded."""
        for batch in engine.rows(self.expression):
            groups = self.groups.take(batch)
            for place in range(len(self.rungs)):
                held = batch.get_column(f"t{place}").cast(pl.UInt8).fill_null(UNKNOWN).to_numpy()
                at = groups * 3 + held
                self.counts[place] += np.bincount(at, minlength=self.counts.shape[1])

    def table(self) -> pl.DataFrame:
        """Give the counts that are not zero: county, section, rung, held, n."""
        places, at = np.nonzero(self.counts)
        county, section = self.groups.split(at // 3)
        columns = {"county": county, "section": section, "rung": places, "held": at % 3}
        return pl.DataFrame(
            {
                **{name: pl.Series(values, dtype=pl.Int32) for name, values in columns.items()},
                "n": pl.Series(self.counts[places, at], dtype=pl.Int64),
            }
        )


def _truth(reader: IbisReader, condition: Condition) -> Any:
    try:
        return as_column(reader(condition).truth)
    except Unsayable:
        return as_column(None)

"""The standards in force on a day -> the ladders that they form, for anyone to read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from matcher.catalogue import Catalogue
from matcher.documents.model import Measure
from matcher.documents.standards import Standard
from matcher.path import Goal


@dataclass(frozen=True, slots=True)
class Step:
    """One rung of a ladder: its standard, and the measures that lead to its title."""

    standard: Standard
    measures: tuple[Measure, ...] = ()


@dataclass(frozen=True, slots=True)
class Ladder:
    """The rungs of one ladder (阶梯), the lowest first."""

    name: str
    steps: tuple[Step, ...]


def ladders(catalogue: Catalogue, day: date) -> tuple[Ladder, ...]:
    """Group the standards in force on a day by ladder."""
    found: dict[str, list[Step]] = {}
    for standard in catalogue.standards:
        if standard.in_force(day):
            ladder = Goal(standard, catalogue.vocabulary).ladder
            found.setdefault(ladder, []).append(Step(standard, _leading(standard, catalogue)))
    return tuple(Ladder(name, tuple(steps)) for name, steps in found.items())


def standard_of(measure: Measure, catalogue: Catalogue, day: date) -> Standard | None:
    """Find the standard in force for the title that a measure leads to."""
    goal = (catalogue.vocabulary.titles.label, measure.target_title)
    return next(
        (
            one
            for one in catalogue.standards
            if one.in_force(day) and (one.attribute, one.title) == goal
        ),
        None,
    )


def _leading(standard: Standard, catalogue: Catalogue) -> tuple[Measure, ...]:
    """Give the measures that lead to the title of a standard; no other goal is a measure's target."""
    if standard.attribute != catalogue.vocabulary.titles.label:
        return ()
    return tuple(item for item in catalogue.measures if item.target_title == standard.title)

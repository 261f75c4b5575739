"""Stored facts -> the growth path as its page shows it: ladders from below, and what is to be renewed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from matcher.documents.standards import Standard
from matcher.path import Rung, Standing, growth_path
from matcher.profile import Profile
from webapp.services.matching import Matchmaker
from webapp.services.profiles import Facts

_ORDER = (Standing.HELD, Standing.READY, Standing.OPEN, Standing.SHORT)


@dataclass(frozen=True, slots=True)
class Ladder:
    """The standards of one ladder (阶梯), the lowest rung first."""

    name: str
    rungs: list[Rung]


@dataclass(frozen=True, slots=True)
class Path:
    """What the page shows; ``renewals`` are the titles to be renewed soon, the most urgent first."""

    as_of: date
    profile: Profile
    ladders: tuple[Ladder, ...]
    renewals: tuple[Rung, ...]
    not_in_force: tuple[Standard, ...]


def path_of(matchmaker: Matchmaker, facts: Facts, as_of: date) -> Path:
    """Work out the growth path of stored facts at a date."""
    profile = matchmaker.profile(facts, as_of)
    found = growth_path(matchmaker.matcher, profile, as_of)
    grouped: dict[str, list[Rung]] = {}
    for rung in found.rungs:
        grouped.setdefault(rung.ladder, []).append(rung)
    due = [rung for rung in found.rungs if rung.renewal_due]
    return Path(
        as_of=as_of,
        profile=profile,
        ladders=tuple(sorted((Ladder(*item) for item in grouped.items()), key=_nearness)),
        renewals=tuple(sorted(due, key=lambda rung: rung.renew_by or date.max)),
        not_in_force=found.not_in_force,
    )


def _nearness(ladder: Ladder) -> int:
    """Put the ladders first on which the company stands, then those that it can climb now."""
    return min(_ORDER.index(rung.standing) for rung in ladder.rungs)

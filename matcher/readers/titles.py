"""Titles and statuses of one profile: what their stretches of time say.

In: a `Tenure` and what a leaf asks of it. Out: a truth, unknown where a stretch is not dated.
`matcher.readers.title_columns` asks the same of a facts table.
"""

from __future__ import annotations

from datetime import date

from matcher.logic import Truth
from matcher.profile import Tenure
from matcher.tree import Event


def obtained_yearly(tenure: Tenure, years: int, as_of: date) -> Truth:
    """Say whether one began in each of the last years, ending with this year or the last one."""
    if any(spell.start is None for spell in tenure.spells):
        return None
    begun = {spell.start.year for spell in tenure.spells if spell.start is not None}
    runs = [range(end - years + 1, end + 1) for end in (as_of.year, as_of.year - 1)]
    return any(all(year in begun for year in run) for run in runs)


def happened(tenure: Tenure, event: Event, first: date, last: date) -> Truth:
    """Say whether an event lies within a window."""
    if event is Event.LISTED:
        if any(spell.overlaps(first, last) for spell in tenure.spells):
            return True
        return _absent(tenure, first)
    return _began(tenure, event, first, last)


def _absent(tenure: Tenure, first: date) -> Truth:
    """Absence is known beside a stretch, and from the day on that it was checked."""
    clear = tenure.clear_since
    known = bool(tenure.spells) or (clear is not None and clear <= first)
    return False if known else None


def _began(tenure: Tenure, event: Event, first: date, last: date) -> Truth:
    if not tenure.spells:
        return _absent(tenure, first)
    starts = [spell.start for spell in tenure.spells if spell.start is not None]
    undated = len(starts) < len(tenure.spells)
    inside = [spell for spell in tenure.spells if spell.start and first <= spell.start <= last]
    if event is not Event.FIRST:
        return True if inside else None if undated else False
    if not inside:
        return None if undated else False
    if any(start < first for start in starts) or all(spell.first is False for spell in inside):
        return False
    return True if any(spell.first for spell in inside) else None

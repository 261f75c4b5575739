"""Facts for leaves that have no formula: what a title's past, or a list of records, must be.

In: the facts of a model, and whether each free leaf is to hold. Out: the facts completed so that it does,
tried against evaluate's own leaves; None where none of the tried ones fits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import combinations

from matcher import tree
from matcher.profile import Fact, FactKey, FactValue, Profile, Spell, Tenure
from matcher.readers.leaves import LeafJudge
from matcher.readers.measuring import Context
from matcher.tree import Leaf
from matcher.vocabulary.model import Vocabulary

_DAY, _MONTH = timedelta(days=1), timedelta(days=30)
RowMaker = Callable[[tree.Records], Profile | None]
_FIRST: tuple[bool | None, ...] = (None, True, False)
_ALWAYS_CLEAR = Tenure(clear_since=date.min)


def pasts(
    facts: Mapping[FactKey, FactValue],
    free: Mapping[Leaf, bool],
    vocabulary: Vocabulary,
    as_of: date,
    row: RowMaker,
) -> dict[FactKey, FactValue] | None:
    """Complete facts so that the free leaves come out as told; ``row`` makes a fitting record."""
    completed = dict(facts)
    wanted: dict[FactKey, dict[Leaf, bool]] = {}
    for leaf, truth in free.items():
        key = _key(leaf, vocabulary)
        if key is not None:
            wanted.setdefault(key, {})[leaf] = truth
    for key, leaves in wanted.items():
        tried: Iterable[FactValue] = _rows(leaves, row)
        if not isinstance(next(iter(leaves)), tree.Records):
            known = facts.get(key)
            present = known if isinstance(known, Tenure) else None
            tried = _tenures(present, _windows(leaves, as_of), as_of)
        fitting = _fitting(key, leaves, tried, vocabulary, as_of)
        if fitting is None:
            return None
        completed[key] = fitting
    return completed


def _key(leaf: Leaf, vocabulary: Vocabulary) -> FactKey | None:
    if isinstance(leaf, tree.Happened):
        return FactKey(leaf.attribute, leaf.member)
    if isinstance(leaf, tree.HeldYears):
        return FactKey(vocabulary.titles.label, leaf.title)
    return FactKey(leaf.attribute) if isinstance(leaf, tree.Records) else None


def _fitting(
    key: FactKey,
    leaves: Mapping[Leaf, bool],
    tried: Iterable[FactValue],
    vocabulary: Vocabulary,
    as_of: date,
) -> FactValue | None:
    for value in tried:
        judge = LeafJudge(vocabulary, Context(Profile({key: Fact(value)}, as_of), as_of))
        if all(judge.judge(leaf).truth is truth for leaf, truth in leaves.items()):
            return value
    return None


def _windows(leaves: Iterable[Leaf], as_of: date) -> list[tuple[date, date]]:
    context = Context(Profile(filed=as_of), as_of)
    windows = []
    for leaf in leaves:
        if isinstance(leaf, tree.Happened):
            windows.append(context.window(leaf.period))
        elif isinstance(leaf, tree.HeldYears):
            years = range(as_of.year - leaf.years, as_of.year)
            windows += [(date(year, 1, 1), date(year, 12, 31)) for year in years]
    return windows


def _tenures(
    known: Tenure | None, windows: list[tuple[date, date]], as_of: date
) -> Iterator[Tenure]:
    """Try what is in force together with stretches that ended before, from none to one a window."""
    ended = [
        Spell(start, min(start + _MONTH, as_of - _DAY), None, first)
        for start in _starts(windows)
        if start < as_of
        for first in _FIRST
    ]
    for most in range(max(len(windows), 1) + 1):
        for past in combinations(ended, most) if most < 3 else (tuple(ended[::3]),):
            for present in _present(known, windows, as_of):
                spells = (*past, *present)
                yield Tenure(spells) if spells else _ALWAYS_CLEAR


def _starts(windows: list[tuple[date, date]]) -> list[date]:
    days = [day for first, last in windows for day in (first + _MONTH, first - _MONTH, last, first)]
    return sorted(set(days), reverse=True)


def _present(
    known: Tenure | None, windows: list[tuple[date, date]], as_of: date
) -> Iterator[tuple[Spell, ...]]:
    """Try the certificate in force as the model has it; where it states no day, with one."""
    if known is None or not known.spells:
        yield ()
    if known is None:
        yield from ((Spell(start),) for start in _starts(windows) if start <= as_of)
        return
    for spell in known.spells:
        yield (spell,)
        days = [spell.start] if spell.start else [day for day in _starts(windows) if day <= as_of]
        for start in days:
            for first in _FIRST:
                yield (Spell(start, spell.end, spell.level, first),)


def _rows(leaves: Iterable[Leaf], row: RowMaker) -> Iterator[tuple[Profile, ...]]:
    """Try no record at all, then as many as each leaf asks for, alone and together."""
    yield ()
    rows: tuple[Profile, ...] = ()
    for leaf in leaves:
        if isinstance(leaf, tree.Records):
            made = row(leaf)
            if made is not None:
                rows += (made,) * leaf.count
                yield (made,) * leaf.count
    yield rows

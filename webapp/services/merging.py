"""Three-way merge of the answers of one page: what it showed, what was typed, what others saved meanwhile.

A question with members (titles, activities …) is merged member by member. Only where the same answer was
changed in both places to something different is there a conflict; then people have to choose.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from webapp.services.questions import Answer

Answers = Mapping[str, Answer | None]


@dataclass(frozen=True, slots=True)
class Conflict:
    """An answer that was changed here and elsewhere: ``theirs`` is what stands now, None for none."""

    label: str
    member: str
    theirs: Answer | None

    @property
    def words(self) -> tuple[str, ...]:
        """What stands now, word by word; empty for no answer."""
        return tuple(_words(self.theirs))


@dataclass(frozen=True, slots=True)
class Merged:
    """The answers to store (where there is a conflict, what was typed) and where others changed some."""

    answers: dict[str, Answer | None]
    kept: tuple[str, ...]
    conflicts: tuple[Conflict, ...]


def merge(shown: Answers, typed: Answers, stored: Answers) -> Merged:
    """Merge what was typed into what is stored, question by question."""
    answers: dict[str, Answer | None] = {}
    kept: list[str] = []
    conflicts: list[Conflict] = []
    for label, mine in typed.items():
        three = shown.get(label), mine, stored.get(label)
        merge_one = _members if _memberwise(three) else _whole
        answers[label], keeps, clashes = merge_one(label, three)
        kept += [label] if keeps else []
        conflicts += clashes
    return Merged(answers, tuple(kept), tuple(conflicts))


_Three = tuple[Answer | None, Answer | None, Answer | None]
"""What was shown, what was typed, what is stored."""
_Found = tuple[Answer | None, bool, list[Conflict]]
"""The answer that stands, whether others changed it, and where there is a conflict."""


def _memberwise(three: _Three) -> bool:
    given = [item for item in three if item is not None]
    return bool(given) and all(isinstance(item, Mapping) for item in given)


def _members(label: str, three: _Three) -> _Found:
    base, mine, theirs = (item or {} for item in three)
    merged: dict[str, Answer] = {}
    keeps = False
    conflicts: list[Conflict] = []
    for member in dict.fromkeys([*mine, *theirs]):
        each = base.get(member), mine.get(member), theirs.get(member)
        found, kept, clashes = _whole(label, each, member)
        if found is not None:
            merged[member] = found
        keeps = keeps or kept
        conflicts += clashes
    return merged or None, keeps, conflicts


def _whole(label: str, three: _Three, member: str = "") -> _Found:
    base, mine, theirs = three
    if mine == theirs:
        return mine, False, []
    if mine == base:
        return theirs, True, []
    if theirs == base:
        return mine, False, []
    return mine, False, [Conflict(label, member, theirs)]


def _words(given: Answer | None) -> Iterator[str]:
    if isinstance(given, Mapping):
        yield from (f"{key} {value}" for key, value in given.items())
    elif isinstance(given, list):
        for one in given:
            yield from _words(one)
    elif given is not None:
        yield str(given)

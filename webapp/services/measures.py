"""One measure -> what its page says beside the text: proofs, related measures, its history."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from matcher.catalogue import Catalogue
from matcher.documents.model import Benefit, Document, Measure
from matcher.profile import FactKey, Profile
from matcher.readers.evaluate import evaluate
from matcher.tree import Condition, Holds
from matcher.vocabulary.model import Kind, Vocabulary

SIMILAR = 5


@dataclass(frozen=True, slots=True)
class Evidence:
    """A fact that a measure asks for, and the papers that usually prove it."""

    key: FactKey
    papers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Related:
    """Other measures: not had together, had under a common limit, or alike in what they ask."""

    exclusive: tuple[Measure, ...]
    shared: tuple[Measure, ...]
    similar: tuple[Measure, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a measure's history: a day and what happened, as a text's key or a sentence."""

    day: date
    key: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a measure counts on a day: ``id`` is in_force, later or ended, ``day`` the day it turns."""

    id: str
    day: date | None = None


def evidence(measure: Measure, vocabulary: Vocabulary, as_of: date) -> list[Evidence]:
    """List the facts that a measure turns on, as a company that has answered nothing would miss them."""
    outcome = evaluate(measure.condition, Profile(filed=as_of), as_of, vocabulary)
    keys = dict.fromkeys(key for leaf in outcome.leaves() for key in leaf.missing())
    return [Evidence(key, _papers(key, vocabulary)) for key in keys]


def _papers(key: FactKey, vocabulary: Vocabulary) -> tuple[str, ...]:
    attribute = vocabulary.attributes[key.attribute]
    member = attribute.member(key.member) if key.member else None
    return member.evidence if member and member.evidence else attribute.evidence


def related(measure: Measure, catalogue: Catalogue) -> Related:
    """Find the measures that one is to be compared with, elsewhere than in its own clause."""
    others = [item for item in catalogue.measures if item.id != measure.id]
    own = _asked(measure, catalogue.vocabulary)
    alike = [
        (len(own & _asked(item, catalogue.vocabulary)), item)
        for item in others
        if (item.document, item.clause) != (measure.document, measure.clause)
    ]
    ranked = sorted((pair for pair in alike if pair[0]), key=lambda pair: -pair[0])
    return Related(
        exclusive=_joined(measure, others, _exclusive),
        shared=_joined(measure, others, _shared),
        similar=tuple(item for _, item in ranked[:SIMILAR]),
    )


def _asked(measure: Measure, vocabulary: Vocabulary) -> set[str]:
    """Give the titles and activities that a measure is about, its target among them."""
    kinds = (Kind.TITLES, Kind.ACTIVITIES)
    found = {
        member
        for leaf in _holds(measure.condition)
        if vocabulary.attributes[leaf.attribute].kind in kinds
        for member in leaf.members
    }
    return found | ({measure.target_title} if measure.target_title else set())


def _holds(condition: Condition) -> Iterator[Holds]:
    if isinstance(condition, Holds):
        yield condition
    for part in condition.children:
        yield from _holds(part)


def _exclusive(benefit: Benefit) -> set[str]:
    return {item.group for item in benefit.exclusive}


def _shared(benefit: Benefit) -> set[str]:
    return {benefit.shared.group} if benefit.shared else set()


def _joined(
    measure: Measure, others: list[Measure], groups: Callable[[Benefit], set[str]]
) -> tuple[Measure, ...]:
    own = groups(measure.benefit) if measure.benefit else set()
    return tuple(item for item in others if item.benefit and own & groups(item.benefit))


def history(measure: Measure, document: Document) -> list[Event]:
    """Tell a measure's history: issued, in force, changed, ended; in order."""
    first = measure.first_day or document.in_force_from
    events = [Event(document.issued, "history.issued"), Event(first, "history.in_force")]
    if first == document.issued:
        events = [Event(first, "history.issued_in_force")]
    events += [
        Event(change.day, said=change.said)
        for change in document.history
        if not change.measures or measure.id in change.measures
    ]
    last = measure.last_day or document.last_day
    if last is not None:
        events.append(Event(last, "history.last_day"))
    return sorted(events, key=lambda event: event.day)


def standing(measure: Measure, document: Document, day: date) -> Standing:
    """Say whether a measure counts on a day, and from or until when."""
    first = max(measure.first_day or document.in_force_from, document.in_force_from)
    ends = [one for one in (measure.last_day, document.last_day) if one is not None]
    last = min(ends, default=None)
    if day < first:
        return Standing("later", first)
    if last is not None and day > last:
        return Standing("ended", last)
    return Standing("in_force", last)

"""A measure -> the companies that can meet it at all, found by the facts that are known of them.

Without any fact nothing is met, so of a large registry only those companies are matched of whom something is
known for every part of the condition. One too many would be harmless, one too few wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from matcher import tree
from matcher.nearby.reads import Asked, reads
from matcher.tree import Condition
from matcher.vocabulary.model import Kind, Vocabulary
from webapp.limits import OUTREACH_SPAN
from webapp.services.registry.facts import ATTESTED, DECISIONS
from webapp.tables.registry import CompanyRow, FactRow

_NONE = ('"没有"', '"从未"', '"否"', "false")
"""Stored values that say of a member that there is none."""
_POSITIVE = (tree.AllOf, tree.AnyOf, tree.AtLeast, tree.Holds)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some candidates in the order of the registry, and after which company it goes on, None at its end."""

    companies: tuple[CompanyRow, ...]
    further: int | None


def stretch(
    session: Session,
    narrowed: list[ColumnElement[bool]],
    regions: frozenset[str],
    after: int,
    limit: int,
) -> Stretch:
    """Give the next candidates of some regions (of any, if none is named), of a bounded piece of the registry."""
    within = [CompanyRow.id > after]
    if regions:
        within.append(CompanyRow.region.in_(regions))
    # However rare what is asked for, no request looks through more of the registry than this.
    last = session.scalar(
        select(CompanyRow.id)
        .where(*within)
        .order_by(CompanyRow.id)
        .offset(OUTREACH_SPAN - 1)
        .limit(1)
    )
    if last is not None:
        within.append(CompanyRow.id <= last)
    wanted = select(CompanyRow).where(*within, *narrowed).order_by(CompanyRow.id).limit(limit + 1)
    rows = tuple(session.scalars(wanted))
    return Stretch(rows[:limit], rows[limit - 1].id if len(rows) > limit else last)


def narrowing(
    condition: Condition, vocabulary: Vocabulary, attested: bool
) -> list[ColumnElement[bool]]:
    """Say which companies have a fact for every part; ``attested``: one that its custodian vouches for."""
    found = []
    for part in _parts(condition):
        asked = reads(part, vocabulary).asked
        if asked and not any(_from_elsewhere(one, vocabulary) for one in asked):
            found.append(_known(asked, vocabulary, attested, _positive(part)))
    return found


def _parts(condition: Condition) -> Iterator[Condition]:
    if isinstance(condition, tree.AllOf):
        for part in condition.parts:
            yield from _parts(part)
    else:
        yield condition


def _from_elsewhere(asked: Asked, vocabulary: Vocabulary) -> bool:
    """Say whether a fact may be known without a row: decided, told by a list, or going without saying."""
    attribute = vocabulary.attributes.get(asked[0])
    if asked[0] in DECISIONS or attribute is None:
        return True
    return attribute.kind is Kind.STATUS or bool(attribute.presumed)


def _positive(condition: Condition) -> bool:
    """Say whether a condition only asks what is held, so that a "none" never helps."""
    return isinstance(condition, _POSITIVE) and all(map(_positive, condition.children))


def _known(
    asked: frozenset[Asked], vocabulary: Vocabulary, attested: bool, positive: bool
) -> ColumnElement[bool]:
    whole = {name for name, member in asked if member is None or _closes(name, vocabulary)}
    members: dict[str, set[str]] = {}
    for name, member in asked:
        if name not in whole and member is not None:
            members.setdefault(name, set()).add(member)
    places = [
        and_(FactRow.attribute == name, FactRow.member.in_(sorted(wanted)))
        for name, wanted in sorted(members.items())
    ]
    if whole:
        places.append(FactRow.attribute.in_(sorted(whole)))
    more = [FactRow.assurance == ATTESTED] if attested else []
    if positive:
        more.append(FactRow.value.not_in(_NONE))
    return exists().where(
        FactRow.company_id == CompanyRow.id, FactRow.known_until.is_(None), or_(*places), *more
    )


def _closes(name: str, vocabulary: Vocabulary) -> bool:
    """Say whether one answer of an attribute answers the others."""
    return vocabulary.attributes[name].closed_by_answer

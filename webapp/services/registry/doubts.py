"""Which known facts count for less than they say, because another source disagrees."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from webapp.tables.people import Consent
from webapp.tables.registry import FactConflict, FactRow

BY_CUSTODIAN = "custodian"
"""The ground of what the rule settles; pages word it ``conflict.ground.custodian``."""


def standing(
    session: Session, company: int, rows: Sequence[FactRow], at: datetime | None
) -> tuple[set[int], set[int]]:
    """Give the facts that lost to another by a person's word, and those in doubt, at a moment.

    In doubt are attested facts that disagree as long as nobody has decided. A quarrel is over when one
    side no longer says what it said, so only pairs of which both are known matter.
    """
    known = {row.id: row for row in rows}
    wanted = select(FactConflict).where(
        FactConflict.company_id == company,
        or_(FactConflict.ground != BY_CUSTODIAN, FactConflict.chosen_id.is_(None)),
    )
    if at is not None:
        wanted = wanted.where(FactConflict.found_at <= at)
    lost: set[int] = set()
    doubted: set[int] = set()
    for row in session.scalars(wanted):
        pair = {row.first_id, row.second_id}
        if not pair <= known.keys():
            continue
        decided = row.decided_at is not None and (at is None or row.decided_at <= at)
        if decided and row.chosen_id is not None:
            lost |= pair - {row.chosen_id}
        elif all(known[id_].assurance == "attested" for id_ in pair):
            doubted |= pair
    return lost, doubted


def disputed(session: Session, first: int, last: int) -> set[int]:
    """Give the companies of a stretch of whose facts some may not count: people decided, or a source is withheld."""
    conflicts = select(FactConflict.company_id).where(
        FactConflict.company_id.between(first, last),
        or_(FactConflict.ground != BY_CUSTODIAN, FactConflict.chosen_id.is_(None)),
    )
    ended = select(Consent.company_id).where(
        Consent.company_id.between(first, last), Consent.ended_at.is_not(None)
    )
    return {*session.scalars(conflicts), *session.scalars(ended)}

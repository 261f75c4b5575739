"""Jobs that tell everybody who follows: after a change of the rules, and once a day of the cases that were opened."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from matcher.catalogue import Catalogue
from matcher.cli import CHINA
from webapp.database import retrying
from webapp.services import failpoints
from webapp.services.following import versions
from webapp.services.following.subscriptions import live
from webapp.services.following.telling import Named, tell
from webapp.services.following.themes import Theme, theme_of, themes_of
from webapp.services.following.versions import KINDS, Change
from webapp.services.jobs import queue
from webapp.services.jobs.runner import Result, Running
from webapp.services.notices import FOLLOWED_DAY, FOLLOWED_RULES
from webapp.services.people.roles import GRANTS, Permission
from webapp.tables.cases import CaseRow
from webapp.tables.following import RulesSeen, Subscription
from webapp.tables.people import UserRole

RULES, DAY = "rules", "cases-of-day"
"""The kinds of jobs."""
SLICE = 25
"""Subscriptions of one unit of work; more would hold up other writers on SQLite."""


def ask_rules(session: Session, catalogue: Catalogue, now: datetime) -> int | None:
    """Keep a version of the rules that is seen for the first time and order that it be told; gives the job."""
    seen = versions.note_version(session, catalogue, now)
    if seen is None:
        return None
    return queue.order(session, RULES, f"{RULES}:{catalogue.version}", {"seen": seen}, now)


def rules_told(running: Running) -> Result:
    """Tell what is new, changed or ended against the version before; the first version tells nobody."""
    with running.database.reading() as session:
        row = session.get_one(RulesSeen, running.about["seen"])
        earlier = versions.before(session, row)
        if earlier is None:
            return {"changes": 0, "told": 0}
        today = row.seen_at.astimezone(CHINA).date()
        listings = json.loads(earlier.listing), json.loads(row.listing)
        version, seen_at = row.version, row.seen_at
    changes = versions.compare(*listings, today)
    told = 0

    def each(session: Session, one: Subscription) -> bool:
        lists = _listed(theme_of(one), changes)
        return bool(lists) and tell(
            session, one, FOLLOWED_RULES, f"{RULES}:{version}", running.now(), lists
        )

    if changes:
        told = _to_each(running, seen_at, each)
    return {"changes": len(changes), "told": told}


def _listed(theme: Theme, changes: Sequence[Change]) -> dict[str, list[Named]]:
    """Give the changes of a theme by their kind; a kind without any is left out."""
    found: dict[str, list[Named]] = {}
    for kind in KINDS:
        of_kind = [one for one in changes if one.kind == kind and theme.holds(one.themes)]
        if of_kind:
            found[kind] = [
                {"id": one.id, "title": one.title, "english": one.english} for one in of_kind
            ]
    return found


def _to_each(
    running: Running,
    begun_by: datetime,
    each: Callable[[Session, Subscription], bool],
    *wanted: Any,
) -> int:
    """Tell all who followed by a moment, a slice to a unit of work; gives how many were told."""
    last, told = 0, 0
    running.begin(running.kind)
    while True:

        def unit(after: int = last) -> tuple[int, int, int]:
            with running.database.writing() as session:
                rows = session.scalars(
                    live()
                    .where(Subscription.id > after, Subscription.begun_at <= begun_by, *wanted)
                    .order_by(Subscription.id)
                    .limit(SLICE)
                ).all()
                n = sum(each(session, one) for one in rows)
                failpoints.reach("following.before-commit")
                return len(rows), n, rows[-1].id if rows else after

        seen, n, last = retrying(unit)
        told += n
        if seen < SLICE:
            return told
        running.advance(seen)


def ask_day(session: Session, today: date, now: datetime) -> int:
    """Order, once, that the cases which were opened yesterday be counted."""
    day = (today - timedelta(days=1)).isoformat()
    return queue.order(session, DAY, f"{DAY}:{day}", {"day": day}, now)


def day_told(catalogue: Catalogue) -> Callable[[Running], Result]:
    """Give the kind of job that tells staff how many cases were opened on a day in the themes they follow."""

    def count(running: Running) -> Result:
        day = date.fromisoformat(running.about["day"])
        begins = datetime.combine(day, time(), CHINA)
        ends = begins + timedelta(days=1)
        with running.database.reading() as session:
            opened = Counter(_opened(session, begins, ends))
        if not opened:
            return {"opened": 0, "told": 0}
        themes = {
            id_: themes_of(catalogue.by_id[id_], catalogue) if id_ in catalogue.by_id else []
            for id_ in opened
        }

        def each(session: Session, one: Subscription) -> bool:
            theme = theme_of(one)
            n = sum(opened[id_] for id_ in opened if theme.holds(themes[id_]))
            return n > 0 and tell(
                session, one, FOLLOWED_DAY, f"{DAY}:{day}", running.now(), {}, n=n, day=str(day)
            )

        told = _to_each(running, ends, each, Subscription.company_id.is_(None), _sees_cases())
        return {"opened": opened.total(), "told": told}

    return count


def _opened(session: Session, begins: datetime, ends: datetime) -> dict[str, int]:
    rows = session.execute(
        select(CaseRow.measure_id, func.count())
        .where(CaseRow.opened_at >= begins, CaseRow.opened_at < ends)
        .group_by(CaseRow.measure_id)
    )
    return {row[0]: row[1] for row in rows}


def _sees_cases() -> Any:
    roles = [role.value for role in GRANTS[Permission.CASES_SEE].roles]
    return exists().where(UserRole.user_id == Subscription.user_id, UserRole.role.in_(roles))

"""What came of a theme -> a notice and a mail to those who follow it, in the commit of what they tell, each once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from matcher.catalogue import Catalogue
from matcher.profile import Profile
from webapp.limits import MAX_TOLD
from webapp.services.following.met import met_by, met_now
from webapp.services.following.outbox import queue_mail
from webapp.services.following.subscriptions import live
from webapp.services.following.themes import theme_of, themes_of
from webapp.services.notices import FOLLOWED_MET, tell_person
from webapp.tables.following import Mailbox, Subscription

Named = Mapping[str, str]
"""A measure as a notice names it: id, title, english."""


def tell(
    session: Session,
    one: Subscription,
    kind: str,
    key: str,
    now: datetime,
    lists: Mapping[str, Sequence[Named]],
    **more: str | int,
) -> bool:
    """Tell somebody what came of a theme, in the app and, where wished, by mail; False where it was told.

    ``lists`` are measures by what became of them; ``n`` is how many there are altogether.
    """
    counts = {name: len(named) for name, named in lists.items()}
    details = {
        "facet": one.facet,
        "value": one.value,
        "n": sum(counts.values()),
        "counts": counts,
        **{name: named[:MAX_TOLD] for name, named in lists.items()},
        **more,
    }
    whole = f"{key}:{one.id}"
    notice = tell_person(session, whole, kind, one.user_id, one.company_id, details, now)
    if notice is None:
        return False
    if one.by_mail and _reachable(session, one.user_id):
        queue_mail(session, whole, one.user_id, one.language, now, one.id, notice)
    return True


def _reachable(session: Session, person: int) -> bool:
    box = session.get(Mailbox, person)
    return box is not None and box.confirmed_at is not None and box.failed_at is None


def has_news(
    session: Session, catalogue: Catalogue, company: int, profile: Profile, today: date
) -> bool:
    """Say whether anything changed in what a company meets since its followers were last told."""
    rows = session.scalars(live().where(Subscription.company_id == company)).all()
    if not rows:
        return False
    met = met_by(catalogue, profile.attested(), today)
    return any(frozenset(json.loads(one.met)) != met for one in rows)


def tell_met(
    session: Session, catalogue: Catalogue, company: int, key: str, now: datetime, today: date
) -> int:
    """Tell those who follow for a company what it newly meets, inside the unit of work of a look at it.

    What it no longer meets is forgotten, so that it is news when it is met again. ``key`` names the look.
    """
    met, told = met_now(session, catalogue, company, today), 0
    for one in session.scalars(
        live().where(Subscription.company_id == company).with_for_update(of=Subscription)
    ).all():
        newly = [catalogue.by_id[id_] for id_ in sorted(met - set(json.loads(one.met)))]
        one.met = json.dumps(sorted(met))
        theme = theme_of(one)
        named = [
            {"id": measure.id, "title": measure.title, "english": measure.english}
            for measure in newly
            if theme.holds(themes_of(measure, catalogue))
        ]
        if named:
            told += tell(session, one, FOLLOWED_MET, f"met:{key}", now, {"met": named})
    return told

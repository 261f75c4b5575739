"""What following does beside the requests: the kinds of its jobs, and what is ordered although nobody asks."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from webapp.services.following.delivery import sending
from webapp.services.following.letters import Letters
from webapp.services.following.outbox import MAIL, ask_mail
from webapp.services.following.post import SmtpPost
from webapp.services.following.rounds import DAY, RULES, ask_day, ask_rules, day_told, rules_told
from webapp.services.jobs.runner import Kind
from webapp.shared import Portal


def kinds(shared: Portal) -> dict[str, Kind]:
    """Give every kind of job; without a mail server there is none that sends."""
    found: dict[str, Kind] = {RULES: rules_told, DAY: day_told(shared.catalogue)}
    service = shared.mail
    if service is not None:
        letters = Letters(shared.texts, shared.catalogue, shared.casework.vault, service.address)
        found[MAIL] = sending(letters, lambda: SmtpPost(service))
    return found


def ask(session: Session, shared: Portal, now: datetime) -> None:
    """Order what is due: rules that were not seen before, yesterday's cases, mails that wait."""
    ask_rules(session, shared.catalogue, now)
    ask_day(session, shared.today(), now)
    if shared.mail is not None:
        ask_mail(session, now)

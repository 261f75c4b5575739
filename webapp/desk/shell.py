"""What every page of the desk shows around its content: its navigation, and whose data this is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import g, session
from flask.typing import ResponseReturnValue

from webapp import errors
from webapp.access import actor
from webapp.pages import text
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.desk.service import Desk
from webapp.services.people.roles import Permission
from webapp.shared import portal
from webapp.tables.registry import CompanyRow

SERVED, CLIENT = "served_company", "client_sees"
"""Where the browser's session keeps whom this member of staff serves (a number, never a name), and
whether the client can see the screen."""

NAVIGATION: tuple[tuple[str, str, Permission, tuple[str, ...]], ...] = (
    (
        "desk.start",
        "desk.start",
        Permission.DESK,
        ("desk.companies", "desk.company", "desk.company_new", "desk.check", "desk.notes"),
    ),
    (
        "desk.cases",
        "cases.title",
        Permission.CASES_SEE,
        ("desk.case", "desk.case_print", "desk.move", "desk.publish"),
    ),
    (
        "desk.pleas",
        "pleas.title",
        Permission.APPEALS_SEE,
        ("desk.plea", "desk.propose", "desk.decide"),
    ),
    ("desk.public_lists", "lists.title", Permission.CASES_SEE, ("desk.public_list",)),
    (
        "desk.payments",
        "money.payments",
        Permission.PAYMENTS_MAKE,
        (
            "desk.build",
            "desk.returns",
            "desk.payment_file",
            "desk.payment_download",
            "desk.reconciliation",
            "desk.budgets",
        ),
    ),
    ("desk.facts", "facts.title", Permission.FACTS_IMPORT, ("desk.fact_file",)),
    (
        "desk.batches",
        "batches.title",
        Permission.BATCHES_RUN,
        ("desk.batch", "desk.batch_new", "desk.batch_columns"),
    ),
    ("desk.conflicts", "conflicts.title", Permission.FACTS_SETTLE, ("desk.conflict",)),
    (
        "desk.decided",
        "decisions.title",
        Permission.DECISIONS_SEE,
        ("desk.decisions", "desk.decision"),
    ),
    ("desk.registry", "registry.title", Permission.REGISTRY_SEE, ("desk.registry_findings",)),
    ("desk.outreach", "outreach.title", Permission.NOTES_WRITE, ()),
    ("desk.audit", "audit.title", Permission.AUDIT_READ, ()),
    ("accounts.members", "members.title", Permission.MEMBERS_DECIDE, ()),
    ("accounts.users", "users.title", Permission.USERS_MANAGE, ()),
    ("desk.retention", "retention.title", Permission.USERS_MANAGE, ()),
    ("desk.keys", "keys.title", Permission.USERS_MANAGE, ()),
)
"""Endpoint, text, who sees it, and the endpoints of the pages below."""


@dataclass(frozen=True, slots=True)
class Band:
    """A company as the band names it."""

    id: int
    name: str
    code: str


def desk() -> Desk:
    """Give what the desk's services work with."""
    shared = portal()
    return Desk(shared.database, shared.casework.sealer, shared.matchmaker, shared.questionnaire)


def context() -> dict[str, Any]:
    """Give templates of the desk what they show around their content."""
    who = actor()
    return {
        "desk_navigation": [row for row in NAVIGATION if who.may(row[2])],
        "band": g.get("band") or _served(),
        "may": who.may,
        "Permission": Permission,
        "client_sees": client_sees(),
    }


def missing(error: Missing) -> ResponseReturnValue:
    """Answer what does not exist, or is not the actor's to see."""
    return errors.page(404)


def refused(refusal: Refused) -> str:
    """Say why something is refused."""
    return text(f"refused.{refusal.code}", **refusal.values)


def show_band(company: CompanyRow) -> None:
    """Name a company in the band of the page at hand: the one that the page is about."""
    g.band = Band(company.id, company.name, company.code)


def serve(company: int) -> None:
    """Note whom this member of staff serves from now on."""
    session[SERVED] = company


def served() -> int | None:
    """Give the company that is being served."""
    found = session.get(SERVED)
    return found if isinstance(found, int) else None


def serve_nobody() -> None:
    """Clear the band, and what was switched for the client."""
    session.pop(SERVED, None)
    session.pop(CLIENT, None)


def client_sees() -> bool:
    """Say whether the client can see the screen: notes and other companies are not shown then."""
    return session.get(CLIENT) is True


def turn_client(to: bool) -> None:
    """Note whether the client can see the screen."""
    if to:
        session[CLIENT] = True
    else:
        session.pop(CLIENT, None)


def _served() -> Band | None:
    company = served()
    if company is None or not actor().may(Permission.COMPANIES_SEE):
        return None
    with portal().database.reading() as unit:
        row = unit.get(CompanyRow, company)
        return None if row is None else Band(row.id, row.name, row.code)

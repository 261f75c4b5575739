"""The few facts that a company's row repeats, so that lists can be searched and filtered by them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from matcher.language.profiles import NAME
from matcher.values import ValueFault, parse_date
from matcher.vocabulary.model import Vocabulary
from webapp.services.people.roles import Actor
from webapp.services.registry.companies import fold_name, rename
from webapp.services.registry.learning import Told
from webapp.tables.registry import CompanyRow

REGION, INDUSTRY, FOUNDED = "注册地", "行业", "成立日期"
_REPEATED = frozenset({REGION, INDUSTRY, FOUNDED})


def describe(
    companies: Iterable[CompanyRow],
    told: Mapping[str, Sequence[Told]],
    vocabulary: Vocabulary,
) -> None:
    """Bring the rows of companies up to date with what custodians say, by code, of place, trade and age."""
    for company in companies:
        for fact in told.get(company.code, ()):
            if fact.attribute not in _REPEATED:
                continue
            if not fact.attested and fact.attribute != INDUSTRY:
                continue  # nobody is the custodian of the trade
            value = json.loads(fact.value)
            first = value[0] if isinstance(value, list) and value else value
            if fact.attribute == REGION:
                company.region = _region(first, vocabulary) or company.region
            elif fact.attribute == INDUSTRY:
                company.industry = str(first).split(" ", 1)[0][:64]
            elif fact.attribute == FOUNDED:
                company.founded = _day(first) or company.founded


def named_by(
    session: Session,
    company: CompanyRow,
    name: str,
    facts: Sequence[Told],
    day: date,
    actor: Actor,
    now: datetime,
) -> bool | None:
    """Rename a company where the keeper of names says so: True, False where another one differs, else None."""
    if name in ("", company.name) or fold_name(name) == fold_name(company.name):
        return None
    if any(fact.attribute == NAME and fact.attested for fact in facts):
        return rename(session, company, name, day, actor, now)
    return False


def _region(text: Any, vocabulary: Vocabulary) -> str:
    found = vocabulary.regions.find(str(text))
    return found[0].id if len(found) == 1 else ""


def _day(text: Any) -> date | None:
    try:
        return parse_date(str(text))
    except ValueFault:
        return None

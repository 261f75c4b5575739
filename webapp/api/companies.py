"""The registry's companies, for keys that may see them; each look is told the audit, as staff's is.

What custodians keep confidential stays covered: a key sees the facts of its own custodian, and those that no
law guards (`webapp.services.desk.coverage`).
"""

from __future__ import annotations

from flask import Response
from sqlalchemy.orm import Session

from matcher.registry.codes import fold_one
from webapp.api.guard import actor
from webapp.api.lists import page
from webapp.api.shapes.registry import CompaniesAsked
from webapp.api.working import Json, answered
from webapp.desk.shell import desk
from webapp.pages import wording
from webapp.services.cases.refusals import Missing
from webapp.services.desk.company import Known, Reader, Source
from webapp.services.desk.search import CODE, search
from webapp.services.desk.service import looked, sought
from webapp.services.registry.companies import by_codes, former_names
from webapp.services.registry.facts import known
from webapp.shared import portal
from webapp.tables.registry import CompanyRow


def companies(query: CompaniesAsked) -> Response:
    """Find companies by code, by present and earlier names, by pinyin initials."""
    sought(desk(), actor(), query.q, portal().now())
    first = (query.page - 1) * query.limit
    with portal().database.reading() as session:
        found = search(session, query.q, query.county, first, query.limit)
    hits = [
        {
            "credit_code": hit.code,
            "name": hit.name,
            "former_name": hit.former or None,
            "region": hit.region or None,
            "industry": hit.industry or None,
            "status": hit.status or None,
        }
        for hit in found.hits
    ]
    return page(hits, found.total, query, more=found.more, near=found.near)


def company(code: str) -> Response:
    """Give one company with its facts, each with every source."""
    with portal().database.reading() as session:
        id_ = company_id(session, code)
    row = looked(desk(), actor(), "company.view", id_, portal().now())
    today = portal().today()
    reader = Reader(wording(), actor(), today)
    with portal().database.reading() as session:
        groups = reader.facts(session, id_, known(session, id_, today))
        names = [
            {"name": one.name, "until": one.until.isoformat()}
            for one in former_names(session, id_)
            if one.until
        ]
    facts = [_known(one) for group in groups for one in group.known]
    return answered({**_told(row), "former_names": names, "facts": facts})


def company_id(session: Session, code: str) -> int:
    """Give the number of the company that has a code, or raise `Missing`."""
    folded = fold_one(code)
    found = by_codes(session, [folded]).get(folded) if CODE.fullmatch(folded) else None
    if found is None:
        raise Missing
    return found.id


def _told(row: CompanyRow) -> Json:
    return {
        "credit_code": row.code,
        "name": row.name,
        "region": row.region or None,
        "industry": row.industry or None,
        "founded": row.founded.isoformat() if row.founded else None,
        "status": row.status or None,
    }


def _known(one: Known) -> Json:
    attribute, member, period = one.place
    found = portal().catalogue.vocabulary.attributes.get(attribute)
    return {
        "attribute": attribute if found is None else found.id,
        "member": member or None,
        "period": period or None,
        "label": one.name,
        "sources": [_source(source) for source in one.sources],
        "conflict": one.quarrel or None,
    }


def _source(source: Source) -> Json:
    return {
        "custodian": source.custodian or None,
        "attested": source.attested,
        "value": source.written or None,
        "said": source.value or None,
        "noted_on": source.noted.isoformat(),
        "valid_to": source.valid_to.isoformat() if source.valid_to else None,
        "over": source.over,
        "covered": bool(source.hidden),
        "withheld": source.withheld,
    }

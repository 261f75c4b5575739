"""A case from found to archived, and what stands in its way."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.webapp.casework.conftest import HIGH_TECH, Office
from webapp.services.cases.refusals import Refused
from webapp.services.cases.replay import replay
from webapp.services.people.roles import Role
from webapp.tables.cases import Publicity
from webapp.tables.money import Budget

FEN = 10_000_000  # 10 万元


def make_public(office: Office) -> int:
    with office.work.database.writing() as session:
        row = Publicity(
            number=f"P{office.today}",
            title="示例",
            first_day=office.today,
            last_day=office.work.workdays.after(office.today, 5),
            made_by=office.people[Role.HANDLER].id,
            made_at=office.now,
        )
        session.add(row)
        session.flush()
        return row.id


def test_a_proved_case_goes_from_found_to_approved(office: Office) -> None:
    budget = office.budget(HIGH_TECH, FEN)
    company = office.company("91440300MA0000001X", "深圳示例科技有限公司")
    case = office.open(company)
    for action in ("compare", "vet", "freeze", "notify"):
        office.do(case, action, Role.HANDLER)
    assert office.case(case).amount_fen == FEN
    owner = office.owner(company)
    office.do(
        case,
        "confirm",
        owner,
        holder="深圳示例科技有限公司",
        bank="示例银行",
        number="6222000011112222",
    )
    office.do(case, "publicise", Role.HANDLER, publicity=make_public(office))
    with pytest.raises(Refused, match="publicity_running"):
        office.do(case, "approve", Role.REVIEWER)
    office.today = date(2026, 3, 10)
    assert office.do(case, "approve", Role.REVIEWER).state == "approved"
    with office.work.database.reading() as session:
        assert session.get_one(Budget, budget).reserved_fen == FEN


def test_the_second_of_two_companies_finds_the_budget_used_up(office: Office) -> None:
    office.budget(HIGH_TECH, FEN)
    cases = [
        office.open(office.company(f"91440300MA000000{n}X", f"深圳示例{n}有限公司")) for n in (1, 2)
    ]
    for case in cases:
        for action in ("compare", "vet"):
            office.do(case, action, Role.HANDLER)
    office.do(cases[0], "freeze", Role.HANDLER)
    with pytest.raises(Refused, match="budget_exhausted"):
        office.do(cases[1], "freeze", Role.HANDLER)
    assert office.case(cases[1]).state == "vetted"


def test_a_credit_entry_before_payment_stops_the_money(office: Office) -> None:
    office.budget(HIGH_TECH, FEN)
    company = office.company("91440300MA0000001X", "深圳示例科技有限公司")
    case = office.open(company)
    office.do(case, "compare", Role.HANDLER)
    office.now += timedelta(hours=1)
    office.learn(company, "信用名单", "失信被执行人", "有")
    with pytest.raises(Refused, match=r"proof_gone|credit_not_clear"):
        office.do(case, "vet", Role.HANDLER)


def test_a_finding_is_made_again_to_the_byte_when_the_facts_have_moved_on(office: Office) -> None:
    company = office.company("91440300MA0000001X", "深圳示例科技有限公司")
    case = office.case(office.open(company))
    office.now += timedelta(days=1)
    office.learn(company, "信用名单", "失信被执行人", "有")
    with office.work.database.reading() as session:
        made = replay(session, case.finding_id)
    assert made is not None
    assert made.same

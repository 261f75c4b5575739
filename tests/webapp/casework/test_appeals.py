"""Objections of anyone and appeals of the company, and who may decide them."""

from __future__ import annotations

from contextlib import suppress

import pytest

from tests.webapp.casework.conftest import Office
from tests.webapp.casework.test_money import APPROVED_ON
from tests.webapp.casework.test_races import _public as public_case
from webapp.services.cases.appeals import (
    Plea,
    Receipt,
    by_receipt,
    decide,
    make_appeal,
    make_objection,
    propose,
)
from webapp.services.cases.refusals import Missing, Refused, Stale
from webapp.services.notices import DECIDED, told
from webapp.services.people.roles import Actor, Role


def reviewers(office: Office) -> tuple[Actor, Actor]:
    """Two people who may review and did nothing yet."""
    one = office.people[Role.REVIEWER]
    other = Actor(office.people[Role.AUDITOR].id, "other", frozenset({Role.REVIEWER}))
    return one, other


def objection(office: Office, case: int) -> Receipt:
    plea = Plea(case, "这家企业去年已经搬走", contact={"phone": "13800000000"})
    return make_objection(office.work, plea, office.now, office.today)


def test_an_objection_stops_a_case_until_two_others_have_dismissed_it(office: Office) -> None:
    case = public_case(office)
    receipt = objection(office, case)
    assert office.case(case).state == "objected"
    one, other = reviewers(office)
    propose(office.work, one, receipt.id, False, "经核实,注册地未变", office.now)
    with pytest.raises(Refused, match="same_person"):
        decide(office.work, one, receipt.id, True, "d1", office.now, office.today)
    decide(office.work, other, receipt.id, True, "d2", office.now, office.today)
    assert office.case(case).state == "publicised"
    office.today = APPROVED_ON
    assert office.do(case, "approve", Role.REVIEWER).state == "approved"


def test_an_upheld_objection_sends_the_case_back_and_frees_its_money(office: Office) -> None:
    case = public_case(office)
    receipt = objection(office, case)
    one, other = reviewers(office)
    propose(office.work, one, receipt.id, True, "已迁出,名单有误", office.now)
    decide(office.work, other, receipt.id, True, "d", office.now, office.today)
    found = office.case(case)
    assert (found.state, found.budget_id, found.amount_fen) == ("compared", None, None)


def test_with_a_second_objection_waiting_the_case_stays_stopped(office: Office) -> None:
    case = public_case(office)
    first, second = objection(office, case), objection(office, case)
    one, other = reviewers(office)
    for receipt, state in ((first, "objected"), (second, "publicised")):
        propose(office.work, one, receipt.id, False, "不成立", office.now)
        decide(office.work, other, receipt.id, True, f"d{receipt.id}", office.now, office.today)
        assert office.case(case).state == state


def test_whoever_made_the_list_decides_no_objection_to_it(office: Office) -> None:
    case = public_case(office)
    receipt = objection(office, case)
    handler = office.people[Role.HANDLER]
    both = Actor(handler.id, handler.name, frozenset({Role.HANDLER, Role.REVIEWER}))
    with pytest.raises(Refused, match="same_person"):
        propose(office.work, both, receipt.id, False, "不成立", office.now)


def test_a_receipt_finds_the_answer_however_it_is_typed(office: Office) -> None:
    case = public_case(office)
    number = objection(office, case).number
    with office.work.database.reading() as session:
        for typed in (number, number.lower(), number.replace("-", " ")):
            assert by_receipt(session, typed) is not None
        assert by_receipt(session, "2222-2222") is None


def test_contacts_are_kept_sealed(office: Office) -> None:
    case = public_case(office)
    number = objection(office, case).number
    with office.work.database.reading() as session:
        row = by_receipt(session, number)
        assert row is not None
        assert "13800000000" not in row.contact_sealed
        assert "13800000000" in office.work.vault.open(row.contact_sealed)


def test_a_company_appeals_a_suspension_and_is_heard(office: Office) -> None:
    case = public_case(office)
    office.do(case, "suspend", Role.HANDLER, reason="收到举报")
    owner = office.owner(office.case(case).company_id)
    seen = office.case(case).version
    plea = Plea(case, "举报不实")
    receipt = make_appeal(office.work, owner, plea, seen, "a", office.now, office.today)
    assert office.case(case).state == "appealed"
    one, other = reviewers(office)
    propose(office.work, one, receipt.id, False, "维持", office.now)
    decide(office.work, other, receipt.id, True, "d", office.now, office.today)
    assert office.case(case).state == "suspended"
    assert office.do(case, "resume", Role.REVIEWER).state == "publicised"


def notices(office: Office, case: int) -> list[tuple[str, str]]:
    """Give what the company was told of decisions: the kind, and where the case stood then."""
    with office.work.database.reading() as session:
        found = told(session, office.case(case).company_id)
        return [(one.kind, one.state) for one in reversed(found) if one.kind in DECIDED]


@pytest.mark.parametrize(
    ("uphold", "wanted"),
    [
        (True, [("objection.upheld", "compared"), ("objection.rejected", "compared")]),
        (False, [("objection.rejected", "objected"), ("objection.rejected", "publicised")]),
    ],
)
def test_the_company_is_told_of_each_decision_on_an_objection_once(
    office: Office, uphold: bool, wanted: list[tuple[str, str]]
) -> None:
    case = public_case(office)
    first, second = objection(office, case), objection(office, case)
    one, other = reviewers(office)
    for receipt, upheld in ((first, uphold), (second, False)):
        propose(office.work, one, receipt.id, upheld, "经核实", office.now)
        for _ in range(2):
            with suppress(Stale):
                decide(office.work, other, receipt.id, True, "d", office.now, office.today)
    assert notices(office, case) == wanted


@pytest.mark.parametrize(
    ("uphold", "wanted"),
    [(True, ("appeal.upheld", "found")), (False, ("appeal.rejected", "suspended"))],
)
def test_the_company_is_told_what_came_of_its_appeal(
    office: Office, uphold: bool, wanted: tuple[str, str]
) -> None:
    case = public_case(office)
    office.do(case, "suspend", Role.HANDLER, reason="收到举报")
    owner = office.owner(office.case(case).company_id)
    seen = office.case(case).version
    plea = Plea(case, "举报不实")
    receipt = make_appeal(office.work, owner, plea, seen, "a", office.now, office.today)
    one, other = reviewers(office)
    propose(office.work, one, receipt.id, uphold, "经核实", office.now)
    assert notices(office, case) == []
    decide(office.work, other, receipt.id, True, "d", office.now, office.today)
    assert notices(office, case) == [wanted]


def test_nobody_objects_to_what_is_not_public(office: Office) -> None:
    case = office.open(office.company("91440300MA0000002X", "深圳示例科技有限公司"))
    with pytest.raises(Missing):
        objection(office, case)
    with pytest.raises(Missing):
        objection(office, 10**9)


def test_an_empty_objection_is_refused_and_stops_nothing(office: Office) -> None:
    case = public_case(office)
    with pytest.raises(Refused, match="statement_missing"):
        make_objection(office.work, Plea(case, "  "), office.now, office.today)
    assert office.case(case).state == "publicised"

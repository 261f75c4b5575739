"""A list or a file that is sent twice is made once, and a rehearsal changes nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from tests.webapp.casework.conftest import HIGH_TECH, Office
from tests.webapp.casework.test_money import FEN, NAMES, approved, filed
from webapp.services.cases import payments, publicity
from webapp.services.cases.appeals import Plea, decide, make_objection, proposal_digest, propose
from webapp.services.cases.picked import Chosen
from webapp.services.cases.publicity import publicise
from webapp.services.cases.refusals import Refused, Stale
from webapp.services.people.roles import Actor, Role
from webapp.tables.cases import Appeal, Publicity
from webapp.tables.money import PaymentFile


def confirmed(office: Office, number: int) -> Chosen:
    name = f"深圳示例{number}号科技有限公司"
    company = office.company(f"91440300MA000001{number}X", name)
    case = office.open(company)
    for action in ("compare", "vet", "freeze", "notify"):
        office.do(case, action, Role.HANDLER)
    account = {"holder": name, "bank": "示例银行", "number": "6222000011112222"}
    office.do(case, "confirm", office.owner(company), **account)
    return Chosen(case, office.case(case).version)


def listing(office: Office, *chosen: Chosen, key: str = "list") -> int:
    handler = office.people[Role.HANDLER]
    made, _ = publicise(office.work, handler, "公示", chosen, key, office.now, office.today)
    return made


def count(office: Office, table: type) -> int:
    with office.work.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_list_that_is_sent_twice_is_made_once(office: Office) -> None:
    office.budget(HIGH_TECH, FEN)
    case = confirmed(office, 1)
    assert listing(office, case) == listing(office, case)
    assert count(office, Publicity) == 1


def test_two_lists_at_the_same_moment_get_two_numbers(office: Office) -> None:
    office.budget(HIGH_TECH, FEN * 4)
    cases = [confirmed(office, number) for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda one: listing(office, one, key=f"k{one.case}"), cases))
    assert len(set(made)) == count(office, Publicity) == 4


def test_the_same_form_for_other_cases_is_refused(office: Office) -> None:
    office.budget(HIGH_TECH, FEN * 2)
    one, two = confirmed(office, 1), confirmed(office, 2)
    listing(office, one)
    with pytest.raises(Refused, match="key_reused"):
        listing(office, one, two)
    assert office.case(two.case).state == "confirmed"


def test_a_payment_file_that_is_sent_twice_is_made_once(office: Office) -> None:
    cases = approved(office, *NAMES)
    versions = [Chosen(case, office.case(case).version) for case in cases]
    finance = office.people[Role.FINANCE]
    made = [
        payments.build(office.work, finance, versions, "file", office.now, office.today)
        for _ in range(2)
    ]
    assert made[0] == made[1]
    assert count(office, PaymentFile) == 1


def test_a_rehearsal_says_who_cannot_be_paid_and_changes_nothing(office: Office) -> None:
    cases = approved(office, *NAMES)
    office.learn(office.case(cases[0]).company_id, "信用名单", "失信被执行人", "有")
    chosen = [Chosen(case, office.case(case).version) for case in cases]
    finance = office.people[Role.FINANCE]
    refused = payments.rehearse(office.work, finance, chosen, office.now, office.today)
    assert {case: one.code for case, one in refused.items()} == {cases[0]: "proof_gone"}
    assert count(office, PaymentFile) == 0
    assert [office.case(case).state for case in cases] == ["approved", "approved"]
    office.do(cases[0], "suspend", Role.HANDLER, reason="有记录")
    assert filed(office, cases[1:]).lines == 1


def test_a_rehearsal_of_a_list_names_the_missing_step(office: Office) -> None:
    office.budget(HIGH_TECH, FEN)
    good = confirmed(office, 1)
    early = office.open(office.company("91440300MA0000020X", "深圳示例二十号有限公司"))
    handler = office.people[Role.HANDLER]
    chosen = [good, Chosen(early, 1), Chosen(good.case + 10_000, 1)]
    refused = publicity.rehearse(office.work, handler, chosen, office.now, office.today)
    assert {case: one.code for case, one in refused.items()} == {
        early: "no_such_move",
        good.case + 10_000: "missing",
    }


def test_nobody_signs_another_answer_than_the_one_that_was_read(office: Office) -> None:
    office.budget(HIGH_TECH, FEN)
    case = confirmed(office, 1)
    listing(office, case)
    receipt = make_objection(office.work, Plea(case.case, "不实"), office.now, office.today)
    one = office.people[Role.REVIEWER]
    other = Actor(office.people[Role.AUDITOR].id, "other", frozenset({Role.REVIEWER}))
    propose(office.work, one, receipt.id, False, "不成立", office.now)
    with office.work.database.reading() as session:
        seen = proposal_digest(session.get_one(Appeal, receipt.id).reply)
    propose(office.work, one, receipt.id, True, "成立", office.now)
    with pytest.raises(Stale):
        decide(office.work, other, receipt.id, True, "d", office.now, office.today, seen)
    assert office.case(case.case).state == "objected"

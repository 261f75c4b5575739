"""A payment that is on its way is stopped: the line, the list for the treasury, and what the bank says."""

from __future__ import annotations

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Barrier

import pytest

from tests.webapp.casework.conftest import Office
from tests.webapp.casework.test_appeals import reviewers
from tests.webapp.casework.test_money import FEN, NAMES, PAID_ON, approved, filed, returned
from webapp.services.cases import withdrawals
from webapp.services.cases.appeals import Plea, decide, make_appeal, propose
from webapp.services.cases.moves import Wish, move
from webapp.services.cases.payments import download
from webapp.services.cases.reconciling import reconcile
from webapp.services.cases.refusals import Refused
from webapp.services.cases.returns import COLUMNS, take
from webapp.services.exports import csv_bytes
from webapp.services.people.roles import Actor, Role
from webapp.tables.money import Budget, PaidRow

WHY = "收到举报,正在核实"


def row(number: str, word: str, place: int = 1) -> tuple[str, ...]:
    """A line of the bank's file."""
    day = PAID_ON.isoformat() if word == "成功" else ""
    return (number, str(place), "100000.00", word, "", day)


def stopped(office: Office, *names: str) -> tuple[list[int], str]:
    """File a payment of each company and stop the first one."""
    cases = approved(office, *names)
    number = filed(office, cases).number
    assert office.do(cases[0], "suspend", Role.HANDLER, reason=WHY).state == "suspended"
    return cases, number


def differences(office: Office) -> list[str]:
    with office.work.database.reading() as session:
        return sorted(one.code for one in reconcile(session, 2026).differences)


def budget(office: Office) -> tuple[int, int]:
    """Give what is reserved and what is spent."""
    with office.work.database.reading() as session:
        found = session.query(Budget).one()
        return found.reserved_fen, found.spent_fen


def write(office: Office, key: str = "list") -> str:
    finance = office.people[Role.FINANCE]
    return withdrawals.write(office.work, finance, key, office.now, office.today)


def test_a_stopped_payment_is_listed_for_the_treasury_and_the_file_stays(office: Office) -> None:
    cases, number = stopped(office, *NAMES)
    finance = office.people[Role.FINANCE]
    before = download(office.work, finance, number, "csv", office.now)
    told = write(office)
    assert told == write(office) == "W2026-0001"  # sent twice, written once
    with pytest.raises(Refused, match="nothing_withdrawn"):
        write(office, "another")
    data = withdrawals.download(office.work, finance, told, "csv", office.now)
    _, line, control = csv.reader(io.StringIO(data.decode("utf-8-sig")))
    assert line[:5] == [told, "1", number, "1", NAMES[0]]
    assert line[5:] == [
        "6222000011112222",
        "示例银行龙岗支行",
        "100000.00",
        "91440300MA0000000X",
        "2026-03-10",
    ]
    assert control[1:3] + control[7:8] == ["合计", "1 笔", "100000.00"]
    assert download(office.work, finance, number, "csv", office.now) == before
    assert differences(office) == ["not_returned", "withdrawal_open"]
    assert budget(office) == (2 * FEN, 0)
    with office.work.database.reading() as session:
        assert [(one.case, one.told) for one in withdrawals.waiting(session)] == [(cases[0], told)]


def test_only_finance_writes_the_list(office: Office) -> None:
    stopped(office, NAMES[0])
    for actor in (office.people[Role.REVIEWER], office.people[Role.SYSTEM]):
        with pytest.raises(Refused, match="wrong_role"):
            withdrawals.write(office.work, actor, "x", office.now, office.today)


@pytest.mark.parametrize("action", ["resume", "withdraw"])
def test_until_the_bank_answers_the_case_goes_nowhere(office: Office, action: str) -> None:
    (case,), _ = stopped(office, NAMES[0])
    with pytest.raises(Refused, match="bank_silent"):
        office.do(case, action, Role.REVIEWER, reason="示例")


@pytest.mark.parametrize("word", ["已撤回", "失败"])
def test_a_payment_that_the_bank_did_not_make_may_be_filed_anew(office: Office, word: str) -> None:
    (case,), number = stopped(office, NAMES[0])
    answer = row(number, word)
    returned(office, (*answer[:4], "账户已销户" if word == "失败" else "", ""))
    assert office.case(case).state == "suspended"
    assert budget(office) == (FEN, 0)
    assert differences(office) == []
    assert office.do(case, "resume", Role.REVIEWER).state == "approved"
    again = filed(office, [case], "file-2")
    returned(office, row(again.number, "成功"))
    assert office.case(case).state == "paid"
    assert budget(office) == (0, FEN)
    assert differences(office) == []


def test_money_that_arrives_all_the_same_is_recovered_and_never_silently_paid(
    office: Office,
) -> None:
    (case,), number = stopped(office, NAMES[0])
    returned(office, row(number, "成功"))
    assert office.case(case).state == "owed"
    assert budget(office) == (0, FEN)  # it is spent: the money is with the company
    assert differences(office) == ["withdrawn_paid"]
    for action in ("reconcile", "archive", "resume", "pay"):
        with pytest.raises(Refused):
            office.do(case, action, Role.FINANCE)
    other = Actor(office.people[Role.AUDITOR].id, "另一位财务", frozenset({Role.FINANCE}))
    assert office.do(case, "recover", other, reason="条件不再具备").state == "recovered"
    assert budget(office) == (0, 0)
    assert differences(office) == []
    with office.work.database.reading() as session:
        assert [one.amount_fen for one in session.query(PaidRow)] == [FEN, -FEN]


def test_money_that_arrived_may_stand_where_the_proof_holds(office: Office) -> None:
    (case,), number = stopped(office, NAMES[0])
    returned(office, row(number, "成功"))
    company = office.case(case).company_id
    office.now += timedelta(hours=1)
    office.learn(company, "信用名单", "失信被执行人", "有")
    with pytest.raises(Refused, match=r"proof_gone|credit_not_clear"):
        office.do(case, "stand", Role.REVIEWER, reason="举报不实")
    office.now += timedelta(hours=1)
    office.learn(company, "信用名单", "失信被执行人", "没有")
    assert office.do(case, "stand", Role.REVIEWER, reason="举报不实").state == "paid"
    assert office.do(case, "reconcile", Role.FINANCE).state == "reconciled"
    assert differences(office) == []


def test_an_appeal_against_a_stopped_payment_waits_for_the_bank(office: Office) -> None:
    (case,), number = stopped(office, NAMES[0])
    owner = office.owner(office.case(case).company_id)
    assert office.do(case, "appeal", owner).state == "appealed"
    with pytest.raises(Refused, match="bank_silent"):
        office.do(case, "uphold", Role.REVIEWER, reason="申诉成立")
    returned(office, row(number, "成功"))
    assert office.case(case).state == "disputed"  # now it is about whether the money stays
    assert office.do(case, "reject", Role.REVIEWER, reason="维持").state == "owed"


@pytest.mark.parametrize("uphold", [True, False])
def test_a_recovery_is_appealed_and_two_others_decide_it(office: Office, uphold: bool) -> None:
    (case,), number = stopped(office, NAMES[0])
    returned(office, row(number, "成功"))
    found = office.case(case)
    owner = office.owner(found.company_id)
    plea = Plea(case, "条件一直具备,请核实")
    receipt = make_appeal(office.work, owner, plea, found.version, "a", office.now, office.today)
    other = Actor(office.people[Role.AUDITOR].id, "另一位财务", frozenset({Role.FINANCE}))
    with pytest.raises(Refused, match="no_such_move"):  # nothing is taken back meanwhile
        office.do(case, "recover", other, reason="条件不再具备")
    one, two = reviewers(office)
    propose(office.work, one, receipt.id, uphold, "经核实", office.now)
    decide(office.work, two, receipt.id, True, "d", office.now, office.today)
    assert office.case(case).state == ("paid" if uphold else "owed")
    assert office.case(case).amount_fen == FEN
    assert budget(office) == (0, FEN)
    assert differences(office) == ([] if uphold else ["withdrawn_paid"])


def test_money_does_not_stay_on_an_appeal_that_the_proof_does_not_carry(office: Office) -> None:
    (case,), number = stopped(office, NAMES[0])
    returned(office, row(number, "成功"))
    company = office.case(case).company_id
    office.do(case, "appeal", office.owner(company))
    office.now += timedelta(hours=1)
    office.learn(company, "信用名单", "失信被执行人", "有")
    with pytest.raises(Refused, match=r"proof_gone|credit_not_clear"):
        office.do(case, "uphold", Role.REVIEWER, reason="申诉成立")
    assert office.case(case).state == "disputed"


def test_a_payment_that_arrived_cannot_be_stopped(office: Office) -> None:
    (case,) = approved(office, NAMES[0])
    returned(office, row(filed(office, [case]).number, "成功"))
    with pytest.raises(Refused, match="no_such_move"):
        office.do(case, "suspend", Role.REVIEWER, reason=WHY)


def test_a_stop_and_the_banks_word_at_the_same_moment(office: Office) -> None:
    """One of the two is first; either way the money is in one place and the books say where."""
    cases = approved(office, *NAMES, *(f"深圳示例{n}有限公司" for n in "甲乙"))
    handler, finance = office.people[Role.HANDLER], office.people[Role.FINANCE]
    numbers = [filed(office, [case], f"file-{case}").number for case in cases]
    office.today = PAID_ON
    for case, number in zip(cases, numbers, strict=True):
        wish = Wish(case, "suspend", office.case(case).version, f"stop-{case}", WHY)
        data = csv_bytes(COLUMNS, [row(number, "成功")])
        start = Barrier(2)

        def stop(wish: Wish = wish, start: Barrier = start) -> None:
            start.wait()
            with suppress(Refused):
                move(office.work, handler, wish, office.now, office.today)

        def book(data: bytes = data, start: Barrier = start) -> None:
            start.wait()
            take(office.work, finance, data, "回单.csv", office.now, office.today)

        with ThreadPoolExecutor() as both:
            for done in [both.submit(stop), both.submit(book)]:
                done.result()
        assert office.case(case).state in ("paid", "owed")
    assert set(differences(office)) <= {"withdrawn_paid"}
    assert budget(office) == (0, 4 * FEN)

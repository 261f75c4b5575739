"""From an approved case to money that arrived: files, returns, the ledger, and the books compared."""

from __future__ import annotations

from datetime import date

import pytest

from tests.webapp.casework.conftest import HIGH_TECH, Office
from webapp.services.cases.payments import Built, build, download
from webapp.services.cases.picked import Chosen, NotAll
from webapp.services.cases.publicity import masked, publicise
from webapp.services.cases.reconciling import reconcile
from webapp.services.cases.refusals import Refused
from webapp.services.cases.returns import COLUMNS, BadReturn, take
from webapp.services.exports import csv_bytes
from webapp.services.people.roles import Role
from webapp.tables.money import Budget

FEN = 10_000_000  # 10 万元
NAMES = ("深圳示例科技有限公司", "深圳示例电子有限公司")
APPROVED_ON, PAID_ON = date(2026, 3, 10), date(2026, 3, 12)


def approved(office: Office, *names: str) -> list[int]:
    """Take a case of each company through to its approval."""
    office.budget(HIGH_TECH, FEN * len(names))
    cases = []
    for number, name in enumerate(names):
        company = office.company(f"91440300MA000000{number}X", name)
        case = office.open(company)
        for action in ("compare", "vet", "freeze", "notify"):
            office.do(case, action, Role.HANDLER)
        account = {"holder": name, "bank": "示例银行龙岗支行", "number": "6222000011112222"}
        office.do(case, "confirm", office.owner(company), **account)
        cases.append(case)
    chosen = [Chosen(case, office.case(case).version) for case in cases]
    handler = office.people[Role.HANDLER]
    publicise(office.work, handler, "示例公示", chosen, "list", office.now, office.today)
    office.today = APPROVED_ON
    for case in cases:
        office.do(case, "approve", Role.REVIEWER)
    return cases


def filed(office: Office, cases: list[int], key: str = "file") -> Built:
    chosen = [Chosen(case, office.case(case).version) for case in cases]
    finance = office.people[Role.FINANCE]
    return build(office.work, finance, chosen, key, office.now, office.today)


def returned(office: Office, *rows: tuple[str, ...]) -> None:
    office.today = PAID_ON
    data = csv_bytes(COLUMNS, rows)
    take(office.work, office.people[Role.FINANCE], data, "回单.csv", office.now, office.today)


def test_the_money_of_two_companies_arrives_and_all_books_agree(office: Office) -> None:
    cases = approved(office, *NAMES)
    file = filed(office, cases)
    assert (file.lines, file.total_fen) == (2, 2 * FEN)
    returned(
        office, *((file.number, str(n), "100000.00", "成功", "", "2026-03-12") for n in (1, 2))
    )
    for case in cases:
        assert office.do(case, "reconcile", Role.FINANCE).state == "reconciled"
        assert office.do(case, "archive", Role.HANDLER).state == "archived"
    with office.work.database.reading() as session:
        books = reconcile(session, 2026)
        assert {stage.name: stage.total_fen for stage in books.stages} == dict.fromkeys(
            ("found", "confirmed", "approved", "filed", "returned", "booked"), 2 * FEN
        )
        assert books.differences == ()
        budget = session.query(Budget).one()
        assert (budget.reserved_fen, budget.spent_fen) == (0, 2 * FEN)


def test_a_failed_payment_takes_another_account_and_a_second_file(office: Office) -> None:
    (case,) = approved(office, NAMES[0])
    file = filed(office, [case])
    returned(office, (file.number, "1", "100000.00", "失败", "账户已销户", ""))
    assert office.case(case).state == "failed"
    owner = office.owner(office.case(case).company_id)
    account = {"holder": NAMES[0], "bank": "示例银行", "number": "6222000033334444"}
    office.do(case, "new_account", owner, **account)
    office.do(case, "retry", Role.FINANCE)
    again = filed(office, [case], "file-2")
    data = download(office.work, office.people[Role.FINANCE], again.number, "csv", office.now)
    assert "6222000033334444" in data.decode()
    returned(office, (again.number, "1", "100000.00", "成功", "", "2026-03-12"))
    assert office.case(case).state == "paid"


def test_who_approved_a_case_cannot_put_it_into_a_file(office: Office) -> None:
    (case,) = approved(office, NAMES[0])
    reviewer = office.people[Role.REVIEWER]
    both = type(reviewer)(reviewer.id, reviewer.name, frozenset({Role.REVIEWER, Role.FINANCE}))
    office.people[Role.FINANCE] = both
    with pytest.raises(NotAll) as caught:
        filed(office, [case])
    assert caught.value.refused[case].code == "same_person"
    assert office.case(case).state == "approved"


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (("B2026-0001", "9", "100000.00", "成功", "", "2026-03-12"), "row_unknown"),
        (("B2026-0001", "1", "99999.99", "成功", "", "2026-03-12"), "row_sum"),
        (("B2026-0001", "1", "100000.00", "大概", "", "2026-03-12"), "row_state"),
        (("B2026-0001", "1", "100000.00", "失败", "", ""), "row_reason"),
        (("B2026-0001", "1", "100000.00", "成功", "", "2026-04-01"), "row_future"),
        (("B2026-0001", "1", "=1+1", "成功", "", "2026-03-12"), "row_amount"),
    ],
)
def test_one_bad_row_of_a_return_and_nothing_is_booked(
    office: Office, row: tuple[str, ...], code: str
) -> None:
    cases = approved(office, *NAMES)
    file = filed(office, cases)
    good = (file.number, "2", "100000.00", "成功", "", "2026-03-12")
    with pytest.raises(BadReturn) as caught:
        returned(office, row, good)
    assert [fault.code for fault in caught.value.faults] == [code]
    assert [office.case(case).state for case in cases] == ["filed", "filed"]


def test_the_same_return_file_counts_once(office: Office) -> None:
    (case,) = approved(office, NAMES[0])
    file = filed(office, [case])
    row = (file.number, "1", "100000.00", "成功", "", "2026-03-12")
    returned(office, row)
    returned(office, row)
    assert office.case(case).version == office.case(case).version
    with office.work.database.reading() as session:
        assert reconcile(session, 2026).differences == ()


def test_a_payment_file_is_built_again_to_the_byte(office: Office) -> None:
    cases = approved(office, *NAMES)
    file = filed(office, cases)
    finance = office.people[Role.FINANCE]
    for kind in ("csv", "xlsx"):
        one = download(office.work, finance, file.number, kind, office.now)
        assert one == download(office.work, finance, file.number, kind, office.now)


def test_money_that_was_paid_cannot_be_recovered_by_whoever_sent_it(office: Office) -> None:
    (case,) = approved(office, NAMES[0])
    file = filed(office, [case])
    returned(office, (file.number, "1", "100000.00", "成功", "", "2026-03-12"))
    with pytest.raises(Refused, match="same_person"):
        office.do(case, "recover", Role.FINANCE, reason="条件不再具备")


@pytest.mark.parametrize(
    ("text", "shown"),
    [("合肥张三餐馆", "合肥**餐馆"), ("甲", "*"), ("甲乙", "甲*"), ("甲乙丙", "甲*丙")],
)
def test_names_of_persons_are_masked(text: str, shown: str) -> None:
    assert masked(text) == shown

"""A company answers: what it is shown, what it must say, and that an answer counts once."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.webapp.casework.conftest import RECOGNISED
from tests.webapp.casework.test_money import APPROVED_ON, filed, returned
from tests.webapp.city import ACCOUNT, NAME, OTHER_CODE, OTHER_NAME, City
from tests.webapp.html import Element, parse
from webapp.services.people.roles import Role
from webapp.tables.audit import AuditEntry
from webapp.tables.cases import CaseAccount, CaseEvent

PROMISED = {**ACCOUNT, "promise": "yes"}


@pytest.fixture
def company(city: City) -> int:
    return city.company()


@pytest.fixture
def case(city: City, company: int) -> int:
    return city.notified(company)


@pytest.fixture
def owner(city: City, company: int) -> FlaskClient:
    return city.browser(city.owners[company])


def page(client: FlaskClient, address: str, status: int = 200) -> Element:
    response = client.get(address)
    assert response.status_code == status, response.status
    return parse(response.text)


def text(element: Element) -> str:
    return " ".join(element.text().split())


def hidden(client: FlaskClient, address: str) -> dict[str, str]:
    """Give what a form carries without anybody typing it."""
    form = page(client, address).all("form")[-2]
    return {name: form.values()[name] for name in ("seen", "key")}


def confirm(client: FlaskClient, company: int, case: int, **typed: str) -> TestResponse:
    address = f"/my/{company}/cases/{case}/confirm"
    sent = {**hidden(client, address), **PROMISED, **typed}
    return client.post(address, data=sent)


def actions(city: City, case: int) -> list[str]:
    with city.office.work.database.reading() as session:
        wanted = select(CaseEvent.action).where(CaseEvent.case_id == case)
        return list(session.scalars(wanted.order_by(CaseEvent.place)))


def test_the_page_says_what_why_how_much_and_until_when(
    owner: FlaskClient, company: int, case: int
) -> None:
    shown = text(page(owner, f"/my/{company}/cases/{case}/confirm"))
    for words in (
        "国家高新技术企业认定奖励",
        "100,000 元",
        "2026-03-16 · 还剩 10 个工作日",
        "到期未确认将提醒一次,不会自动放弃其它政策",
        "上年度 新获 高新技术企业",
        "科技局 2026-03 共享",
        "信息有误",
    ):
        assert words in shown


def test_a_yes_with_an_account_is_confirmed_and_shows_the_last_digits_alone(
    city: City, owner: FlaskClient, company: int, case: int
) -> None:
    answer = confirm(owner, company, case, number="6222 0000-1111 2222")
    assert answer.status_code == 303
    shown = owner.get(answer.location).text
    assert "已确认领取。" in shown
    assert "**** 2222" in shown
    assert "62220000" not in shown
    assert city.office.case(case).state == "confirmed"
    with city.office.work.database.reading() as session:
        kept = session.get_one(CaseAccount, case)
        assert (kept.holder, kept.bank) == (NAME, ACCOUNT["bank"])
        assert city.office.work.vault.open(kept.number_sealed) == ACCOUNT["number"]


def test_confirmed_twice_is_once(city: City, owner: FlaskClient, company: int, case: int) -> None:
    address = f"/my/{company}/cases/{case}/confirm"
    sent = {**hidden(owner, address), **PROMISED}
    other_tab = {**hidden(owner, address), **PROMISED}
    for again in (sent, sent, other_tab):
        assert owner.post(address, data=again).status_code == 303
    assert actions(city, case).count("confirm") == 1
    assert owner.get(address).status_code == 303


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"holder": "别家有限公司"}, "holder"),
        ({"bank": "=cmd"}, "bank"),
        ({"number": "12"}, "number"),
        ({"promise": ""}, "promise"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(
    city: City, owner: FlaskClient, company: int, case: int, typed: dict[str, str], field: str
) -> None:
    answer = confirm(owner, company, case, **typed)
    assert answer.status_code == 422
    shown = parse(answer.text)
    assert text(shown.all("title")[0]).startswith("错误:")
    assert [link.get("href") for link in shown.all(class_="error-summary")[0].all("a")] == [
        f"#{field}"
    ]
    control = shown.by_id(field)
    assert control is not None and control.get("aria-invalid") == "true"
    for name in ("holder", "bank", "number"):
        kept = shown.by_id(name)
        assert kept is not None and kept.get("value") == {**PROMISED, **typed}[name]
    assert city.office.case(case).state == "notified"


def test_a_no_needs_a_tick_and_stands_in_the_timeline(
    city: City, owner: FlaskClient, company: int, case: int
) -> None:
    address = f"/my/{company}/cases/{case}/decline"
    carried = hidden(owner, f"/my/{company}/cases/{case}/confirm")
    assert owner.post(address, data=carried).status_code == 422
    assert city.office.case(case).state == "notified"
    answer = owner.post(address, data={**carried, "sure": "yes"})
    assert answer.status_code == 303
    shown = text(page(owner, answer.location))
    assert "不领取 (贵企业) → 企业不领取" in shown
    assert city.office.case(case).state == "declined"


def test_after_the_last_day_nobody_confirms(
    city: City, owner: FlaskClient, company: int, case: int
) -> None:
    due = city.office.case(case).due_on
    assert due is not None
    carried = hidden(owner, f"/my/{company}/cases/{case}/confirm")
    city.on(due.replace(day=due.day + 1))
    owner = city.browser(city.owners[company])
    answer = owner.post(f"/my/{company}/cases/{case}/confirm", data={**carried, **PROMISED})
    assert answer.status_code == 422
    assert city.office.case(case).state == "notified"


def test_another_companys_case_does_not_exist_under_any_address(
    city: City, owner: FlaskClient, company: int, case: int
) -> None:
    other = city.company(OTHER_NAME, OTHER_CODE)
    theirs = city.notified(other)
    stranger = city.browser(city.owners[other])
    for address in ("", "/confirm", "/decline", "/account", "/appeal"):
        for client, where in (
            (owner, f"/my/{company}/cases/{theirs}{address}"),
            (owner, f"/my/{other}/cases/{theirs}{address}"),
            (stranger, f"/my/{company}/cases/{case}{address}"),
        ):
            method = client.post if address == "/decline" else client.get
            answer = method(where)
            assert answer.status_code == 404, where
            assert OTHER_NAME not in answer.text or client is stranger
    sent = {"seen": "5", "key": "k", **PROMISED}
    assert owner.post(f"/my/{company}/cases/{theirs}/confirm", data=sent).status_code == 404
    assert city.office.case(theirs).state == "notified"


def test_after_a_failed_payment_another_account_is_given(
    city: City, owner: FlaskClient, company: int
) -> None:
    case = city.confirmed(company)
    city.publicised([case])
    city.on(APPROVED_ON)
    city.office.do(case, "approve", Role.REVIEWER)
    file = filed(city.office, [case])
    returned(city.office, (file.number, "1", "100000.00", "失败", "账号不存在", ""))
    city.on(city.office.today)
    owner = city.browser(city.owners[company])
    address = f"/my/{company}/cases/{case}/account"
    before = page(owner, address)
    assert "银行退回的原因:账号不存在" in text(before)
    assert "**** 2222" in text(before)
    carried = {n: before.all("form")[-1].values()[n] for n in ("seen", "key")}
    wrong = owner.post(address, data={**carried, **ACCOUNT, "number": ""})
    assert wrong.status_code == 422
    right = owner.post(address, data={**carried, **ACCOUNT, "number": "6222000011113333"})
    assert right.status_code == 303
    assert "**** 3333" in owner.get(right.location).text
    assert (
        owner.post(address, data={**carried, **ACCOUNT, "number": "6222000011113333"}).status_code
        == 303
    )
    assert actions(city, case).count("new_account") == 1


def test_no_account_is_in_the_audit_and_the_confirmation_is(
    city: City, owner: FlaskClient, company: int, case: int
) -> None:
    confirm(owner, company, case)
    with city.office.work.database.reading() as session:
        rows = session.scalars(select(AuditEntry)).all()
        assert [row.action for row in rows][-1] == "case.confirm"
        for row in rows:
            said = " ".join(str(getattr(row, column.key)) for column in AuditEntry.__table__.c)
            assert ACCOUNT["number"] not in said
            assert ACCOUNT["bank"] not in said


def test_where_later_rules_set_the_amount_no_account_is_asked_for(city: City) -> None:
    facts = {name: given for name, given in RECOGNISED.items() if name != "外省县区"}
    company = city.company(facts={**facts, "注册地": "合肥市"})
    case = city.notified(company, "hefei-2025/1.4")
    owner = city.browser(city.owners[company])
    address = f"/my/{company}/cases/{case}/confirm"
    shown = page(owner, address)
    assert "金额另行规定" in text(shown)
    assert shown.by_id("number") is None
    answer = owner.post(address, data={**hidden(owner, address), "promise": "yes"})
    assert answer.status_code == 303
    assert city.office.case(case).state == "awaiting_rules"
    assert "细则出台后再通知您" in owner.get(answer.location).text

"""A company appeals: what it disputes, that its case waits, and what it is told."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.webapp.city import City
from tests.webapp.html import parse
from webapp.services.people.roles import Role


@pytest.fixture
def company(city: City) -> int:
    return city.company()


@pytest.fixture
def owner(city: City, company: int) -> FlaskClient:
    return city.browser(city.owners[company])


def typed(city: City, case: int, **more: object) -> dict[str, object]:
    seen = city.office.case(case).version
    words = {"statement": "证书日期不对", "disputed": "other", "key": "one", "seen": seen}
    return {**words, "then": "send", **more}


def test_each_condition_can_be_disputed_with_what_was_found_of_it(
    city: City, company: int, owner: FlaskClient
) -> None:
    case = city.notified(company)
    address = f"/my/{company}/cases/{case}/appeal"
    shown = parse(owner.get(address).text)
    labels = [" ".join(one.text().split()) for one in shown.all("label")]
    assert "上年度 新获 高新技术企业 (有 自 2025-11-20 至 2028-11-19)" in labels
    checked = owner.post(address, data=typed(city, case, then="check"))
    assert checked.status_code == 200
    assert city.office.case(case).state == "notified"
    sent = {**parse(checked.text).all("form")[-1].values(), "then": "send"}
    answer = owner.post(address, data=sent)
    assert answer.status_code == 303
    assert city.office.case(case).state == "appealed"
    receipt = city.visitor().get(answer.location)
    assert "申诉回执" in receipt.text
    assert "证书日期不对" not in receipt.text


def test_sent_twice_it_is_one_with_one_receipt(
    city: City, company: int, owner: FlaskClient
) -> None:
    case = city.notified(company)
    address = f"/my/{company}/cases/{case}/appeal"
    sent = typed(city, case)
    first, again = owner.post(address, data=sent), owner.post(address, data=sent)
    assert (first.status_code, again.location) == (303, first.location)
    assert owner.post(address, data={**sent, "key": "two"}).status_code == 422
    shown = owner.get(f"/my/{company}/cases/{case}").text
    assert shown.count("最迟 2026-03-16 答复") == 1


def test_the_answer_stands_on_the_case(city: City, company: int, owner: FlaskClient) -> None:
    case = city.notified(company)
    owner.post(f"/my/{company}/cases/{case}/appeal", data=typed(city, case))
    city.answered(1, False, "证书日期经核实无误")
    shown = owner.get(f"/my/{company}/cases/{case}").text
    assert "证书日期经核实无误" in shown
    assert city.office.case(case).state == "notified"


def test_where_there_is_nothing_to_appeal_against_other_ways_are_named(
    city: City, company: int, owner: FlaskClient
) -> None:
    case = city.confirmed(company)
    answer = owner.get(f"/my/{company}/cases/{case}/appeal")
    assert answer.status_code == 409
    assert "12345" in answer.text
    assert f"/my/{company}/facts" in answer.text


def test_a_stale_page_is_told_and_the_text_stays(
    city: City, company: int, owner: FlaskClient
) -> None:
    case = city.notified(company)
    sent = typed(city, case)
    city.office.do(case, "suspend", Role.HANDLER, reason="收到举报")
    answer = owner.post(f"/my/{company}/cases/{case}/appeal", data=sent)
    assert answer.status_code == 422
    assert "证书日期不对" in answer.text
    again = {**parse(answer.text).all("form")[-1].values(), "statement": "证书日期不对"}
    again |= {"disputed": "other", "then": "send"}
    assert owner.post(f"/my/{company}/cases/{case}/appeal", data=again).status_code == 303

"""A company's own pages: companies and wishes, cases, measures, facts and notices."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from matcher.profile import Profile
from tests.webapp.casework.conftest import HIGH_TECH, TODAY
from tests.webapp.city import CODE, NAME, OTHER_CODE, OTHER_NAME, City
from tests.webapp.html import Element, parse
from webapp.services.cases.lifecycle import STATES
from webapp.services.notices import KINDS
from webapp.services.people.roles import Role
from webapp.texts import Texts


@pytest.fixture
def company(city: City) -> int:
    return city.company()


@pytest.fixture
def owner(city: City, company: int) -> FlaskClient:
    return city.browser(city.owners[company])


def page(client: FlaskClient, address: str) -> Element:
    response = client.get(address)
    assert response.status_code == 200, (address, response.status)
    return parse(response.text)


def text(element: Element) -> str:
    return " ".join(element.text().split())


def test_after_login_a_company_begins_at_its_companies(city: City, owner: FlaskClient) -> None:
    assert owner.get("/login").location == "/my"
    assert NAME in text(page(owner, "/my"))


def test_a_wish_to_act_for_a_company_waits_and_names_nothing(
    city: City, owner: FlaskClient
) -> None:
    city.office.company(OTHER_CODE, OTHER_NAME)
    assert owner.post("/my/companies", data={"code": OTHER_CODE.lower()}).location == "/my"
    shown = text(page(owner, "/my"))
    assert f"{OTHER_CODE} 等核对" in shown
    assert OTHER_NAME not in shown
    again = owner.post("/my/companies", data={"code": OTHER_CODE})
    assert again.status_code == 422
    assert "这家企业您已经申请过了" in again.text
    unknown = owner.post("/my/companies", data={"code": "91440300MA0000009X"})
    assert unknown.status_code == 422
    assert 'value="91440300MA0000009X"' in unknown.text


def test_what_waits_for_an_answer_stands_first_with_its_time(
    city: City, company: int, owner: FlaskClient
) -> None:
    assert "还没有事项" in text(page(owner, f"/my/{company}"))
    city.notified(company)
    shown = text(page(owner, f"/my/{company}"))
    assert "待企业确认" in shown
    assert "还剩 10 个工作日" in shown
    assert "1 件事项等您答复" in text(page(owner, "/my"))


def test_reasons_between_colleagues_are_not_shown_and_those_for_the_company_are(
    city: City, company: int
) -> None:
    case = city.confirmed(company)
    city.office.do(case, "send_back", Role.REVIEWER, reason="同事看的话")
    city.office.do(case, "suspend", Role.HANDLER, reason="收到举报,先暂停")
    owner = city.browser(city.owners[company])
    shown = text(page(owner, f"/my/{company}/cases/{case}"))
    assert "收到举报,先暂停" in shown
    assert "同事看的话" not in shown
    names = [person.name for role, person in city.office.people.items() if role is not Role.SYSTEM]
    assert [name for name in names if re.search(rf"{name}(?!\d)", shown)] == []


def test_measures_follow_from_what_departments_share(
    city: City, company: int, owner: FlaskClient
) -> None:
    case = city.notified(company)
    shown = page(owner, f"/my/{company}/measures")
    numbers = [int(one.text()) for one in shown.all(class_="counter-number")]
    matcher = city.app.extensions["mianshen"].matchmaker.matcher
    assert sum(numbers) == len(matcher.match(Profile(filed=TODAY), TODAY).findings)
    assert "国家高新技术企业认定奖励" in text(shown)
    assert "免申即享" in text(shown)
    assert any(one.get("href") == f"/my/{company}/cases/{case}" for one in shown.all("a"))
    why = text(page(owner, f"/my/{company}/measures/{HIGH_TECH}"))
    assert "科技局 2026-03 共享" in why
    for group in ("open", "near", "rest"):
        page(owner, f"/my/{company}/measures?group={group}")
    assert owner.get(f"/my/{company}/measures?group=nothing").status_code == 404
    assert owner.get(f"/my/{company}/measures/none/1.1").status_code == 404


def test_a_company_of_which_nothing_is_known_is_not_judged(city: City) -> None:
    company = city.company(facts={})
    shown = page(city.browser(city.owners[company]), f"/my/{company}/measures")
    assert "不能比对" in text(shown)
    assert not shown.all(class_="verdict")


def test_what_a_company_withholds_is_said_not_to_be_used(
    city: City, company: int, owner: FlaskClient
) -> None:
    consents = f"/account/companies/{company}/consents"
    assert "依法共享,您还没有表态" in text(page(owner, consents))
    assert owner.post(consents, data={"then": "end", "custodian": "科技局"}).status_code == 303
    assert "已收回,不使用" in text(page(owner, consents))
    facts = text(page(owner, f"/my/{company}/facts"))
    assert facts.count("已收回授权,不使用") == 1
    why = text(page(owner, f"/my/{company}/measures/{HIGH_TECH}"))
    assert "科技局 2026-03 共享" not in why
    handler = city.browser(city.office.people[Role.HANDLER])
    seen = text(page(handler, f"/desk/companies/{company}"))
    assert "企业已收回授权,不使用" in seen
    assert "有 自 2025-11-20" not in seen


def test_every_state_and_every_notice_has_its_words() -> None:
    texts = Texts()
    assert [one for one in STATES if not texts.has(f"mine.state.{one}")] == []
    assert [one for one in KINDS if not texts.has(f"notice.{one}")] == []


def test_a_notice_is_read_once_it_is_opened(city: City, company: int, owner: FlaskClient) -> None:
    case = city.notified(company)
    shown = page(owner, f"/my/{company}/notices")
    assert "有一项支持措施等您确认" in text(shown)
    assert "1 条未读" in text(shown.all(class_="unread")[0])
    (form,) = [one for one in shown.all("form") if "/notices/" in one.get("action")]
    assert owner.post(form.get("action")).location == f"/my/{company}/cases/{case}"
    after = page(owner, f"/my/{company}/notices")
    assert not after.all(class_="unread")
    assert "未读" not in text(after.all("main")[0])


def test_all_notices_are_marked_as_read_and_only_ones_own(
    city: City, company: int, owner: FlaskClient
) -> None:
    other = city.company(OTHER_NAME, OTHER_CODE)
    for one in (company, other):
        city.notified(one)
    assert owner.post(f"/my/{other}/notices").status_code == 404
    assert owner.post(f"/my/{company}/notices").status_code == 303
    assert "1 条通知未读" not in text(page(owner, "/my"))
    theirs = city.browser(city.owners[other])
    assert "1 条通知未读" in text(page(theirs, "/my"))
    (form,) = [
        one
        for one in page(theirs, f"/my/{other}/notices").all("form")
        if "/notices/" in one.get("action")
    ]
    foreign = form.get("action").replace(f"/my/{other}/", f"/my/{company}/")
    assert owner.post(foreign).status_code == 404


def test_pages_speak_english(city: City, company: int, owner: FlaskClient) -> None:
    case = city.notified(company)
    for address in (
        "/my",
        f"/my/{company}",
        f"/my/{company}/cases/{case}",
        f"/my/{company}/cases/{case}/confirm",
        f"/my/{company}/cases/{case}/appeal",
        f"/my/{company}/measures",
        f"/my/{company}/facts",
        f"/my/{company}/notices",
    ):
        shown = owner.get(f"{address}?lang=en")
        assert shown.status_code == 200
        words = parse(shown.text)
        bare = [
            one
            for one in words.all("main")[0].all("p")
            if any(
                "\u3400" <= sign <= "\u9fff"
                for sign in "".join(c for c in one.children if isinstance(c, str))
            )
        ]
        assert [one.text() for one in bare] == [], address


def test_the_code_of_the_company_stands_on_every_page(
    city: City, company: int, owner: FlaskClient
) -> None:
    for part in ("", "/measures", "/facts", "/notices"):
        assert CODE in text(page(owner, f"/my/{company}{part}").all(class_="company-band")[0])

"""Check answers: every question stands there, and a change leads back."""

from __future__ import annotations

from tests.webapp.conftest import Company
from tests.webapp.html import Element


def row(page: Element, question: str) -> str:
    found = page.by_id(f"q-{question}")
    assert found is not None
    (said,) = found.all(class_="answer-said")
    return " ".join(said.text().split())


def test_every_question_is_listed_also_those_without_an_answer(company: Company) -> None:
    page = company.page("answers")
    questions = {
        item.get("id")
        for group in ("basics", "industry", "operations", "innovation", "titles", "compliance")
        for item in company.page(group).all(class_="question")
    }
    shown = {item.get("id") for item in page.all(class_="answers-row")}
    assert questions <= shown
    assert len([id_ for id_ in shown if "q-activities-topic-" in id_]) == 9
    assert {" ".join(item.text().split()) for item in page.all(class_="answer-said")} == {"未回答"}


def test_a_value_not_sure_zero_none_and_no_answer_read_differently(company: Company) -> None:
    company.save("operations", employees="0", revenue__mark="unsure", above_scale__rest__all="none")
    company.save("innovation", rd_expense="１２００")
    page = company.page("answers")
    assert row(page, "employees") == "0 人"
    assert row(page, "revenue") == "不清楚"
    assert row(page, "total_assets") == "未回答"
    assert row(page, "above_scale") == "8 项都没有"
    assert row(page, "rd_expense") == "1200 万元"


def test_members_are_told_with_their_dates_and_what_is_left(company: Company) -> None:
    company.save(
        "titles",
        titles__high_tech_enterprise="1",
        titles__high_tech_enterprise__from="2024-10-16",
    )
    company.save(
        "plans", activities__technical_renovation="under_way", activities__rest__upgrading="none"
    )
    page = company.page("answers")
    assert row(page, "titles").startswith("高新技术企业 取得日期 2024-10-16")
    assert row(page, "titles").endswith("77 项未回答")
    topics = [item for item in page.all(class_="answers-row") if "技术改造" in item.text()]
    assert any("在做" in item.text() for item in topics)


def test_a_change_leads_back_here(company: Company) -> None:
    page = company.page("answers")
    line = page.by_id("q-private_enterprise")
    assert line is not None
    (link,) = line.all("a")
    assert link.text().strip() == "修改 民营企业"
    address, _, anchor = link.get("href").partition("#")
    assert anchor == "q-private_enterprise"
    assert address == company.url("basics") + "?back=answers"

    form = company.form("basics?back=answers")
    sent = {**form, "a_private_enterprise": "yes", "then": "answers"}
    response = company.client.post(address, data=sent)
    assert response.location == company.url("answers")
    assert row(company.page("answers"), "private_enterprise") == "是"


def test_a_mistake_on_the_way_keeps_the_way_back(company: Company) -> None:
    address = company.url("basics") + "?back=answers"
    response = company.client.post(
        address, data={**company.form("basics"), "a_name-mark": "maybe", "then": "answers"}
    )
    assert response.status_code == 422
    assert "保存并回到核对" in response.text


def test_it_speaks_english(company: Company) -> None:
    company.save("basics", private_enterprise="yes")
    page = company.page("answers?lang=en")
    assert row(page, "private_enterprise") == "Yes"
    assert row(page, "name") == "Not answered"

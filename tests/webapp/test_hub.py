"""The hub: how far one is, the way back, what is new since the last visit, what is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from tests.webapp.conftest import Clock, Company
from tests.webapp.html import Element
from webapp.services.questions import Progress, Questionnaire


def notices(page: Element) -> list[str]:
    return [" ".join(item.text().split()) for item in page.all(class_="since")]


def with_title(company: Company, **more: str) -> None:
    held = {"a_titles-high_tech_enterprise": "1"}
    dates = {f"a_titles-high_tech_enterprise-{end}": day for end, day in more.items()}
    assert company.post("titles", {**held, **dates}).status_code == 303


@pytest.fixture
def returning(company: Company, clock: Clock) -> Company:
    """A company of Hefei that looked at its answers a week ago."""
    company.save("basics", registered_region="合肥市")
    assert notices(company.page()) == []
    clock.today += timedelta(days=7)
    clock.now += timedelta(days=7)
    return company


def test_statuses_say_what_the_pages_hold(company: Company) -> None:
    company.save("operations", employees="20")
    questionnaire: Questionnaire = company.client.application.extensions["mianshen"].questionnaire
    said = [item.text().strip() for item in company.page().all(class_="task-status")]
    states = [questionnaire.status(group, company.facts, 2025) for group in questionnaire.groups]
    words = {Progress.OPEN: "未开始", Progress.DONE: "已完成"}
    assert said == [
        words.get(state.progress, f"填了一部分({state.touched}/{state.total})") for state in states
    ]
    assert "填了一部分" in "".join(said)


def test_a_return_visit_says_what_is_new_since(returning: Company) -> None:
    with_title(returning)
    (line,) = notices(returning.page())
    assert line.startswith("上次(2026-11-22)之后:新增 ")
    assert "项符合。" in line
    newly = returning.page().all(class_="since")[0].all("li")
    assert f"新增 {len(newly)} 项符合" in line
    assert all("/why/" in item.all("a")[0].get("href") for item in newly)
    assert [
        item.status_code for item in [returning.client.get(newly[0].all("a")[0].get("href"))]
    ] == [200]


def test_a_title_that_ends_soon_is_named_on_a_return_visit(company: Company, clock: Clock) -> None:
    company.save("basics", registered_region="合肥市")
    with_title(company, **{"from": "2024-01-15", "to": "2027-01-14"})
    company.page()
    clock.today += timedelta(days=1)
    (line,) = notices(company.page())
    assert line == "上次(2026-11-22)之后:符合的没有变化,1 项资质将到期。"


def test_what_is_no_longer_met_is_said(returning: Company, clock: Clock) -> None:
    with_title(returning)
    returning.page()
    clock.today += timedelta(days=1)
    form = returning.form("titles")
    taken_back = {
        name: text for name, text in form.items() if name != "a_titles-high_tech_enterprise"
    }
    returning.client.post(returning.url("titles"), data={**taken_back, "then": "next"})
    assert "项不再符合" in notices(returning.page())[0]


def test_the_results_are_a_visit_too(company: Company, clock: Clock) -> None:
    company.save("basics", registered_region="合肥市")
    company.page("results")
    clock.today += timedelta(days=1)
    assert notices(company.page()) == ["上次(2026-11-22)之后:符合的没有变化。"]


def new_rules(company: Company, version: str, question: str = "") -> None:
    """Serve the same company with other rules, as after a restart."""
    extensions = company.client.application.extensions
    old = extensions["mianshen"]
    questionnaire = Questionnaire(old.catalogue.vocabulary)
    if question:
        first = questionnaire.groups[0].questions[0]
        changed = replace(first, attribute=replace(first.attribute, question=question))
        rest = questionnaire.groups[0].questions[1:]
        group = replace(questionnaire.groups[0], questions=(changed, *rest))
        questionnaire.groups = (group, *questionnaire.groups[1:])
    catalogue = replace(old.catalogue, version=version)
    extensions["mianshen"] = replace(old, catalogue=catalogue, questionnaire=questionnaire)


def test_resuming_after_a_change_of_rules_names_the_changed_questions(returning: Company) -> None:
    before = returning.facts
    new_rules(returning, "newer", "营业执照上的名称是什么?")
    page = returning.page()
    rules, since = notices(page)
    assert rules.startswith("规则更新了,1 个问题有变化,您填的都还在:")
    (link,) = page.all(class_="since")[0].all("a")
    assert link.get("href") == f"{returning.url('basics')}#q-{link.get('href').split('#q-')[1]}"
    assert since.startswith("上次(")
    assert returning.facts == before


def test_rules_that_changed_without_a_question_say_just_that(returning: Company) -> None:
    new_rules(returning, "newer")
    assert notices(returning.page())[0] == "规则更新了,问题没有变化,您填的都还在。"


def test_results_compared_with_new_rules_say_so(returning: Company) -> None:
    assert "规则已更新" not in returning.page("results").text()
    new_rules(returning, "newer")
    assert "规则已更新,按新规则重新比对。" in returning.page("results").text()


def test_nothing_is_noted_before_the_first_answer(company: Company, app: Flask) -> None:
    company.page()
    company.page("results")
    with app.extensions["mianshen"].database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM visits")).scalar() == 0


def test_the_code_has_buttons_for_scripts_alone_and_the_data_are_explained(
    company: Company,
) -> None:
    page = company.page()
    (buttons,) = page.all(class_="recovery-buttons")
    assert "hidden" in buttons.attributes
    assert [item.text() for item in buttons.all("button")] == ["复制", "打印"]
    said = page.text()
    assert "最后一次保存后 90 天删除" in said
    assert "有网址或恢复码的人能看到" in said
    assert "90 天内有效,到 2027-02-20" in said


def test_deleting_leaves_no_trace_in_any_table(returning: Company, app: Flask) -> None:
    returning.page()
    returning.client.post(returning.url("delete"))
    with app.extensions["mianshen"].database.reading() as session:
        for table in ("profiles", "visits", "recovery_codes", "shares"):
            assert session.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 0, table  # noqa: S608


def test_the_form_has_one_live_region_and_its_strip_says_one_may_look_now(company: Company) -> None:
    page = company.page("basics")
    live: list[Any] = [
        item
        for item in page.walk()
        if item.get("aria-live") not in ("", "off") or item.get("role") == "status"
    ]
    assert [item.get("id") for item in live] == ["said"]
    (strip,) = page.all(class_="strip")
    assert "还可继续填,结果会更准;现在也可以看" in strip.text()

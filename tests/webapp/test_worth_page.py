"""Amounts on the pages: the company's own sum where the text states one, never a zero that nobody worked out.

The catalogue here includes the samples (示例), which the shipped one leaves out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from matcher.catalogue import Catalogue, load
from tests.conftest import RULES
from tests.webapp.conftest import Clock, Company
from tests.webapp.html import Element
from webapp import create_app
from webapp.services import profiles

RESEARCH = "examples/03.1"  # 15 % of the deductible research costs, 10 万元 to 100 万元


@pytest.fixture(scope="session")
def with_samples() -> Catalogue:
    """The shipped rules with the samples, whose texts state amounts."""
    return load(RULES, include=("examples",))


@pytest.fixture
def app(config: dict[str, Any], with_samples: Catalogue) -> Iterator[Flask]:
    """An application whose catalogue includes the samples."""
    made = create_app({**config, "CATALOGUE": with_samples, "WTF_CSRF_ENABLED": False})
    yield made
    made.extensions["mianshen"].database.engine.dispose()


def having(app: Flask, clock: Clock, **facts: Any) -> Company:
    """A company with these answers."""
    database = app.extensions["mianshen"].database
    answers = {"填报日期": "2026-11-22", "主体类别": ["企业"], **facts}
    return Company(app.test_client(), profiles.create(database, answers, clock.now))


def researching(app: Flask, clock: Clock, costs: str = "") -> Company:
    """A technology company of Hefei, with or without its deductible research costs."""
    title = {"科技型中小企业": {"取得日期": "2026-06-12"}}
    years = {"年度": {"2025": {"可加计扣除研发费用": costs}}} if costs else {}
    return having(app, clock, 注册地="合肥市", 资质=title, **years)


def saving(app: Flask, clock: Clock) -> Company:
    """A company of Fuzhou with one project that two measures pay for, either but not both."""
    project = {
        "项目名称": "甲",
        "项目类别": ["节能改造项目", "合同能源管理项目"],
        "实施领域": "工业领域",
        "年节能量": "2000 吨标准煤",
        "总投资额": "100 万元",
    }
    return having(app, clock, 注册地="福州市", 项目=[project])


def card(company: Company, measure: str, group: str = "met") -> Element:
    """Give the card of a measure."""
    page = company.page(f"results?group={group}&document=examples")
    (found,) = [
        one
        for one in page.all(class_="finding")
        if one.get("aria-labelledby") == f"m-{measure.replace('/', '-')}"
    ]
    return found


def basis(element: Element) -> str:
    return element.all(class_="basis")[0].text()


def test_a_sum_that_is_due_stands_on_the_card_the_reasons_and_the_sheet(
    app: Flask, clock: Clock
) -> None:
    company = researching(app, clock, "400 万元")
    assert basis(card(company, RESEARCH)) == "金额明确:60 万元"

    why = company.page(f"why/{RESEARCH}")
    assert basis(why) == "金额明确:60 万元"
    worked_out = why.by_id("worth")
    assert worked_out is not None
    assert "400 万元" in worked_out.text()
    assert "15%" in worked_out.text()

    (slip,) = [
        one for one in company.page("sheet").all("li", "slip-met") if "研发费用补贴" in one.text()
    ]
    assert "金额明确:60 万元" in slip.text()


def test_a_sum_that_lacks_a_figure_is_an_interval_that_says_what_is_missing(
    app: Flask, clock: Clock
) -> None:
    shown = card(researching(app, clock), RESEARCH)
    assert basis(shown) == "金额明确:待补充 不超过 100 万元"
    assert "算金额还缺" in shown.text()
    assert "可加计扣除研发费用" in shown.all(class_="needs")[0].text()


def test_below_the_threshold_there_is_no_amount_rather_than_zero(app: Flask, clock: Clock) -> None:
    shown = card(researching(app, clock, "20 万元"), RESEARCH)
    assert basis(shown) == "金额明确:不适用"


def test_the_most_that_a_department_may_grant_is_called_so(app: Flask, clock: Clock) -> None:
    title = {"专精特新小巨人": {"取得日期": "2025-06-12"}}
    shown = card(having(app, clock, 注册地="广州市", 资质=title), "examples/24.1")
    assert basis(shown) == "金额明确:最高 100 万元"


def test_an_open_finding_says_that_its_sum_counts_once_it_is_met(app: Flask, clock: Clock) -> None:
    company = having(app, clock, 注册地="合肥市", 年度={"2025": {"可加计扣除研发费用": "400 万元"}})
    assert basis(card(company, RESEARCH, "open")) == "金额明确:符合后 60 万元"


def test_no_card_shows_a_sum_of_zero_or_none(app: Flask, clock: Clock) -> None:
    for company in (
        researching(app, clock),
        researching(app, clock, "400 万元"),
        saving(app, clock),
    ):
        page = company.page("results")
        for one in page.all(class_="basis"):
            said = one.text()
            assert said.strip()
            assert not said.endswith((":0 元", ":0 万元", "—", ":"))


def test_what_excludes_each_other_counts_once_in_the_total(app: Flask, clock: Clock) -> None:
    """2000 吨 × 300 元 is 60 万元 by the one, at most 30 % of 100 万元 by the other."""
    company = saving(app, clock)
    (box,) = company.page("results").all(class_="together")
    assert "合计 60 万元" in box.text()
    assert "同属“福州节能项目奖励”" in box.text()
    assert "择一" in box.text()

    (sums,) = company.page("sheet").all(class_="slip-sums")
    assert "合计 60 万元" in sums.text()


def test_where_no_sum_is_settled_no_total_is_claimed(app: Flask, clock: Clock) -> None:
    (box,) = researching(app, clock).page("results").all(class_="together")
    assert "数额都还没有定" in box.text()
    assert "合计" not in box.text()


def test_a_shared_sheet_without_figures_tells_no_sum_that_rests_on_them(
    app: Flask, clock: Clock
) -> None:
    company = researching(app, clock, "400 万元")
    company.client.post(company.url("shares"), data={"hide_figures": "1"})
    hub = company.page()
    (address,) = [one.get("value") for one in hub.all("input") if "/s/" in one.get("value")]
    said = company.client.get(address).text
    assert "研发费用补贴" in said
    assert "60 万元" not in said


def test_a_sample_is_called_one_wherever_it_stands(app: Flask, clock: Clock) -> None:
    assert "示例" in card(researching(app, clock), RESEARCH).all(class_="source")[0].text()


def test_stated_money_comes_first_in_its_group(app: Flask, clock: Clock) -> None:
    page = researching(app, clock, "400 万元").page("results?group=met")
    stated = [
        "basis-amount_stated" in one.all(class_="basis")[0].get("class")
        for one in page.all(class_="finding")
    ]
    assert stated[0]
    assert stated == sorted(stated, reverse=True)


def test_the_shipped_catalogue_has_no_samples(catalogue: Catalogue) -> None:
    assert not [one.id for one in catalogue.documents if one.sample]

"""What cannot be true is refused beside its question; what is only unlikely is used and named."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from tests.webapp.conftest import Clock, Company
from tests.webapp.html import Element, parse
from webapp.services import profiles


def summary(page: Element) -> str:
    (shown,) = page.all(class_="error-summary")
    return " ".join(shown.text().split())


def refused(company: Company, group: str, **typed: str) -> str:
    """Type some answers that are not taken, and give the summary of mistakes."""
    before = company.facts
    response = company.post(group, {f"a_{name}": value for name, value in typed.items()})
    assert response.status_code == 422
    assert company.facts == before
    return summary(parse(response.text))


def test_revenue_below_zero_is_refused_and_a_loss_is_not(company: Company) -> None:
    assert "不能小于 0" in refused(company, "operations", revenue="-3")
    company.save("operations", net_profit="-3")


def test_a_part_larger_than_its_whole_is_refused(company: Company) -> None:
    said = refused(company, "operations", revenue="100", main_revenue="100.01")

    assert "“2025 年 主营业务收入” 100.01 万元 大于“2025 年 营业收入” 100 万元" in said
    company.save("operations", revenue="100", main_revenue="100")


def test_a_founding_day_to_come_is_refused_at_its_question(company: Company) -> None:
    days = {"established_on-year": "2026", "established_on-month": "11", "established_on-day": "23"}

    assert "2026-11-23 晚于填报日期 2026-11-22" in refused(company, "basics", **days)


def test_research_above_revenue_is_used_and_named(company: Company) -> None:
    company.save("operations", revenue="200")
    company.save("innovation", rd_expense="900")
    for address in ("results", ""):
        (doubt,) = (
            item
            for item in company.page(address).all("section", "notice")
            if item.get("aria-labelledby") == "doubts"
        )
        assert "“2025 年 研发费用” 900 万元 大于“2025 年 营业收入” 200 万元" in doubt.text()
        assert "值得核对" in doubt.text()


def test_without_a_doubt_nothing_is_said(company: Company) -> None:
    company.save("operations", revenue="900")
    company.save("innovation", rd_expense="200")

    assert company.page("results").by_id("doubts") is None


def test_answers_saved_under_milder_rules_are_shown_with_the_way_out(
    app: Flask, client: FlaskClient, clock: Clock
) -> None:
    facts = {"填报日期": "2026-11-01", "年度": {"2025": {"营业收入": "-3 万元"}}}
    company = Company(
        client, profiles.create(app.extensions["mianshen"].database, facts, clock.now)
    )
    for address in ("", "results", "path", "why/hefei-2025/1.4"):
        response = client.get(company.url(address))
        page = parse(response.text)
        assert response.status_code == 422, address
        assert page.all("h1")[0].text() == "有答案前后矛盾"
        assert "“-3 万元”小于零" in page.text()
        assert company.url("operations") in [link.get("href") for link in page.all("a")]

    company.save("operations", revenue="3")
    assert client.get(company.url("results")).status_code == 200

"""The results: every measure is there with its verdict, quote, reasons and missing facts."""

from __future__ import annotations

import gzip
import re

import pytest

from matcher.catalogue import Catalogue
from tests.webapp.conftest import Clock, Company
from tests.webapp.html import Element, parse
from webapp.limits import PAGE_SIZE

VERDICTS = ("符合", "不符合", "待补充")


def verdicts_shown(page: Element) -> list[str]:
    (main,) = page.all("main")
    return [item.text() for item in main.all(class_="verdict")]


def counts(page: Element) -> dict[str, int]:
    return {
        item.get("class").split("counter-")[-1]: int(item.all(class_="counter-number")[0].text())
        for item in page.all("a", "counter")
    }


def test_nothing_is_called_met_or_not_before_the_first_answer(company: Company) -> None:
    company.save("basics", name="云岭")
    for address in ("results", ""):
        (main,) = company.page(address).all("main")
        assert not [word for word in VERDICTS if word in main.text()], address
        assert main.all(class_="finding") == []
    assert company.client.get(company.url("why/hefei-2025/1.4")).status_code == 404


@pytest.fixture
def answered(company: Company) -> Company:
    """A high-tech company in Hefei."""
    company.save("basics", name="云岭", registered_region="合肥市", private_enterprise="yes")
    company.save("industry", industry="6520")
    company.save("titles", titles__high_tech_enterprise="1", titles__rest__all="none")
    return company


def test_the_counts_add_up_and_every_measure_can_be_reached(
    answered: Company, catalogue: Catalogue
) -> None:
    overview = counts(answered.page("results"))
    assert sum(overview.values()) == len(catalogue.measures)

    for group, expected in overview.items():
        seen = 0
        for number in range(1, -(-expected // PAGE_SIZE) + 1):
            page = answered.page(f"results?group={group}&page={number}")
            shown = [*page.all(class_="finding"), *page.all(class_="row-finding")]
            assert len(shown) <= PAGE_SIZE
            seen += len(shown)
        assert seen == expected, group
        beyond = answered.url(f"results?group={group}&page={expected // PAGE_SIZE + 2}")
        assert answered.client.get(beyond).status_code == 404


def test_a_card_has_its_quote_basis_delivery_and_reasons(
    answered: Company, catalogue: Catalogue
) -> None:
    page = answered.page("results?group=met")
    card = next(c for c in page.all(class_="finding") if c.get("aria-labelledby").endswith("1.4"))
    measure = catalogue.by_id["hefei-2025/1.4"]

    assert card.all(class_="quote")[0].text() == measure.quote
    assert card.all(class_="basis")[0].text() == "金额另行规定,等实施细则"
    assert "快申快享" in card.all(class_="delivery")[0].text()
    tree = card.all("details", "why-box")[0].text()
    assert "持有有效的“高新技术企业”" in tree
    assert "合肥市" in tree
    assert "已不影响结论" in tree
    for other in page.all(class_="finding"):
        assert other.all(class_="basis")[0].text().strip()


def test_the_page_of_all_groups_stays_light(answered: Company) -> None:
    """60 KB on the line for all measures; half of it is used at most, so that rules may grow."""
    page = answered.client.get(answered.url("results"))
    assert len(gzip.compress(page.data)) < 30 * 1024


def test_a_missing_fact_links_to_its_question(answered: Company) -> None:
    page = answered.page("results?group=open")
    links = {link.get("href") for link in page.all("a", "fill")}
    assert links
    for link in links:
        address, _, anchor = link.partition("#")
        question = parse(answered.client.get(address).text).by_id(anchor)
        assert question is not None, link


def test_each_measure_that_is_not_met_has_its_reasons(answered: Company) -> None:
    page = answered.page("results?group=rest")
    rows = page.all(class_="row-finding")
    assert rows
    for row in rows:
        said = row.all(class_="row-reason")[0].text()
        assert re.search(r"不满足:\s*\S+", said), said
        (address,) = {a.get("href") for a in row.all("a") if "/why/" in a.get("href")}
        why = parse(answered.client.get(address).text)
        assert why.all(class_="why-unmet"), address


def test_a_changed_answer_changes_the_verdict(answered: Company) -> None:
    title = "科技型企业贴息贴费、风险补偿、直接奖补"
    assert title in answered.page("results?group=met").text()
    answered.save("basics", registered_region="亳州市")
    assert title not in answered.page("results?group=met").text()


def test_a_typed_profile_never_wins_anything_without_application(answered: Company) -> None:
    """Nothing here is attested, so 免申即享 is only ever what a check would show."""
    groups = [
        "results?group=met",
        "results?group=open",
    ]
    for address in groups:
        for card in answered.page(address).all(class_="finding"):
            for said in card.all(class_="delivery"):
                assert not said.text().startswith("免申即享")


def test_a_credit_veto_is_said_on_top(answered: Company) -> None:
    answered.save("compliance", **{"credit_lists__" + _first_list(answered): "1"})
    page = answered.page("results")
    assert "通行的排除情形" in page.all(class_="notice-strong")[0].text()


def _first_list(company: Company) -> str:
    boxes = [i.get("name") for i in company.page("compliance").all("input")]
    return next(n for n in boxes if n.startswith("a_credit_lists-")).split("-")[1]


def test_figures_of_last_year_are_asked_by_the_filing_date(company: Company, clock: Clock) -> None:
    assert "上年度指 2025 年" in company.page("operations").text()
    company.save("operations", revenue="100")
    clock.today = clock.today.replace(year=2027)
    page = company.page("operations")
    assert "上年度指 2026 年" in page.text()
    assert company.form("operations")["a_revenue"] == ""
    company.save("operations", revenue="200")
    assert company.facts["年度"] == {
        "2025": {"营业收入": "100 万元"},
        "2026": {"营业收入": "200 万元"},
    }

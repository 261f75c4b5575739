"""The results: every measure is there with its verdict, quote, reasons and missing facts."""

from __future__ import annotations

import gzip
import re
from datetime import date

import pytest

from matcher.catalogue import Catalogue
from matcher.documents.model import BY_RULES, DIRECTIONAL, NO_MONEY, STATED
from matcher.finding import Delivery
from matcher.profile import Assurance, Fact, FactKey, Profile
from matcher.readers.evaluate import evaluate
from matcher.readers.prose import Wording
from tests.webapp.conftest import TODAY, Clock, Company
from tests.webapp.html import Element, parse
from webapp.limits import PAGE_SIZE
from webapp.services.facets import values_of
from webapp.services.questions import Questionnaire
from webapp.services.reasons import Explainer

BASES = (STATED, BY_RULES, NO_MONEY, DIRECTIONAL)
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


# --- the head and the filters ------------------------------------------------------------------------


def test_the_head_names_the_company_the_day_the_rules_and_the_way_to_print(
    answered: Company, catalogue: Catalogue
) -> None:
    page = answered.page("results")
    assert page.all("h1")[0].text() == "云岭:支持措施比对结果"
    assert f"规则版本 {catalogue.version}" in page.all(class_="lead-text")[0].text()
    (button,) = [one for one in page.all("button") if "data-print" in one.attributes]
    assert "hidden" in button.attributes, "without a script it would do nothing"
    assert "请按 Ctrl+P" in page.text()
    assert any("print.js" in one.get("src") for one in page.all("script"))


def facet(page: Element, name: str) -> dict[str, Element]:
    """Give the values of a filter by their words, with their links."""
    (box,) = [one for one in page.all("details", "filter") if name in one.all("summary")[0].text()]
    return {link.all("span")[0].text(): link for link in box.all("a", "facet-link")}


def test_places_are_a_filter_of_their_own_beside_the_documents(answered: Company) -> None:
    page = answered.page("results")
    places, documents = facet(page, "地区"), facet(page, "文件")
    assert "合肥市" in places
    assert "亳州市" in places
    assert not set(places) & set(documents)

    link = places["合肥市"]
    n = int(link.all(class_="facet-n")[0].text())
    narrowed = answered.page("results?" + link.get("href").partition("?")[2])
    assert sum(counts(narrowed).values()) == n
    assert "region=" in link.get("href")


def test_a_filter_lists_what_the_rules_of_its_measures_name(
    answered: Company, catalogue: Catalogue
) -> None:
    """The places come from the conditions, not from a list of ours."""
    named = {one for item in catalogue.measures for one in values_of(item, catalogue)["region"]}
    names = {catalogue.vocabulary.regions.name(one) for one in named}
    assert set(facet(answered.page("results"), "地区")) == names


def test_where_nothing_is_met_the_heading_says_so(company: Company) -> None:
    company.save("basics", registered_region="芜湖市")
    page = company.page("results")
    assert counts(page)["met"] == 0
    (met,) = [one for one in page.all("section", "result-group") if one.get("id") == "met"]
    assert met.all("h2")[0].text() == "目前还没有确定符合的"
    assert "政策更新时再来看" in met.text()


# --- order -------------------------------------------------------------------------------------------


def test_cards_stand_by_money_delivery_and_department(answered: Company) -> None:
    matchmaker = answered.client.application.extensions["mianshen"].matchmaker
    found = matchmaker.results(answered.facts, TODAY, judged=True)
    deliveries = [*Delivery, None]
    for group in (found.met, found.open, found.awaiting):
        places = [
            (
                BASES.index(one.measure.benefit_basis),
                deliveries.index(one.delivery),
                one.measure.departments[:1],
            )
            for one in group
        ]
        assert places == sorted(places)


def test_an_open_card_leads_with_what_is_missing_and_who_can_confirm_it(answered: Company) -> None:
    cards = answered.page("results?group=open").all(class_="finding-open")
    assert cards
    for card in cards:
        said = card.text()
        lack = card.all(class_="lack")[0].text()
        assert said.index(lack) < said.index(card.all(class_="quote")[0].text())
    assert any("可核验" in card.all(class_="lack")[0].text() for card in cards)


# --- reasons -----------------------------------------------------------------------------------------


def test_a_condition_shows_our_value_its_source_its_month_and_its_basis(answered: Company) -> None:
    why = answered.page("why/hefei-2025/1.4")
    (place,) = [one for one in why.all(class_="why-line") if "注册地属于" in one.text()]
    (own,) = place.all(class_="own")
    assert own.all("b")[0].text() == "合肥市"
    assert own.all(class_="own-source")[0].text() == "企业填报 2026-11"
    assert place.all(class_="tag")[0].text() == "性质:隐含"
    (title,) = [
        one for one in why.all(class_="why-line") if "持有有效的“高新技术企业”" in one.text()
    ]
    assert title.all(class_="tag")[0].text() == "性质:原文"


def test_what_a_department_shared_names_the_department(catalogue: Catalogue) -> None:
    attested = Fact(("340100",), Assurance.ATTESTED, "市场监管局", date(2026, 10, 3))
    profile = Profile({FactKey("注册地"): attested}, filed=TODAY)
    explain = Explainer(Wording(catalogue.vocabulary), Questionnaire(catalogue.vocabulary), profile)
    condition = catalogue.by_id["hefei-2025/1.4"].condition
    reason = explain.reason(evaluate(condition, profile, TODAY, catalogue.vocabulary))
    owns = [own for part in reason.parts for own in part.values]
    assert [(own.value, own.kept_by, own.noted_on) for own in owns] == [
        ("合肥市", "市场监管局", date(2026, 10, 3))
    ]


def test_every_condition_on_the_page_of_reasons_leads_to_its_text(answered: Company) -> None:
    why = answered.page("why/hefei-2025/1.4")
    marks = [one.text() for one in why.all("mark")]
    assert "高新技术企业" in marks
    links = {a.get("href") for box in why.all(class_="leaf-source") for a in [box, *box.all("a")]}
    assert "/documents/hefei-2025#q-1.4" in links
    for link in filter(None, links):
        address, _, anchor = link.partition("#")
        page = parse(answered.client.get(address).text)
        assert not anchor or page.by_id(anchor) is not None, link


def test_a_joint_says_how_much_of_it_is_met(answered: Company) -> None:
    why = " ".join(answered.page("why/hefei-2025/1.4").text().split())
    assert "以下全部满足 (已满足 3/3)" in why
    assert "以下任一即可 (已满足 1/2)" in why
    assert "已不影响结论" in why


def test_an_open_joint_says_how_many_facts_it_lacks_and_where_to_give_them(
    company: Company,
) -> None:
    company.save("basics", registered_region="合肥市")
    why = company.page("why/hefei-2025/1.4")
    assert "还差 " in why.all(class_="why-head")[0].text()
    assert why.all("a", "fill")
    marks = [one.get("class").split("why-")[-1] for one in why.all(class_="why-line")]
    assert marks.index("open") < marks.index("met"), "what is missing comes first"


def test_what_was_answered_with_not_sure_says_so(company: Company) -> None:
    company.save("basics", registered_region="合肥市")
    asked = {"fact": "titles.high_tech_enterprise", "answer": "unsure"}
    assert company.client.post(company.url("answer"), data=asked).status_code == 303
    page = company.page("why/hefei-2025/1.4")
    assert "您答了“不清楚”" in page.text()


def test_the_general_conditions_stand_apart_with_their_source(
    answered: Company, catalogue: Catalogue
) -> None:
    box = answered.page("why/hefei-2025/1.4").by_id("general")
    assert box is not None
    for one in catalogue.general:
        assert one.name in box.text()
        assert one.source in box.text()
    assert "还没有核对" in box.text()
    assert box.all("a", "fill")


def test_every_sign_of_a_verdict_has_its_word_for_those_who_cannot_see_it(
    answered: Company,
) -> None:
    tree = answered.page("why/hefei-2025/1.4").all("section", "sheet")[0]
    lines = tree.all(class_="why-line")
    assert lines
    for line in lines:
        (sign,) = line.all(class_="why-mark")
        assert sign.get("aria-hidden") == "true"
        word = line.all(class_="visually-hidden")[0].text()
        assert word in ("符合:", "不符合:", "待补充:")

"""The pages, as a visitor without scripts meets them."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from matcher.catalogue import Catalogue
from tests.webapp.conftest import Clock, Company
from tests.webapp.html import Element, parse
from webapp.limits import KEPT_FOR, PAGE_SIZE

FOOTER = "本结果是按公开条文的比对,不是审批决定。查询和申报均不收费,无需中介。"
VERDICTS = ("符合", "不符合", "待补充")


def pages_of(company: Company) -> list[str]:
    groups = ["basics", "industry", "operations", "innovation", "titles", "plans", "compliance"]
    own = [company.url(page) for page in ("", "results", "delete", *groups)]
    return [
        "/",
        "/measures",
        "/measures/hefei-2025/1.4",
        "/documents",
        "/documents/hefei-2025",
        "/documents/bozhou-2025-38?show=reasons",
        "/deleted",
        *own,
    ]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_is_well_formed_and_has_one_heading_and_its_own_title(
    company: Company, language: str
) -> None:
    company.client.get(f"/?lang={language}")
    company.save("basics", registered_region="合肥市")
    titles = []
    for address in pages_of(company):
        response = company.client.get(address)
        assert response.status_code == 200, address
        page = parse(response.text)
        assert len(page.all("h1")) == 1, address
        assert page.all("html")[0].get("lang") == {"zh": "zh-CN", "en": "en"}[language]
        assert page.all(class_="foot-promise")
        titles.append(page.all("title")[0].text())
        ids = [item.get("id") for item in page.walk() if item.get("id")]
        assert len(ids) == len(set(ids)), address
        for label in page.all("label"):
            assert page.by_id(label.get("for")), (address, label.get("for"))
        for item in page.walk():
            for id_ in item.get("aria-describedby").split():
                assert page.by_id(id_), (address, id_)
    assert len(titles) == len(set(titles))


def test_no_page_has_code_or_style_in_it_or_asks_another_host(company: Company) -> None:
    for address in pages_of(company):
        for item in parse(company.client.get(address).text).walk():
            assert "style" not in item.attributes, address
            assert not [name for name in item.attributes if name.startswith("on")], address
            assert item.tag not in ("script", "style"), address
            source = item.get("src") or (item.get("href") if item.tag == "link" else "")
            assert not source or source.startswith("/static/"), source


def test_home_says_what_this_is_and_starts(client: FlaskClient) -> None:
    page = parse(client.get("/").text)
    assert "218" in page.text() or re.search(r"\d+\s*项支持措施", page.text())
    assert FOOTER in page.text()

    response = client.post("/start", data={"company": "  合肥云岭科技有限公司 "})
    assert response.status_code == 303
    assert re.fullmatch(r"/p/[\w-]{43}/basics", response.location)
    assert 'value="合肥云岭科技有限公司"' in client.get(response.location).text


def test_a_credit_code_is_known_as_one(client: FlaskClient) -> None:
    response = client.post("/start", data={"company": "9134 0100ma2mrk2y8x"})
    page = parse(client.get(response.location).text)
    code, name = page.by_id("q-uscc-text"), page.by_id("q-name-text")
    assert code is not None
    assert name is not None
    assert (code.get("value"), name.get("value")) == ("91340100MA2MRK2Y8X", "")


def test_a_saved_profile_is_resumed_by_its_address(company: Company) -> None:
    address = f"http://localhost{company.url('results')}"
    response = company.client.post("/resume", data={"code": address})
    assert (response.status_code, response.location) == (303, company.url())

    for wrong in ("", "7KQ2-M9XD", "A" * 43):
        response = company.client.post("/resume", data={"code": wrong})
        assert response.status_code == 422
        assert "没有找到" in response.text


@pytest.mark.parametrize("page", ["", "results", "basics", "delete", "facts.json", "why/x/1.1"])
def test_an_unknown_token_is_not_found(client: FlaskClient, page: str) -> None:
    assert client.get(f"/p/{'A' * 43}/{page}".rstrip("/")).status_code == 404
    assert client.get(f"/p/short/{page}".rstrip("/")).status_code == 404


def test_a_profile_that_is_over_is_not_found(company: Company, clock: Clock) -> None:
    assert "2027-02-20" in company.page().text()
    clock.now += 2 * KEPT_FOR
    assert company.client.get(company.url()).status_code == 404


def test_deleting_asks_first_and_then_deletes_for_good(company: Company) -> None:
    assert "不能恢复" in company.page("delete").text()
    response = company.client.post(company.url("delete"))
    assert (response.status_code, response.location) == (303, "/deleted")
    assert company.client.get(company.url()).status_code == 404


# --- the form ------------------------------------------------------------------------------------


def test_nothing_is_chosen_beforehand(company: Company) -> None:
    for group in ("basics", "industry", "operations", "innovation", "titles", "plans"):
        for item in company.page(group).all("input"):
            assert "checked" not in item.attributes, item.get("name")
            assert "required" not in item.attributes


def test_every_question_has_a_hint_and_a_way_to_say_not_sure(company: Company) -> None:
    for group in ("basics", "industry", "operations", "innovation", "titles", "plans"):
        for question in company.page(group).all(class_="question"):
            assert question.all(class_="hint")[0].text().strip(), question.get("id")
            said = question.text()
            assert "不清楚" in said or "没选的就当不是" in said, question.get("id")


def test_a_mistake_names_its_fields_keeps_the_input_and_stores_nothing(company: Company) -> None:
    company.save("basics", registered_region="合肥市")
    response = company.post(
        "basics",
        {
            "a_name": "云岭",
            "a_registered_region": "合飞市",
            "a_established_on-year": "2018",
            "a_established_on-month": "2",
            "a_established_on-day": "31",
        },
    )
    page = parse(response.text)
    (summary,) = page.all(class_="error-summary")

    assert response.status_code == 422
    assert page.all("title")[0].text().startswith("错误:")
    assert "有 2 处需要修改" in summary.text()
    assert "autofocus" in summary.attributes
    for link in summary.all("a"):
        question = page.by_id(link.get("href").removeprefix("#"))
        assert question is not None
        (fault,) = question.all(class_="fault")
        assert fault.text() in link.text()
    for id_, kept in (("q-name-text", "云岭"), ("q-registered_region-text", "合飞市")):
        field = page.by_id(id_)
        assert field is not None
        assert field.get("value") == kept
    assert company.facts == {"填报日期": "2026-11-22", "注册地": "合肥市"}


def test_a_mistake_in_one_title_is_linked_to_that_title(company: Company) -> None:
    dates = {"from": "2025-01-01", "to": "2024-01-01"}
    name = "a_titles-high_tech_enterprise"
    response = company.post(
        "titles", {name: "1", **{f"{name}-{part}": day for part, day in dates.items()}}
    )
    page = parse(response.text)
    (summary,) = page.all(class_="error-summary")
    (link,) = summary.all("a")
    assert response.status_code == 422
    assert link.get("href") == "#q-titles-high_tech_enterprise"
    assert "高新技术企业" in link.text()
    assert "资质" not in company.facts


def test_a_value_together_with_not_sure_is_asked_back(company: Company) -> None:
    response = company.post("operations", {"a_employees": "12", "a_employees-mark": "unsure"})
    assert response.status_code == 422
    assert "只留一个" in response.text


@pytest.mark.parametrize(
    ("group", "name", "value"),
    [
        ("basics", "a_private_enterprise", "perhaps"),
        ("basics", "a_name-mark", "maybe"),
        ("innovation", "a_rd_body_level", "x"),
        ("plans", "a_activities-technical_renovation", "soon"),
        ("plans", "a_activities-rest-rd", "some"),
        ("titles", "a_listing_stage-star", "99"),
    ],
)
def test_a_choice_that_is_not_offered_is_refused(
    company: Company, group: str, name: str, value: str
) -> None:
    response = company.post(group, {name: value})
    assert response.status_code == 422
    assert list(company.facts) == ["填报日期"]


def test_the_same_group_changed_elsewhere_is_shown_again_and_then_saved(company: Company) -> None:
    first, second = company.form("basics"), company.form("basics")
    url = company.url("basics")
    assert company.client.post(url, data={**first, "a_name": "甲"}).status_code == 303

    response = company.client.post(url, data={**second, "a_name": "乙"})
    page = parse(response.text)
    assert response.status_code == 409
    assert "在别处改过" in page.text()
    assert company.facts["企业名称"] == "甲"

    (form,) = [one for one in page.all("form") if one.get("method") == "post"]
    assert form.values()["a_name"] == "乙"
    assert company.client.post(url, data=form.values()).status_code == 303
    assert company.facts["企业名称"] == "乙"


def test_another_group_saved_elsewhere_is_merged(company: Company) -> None:
    form = company.form("basics")
    company.save("innovation", rd_expense="100")
    data = {**form, "a_name": "甲"}
    assert company.client.post(company.url("basics"), data=data).status_code == 303
    assert company.facts["企业名称"] == "甲"
    assert company.facts["年度"] == {"2025": {"研发费用": "100 万元"}}


def test_both_buttons_save(company: Company) -> None:
    response = company.post("basics", {"a_name": "甲"}, then="results")
    assert response.location == company.url("results")
    response = company.post("basics", {"a_name": "乙"}, then="next")
    assert response.location == company.url("industry")
    assert company.facts["企业名称"] == "乙"
    assert company.post("compliance", {}).location == company.url("results")


def test_a_doubtful_code_is_kept_with_a_note(company: Company) -> None:
    company.save("basics", uscc="91340100MA2MRK2Y8X")
    assert "校验位不符" in company.page("industry").text()
    assert company.facts["统一社会信用代码"] == "91340100MA2MRK2Y8X"


# --- results -------------------------------------------------------------------------------------


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


def test_a_missing_fact_links_to_its_question(answered: Company) -> None:
    page = answered.page("results?group=open")
    links = {link.get("href") for link in page.all("a", "fill")}
    assert links
    for link in links:
        address, _, anchor = link.partition("#")
        question = parse(answered.client.get(address).text).by_id(anchor)
        assert question is not None, link


def test_each_measure_that_is_not_met_has_its_reasons(answered: Company) -> None:
    page = answered.page("results?group=unmet")
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


# --- measures and documents ----------------------------------------------------------------------


@pytest.mark.parametrize("show", ["", "?show=reasons"])
def test_a_document_without_its_marks_is_its_source_byte_for_byte(
    client: FlaskClient, catalogue: Catalogue, show: str
) -> None:
    for document in catalogue.documents:
        page = parse(client.get(f"/documents/{document.id}{show}").text)
        lines = page.all("p", "line")
        text = "\n".join(line.text(without="footnote") for line in lines)
        assert text.encode() == document.text.encode()


def test_every_measure_has_a_footnote_and_an_anchor_in_its_document(
    client: FlaskClient, catalogue: Catalogue
) -> None:
    for document in catalogue.documents:
        page = parse(client.get(f"/documents/{document.id}").text)
        notes = {link.get("href") for link in page.all("a", "footnote")}
        for measure in document.measures:
            number = measure.id.partition("/")[2]
            assert f"/measures/{measure.id}" in notes
            assert page.by_id(f"q-{number}"), measure.id
        for clause in document.clauses:
            assert page.by_id(f"c-{clause.number}")


def test_reasons_of_what_is_no_measure_are_shown_on_demand(client: FlaskClient) -> None:
    plain = parse(client.get("/documents/hefei-2025").text)
    shown = parse(client.get("/documents/hefei-2025?show=reasons").text)
    assert not plain.all(class_="reason")
    assert "主送机关" in [item.text() for item in shown.all(class_="reason")]


def test_every_measure_has_a_page_that_quotes_it(client: FlaskClient, catalogue: Catalogue) -> None:
    for measure in catalogue.measures:
        response = client.get(f"/measures/{measure.id}")
        assert response.status_code == 200, measure.id
        page = parse(response.text)
        assert measure.quote in [quote.text() for quote in page.all("blockquote", "quote")]
        assert page.all(class_="basis")[0].text().strip()


def test_the_list_holds_every_measure_once(client: FlaskClient, catalogue: Catalogue) -> None:
    page = parse(client.get("/measures").text)
    links = [link.get("href") for row in page.all(class_="row-measure") for link in row.all("a")]
    assert sorted(links) == sorted(f"/measures/{item.id}" for item in catalogue.measures)


def test_a_search_finds_and_says_when_it_finds_nothing(client: FlaskClient) -> None:
    found = parse(client.get("/measures?q=贴息 高新技术企业").text)
    assert "科技型企业贴息贴费" in found.text()
    nothing = parse(client.get("/measures?q=没有这个词").text)
    assert "没有结果" in nothing.text()
    assert nothing.all(class_="row-measure") == []
    assert client.get("/measures?document=nowhere").status_code == 404


@pytest.mark.parametrize("address", ["/documents/x", "/measures/x/1", "/measures/x", "/x"])
def test_what_does_not_exist_is_not_found(client: FlaskClient, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 404
    assert "没有这一页" in response.text
    assert "Page not found" in response.text

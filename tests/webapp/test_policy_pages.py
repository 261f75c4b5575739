"""The pages of measures and policy texts, and what they quote."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from matcher.catalogue import Catalogue, load
from matcher.documents.model import Change
from tests.webapp.html import parse
from tests.webapp.test_language import unmarked
from webapp import create_app


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


def test_a_measure_says_which_basis_each_condition_has(client: FlaskClient) -> None:
    page = parse(client.get("/measures/hefei-2025/1.4").text)
    shown = {
        item.all(class_="term")[0].text(): item.all(class_="tag")[0].text()
        for item in page.all("li")
        if len(item.all(class_="term")) == 1
    }
    assert shown["注册地属于合肥市"] == "隐含"
    assert shown["持有有效的“高新技术企业”"] == "原文"


def test_a_measure_names_the_papers_and_who_keeps_them(client: FlaskClient) -> None:
    page = parse(client.get("/measures/hefei-2025/1.4").text)
    lines = [item.text() for item in page.all(class_="proofs")[0].all("li")]
    (proof,) = [line for line in lines if "资质 高新技术企业" in line]
    assert "科技局掌握,可以核验" in proof
    assert "高新技术企业证书" in proof


def test_every_measure_is_also_data(client: FlaskClient, catalogue: Catalogue) -> None:
    for measure in catalogue.measures:
        page = parse(client.get(f"/measures/{measure.id}").text)
        (link,) = [one for one in page.all("link") if one.get("rel") == "alternate"]
        data = client.get(link.get("href")).get_json()
        assert (data["id"], data["quote"]) == (measure.id, measure.quote)
    assert client.get("/measures/hefei-2025/99.9.json").status_code == 404


def test_only_the_lines_of_measures_are_lines_of_the_text(
    client: FlaskClient, catalogue: Catalogue
) -> None:
    for document in catalogue.documents:
        page = parse(client.get(f"/documents/{document.id}?show=measures").text)
        lines = [line.text(without="footnote") for line in page.all("p", "line")]
        assert 0 < len(lines) < document.text.count("\n") + 1
        assert set(lines) <= set(document.text.split("\n"))
        for measure in document.measures:
            assert page.by_id(f"q-{measure.id.partition('/')[2]}"), measure.id


@pytest.mark.parametrize(
    "address",
    [
        "/measures?q=上市&region=340100&sort=name",
        "/measures?q=小巨人奖励",
        "/measures?q=上市&region=341600",
        "/measures/bozhou-2025-38/20.1",
        "/documents/hefei-2025?show=measures",
    ],
)
def test_chinese_on_these_pages_in_english_is_marked(client: FlaskClient, address: str) -> None:
    client.get("/?lang=en")
    (body,) = parse(client.get(address).text).all("body")
    assert unmarked(body) == []


# --- amounts, periods, history, ids that were replaced ---------------------------------------------


@pytest.fixture
def with_catalogue(config: dict[str, Any]) -> Iterator[Callable[[Catalogue], FlaskClient]]:
    """A visitor of an application with other rules."""
    made = []

    def visit(rules: Catalogue) -> FlaskClient:
        made.append(create_app({**config, "CATALOGUE": rules, "WTF_CSRF_ENABLED": False}))
        return made[-1].test_client()

    yield visit
    for app in made:
        app.extensions["mianshen"].database.engine.dispose()


Visit = Callable[[Catalogue], FlaskClient]


def test_a_stated_amount_is_told_in_words_with_its_limits(with_catalogue: Visit) -> None:
    samples = load(Path("rules"), include=None)
    client = with_catalogue(samples)
    page = parse(client.get("/measures/examples/02.1").text)
    (amount,) = page.all(class_="amount")
    said = "".join(amount.text().split())
    assert "金额:上年度掩模版制作费×50%" in said
    assert "≤28纳米:800万元" in said
    shared = [one for one in page.all("section") if "合用一个上限" in one.text()]
    assert any(a.get("href") == "/measures/examples/01.1" for a in shared[0].all("a"))
    for measure in samples.measures:
        assert client.get(f"/measures/{measure.id}").status_code == 200, measure.id


def changed(catalogue: Catalogue, **changes: Any) -> Catalogue:
    """Give the rules with something different about the text of Hefei."""
    documents = tuple(
        replace(item, **changes) if item.id == "hefei-2025" else item
        for item in catalogue.documents
    )
    return replace(catalogue, documents=documents)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "施行中,没有写明截止日期"),
        ({"last_day": date(2027, 12, 31)}, "施行至 2027-12-31"),
        ({"last_day": date(2026, 11, 21)}, "已于 2026-11-21 失效,保留供查"),
        ({"last_day": date(2026, 11, 22)}, "施行至 2026-11-22"),
        ({"first_day": date(2026, 11, 23)}, "自 2026-11-23 起施行,现在还没有施行"),
    ],
)
def test_a_measure_says_whether_it_is_in_force(
    with_catalogue: Visit, catalogue: Catalogue, changes: dict[str, date], said: str
) -> None:
    client = with_catalogue(changed(catalogue, **changes))
    assert said in parse(client.get("/measures/hefei-2025/1.4").text).text()


def test_the_history_of_a_measure_is_in_order_and_its_own(
    with_catalogue: Visit, catalogue: Catalogue
) -> None:
    history = (
        Change(date(2025, 6, 1), "改写了名称", ("hefei-2025/1.4",)),
        Change(date(2025, 5, 1), "全文核对"),
        Change(date(2025, 7, 1), "另一项的变动", ("hefei-2025/1.5",)),
    )
    client = with_catalogue(changed(catalogue, history=history, last_day=date(2028, 1, 1)))
    (events,) = parse(client.get("/measures/hefei-2025/1.4").text).all("ol", "events")
    told = [(one.all("time")[0].text(), one.all("span")[0].text()) for one in events.all("li")]
    assert told == [
        ("2025-02-28", "文件印发,同日起施行"),
        ("2025-05-01", "全文核对"),
        ("2025-06-01", "改写了名称"),
        ("2028-01-01", "最后施行的一天"),
    ]


def test_an_id_that_was_replaced_leads_on(with_catalogue: Visit, catalogue: Catalogue) -> None:
    history = (
        Change(date(2025, 6, 1), "改号", ("hefei-2025/1.4",), "hefei-2025/1.40"),
        Change(date(2025, 6, 1), "分列", ("hefei-2025/1.5", "hefei-2025/1.6"), "hefei-2025/1.50"),
    )
    client = with_catalogue(changed(catalogue, history=history))
    moved = client.get("/measures/hefei-2025/1.40")
    assert (moved.status_code, moved.location) == (301, "/measures/hefei-2025/1.4")
    divided = client.get("/measures/hefei-2025/1.50")
    assert divided.status_code == 200
    links = {link.get("href") for link in parse(divided.text).all("a")}
    assert {"/measures/hefei-2025/1.5", "/measures/hefei-2025/1.6"} <= links


@pytest.mark.parametrize("address", ["/documents/x", "/measures/x/1", "/measures/x", "/x"])
def test_what_does_not_exist_is_not_found(client: FlaskClient, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 404
    assert "没有这一页" in response.text
    assert "Page not found" in response.text


# --- headings, overlapping quotes, the order of a measure's page ------------------------------------


def test_every_anchor_of_a_text_is_a_heading_that_can_take_the_focus(
    client: FlaskClient, catalogue: Catalogue
) -> None:
    for document in catalogue.documents:
        page = parse(client.get(f"/documents/{document.id}").text)
        anchors = page.all("span", "anchor")
        assert len(anchors) == len(document.clauses) + len(document.measures)
        for anchor in anchors:
            assert (anchor.get("role"), anchor.get("tabindex")) == ("heading", "-1")
            assert anchor.text().strip()
        for measure in document.measures:
            anchor = page.by_id(f"q-{measure.id.partition('/')[2]}")
            assert anchor is not None
            assert measure.title in anchor.text()


def test_where_quotes_overlap_a_segment_lists_all_its_measures(
    client: FlaskClient, catalogue: Catalogue
) -> None:
    document = next(one for one in catalogue.documents if one.id == "hefei-2025")
    page = parse(client.get(f"/documents/{document.id}").text)
    marks = [one for one in page.all("mark") if "data-of" in one.attributes]
    assert {len(mark.get("data-of").split()) for mark in marks} >= {1, 2}
    for mark in marks:
        for number in mark.get("data-of").split():
            quote = catalogue.by_id[f"{document.id}/{number}"].quote
            assert any(mark.text() in piece for piece in quote.split("…")), number


def test_every_footnote_and_every_link_of_the_contents_resolves(
    client: FlaskClient, catalogue: Catalogue
) -> None:
    for document in catalogue.documents:
        page = parse(client.get(f"/documents/{document.id}").text)
        for link in page.all("a"):
            address = link.get("href")
            if address.startswith("#"):
                assert page.by_id(address[1:]), address
            elif address.startswith("/measures/"):
                assert address.removeprefix("/measures/") in catalogue.by_id


def test_the_page_of_a_measure_goes_from_what_it_gives_to_its_history(client: FlaskClient) -> None:
    page = parse(client.get("/measures/hefei-2025/1.4").text)
    (article,) = page.all("article")
    assert [heading.text().split(" ")[0] for heading in article.all("h2")] == [
        "能得到什么",
        "依据",
        "谁可以享受",
        "解读",
        "通常需要的材料",
        "怎么办、找谁",
        "版本记录",
    ]
    badges = [item.text() for item in article.all(class_="facts-row")[0].all("span")]
    assert badges[0] == "金额另行规定,等实施细则"
    assert {"贴息", "直接奖补", "最快可免申即享", "施行中,没有写明截止日期"} <= set(badges)


def test_each_proof_says_how_it_is_given(client: FlaskClient) -> None:
    page = parse(client.get("/measures/hefei-2025/14.1").text)
    ways = {
        item.all(class_="proof-name")[0].text(): item.all(class_="tag")[0].text()
        for item in page.all(class_="proofs")[0].all("li")
    }
    assert ways["注册地"] == "系统可核"
    assert ways["重点产业链企业名单"] == "部门名单"

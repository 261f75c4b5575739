"""Search and facets: what is found, in which order, with which counts; and what is said of the rest."""

from __future__ import annotations

import statistics
import time

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from matcher.catalogue import Catalogue
from matcher.documents.model import Measure
from matcher.readers.prose import ZH, Wording
from tests.webapp.html import Element, parse
from webapp.limits import PAGE_SIZE
from webapp.services.facets import NAMES, Facets
from webapp.services.search import Index, marked, plain, snippet

NOTHING = dict.fromkeys(NAMES, ())


@pytest.fixture(scope="module")
def index(catalogue: Catalogue) -> Index:
    return Index(catalogue)


@pytest.fixture(scope="module")
def facets(catalogue: Catalogue) -> Facets:
    return Facets(catalogue)


def titles(index: Index, words: str) -> list[str]:
    return [measure.title for measure in index.find(index.terms(words))]


# --- words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["上市", "场景", "贴息", "外贸"])
def test_a_word_of_two_characters_finds_what_quotes_it(
    catalogue: Catalogue, index: Index, words: str
) -> None:
    found = index.find(index.terms(words))
    quoting = [m for m in catalogue.measures if words in m.title or words in m.quote]
    assert quoting
    assert {measure.id for measure in quoting} <= {measure.id for measure in found}


@pytest.mark.parametrize(
    ("typed", "official"),
    [
        ("小巨人", "专精特新小巨人"),
        ("技改", "技术改造"),
        ("高企", "高新技术企业"),
        ("专利", "知识产权"),
        ("奖励", "奖补"),
    ],
)
def test_another_name_finds_the_official_one(index: Index, typed: str, official: str) -> None:
    found = titles(index, typed)
    assert found
    assert set(titles(index, official)) <= set(found)


@pytest.mark.parametrize("words", ["ＡＩ", "ai", "AI", " Ａi "])
def test_width_and_case_do_not_matter(index: Index, words: str) -> None:
    assert titles(index, words) == titles(index, "AI") != []


def test_quotation_marks_of_the_text_need_not_be_typed(catalogue: Catalogue, index: Index) -> None:
    quoted = next(m for m in catalogue.measures if "“" in m.title and "”" in m.title)
    assert quoted.title in titles(index, quoted.title.replace("“", "").replace("”", ""))


def test_every_word_must_stand_there(index: Index) -> None:
    both = titles(index, "贴息 高新技术企业")
    assert both == ["科技型企业贴息贴费、风险补偿、直接奖补"]
    assert set(both) <= set(titles(index, "贴息")) & set(titles(index, "高新技术企业"))


def test_a_title_comes_before_a_quote_and_a_quote_before_the_rest(
    catalogue: Catalogue, index: Index
) -> None:
    def place(measure: Measure) -> int:
        return 0 if "人才" in measure.title else 1 if "人才" in measure.quote else 2

    places = [place(measure) for measure in index.find(index.terms("人才"))]
    assert set(places) == {0, 1, 2}
    assert places == sorted(places)


def test_no_words_find_everything_in_the_order_of_the_documents(
    catalogue: Catalogue, index: Index
) -> None:
    assert index.find(index.terms("  ")) == list(catalogue.measures)


def test_a_word_of_passages_that_found_no_measure_is_told_with_its_clause(
    catalogue: Catalogue, index: Index
) -> None:
    terms = index.terms("上市")
    found = {
        (one.document.id, clause.number) for one in index.asides(terms) for clause in one.clauses
    }
    expected = {
        (document.id, clause.number)
        for document in catalogue.documents
        for clause in document.clauses
        for passage in clause.passages
        if any("上市" in document.text[slice(*span)] for span in passage.spans)
    }
    assert found == expected != set()


def test_no_hit_leads_to_words_that_do_find_something(index: Index) -> None:
    terms = index.terms("小巨人奖励")
    assert index.find(terms) == []
    near = index.nearest(terms)
    assert "小巨人" in near
    assert all(titles(index, word) for word in near)
    assert index.nearest(index.terms("人才 上市")) == ["人才", "上市"]


@given(
    text=st.text(alphabet="专精特新“小巨人”企业 ＡIaＢ,。", max_size=40),
    word=st.sampled_from(["小巨人", "ai", "企业"]),
)
def test_marks_leave_the_text_as_it_was(index: Index, text: str, word: str) -> None:
    """Joined again the pieces are the text, and every mark is a hit."""
    terms = index.terms(word)
    pieces = marked(text, terms)
    assert "".join(piece for piece, _ in pieces) == text
    hits = [plain(piece).text for piece, hit in pieces if hit]
    names = {name for term in terms for name in (term.own, *term.others)}
    assert all(any(name in hit for name in names) for hit in hits)
    assert bool(hits) == any(name in plain(text).text for name in names)


def test_a_snippet_shows_the_first_hit(catalogue: Catalogue, index: Index) -> None:
    terms = index.terms("上市")
    far = "某" * 200 + "上市" + "某" * 200
    pieces = snippet(far, terms)
    assert ("上市", True) in pieces
    assert len("".join(piece for piece, _ in pieces)) < len(far) / 3


# --- facets --------------------------------------------------------------------------------------


def test_values_of_a_facet_are_alternatives_and_facets_narrow_each_other(
    catalogue: Catalogue, facets: Facets
) -> None:
    either = facets.narrow(catalogue.measures, {**NOTHING, "basis": ("no_money", "by_later_rules")})
    assert {m.benefit_basis for m in either} == {"无资金", "另行规定"}
    both = facets.narrow(
        catalogue.measures, {**NOTHING, "basis": ("no_money",), "region": ("340100",)}
    )
    assert {(m.benefit_basis, m.document) for m in both} == {("无资金", "hefei-2025")}


def test_a_count_is_what_choosing_the_value_leaves(catalogue: Catalogue, facets: Facets) -> None:
    words = Wording(catalogue.vocabulary, ZH)
    kinds = facets.count(catalogue.measures, NOTHING, words)[0]
    chosen = {**NOTHING, "region": ("340100",), "kind": (kinds.choices[0].id,)}
    for facet in facets.count(catalogue.measures, chosen, words):
        for choice in facet.choices:
            alone = facets.narrow(catalogue.measures, {**chosen, facet.name: (choice.id,)})
            assert choice.n == len(alone), (facet.name, choice.label)


# --- the page ------------------------------------------------------------------------------------


def rows(page: Element) -> list[str]:
    found = page.all(class_="row-measure-found")
    return [row.all("a")[0].get("href").removeprefix("/measures/") for row in found]


def test_all_pages_together_list_every_measure_once(
    client: FlaskClient, catalogue: Catalogue
) -> None:
    seen: list[str] = []
    address = "/measures"
    while address:
        page = parse(client.get(address).text)
        assert len(rows(page)) <= PAGE_SIZE
        seen += rows(page)
        onward = [link for link in page.all("a") if link.get("rel") == "next"]
        address = onward[0].get("href") if onward else ""
    assert seen == [measure.id for measure in catalogue.measures]


def test_the_address_alone_rebuilds_the_view(client: FlaskClient) -> None:
    page = parse(
        client.get("/measures?q=企业&region=340100&basis=no_money&basis=directional&sort=name").text
    )
    field = page.by_id("q")
    assert field is not None
    assert field.get("value") == "企业"
    assert len(page.all(class_="facet-chosen")) == 3
    (form,) = [one for one in page.all("form") if one.get("role") == "search"]
    assert form.values()["sort"] == "name"
    listed = [row.all("a")[0].text() for row in page.all(class_="row-measure-found")]
    assert listed == sorted(listed, key=lambda title: title.encode("gb18030"))
    other = page.all("a", "language")[0].get("href")
    assert len(parse(client.get(other).text).all(class_="facet-chosen")) == 3


def test_a_value_is_chosen_and_taken_off_by_its_link(client: FlaskClient) -> None:
    page = parse(client.get("/measures?q=企业").text)
    link = next(
        one
        for one in page.all("a", "facet-link")
        if "合肥市" in one.text() and "意见" not in one.text()
    )
    count = int(link.all(class_="facet-n")[0].text())
    narrowed = parse(client.get(link.get("href")).text)
    assert f"共 {count} 项" in narrowed.text()
    (off,) = narrowed.all("a", "facet-chosen")
    assert rows(parse(client.get(off.get("href")).text)) == rows(page)


def test_a_value_without_measures_stays_and_is_no_link(client: FlaskClient) -> None:
    page = parse(client.get("/measures?q=上市").text)
    none = page.all(class_="facet-none")
    assert any("亳州市" in one.text() for one in none)
    assert {one.tag for one in none} == {"span"}
    assert all(one.text().split()[-1] == "0" for one in none)


def test_an_empty_filter_is_told_apart_from_words_that_stand_nowhere(client: FlaskClient) -> None:
    filtered = parse(client.get("/measures?q=上市&region=341600").text)
    assert "这些筛选条件下没有结果" in filtered.text()
    assert "只按词搜有" in filtered.text()
    nowhere = parse(client.get("/measures?q=没有这个词").text)
    assert "没有措施提到" in nowhere.text()
    assert "这些筛选条件下没有结果" not in nowhere.text()
    assert rows(filtered) == rows(nowhere) == []


def test_hits_are_marked_and_what_was_typed_stays_text(client: FlaskClient) -> None:
    page = parse(client.get("/measures?q=小巨人").text)
    assert {"专精特新小巨人企业"} <= {mark.text() for mark in page.all("mark", "hit")}
    script = client.get("/measures?q=<script>alert(1)</script>").text
    assert "<script" not in script


@pytest.mark.parametrize(
    "query", ["kind=x", "region=x", "sort=x", "page=0", "page=99", "page=x", "document=nowhere"]
)
def test_what_no_address_of_ours_asks_for_is_not_found(client: FlaskClient, query: str) -> None:
    assert client.get(f"/measures?{query}").status_code == 404


def test_a_search_answers_in_time(client: FlaskClient) -> None:
    """The bound is 150 ms; the slowest of many kinds of searches has to keep it in the middle."""
    words = ["上市", "技改", "企业", "小巨人奖励", "没有这个词", "贴息 高新技术企业", ""]
    times = []
    for _ in range(3):
        for word in words:
            start = time.perf_counter()
            assert client.get("/measures", query_string={"q": word}).status_code == 200
            times.append(time.perf_counter() - start)
    assert statistics.median(times) < 0.150

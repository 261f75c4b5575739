"""Suppositions on the results: what a step would bring, in the address, never stored."""

from __future__ import annotations

import pytest

from tests.webapp.conftest import Company
from tests.webapp.html import Element
from tests.webapp.test_results_page import counts


@pytest.fixture
def plain(company: Company) -> Company:
    """A company in Hefei that has said of several titles and activities that it has none."""
    told = {
        "registered_region": {"a_registered_region": "合肥市"},
        "industry": {"a_industry": "6520"},
        "titles.high_tech_enterprise": {"answer": "none"},
        "titles.tech_sme": {"answer": "none"},
        "body_kinds.enterprise": {"answer": "enterprise"},
    }
    for fact, sent in told.items():
        response = company.client.post(company.url("answer"), data={"fact": fact, **sent})
        assert response.status_code == 303, fact
    return company


def chips(page: Element) -> list[Element]:
    return [link for box in page.all(class_="what-if") for link in box.all("a")]


def query(address: str) -> str:
    return "results?" + address.partition("?")[2]


def test_a_chip_says_what_it_brings_and_keeps_its_word(plain: Company) -> None:
    page = plain.page("results")
    (chip,) = [one for one in chips(page) if "取得“高新技术企业”" in one.text()]
    gained = int(chip.text().partition("多 ")[2].split()[0])
    assert gained > 0

    then = plain.page(query(chip.get("href")))
    assert counts(then)["met"] == counts(page)["met"] + gained
    (band,) = then.all(class_="supposed")
    assert "假设情景,未保存" in band.text()
    assert "取得“高新技术企业”" in band.text()
    assert len(band.all("li")) == 1 + gained
    (clear,) = [a for a in band.all("a") if a.text() == "清除假设"]
    assert counts(plain.page(query(clear.get("href")))) == counts(page)


def test_a_supposition_leaves_the_profile_untouched(plain: Company) -> None:
    before = plain.facts
    for chip in chips(plain.page("results")):
        plain.page(query(chip.get("href")))
    assert plain.facts == before


def test_an_address_holds_no_fact_of_the_company(plain: Company) -> None:
    for chip in chips(plain.page("results")):
        names = chip.get("href").partition("?")[2].split("&")
        assert all(name.startswith(("if=hefei-", "if=bozhou-")) for name in names)


def test_nothing_is_supposed_that_a_company_cannot_change(plain: Company) -> None:
    said = " ".join(chip.text() for chip in chips(plain.page("results")))
    assert said
    for fixed in ("注册地", "成立", "行业", "只须等待", "先确认"):
        assert fixed not in said


def test_the_counts_add_up_under_a_supposition_and_reasons_follow_it(plain: Company) -> None:
    page = plain.page("results")
    chip = chips(page)[0].get("href")
    then = plain.page(query(chip))
    assert sum(counts(then).values()) == sum(counts(page).values())
    assert not then.all(class_="next")
    rest = plain.page(query(chip) + "&group=rest")
    (why, *_) = [a for a in rest.all("a") if "/why/" in a.get("href")]
    assert "if=" in why.get("href")


@pytest.mark.parametrize("unknown", ["hefei-2025/1.4444", "", "注册地"])
def test_what_cannot_be_supposed_is_left_out(plain: Company, unknown: str) -> None:
    page = plain.page(f"results?if={unknown}")
    assert not page.all(class_="supposed")
    assert counts(page) == counts(plain.page("results"))


def test_a_card_that_is_one_step_away_leads_with_the_gap(plain: Company) -> None:
    page = plain.page("results?group=near")
    cards = page.all(class_="finding-near")
    assert len(cards) == counts(page)["near"]
    for card in cards:
        assert "还差一步" in card.all(class_="verdict")[0].text()
        assert card.all(class_="gaps")[0].text().strip()


def test_filters_narrow_every_group_and_say_so(plain: Company) -> None:
    page = plain.page("results")
    links = [a for box in page.all(class_="filter") for a in box.all("a")]
    assert links
    for link in links[:6]:
        narrowed = plain.page(query(link.get("href")))
        n = int(link.all(class_="facet-n")[0].text())
        assert sum(counts(narrowed).values()) == n, link.text()
        assert "筛选后" in narrowed.all(class_="sum")[0].text()
    assert counts(plain.page("results")) == counts(page)


def test_a_filter_that_empties_a_group_says_so_and_can_be_cleared(plain: Company) -> None:
    page = plain.page("results?document=bozhou-2025-38&group=met")
    assert counts(page)["met"] == 0
    (group,) = page.all(class_="result-group")
    assert "该筛选下 0 项,其它组有" in group.text()
    assert [a for a in group.all("a") if a.text() == "清除筛选"]
    nothing = plain.page("results?document=none&group=met")
    assert "这些筛选条件下没有结果" in nothing.all(class_="result-group")[0].text()


def test_the_words_of_a_condition_are_marked_in_their_sentence(plain: Company) -> None:
    """Where a leaf has a quote of its own, the page of reasons shows it inside the text."""
    found = [
        mark.text()
        for address in ("met", "open", "near")
        for card in plain.page(f"results?group={address}").all(class_="finding")
        for mark in plain.page(f"why/{_measure(card)}").all("mark")
    ]
    assert found


def _measure(card: Element) -> str:
    (title,) = [a for a in card.all("a") if a.get("href").startswith("/measures/")]
    return title.get("href").removeprefix("/measures/")

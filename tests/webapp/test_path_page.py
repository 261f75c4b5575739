"""The growth path page: ladders from below, gaps in words, and what each title would open."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from matcher.catalogue import Catalogue
from matcher.path import GrowthPath, Standing, growth_path
from tests.standards import HIGH_TECH, SPECIALISED, changed
from tests.webapp.conftest import TODAY, Clock, Company
from tests.webapp.html import Element, parse
from webapp.services import profiles

SPECIAL = "specialised-sme-2026"


def with_facts(app: Flask, client: FlaskClient, facts: dict[str, Any], clock: Clock) -> Company:
    """A visitor whose saved answers are a whole company file."""
    database = app.extensions["mianshen"].database
    return Company(client, profiles.create(database, facts, clock.now))


@pytest.fixture
def specialised(app: Flask, client: FlaskClient, clock: Clock) -> Company:
    """A company that is 专精特新 until 2027-05-31 and could become 小巨人."""
    facts = changed(SPECIALISED, {"企业名称": "合肥云岭科技有限公司", "认定": None})
    return with_facts(app, client, facts, clock)


def stored_path(company: Company, day: date) -> GrowthPath:
    """Give what the engine says of the same answers."""
    matchmaker = company.client.application.extensions["mianshen"].matchmaker
    return growth_path(matchmaker.matcher, matchmaker.profile(company.facts, day), day)


def rung_of(page: Element, id_: str) -> Element:
    found = page.by_id(id_)
    assert found is not None, id_
    return found


def squeezed(element: Element) -> str:
    return " ".join(element.text().split())


def test_nothing_is_said_before_the_first_answer(company: Company) -> None:
    company.save("basics", name="云岭")
    page = company.page("path")

    assert page.all(class_="rung") == []
    assert "先回答几个问题" in page.text()


def test_every_standard_in_force_is_a_rung_with_its_standing(specialised: Company) -> None:
    page = specialised.page("path")
    path = stored_path(specialised, TODAY)

    assert {item.get("id") for item in page.all(class_="rung")} == {
        rung.standard.id for rung in path.rungs
    }
    for rung in path.rungs:
        shown = rung_of(page, rung.standard.id).all(class_="standing")[0]
        assert rung.standing.value in shown.text(), rung.standard.id
        assert shown.has_class(f"standing-{rung.standing.name.lower()}")


def test_a_ladder_is_drawn_from_below_and_each_step_leads_to_its_rung(
    specialised: Company,
) -> None:
    page = specialised.page("path")
    for ladder in page.all("section", "ladder"):
        for drawn in ladder.all("nav", "ladder-map"):
            steps = [link.get("href").removeprefix("#") for link in drawn.all("a")]
            rungs = [item.get("id") for item in ladder.all(class_="rung")]
            assert steps == rungs[::-1]
    families = [h.text() for h in page.all("h2") if h.text().endswith("阶梯")]
    assert len(families) == len(set(families)) >= 2


def test_gaps_are_those_of_the_engine_in_its_words(
    app: Flask, client: FlaskClient, clock: Clock
) -> None:
    poor = changed(HIGH_TECH, {"认定": None, "年度": {"2025": {"科技人员": "9 人"}}})
    company = with_facts(app, client, poor, clock)
    rung = rung_of(company.page("path"), "high-tech-enterprise-2016")

    assert "还差" in rung.all(class_="standing")[0].text()
    (gap,) = rung.all(class_="gaps")[0].all("li")
    assert "9 人" in gap.text()
    assert "科技人员" in gap.text()


def test_what_waits_for_a_department_is_not_the_companys_gap(specialised: Company) -> None:
    giant = rung_of(specialised.page("path"), "little-giant-2026")

    assert "条件已具备" in giant.all(class_="standing")[0].text()
    assert "还要部门认定" in giant.text()
    assert giant.all(class_="gaps") == []


def test_a_missing_fact_leads_to_its_question(specialised: Company) -> None:
    links = {link.get("href") for link in specialised.page("path").all("a", "fill")}
    assert links
    for link in links:
        address, _, anchor = link.partition("#")
        assert parse(specialised.client.get(address).text).by_id(anchor) is not None, link


def test_unlocked_measures_of_both_documents_are_links(
    app: Flask, client: FlaskClient, clock: Clock, catalogue: Catalogue
) -> None:
    facts = {"填报日期": "2026-11-01", "注册地": ["合肥市", "亳州市"], "行业": "3973 集成电路制造"}
    company = with_facts(app, client, facts, clock)
    page = company.page("path")
    seen = set()
    for rung in stored_path(company, TODAY).rungs:
        shown = rung_of(page, rung.standard.id).all(class_="unlocks")
        links = [link.get("href") for item in shown for link in item.all("a")]
        assert links == [f"/measures/{item.measure.id}" for item in rung.unlocks]
        seen |= {item.measure.document for item in rung.unlocks}
    assert seen == {document.id for document in catalogue.documents}


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2026, 12, 1), None),
        (date(2026, 12, 2), "最迟 2027-05-31 前重新申请、复核或更新(还有 180 天)"),
        (date(2027, 5, 31), "最迟 2027-05-31 前重新申请、复核或更新(还有 0 天)"),
    ],
)
def test_a_title_that_ends_within_180_days_stands_on_top(
    day: date, said: str | None, specialised: Company, clock: Clock
) -> None:
    clock.today = day
    (main,) = specialised.page("path").all("main")
    due = main.all(class_="renewals")

    assert bool(due) is (said is not None)
    if said is not None:
        assert said in squeezed(due[0])
        assert said in squeezed(rung_of(main, SPECIAL))


def test_an_expired_title_is_not_held(specialised: Company, clock: Clock) -> None:
    clock.today = date(2027, 6, 1)
    rung = rung_of(specialised.page("path"), SPECIAL)

    assert "已有" not in rung.all(class_="standing")[0].text()
    assert "以前的已于 2027-05-31 到期" in rung.text()


def test_the_version_of_the_day_is_named_and_the_other_listed_below(
    specialised: Company, clock: Clock
) -> None:
    page = specialised.page("path")
    assert "工信部企业〔2026〕2号 附件1 · 2026-04-01 起施行" in squeezed(rung_of(page, SPECIAL))
    assert page.by_id("specialised-sme-2022") is None
    asleep = next(s for s in page.all("section") if s.get("aria-labelledby") == "asleep")
    assert "施行至 2026-03-31 标准待核对" in squeezed(asleep)

    clock.today = date(2026, 3, 31)
    old = rung_of(specialised.page("path"), "specialised-sme-2022")
    assert "标准待核对" in old.text()
    assert "结论仅供参考" in old.text()


def test_it_is_reached_from_the_results(specialised: Company) -> None:
    (main,) = specialised.page("results").all("main")

    assert specialised.url("path") in [link.get("href") for link in main.all("a")]


def test_in_english_the_standings_are_words_too(specialised: Company) -> None:
    specialised.client.get("/?lang=en")
    page = specialised.page("path")
    words = {item.text().strip(" \n✓●?→") for item in page.all(class_="standing")}

    assert page.all("h1")[0].text() == "Growth path"
    assert words <= {"Held", "Conditions met", "Answers missing", "Not yet met"}
    assert "Held" in words


def test_in_english_ladders_and_rungs_have_a_gloss_behind_their_chinese_name(
    specialised: Company,
) -> None:
    specialised.client.get("/?lang=en")
    page = specialised.page("path")
    headings = [item.text() for item in (*page.all("h2"), *page.all("h3"))]

    assert "科技 Science and technology ladder" in headings
    assert "高新技术企业 High-tech enterprise" in headings
    assert "国家级企业技术中心 Enterprise technology centre, national level" in headings


def test_every_ladder_and_level_that_a_title_names_has_its_english(catalogue: Catalogue) -> None:
    vocabulary = catalogue.vocabulary
    members = [one for attribute in vocabulary.attributes.values() for one in attribute.members]
    ladders, levels = vocabulary.words("成长阶梯"), vocabulary.words("称号级别")

    assert {one.family for one in members if one.family} == set(ladders)
    assert {level for one in members for level in one.levels} == set(levels)
    assert all(word.english for word in (*ladders.values(), *levels.values()))


def test_every_standing_has_its_word_in_both_languages(catalogue: Catalogue) -> None:
    words = catalogue.vocabulary.words("阶梯进度")

    assert [(word.label, word.id) for word in words.values()] == [
        (standing.value, standing.name.lower()) for standing in Standing
    ]
    assert all(word.english for word in words.values())

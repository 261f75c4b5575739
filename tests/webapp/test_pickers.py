"""Lines of business and places: found by what people say, chosen on the page without a script."""

from __future__ import annotations

import time
from itertools import product

import pytest
from flask.testing import FlaskClient

from matcher.catalogue import Catalogue
from matcher.logic import Verdict
from matcher.profile import Fact, FactKey, Profile
from tests.webapp.conftest import TODAY, Company
from tests.webapp.html import Element, parse
from webapp.limits import MAX_INDUSTRIES
from webapp.services.matching import Matchmaker
from webapp.services.places import STEPS, Places
from webapp.services.trades import FORMER, MOST, SAID, Levels, Trades, refined


@pytest.fixture(scope="module")
def trades(catalogue: Catalogue) -> Trades:
    return Trades.of(catalogue.vocabulary)


@pytest.fixture(scope="module")
def places(catalogue: Catalogue) -> Places:
    return Places.of(catalogue.vocabulary)


def codes(trades: Trades, words: str) -> list[str]:
    return [hit.trade.code for hit in trades.find(words).hits]


# --- what words find -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("中药饮片", "2730"),
        ("2730", "2730"),
        ("C27", "27"),
        ("２７３０", "2730"),
        ("光伏组件", "3825"),
        ("做光伏组件的", "3825"),
        ("药材加工", "2730"),
        ("医药制造业", "27"),
        ("化学药品制济制造", "2720"),
        ("drones", "3963"),
        ("AI", "6513"),
    ],
)
def test_what_people_say_finds_their_line_of_business(
    trades: Trades, words: str, first: str
) -> None:
    assert codes(trades, words)[0] == first


def test_a_hit_says_where_it_lies_and_which_word_led_to_it(trades: Trades) -> None:
    (hit,) = trades.find("光伏组件").hits
    assert hit.trade.said == "3825 光伏设备及元器件制造"
    assert hit.trade.path == ("制造业", "电气机械和器材制造业", "输配电及控制设备制造")
    assert hit.by == "光伏组件"
    assert trades.find("中药饮片").hits[0].by == ""


def test_a_list_has_twelve_at_most_and_offers_the_division_besides(trades: Trades) -> None:
    found = trades.find("制造")
    assert len(found.hits) == MOST
    assert found.more > 0
    assert [trade.code for trade in trades.find("中药饮片").wider] == ["27"]


@pytest.mark.parametrize("words", ["", " ", "“”", "x", "qqqq", "!!"])
def test_what_means_nothing_finds_nothing(trades: Trades, words: str) -> None:
    assert trades.find(words).hits == ()


@pytest.mark.parametrize(
    ("words", "today", "former"),
    [
        ("6510", "651", "6510 软件开发"),
        ("3963 集成电路制造", "3973", "3963 集成电路制造"),
        ("6550 集成电路设计", "6520", "6550 集成电路设计"),
    ],
)
def test_a_code_of_the_edition_of_2011_leads_to_todays(
    trades: Trades, words: str, today: str, former: str
) -> None:
    hit = trades.find(words).hits[0]
    assert (hit.trade.code, hit.former) == (today, former)
    assert trades.exact(words) is None


def test_a_code_that_means_something_else_today_is_todays_and_the_old_one_is_shown(
    trades: Trades,
) -> None:
    assert trades.exact("3963") == "3963"
    today, before = trades.find("3963").hits
    assert (today.trade.name, today.former) == ("智能无人飞行器制造", "")
    assert (before.trade.code, before.former) == ("3973", "3963 集成电路制造")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("2720 化学药品制剂制造", "2720"),
        ("化学药品制剂制造", "272"),
        ("C39", "39"),
        ("27", "27"),
        ("9999", None),
        ("2730 化学药品制剂制造", None),
        ("芯片", None),
    ],
)
def test_only_a_code_or_a_name_says_exactly_one_thing(
    trades: Trades, words: str, code: str | None
) -> None:
    assert trades.exact(words) == code


def test_the_words_of_companies_stand_under_codes_of_the_table(catalogue: Catalogue) -> None:
    industries = catalogue.vocabulary.industries
    for name in (SAID, FORMER):
        for word in catalogue.vocabulary.words(name).values():
            assert industries.is_listed(word.label), word.label
            assert word.aliases, word.label


def test_a_finer_line_takes_the_place_of_the_wider(catalogue: Catalogue) -> None:
    industries = catalogue.vocabulary.industries
    assert refined(["27", "6520", "2730", "6520"], industries) == ("6520", "2730")
    assert refined(["2730", "27"], industries) == ("2730", "27")


# --- how fine a line of business must be known -----------------------------------------------------


def verdicts(matchmaker: Matchmaker, code: str) -> list[tuple[Verdict, frozenset[FactKey]]]:
    """Match a company of which only its line of business is known."""
    known = Profile({FactKey("行业"): Fact((code,))}, TODAY)
    findings = matchmaker.matcher.match(known, TODAY).findings
    return [(one.verdict, frozenset(one.missing)) for one in findings]


@pytest.mark.parametrize(
    ("code", "matters"),
    [("27", True), ("651", True), ("C", True), ("15", False), ("04", False), ("2730", False)],
)
def test_finer_matters_where_some_condition_tells_a_difference(
    catalogue: Catalogue, code: str, matters: bool
) -> None:
    assert Levels.of(catalogue).matters(code) is matters


def test_where_finer_does_not_matter_the_matcher_says_the_same_of_all_below(
    catalogue: Catalogue, trades: Trades, matchmaker: Matchmaker
) -> None:
    levels = Levels.of(catalogue)
    enough = [
        code for code in trades.industries.names if len(code) == 2 and not levels.matters(code)
    ]
    pairs = [(code, below.code) for code in enough for below in trades.below(code)]
    assert len(pairs) > 20
    for code, below in pairs:
        assert verdicts(matchmaker, code) == verdicts(matchmaker, below), (code, below)


def test_where_finer_matters_the_matcher_says_different_things(
    trades: Trades, matchmaker: Matchmaker
) -> None:
    assert verdicts(matchmaker, "27") != verdicts(matchmaker, "2730")
    assert verdicts(matchmaker, "651") != verdicts(matchmaker, "6513")


@pytest.fixture(scope="module")
def matchmaker(catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Matchmaker:
    return Matchmaker(catalogue, tmp_path_factory.mktemp("data"))


# --- the page, without a script --------------------------------------------------------------------


def picks(page: Element) -> dict[str, str]:
    """Give the lines of business that a page offers: label by value."""
    labels = {item.get("for"): item.text() for item in page.all("label")}
    return {
        item.get("value"): labels[item.get("id")]
        for item in page.all("input")
        if item.get("name") == "a_industry-pick" and item.get("value")
    }


def test_typed_words_come_back_as_a_list_and_the_choice_is_saved(company: Company) -> None:
    response = company.post("industry", {"a_industry": "芯片"}, "look")
    page = parse(response.text)
    assert response.status_code == 200
    assert list(picks(page))[:2] == ["3973", "6520"]
    assert "按“芯片”找到" in picks(page)["3973"]
    assert list(company.facts) == ["填报日期"]

    sent = {**form_of(page), "a_industry-pick": "6520", "then": "next"}
    assert company.client.post(company.url("industry"), data=sent).status_code == 303
    assert company.facts["行业"] == "6520 集成电路设计"


def form_of(page: Element) -> dict[str, str]:
    (form,) = [one for one in page.all("form") if one.get("method") == "post"]
    return form.values()


def test_saving_words_that_need_a_choice_asks_for_it_and_keeps_the_rest(company: Company) -> None:
    response = company.post("industry", {"a_industry": "芯片", "a_chain_leader": "yes"})
    page = parse(response.text)
    assert response.status_code == 422
    assert "请从下面找到的里面选一个" in page.all(class_="error-summary")[0].text()
    assert len(picks(page)) >= 3
    assert form_of(page)["a_chain_leader"] == "yes"
    assert form_of(page)["a_industry"] == "芯片"


def test_words_that_nobody_knows_are_said_to_be_unknown(company: Company) -> None:
    response = company.post("industry", {"a_industry": "qqqq"}, "look")
    assert "没有找到“qqqq”" in parse(response.text).text()
    assert company.post("industry", {"a_industry": "qqqq"}).status_code == 422


def test_one_more_is_added_up_to_the_limit_and_taken_away_by_its_tick(company: Company) -> None:
    given = ["2730", "6520", "3825", "1512"]
    for code in given:
        company.save("industry", industry=code)
    assert [one.split()[0] for one in company.facts["行业"]] == given
    assert "已经选满 4 个" in company.page("industry").text()
    assert company.post("industry", {"a_industry": "2740"}).status_code == 422

    left = {name: value for name, value in company.form("industry").items() if value != "6520"}
    assert company.client.post(company.url("industry"), data=left).status_code == 303
    assert [one.split()[0] for one in company.facts["行业"]] == ["2730", "3825", "1512"]
    assert len(given) == MAX_INDUSTRIES


def test_what_was_picked_stays_while_another_is_looked_for(company: Company) -> None:
    page = parse(company.post("industry", {"a_industry": "芯片"}, "look").text)
    sent = {**form_of(page), "a_industry-pick": "6520", "a_industry": "饮片厂", "then": "look"}
    page = parse(company.client.post(company.url("industry"), data=sent).text)
    assert form_of(page)["a_industry-kept-0"] == "6520"
    assert next(iter(picks(page))) == "2730"


def test_a_wide_line_offers_what_is_finer_only_where_it_matters(company: Company) -> None:
    company.save("industry", industry="27")
    page = company.page("industry")
    finer = [one.get("value") for one in page.all("input") if one.get("name") == "a_industry-finer"]
    assert "273" in finer
    sent = {**company.form("industry"), "a_industry-finer": "2730"}
    assert company.client.post(company.url("industry"), data=sent).status_code == 303
    assert company.facts["行业"] == "2730 中药饮片加工"

    left = {"a_industry": "15", "seen": company.form("industry")["seen"]}
    assert company.client.post(company.url("industry"), data=left).status_code == 303
    page = company.page("industry")
    assert company.facts["行业"] == "15 酒、饮料和精制茶制造业"
    assert "细到这一级就行" in page.all(class_="trade-kept")[0].text()
    assert page.all(class_="trade-finer") == []


def test_not_sure_stays_and_contradicts_a_choice(company: Company) -> None:
    company.save("industry", industry__mark="unsure")
    assert company.facts["行业"] == "不清楚"
    assert company.form("industry")["a_industry-mark"] == "unsure"
    both = {"a_industry-mark": "unsure", "a_industry": "6520"}
    assert company.post("industry", both).status_code == 422


@pytest.mark.parametrize("name", ["a_industry-kept-0", "a_industry-pick", "a_industry-finer"])
@pytest.mark.parametrize("value", ["0000", "<b>", "芯片"])
def test_a_code_that_is_not_offered_is_refused(company: Company, name: str, value: str) -> None:
    assert company.post("industry", {name: value}).status_code == 422
    assert list(company.facts) == ["填报日期"]


def test_the_table_is_browsed_level_by_level_and_what_is_chosen_is_added(company: Company) -> None:
    company.save("industry", industry="6520")
    response = company.post("industry", {}, "browse")
    assert response.location == company.url("industries")
    page = company.page("industries")
    offered = [one.get("value") for one in page.all("input") if one.get("name") == "trade"]
    assert len(offered) == len(set(offered)) > 400
    assert {"C", "27", "2730"} <= set(offered)

    chosen = company.client.post(company.url("industries"), data={"trade": "2730"})
    assert chosen.location.startswith(company.url("industry"))
    assert company.facts["行业"] == ["6520 集成电路设计", "2730 中药饮片加工"]
    for wrong in ("", "0000"):
        sent = company.client.post(company.url("industries"), data={"trade": wrong})
        assert sent.status_code == 422


# --- lists for the script ----------------------------------------------------------------------------


def test_the_lists_are_the_same_for_everyone_and_answer_304(client: FlaskClient) -> None:
    for address in ("/trades.json?q=芯片", "/places.json?q=蜀山", "/places/below.json?of=340100"):
        first = client.get(address)
        assert first.mimetype == "application/json"
        again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
        assert again.status_code == 304, address


def test_a_list_says_how_many_it_has_in_the_language_of_the_page(client: FlaskClient) -> None:
    given = client.get("/trades.json?q=中药饮片").get_json()
    assert given["said"] == f"找到 {len(given['options'])} 个,用上下键选"
    assert given["options"][0] == {
        "value": "2730",
        "name": "2730 中药饮片加工",
        "path": "制造业 › 医药制造业",
        "note": "",
    }
    assert client.get("/trades.json?q=qqqq&lang=en").get_json()["said"].startswith("Nothing found")


def test_a_list_of_words_too_long_is_cut_and_answered(client: FlaskClient) -> None:
    assert client.get("/trades.json?q=" + "药" * 5000).status_code == 200


def test_a_list_takes_far_less_than_a_person_notices(trades: Trades) -> None:
    """The budget is 80 ms for the whole answer at the 95th percentile; a search is a small part of it."""
    words = ["芯", "芯片", "制造", "药", "做光伏组件的", "3", "39", "其他", "qqqq", "物流 仓储"]
    taken = []
    for _, one in product(range(10), words):
        begun = time.perf_counter()
        trades.find(one)
        taken.append(time.perf_counter() - begun)
    assert sorted(taken)[94] < 0.04


# --- places -------------------------------------------------------------------------------------------


def test_places_come_in_three_steps(places: Places) -> None:
    ((home, cities),) = places.first.home
    assert home.name == "安徽省"
    assert {"合肥市", "亳州市"} <= {city.name for city in cities}
    assert "蜀山区" in {place.name for place in places.second("340100")}
    assert "合肥高新技术产业开发区" in {place.name for place in places.third("340100")}
    assert "南京市" in {place.name for place in places.second("320000")}
    assert places.second("110000") == places.second("nowhere") == ()


def test_every_place_can_be_shown_in_steps_and_read_back(places: Places) -> None:
    for id_ in places.regions.by_id:
        assert places.finest(places.steps([id_])) == (id_,), id_
    assert places.steps(["340100", "341600"]) == {}


def test_a_county_of_another_city_is_left_over_and_does_not_count(places: Places) -> None:
    left = {"city": "341600", "county": "340104", "park": ""}
    assert places.finest(left) == ("341600",)
    assert places.finest({**left, "county": "x"}) is None


def test_the_next_step_is_shown_and_nothing_is_saved(company: Company) -> None:
    page = parse(company.post("basics", {"a_registered_region-city": "340100"}, "step").text)
    county = page.by_id("q-registered_region-county")
    assert county is not None
    assert "蜀山区" in county.text()
    assert list(company.facts) == ["填报日期"]

    sent = {**form_of(page), "a_registered_region-county": "340104", "then": "next"}
    sent["a_registered_region-park"] = "hefei-gaoxin"
    assert company.client.post(company.url("basics"), data=sent).status_code == 303
    assert company.facts["注册地"] == ["合肥市蜀山区", "合肥高新技术产业开发区"]
    shown = company.form("basics")
    assert [shown[f"a_registered_region-{step}"] for step in STEPS] == [
        "340100",
        "340104",
        "hefei-gaoxin",
    ]


def test_the_other_places_are_the_same_unless_one_says_otherwise(company: Company) -> None:
    company.save("basics", registered_region="合肥市")
    assert company.facts["经营地"] == company.facts["纳税地"] == "合肥市"

    sent = {"a_operating_region-same": "other", "a_operating_region-city": "341600"}
    sent |= {"a_tax_region-same": "unsure", "a_registered_region": "芜湖市"}
    assert company.post("basics", sent).status_code == 303
    facts = company.facts
    assert (facts["注册地"], facts["经营地"], facts["纳税地"]) == ("芜湖市", "亳州市", "不清楚")
    assert "拟投资地" not in facts


def test_a_place_that_is_not_clear_is_not_taken_over(company: Company) -> None:
    company.save("basics", registered_region__mark="unsure")
    assert company.facts["注册地"] == "不清楚"
    assert "经营地" not in company.facts


def test_while_the_other_place_is_wrong_this_one_stays(company: Company) -> None:
    company.save("basics", registered_region="合肥市")
    assert company.post("basics", {"a_registered_region": "合飞市"}).status_code == 422
    assert company.facts["经营地"] == "合肥市"


@pytest.mark.parametrize(
    "sent",
    [
        {"a_operating_region-same": "same", "a_operating_region-city": "341600"},
        {"a_operating_region-same": "same", "a_operating_region": "亳州市"},
        {"a_registered_region-mark": "unsure", "a_registered_region-city": "340100"},
        {"a_registered_region-city": "nowhere"},
    ],
)
def test_two_answers_for_one_place_or_one_that_is_not_offered_are_refused(
    company: Company, sent: dict[str, str]
) -> None:
    assert company.post("basics", sent).status_code == 422
    assert list(company.facts) == ["填报日期"]


def test_two_cities_from_a_file_are_shown_as_written_and_kept(company: Company) -> None:
    data = {"a_registered_region": "合肥市;亳州市"}
    assert company.post("basics", data).status_code == 303
    assert company.facts["注册地"] == ["合肥市", "亳州市"]
    assert company.form("basics")["a_registered_region"] == "合肥市;亳州市"
    company.save("basics", private_enterprise="yes")
    assert company.facts["注册地"] == ["合肥市", "亳州市"]

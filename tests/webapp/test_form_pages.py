"""The form: nothing is chosen beforehand, mistakes keep the input, and nothing is saved over."""

from __future__ import annotations

import io
from typing import Any

import pytest

from tests.webapp.conftest import Company
from tests.webapp.html import Element, parse
from webapp import create_app


def test_nothing_is_chosen_beforehand(company: Company) -> None:
    for group in ("basics", "industry", "operations", "innovation", "titles", "plans"):
        for item in company.page(group).all("input"):
            # The place of business or of taxation is that of registration unless one says otherwise.
            if not item.get("name").endswith("_region-same"):
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
    places = dict.fromkeys(("注册地", "经营地", "纳税地"), "合肥市")
    assert company.facts == {"填报日期": "2026-11-22", **places}


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
    assert "在别处也改过" in page.text()
    assert "别处存的是 甲" in page.text()
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


# --- counts while typing -------------------------------------------------------------------------

JSON = {"Accept": "application/json"}


def count(company: Company, group: str, changes: dict[str, str]) -> str:
    """Ask what a form comes to, as the script does."""
    sent = {**company.form(group), **changes, "then": "counts"}
    response = company.client.post(company.url(group), data=sent, headers=JSON)
    assert response.status_code == 200
    return str(response.get_json()["text"])


def strip_of(page: Element) -> str:
    found = page.by_id("counts")
    assert found is not None
    assert found.tag == "output"
    return found.text()


def test_the_strip_says_what_the_results_say(company: Company) -> None:
    assert strip_of(company.page("basics")) == "还没有回答"
    company.save("basics", registered_region="合肥市", private_enterprise="yes")
    company.save("industry", industry="6520 集成电路设计")
    said = strip_of(company.page("operations"))
    numbers = [int(item.text()) for item in company.page("results").all(class_="counter-number")]
    met, open_, near, rest = numbers
    assert said == f"已答 5 问 · 符合 {met} · 待补充 {open_} · 还差一步 {near} · 其余 {rest}"


def test_counting_saves_nothing_and_equals_what_saving_gives(company: Company) -> None:
    changes = {"a_registered_region": "合肥市", "a_private_enterprise": "yes"}
    before = company.facts
    counted = count(company, "basics", changes)
    assert company.facts == before

    company.post("basics", changes)
    assert strip_of(company.page("basics")) == counted


def test_a_mistake_that_is_being_typed_is_left_out_of_the_counts(company: Company) -> None:
    company.save("basics", registered_region="合肥市")
    stands = strip_of(company.page("basics"))
    assert count(company, "basics", {"a_registered_region": "合飞"}) == stands
    assert "已答 4 问" in count(
        company, "basics", {"a_established_on-month": "2", "a_private_enterprise": "no"}
    )


def test_without_a_script_a_button_counts_and_keeps_what_was_typed(company: Company) -> None:
    response = company.post("basics", {"a_name": "云岭", "a_private_enterprise": "yes"}, "counts")
    page = parse(response.text)
    (form,) = [one for one in page.all("form") if one.get("method") == "post"]
    assert response.status_code == 200
    assert "已答 1 问" in strip_of(page)
    assert form.values()["a_name"] == "云岭"
    assert list(company.facts) == ["填报日期"]
    assert company.client.post(company.url("basics"), data=form.values()).status_code == 303


def test_counts_need_the_form_token(config: dict[str, Any]) -> None:
    app = create_app(config)
    visitor = app.test_client()
    form = next(one for one in parse(visitor.get("/").text).all("form") if one.has_class("start"))
    address = visitor.post("/start", data=form.values()).location
    response = visitor.post(address, data={"then": "counts"}, headers=JSON)
    app.extensions["mianshen"].database.close()
    assert response.status_code == 400


def test_answers_that_contradict_each_other_are_said_in_the_strip(company: Company) -> None:
    changes = {
        "a_titles-high_tech_enterprise": "1",
        "a_titles-high_tech_enterprise-from": "2025-01-01",
        "a_titles-high_tech_enterprise-to": "2024-01-01",
    }
    assert count(company, "titles", changes) == "还没有回答"


# --- the checklist of activities -----------------------------------------------------------------


def test_nine_groups_are_closed_and_one_tick_opens_its_own_alone(company: Company) -> None:
    topics = [item for item in company.page("plans").all("details") if item.has_class("topic")]
    assert len(topics) == 9
    assert not any("open" in item.attributes for item in topics)

    company.save("plans", activities__technical_renovation="planned")
    page = company.page("plans")
    opened = [item for item in page.all("details", "topic") if "open" in item.attributes]
    assert len(opened) == 1
    assert "已选 1" in opened[0].text()
    assert company.facts["事项"] == {"技术改造": "打算"}


def test_a_search_by_button_keeps_every_tick_and_saves_nothing(company: Company) -> None:
    ticks = {"a_activities-technical_renovation": "planned", "a_activities-rest-green": "none"}
    response = company.post("plans", {**ticks, "find": "技改"}, "find")
    page = parse(response.text)
    (form,) = [one for one in page.all("form") if one.get("method") == "post"]
    assert response.status_code == 200
    assert ticks.items() <= form.values().items()
    found = page.by_id("q-activities-found")
    assert found is not None
    assert "#q-activities-technical_renovation" in [link.get("href") for link in found.all("a")]
    assert list(company.facts) == ["填报日期"]


@pytest.mark.parametrize("find", ["没有这种事", "<b>", "%", "\\"])
def test_a_search_that_finds_nothing_says_so(company: Company, find: str) -> None:
    response = company.post("plans", {"find": find}, "find")
    assert "没有找到" in response.text
    assert "<b>" not in response.text


def test_an_empty_search_is_a_save(company: Company) -> None:
    """Enter in another field of the page presses the first button, which is that of the search."""
    changes = {"a_planned_investment": "500", "find": ""}
    assert company.post("plans", changes, "find").location == company.url("compliance")
    assert company.facts["计划投资额"] == "500 万元"


# --- what browsers and people do -----------------------------------------------------------------


@pytest.mark.parametrize("name", ["🚀云岭🧪", "<b>云岭</b>", "云岭 & “子”", "a" * 200])
def test_any_name_comes_back_as_it_was_typed(company: Company, name: str) -> None:
    company.save("basics", name=name)
    assert company.form("basics")["a_name"] == name
    assert company.facts["企业名称"] == name
    company.save("basics", registered_region="合肥市")
    assert name in company.page("results").text()


@pytest.mark.parametrize(
    "typed", ["1200", "1,200", "１２００", "１，２００", " 1200 ", "1200 万元", "0.12 亿元"]
)
def test_figures_may_be_typed_as_people_write_them(company: Company, typed: str) -> None:
    company.save("innovation", rd_expense=typed)
    assert company.facts["年度"]["2025"]["研发费用"] == "1200 万元"


def test_a_form_that_is_sent_twice_is_saved_once_and_refused_never(company: Company) -> None:
    sent = {**company.form("basics"), "a_name": "甲", "then": "next"}
    first = company.client.post(company.url("basics"), data=sent)
    second = company.client.post(company.url("basics"), data=sent)
    assert [first.status_code, second.status_code] == [303, 303]
    assert company.facts["企业名称"] == "甲"


def test_an_imported_completion_date_survives_a_save_of_its_page(company: Company) -> None:
    given = "事项: {技术改造: {状态: 已完成, 完成日期: 2026-03-01}}\n资质: {高新技术企业: [{取得日期: 2018-01-01, 有效期至: 2020-12-31}, {取得日期: 2024-01-01}]}"  # noqa: E501
    shown = company.client.post(
        company.url("import"), data={"file": (io.BytesIO(given.encode()), "x.yaml")}
    )
    (form,) = [one for one in parse(shown.text).all("form") if one.get("method") == "post"]
    company.client.post(form.get("action"), data=form.values())
    before = company.facts

    company.save("plans", planned_investment="1")
    company.save("titles", titles__tech_sme="1")
    assert company.facts["事项"] == before["事项"]
    assert company.facts["资质"] == before["资质"] | {"科技型中小企业": "有"}

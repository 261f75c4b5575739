"""The form: nothing is chosen beforehand, mistakes keep the input, and nothing is saved over."""

from __future__ import annotations

import pytest

from tests.webapp.conftest import Company
from tests.webapp.html import parse


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

"""The pages of cases: the queue, one case, its moves, public lists."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests.webapp.desk.demonstration import Stage, opened, words
from tests.webapp.html import Element, parse
from webapp.services.cases.lifecycle import STATES
from webapp.services.demo import STAGES
from webapp.tables.audit import AuditEntry
from webapp.tables.cases import CaseEvent, Publicity
from webapp.tables.people import UserRole
from webapp.tables.registry import FactRow


def move_form(page: Element, action: str) -> Element:
    """Find the form of a move on a case's page."""
    return next(form for form in page.all("form") if form.values().get("action") == action)


def send(client: FlaskClient, form: Element, **more: str) -> TestResponse:
    return client.post(form.get("action"), data=form.values() | more)


def count(stage: Stage, wanted: object) -> int:
    with stage.held.database.reading() as session:
        return session.scalar(wanted) or 0  # type: ignore[call-overload]


def test_every_stage_has_a_page_with_its_step_in_words(stage: Stage) -> None:
    reader = stage.browser("jingban")
    for name in STAGES:
        row = stage.case(name)
        page = opened(reader, f"/desk/cases/{row.id}")
        told = words(page)
        assert STATES[row.state].chinese in told
        assert "示例" in told
        assert re.search(r"第 \d 步,共 9 步", told) or "已结束" in told, name


def test_the_list_says_in_words_what_is_late_and_what_is_left(stage: Stage) -> None:
    told = words(opened(stage.browser("jingban"), "/desk/cases"))
    assert "已超期" in told
    assert re.search(r"还剩 \d+ 个工作日", told)
    assert "示例经办" in told and "100,000 元" in told


def test_the_filters_stand_in_the_address_and_come_back_from_a_case(stage: Stage) -> None:
    client = stage.browser("jingban")
    page = opened(client, "/desk/cases?show=public&measure=examples/14.1")
    link = next(one for one in page.all("a") if re.match(r"/desk/cases/\d", one.get("href")))
    assert "show=public" in link.get("href")
    back = next(
        one for one in opened(client, link.get("href")).all("a") if "回到列表" in one.text()
    )
    assert back.get("href") == "/desk/cases?show=public&measure=examples/14.1"


@pytest.mark.parametrize(
    "query", ["show=nowhere", "due=never", "view=map", "company=x", "page=0", "page=999"]
)
def test_an_address_that_asks_for_what_there_is_not_is_not_found(stage: Stage, query: str) -> None:
    assert stage.browser("jingban").get(f"/desk/cases?{query}").status_code == 404


def test_list_and_board_show_the_same_cases(stage: Stage) -> None:
    client = stage.browser("fuhe1")
    shown = [
        {
            link.get("href").split("?")[0]
            for link in opened(client, f"/desk/cases?show=every&view={view}").all("a")
            if re.match(r"/desk/cases/\d+", link.get("href"))
        }
        for view in ("list", "board")
    ]
    assert shown[0] == shown[1]
    assert len(shown[0]) == len(STAGES)


def test_a_filter_without_a_hit_is_worded_apart_and_can_be_cleared(stage: Stage) -> None:
    page = opened(stage.browser("jingban"), "/desk/cases?measure=hefei-2025/1.4")
    assert "这些筛选条件下没有结果" in words(page)
    assert any(link.get("href") == "/desk/cases" for link in page.all("a"))


def test_a_card_moves_by_its_form_and_the_filters_stay(stage: Stage) -> None:
    client, row = stage.browser("jingban"), stage.case("compared")
    page = opened(client, "/desk/cases?view=board")
    form = next(one for one in page.all("form") if f"/{row.id}/move" in one.get("action"))
    answer = send(client, form, action="vet")
    assert answer.status_code == 303
    assert answer.location == "/desk/cases?view=board"
    assert stage.case("compared").state == "vetted"


@pytest.mark.parametrize(
    ("stage_of", "login", "column", "after", "told"),
    [
        ("frozen", "jingban", "confirm", "notified", ""),
        ("over", "fuhe1", "approve", "approved", ""),
        ("suspended", "fuhe1", "confirm", "notified", ""),
        ("frozen", "jingban", "pay", "frozen", "从这里往下的步骤是:通知企业。"),
        ("approved", "fuhe1", "pay", "approved", "从这里往下的步骤是:报付款。"),
        ("over", "jingban", "approve", "publicised", "复核"),
        ("frozen", "jingban", "paused", "frozen", "请写明原因"),
    ],
)
def test_a_card_dropped_on_a_column_takes_the_move_that_leads_there(
    stage: Stage, stage_of: str, login: str, column: str, after: str, told: str
) -> None:
    client, row = stage.browser(login), stage.case(stage_of)
    page = opened(client, "/desk/cases?view=board&show=every")
    (form,) = [
        one for one in page.all("form") if f"/cases/{row.id}/move" in (one.get("action") or "")
    ]
    answer = client.post(form.get("action"), data={**form.values(), "column": column})
    assert stage.case(stage_of).state == after
    assert answer.status_code == (422 if told else 303)
    assert told in answer.text
    elsewhere = client.post(form.get("action"), data={**form.values(), "column": "nowhere"})
    assert elsewhere.status_code == 400


def test_an_illegal_move_names_the_missing_step(stage: Stage) -> None:
    client, row = stage.browser("jingban"), stage.case("found")
    form = move_form(opened(client, f"/desk/cases/{row.id}"), "compare")
    answer = send(client, form, action="freeze")
    assert answer.status_code == 422
    assert "现在是“已发现”,不能“冻结名单”" in answer.text
    assert stage.case("found").state == "found"


def test_a_form_that_is_sent_twice_makes_one_decision(stage: Stage) -> None:
    client, row = stage.browser("jingban"), stage.case("found")
    form = move_form(opened(client, f"/desk/cases/{row.id}"), "compare")
    assert [send(client, form).status_code for _ in range(2)] == [303, 303]
    made = select(func.count()).where(CaseEvent.case_id == row.id, CaseEvent.action == "compare")
    assert count(stage, made) == 1


def test_a_stale_form_says_where_the_case_stands(stage: Stage) -> None:
    one, other, row = stage.browser("jingban"), stage.browser("fuhe2"), stage.case("over")
    mine = move_form(opened(one, f"/desk/cases/{row.id}"), "suspend")
    send(other, move_form(opened(other, f"/desk/cases/{row.id}"), "approve"))
    answer = send(one, mine, why="company_asked")
    assert answer.status_code == 409
    assert "别人刚刚办过了" in answer.text and "现在:已批准" in words(parse(answer.text))
    assert stage.case("over").state == "approved"


def test_a_form_without_a_key_or_version_is_no_form_of_ours(stage: Stage) -> None:
    client, row = stage.browser("jingban"), stage.case("found")
    for data in ({"action": "compare"}, {"action": "compare", "seen": "1"}, {"action": "pay"}):
        assert client.post(f"/desk/cases/{row.id}/move", data=data).status_code == 400


def test_the_reason_is_kept_in_the_timeline_newest_first(stage: Stage) -> None:
    client, row = stage.browser("jingban"), stage.case("frozen")
    page = opened(client, f"/desk/cases/{row.id}")
    form = move_form(page, "suspend")
    assert send(client, form, why="other", reason="").status_code == 422
    form = move_form(opened(client, f"/desk/cases/{row.id}"), "suspend")
    assert send(client, form, why="credit_entry", reason="法院来函").status_code == 303
    newest = opened(client, f"/desk/cases/{row.id}").all("ol", "timeline")[0].all("li")[0]
    assert "暂停" in words(newest) and "有信用记录:法院来函" in words(newest)
    assert "示例经办" in words(newest)


def test_whoever_listed_a_case_reads_who_may_approve_it_instead(stage: Stage) -> None:
    row = stage.case("over")
    with stage.held.database.writing() as session:
        handler = session.scalars(
            select(CaseEvent.actor_id).filter_by(case_id=row.id, action="freeze")
        ).one()
        session.add(UserRole(user_id=handler, role="reviewer"))
    client = stage.browser("jingban")
    page = opened(client, f"/desk/cases/{row.id}")
    assert "可以办的:示例复核乙、示例复核甲" in words(
        page
    ) or "可以办的:示例复核甲、示例复核乙" in words(page)
    assert not any(form.values().get("action") == "approve" for form in page.all("form"))
    forged = {"action": "approve", "seen": str(row.version), "key": "k"}
    assert client.post(f"/desk/cases/{row.id}/move", data=forged).status_code == 422
    assert stage.case("over").state == "publicised"


def test_a_publicity_that_still_runs_names_its_last_day_in_place_of_the_button(
    stage: Stage,
) -> None:
    page = opened(stage.browser("fuhe1"), f"/desk/cases/{stage.case('publicised').id}")
    assert "公示到 2026-03-27 才结束" in words(page)
    assert not any(form.values().get("action") == "approve" for form in page.all("form"))


def test_finance_sees_no_button_of_the_reviewer(stage: Stage) -> None:
    page = opened(stage.browser("caiwu"), f"/desk/cases/{stage.case('over').id}")
    assert not any("/move" in form.get("action") for form in page.all("form"))
    assert "等复核" in words(page)


def test_a_changed_fact_is_marked_beside_the_frozen_one(stage: Stage) -> None:
    row = stage.case("frozen")
    client = stage.browser("jingban")
    assert "决定结论的事实和当时一样" in words(opened(client, f"/desk/cases/{row.id}"))
    with stage.held.database.writing() as session:
        fact = session.scalars(
            select(FactRow).filter_by(company_id=row.company_id, member="失信被执行人")
        ).one()
        fact.value = '"有"'
    page = opened(client, f"/desk/cases/{row.id}")
    (changed,) = [one for one in page.all("tr") if one.has_class("change-changed")]
    assert "失信被执行人" in words(changed) and "变了" in words(changed)
    assert "不能仅凭已核验的事实证明" in words(page)
    assert "与存档逐字节相同" in words(page)


def test_every_look_at_a_case_is_told_the_audit_and_the_print_too(stage: Stage) -> None:
    client, row = stage.browser("shenji"), stage.case("paid")
    opened(client, f"/desk/cases/{row.id}")
    page = opened(client, f"/desk/cases/{row.id}/print")
    told = words(page)
    assert "示例经办" in told and "示例复核甲" in told and "经过" in told
    looked = select(func.count()).where(
        AuditEntry.object == "company",
        AuditEntry.object_id == str(row.company_id),
        AuditEntry.action.in_(("case.look", "case.print")),
    )
    assert count(stage, looked) == 2


def test_what_does_not_exist_is_not_found(stage: Stage) -> None:
    client = stage.browser("fuhe1")
    for address in ("/desk/cases/999999", "/desk/cases/999999/print", "/desk/lists/999999"):
        assert client.get(address).status_code == 404


def test_sending_to_a_list_shows_who_can_and_who_cannot_first(stage: Stage) -> None:
    client = stage.browser("jingban")
    ready, early = stage.case("confirmed"), stage.case("frozen")
    picked = {"case": [f"{one.id}:{one.version}" for one in (ready, early)]}
    page = parse(client.post("/desk/cases/publish", data=picked).text)
    told = words(page)
    assert "可以送公示的(1 件)" in told and "不能送公示的(1 件)" in told
    assert "现在是“名单已冻结”,不能“送公示”" in told
    before = count(stage, select(func.count()).select_from(Publicity))
    form = next(one for one in page.all("form") if "then" in one.values())
    answers = [send(client, form) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    assert count(stage, select(func.count()).select_from(Publicity)) == before + 1
    assert stage.case("confirmed").state == "publicised"
    assert stage.company("confirmed").name in words(opened(client, answers[0].location))


def test_one_that_no_longer_can_keeps_the_whole_list_back(stage: Stage) -> None:
    client, row = stage.browser("jingban"), stage.case("confirmed")
    page = opened(client, "/desk/cases/publish")
    form = next(one for one in page.all("form") if "then" in one.values())
    send(client, move_form(opened(client, f"/desk/cases/{row.id}"), "suspend"), why="credit_entry")
    answer = send(client, form)
    assert answer.status_code == 422
    assert "没有办成" in answer.text and "别人刚刚办过了" in answer.text


def test_nothing_chosen_leads_back_with_a_sentence(stage: Stage) -> None:
    client = stage.browser("jingban")
    answer = client.post("/desk/cases/publish?show=public", data={}, follow_redirects=True)
    assert "先勾选" in answer.text


def test_the_lists_say_what_runs_and_what_is_over(stage: Stage) -> None:
    told = words(opened(stage.browser("fuhe1"), "/desk/lists"))
    assert "示例公示(公示中)" in told and "示例公示(已结束)" in told
    assert "还剩 5 个工作日" in told

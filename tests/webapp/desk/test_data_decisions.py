"""Conflicts, judgements, lists and parameters on the desk: two people, whose matter it is, and history."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from matcher.profile import FactKey
from tests.webapp.desk.conftest import CODE, NAME, OTHER_CODE, OTHER_NAME, Counter
from tests.webapp.desk.test_data_facts import department
from tests.webapp.html import parse
from webapp.services.people.roles import Role
from webapp.services.registry.facts import known, profile_from
from webapp.tables.audit import AuditEntry
from webapp.tables.registry import FactConflict, FactRow, ListEntry

JUDGED, LISTED, FIGURE = "科技型企业", "倍增计划企业名单", "LPR一年期"
DOCUMENT = "合科〔2026〕12号"


def said(counter: Counter, code: str) -> str:
    """Give the sentence of a refusal."""
    return counter.portal.texts.get("zh", f"refused.{code}")


def quarrel(counter: Counter, attested: bool = True) -> tuple[int, int]:
    """Let two sources disagree on a founding date; gives the company and the conflict."""
    company = counter.company()
    counter.share(company, "成立日期", "2015-03-01", "市场监管局")
    if attested:
        # A fact whose custodian changed: both were its keeper when they said it.
        counter.share(company, "成立日期", "2016-03-01", "税务局")
        with counter.database.writing() as session:
            row = session.scalars(select(FactConflict)).one()
            row.chosen_id, row.ground, row.decided_at = None, "", None
        _attest(counter, company)
    else:
        counter.share(company, "研发费用", "20 万元", "工信局")
        counter.share(company, "研发费用", "30 万元", "科技局")
    with counter.database.reading() as session:
        found = session.scalars(select(FactConflict).order_by(FactConflict.id.desc())).first()
        assert found is not None
        return company, found.id


def _attest(counter: Counter, company: int) -> None:
    with counter.database.writing() as session:
        for row in session.scalars(select(FactRow).filter_by(company_id=company)):
            row.assurance = "attested"


def facts_of(counter: Counter, conflict: int) -> tuple[int, int]:
    with counter.database.reading() as session:
        row = session.get_one(FactConflict, conflict)
        return row.first_id, row.second_id


def chosen(counter: Counter, conflict: int) -> int | None:
    with counter.database.reading() as session:
        return session.get_one(FactConflict, conflict).chosen_id


def settle(client: FlaskClient, conflict: int, fact: int, ground: str = "已核对执照") -> Any:
    return client.post(f"/desk/conflicts/{conflict}", data={"chosen": fact, "ground": ground})


def test_two_attested_facts_that_disagree_take_two_people(counter: Counter) -> None:
    company, conflict = quarrel(counter)
    first, second = facts_of(counter, conflict)
    one, other = counter.browser(Role.HANDLER), counter.browser(Role.HANDLER)
    listed = one.get("/desk/conflicts").text
    assert "2015-03-01" in listed
    assert "2016-03-01" in listed
    page = one.get(f"/desk/conflicts/{conflict}").text
    assert "规则裁定不了:两个值都由部门核验" in page

    assert settle(one, conflict, first, "").status_code == 422
    assert settle(one, conflict, first).status_code == 303
    assert chosen(counter, conflict) is None
    assert "这是您提的,要由另一位来同意" in one.get(f"/desk/conflicts/{conflict}").text
    assert "同一件事的前后两步要由两个人来办" in settle(one, conflict, first).text
    assert said(counter, "conflict_other_proposed") in settle(other, conflict, second).text
    assert settle(other, conflict, first).status_code == 303
    assert chosen(counter, conflict) == first
    assert "算数" in other.get(f"/desk/conflicts/{conflict}").text
    assert "没有待裁定的矛盾" in other.get("/desk/conflicts").text
    assert NAME in other.get("/desk/conflicts?show=settled").text
    assert settle(one, conflict, second).status_code == 422
    actions = [action for action, _ in counter.house.deeds()]
    assert {"conflicts.look", "conflict.propose", "conflict.settle"} <= set(actions)
    assert company


def test_a_proposal_is_taken_back(counter: Counter) -> None:
    _, conflict = quarrel(counter)
    first, second = facts_of(counter, conflict)
    one, other = counter.browser(Role.HANDLER), counter.browser(Role.HANDLER)
    settle(one, conflict, first)
    done = other.post(f"/desk/conflicts/{conflict}", data={"then": "take_back"})
    assert done.status_code == 303
    settle(other, conflict, second)
    settle(one, conflict, second)
    assert chosen(counter, conflict) == second


def test_where_nobody_attests_one_person_settles_it(counter: Counter) -> None:
    _, conflict = quarrel(counter, attested=False)
    _, second = facts_of(counter, conflict)
    client = counter.browser(Role.HANDLER)
    assert "一位裁定即可" in client.get(f"/desk/conflicts/{conflict}").text
    assert settle(client, conflict, second).status_code == 303
    assert chosen(counter, conflict) == second


def test_a_department_sees_and_settles_only_what_it_said(counter: Counter) -> None:
    _, conflict = quarrel(counter)
    first, _ = facts_of(counter, conflict)
    _, own = department(counter, "税务局")
    _, stranger = department(counter, "海关")
    _, nobody = department(counter)
    assert NAME in own.get("/desk/conflicts").text
    assert own.get(f"/desk/conflicts/{conflict}").status_code == 200
    for client in (stranger, nobody):
        assert NAME not in client.get("/desk/conflicts").text
        assert client.get(f"/desk/conflicts/{conflict}").status_code == 404
        assert settle(client, conflict, first).status_code == 404


# --- decisions -------------------------------------------------------------------------------------


def judge(client: FlaskClient, **change: Any) -> Any:
    sent = {"name": JUDGED, "code": CODE, "holds": "yes", "day": "2026-11-01", "document": DOCUMENT}
    return client.post("/desk/decisions/judgements", data={**sent, **change})


def approve(client: FlaskClient, address: str) -> Any:
    return client.post(address, data={"then": "approve"})


def judged(counter: Counter, company: int) -> Any:
    with counter.database.reading() as session:
        facts = known(session, company, counter.clock.today)
    words = counter.portal.catalogue.vocabulary
    fact = profile_from(facts, words, counter.clock.today).facts.get(
        FactKey("主管部门认定", JUDGED)
    )
    return None if fact is None else fact.value


def test_a_judgement_counts_once_another_person_approved_it(counter: Counter) -> None:
    company = counter.company()
    both = counter.browser(Role.HANDLER, Role.REVIEWER)
    reviewer = counter.browser(Role.REVIEWER)
    entered = judge(both)
    assert entered.status_code == 303, entered.text
    assert judged(counter, company) is None
    page = both.get(entered.location).text
    assert "这一条是您登记的,要由另一位批准" in page
    assert approve(both, entered.location).status_code == 422
    assert judged(counter, company) is None
    assert NAME in reviewer.get("/desk/decisions/judgements").text
    assert approve(reviewer, entered.location).status_code == 303
    assert judged(counter, company) is True
    assert said(counter, "decision_settled") in approve(reviewer, entered.location).text


def test_a_further_entry_ends_the_one_before_and_both_are_kept(counter: Counter) -> None:
    company = counter.company()
    handler, reviewer = counter.browser(Role.HANDLER), counter.browser(Role.REVIEWER)
    first = judge(handler).location
    approve(reviewer, first)
    second = judge(handler, holds="no", document="合科〔2026〕20号").location
    assert judged(counter, company) is True
    approve(reviewer, second)
    assert judged(counter, company) is False
    page = handler.get(second).text
    assert "同一件事的其它登记" in page
    assert DOCUMENT in page
    assert "已结束" in page


def test_an_entry_is_withdrawn_by_whoever_made_it(counter: Counter) -> None:
    company = counter.company()
    handler, other = counter.browser(Role.HANDLER), counter.browser(Role.HANDLER)
    address = judge(handler).location
    assert other.post(address, data={"then": "withdraw"}).status_code == 422
    assert handler.post(address, data={"then": "withdraw"}).status_code == 303
    assert "已撤回" in handler.get(address).text
    assert approve(counter.browser(Role.REVIEWER), address).status_code == 422
    assert judged(counter, company) is None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"document": " "}, "文件号"),
        ({"code": OTHER_CODE}, "代码"),
        ({"name": "没有的认定"}, "没有"),
        ({"name": ""}, "请从列表里选一项"),
        ({"day": "2026-12-01"}, "2026-12-01"),
        ({"day": "去年"}, "“去年”不是日期"),
        ({"holds": ""}, "请选一个"),
        ({"measure": "hefei-2025/99.9"}, "措施"),
    ],
)
def test_an_entry_that_cannot_be_right_names_its_field(
    counter: Counter, change: dict[str, str], sentence: str
) -> None:
    counter.company()
    answer = judge(counter.browser(Role.HANDLER), **change)
    assert answer.status_code == 422
    page = parse(answer.text)
    assert sentence in "".join(one.text() for one in page.all("", "error-summary"))
    (link,) = [one for box in page.all("", "error-summary") for one in box.all("a")]
    assert page.by_id(link.get("href").removeprefix("#")) is not None
    kept = page.by_id("document")
    assert kept is not None
    assert kept.get("value") == change.get("document", DOCUMENT)


def test_a_department_decides_its_own_matters_alone(counter: Counter) -> None:
    counter.company()
    _, own = department(counter, "科技局")
    _, stranger = department(counter, "工信局")
    assert judge(own).status_code == 303
    refused = judge(stranger)
    assert refused.status_code == 422
    assert f"“{JUDGED}”由别的部门认定" in refused.text
    page = parse(stranger.get("/desk/decisions/judgements").text)
    names = page.by_id("name")
    assert names is not None
    offered = {one.get("value") for one in names.all("option")}
    assert "行业龙头企业" in offered
    assert JUDGED not in offered


def test_a_reviewer_enters_nothing(counter: Counter) -> None:
    counter.company()
    reviewer = counter.browser(Role.REVIEWER)
    assert "登记,送复核" not in reviewer.get("/desk/decisions/judgements").text
    refused = judge(reviewer)
    assert refused.status_code == 422
    assert "要有“经办、数据部门”的角色" in refused.text


def put_list(client: FlaskClient, text: str, **change: Any) -> Any:
    sent = {"name": LISTED, "day": "2026-11-01", "document": "合工信〔2026〕3号", **change}
    file = (io.BytesIO(text.encode("gb18030")), "名单.csv")
    return client.post("/desk/decisions/lists", data={**sent, "file": file})


def test_a_list_comes_whole_and_says_who_is_on_it(counter: Counter) -> None:
    on = counter.company()
    off = counter.company(OTHER_CODE, OTHER_NAME)
    handler, reviewer = counter.browser(Role.HANDLER), counter.browser(Role.REVIEWER)
    wrong = put_list(handler, f"企业名称,统一社会信用代码\n{NAME},{CODE}\n甲公司,12\n")
    assert wrong.status_code == 422
    assert "代码不是 18 位:第 2 行 12" in wrong.text
    headless = put_list(handler, "甲,乙\n1,2\n")
    assert "没有“统一社会信用代码”或“企业名称”列" in headless.text
    with counter.database.reading() as session:
        assert session.scalars(select(ListEntry)).all() == []

    entered = put_list(handler, f"企业名称,统一社会信用代码\n{NAME},{CODE.lower()}\n")
    assert entered.status_code == 303, entered.text
    page = reviewer.get(entered.location).text
    assert CODE in page
    assert "1 家企业" in page
    approve(reviewer, entered.location)
    words = counter.portal.catalogue.vocabulary
    for company, answer in ((on, True), (off, False)):
        with counter.database.reading() as session:
            facts = known(session, company, counter.clock.today)
        profile = profile_from(facts, words, counter.clock.today)
        assert profile.facts[FactKey("列入名单", LISTED)].value is answer
    with counter.database.reading() as session:
        looked = session.scalars(select(AuditEntry).filter_by(action="lists.look")).all()
        assert looked


def test_a_parameter_has_a_unit_and_a_first_day(counter: Counter) -> None:
    handler, reviewer = counter.browser(Role.HANDLER), counter.browser(Role.REVIEWER)
    sent = {"name": FIGURE, "value": "三分", "day": "2026-11-01", "document": "公告"}
    assert handler.post("/desk/decisions/parameters", data=sent).status_code == 422
    entered = handler.post("/desk/decisions/parameters", data={**sent, "value": "3.1%"})
    assert entered.status_code == 303
    approve(reviewer, entered.location)
    page = reviewer.get("/desk/decisions/parameters").text
    assert "3.1%" in page
    assert "自 2026-11-01" in page
    assert FIGURE in reviewer.get(f"/desk/decisions/parameters?name={FIGURE}").text
    assert "还没有批准过的" in reviewer.get("/desk/decisions/parameters?name=美元汇率").text


def test_no_company_stands_in_the_audit_of_decisions(counter: Counter) -> None:
    counter.company()
    approve(counter.browser(Role.REVIEWER), judge(counter.browser(Role.HANDLER)).location)
    with counter.database.reading() as session:
        rows = session.scalars(select(AuditEntry)).all()
        told = json.dumps([[row.action, row.object_id, row.result] for row in rows])
    assert CODE not in told
    assert DOCUMENT not in told

"""Companies that meet a measure and have not had it: who is listed, how far a page looks, who was told."""

from __future__ import annotations

import csv
import io

import pytest
from sqlalchemy import select

from tests.webapp.desk.conftest import CODE, HIGH_TECH, NAME, OTHER_CODE, OTHER_NAME, Counter
from tests.webapp.html import parse
from webapp.desk import outreach as page_of
from webapp.services.desk import outreach
from webapp.services.people.roles import Role
from webapp.tables.audit import AuditEntry
from webapp.tables.cases import CaseRow, Contact, Note
from webapp.tables.money import PaidRow
from webapp.tables.registry import CompanyRow

THIRD = "91340100MA2THRD1XX"


def fitting(counter: Counter, code: str = CODE, name: str = NAME) -> int:
    """Register a company that meets the measure on attested facts."""
    return counter.company(
        code,
        name,
        注册地="合肥市",
        主体类别={"企业": "是"},
        资质={"高新技术企业": {"取得日期": "2025-03-01", "有效期至": "2028-02-29"}},
    )


def address(measure: str = HIGH_TECH, **more: object) -> str:
    return "/desk/outreach?" + "&".join(
        f"{key}={value}" for key, value in {"measure": measure, "from": "now", **more}.items()
    )


def found(counter: Counter, where: str) -> list[str]:
    page = counter.page(where)
    return [one.text() for row in page.all("p", "row-title") for one in row.all("span", "mono")]


def test_nobody_is_named_before_a_measure_is_chosen(counter: Counter) -> None:
    fitting(counter)
    page = counter.client.get("/desk/outreach").text
    assert NAME not in page
    assert "请选择" in page


def test_who_meets_it_is_listed_on_attested_and_on_declared_facts(counter: Counter) -> None:
    fitting(counter)
    declared = counter.company(OTHER_CODE, OTHER_NAME, 注册地="合肥市", 主体类别={"企业": "是"})
    counter.share(declared, "资质", {"高新技术企业": "是"}, "工信局")  # not its keeper
    counter.company(THIRD, "没有资质有限公司", 注册地="合肥市")
    assert found(counter, address()) == [CODE, OTHER_CODE]
    page = counter.client.get(address()).text
    assert "1 项由企业自报" in page or "项由企业自报,要佐证" in page
    assert "本页看了 3 家有数据的企业" in page


def test_whoever_had_it_is_left_out_and_an_open_case_is_said(counter: Counter) -> None:
    had, paid, open_ = (
        fitting(counter, code, name)
        for code, name in ((CODE, NAME), (OTHER_CODE, OTHER_NAME), (THIRD, "第三家有限公司"))
    )
    work = counter.portal.casework
    with counter.database.writing() as session:
        for company, state in ((had, "archived"), (open_, "notified")):
            proof = work.prover.prove(session, company, HIGH_TECH, counter.clock.today)
            assert proof is not None
            finding = work.prover.record(session, company, proof, counter.clock.now)
            session.add(
                CaseRow(
                    company_id=company,
                    measure_id=HIGH_TECH,
                    period=2026,
                    state=state,
                    finding_id=finding,
                    opened_at=counter.clock.now,
                    moved_at=counter.clock.now,
                )
            )
        session.add(
            PaidRow(company_id=paid, paid_to=HIGH_TECH, amount_fen=100, day=counter.clock.today)
        )
    assert found(counter, address()) == [THIRD]
    assert "事项:待企业确认" in counter.client.get(address()).text
    stored = address(**{"from": "stored"})
    assert found(counter, stored) == [THIRD]
    assert "按当时的结果" in counter.client.get(stored).text


def test_a_page_looks_at_so_many_companies_and_goes_on_by_place(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = fitting(counter)
    fitting(counter, OTHER_CODE, OTHER_NAME)
    monkeypatch.setattr(page_of, "OUTREACH_LOOKED", 1)
    page = counter.page(address())
    (further,) = [one for one in page.all("a") if one.get("rel") == "next"]
    assert f"after={first}" in further.get("href")
    assert found(counter, address()) == [CODE]
    assert found(counter, further.get("href")) == [OTHER_CODE]


def test_a_county_narrows_the_list_and_a_city_holds_its_counties(counter: Counter) -> None:
    fitting(counter)
    other = fitting(counter, OTHER_CODE, OTHER_NAME)
    with counter.database.writing() as session:
        session.get_one(CompanyRow, other).region = "340111"
    assert found(counter, address(region="340104")) == [CODE]
    assert found(counter, address(region="340111")) == [OTHER_CODE]
    assert found(counter, address(region="340100")) == [CODE, OTHER_CODE]


def test_whoever_was_told_is_marked_with_a_note(counter: Counter) -> None:
    company = fitting(counter)
    sent = {"company": company, "measure": HIGH_TECH, "channel": "phone"}
    refused = counter.client.post(address(), data={**sent, "note": " "})
    assert refused.status_code == 422
    assert "请写下联系的情况" in refused.text
    done = counter.client.post(address(), data={**sent, "note": "下周来窗口办"})
    assert done.status_code == 303
    page = counter.client.get(done.location).text
    assert "已联系 2026-11-22" in page
    assert "下周来窗口办" in page
    with counter.database.reading() as session:
        contact = session.scalars(select(Contact)).one()
        note = session.get_one(Note, contact.note_id)
        assert (contact.measure_id, note.company_id, note.kind) == (HIGH_TECH, company, "phone")
        entry = session.scalars(select(AuditEntry).filter_by(action="outreach.contact")).one()
        assert entry.object_id == str(company)
    for wrong in ({"company": 999}, {"measure": "none/1"}, {"company": "x"}):
        answer = counter.client.post(address(), data={**sent, "note": "是", **wrong})
        assert answer.status_code == 404


def test_the_table_that_leaves_is_counted_in_the_audit(counter: Counter) -> None:
    fitting(counter, name="=1+1有限公司")
    where = address().replace("/desk/outreach", "/desk/outreach/export.csv")
    answer = counter.client.get(where)
    rows = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert rows[0][:2] == ["统一社会信用代码", "企业名称"]
    assert rows[1][:2] == [CODE, "'=1+1有限公司"]
    assert "attachment" in answer.headers["Content-Disposition"]
    with counter.database.reading() as session:
        results = {
            (row.action, row.object, row.result) for row in session.scalars(select(AuditEntry))
        }
    assert ("outreach.export", "measure", "done:1") in results
    assert ("outreach.export", "company", "done") in results


def test_facts_that_cannot_be_read_are_counted_and_stop_nothing(counter: Counter) -> None:
    broken = fitting(counter)
    fitting(counter, OTHER_CODE, OTHER_NAME)
    from webapp.tables.registry import FactRow

    with counter.database.writing() as session:
        for row in session.scalars(select(FactRow).filter_by(company_id=broken, attribute="资质")):
            row.value = '{"有效期至": "不是日期"}'
    assert found(counter, address()) == [OTHER_CODE]
    assert "其中 1 家的数据按现在的规则读不了" in counter.client.get(address()).text


def test_others_do_not_open_it(counter: Counter) -> None:
    assert outreach.HAD
    for role in (Role.DATA, Role.AUDITOR, Role.FINANCE, Role.ADMIN):
        assert counter.browser(role).get("/desk/outreach").status_code == 403


def test_every_company_on_the_page_is_told_the_audit(counter: Counter) -> None:
    company = fitting(counter)
    counter.client.get(address())
    with counter.database.reading() as session:
        entry = session.scalars(select(AuditEntry).filter_by(action="outreach.look")).one()
        assert (entry.object, entry.object_id) == ("company", str(company))
    assert parse(counter.client.get(address(region="340111")).text)

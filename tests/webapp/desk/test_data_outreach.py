"""Companies that meet a measure and have not had it: who is listed, how far a page looks, who was told."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from datetime import date

import pytest
from sqlalchemy import select

from matcher.language.profiles import read_company
from matcher.logic import Verdict
from matcher.profile import Profile
from matcher.proofs.companies import CompanyWriter
from tests.conftest import SEEDS
from tests.webapp.desk.conftest import CODE, HIGH_TECH, NAME, OTHER_CODE, OTHER_NAME, Counter
from tests.webapp.html import parse
from webapp.desk import outreach as page_of
from webapp.services.desk import candidates
from webapp.services.desk.candidates import narrowing
from webapp.services.people.roles import Role
from webapp.services.registry.facts import known, profile_from
from webapp.services.registry.learning import Telling, Told, learn
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
        f"{key}={value}" for key, value in {"measure": measure, **more}.items()
    )


def found(counter: Counter, where: str) -> list[str]:
    page = counter.page(where)
    return [one.text() for row in page.all("p", "row-title") for one in row.all("span", "mono")]


def test_nobody_is_named_before_a_measure_is_chosen(counter: Counter) -> None:
    fitting(counter)
    page = counter.client.get("/desk/outreach").text
    assert NAME not in page
    assert "请选择" in page


def test_who_meets_it_is_listed_on_attested_or_on_declared_facts(counter: Counter) -> None:
    fitting(counter)
    declared = counter.company(OTHER_CODE, OTHER_NAME, 注册地="合肥市", 主体类别={"企业": "是"})
    counter.share(declared, "资质", {"高新技术企业": "是"}, "工信局")  # not its keeper
    without = counter.company(THIRD, "没有资质有限公司", 注册地="合肥市", 主体类别={"企业": "是"})
    counter.share(without, "资质", {"高新技术企业": "没有"})
    assert found(counter, address()) == [CODE]
    assert "项由企业自报" not in counter.client.get(address()).text
    every = address(facts="every")
    assert found(counter, every) == [CODE, OTHER_CODE]
    page = counter.client.get(every).text
    assert "1 项由企业自报,要佐证" in page
    assert (
        "本页在登记库里看了 2 家可能符合的企业" in page
    )  # of the third it is known that it is not


def test_delivery_and_credit_are_said_in_the_language_of_the_page(counter: Counter) -> None:
    company = fitting(counter)
    assert "快申快享" in counter.client.get(address()).text
    assert "通行条件 还不能确认" in counter.client.get(address()).text
    clear = {"失信被执行人": "没有", "严重违法失信名单": "没有"}
    counter.share(company, "信用名单", clear)
    assert "免申即享 · 通行条件 没有排除情形" in counter.client.get(address()).text
    english = counter.page(address(lang="en")).text()
    assert "Without application · Prevailing conditions clear" in english
    export = address(lang="en").replace("/outreach?", "/outreach/export.csv?")
    sent = counter.client.get(export).text
    assert "Without application" in sent
    assert "免申即享" not in sent
    counter.share(company, "信用名单", {"失信被执行人": "是"})
    assert "有排除情形" in counter.client.get(address(lang="zh")).text


def test_whoever_had_it_this_year_is_left_out_and_where_a_case_stands_is_said(
    counter: Counter,
) -> None:
    """An archived case may be one that was declined, and money of another year counts for that year."""
    names = {"declined": "甲", "notified": "乙", "lapsed": "丙", "archived": "丁", "paid": "戊"}
    work, today = counter.portal.casework, counter.clock.today
    codes = {state: f"91340100MA2THRD{n}XX" for n, state in enumerate(names)}
    companies = {
        state: fitting(counter, codes[state], f"合肥示例{name}有限公司")
        for state, name in names.items()
    }
    with counter.database.writing() as session:
        for state, company in companies.items():
            proof = work.prover.prove(session, company, HIGH_TECH, today)
            assert proof is not None
            finding = work.prover.record(session, company, proof, counter.clock.now)
            made = {"opened_at": counter.clock.now, "moved_at": counter.clock.now}
            about = {"company_id": company, "measure_id": HIGH_TECH, "period": 2026}
            session.add(CaseRow(**about, state=state, finding_id=finding, **made))
        for state, year in (("paid", 2026), ("lapsed", 2025)):
            paid = {"company_id": companies[state], "paid_to": HIGH_TECH, "amount_fen": 100}
            session.add(PaidRow(**paid, day=date(year, 6, 1)))
    assert found(counter, address()) == [codes[one] for one in names if one != "paid"]
    page = counter.client.get(address()).text
    for said in ("企业不领取", "待企业确认", "逾期未确认", "已归档"):
        assert f"事项:{said}" in page
    with counter.database.writing() as session:
        paid = {"company_id": companies["paid"], "paid_to": HIGH_TECH, "amount_fen": -100}
        session.add(PaidRow(**paid, day=today))
    assert codes["paid"] in found(counter, address())  # it gave the money back


def test_a_page_looks_at_so_many_companies_and_goes_on_by_place(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = fitting(counter)
    fitting(counter, OTHER_CODE, OTHER_NAME)
    monkeypatch.setattr(page_of, "OUTREACH_LOOKED", 1)
    monkeypatch.setattr(page_of, "OUTREACH_EXPORTED", 1)
    page = counter.page(address())
    (further,) = [one for one in page.all("a") if one.get("rel") == "next"]
    assert f"after={first}" in further.get("href")
    assert found(counter, address()) == [CODE]
    assert found(counter, further.get("href")) == [OTHER_CODE]
    (beyond,) = [one for one in page.all("a") if one.text() == "接着这份表往后看"]
    assert beyond.get("href") == further.get("href")


def test_a_page_seeks_in_a_bounded_piece_of_the_registry(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "OUTREACH_SPAN", 2)
    for n in range(2):
        counter.company(f"91340100MA2NONE{n}XX", "无资质有限公司")
    fitting(counter)
    page = counter.page(address())
    assert found(counter, address()) == []
    (further,) = [one for one in page.all("a") if one.get("rel") == "next"]
    assert found(counter, further.get("href")) == [CODE]


def test_no_company_that_meets_a_measure_is_passed_over(counter: Counter) -> None:
    """Whoever meets a measure by its facts is among the candidates, whatever the measure asks."""
    vocabulary, prover = counter.portal.catalogue.vocabulary, counter.portal.casework.prover
    today, met = counter.clock.today, 0
    for path in sorted((SEEDS / "companies").glob("*.yaml")):
        company = counter.company(f"91340100MA2{path.stem.upper():X<7}"[:18], path.stem)
        _keep(
            counter, company, read_company(path.read_text("utf-8"), "", vocabulary, today).profile
        )
        with counter.database.reading() as session:
            profile = profile_from(known(session, company, today), vocabulary, today)
            for attested, seen in ((False, profile), (True, profile.attested())):
                for one in prover.matcher.match(seen, today).findings:
                    if one.verdict is Verdict.MET:
                        narrowed = narrowing(one.measure.condition, vocabulary, attested)
                        wanted = select(CompanyRow.id).where(CompanyRow.id == company, *narrowed)
                        assert session.scalar(wanted) == company, one.measure.id
                        met += 1
    assert met > 50


def _keep(counter: Counter, company: int, profile: Profile) -> None:
    """Let each custodian attest what it keeps of a profile; the company itself says the rest."""
    vocabulary = counter.portal.catalogue.vocabulary
    writer, by = CompanyWriter(vocabulary), defaultdict[str, list[Told]](list)
    for key, fact in profile.facts.items():
        custodian, attested = vocabulary.custodian(key.attribute, key.member)
        said = json.dumps(writer.value(key, fact.value), ensure_ascii=False)
        period = "" if key.period is None else str(key.period)
        told = Told(key.attribute, key.member or "", period, said, attested)
        by[custodian if attested else ""].append(told)
    with counter.database.writing() as session:
        for custodian, told in by.items():
            telling = Telling(custodian, None, counter.clock.now)
            learn(session, {company: told}, telling, vocabulary)


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
    for role in (Role.DATA, Role.AUDITOR, Role.FINANCE, Role.ADMIN):
        assert counter.browser(role).get("/desk/outreach").status_code == 403


def test_every_company_on_the_page_is_told_the_audit(counter: Counter) -> None:
    company = fitting(counter)
    counter.client.get(address())
    with counter.database.reading() as session:
        entry = session.scalars(select(AuditEntry).filter_by(action="outreach.look")).one()
        assert (entry.object, entry.object_id) == ("company", str(company))
    assert parse(counter.client.get(address(region="340111")).text)

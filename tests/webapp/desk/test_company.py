"""Company 360: every fact with its source, what a role may see, conflicts, titles, and who looked."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.webapp.desk.conftest import HIGH_TECH, NAME, Counter
from webapp.services.cases.opening import open_case
from webapp.services.desk import notes
from webapp.services.desk.coverage import GUARDED, covered
from webapp.services.people.roles import Actor, Permission, Role
from webapp.tables.audit import AuditEntry

REVENUE = {"2025": {"营业收入": "5200 万元"}}
SEEING = [
    role
    for role in Role
    if role is not Role.SYSTEM and Actor(1, "", frozenset({role})).may(Permission.COMPANIES_SEE)
]


def test_every_fact_has_its_source(counter: Counter) -> None:
    company = counter.company(注册地="合肥市", 资质={"高新技术企业": {"取得日期": "2025-11-20"}})
    counter.answer(company, "planned_region", "")  # nothing is kept of an empty answer
    page = counter.page(f"/desk/companies/{company}")
    assert "共享 · 市场监管局" in page.text() and "共享 · 科技局" in page.text()
    assert "有 自 2025-11-20" in page.text()


def test_a_chinese_name_is_plain_text_in_the_title_of_an_english_page(counter: Counter) -> None:
    address = f"/desk/companies/{counter.company()}?lang=en"
    assert f"<title>{NAME} · " in counter.client.get(address).text
    page = counter.page(address)
    assert [span.get("lang") for span in page.all("h1")[0].all("span")] == ["zh-CN"]


@pytest.mark.parametrize("role", SEEING)
@pytest.mark.parametrize("custodian", [*GUARDED, "科技局"])
def test_what_a_role_does_not_cover_is_said_to_be_covered(role: Role, custodian: str) -> None:
    actor = Actor(1, "", frozenset({role}))
    expected = custodian in GUARDED and role not in GUARDED[custodian]
    assert covered(custodian, actor) is expected


@pytest.mark.parametrize(
    ("role", "sees"), [(Role.DESK, False), (Role.FINANCE, False), (Role.HANDLER, True)]
)
def test_the_tax_bureaus_figures_are_for_those_who_prove_cases(
    counter: Counter, role: Role, sees: bool
) -> None:
    company = counter.company(注册地="合肥市", 年度=REVENUE)
    text = counter.page(f"/desk/companies/{company}", counter.browser(role)).text()
    assert ("5200 万元" in text) is sees
    assert ("无权查看(税务局)" in text) is not sees


def test_a_covered_figure_is_in_no_reason_sheet_reply_or_question(counter: Counter) -> None:
    company = counter.company(注册地="合肥市", 年度=REVENUE)
    here = f"/desk/companies/{company}"
    for measure in counter.portal.catalogue.by_id:
        if "营业收入" in counter.portal.catalogue.by_id[measure].quote:
            assert "5200" not in counter.page(f"{here}/check?measure={measure}").text()
    for page in ("sheet?full=1", "reply", "check?fact=revenue", "check?measure="):
        assert "5200" not in counter.page(f"{here}/{page}").text()


def test_what_the_company_says_of_itself_is_never_covered(counter: Counter) -> None:
    company = counter.company(注册地="合肥市")
    counter.page(f"/desk/companies/{company}/check")
    sent = {"fact": "revenue", "a_revenue": "300", "how": "said"}
    assert counter.client.post(f"/desk/companies/{company}/check", data=sent).status_code == 303
    text = counter.page(f"/desk/companies/{company}").text()
    assert "300 万元" in text and "企业填报" in text and "无权查看" not in text


def test_two_sources_that_disagree_both_stand_there(counter: Counter) -> None:
    company = counter.company(资质={"高新技术企业": {"取得日期": "2025-11-20"}})
    counter.share(company, "资质", {"高新技术企业": "没有"}, "工信局")
    page = counter.page(f"/desk/companies/{company}")
    text = page.text()
    assert "有 自 2025-11-20" in text and "转报,非本部门保管 · 工信局" in text
    assert "曾不一致,已定" in text


def test_what_nobody_told_is_not_known_which_is_not_zero(counter: Counter) -> None:
    company = counter.company(年度={"2025": {"研发费用": "0 万元"}})
    handler = counter.browser(Role.HANDLER)
    page = counter.page(f"/desk/companies/{company}", handler)
    (rows,) = [row for row in page.all("tr") if "研发费用" in row.text()]
    assert "0 万元" in rows.text()
    unknown = " ".join(item.text() for item in page.all(class_="unknown"))
    assert "研发人员" in unknown and "研发费用" not in unknown


def test_a_title_that_ends_soon_is_told_at_once(counter: Counter) -> None:
    held = {"高新技术企业": {"取得日期": "2023-12-01", "有效期至": "2026-12-30"}}
    company = counter.company(注册地="合肥市", 资质=held)
    page = counter.page(f"/desk/companies/{company}")
    assert "“高新技术企业”将于 2026-12-30 到期" in page.text()
    (line,) = page.all("ol", "timeline")
    assert "2023-12-01 – 2026-12-30" in line.text()


def test_an_odd_status_is_told_at_once(counter: Counter) -> None:
    company = counter.company()
    with counter.database.writing() as session:
        row = counter.row(company)
        row.status = "经营异常"
        session.merge(row)
    assert "登记状态:经营异常" in counter.page(f"/desk/companies/{company}").text()


@pytest.mark.parametrize(
    ("page", "action"),
    [
        ("", "company.view"),
        ("/check", "company.check"),
        ("/notes", "company.notes"),
        ("/sheet", "company.sheet"),
        ("/reply", "company.check"),
    ],
)
def test_every_look_is_logged_and_shown(counter: Counter, page: str, action: str) -> None:
    company = counter.company()
    counter.page(f"/desk/companies/{company}{page}")
    with counter.database.reading() as session:
        rows = session.scalars(select(AuditEntry).filter_by(object_id=str(company))).all()
        told = [(row.actor, row.role, row.action) for row in rows]
    assert (counter.staff.said, "desk", action) in told
    assert "王坐席" in counter.page(f"/desk/companies/{company}").text()


def test_a_company_that_is_not_there_is_not_found(counter: Counter) -> None:
    for page in ("", "/check", "/notes", "/sheet", "/reply"):
        assert counter.client.get(f"/desk/companies/77{page}").status_code == 404


def test_notes_are_in_no_sheet_share_or_reply(counter: Counter) -> None:
    company = counter.company(注册地="合肥市")
    draft = notes.Draft("phone", "绝密内部意见")
    notes.write(counter.desk, counter.staff, company, draft, counter.clock.now, counter.clock.today)
    here = f"/desk/companies/{company}"
    assert "绝密内部意见" in counter.page(here).text()
    for page in ("sheet", "sheet?full=1", "reply", f"reply?measure={HIGH_TECH}", "check"):
        assert "绝密" not in counter.page(f"{here}/{page}").text()
    finance = counter.browser(Role.FINANCE)
    assert "绝密" not in counter.page(here, finance).text()
    assert finance.get(f"{here}/notes").status_code == 403


def test_what_the_client_may_not_see_can_be_hidden(counter: Counter) -> None:
    company = counter.company(注册地="合肥市")
    draft = notes.Draft("phone", "内部意见")
    notes.write(counter.desk, counter.staff, company, draft, counter.clock.now, counter.clock.today)
    sent = {"to": "on", "page": "desk.company", "company": str(company)}
    answer = counter.client.post("/desk/client-view", data=sent)
    assert answer.location == f"/desk/companies/{company}"
    here = f"/desk/companies/{company}"
    for page in ("", "/notes", "/check"):
        text = counter.page(here + page).text()
        assert "内部意见" not in text and "查看记录" not in text.replace(
            "服务记录、其他企业和查看记录", ""
        )
    assert counter.client.get("/desk/companies?q=云岭").location == "/desk"
    assert counter.client.get("/desk/call-backs").location == "/desk"
    counter.client.post("/desk/client-view", data={**sent, "to": "off"})
    assert "内部意见" in counter.page(here).text()


def test_the_switch_leads_nowhere_else(counter: Counter) -> None:
    for page in ("https://example.org", "desk.end", ""):
        answer = counter.client.post("/desk/client-view", data={"to": "on", "page": page})
        assert answer.location == "/desk"


def test_the_sheet_names_the_company(counter: Counter) -> None:
    company = counter.company(注册地="合肥市")
    assert NAME in counter.page(f"/desk/companies/{company}/sheet").text()


def test_the_cases_of_a_company_stand_on_its_page(counter: Counter) -> None:
    company = counter.company(
        注册地="合肥市",
        主体类别={"企业": "是"},
        资质={"高新技术企业": {"取得日期": "2025-11-20"}},
        信用名单={"失信被执行人": "没有", "严重违法失信名单": "没有"},
    )
    work, now = counter.portal.casework, counter.clock.now
    with counter.database.writing() as session:
        proof = work.prover.prove(session, company, HIGH_TECH, counter.clock.today)
        assert proof is not None
        case = open_case(session, work, company, proof, now)
    page = counter.page(f"/desk/companies/{company}")
    assert f"/desk/cases/{case}" in {link.get("href") for link in page.all("a")}
    assert "已发现" in page.text()

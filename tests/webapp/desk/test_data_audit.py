"""The audit on the desk: searching, checking the chain a stretch at a time, heads; keeping and deleting."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, text, update

from tests.webapp.desk.conftest import CODE, NAME, Counter
from tests.webapp.html import parse
from webapp.limits import UNUSED_ACCOUNT
from webapp.services.audit import checking, reading
from webapp.services.audit.chain import Deed, append
from webapp.services.audit.reading import Sought
from webapp.services.audit.verify import Signer, keep_head, read_heads, verify
from webapp.services.people.roles import SYSTEM, Role
from webapp.tables.audit import AuditCheck, AuditEntry, AuditHead, DailyHead
from webapp.tables.people import User
from webapp.tables.registry import FactRow


def tell(counter: Counter, number: int = 1, action: str = "test.deed") -> None:
    with counter.database.writing() as session:
        for _ in range(number):
            append(session, SYSTEM, "system", Deed(action, "thing", "7"), counter.clock.now)


def signer(counter: Counter) -> Signer:
    return Signer(str(counter.app.config["SECRET_KEY"]).encode())


def places(page: str) -> list[str]:
    table = parse(page).all("table")[0]
    return [row.all("th")[0].text() for row in table.all("tr")[1:]]


def test_the_newest_entries_come_first_and_older_ones_follow(counter: Counter) -> None:
    tell(counter, 25)
    auditor = counter.browser(Role.AUDITOR)
    page = auditor.get("/desk/audit").text
    with counter.database.reading() as session:
        end = reading.end_of(session)
    assert places(page) == [str(place) for place in range(end, end - 20, -1)]
    (older,) = [one for one in parse(page).all("a") if one.get("rel") == "next"]
    assert places(auditor.get(older.get("href")).text)[0] == str(end - 20)


def test_entries_are_found_by_who_what_and_day(counter: Counter) -> None:
    company = counter.company()
    counter.client.get(f"/desk/companies/{company}")
    tell(counter, 3)
    counter.clock.now += timedelta(days=1)
    tell(counter, 2, "later.deed")
    auditor = counter.browser(Role.AUDITOR)
    looked = auditor.get(f"/desk/audit?object=company&id={company}").text
    assert f"company {company}" in looked
    assert "test.deed" not in looked
    with counter.database.reading() as session:
        login = session.get_one(User, counter.staff.id).login
    by_staff = auditor.get(f"/desk/audit?actor={login}").text
    assert "王坐席" in by_staff
    assert "test.deed" not in by_staff
    assert len(places(auditor.get("/desk/audit?action=later.").text)) == 2
    assert len(places(auditor.get("/desk/audit?actor=system&day=2026-11-23").text)) == 2
    assert "没有登录名“没有这人”" in auditor.get("/desk/audit?actor=没有这人").text
    assert "不是日期" in auditor.get("/desk/audit?day=昨天").text
    assert "这些条件下没有记录" in auditor.get("/desk/audit?action=nothing").text


def test_a_search_goes_back_a_bounded_stretch_and_says_so(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(counter, 1, "first.deed")
    tell(counter, 30)
    monkeypatch.setattr(reading, "AUDIT_LOOKED", 10)
    with counter.database.reading() as session:
        found = reading.seek(session, Sought(action="first."))
        assert (list(found.entries), found.cut) == ([], True)
        for _ in range(20):
            if found.entries or found.before is None:
                break
            found = reading.seek(session, Sought(action="first."), found.before)
        assert [entry.action for entry in found.entries] == ["first.deed"]


def test_only_auditors_open_the_audit(counter: Counter) -> None:
    for role in (Role.ADMIN, Role.DESK, Role.DATA, Role.HANDLER):
        client = counter.browser(role)
        assert client.get("/desk/audit").status_code == 403
        assert client.post("/desk/audit/verify").status_code == 403


def test_the_chain_is_checked_stretch_by_stretch(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(counter, 25)
    monkeypatch.setattr(checking, "AUDIT_CHECKED", 10)
    auditor = counter.browser(Role.AUDITOR)
    assert "还没有核对过" in auditor.get("/desk/audit").text
    auditor.post("/desk/audit/verify")
    page = auditor.get("/desk/audit").text
    assert "这次已核对 10 /" in page
    assert "接着核对" in page
    tell(counter, 1)  # what is told meanwhile belongs to it
    for _ in range(5):
        auditor.post("/desk/audit/verify")
        if "无误" in (page := auditor.get("/desk/audit").text):
            break
    assert "无误" in page
    with counter.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(AuditCheck)) == 1
        assert session.scalar(select(AuditCheck.finished_at)) is not None


def _tamper(counter: Counter, statement: object) -> None:
    """Change the audit as only somebody with the database could: past its triggers."""
    with counter.database.writing() as session:
        if counter.database.embedded:
            session.execute(text("DROP TRIGGER audit_no_update"))
            session.execute(text("DROP TRIGGER audit_no_delete"))
        else:
            session.execute(text("DROP TRIGGER audit_only_added ON audit_entries"))
        session.execute(statement)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        (update(AuditEntry).where(AuditEntry.place == 12).values(actor="user:99"), "第 12 条:内容"),
        (delete(AuditEntry).where(AuditEntry.place == 12), "第 13 条:前面缺了记录"),
        (update(AuditHead).values(hash="f" * 64), "链尾的登记与最后一条记录不一致"),
        (update(DailyHead).values(hash="f" * 64), "链头的签名不符"),
    ],
)
def test_a_check_in_stretches_finds_what_a_whole_one_finds(
    counter: Counter, monkeypatch: pytest.MonkeyPatch, statement: object, sentence: str
) -> None:
    tell(counter, 25)
    with counter.database.writing() as session:
        keep_head(session, signer(counter), counter.clock.today + timedelta(days=1))
    monkeypatch.setattr(checking, "AUDIT_CHECKED", 10)
    auditor = counter.house.person(Role.AUDITOR, second=True)
    checking.go_on(counter.database, signer(counter), auditor, counter.clock.now)
    _tamper(counter, statement)
    with counter.database.writing() as session:  # begin anew, so that all of it is seen
        session.execute(delete(AuditCheck))
    head = isinstance(statement, type(update(AuditHead))) and "尾" in sentence
    for _ in range(6):
        check = checking.go_on(counter.database, signer(counter), auditor, counter.clock.now)
        if head:  # beginning a check added an entry, which mends the end's hash
            _break_end(counter)
        if check.finished_at:
            break
    page = counter.browser(Role.AUDITOR).get("/desk/audit").text
    assert sentence in page
    with counter.database.reading() as session:
        whole = verify(session, signer(counter))
    assert {flaw.code for flaw in check.flaws} == {flaw.code for flaw in whole.flaws}


def _break_end(counter: Counter) -> None:
    with counter.database.writing() as session:
        session.execute(update(AuditHead).values(hash="f" * 64))


def test_heads_are_taken_away_as_the_command_reads_them(counter: Counter, tmp_path: Path) -> None:
    tell(counter, 3)
    with counter.database.writing() as session:
        kept = keep_head(session, signer(counter), counter.clock.today + timedelta(days=1))
    auditor = counter.browser(Role.AUDITOR)
    answer = auditor.get("/desk/audit/heads.csv")
    assert "attachment" in answer.headers["Content-Disposition"]
    file = tmp_path / "heads.csv"
    file.write_bytes(answer.data)
    assert read_heads(file) == [kept]
    assert ("audit.heads", "done:1") in counter.house.deeds()


# --- keeping and deleting --------------------------------------------------------------------------


def test_what_is_over_is_deleted_when_an_administrator_says_so(counter: Counter) -> None:
    old = counter.house.person(Role.COMPANY)
    counter.clock.now += UNUSED_ACCOUNT + timedelta(days=1)
    admin = counter.browser(Role.ADMIN)
    assert "保存期限" in admin.get("/desk/retention").text
    page = admin.post("/desk/retention", data={"then": "expire"}).text
    assert "账号 1" in page
    with counter.database.reading() as session:
        assert session.get_one(User, old.id).name == "已注销"


def test_a_companys_own_words_are_erased_on_request_and_what_is_attested_stays(
    counter: Counter,
) -> None:
    company = counter.company(资质={"高新技术企业": "是"})
    counter.share(company, "研发费用", "20 万元", "科技局")
    admin = counter.browser(Role.ADMIN)
    unsure = admin.post("/desk/retention", data={"then": "company", "code": CODE})
    assert unsure.status_code == 422
    assert "请先勾选" in unsure.text
    missing = admin.post("/desk/retention", data={"then": "company", "code": "1", "sure": "yes"})
    assert missing.status_code == 422
    done = admin.post("/desk/retention", data={"then": "company", "code": CODE, "sure": "yes"})
    assert "已删除自报事实 1 条" in done.text
    with counter.database.reading() as session:
        left = session.scalars(select(FactRow.attribute).filter_by(company_id=company)).all()
    assert left == ["资质"]
    assert NAME not in done.text


def test_a_persons_account_is_erased_and_staffs_is_not(counter: Counter) -> None:
    person = counter.house.person(Role.COMPANY, login="li.hua")
    counter.house.person(Role.DESK, login="wang.desk")
    admin = counter.browser(Role.ADMIN)
    for login, status in (("nobody", 422), ("wang.desk", 422), ("li.hua", 200)):
        sent = {"then": "person", "login": login, "sure": "yes"}
        assert admin.post("/desk/retention", data=sent).status_code == status
    with counter.database.reading() as session:
        assert session.get_one(User, person.id).login.startswith("erased-")

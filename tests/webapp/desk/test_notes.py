"""Notes: drafted from the check, added to and never overwritten, with a day to call back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from tests.webapp.desk.conftest import HIGH_TECH, NAME, OTHER_CODE, OTHER_NAME, Counter
from webapp.limits import MAX_NOTE
from webapp.services.cases.refusals import Refused
from webapp.services.desk import notes
from webapp.services.desk.notes import Draft, offers, write
from webapp.services.people.roles import Role
from webapp.tables.cases import Note


@pytest.fixture
def company(counter: Counter) -> int:
    """A company in Hefei."""
    return counter.company(注册地="合肥市")


def note(counter: Counter, company: int, text: str, **more: object) -> int:
    """Write a note as the desk's member of staff."""
    draft = Draft("phone", text, **more)  # type: ignore[arg-type]
    return write(
        counter.desk, counter.staff, company, draft, counter.clock.now, counter.clock.today
    )


def backs(counter: Counter) -> list[str]:
    """Give the companies that are to be called back."""
    with counter.database.reading() as session:
        return [one.name for one in notes.call_backs(session, counter.clock.today)]


def test_a_note_is_drafted_from_the_check(counter: Counter, company: int) -> None:
    counter.page(f"/desk/companies/{company}/check?measure={HIGH_TECH}&by=window")
    counter.answer(company, "titles.high_tech_enterprise", "held", how="seen")
    page = counter.page(f"/desk/companies/{company}/notes")
    (box,) = page.all("textarea")
    draft = box.text()
    assert "科技型企业贴息贴费" in draft and "高新技术企业 有(已见原件)" in draft
    assert "结论:符合" in draft and "约定:" in draft
    kinds = [one for one in page.all("input") if one.get("name") == "kind"]
    assert [one.get("value") for one in kinds if "checked" in one.attributes] == ["window"]


def test_a_note_is_kept_with_who_and_when(counter: Counter, company: int) -> None:
    sent = {"kind": "visit", "text": "走访,厂长接待", "year": "", "month": "", "day": ""}
    answer = counter.client.post(f"/desk/companies/{company}/notes", data=sent)
    assert answer.status_code == 303
    with counter.database.reading() as session:
        (one,) = notes.listing(session, company)
    assert (one.kind, one.text, one.by) == ("visit", "走访,厂长接待", "王坐席")
    assert ("note.write", "done") in counter.house.deeds()


def test_a_correction_is_added_and_overwrites_nothing(counter: Counter, company: int) -> None:
    first = note(counter, company, "答应周三回复")
    page = counter.page(f"/desk/companies/{company}/notes?corrects={first}")
    (box,) = page.all("textarea")
    assert box.text().strip() == "答应周三回复"
    sent = {"kind": "phone", "text": "答应周四回复", "corrects": str(first)}
    assert counter.client.post(f"/desk/companies/{company}/notes", data=sent).status_code == 303
    with counter.database.reading() as session:
        texts = session.scalars(select(Note.text).order_by(Note.id)).all()
        newest, older = notes.listing(session, company)
    assert texts == ["答应周三回复", "答应周四回复"]
    assert (newest.corrects, older.corrected) == (first, True)
    assert counter.client.post(f"/desk/companies/{company}/notes", data=sent).status_code == 422


def test_another_companys_note_cannot_be_corrected(counter: Counter, company: int) -> None:
    other = counter.company(OTHER_CODE, OTHER_NAME)
    first = note(counter, other, "别家的记录")
    sent = {"kind": "phone", "text": "改一改", "corrects": str(first)}
    response = counter.client.post(f"/desk/companies/{company}/notes", data=sent)
    assert response.status_code in (404, 422)
    with counter.database.reading() as session:
        assert notes.listing(session, company) == []


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"kind": "phone", "text": "  "}, "请写内容"),
        ({"kind": "letter", "text": "信"}, "请选电话"),
        ({"kind": "phone", "text": "长" * (MAX_NOTE + 1)}, f"最多 {MAX_NOTE} 个字"),
        ({"kind": "phone", "text": "坏\x00字"}, "控制字符"),
        ({"kind": "phone", "text": "约", "year": "2026", "month": "2", "day": "30"}, "没有写对"),
        ({"kind": "phone", "text": "约", "year": "2020", "month": "1", "day": "1"}, "不能早于今天"),
    ],
)
def test_a_note_that_is_wrong_is_refused_and_not_lost(
    counter: Counter, company: int, sent: dict[str, str], said: str
) -> None:
    response = counter.client.post(f"/desk/companies/{company}/notes", data=sent)
    assert response.status_code == 422 and said in response.text
    if sent["text"] == "约":
        assert ">约</textarea>" in response.text
    with counter.database.reading() as session:
        assert notes.listing(session, company) == []


def test_a_note_of_the_longest_length_is_kept(counter: Counter, company: int) -> None:
    assert note(counter, company, "长" * MAX_NOTE)


def test_who_may_not_write_notes_writes_none(counter: Counter, company: int) -> None:
    finance = counter.house.person(Role.FINANCE)
    with pytest.raises(Refused, match="not_allowed"):
        write(
            counter.desk,
            finance,
            company,
            Draft("phone", "x"),
            counter.clock.now,
            counter.clock.today,
        )


def test_a_call_back_waits_until_the_company_is_spoken_to(counter: Counter, company: int) -> None:
    tomorrow = counter.clock.today + timedelta(days=1)
    first = note(counter, company, "明天回电", call_back_on=tomorrow)
    assert backs(counter) == []
    counter.clock.today = tomorrow
    assert backs(counter) == [NAME]
    later = tomorrow + timedelta(days=2)
    note(counter, company, "改后天", call_back_on=later, corrects=first)
    assert backs(counter) == []
    counter.clock.today = later + timedelta(days=1)
    assert backs(counter) == [NAME]
    assert "已过 1 天" in counter.page("/desk/call-backs").text()
    note(counter, company, "已回电")
    assert backs(counter) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("研发 300 万", [("研发费用", "300 万元")]),
        ("去年研发花了300万元,员工86人", [("研发费用", "300 万元"), ("从业人员", "86 人")]),
        ("营收 1.2 亿", [("营业收入", "1.2 亿元")]),
        ("研发人员 12 名", [("研发人员", "12 人")]),
        ("发明专利3件", [("发明专利", "3 件")]),
        ("研发 300", []),
        ("3 月 5 日回电 0551-62990000", []),
        ("研发部门在三楼。另有 20 人", []),
    ],
)
def test_figures_of_a_note_are_offered_as_facts(
    counter: Counter, text: str, expected: list[tuple[str, str]]
) -> None:
    found = offers(text, counter.portal.catalogue.vocabulary)
    assert [(one.attribute.label, one.value) for one in found] == expected


def test_an_offered_figure_becomes_a_declared_fact(counter: Counter, company: int) -> None:
    note(counter, company, "研发 300 万")
    page = counter.page(f"/desk/companies/{company}/notes")
    assert "记入研发费用" in page.text()
    (form,) = [form for form in page.all("form") if form.get("action").endswith("/notes/fact")]
    answer = counter.client.post(form.get("action"), data=form.values())
    assert answer.status_code == 303
    (row,) = counter.rows(company, "研发费用")
    assert (row.assurance, row.custodian, row.period, row.value) == (
        "declared",
        "",
        "2025",
        '"300 万元"',
    )


@pytest.mark.parametrize("sent", [{}, {"fact": "rd_expense", "value": "多"}, {"fact": "x"}])
def test_an_unfit_figure_is_kept_nowhere(
    counter: Counter, company: int, sent: dict[str, str]
) -> None:
    answer = counter.client.post(f"/desk/companies/{company}/notes/fact", data=sent)
    assert answer.status_code == 303
    assert counter.rows(company, "研发费用") == []
    assert "记不进指标" in counter.page(f"/desk/companies/{company}/notes").text()


def test_dates_of_notes_are_days_in_china(counter: Counter, company: int) -> None:
    assert counter.clock.today == date(2026, 11, 22)
    note(counter, company, "今天回电", call_back_on=counter.clock.today)
    assert backs(counter) == [NAME]

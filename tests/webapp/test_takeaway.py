"""The sheet to print and the calendar file: what they say is what the engine found."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import icalendar
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from matcher.catalogue import Catalogue
from tests.standards import SPECIALISED, TECH_SME, changed
from tests.webapp.conftest import NOON, TODAY, Clock, Company
from tests.webapp.html import Element
from tests.webapp.test_language import unmarked
from webapp.services import profiles
from webapp.services.calendar import LINE_OCTETS, Event, fold_line, write
from webapp.services.matching import Matchmaker, Results
from webapp.services.sheet import SheetWriter, qr_code, read_sheet
from webapp.shared import Portal


def squeezed(element: Element) -> str:
    return " ".join(element.text().split())


@pytest.fixture
def specialised(app: Flask, client: FlaskClient, clock: Clock) -> Company:
    """A company of Hefei that is 专精特新 until 2027-05-31."""
    facts = changed(SPECIALISED, {"企业名称": "合肥云岭科技有限公司", "认定": None})
    return Company(client, profiles.create(app.extensions["mianshen"].database, facts, clock.now))


def found(company: Company) -> Results:
    matchmaker: Matchmaker = company.client.application.extensions["mianshen"].matchmaker
    return matchmaker.results(company.facts, TODAY, judged=True)


def titles(page: Element, class_: str) -> list[str]:
    return [item.all("a")[0].text() for item in page.all("li", class_)]


# --- the sheet -------------------------------------------------------------------------------------


def test_before_the_first_answer_the_sheet_judges_nothing(company: Company) -> None:
    page = company.page("sheet")

    assert page.all(class_="slip") == []
    assert "先回答几个问题" in page.text()


def test_the_full_sheet_holds_every_finding_of_its_group(specialised: Company) -> None:
    page, results = specialised.page("sheet?full=1"), found(specialised)

    assert titles(page, "slip-met") == [item.measure.title for item in results.met]
    assert titles(page, "slip-open") == [item.measure.title for item in results.all_open]
    assert titles(page, "slip-unmet") == [item.measure.title for item in results.unmet]


def test_the_short_sheet_says_how_many_it_leaves_out(specialised: Company) -> None:
    page, results = specialised.page("sheet"), found(specialised)
    shown = len(page.all("li", "slip")) + len(page.all("li", "slip-row"))
    left = [int("".join(filter(str.isdigit, p.text()))) for p in page.all(class_="slip-rest")]

    assert left
    assert shown + sum(left) == results.total


def test_the_head_names_the_company_the_day_and_the_rules(
    specialised: Company, catalogue: Catalogue
) -> None:
    (head,) = specialised.page("sheet").all(class_="paper-top")

    assert "合肥云岭科技有限公司" in head.text()
    assert f"按 {TODAY} 的规则和数据" in head.text()
    assert f"规则版本 {catalogue.version}" in head.text()
    assert f"施行中的 {found(specialised).total} 项" in squeezed(head)


def test_every_slip_has_its_basis_its_source_and_its_department(specialised: Company) -> None:
    page, results = specialised.page("sheet?full=1"), found(specialised)
    slips = page.all("li", "slip-met") + page.all("li", "slip-open")
    for slip, finding in zip(slips, (*results.met, *results.all_open), strict=True):
        said = squeezed(slip)
        assert f"条款{finding.measure.clause}" in said
        assert finding.measure.id.rpartition("/")[2] in said
        assert " ".join(finding.measure.quote.split()) in said
        assert all(name in said for name in finding.measure.departments)
        assert "依据" in said
        assert "找谁" in said


def test_what_is_to_be_proved_names_who_can_confirm_it_and_the_usual_evidence(
    client: FlaskClient, app: Flask, clock: Clock
) -> None:
    facts = {"注册地": "合肥市", "资质": [{"名称": "高新技术企业", "取得日期": "2024-10-16"}]}
    token = profiles.create(app.extensions["mianshen"].database, facts, clock.now)
    page = Company(client, token).page("sheet")
    (slip,) = [one for one in page.all("li", "slip-met") if "贴息贴费" in one.all("h3")[0].text()]

    assert "高新技术企业(科技局可核验):高新技术企业证书" in slip.text()
    assert "注册地(市场监管局可核验):营业执照" in slip.text()


def test_what_is_one_step_away_says_the_step(client: FlaskClient, app: Flask, clock: Clock) -> None:
    facts = {"注册地": "合肥市", "资质": {"高新技术企业": "没有", "科技型中小企业": "没有"}}
    token = profiles.create(app.extensions["mianshen"].database, facts, clock.now)
    rows = Company(client, token).page("sheet").all("li", "slip-row")
    (row,) = [one for one in rows if "贴息贴费" in one.all("b")[0].text()]

    assert "取得“高新技术企业”" in row.text() or "取得“科技型中小企业”" in row.text()


def test_the_running_foot_is_the_promise_of_every_page(specialised: Company) -> None:
    (foot,) = specialised.page("sheet").all(class_="running-foot")

    assert foot.text() == "本结果是按公开条文的比对,不是审批决定。查询和申报均不收费,无需中介。"


def test_the_code_leads_to_the_measures_until_something_is_shared(specialised: Company) -> None:
    (qr,) = specialised.page("sheet").all(class_="qr")
    assert "http://localhost/measures" in qr.text()
    drawn = specialised.client.get(specialised.url("sheet")).text
    assert qr_code("http://localhost/measures") in drawn

    specialised.client.post(specialised.url("shares"))
    (qr,) = specialised.page("sheet").all(class_="qr")
    address = qr.all(class_="mono")[0].text()
    assert address.startswith("http://localhost/s/")
    assert specialised.client.get(address).status_code == 200
    assert qr_code(address) in specialised.client.get(specialised.url("sheet")).text


def test_the_sheet_does_not_print_the_companys_own_address(specialised: Company) -> None:
    (sheet,) = specialised.page("sheet").all(class_="paper-sheet")

    assert specialised.token not in sheet.text()
    assert all(specialised.token not in link.get("href") for link in sheet.all("a"))


@pytest.mark.parametrize("version", ["sheet", "sheet?full=1"])
def test_the_sheet_in_english_marks_what_stays_chinese(version: str, specialised: Company) -> None:
    specialised.client.get("/?lang=en")
    page = specialised.page(version)
    (body,) = page.all("body")

    assert page.all("h1")[0].text() == "Result sheet"
    assert unmarked(body) == []


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("facts", [SPECIALISED, TECH_SME])
def test_a_sheet_comes_back_from_json_as_it_went(
    language: str, facts: dict[str, Any], app: Flask
) -> None:
    portal: Portal = app.extensions["mianshen"]
    writer = SheetWriter(portal.catalogue, portal.questionnaire, portal.texts, language)
    sheet = writer.write(portal.matchmaker.results(facts, TODAY, judged=True), facts)

    assert sheet.total
    assert read_sheet(sheet.data()) == sheet


# --- the calendar ----------------------------------------------------------------------------------


def events(company: Company) -> list[icalendar.Event]:
    response = company.client.get(company.url("dates.ics"))
    assert response.status_code == 200
    assert response.content_type == "text/calendar; charset=utf-8"
    return list(icalendar.Calendar.from_ical(response.data).walk("VEVENT"))


def test_a_title_that_ends_is_in_the_calendar(specialised: Company) -> None:
    said = {str(one["SUMMARY"]): one for one in events(specialised)}
    renewal = said["续期:专精特新中小企业"]

    assert renewal["DTSTART"].dt == date(2027, 5, 31)
    assert renewal["DTEND"].dt == date(2027, 6, 1)
    assert "证书有效期至 2027-05-31" in renewal["DESCRIPTION"]
    (alarm,) = renewal.walk("VALARM")
    assert alarm["TRIGGER"].dt == timedelta(days=-30)


def test_a_yearly_report_is_in_the_calendar(specialised: Company) -> None:
    said = {str(one["SUMMARY"]): one for one in events(specialised)}

    assert said["年度填报:专精特新中小企业"]["DTSTART"].dt > TODAY


def test_the_last_day_of_a_measure_that_is_met_is_in_the_calendar(
    specialised: Company, app: Flask, catalogue: Catalogue
) -> None:
    met = found(specialised).met[0].measure
    ending = tuple(
        replace(document, last_day=date(2027, 12, 31)) if document.id == met.document else document
        for document in catalogue.documents
    )
    portal: Portal = app.extensions["mianshen"]
    matchmaker = Matchmaker(replace(catalogue, documents=ending), portal.matchmaker.holdings.folder)
    app.extensions["mianshen"] = replace(portal, matchmaker=matchmaker)
    (last,) = [one for one in events(specialised) if met.title in str(one["SUMMARY"])]

    assert last["DTSTART"].dt == date(2027, 12, 31)
    assert str(last["URL"]) == f"http://localhost/measures/{met.id}"
    assert f"条款{met.clause}" in last["DESCRIPTION"]


def test_an_event_keeps_its_uid_and_another_company_has_others(
    specialised: Company, app: Flask, clock: Clock
) -> None:
    first = {str(one["UID"]): str(one["SUMMARY"]) for one in events(specialised)}
    clock.now += timedelta(days=3)
    clock.today += timedelta(days=3)
    again = {str(one["UID"]): str(one["SUMMARY"]) for one in events(specialised)}
    database = app.extensions["mianshen"].database
    other = profiles.create(database, specialised.facts, clock.now)
    theirs = {str(one["UID"]) for one in events(Company(specialised.client, other))}

    assert first == again
    assert len(theirs) == len(first) >= 2
    assert not theirs & set(first)


def test_the_file_does_not_tell_the_companys_address(specialised: Company) -> None:
    text = specialised.client.get(specialised.url("dates.ics")).text.replace("\r\n ", "")

    assert specialised.token not in text
    assert "云岭" not in text


def test_a_date_that_has_passed_is_not_in_the_calendar(specialised: Company, clock: Clock) -> None:
    clock.today = date(2027, 6, 1)
    response = specialised.client.get(specialised.url("dates.ics"))

    assert "20270531" not in response.text


def test_without_dates_the_company_reads_why(company: Company) -> None:
    company.save("basics", registered_region="合肥市")
    response = company.client.get(company.url("dates.ics"))

    assert response.status_code == 303
    assert "目前没有要记的日子" in company.client.get(response.location).text


printable = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=200)


@given(line=printable)
def test_a_folded_line_is_short_and_unfolds_to_itself(line: str) -> None:
    folded = fold_line(line)

    assert folded.replace("\r\n ", "") == line
    parts = folded.encode().split(b"\r\n")
    assert all(len(part) <= LINE_OCTETS for part in parts)
    for part in parts:
        part.decode()  # no character is torn apart


@given(summary=printable, description=st.lists(printable, min_size=1, max_size=3).map("\n".join))
def test_a_reader_of_calendars_gets_back_what_was_written(summary: str, description: str) -> None:
    event = Event("renew/x", date(2027, 2, 28), summary, description)
    text = write([event], name="历", secret="s", now=NOON, address=lambda id_: f"http://x/{id_}")
    (read,) = icalendar.Calendar.from_ical(text).walk("VEVENT")

    assert str(read["SUMMARY"]) == summary
    assert str(read["DESCRIPTION"]) == description
    assert read["DTEND"].dt == date(2027, 3, 1)

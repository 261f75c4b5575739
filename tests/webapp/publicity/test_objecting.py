"""Public lists as strangers see them, and objecting to them: form, check, receipt, answer."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.webapp.city import (
    CODE,
    NAME,
    OTHER_CODE,
    OTHER_NAME,
    SOLE_CODE,
    SOLE_NAME,
    City,
)
from tests.webapp.html import Element, parse
from tests.webapp.publicity.test_evidence import PDF, PNG
from webapp import limits
from webapp.services.cases.appeals import by_receipt, propose
from webapp.services.people.roles import Role
from webapp.tables.cases import Appeal, Evidence

LIST = "/publicity/G2026-0001"
LAST_DAY = date(2026, 3, 9)


@pytest.fixture
def case(city: City) -> int:
    case = city.confirmed(city.company())
    other = city.confirmed(city.company(OTHER_NAME, OTHER_CODE), OTHER_NAME)
    sole = city.confirmed(city.company(SOLE_NAME, SOLE_CODE), SOLE_NAME)
    city.publicised([case, other, sole])
    return case


@pytest.fixture
def stranger(city: City) -> FlaskClient:
    return city.visitor()


def page(client: FlaskClient, address: str, status: int = 200) -> Element:
    response = client.get(address)
    assert response.status_code == status, (address, response.status)
    return parse(response.text)


def text(element: Element) -> str:
    return " ".join(element.text().split())


def form_of(case: int) -> str:
    return f"/appeals/new?case={case}&kind=objection"


def typed(**more: object) -> dict[str, object]:
    return {
        "disputed": "other",
        "statement": "这家企业去年已经搬走",
        "key": "one-key",
        "then": "check",
        **more,
    }


def send(client: FlaskClient, case: int, **more: object) -> TestResponse:
    return client.post(form_of(case), data=typed(then="send", **more))


def multipart(fields: dict[str, object], files: dict[str, bytes]) -> tuple[bytes, str]:
    """Write a form with files as a browser does, in memory."""
    parts = [
        f'--cut\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    for name, data in files.items():
        head = f'Content-Disposition: form-data; name="files"; filename="{name}"'
        parts.append(f"--cut\r\n{head}\r\n\r\n".encode() + data + b"\r\n")
    return b"".join([*parts, b"--cut--\r\n"]), "multipart/form-data; boundary=cut"


# --- lists -----------------------------------------------------------------------------------------


def test_without_any_list_the_page_says_so(stranger: FlaskClient, city: City) -> None:
    shown = text(page(stranger, "/publicity"))
    assert "目前没有公示。" in shown
    assert page(stranger, "/publicity/G2026-0009", 404)


def test_an_open_list_says_both_days_and_what_is_left(
    stranger: FlaskClient, city: City, case: int
) -> None:
    city.on(date(2026, 3, 5))
    assert "公示期 2026-03-02 至 2026-03-09 · 还剩 2 个工作日" in text(page(stranger, "/publicity"))
    shown = page(stranger, LIST)
    row = text(next(one for one in shown.all("tr") if NAME in one.text()))
    for words in (CODE, "国家高新技术企业认定奖励", "条款C14", "100,000 元", "注册地属于深圳市"):
        assert words in row
    assert f"/appeals/new?case={case}" in [one.get("href") for one in shown.all("a")]
    city.on(LAST_DAY)
    assert "今天是最后一天" in text(page(stranger, LIST))


def test_names_of_sole_traders_are_masked_on_the_page_and_in_the_table(
    stranger: FlaskClient, case: int
) -> None:
    table = stranger.get(f"{LIST}.csv")
    assert table.headers["Content-Disposition"] == 'attachment; filename="publicity-G2026-0001.csv"'
    for shown in (stranger.get(LIST).text, table.data.decode("utf-8-sig")):
        assert NAME in shown
        for personal in (SOLE_NAME, SOLE_CODE, "王小明", "6222", "示例银行"):
            assert personal not in shown
    assert len(table.data.decode("utf-8-sig").splitlines()) == 4


def test_after_the_last_day_the_list_says_what_came_of_it(
    stranger: FlaskClient, city: City, case: int
) -> None:
    assert send(stranger, case).status_code == 303
    city.answered(1, True, "已核实,确已迁出")
    city.on(LAST_DAY + timedelta(days=1))
    shown = page(stranger, LIST)
    assert "公示已结束,收到异议 1 件。 处理结果:成立 1 件,不成立 0 件,处理中 0 件" in text(shown)
    assert NAME not in text(shown)
    assert not [one for one in shown.all("a") if "/appeals/new" in one.get("href")]
    assert "异议 1 件" in text(page(stranger, "/publicity"))


def test_public_pages_are_the_same_for_those_who_are_signed_in(
    city: City, stranger: FlaskClient, case: int
) -> None:
    company = city.office.case(case).company_id
    signed = city.browser(city.owners[company])
    for address in ("/publicity", LIST):
        assert signed.get(address).data == stranger.get(address).data


# --- objecting -------------------------------------------------------------------------------------


def test_who_speaks_is_asked_first(stranger: FlaskClient, case: int) -> None:
    links = [one.get("href") for one in page(stranger, f"/appeals/new?case={case}").all("a")]
    assert form_of(case) in links
    assert any(one.endswith(f"/cases/{case}/appeal") for one in links)
    for address in ("/appeals/new", "/appeals/new?case=x", "/appeals/new?case=999"):
        page(stranger, address, 404)


def test_an_objection_is_checked_then_sent_and_stops_the_case(
    city: City, stranger: FlaskClient, case: int
) -> None:
    conditions = [
        one.get("value")
        for one in page(stranger, form_of(case)).all("input")
        if one.get("name") == "disputed"
    ]
    assert "注册地属于深圳市" in conditions
    given = typed(disputed="注册地属于深圳市", name="李四", reach="13900000000")
    checked = stranger.post(form_of(case), data=given)
    assert checked.status_code == 200
    shown = parse(checked.text)
    assert "注册地属于深圳市" in text(shown)
    assert city.office.case(case).state == "publicised"
    sent = stranger.post(form_of(case), data={**shown.all("form")[-1].values(), "then": "send"})
    assert sent.status_code == 303
    assert city.office.case(case).state == "objected"
    receipt = text(page(stranger, sent.location))
    assert re.search(r"([2-9A-Z]{4}-){5}[2-9A-Z]{4}", receipt)
    assert "最迟 2026-03-16 答复,由未参与原决定的人复核" in receipt
    for personal in ("李四", "13900000000", "搬走", NAME, CODE):
        assert personal not in receipt
    with city.office.work.database.reading() as session:
        (row,) = session.scalars(select(Appeal)).all()
        assert "注册地属于深圳市" in row.disputed
        assert row.made_by is None
        assert "13900000000" in city.office.work.vault.open(row.contact_sealed)


def test_sent_twice_it_is_one_with_one_receipt(
    city: City, stranger: FlaskClient, case: int
) -> None:
    first, again = send(stranger, case), send(stranger, case)
    assert first.location == again.location
    assert send(stranger, case, statement="别的话").status_code == 422
    with city.office.work.database.reading() as session:
        assert len(session.scalars(select(Appeal)).all()) == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"statement": " "}, "statement"),
        ({"statement": "长" * 2001}, "statement"),
        ({"statement": "看不见\u202e的"}, "statement"),
        ({"disputed": "<b>"}, "disputed"),
        ({"reach": "1" * 101}, "reach"),
    ],
)
@pytest.mark.parametrize("then", ["check", "send"])
def test_what_is_wrong_is_said_and_nothing_is_lost(
    city: City, stranger: FlaskClient, case: int, wrong: dict[str, str], field: str, then: str
) -> None:
    answer = stranger.post(form_of(case), data=typed(name="李四", **{**wrong, "then": then}))
    assert answer.status_code == 422
    shown = parse(answer.text)
    assert [one.get("href") for one in shown.all(class_="error-summary")[0].all("a")] == [
        f"#{field}"
    ]
    assert shown.by_id(field) is not None
    kept = shown.by_id("name")
    assert kept is not None and kept.get("value") == "李四"
    assert city.office.case(case).state == "publicised"


def test_a_file_that_is_too_big_keeps_the_text_and_the_other_file(
    city: City, stranger: FlaskClient, case: int
) -> None:
    big = b"%PDF-" + b"0" * (limits.MAX_EVIDENCE_BYTES * 2)
    body, kind = multipart(typed(), {"好的.png": PNG, "太大.pdf": big})
    answer = stranger.post(form_of(case), data=body, content_type=kind)
    assert answer.status_code == 422
    shown = parse(answer.text)
    assert "“太大.pdf”超过 5 MB" in text(shown)
    statement = shown.by_id("statement")
    assert statement is not None and statement.text() == "这家企业去年已经搬走"
    assert "好的.png" in text(shown)
    checked = stranger.post(form_of(case), data=typed(kept=shown.all("form")[-1].values()["kept"]))
    assert checked.status_code == 200
    assert "好的.png" in checked.text
    kept = parse(checked.text).all("form")[-1].values()["kept"]
    assert send(stranger, case, kept=kept).status_code == 303
    with city.office.work.database.reading() as session:
        assert [row.file_name for row in session.scalars(select(Evidence))] == ["好的.png"]


def test_a_body_over_its_limit_is_refused_and_elsewhere_the_general_one_stays(
    stranger: FlaskClient, case: int
) -> None:
    for address, limit, said in (
        (form_of(case), limits.MAX_EVIDENCE_BODY, "64 MB"),
        ("/import", limits.MAX_BODY_BYTES, "2 MB"),
    ):
        answer = stranger.post(
            address,
            data=b"--x--",
            content_type="multipart/form-data; boundary=x",
            environ_overrides={"CONTENT_LENGTH": str(limit + 1)},
        )
        assert answer.status_code == 413, address
        assert said in answer.text


def test_at_most_three_files_and_none_twice(stranger: FlaskClient, case: int) -> None:
    several = [(io.BytesIO(PDF + bytes([n])), f"{n}.pdf") for n in (1, 2, 3, 4)]
    answer = stranger.post(form_of(case), data=typed(files=several))
    assert answer.status_code == 422
    assert "最多 3 个文件" in answer.text
    same = [(io.BytesIO(PDF), "a.pdf"), (io.BytesIO(PDF), "b.pdf")]
    answer = stranger.post(form_of(case), data=typed(files=same))
    assert answer.status_code == 200
    assert len(parse(answer.text).all(class_="file-name")) == 1


def test_a_forged_parcel_names_no_file(city: City, stranger: FlaskClient, case: int) -> None:
    stranger.post(form_of(case), data=typed(files=[(io.BytesIO(PNG), "a.png")]))
    assert send(stranger, case, kept="W10.forged.x").status_code == 303
    with city.office.work.database.reading() as session:
        assert session.scalars(select(Evidence)).all() == []


def test_the_way_to_object_closes_with_the_last_day_in_china(
    city: City, stranger: FlaskClient, case: int
) -> None:
    city.on(LAST_DAY)
    assert page(stranger, form_of(case))
    city.on(LAST_DAY + timedelta(days=1))
    assert "现在不能提异议" in text(page(stranger, form_of(case), 410))
    assert send(stranger, case).status_code == 410
    assert city.office.case(case).state == "publicised"


def test_no_second_objection_once_the_list_is_over(
    city: City, stranger: FlaskClient, case: int
) -> None:
    """A case that is stopped stays stopped, but strangers had their time."""
    assert send(stranger, case).status_code == 303
    city.on(LAST_DAY + timedelta(days=1))
    assert send(stranger, case, key="two").status_code == 410


def test_an_address_that_objects_again_and_again_has_to_wait(
    stranger: FlaskClient, case: int
) -> None:
    most = limits.OBJECTION_WAITS[0][0]
    for n in range(most):
        assert send(stranger, case, key=f"key-{n}").status_code == 303
    answer = send(stranger, case, key="one more")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "这家企业去年已经搬走" in answer.text


# --- receipts --------------------------------------------------------------------------------------


def test_a_receipt_is_found_however_it_is_typed_and_shows_the_answer(
    city: City, stranger: FlaskClient, case: int
) -> None:
    number = send(stranger, case).location.rpartition("/")[2]
    found = stranger.post("/appeals", data={"receipt": number.lower().replace("-", " ")})
    assert found.status_code == 303
    assert "已收到,等复核" in text(page(stranger, found.location))
    city.answered(1, False, "经核实,注册地未变")
    shown = stranger.get(found.location)
    assert "不成立" in shown.text
    assert "经核实,注册地未变" in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    assert shown.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in shown.headers["X-Robots-Tag"]


def test_a_wrong_receipt_is_told_and_guessing_is_slowed(city: City, stranger: FlaskClient) -> None:
    assert stranger.post("/appeals", data={"receipt": "  "}).status_code == 422
    most = limits.RECEIPT_WAITS[0][0]
    for _ in range(most):
        assert stranger.get("/appeals/2222-2222").status_code == 404
    assert stranger.get("/appeals/2222-2222").status_code == 429


def test_a_proposed_answer_is_not_shown_before_it_is_signed(
    city: City, stranger: FlaskClient, case: int
) -> None:
    where = send(stranger, case).location
    office = city.office
    with office.work.database.reading() as session:
        row = by_receipt(session, where.rpartition("/")[2])
        assert row is not None
        plea = row.id
    propose(office.work, office.people[Role.REVIEWER], plea, True, "还没签的话", office.now)
    shown = stranger.get(where).text
    assert "复核中" in shown
    assert "还没签的话" not in shown

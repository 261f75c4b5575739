"""A department's file on the desk: whose it may be, looked at first, taken over, refused rows back."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import time
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests.webapp.desk.conftest import CODE, NAME, OTHER_CODE, OTHER_NAME, Counter
from tests.webapp.html import parse
from webapp.desk.facts import EXTENSION
from webapp.limits import FACT_FILE_KEPT, MAX_FACT_FILE, MAX_FACT_FILES, MAX_MAPPING_BYTES
from webapp.services.people.custodians import bind, known_custodians
from webapp.services.people.roles import Actor, Role
from webapp.services.registry.holding import PROGRESS, State
from webapp.services.registry.receiving import STALE, Receiving
from webapp.tables.audit import AuditEntry
from webapp.tables.registry import FactImport, FactRow

HEAD = "统一社会信用代码,企业名称,高新技术企业,研发费用(万元)\n"
GOOD = f"{HEAD}{CODE},{NAME},是,300\n"


def department(counter: Counter, *custodians: str, **more: Any) -> tuple[Actor, FlaskClient]:
    """Give somebody of the data departments who speaks for some, and their browser."""
    person = counter.house.person(Role.DATA, second=True, **more)
    speak(counter, person, *custodians)
    return person, counter.browser_of(person)


def speak(counter: Counter, person: Actor, *custodians: str) -> None:
    admin = counter.house.person(Role.ADMIN, second=True)
    words = counter.portal.catalogue.vocabulary
    assert person.id is not None
    bind(counter.house.accounts, admin, person.id, custodians, words, counter.clock.now)


def send(
    client: FlaskClient,
    text: str | bytes = GOOD,
    custodian: str = "科技局",
    name: str = "科技局.csv",
    **more: Any,
) -> TestResponse:
    content = text.encode() if isinstance(text, str) else text
    fields = {"custodian": custodian, "as_of": "2026-11-01", **more}
    answer = client.post("/desk/facts", data={**fields, "file": (io.BytesIO(content), name)})
    answer.request.environ["wsgi.input"].close()  # the client lays a large body into a file
    return answer


def looked(client: FlaskClient, response: TestResponse) -> str:
    """Follow to the file's page and wait until nobody works on it."""
    assert response.status_code == 303, response.text
    for _ in range(200):
        page = client.get(response.location).text
        if "刷新进度" not in page:
            return page
        time.sleep(0.05)
    raise AssertionError("still at work")


def take(client: FlaskClient, sent: TestResponse) -> str:
    looked(client, sent)
    return looked(client, client.post(f"{sent.location}/take", data={"then": "take"}))


def tally(page: str) -> tuple[str, str]:
    """Give the usable and the refused rows that a page counts."""
    (found,) = parse(page).all("dl", "tally")
    usable, _, refused = [one.text() for one in found.all("dd")]
    return usable, refused


def facts(counter: Counter) -> int:
    with counter.database.reading() as session:
        return session.scalar(select(func.count()).select_from(FactRow)) or 0


def test_nobody_attests_for_a_department_that_is_not_theirs(counter: Counter) -> None:
    company = counter.company()
    person, client = department(counter)
    assert "还没有登记代表哪个部门" in client.get("/desk/facts").text
    refused = send(client)
    assert refused.status_code == 422
    assert "您的账号不代表“科技局”" in refused.text

    speak(counter, person, "工信局")
    page = client.get("/desk/facts").text
    assert "工信局" in page
    assert 'value="科技局"' not in page
    assert send(client).status_code == 422
    assert send(client, custodian="科技局").status_code == 422
    assert counter.rows(company, "资质") == []


def test_whom_somebody_spoke_for_is_asked_again_when_the_file_is_taken(counter: Counter) -> None:
    company = counter.company()
    person, client = department(counter, "科技局")
    sent = send(client)
    looked(client, sent)
    speak(counter, person)
    answer = client.post(f"{sent.location}/take", data={"then": "take"})
    assert answer.status_code == 422
    assert "您的账号不代表“科技局”" in answer.text
    assert counter.rows(company, "资质") == []


def test_the_administrator_says_who_speaks_for_which_department(counter: Counter) -> None:
    person = counter.house.person(Role.DATA, second=True)
    desk = counter.house.person(Role.DESK, second=True)
    admin = counter.browser(Role.ADMIN)
    address = f"/desk/users/{person.id}/custodians"
    assert admin.post(address, data={"custodians": ["科技局", "税务局"]}).status_code == 303
    page = parse(admin.get(f"/desk/users/{person.id}").text)
    boxes = [one for one in page.all("input") if one.get("name") == "custodians"]
    assert [one.get("value") for one in boxes] == list(
        known_custodians(counter.portal.catalogue.vocabulary)
    )
    assert {one.get("value") for one in boxes if "checked" in one.attributes} == {
        "科技局",
        "税务局",
    }
    assert admin.post(address, data={"custodians": ["没有的局"]}).status_code == 422
    wrong = admin.post(f"/desk/users/{desk.id}/custodians", data={"custodians": ["科技局"]})
    assert wrong.status_code == 422
    assert "先给“数据部门”的角色" in wrong.text
    assert ("account.custodians", "done") in counter.house.deeds()


def test_a_file_is_shown_as_understood_before_anything_changes(counter: Counter) -> None:
    counter.company()
    _, client = department(counter, "科技局")
    before = facts(counter)
    page = looked(client, send(client))
    assert facts(counter) == before
    assert tally(page) == ("1", "0")
    assert "还没有改动任何数据" in page
    (counts,) = parse(page).all("dl", "tally")
    assert [one.text() for one in counts.all("dd")] == ["1", "1", "0"]
    assert "校验位" in page  # warned of, not refused
    assert "不由科技局保管,只作转报、不算已核验:研发费用" in page
    words = re.sub(r"\s+", " ", parse(page).text())
    assert "资质 高新技术企业" in words
    assert "研发费用 2025: 300 万元 只作转报" in words
    assert NAME in words


def test_usable_rows_go_in_and_count_as_the_departments_word(counter: Counter) -> None:
    company = counter.company()
    _, client = department(counter, "科技局", name="李数据")
    page = take(client, send(client))
    assert "取入结果" in page
    kept = {row.attribute: (row.assurance, row.custodian) for row in counter.rows(company, "资质")}
    kept |= {
        row.attribute: (row.assurance, row.custodian) for row in counter.rows(company, "研发费用")
    }
    assert kept == {"资质": ("attested", "科技局"), "研发费用": ("declared", "科技局")}
    history = client.get("/desk/facts").text
    assert "采用 1 行,退回 0 行" in history
    assert "李数据" in history


def test_the_same_file_again_says_so(counter: Counter) -> None:
    counter.company()
    _, client = department(counter, "科技局", "工信局")
    take(client, send(client))
    page = looked(client, send(client, name="另一个名字.csv"))
    assert "这份文件 2026-11-22 已经取过" in page
    assert tally(looked(client, send(client, custodian="工信局"))) == ("1", "0")


def test_half_a_good_file_goes_in_and_the_other_half_comes_back(counter: Counter) -> None:
    counter.company()
    counter.company(OTHER_CODE, OTHER_NAME)
    _, client = department(counter, "科技局")
    text = (
        f"{HEAD}{CODE},{NAME},是,300\n{OTHER_CODE},{OTHER_NAME},也许,20\n"
        f"91340100MA0000000A,没有登记的公司,是,1\n12,=HYPERLINK(1),是,1\n"
    )
    sent = send(client, text)
    page = looked(client, sent)
    assert tally(page) == ("1", "3")
    assert "登记表里没有这家企业" in page
    rows = list(csv.reader(io.StringIO(client.get(f"{sent.location}/rejected.csv").text[1:])))
    assert rows[0] == ["行号", "列", "原值", "原因", "怎么改", *HEAD.strip().split(",")]
    assert [row[0] for row in rows[1:]] == ["2", "3", "4"]
    assert rows[1][5:] == [OTHER_CODE, OTHER_NAME, "也许", "20"]
    assert rows[3][6] == "'=HYPERLINK(1)"
    assert all(row[4] for row in rows[1:])

    assert "取入可用的 1 行" in page
    done = looked(client, client.post(f"{sent.location}/take", data={"then": "take"}))
    assert tally(done) == ("1", "3")
    with counter.database.reading() as session:
        row = session.scalars(select(FactImport)).one()
        assert (row.accepted, row.rejected, row.finished_at is not None) == (1, 3, True)


def test_refused_rows_that_were_corrected_can_be_sent_alone(counter: Counter) -> None:
    counter.company()
    company = counter.company(OTHER_CODE, OTHER_NAME)
    _, client = department(counter, "科技局")
    sent = send(client, f"{GOOD}{OTHER_CODE},{OTHER_NAME},也许,20\n")
    take(client, sent)
    repaired = client.get(f"{sent.location}/rejected.csv").data.replace(
        ",也许,20".encode(), ",是,20".encode()
    )
    page = looked(client, send(client, repaired, name="改好的.csv"))
    assert tally(page) == ("1", "0")
    assert "不导入的列:行号、列、原值、原因、怎么改" in page.replace("<span lang", "")
    take(client, send(client, repaired + b"\n", name="改好的.csv"))
    assert counter.values(company, "资质") == {"高新技术企业": "是"}


def test_a_file_that_cannot_be_read_says_why_under_its_own_name(counter: Counter) -> None:
    _, client = department(counter, "科技局")
    page = looked(client, send(client, "名称,地址\n甲,乙\n", name="没有代码.csv"))
    assert "这份文件不能取入" in page
    assert "没有代码.csv" in page
    assert str(counter.app.config["DATA"]) not in page


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"as_of": "昨天"}, "“昨天”不是日期"),
        ({"as_of": "2026-11-23"}, "2026-11-23"),
        ({"valid_to": "2026-01-01"}, "有效期至早于数据日期"),
        ({"custodian": ""}, "请选择数据是哪个部门的"),
        ({"name": "表.xls"}, "这种文件读不了"),
        ({"text": b"PAR1....", "name": "表.csv"}, "这种文件读不了"),
        ({"text": ""}, "文件"),
    ],
)
def test_what_cannot_be_taken_is_refused_at_its_field(
    counter: Counter, change: dict[str, Any], said: str
) -> None:
    _, client = department(counter, "科技局")
    answer = send(client, **change)
    assert answer.status_code == 422
    assert said in answer.text
    (fault,) = parse(answer.text).all("p", "fault")
    assert "aria-invalid" in answer.text
    assert fault.text()
    folder = counter.app.extensions[EXTENSION].holding.folder
    assert not folder.exists() or not list(folder.iterdir())


def test_only_its_sender_finds_a_file_again(counter: Counter) -> None:
    counter.company()
    _, client = department(counter, "科技局")
    sent = send(client)
    looked(client, sent)
    _, other = department(counter, "科技局")
    assert other.get(sent.location).status_code == 404
    assert other.post(f"{sent.location}/take", data={"then": "take"}).status_code == 404
    assert client.get("/desk/facts/..%2f..%2fetc").status_code == 404
    assert client.get(f"/desk/facts/{'a' * 32}").status_code == 404


def test_a_file_may_be_as_large_as_the_page_says_and_no_larger(counter: Counter) -> None:
    counter.company()
    _, client = department(counter, "科技局")
    line = f"{CODE},{NAME},是,300\n".encode()
    whole = HEAD.encode() + line
    padded = whole[:-1] + b" " * (MAX_FACT_FILE - len(whole)) + b"\n"
    assert len(padded) == MAX_FACT_FILE
    assert send(client, padded, name="大.yaml").status_code == 303
    answer = send(client, padded + b"\n", name="大.yaml")
    assert answer.status_code == 422
    assert "文件超过 20 MiB" in answer.text


def test_a_mapping_may_be_as_large_as_its_limit_and_no_larger(counter: Counter) -> None:
    counter.company()
    _, client = department(counter, "科技局")
    columns = {"统一社会信用代码": "统一社会信用代码", "高新技术企业": "资质, 项: 高新技术企业"}
    lines = [f"  - {{列: {name}, 指标: {fact}}}" for name, fact in columns.items()]
    text = ("列:\n" + "\n".join(lines) + "\n").encode()
    padded = text + b"#" * (MAX_MAPPING_BYTES - len(text))
    page = looked(client, send(client, mapping=(io.BytesIO(padded), "m.yaml")))
    assert tally(page) == ("1", "0")
    assert "研发费用" in page.partition("不导入的列")[2]
    refused = send(client, mapping=(io.BytesIO(padded + b"#"), "m.yaml"))
    assert refused.status_code == 422
    assert "映射文件超过 256 KiB" in refused.text


def test_only_so_many_files_of_one_person_wait(counter: Counter) -> None:
    _, client = department(counter, "科技局")
    for number in range(MAX_FACT_FILES):
        assert send(client, f"坏表 {number}").status_code == 303
    refused = send(client, "坏表")
    assert refused.status_code == 422
    assert f"已有 {MAX_FACT_FILES} 份" in refused.text
    (first, *_) = [
        one.get("href")
        for one in parse(client.get("/desk/facts").text).all("a")
        if one.get("href").startswith("/desk/facts/")
    ]
    assert client.post(f"{first}/take", data={"then": "drop"}).status_code == 303
    assert client.get(first).status_code == 404
    assert send(client, "坏表").status_code == 303


def test_files_go_after_their_days(counter: Counter) -> None:
    counter.company()
    _, client = department(counter, "科技局")
    old = send(client)
    looked(client, old)
    counter.clock.now += FACT_FILE_KEPT + timedelta(minutes=1)
    _, later = department(counter, "科技局")
    looked(later, send(later, GOOD + "\n"))
    holding = counter.app.extensions[EXTENSION].holding
    assert old.location.rsplit("/", 1)[1] not in {one.name for one in holding.folder.iterdir()}


def test_a_stranger_may_not_send_a_large_body(counter: Counter) -> None:
    big = b"x" * (3 * 2**20)
    assert send(counter.app.test_client(), big).status_code == 413
    assert send(counter.client, big).status_code == 413  # a desk, no data department


def test_a_file_that_was_left_half_way_is_taken_up_again(counter: Counter) -> None:
    company = counter.company()
    person, client = department(counter, "科技局")
    sent = send(client)
    looked(client, sent)
    work: Receiving = counter.app.extensions[EXTENSION]
    assert person.id is not None
    held = work.holding.find(sent.location.rsplit("/", 1)[1], person.id)
    assert held is not None
    work.holding.change(held, state=State.TAKING)
    assert "刷新进度" in client.get(sent.location).text
    refused = client.post(f"{sent.location}/take", data={"then": "take"})
    assert "这份文件正在处理" in refused.text

    progress = work.holding.beside(held, PROGRESS)
    past = time.time() - STALE - 1
    os.utime(progress, (past, past))
    page = client.get(sent.location).text
    assert "中途停下" in page
    done = looked(client, client.post(f"{sent.location}/take", data={"then": "take"}))
    assert "取入结果" in done
    assert counter.values(company, "资质") == {"高新技术企业": "是"}


def test_looking_and_taking_are_told_the_audit_without_any_value(counter: Counter) -> None:
    counter.company()
    _, client = department(counter, "科技局")
    take(client, send(client))
    with counter.database.reading() as session:
        rows = session.scalars(select(AuditEntry)).all()
        actions = {row.action for row in rows}
        told = json.dumps([[row.action, row.object_id, row.result] for row in rows])
    assert {"facts.look", "facts.preview", "facts.import"} <= actions
    assert CODE not in told
    assert NAME not in told

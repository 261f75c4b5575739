"""The wizard of whole registries: a file in, its columns confirmed, its rows looked at, matched, handed out."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.webapp.desk.conftest import CODE, NAME, OTHER_CODE, OTHER_NAME, Counter
from tests.webapp.desk.test_data_facts import department
from tests.webapp.html import Element, parse
from webapp.desk import batch_progress, batches
from webapp.jobs import runner_of
from webapp.limits import BATCH_KEPT, MAX_BATCH_BYTES, MAX_BATCHES
from webapp.services.batches import keeping, uploads
from webapp.services.batches.columns import TEMPLATE
from webapp.services.batches.store import FOLDER, State
from webapp.services.jobs import queue
from webapp.services.people.roles import Role
from webapp.tables.audit import AuditEntry
from webapp.tables.batches import BatchRun
from webapp.tables.jobs import Job

HEAD = "统一社会信用代码,企业名称,省,市,区县,高新技术企业,2025年研发费用(万元),备注"
ROWS = (
    f"{CODE},{NAME},安徽省,合肥市,蜀山区,是,300,",
    f"{OTHER_CODE},{OTHER_NAME},安徽省,合肥市,包河区,,,老客户",
)
FEW = {"which": "some", "document": "hefei-2025"}
"""What is asked where it does not matter what is asked: all measures take seconds to plan."""
BAD = "9134,没有代码公司,安徽省,合肥市,包河区,是,1,"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs are done when a test says so; no page waits for them."""
    monkeypatch.setattr(batches, "PATIENCE", 0)


def table(*rows: str, head: str = HEAD) -> bytes:
    """Write a registry as CSV."""
    return "\n".join((head, *rows)).encode()


def work(counter: Counter) -> None:
    """Do the jobs that are due."""
    runner = runner_of(counter.portal)
    for _ in range(5):
        with counter.database.reading() as session:
            found = queue.due(session, counter.clock.now)
        for job in found:
            runner.work(job)


def send(
    client: FlaskClient, content: bytes, name: str = "企业名录.csv", **more: str
) -> TestResponse:
    """Send a registry."""
    fields = {"source": "upload", "as_of": "2026-11-20", **more}
    return client.post("/desk/batches/new", data={**fields, "file": (io.BytesIO(content), name)})


def sent(counter: Counter, client: FlaskClient, content: bytes, **more: str) -> str:
    """Send a registry and look at it; gives its address."""
    answer = send(client, content, **more)
    assert answer.status_code == 303, answer.text
    work(counter)
    return str(answer.location)


def form(client: FlaskClient, address: str) -> dict[str, str]:
    """Give what the form of the columns would send as it stands."""
    page = page_of(client, f"{address}/columns")
    (found,) = [one for one in page.all("form") if (one.get("action") or "").endswith("/columns")]
    return found.values()


def page_of(client: FlaskClient, address: str) -> Element:
    """Open a page."""
    answer = client.get(address, follow_redirects=True)
    assert answer.status_code == 200, (address, answer.status, answer.text[:400])
    return parse(answer.text)


def checked(counter: Counter, client: FlaskClient, content: bytes, **changes: str) -> str:
    """Bring a registry to where its rows were looked at."""
    address = sent(counter, client, content)
    answer = client.post(f"{address}/columns", data={**form(client, address), **changes})
    assert answer.status_code == 303, answer.text
    work(counter)
    return address


def done(counter: Counter, client: FlaskClient, content: bytes, **more: Any) -> str:
    """Bring a registry to its results."""
    address = checked(counter, client, content)
    answer = client.post(f"{address}/run", data={**FEW, **more})
    assert answer.status_code == 303, answer.text
    work(counter)
    return address


def run_of(counter: Counter, address: str) -> BatchRun:
    """Read the row of a registry."""
    with counter.database.reading() as session:
        token = address.rsplit("/", 1)[1]
        found = session.scalars(select(BatchRun).where(BatchRun.token == token)).one()
        session.expunge(found)
        return found


def rows_of(answer: TestResponse) -> list[dict[str, str]]:
    """Read a CSV that was handed out."""
    assert answer.headers["Content-Disposition"].startswith("attachment")
    return list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))


@pytest.fixture
def client(counter: Counter) -> FlaskClient:
    """The browser of somebody of the data departments who speaks for 科技局."""
    return department(counter, "科技局")[1]


# --- from the file to the findings -------------------------------------------------------------------


def test_a_file_goes_all_the_way(counter: Counter, client: FlaskClient) -> None:
    address = sent(counter, client, table(*ROWS, BAD))
    page = page_of(client, address)
    assert "CSV" in page.text() and "3 行" in page.text() and "8 列" in page.text()
    filled = form(client, address)
    assert filled["meaning-5"] == "高新技术企业"
    assert (filled["meaning-6"], filled["unit-6"]) == ("2025年研发费用", "万元")
    assert filled["meaning-7"] == ""

    client.post(f"{address}/columns", data=filled)
    work(counter)
    page = page_of(client, address)
    assert "输入 3 行 = 可用 2 + 退回 1" in page.text()
    assert "未经部门核验" in page.text() and "300万元" in page.text().replace(" ", "")

    client.post(f"{address}/run", data={"which": "all", "name": "十一月名录"})
    work(counter)
    page = page_of(client, address)
    assert "十一月名录" in page.text() and "科技型企业贴息贴费" in page.text()
    matched = rows_of(client.get(f"{address}/files/matched.csv"))
    mine = {row["措施编号"]: row for row in matched if row["统一社会信用代码"] == CODE}
    assert mine["hefei-2025/1.4"]["结论"] == "MET"
    assert mine["hefei-2025/1.4"]["企业名称"] == NAME
    other = {row["措施编号"] for row in matched if row["统一社会信用代码"] == OTHER_CODE}
    assert "hefei-2025/1.4" not in other
    waiting = rows_of(client.get(f"{address}/files/open.csv"))
    assert (OTHER_CODE, "hefei-2025/1.4") in {
        (row["统一社会信用代码"], row["措施编号"]) for row in waiting
    }
    findings = client.get(f"{address}/files/findings.parquet").get_data()
    assert pl.read_parquet(io.BytesIO(findings)).height == len(matched) + len(waiting)


def test_bad_rows_come_back_exactly(counter: Counter, client: FlaskClient) -> None:
    good = [f"91340100MA2{n:06d}0,企业{n},安徽省,合肥市,包河区,是,1," for n in range(997)]
    bad = [
        "1234,甲,安徽省,合肥市,包河区,是,1,",
        ",乙,安徽省,合肥市,包河区,是,1,",
        f"{CODE},丙,安徽省,合肥市,包河区,是,很多,",
    ]
    address = checked(counter, client, table(*good[:500], *bad, *good[500:]))
    assert "输入 1,000 行 = 可用 997 + 退回 3" in page_of(client, address).text()
    back = rows_of(client.get(f"{address}/files/rejected.csv"))
    assert [row["企业名称"] for row in back] == ["甲", "乙", "丙"]
    assert [row["行号"] for row in back] == ["501", "502", "503"]
    assert all(row["原因"] and row["怎样改"] for row in back)


def test_only_the_own_department_attests(counter: Counter, client: FlaskClient) -> None:
    address = sent(counter, client, table(*ROWS))
    filled = {**form(client, address), "custodian": "科技局", "noted_on": "2026-11-01"}
    client.post(f"{address}/columns", data=filled)
    work(counter)
    mapping = client.get(f"{address}/files/mapping.yaml").get_data(as_text=True)
    assert mapping.count('"来源": "科技局"') == 1  # the title, not the expense that 税务局 keeps
    assert "未经部门核验" in page_of(client, address).text()


def test_another_department_cannot_be_named(counter: Counter, client: FlaskClient) -> None:
    address = sent(counter, client, table(*ROWS))
    filled = {**form(client, address), "custodian": "税务局", "noted_on": "2026-11-01"}
    answer = client.post(f"{address}/columns", data=filled)
    assert answer.status_code == 422
    assert "税务局" in parse(answer.text).text()
    without = {**form(client, address), "custodian": "科技局", "noted_on": ""}
    assert "哪一天" in parse(client.post(f"{address}/columns", data=without).text).text()


def test_what_the_columns_were_said_to_mean_is_kept_for_the_next_file(
    counter: Counter, client: FlaskClient
) -> None:
    checked(counter, client, table(*ROWS), **{"meaning-7": "", "meaning-5": ""})
    again = sent(counter, client, table(*ROWS))
    assert form(client, again)["meaning-5"] == ""


def test_compared_with_an_earlier_run(counter: Counter, client: FlaskClient) -> None:
    before = done(counter, client, table(ROWS[1]))
    after = done(counter, client, table(*ROWS), previous=before.rsplit("/", 1)[1], name="后一次")
    assert "新符合" in page_of(client, after).text()
    changes = rows_of(client.get(f"{after}/files/changes.csv"))
    assert {row["统一社会信用代码"] for row in changes if row["变化"] == "newly_met"} == {CODE}
    assert client.get(f"{before}/files/changes.csv").status_code == 404


def test_only_some_documents(counter: Counter, client: FlaskClient) -> None:
    address = done(counter, client, table(*ROWS), which="some", document="bozhou-2025-38")
    report = json.loads(run_of(counter, address).report)
    assert {one.partition("/")[0] for one in report["measures"]} == {"bozhou-2025-38"}
    other = checked(counter, client, table(*ROWS))
    assert client.post(f"{other}/run", data={"which": "some"}).status_code == 422


def test_the_companies_of_this_installation(counter: Counter, client: FlaskClient) -> None:
    counter.company(
        统一社会信用代码=CODE, 注册地="合肥市", 资质={"高新技术企业": {"取得日期": "2025-01-01"}}
    )
    answer = client.post("/desk/batches/new", data={"source": "registry", "as_of": "2026-11-22"})
    work(counter)
    address = answer.location
    assert run_of(counter, address).state == State.CHECKED
    client.post(f"{address}/run", data={**FEW, "name": "本平台"})
    work(counter)
    matched = rows_of(client.get(f"{address}/files/matched.csv"))
    assert {row["兑现方式"] for row in matched if row["措施编号"] == "hefei-2025/1.4"}


def test_the_template_is_understood_as_it_stands(counter: Counter, client: FlaskClient) -> None:
    answer = client.get("/desk/batches/template.csv")
    head = answer.get_data().decode("utf-8-sig").strip()
    cells = [CODE, NAME, "合肥市", "2018-05-01", "C2740", "3000", "120", "300", "20"]
    row = ",".join([*cells, "", "2027-10-15", "", "", "", "否", "否"])
    address = sent(counter, client, table(row, head=head))
    filled = form(client, address)
    assert all(filled[f"meaning-{place}"] for place in range(len(TEMPLATE)))
    assert client.post(f"{address}/columns", data=filled).status_code == 303
    work(counter)
    assert "可用 1 + 退回 0" in page_of(client, address).text()


# --- what cannot be read, what has to be changed -------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "a.csv", "文件"),
        (b"x", "a.exe", ".parquet"),
        (b"", "", "文件"),
    ],
    ids=["empty", "another kind", "none"],
)
def test_no_registry(client: FlaskClient, content: bytes, name: str, said: str) -> None:
    answer = send(client, content, name)
    assert answer.status_code == 422
    assert said in parse(answer.text).text()


def test_a_file_that_cannot_be_read_says_why(counter: Counter, client: FlaskClient) -> None:
    address = sent(counter, client, table(*ROWS) + b"\n\xff\xfe\x00")
    assert run_of(counter, address).state == State.FAILED
    page = page_of(client, address)
    assert "企业名录.csv" in page.text() and "input" not in page.text()


def test_another_sheet(counter: Counter, client: FlaskClient) -> None:
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for name in ("说明", "名录"):
            made = book.add_worksheet(name)
            for number, line in enumerate((HEAD, *ROWS)):
                made.write_row(number, 0, line.split(","))
    answer = send(client, out.getvalue(), "名录.xlsx")
    work(counter)
    address = answer.location
    assert "名录" in page_of(client, address).text()
    assert run_of(counter, address).state == State.FAILED
    client.post(f"{address}/sheet", data={"sheet": "名录"})
    work(counter)
    assert run_of(counter, address).state == State.NEW


def test_a_file_that_is_too_large(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_BATCH_BYTES", 200)
    assert send(client, table(*ROWS)[:200]).status_code == 303
    answer = send(client, table(*ROWS)[:201])
    assert answer.status_code == 422
    assert list(Path(client.application.config["DATA"]).glob("batches/*/input.csv")) != []


def test_a_body_that_is_too_large_is_not_read(client: FlaskClient) -> None:
    answer = client.post(
        "/desk/batches/new",
        data=b"",
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(MAX_BATCH_BYTES + 3 * 2**20)},
    )
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"meaning-5": "高兴技术企业"}, "高新技术企业"),
        ({"meaning-6": "研发费用", "unit-6": ""}, "单位"),
        ({"meaning-0": ""}, "统一社会信用代码"),
        ({"meaning-7": "高新技术企业"}, "只留一列"),
        ({"as_of": "昨天"}, "日期"),
        ({"noted_on": "2027-01-01"}, "2027"),
    ],
)
def test_what_has_to_be_changed_is_said_at_its_column(
    counter: Counter, client: FlaskClient, changes: dict[str, str], said: str
) -> None:
    address = sent(counter, client, table(*ROWS))
    answer = client.post(f"{address}/columns", data={**form(client, address), **changes})
    assert answer.status_code == 422
    page = parse(answer.text)
    (summary,) = [one for one in page.all("div") if one.get("role") == "alert"]
    assert said in summary.text()
    for name, value in changes.items():
        if name.startswith("meaning"):
            assert f'name="{name}" value="{value}"' in answer.text
    assert run_of(counter, address).state == State.NEW


def test_a_unit_that_is_likely_to_be_wrong_is_doubted(
    counter: Counter, client: FlaskClient
) -> None:
    head = "统一社会信用代码,2025年营业收入(元)"
    rows = [f"91340100MA2{n:06d}0,{n + 300}" for n in range(20)]
    address = checked(counter, client, table(*rows, head=head))
    assert "单位是不是选错了" in page_of(client, address).text()


def test_three_hundred_columns(counter: Counter, client: FlaskClient) -> None:
    names = [f"列{n}" for n in range(299)]
    content = table(
        f"{CODE}," + ",".join("x" for _ in names), head="统一社会信用代码," + ",".join(names)
    )
    address = checked(counter, client, content)
    assert run_of(counter, address).state == State.CHECKED


# --- jobs: cancelled, killed, asked for twice ------------------------------------------------------------


def test_a_cancelled_step_leaves_the_step_before_it(counter: Counter, client: FlaskClient) -> None:
    address = checked(counter, client, table(*ROWS))
    client.post(f"{address}/run", data=FEW)
    page = page_of(client, address)
    assert "正在排队" in page.text()
    client.post(f"{address}/cancel")
    page = page_of(client, address)
    assert "已取消" in page.text()
    assert run_of(counter, address).state == State.CHECKED
    assert client.get(f"{address}/files/matched.csv").status_code == 404
    client.post(f"{address}/run", data=FEW)
    work(counter)
    assert run_of(counter, address).state == State.DONE


def test_cancelled_while_it_runs(
    counter: Counter, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from webapp.services.batches import workshop

    address = checked(counter, client, table(*ROWS))
    client.post(f"{address}/run", data=FEW)

    def interrupted(*parts: Any, **_: Any) -> None:
        client.post(f"{address}/cancel")
        parts[-1].start("比对", 2)

    monkeypatch.setattr(workshop, "run_batch", interrupted)
    work(counter)
    assert run_of(counter, address).state == State.RUNNING
    assert "已取消" in page_of(client, address).text()
    monkeypatch.undo()
    monkeypatch.setattr(batches, "PATIENCE", 0)
    client.post(f"{address}/run", data=FEW)
    work(counter)
    assert run_of(counter, address).state == State.DONE


def test_killed_after_the_results_were_written(
    counter: Counter, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from webapp.services.batches import workshop

    address = checked(counter, client, table(*ROWS))
    client.post(f"{address}/run", data=FEW)
    with monkeypatch.context() as patch:
        patch.setattr(workshop, "counted", _dies)
        work(counter)
    counter.clock.now += timedelta(seconds=queue.WAITS[0])
    work(counter)
    assert run_of(counter, address).state == State.DONE
    assert rows_of(client.get(f"{address}/files/matched.csv"))


def _dies(*_: Any) -> None:
    raise OSError("killed")


def test_asked_for_twice(counter: Counter, client: FlaskClient) -> None:
    address = checked(counter, client, table(*ROWS))
    first = client.post(f"{address}/run", data=FEW)
    second = client.post(f"{address}/run", data=FEW)
    assert (first.status_code, second.status_code) == (303, 422)
    work(counter)
    with counter.database.reading() as session:
        ran = session.scalars(select(Job).where(Job.kind == "batch.run")).all()
    assert len(ran) == 1


def test_how_far_it_is(counter: Counter, client: FlaskClient) -> None:
    address = checked(counter, client, table(*ROWS))
    assert client.get(f"{address}/progress.json").get_json() == {"ended": True}
    client.post(f"{address}/run", data=FEW)
    far = client.get(f"{address}/progress.json").get_json()
    assert far == {"ended": False, "step": "", "reached": 0, "total": 0}
    work(counter)
    events = client.get(f"{address}/events")
    assert events.mimetype == "text/event-stream"
    assert '"ended": true' in events.text


def test_events_come_until_the_end(
    counter: Counter, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_progress, "EVERY", 0)
    address = checked(counter, client, table(*ROWS))
    client.post(f"{address}/run", data=FEW)
    events = iter(client.get(f"{address}/events").response)
    told = [next(events), next(events)]
    work(counter)
    told += list(events)
    text = b"".join(one if isinstance(one, bytes) else one.encode() for one in told).decode()
    assert '"ended": false' in text and text.rstrip().endswith('data: {"ended": true}')


def test_no_more_listeners_than_there_is_room_for(counter: Counter, client: FlaskClient) -> None:
    address = checked(counter, client, table(*ROWS))
    client.post(f"{address}/run", data=FEW)
    held = [batch_progress._OPEN.acquire(blocking=False) for _ in range(2)]
    assert client.get(f"{address}/events").status_code == 503
    for _ in held:
        batch_progress._OPEN.release()


# --- whose it is, and for how long -----------------------------------------------------------------------


def test_others_do_not_see_it(counter: Counter, client: FlaskClient) -> None:
    address = checked(counter, client, table(*ROWS))
    _, stranger = department(counter, "税务局")
    for page in ("", "/columns", "/progress.json", "/events", "/files/rejected.csv"):
        assert stranger.get(f"{address}{page}").status_code == 404, page
    for step in ("run", "cancel", "drop", "sheet"):
        assert stranger.post(f"{address}/{step}").status_code == 404, step
    assert counter.browser(Role.DESK).get("/desk/batches").status_code == 403


def test_own_companies_are_seen_by_colleagues_and_moved_by_nobody_else(
    counter: Counter, client: FlaskClient
) -> None:
    counter.company(注册地="合肥市")
    answer = client.post("/desk/batches/new", data={"source": "registry", "as_of": "2026-11-22"})
    work(counter)
    _, colleague = department(counter, "税务局")
    assert colleague.get(answer.location).status_code == 200
    assert colleague.post(f"{answer.location}/run", data=FEW).status_code == 404
    assert colleague.post(f"{answer.location}/drop").status_code == 404


def test_dropped_with_all_that_came_of_it(counter: Counter, client: FlaskClient) -> None:
    address = done(counter, client, table(*ROWS))
    folder = counter.portal.data / FOLDER / address.rsplit("/", 1)[1]
    assert folder.is_dir()
    later = checked(counter, client, table(*ROWS))
    client.post(f"{later}/run", data={**FEW, "previous": address.rsplit("/", 1)[1]})
    client.post(f"{address}/drop")
    assert client.get(address).status_code == 404
    assert not folder.exists()
    work(counter)
    assert run_of(counter, later).state == State.DONE


def test_what_is_being_worked_on_is_not_dropped(counter: Counter, client: FlaskClient) -> None:
    address = checked(counter, client, table(*ROWS))
    client.post(f"{address}/run", data=FEW)
    client.post(f"{address}/drop")
    assert client.get(address).status_code == 200


def test_nobody_has_more_than_their_share(
    counter: Counter, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MAX_BATCHES", 2)
    assert [send(client, table(*ROWS)).status_code for _ in range(3)] == [303, 303, 422]
    assert MAX_BATCHES > 2


@pytest.mark.parametrize(
    ("bring", "age", "left"),
    [
        (sent, timedelta(days=8), False),
        (checked, timedelta(days=8), True),
        (checked, BATCH_KEPT + timedelta(days=1), False),
    ],
)
def test_it_goes_after_its_time(
    counter: Counter,
    client: FlaskClient,
    bring: Callable[..., str],
    age: timedelta,
    left: bool,
) -> None:
    address = bring(counter, client, table(*ROWS))
    keeping.sweep(counter.database, counter.portal.data, counter.clock.now + age)
    folder = counter.portal.data / FOLDER / address.rsplit("/", 1)[1]
    assert folder.exists() is left
    assert (client.get(address, follow_redirects=True).status_code == 200) is left


def test_every_step_is_told_the_audit(counter: Counter, client: FlaskClient) -> None:
    address = done(counter, client, table(*ROWS))
    client.get(f"{address}/files/matched.csv")
    with counter.database.reading() as session:
        told = set(session.scalars(select(AuditEntry.action)))
    assert {"batch.sent", "batch.check", "batch.run", "batch.file"} <= told


def test_a_name_that_is_no_name_of_a_file(counter: Counter, client: FlaskClient) -> None:
    address = done(counter, client, table(*ROWS))
    for name in ("basis.json", "..%2Finput.csv", "input.csv", "look.json"):
        assert client.get(f"{address}/files/{name}").status_code == 404, name
    assert client.get("/desk/batches/not-a-token").status_code == 404

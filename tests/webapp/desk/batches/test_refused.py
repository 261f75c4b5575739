"""Files that are no registry, and columns that cannot mean what was said."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.webapp.desk.batches.wizard import (
    HEAD,
    ROWS,
    checked,
    form,
    page_of,
    run_of,
    send,
    sent,
    table,
    work,
)
from tests.webapp.desk.conftest import CODE, Counter
from tests.webapp.html import parse
from webapp.limits import MAX_BATCH_BYTES
from webapp.services.batches import uploads
from webapp.services.batches.store import State


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

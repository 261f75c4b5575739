"""A registry goes all the way: its columns confirmed, its rows looked at, matched, handed out."""

from __future__ import annotations

import io
import json

import polars as pl
from flask.testing import FlaskClient

from tests.webapp.desk.batches.wizard import (
    BAD,
    FEW,
    ROWS,
    checked,
    done,
    form,
    page_of,
    rows_of,
    run_of,
    sent,
    table,
    work,
)
from tests.webapp.desk.conftest import CODE, NAME, OTHER_CODE, Counter
from tests.webapp.html import parse
from webapp.services.batches.columns import TEMPLATE
from webapp.services.batches.store import State


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

"""The steps of the wizard as a browser takes them, and what it hands out."""

from __future__ import annotations

import csv
import io
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.webapp.desk.conftest import CODE, NAME, OTHER_CODE, OTHER_NAME, Counter
from tests.webapp.html import Element, parse
from webapp.jobs import runner_of
from webapp.services.jobs import queue
from webapp.tables.batches import BatchRun

HEAD = "统一社会信用代码,企业名称,省,市,区县,高新技术企业,2025年研发费用(万元),备注"
ROWS = (
    f"{CODE},{NAME},安徽省,合肥市,蜀山区,是,300,",
    f"{OTHER_CODE},{OTHER_NAME},安徽省,合肥市,包河区,,,老客户",
)
FEW = {"which": "some", "document": "hefei-2025"}
"""What is asked where it does not matter what is asked: all measures take seconds to plan."""
BAD = "9134,没有代码公司,安徽省,合肥市,包河区,是,1,"


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

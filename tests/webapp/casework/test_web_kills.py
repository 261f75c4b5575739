"""The web process dies while companies confirm, reviewers approve and money is filed; people press again.

CI kills it a few times, the soak run two hundred (``MIANSHEN_SOAK_KILLS``).
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import func, select

from matcher.catalogue import Catalogue
from tests.webapp.casework.conftest import HIGH_TECH
from tests.webapp.casework.kills import Server, form_of
from tests.webapp.casework.test_money import APPROVED_ON
from tests.webapp.casework.test_races import whole
from tests.webapp.city import FEN, City, sample_clock
from webapp.database import Database
from webapp.services.people.roles import Role
from webapp.tables.cases import CaseEvent, CaseRow
from webapp.tables.money import Budget, PaymentFile, PaymentLine

KILLS = int(os.environ.get("MIANSHEN_SOAK_KILLS", "4"))
LEAST = 3
"""Cases that are worked on, however soon the server has died often enough."""


@pytest.fixture
def city(database: Database, sample_catalogue: Catalogue, tmp_path: Path) -> Iterator[City]:
    """A city on either database, with money for everybody."""
    url = database.engine.url.render_as_string(hide_password=False)
    city = City.built(tmp_path, sample_catalogue, sample_clock(), DATABASE_URL=url)
    city.office.budget(HIGH_TECH, 1_000 * FEN)
    yield city
    city.app.extensions["mianshen"].database.close()


def test_whenever_the_server_dies_each_step_is_taken_once(city: City) -> None:
    server = Server(city, random.Random(5), KILLS // 2)  # noqa: S311 (a seed must give the same again)
    server.start()
    cases = []
    for number in count():
        if not server.kills and number >= LEAST:
            break
        cases.append(_confirmed(server, number))
    city.publicised(cases)
    city.on(APPROVED_ON)
    server.start()
    server.kills = KILLS - server.killed
    reviewer = server.visitor(city.office.people[Role.REVIEWER])
    for case in cases:
        page = f"/desk/cases/{case}"
        server.send(reviewer, f"{page}/move", server.form(reviewer, page, action="approve"))
    _file(server, cases)
    server.stop()
    _check(city, cases)
    print(f"killed {server.killed} times, {server.unanswered} forms without an answer")


def _confirmed(server: Server, number: int) -> int:
    """Let a company confirm its case on its own page."""
    city, name = server.city, f"深圳示例{number}号科技有限公司"
    company = city.company(name, f"91440300MA{number:07d}X")
    case = city.notified(company)
    owner = server.visitor(city.owners[company])
    page = f"/my/{company}/cases/{case}/confirm"
    account = {"holder": name, "bank": "示例银行龙岗支行", "number": "6222000011112222"}
    server.send(owner, page, {**server.form(owner, page, "holder"), **account, "promise": "yes"})
    return case


def _file(server: Server, cases: list[int]) -> None:
    """File the money of all cases at once, as the confirmation page does."""
    finance = server.visitor(server.city.office.people[Role.FINANCE])
    token = server.form(finance, "/desk/payments", "csrf_token")["csrf_token"]
    office = server.city.office
    picked = [f"{case}:{office.case(case).version}" for case in cases]
    page = finance.post(
        f"{server.address}/desk/payments/build",
        data={"csrf_token": token, "case": picked},
        timeout=60,
    )
    sure = {**form_of(page.text, then="do"), "case": picked}
    server.send(finance, "/desk/payments/build", sure)


def _check(city: City, cases: list[int]) -> None:
    """Every case was confirmed, approved and filed, each once; the books and the trail are whole."""
    whole(city.office)
    with city.office.work.database.reading() as session:
        states = Counter(session.scalars(select(CaseRow.state)))
        assert states == {"filed": len(cases)}
        for action in ("confirm", "approve", "file"):
            events = Counter(
                session.scalars(select(CaseEvent.case_id).where(CaseEvent.action == action))
            )
            assert events == dict.fromkeys(cases, 1), action
        assert session.scalar(select(func.count()).select_from(PaymentFile)) == 1
        assert session.scalar(select(func.count()).select_from(PaymentLine)) == len(cases)
        budget = session.scalars(select(Budget)).one()
        assert (budget.reserved_fen, budget.spent_fen) == (FEN * len(cases), 0)

"""Many at once: one winner, no yuan too many, nothing twice; on both databases, in real processes.

``MIANSHEN_SOAK_RACES`` says how many rounds there are, of more processes than in CI.
"""

from __future__ import annotations

import multiprocessing
import os
from collections import Counter
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.webapp.casework.conftest import HIGH_TECH, KEY, Office
from tests.webapp.casework.test_money import APPROVED_ON, NAMES
from webapp.database import Database
from webapp.services.audit.verify import Signer, verify
from webapp.services.cases.moves import Casework, Wish, move
from webapp.services.cases.picked import Chosen
from webapp.services.cases.publicity import publicise
from webapp.services.cases.refusals import Refused
from webapp.services.people.roles import Actor, Role
from webapp.tables.cases import CaseEvent
from webapp.tables.money import Budget

ROUNDS = int(os.environ.get("MIANSHEN_SOAK_RACES", "1"))
CLIENTS = 8 if ROUNDS == 1 else 64
OTHER_ROUNDS = range(max(1, ROUNDS // 10))
"""Rounds that begin with a desk of their own."""
FEN = 10_000_000
# Forked, so that the rules are read once; connections are made anew in each process.
_PROCESSES = multiprocessing.get_context("fork")


def together(office: Office, wishes: list[tuple[Actor, Wish]]) -> Counter[str]:
    """Let several processes send wishes at once; count what each was told."""
    url = office.work.database.engine.url.render_as_string(hide_password=False)
    office.work.database.engine.dispose()
    start = _PROCESSES.Barrier(CLIENTS)
    told: Any = _PROCESSES.Queue()
    shares = [wishes[n::CLIENTS] for n in range(CLIENTS)]
    clients = [
        _PROCESSES.Process(target=_client, args=(office, url, share, start, told))
        for share in shares
    ]
    for client in clients:
        client.start()
    answers = Counter(told.get(timeout=60) for _ in wishes)
    for client in clients:
        client.join(timeout=60)
        assert client.exitcode == 0
    return answers


def _client(
    office: Office, url: str, share: list[tuple[Actor, Wish]], start: Any, told: Any
) -> None:
    office.work.database.engine.dispose(close=False)
    own = Casework(
        Database(url),
        office.work.prover,
        office.work.sealer,
        office.work.vault,
        office.work.workdays,
        office.work.terms,
    )
    start.wait(timeout=60)
    for actor, wish in share:
        try:
            told.put(move(own, actor, wish, office.now, office.today).state)
        except Refused as refused:
            told.put(refused.code)


def whole(office: Office) -> None:
    """Whatever happened, the books and the trail are whole."""
    with office.work.database.reading() as session:
        assert verify(session, Signer(KEY)).flaws == ()
        for budget in session.scalars(select(Budget)):
            assert budget.reserved_fen + budget.spent_fen <= budget.total_fen
        twice = (
            select(CaseEvent.case_id, CaseEvent.place)
            .group_by(CaseEvent.case_id, CaseEvent.place)
            .having(func.count() > 1)
        )
        assert session.execute(twice).all() == []


def test_of_fifty_confirmations_of_one_case_one_counts(office: Office) -> None:
    office.budget(HIGH_TECH, FEN * ROUNDS)
    for number in range(ROUNDS):
        company = office.company(f"91440300MA{number:07d}X", NAMES[0])
        case = office.open(company)
        for action in ("compare", "vet", "freeze", "notify"):
            office.do(case, action, Role.HANDLER)
        owner, seen = office.owner(company), office.case(case).version
        account = {"holder": NAMES[0], "bank": "示例银行", "number": "6222000011112222"}
        wishes = [
            (owner, Wish(case, "confirm", seen, f"c{number}-{n}", details=account))
            for n in range(50)
        ]
        assert together(office, wishes) == {"confirmed": 1, "stale": 49}
    whole(office)


def test_the_same_confirmation_sent_fifty_times_gets_one_answer(office: Office) -> None:
    office.budget(HIGH_TECH, FEN)
    company = office.company("91440300MA0000001X", NAMES[0])
    case = office.open(company)
    for action in ("compare", "vet", "freeze", "notify"):
        office.do(case, action, Role.HANDLER)
    wish = Wish(case, "decline", office.case(case).version, "one-and-the-same")
    assert together(office, [(office.owner(company), wish)] * 50) == {"declined": 50}
    assert office.case(case).version == wish.seen + 1
    whole(office)


@pytest.mark.parametrize("_", OTHER_ROUNDS)
def test_of_two_approvers_at_once_one_approves(office: Office, _: int) -> None:
    case = _public(office)
    office.today = APPROVED_ON
    reviewer = office.people[Role.REVIEWER]
    other = Actor(office.people[Role.AUDITOR].id, "other", frozenset({Role.REVIEWER}))
    seen = office.case(case).version
    wishes = [
        (actor, Wish(case, "approve", seen, f"a{n}"))
        for n, actor in enumerate([reviewer, other] * (CLIENTS // 2))
    ]
    assert together(office, wishes) == {"approved": 1, "stale": CLIENTS - 1}
    whole(office)


def _public(office: Office) -> int:
    office.budget(HIGH_TECH, FEN)
    company = office.company("91440300MA0000001X", NAMES[0])
    case = office.open(company)
    for action in ("compare", "vet", "freeze", "notify"):
        office.do(case, action, Role.HANDLER)
    account = {"holder": NAMES[0], "bank": "示例银行", "number": "6222000011112222"}
    office.do(case, "confirm", office.owner(company), **account)
    chosen = [Chosen(case, office.case(case).version)]
    handler = office.people[Role.HANDLER]
    publicise(office.work, handler, "示例公示", chosen, "list", office.now, office.today)
    return case


@pytest.mark.parametrize("_", OTHER_ROUNDS)
def test_the_last_money_of_a_budget_goes_to_one_of_twenty(office: Office, _: int) -> None:
    budget = office.budget(HIGH_TECH, FEN)
    handler = office.people[Role.HANDLER]
    wishes = []
    for number in range(20):
        case = office.open(
            office.company(f"91440300MA00000{number:02d}X", f"深圳示例{number}有限公司")
        )
        for action in ("compare", "vet"):
            office.do(case, action, Role.HANDLER)
        wishes.append((handler, Wish(case, "freeze", office.case(case).version, f"f{number}")))
    assert together(office, wishes) == {"frozen": 1, "budget_exhausted": 19}
    with office.work.database.reading() as session:
        assert session.get_one(Budget, budget).reserved_fen == FEN
    whole(office)


@pytest.mark.parametrize("day", [date(2026, 12, 18), date(2026, 12, 31)])
def test_a_case_that_would_count_into_a_year_without_a_calendar_stops_and_says_so(
    office: Office, day: date
) -> None:
    office.budget(HIGH_TECH, FEN)
    case = office.open(office.company("91440300MA0000001X", NAMES[0]))
    office.today = day
    with pytest.raises(Refused) as caught:
        office.do(case, "compare", Role.HANDLER)
    assert (caught.value.code, caught.value.values) == ("calendar_missing", {"year": 2027})

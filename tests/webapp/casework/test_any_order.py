"""Any moves by anyone in any order: a case does what the model says, and the books stay whole.

The model knows nothing of the program's table: it says in its own words what may follow what.
``MIANSHEN_SOAK_SEQUENCES`` says how many sequences are tried on each database.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from tests.webapp.casework.conftest import HIGH_TECH, KEY, Office
from webapp.services.audit.verify import Signer, verify
from webapp.services.cases.lifecycle import MOVES
from webapp.services.cases.moves import events_of
from webapp.services.cases.payments import build
from webapp.services.cases.picked import Chosen
from webapp.services.cases.publicity import publicise
from webapp.services.cases.reconciling import reconcile
from webapp.services.cases.refusals import Refused
from webapp.services.cases.returns import COLUMNS, take
from webapp.services.exports import csv_bytes
from webapp.services.people.roles import Actor, Role
from webapp.tables.cases import CaseRow
from webapp.tables.money import Budget, PaidRow, PaymentFile, PaymentLine

SEQUENCES = int(os.environ.get("MIANSHEN_SOAK_SEQUENCES", "15"))
AT_ONE_DESK = min(SEQUENCES, 100)
"""Each sequence reads the whole trail; so a desk is begun anew before its trail is long."""
FEN = 10_000_000
NAME = "深圳示例科技有限公司"
ACCOUNT = {"holder": NAME, "bank": "示例银行", "number": "6222000011112222"}
LAST = date(2026, 10, 1)
"""Days pass no further: next year's calendar is not at hand, and last year would be another."""
ACTIONS = sorted({move.action for move in MOVES})
WORKERS = (Role.SYSTEM, Role.HANDLER, Role.REVIEWER, Role.FINANCE, Role.COMPANY)
BEFORE_PUBLIC = {"found", "compared", "vetted", "frozen", "notified", "confirmed"}
BUSY = BEFORE_PUBLIC | {"publicised", "objected", "approved"}

RECOVERED = ("recovered", {Role.FINANCE})

# What may be done from where, for a case whose proof holds and whose amount is stated.
PATH: dict[str, dict[str, tuple[str, set[Role]]]] = {
    "found": {"compare": ("compared", {Role.HANDLER, Role.SYSTEM})},
    "compared": {"vet": ("vetted", {Role.HANDLER, Role.SYSTEM})},
    "vetted": {"freeze": ("frozen", {Role.HANDLER})},
    "frozen": {"notify": ("notified", {Role.HANDLER, Role.SYSTEM})},
    "notified": {
        "confirm": ("confirmed", {Role.COMPANY}),
        "decline": ("declined", {Role.COMPANY}),
    },
    "lapsed": {"decline": ("declined", {Role.COMPANY})},
    "confirmed": {
        "publicise": ("publicised", {Role.HANDLER}),
        "send_back": ("compared", {Role.REVIEWER}),
    },
    "publicised": {"send_back": ("compared", {Role.REVIEWER})},
    "objected": {
        "dismiss": ("publicised", {Role.REVIEWER}),
        "send_back": ("compared", {Role.REVIEWER}),
    },
    "approved": {
        "send_back": ("compared", {Role.REVIEWER}),
        "file": ("filed", {Role.FINANCE}),
    },
    "failed": {
        "retry": ("approved", {Role.FINANCE}),
        "new_account": ("failed", {Role.COMPANY}),
    },
    "paid": {"reconcile": ("reconciled", {Role.FINANCE}), "recover": RECOVERED},
    "reconciled": {"archive": ("archived", {Role.HANDLER, Role.SYSTEM}), "recover": RECOVERED},
    "owed": {"stand": ("paid", {Role.REVIEWER}), "recover": RECOVERED},
    "declined": {"archive": ("archived", {Role.HANDLER, Role.SYSTEM})},
    "suspended": {"resume": ("@", {Role.REVIEWER})},
    "appealed": {"uphold": ("found", {Role.REVIEWER}), "reject": ("@", {Role.REVIEWER})},
    "disputed": {"uphold": ("paid", {Role.REVIEWER}), "reject": ("owed", {Role.REVIEWER})},
}
APPEALABLE = {"suspended", "withdrawn", "lapsed", "failed", "frozen", "notified"}
ON_PROOF = ("compare", "vet", "freeze", "publicise", "resume", "file", "retry", "stand")
NOT_WHILE_OUT = ("resume", "withdraw", "uphold")
"""What waits until the bank has said what became of a payment."""
PAYS, REFUSES = "bank pays", "bank refuses"
Step = str | tuple[str, Role]


@dataclass
class Model:
    """Where the case must be on a day; ``works`` says of a day whether people work on it."""

    today: date
    works: Callable[[date], bool]
    state: str = "found"
    left: list[str] = field(default_factory=list)
    notified_on: date = date.min
    public_on: date = date.min
    reminded: bool = False
    good: bool = True
    out: bool = False
    """A payment is with the bank."""

    def over(self, begun: date, term: int) -> bool:
        """Say whether a term of working days that began on a day has passed: holidays make it longer."""
        between = range(1, (self.today - begun).days)
        return sum(self.works(begun + timedelta(days=n)) for n in between) >= term

    @property
    def answer_over(self) -> bool:
        """Whether the company may no longer answer."""
        return self.over(self.notified_on, 10)

    @property
    def public_over(self) -> bool:
        """Whether the list was public long enough."""
        return self.over(self.public_on, 5)

    def after(self, action: str, role: Role) -> str | None:
        """Give the state after a move; None where it must be refused."""
        if self.out and action in NOT_WHILE_OUT:
            return None
        if action == "suspend" and self.state in BUSY | {"lapsed", "filed", "failed"}:
            return "suspended" if role in (Role.HANDLER, Role.REVIEWER, Role.SYSTEM) else None
        if action == "withdraw" and self.state in BUSY | {"lapsed", "suspended", "failed"}:
            return "withdrawn" if role in (Role.HANDLER, Role.REVIEWER) else None
        if action == "appeal" and self.state in APPEALABLE:
            return "appealed" if role is Role.COMPANY else None
        if action == "appeal" and self.state == "owed":
            return "disputed" if role is Role.COMPANY else None
        if action == "lapse" and self.state == "notified" and role is Role.SYSTEM:
            return "lapsed" if self.answer_over else None
        if action == "remind" and self.state == "lapsed" and self.good and not self.reminded:
            return "notified" if role in (Role.HANDLER, Role.SYSTEM) else None
        if action == "object" and self.state == "publicised":
            return "objected" if role is Role.SYSTEM and not self.public_over else None
        if action == "approve" and self.state == "publicised" and self.good:
            return "approved" if role is Role.REVIEWER and self.public_over else None
        after, roles = PATH.get(self.state, {}).get(action, ("", set()))
        if role not in roles:
            return None
        on_proof = action in ON_PROOF or (self.state, action) == ("disputed", "uphold")
        if on_proof and not self.good:
            return None
        if action == "confirm" and self.answer_over:
            return None
        return self.left[-1] if after == "@" else after

    def go(self, action: str, state: str) -> None:
        """Take a move."""
        if "disputed" in (self.state, state):
            self.left.clear()
        elif action in ("suspend", "appeal"):
            self.left.append("approved" if self.state == "filed" else self.state)
        elif action in ("resume", "reject"):
            self.left.pop()
        else:
            self.left.clear()
        self.reminded |= action == "remind"
        self.out |= action == "file"
        if state == "notified":
            self.notified_on = self.today
        if state == "publicised" and action == "publicise":
            self.public_on = self.today
        self.state = state

    def hear(self, word: str) -> None:
        """Hear from the bank: what was stopped and is paid all the same is owed, never paid."""
        self.out = False
        stopped = self.state != "filed"
        if word == PAYS:
            arrived = "disputed" if self.state == "appealed" else "owed"
            self.go("", arrived if stopped else "paid")
        elif not stopped:
            self.go("", "failed")


steps = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(ACTIONS), st.sampled_from(WORKERS)),
        st.sampled_from(["forward"] * 10 + ["days", "credit", "clear", PAYS, REFUSES]),
    ),
    min_size=8,
    max_size=40,
)
FORWARD = {
    "found": ("compare", Role.HANDLER),
    "compared": ("vet", Role.HANDLER),
    "vetted": ("freeze", Role.HANDLER),
    "frozen": ("notify", Role.HANDLER),
    "notified": ("confirm", Role.COMPANY),
    "confirmed": ("publicise", Role.HANDLER),
    "publicised": ("approve", Role.REVIEWER),
    "objected": ("dismiss", Role.REVIEWER),
    "approved": ("file", Role.FINANCE),
    "failed": ("retry", Role.FINANCE),
    "paid": ("reconcile", Role.FINANCE),
    "suspended": ("resume", Role.REVIEWER),
}
TO_THE_BANK: list[Step] = ["forward"] * 9
"""From found into a payment file; one step lets the days of publicity pass."""
TO_THE_LIST: list[Step] = ["forward"] * 6
STOP = ("suspend", Role.HANDLER)
OBJECTION = ("object", Role.SYSTEM)
APPEAL = ("appeal", Role.COMPANY)


SPENT = ("paid", "owed", "disputed", "reconciled", "archived", "recovered")
EXPECTED = {
    "filed": {"not_returned"},
    "suspended": {"withdrawal_open"},
    "appealed": {"withdrawal_open"},
    "owed": {"withdrawn_paid"},
    "disputed": {"withdrawn_paid"},
}
"""The differences that the books may show of a case, by where it stands."""


class Numbers:
    """Credit codes that no other example took."""

    taken = 0

    @classmethod
    def code(cls) -> str:
        """Give the next."""
        cls.taken += 1
        return f"9144030{cls.taken:010d}X"


@pytest.mark.parametrize(
    "steps",
    [
        [*TO_THE_BANK, PAYS, "forward", "forward"],
        [*TO_THE_BANK, STOP, "forward", PAYS, ("recover", Role.FINANCE)],
        [*TO_THE_BANK, STOP, PAYS, "credit", ("stand", Role.REVIEWER)],
        [*TO_THE_BANK, STOP, APPEAL, ("uphold", Role.REVIEWER), PAYS],
        [*TO_THE_BANK, STOP, PAYS, APPEAL, ("uphold", Role.REVIEWER), "forward"],
        [*TO_THE_BANK, STOP, APPEAL, PAYS, ("reject", Role.REVIEWER), APPEAL],
        [*TO_THE_BANK, STOP, REFUSES, "forward", "forward", REFUSES, "forward"],
    ],
    ids=["paid", "recovered", "owed", "upheld", "forgiven", "rejected", "refused"],
)
def test_what_the_bank_says_of_a_case(office: Office, steps: list[Step]) -> None:
    _moved(office, steps)


@pytest.mark.parametrize(
    "steps",
    [
        [*TO_THE_LIST, OBJECTION, "forward", "forward", OBJECTION, "forward"],
        [*["days"] * 4, *TO_THE_LIST, "days", ("approve", Role.REVIEWER), "forward", "forward"],
    ],
    ids=["objected", "over-qingming"],
)
def test_what_comes_of_a_public_list(office: Office, steps: list[Step]) -> None:
    _moved(office, steps)


@pytest.mark.parametrize("first", range(0, SEQUENCES, AT_ONE_DESK))
def test_any_moves_in_any_order(office: Office, first: int) -> None:
    @seed(first)
    @given(steps=steps)
    @settings(
        max_examples=AT_ONE_DESK,
        deadline=None,
        derandomize=False,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    def tried(steps: list[Step]) -> None:
        _moved(office, steps)

    tried()


def _moved(office: Office, steps: list[Step]) -> None:
    """Take a case of its own through the steps, as the model says, and look at the books at the end."""
    office.today, office.now = type(office).today, type(office).now
    _budget_for_one_more(office)
    company = office.company(Numbers.code(), NAME)
    case, model = office.open(company), Model(office.today, office.work.workdays.works)
    for step in steps:
        if step == "forward" and model.state == "publicised" and not model.public_over:
            step = "days"
        elif step == "forward" and model.state == "filed":
            step = PAYS
        elif step == "forward":
            step = FORWARD.get(model.state, ("archive", Role.HANDLER))
        if isinstance(step, tuple):
            _try(office, case, company, model, *step)
        elif step in (PAYS, REFUSES):
            _hear(office, case, model, step)
        else:
            _pass(office, company, model, step)
    _books_are_whole(office, case)


def _pass(office: Office, company: int, model: Model, step: str) -> None:
    """Let days pass, or a credit entry come or go."""
    office.now += timedelta(hours=1)
    if step == "days" and office.today < LAST:
        office.today += timedelta(days=8)
        model.today = office.today
    elif step != "days":
        model.good = step == "clear"
        office.learn(company, "信用名单", "失信被执行人", "没有" if model.good else "有")


def _try(office: Office, case: int, company: int, model: Model, action: str, role: Role) -> None:
    wanted = model.after(action, role)
    actor = office.owner(company) if role is Role.COMPANY else office.people[role]
    if action == "recover" and role is Role.FINANCE:
        # Whoever filed a payment does not recover it.
        actor = Actor(office.people[Role.AUDITOR].id, "another", frozenset({Role.FINANCE}))
    why = ""
    try:
        state: str | None = _do(office, case, actor, action)
    except Refused as refused:
        state, why = None, str(refused)
    assert state == wanted, (model, action, role, why)
    if state is not None:
        model.go(action, state)


def _hear(office: Office, case: int, model: Model, word: str) -> None:
    """Let the bank say what became of the payment that it has, where it has one."""
    with office.work.database.reading() as session:
        found = session.execute(
            select(PaymentFile.number, PaymentLine.place)
            .join(PaymentLine, PaymentLine.file_id == PaymentFile.id)
            .where(PaymentLine.case_id == case, PaymentLine.state == "filed")
        ).all()
    assert len(found) == model.out, (model, found)
    for number, place in found:
        said = ("成功", "", office.today.isoformat()) if word == PAYS else ("退票", "示例", "")
        data = csv_bytes(COLUMNS, [(number, str(place), "100000.00", *said)])
        take(office.work, office.people[Role.FINANCE], data, "r.csv", office.now, office.today)
        model.hear(word)
        assert office.case(case).state == model.state


def _do(office: Office, case: int, actor: Actor, action: str) -> str:
    if action == "publicise" and office.case(case).state == "confirmed":
        chosen = [Chosen(case, office.case(case).version)]
        key = f"list-{next(office.keys)}"
        publicise(office.work, actor, "示例", chosen, key, office.now, office.today)
        return office.case(case).state
    if action == "file" and office.case(case).state == "approved":
        chosen = [Chosen(case, office.case(case).version)]
        build(office.work, actor, chosen, f"file-{next(office.keys)}", office.now, office.today)
        return office.case(case).state
    account = ACCOUNT if action in ("confirm", "new_account") else {}
    return office.do(case, action, actor, reason="示例理由", **account).state


def _budget_for_one_more(office: Office) -> None:
    with office.work.database.writing() as session:
        budget = session.scalars(select(Budget)).one_or_none()
        if budget is None:
            session.add(
                Budget(
                    measure_id=HIGH_TECH, period=2026, total_fen=FEN, document_no="示例〔2026〕1号"
                )
            )
        else:
            budget.total_fen += FEN


def _books_are_whole(office: Office, case: int) -> None:
    with office.work.database.reading() as session:
        events = events_of(session, case)
        assert [event.place for event in events] == list(range(1, len(events) + 1))
        for one, two in pairwise(events):
            assert two.before == one.after
        assert events[-1].after == session.get_one(CaseRow, case).state
        budget = session.scalars(select(Budget)).one()
        reserved = session.scalar(
            select(func.coalesce(func.sum(CaseRow.amount_fen), 0)).where(
                CaseRow.budget_id.is_not(None), CaseRow.state.not_in(SPENT)
            )
        )
        spent = session.scalar(select(func.coalesce(func.sum(PaidRow.amount_fen), 0)))
        assert (budget.reserved_fen, budget.spent_fen) == (reserved, spent)
        own = [one for one in reconcile(session, 2026).differences if one.case == case]
        assert len(own) <= 1
        assert {one.code for one in own} <= EXPECTED.get(
            session.get_one(CaseRow, case).state, set()
        )
        assert verify(session, Signer(KEY)).flaws == ()


@pytest.mark.parametrize("action", ACTIONS)
def test_nobody_without_a_role_moves_anything(office: Office, action: str) -> None:
    case = office.open(office.company(Numbers.code(), NAME))
    with pytest.raises(Refused):
        office.do(
            case, action, Actor(office.people[Role.ADMIN].id, "admin", frozenset({Role.ADMIN}))
        )
    assert office.case(case).state == "found"

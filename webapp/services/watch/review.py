"""One company looked at again: measures it newly meets open cases, cases whose proof is gone stop, followers are told.

First it is only read what there is to do; then it is done in the unit of work of the event, where every
proof is made again. What is done twice changes nothing the second time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.services import failpoints
from webapp.services.cases.lifecycle import MOVES
from webapp.services.cases.moves import Casework, Wish, move_within
from webapp.services.cases.opening import open_case
from webapp.services.cases.proof import Proof
from webapp.services.cases.refusals import Refused, Stale
from webapp.services.following.telling import has_news, tell_met
from webapp.services.people.roles import SYSTEM
from webapp.services.registry.facts import known, profile_from
from webapp.services.watch.engine import Engine
from webapp.tables.cases import CaseRow

STOPPABLE = frozenset(
    state for move in MOVES if move.action in ("suspend", "expire") for state in move.before
)
"""The states of cases that changed facts still bear on."""
PROOF_GONE = "部门数据或授权变化后,已核验的事实不再证明符合条件"
CREDIT_GONE = "部门数据或授权变化后,通行条件不再明确无碍"
OVER = "措施已失效或已不在现行规则中"
PATIENT = ("rules_arrive", "expire")
"""Moves that may have to wait: for a budget, or for what the bank says of a withdrawn payment."""


@dataclass(frozen=True, slots=True)
class Task:
    """What there is to do for a company: measures to prove, cases to look at, whether those who follow have news."""

    company: int
    measures: tuple[str, ...] = ()
    cases: tuple[int, ...] = ()
    news: bool = False

    def __bool__(self) -> bool:
        return bool(self.measures or self.cases or self.news)


@dataclass(slots=True)
class Done:
    """How many cases were opened and moved."""

    opened: int = 0
    moved: int = 0


def task_for(session: Session, work: Casework, engine: Engine, company: int, today: date) -> Task:
    """Read what there is to do for a company."""
    catalogue = work.prover.catalogue
    profile = profile_from(known(session, company, today), catalogue.vocabulary, today)
    met = engine.met(profile.attested(), today)
    rows = session.execute(
        select(CaseRow.id, CaseRow.measure_id, CaseRow.period, CaseRow.state).where(
            CaseRow.company_id == company
        )
    ).all()
    had = {row.measure_id for row in rows if row.period == today.year}
    looked_at = tuple(sorted(row.id for row in rows if row.state in STOPPABLE))
    news = has_news(session, catalogue, company, profile, today)
    return Task(company, tuple(sorted(met - had)), looked_at, news)


def carry_out(
    session: Session, work: Casework, task: Task, key: str, now: datetime, today: date
) -> Done:
    """Do a task inside the unit of work of its events; ``key`` names them."""
    done = Done()
    for case in task.cases:
        if _review(session, work, case, key, now, today):
            failpoints.reach("watch.case-moved")
            done.moved += 1
    for measure in task.measures:
        proof = work.prover.prove(session, task.company, measure, today)
        # The engine looks at the measure's own text; a credit entry shows only now.
        if proof is None or not proof.automatic:
            continue
        if open_case(session, work, task.company, proof, now) is not None:
            failpoints.reach("watch.case-opened")
            done.opened += 1
    if task.news:
        tell_met(session, work.prover.catalogue, task.company, key, now, today)
    return done


def _review(
    session: Session, work: Casework, id_: int, key: str, now: datetime, today: date
) -> bool:
    case = session.get(CaseRow, id_, populate_existing=True)
    if case is None or case.state not in STOPPABLE:
        return False
    proof = work.prover.prove(session, case.company_id, case.measure_id, today)
    chosen = _chosen(case, proof, today)
    if chosen is None:
        return False
    action, reason = chosen
    wish = Wish(case.id, action, case.version, f"{key}:{case.id}", reason)
    try:
        move_within(session, work, SYSTEM, wish, now, today)
    except Stale:
        raise
    except Refused:
        if action not in PATIENT:
            raise
        return False
    return True


def _chosen(case: CaseRow, proof: Proof | None, today: date) -> tuple[str, str] | None:
    """Say which move a case needs, with the reason; None where it may go on as it is."""
    if proof is None:
        # Money on its way is stopped first; the case ends once the bank has answered.
        return ("suspend", OVER) if case.state == "filed" else ("expire", "")
    if case.state == "suspended":
        return None
    if not proof.automatic:
        return "suspend", PROOF_GONE if proof.credit_clear else CREDIT_GONE
    if case.state == "notified" and case.due_on is not None and case.due_on < today:
        return "lapse", ""
    if case.state == "awaiting_rules" and proof.amount_fen is not None:
        return "rules_arrive", ""
    return None

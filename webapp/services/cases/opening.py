"""A finding that is proved on attested facts -> a case, once for a company, a measure and a year."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from matcher.documents.model import DIRECTIONAL, NO_MONEY, Measure
from matcher.finding import GUIDING
from webapp.services.audit.chain import Deed, append
from webapp.services.cases.lifecycle import FIRST, STATES
from webapp.services.cases.moves import Casework
from webapp.services.cases.proof import Proof
from webapp.services.cases.refusals import Refused
from webapp.services.people.roles import SYSTEM, Role
from webapp.tables.cases import CaseEvent, CaseRow

ACTION = "open"
BENEFICIARY = "企业"
"""Cases open for what the company itself gets; of 人才 and others the beneficiary is somebody else."""


def may_open(measure: Measure) -> bool:
    """Say whether a case may open for a measure: the company's own, with a benefit.

    A 细化 states the amount of another measure; its money is paid on that measure's case.
    """
    return (
        measure.beneficiary == BENEFICIARY
        and not measure.refines
        and measure.kind != GUIDING
        and measure.benefit_basis not in (NO_MONEY, DIRECTIONAL)
    )


def open_case(
    session: Session, work: Casework, company: int, proof: Proof, now: datetime
) -> int | None:
    """Open a case for a proof; None where there is one already.

    Raises `Refused` where the proof is none: a case never rests on what the company says of itself.
    """
    if not proof.automatic:
        raise Refused("proof_gone")
    if not may_open(proof.finding.measure):
        raise Refused("no_case_for_this")
    period = proof.as_of.year
    wanted = {
        "company_id": company,
        "measure_id": proof.finding.measure.id,
        "period": period,
    }
    if session.scalars(select(CaseRow.id).filter_by(**wanted)).one_or_none() is not None:
        return None
    finding = work.prover.record(session, company, proof, now)
    term = STATES[FIRST].due
    due = None if term is None else work.workdays.after(proof.as_of, work.terms[term])
    row = CaseRow(
        **wanted, state=FIRST, finding_id=finding, due_on=due, opened_at=now, moved_at=now
    )
    session.add(row)
    session.flush()
    session.execute(
        insert(CaseEvent).values(
            case_id=row.id,
            place=1,
            action=ACTION,
            before="",
            after=FIRST,
            role=Role.SYSTEM.value,
            at=now,
        )
    )
    deed = Deed("case.open", "case", str(row.id), after=work.sealer.digest([row.id, finding]))
    append(session, SYSTEM, Role.SYSTEM.value, deed, now)
    return row.id

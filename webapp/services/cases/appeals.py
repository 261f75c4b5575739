"""Appeals of the company itself (申诉) and objections of anyone (异议): made, proposed on, decided by another.

A receipt number is the way back: it opens the answer and nothing personal. Two people decide, and
neither had a hand in what is disputed.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from webapp.database import retrying
from webapp.services.audit.chain import Deed, append
from webapp.services.cases.guards import UNDECIDED
from webapp.services.cases.lifecycle import APPEALED, Deadline
from webapp.services.cases.moves import Casework, Wish, move_within
from webapp.services.cases.refusals import Missing, Refused, Stale
from webapp.services.evidence import Handed, name_files
from webapp.services.notices import tell
from webapp.services.people.roles import SYSTEM, VISITOR, Actor, Role
from webapp.services.workdays import UnknownYear
from webapp.tables.cases import Appeal, CaseEvent, CaseRow, Publicity

APPEAL, OBJECTION = "appeal", "objection"
OPEN, PROPOSED, UPHELD, REJECTED = "open", "proposed", "upheld", "rejected"
MOST_WORDS = 2_000
MOST_OPEN = 20
"""Undecided objections to one case; more would only be noise, and are sent to the telephone."""
_RECEIPT_LENGTH = 24
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
JUDGED = ("freeze", "publicise", "suspend", "withdraw")
"""Whoever made one of these moves does not decide whether it was right."""


@dataclass(frozen=True, slots=True)
class Plea:
    """What somebody says: which conditions are wrong, in what words, with which files, how to reach them.

    The files lie in the evidence store already (`Store.keeping`).
    """

    case: int
    statement: str
    disputed: Sequence[str] = ()
    contact: Mapping[str, str] | None = None
    files: Sequence[Handed] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """The number that finds a plea again, and until when there will be an answer."""

    id: int
    number: str
    due_on: date


def receipt_digest(number: str) -> str:
    """Give the digest by which the table knows a receipt; spaces, dashes and case do not matter."""
    plain = "".join(number.upper().split()).replace("-", "")
    return hashlib.sha256(plain.encode()).hexdigest()


def make_appeal(
    work: Casework, actor: Actor, plea: Plea, seen: int, key: str, now: datetime, today: date
) -> Receipt:
    """Let a company appeal: its case waits until somebody else has decided."""

    def unit() -> Receipt:
        with work.database.writing() as session:
            wish = Wish(plea.case, "appeal", seen, key, details={"statement": plea.statement})
            move_within(session, work, actor, wish, now, today)
            return _filed_once(session, work, actor, APPEAL, plea, key, now, today)

    return retrying(unit)


def make_objection(
    work: Casework,
    plea: Plea,
    now: datetime,
    today: date,
    key: str = "",
    actor: Actor = VISITOR,
) -> Receipt:
    """Let anyone object to a case that is public; the first objection stops it.

    The same ``key`` sent again gets the same receipt.
    """

    def unit() -> Receipt:
        with work.database.writing() as session:
            case = session.get(CaseRow, plea.case, with_for_update=True)
            if case is None or case.state not in ("publicised", "objected"):
                raise Missing
            again = _again(session, work, actor, OBJECTION, plea, key)
            if again is not None:
                return again
            _still_open(session, case, today)
            if len(_undecided(session, case.id)) >= MOST_OPEN:
                raise Refused("too_many_objections")
            if case.state == "publicised":
                wish = Wish(case.id, "object", case.version, f"objection:{case.id}:{case.version}")
                move_within(session, work, SYSTEM, wish, now, today)
            return _file(session, work, actor, OBJECTION, plea, key, now, today, case.publicity_id)

    return retrying(unit)


def _still_open(session: Session, case: CaseRow, today: date) -> None:
    """Refuse once the list is over, also where somebody else's objection keeps its case stopped."""
    last = session.scalar(select(Publicity.last_day).where(Publicity.id == case.publicity_id))
    if last is None or today > last:
        raise Refused("publicity_closed", day=last)


def _filed_once(
    session: Session,
    work: Casework,
    actor: Actor,
    kind: str,
    plea: Plea,
    key: str,
    now: datetime,
    today: date,
) -> Receipt:
    again = _again(session, work, actor, kind, plea, key)
    return again or _file(session, work, actor, kind, plea, key, now, today)


def _again(
    session: Session, work: Casework, actor: Actor, kind: str, plea: Plea, key: str
) -> Receipt | None:
    """Give the receipt that the same wish got before; its case is held, so two at once are one."""
    number = _number(work, actor, kind, plea, key)
    row = by_receipt(session, number) if key else None
    if row is None:
        return None
    if row.statement != plea.statement.strip():
        raise Refused("key_reused")
    return Receipt(row.id, _grouped(number), row.due_on)


def _number(work: Casework, actor: Actor, kind: str, plea: Plea, key: str) -> str:
    """Give a receipt's number: of a keyed wish always the same one, which nobody without our key can guess."""
    if not key:
        return "".join(secrets.choice(_ALPHABET) for _ in range(_RECEIPT_LENGTH))
    told = int(work.sealer.digest(["receipt", actor.said, kind, plea.case, key]), 16)
    size = len(_ALPHABET)
    return "".join(_ALPHABET[told // size**at % size] for at in range(_RECEIPT_LENGTH))


def _file(
    session: Session,
    work: Casework,
    actor: Actor,
    kind: str,
    plea: Plea,
    key: str,
    now: datetime,
    today: date,
    publicity: int | None = None,
) -> Receipt:
    statement = plea.statement.strip()
    if not statement or len(statement) > MOST_WORDS:
        raise Refused("statement_missing" if not statement else "statement_long", most=MOST_WORDS)
    number = _number(work, actor, kind, plea, key)
    row = Appeal(
        case_id=plea.case,
        publicity_id=publicity,
        kind=kind,
        receipt_hash=receipt_digest(number),
        disputed=json.dumps(list(plea.disputed), ensure_ascii=False),
        statement=statement,
        contact_sealed=_sealed(work, plea.contact),
        state=OPEN,
        due_on=_due_on(work, today),
        made_by=actor.id,
        made_at=now,
    )
    session.add(row)
    session.flush()
    name_files(session, actor, plea.case, row.id, plea.files, now)
    told = [plea.case, statement, [file.sha256 for file in plea.files]]
    deed = Deed(f"{kind}.make", kind, str(row.id), after=work.sealer.digest(told))
    append(session, actor, Role.COMPANY.value if kind == APPEAL else "", deed, now)
    return Receipt(row.id, _grouped(number), row.due_on)


def _sealed(work: Casework, contact: Mapping[str, str] | None) -> str:
    return work.vault.seal(json.dumps(dict(contact), ensure_ascii=False)) if contact else ""


def _due_on(work: Casework, today: date) -> date:
    try:
        return work.workdays.after(today, work.terms[Deadline.OBJECTION])
    except UnknownYear as unknown:
        raise Refused("calendar_missing", year=unknown.year) from unknown


def _grouped(number: str) -> str:
    return "-".join(number[at : at + 4] for at in range(0, len(number), 4))


def by_receipt(session: Session, number: str) -> Appeal | None:
    """Find a plea by its receipt."""
    return session.scalars(
        select(Appeal).filter_by(receipt_hash=receipt_digest(number))
    ).one_or_none()


def _undecided(session: Session, case: int) -> list[int]:
    wanted = select(Appeal.id).where(Appeal.case_id == case, Appeal.state.in_(UNDECIDED))
    return list(session.scalars(wanted))


# --- deciding --------------------------------------------------------------------------------------


def propose(
    work: Casework, actor: Actor, plea: int, uphold: bool, reply: str, now: datetime
) -> None:
    """Propose an answer; it counts once another person has signed it."""
    if not reply.strip():
        raise Refused("reply_missing")
    if len(reply) > MOST_WORDS:
        raise Refused("reply_long", most=MOST_WORDS)

    def unit() -> None:
        with work.database.writing() as session:
            row = _held(session, plea)
            if row.state not in UNDECIDED:
                raise Stale(row.state)
            _apart(session, actor, row)
            proposal = {"uphold": uphold, "reply": reply.strip()}
            row.state, row.proposed_by = PROPOSED, actor.id
            row.reply = json.dumps(proposal, ensure_ascii=False)
            deed = Deed(
                f"{row.kind}.propose", row.kind, str(row.id), after=work.sealer.digest(proposal)
            )
            append(session, actor, Role.REVIEWER.value, deed, now)

    retrying(unit)


def proposal_digest(reply: str) -> str:
    """Give the digest of a proposal as its row holds it, so that nobody signs what was not on the page."""
    return hashlib.sha256(reply.encode()).hexdigest()


def decide(
    work: Casework,
    actor: Actor,
    plea: int,
    agree: bool,
    key: str,
    now: datetime,
    today: date,
    seen: str = "",
) -> str:
    """Sign a proposed answer, or send it back to be proposed anew; give the state of the plea.

    With ``seen``, the digest of the proposal that was read, another one by now is `Stale`.
    """

    def unit() -> str:
        with work.database.writing() as session:
            row = _held(session, plea)
            if row.state != PROPOSED or (seen and seen != proposal_digest(row.reply)):
                raise Stale(row.state)
            if row.proposed_by == actor.id:
                raise Refused("same_person", action="propose")
            _apart(session, actor, row)
            if not agree:
                deed = Deed(
                    f"{row.kind}.return",
                    row.kind,
                    str(row.id),
                    before=work.sealer.digest(row.reply),
                )
                append(session, actor, Role.REVIEWER.value, deed, now)
                row.state, row.proposed_by, row.reply = OPEN, None, ""
                return OPEN
            proposal = json.loads(row.reply)
            state = UPHELD if proposal["uphold"] else REJECTED
            session.execute(
                update(Appeal)
                .where(Appeal.id == row.id, Appeal.state == PROPOSED)
                .values(state=state, reply=proposal["reply"], decided_by=actor.id, decided_at=now)
            )
            _settle(session, work, actor, row, state, proposal["reply"], key, now, today)
            case = session.get_one(CaseRow, row.case_id)
            kind = f"{row.kind}.{state}"
            tell(session, case.company_id, kind, case.id, now, state=case.state)
            deed = Deed(kind, row.kind, str(row.id), after=work.sealer.digest(proposal))
            append(session, actor, Role.REVIEWER.value, deed, now)
            return state

    return retrying(unit)


def _held(session: Session, plea: int) -> Appeal:
    row = session.get(Appeal, plea, with_for_update=True)
    if row is None:
        raise Missing
    return row


def _apart(session: Session, actor: Actor, row: Appeal) -> None:
    """Refuse whoever had a hand in what is disputed."""
    made = select(CaseEvent.action).where(
        CaseEvent.case_id == row.case_id,
        CaseEvent.actor_id == actor.id,
        CaseEvent.action.in_(JUDGED),
    )
    action = session.scalars(made).first()
    if action is not None:
        raise Refused("same_person", action=action)
    if Role.REVIEWER not in actor.roles:
        raise Refused("wrong_role", roles=[Role.REVIEWER])


def _settle(
    session: Session,
    work: Casework,
    actor: Actor,
    row: Appeal,
    state: str,
    reply: str,
    key: str,
    now: datetime,
    today: date,
) -> None:
    """Move the case as the decision says; with another objection waiting it stays stopped."""
    case = session.get_one(CaseRow, row.case_id, with_for_update=True)
    if row.kind == APPEAL:
        action = "uphold" if state == UPHELD else "reject"
    elif state == UPHELD:
        action = "send_back"
    elif _undecided(session, case.id):
        return
    else:
        action = "dismiss"
    if case.state not in {*APPEALED, "objected"}:
        return  # it ended meanwhile, withdrawn or expired; the answer still goes out
    wish = Wish(case.id, action, case.version, key, reason=reply)
    move_within(session, work, actor, wish, now, today)


def pleas_of(session: Session, case: int) -> list[Appeal]:
    """List what was said against a case or for it, the first one first."""
    return list(session.scalars(select(Appeal).filter_by(case_id=case).order_by(Appeal.id)))

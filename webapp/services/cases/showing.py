"""One case as its page shows it: step, facts then and now, the match as it was, what may be done, what was done.

The match is made again from the recorded facts, rules and day, so the page shows what was decided on and
not what today's rules would say.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.catalogue import Catalogue
from matcher.finding import Finding, Matcher
from matcher.language.diagnostics import SourceError
from matcher.nearby.reads import reads
from matcher.profile import Assurance, Fact, FactKey
from matcher.readers.prose import Wording
from matcher.report import finding_json
from webapp.services.audit.chain import canonical
from webapp.services.cases.columns import Column
from webapp.services.cases.lifecycle import STATES, Move, moves_from
from webapp.services.cases.moves import Casework, Wish, against, possible
from webapp.services.cases.refusals import Refused
from webapp.services.cases.replay import unpacked
from webapp.services.desk.coverage import View, place_of, view
from webapp.services.people.roles import Actor, Role
from webapp.services.questions import Questionnaire
from webapp.services.reasons import Explainer, Need
from webapp.services.registry.facts import StoredFact, facts_of, known, profile_from
from webapp.tables.cases import CaseEvent, CaseRow, Evidence, FactSnapshot, FindingRow
from webapp.tables.people import User, UserRole
from webapp.tables.registry import RuleVersion

STEPS: tuple[tuple[str, frozenset[str]], ...] = (
    ("compare", frozenset({"found"})),
    ("vet", frozenset({"compared"})),
    ("freeze", frozenset({"vetted"})),
    ("notify", frozenset({"frozen"})),
    ("confirm", frozenset({"notified", "lapsed", "awaiting_rules"})),
    ("publicise", frozenset({"confirmed", "publicised", "objected"})),
    ("file", frozenset({"approved"})),
    ("pay", frozenset({"filed", "failed", "owed"})),
    ("reconcile", frozenset({"paid", "reconciled", "archived"})),
)
"""The steps that a case goes through in order, each with the states in which it stands there."""
BY_FORM = frozenset(
    {
        "compare",
        "vet",
        "freeze",
        "notify",
        "remind",
        "approve",
        "send_back",
        "suspend",
        "resume",
        "withdraw",
        "retry",
        "stand",
        "reconcile",
        "archive",
        "recover",
    }
)
"""The moves that need nothing but a person and a reason; all others have a page of their own."""
ENDING = frozenset({"send_back", "suspend", "withdraw", "recover", "arrive"})
"""The moves that stop a case or lead back; they stand apart from the way on."""
REASONS = (
    "facts_changed",
    "credit_entry",
    "objection",
    "documents_wrong",
    "company_asked",
    "duplicate",
    "other",
)
"""The usual reasons of a move that needs one; words may be added, and must be with the last."""


class Change(StrEnum):
    """How a fact stands now beside the one that was frozen."""

    SAME = "same"
    CHANGED = "changed"
    NEW = "new"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Value:
    """A fact's value in words, with who shared it ("" where the company said so) and since when."""

    said: str
    kept_by: str = ""
    noted_on: date | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """One fact as it was at the match and as it is now; ``covered`` names a custodian nobody here may read."""

    name: str
    then: Value | None
    now: Value | None
    change: Change
    decides: bool
    covered: str = ""


Stored = Mapping[tuple[str, str, str], frozenset[tuple[str, str, str]]]
"""What sources say of each fact: custodian, value and assurance. Days of arrival do not belong to it."""


@dataclass(frozen=True)
class Match:
    """A recorded finding, made again; ``same`` says that the bytes are those that were recorded."""

    finding: Finding
    explain: Explainer
    catalogue: Catalogue
    as_of: date
    rules_version: str
    frozen: bool
    same: bool
    view: View
    stored: Stored


@dataclass(frozen=True, slots=True)
class Choice:
    """A move that the actor's roles allow: what stands against it, and who could make it instead."""

    move: Move
    against: Refused | None
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """One event of a case with the name of who made it, "" for the program."""

    event: CaseEvent
    person: str


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A file that was handed in, and by whom; "" for a visitor."""

    evidence: Evidence
    person: str


class DeskExplainer(Explainer):
    """Explains without ways to the form: nobody answers for the company here."""

    def need(self, key: FactKey) -> Need:
        """Say what a fact is called."""
        return replace(super().need(key), group=None, anchor="")


def step(state: str, resume: str) -> int:
    """Give the number of the step at which a case stands or was stopped, 0 where it ended otherwise."""
    here = resume.split(">")[0] if resume else state
    return next((n for n, (_, states) in enumerate(STEPS, 1) if here in states), 0)


# --- the match ---------------------------------------------------------------------------------------


def match_of(session: Session, work: Casework, case: CaseRow, actor: Actor, language: str) -> Match:
    """Make the finding again that the case rests on: the frozen one, else the one that opened it."""
    row = session.get_one(FindingRow, case.frozen_finding_id or case.finding_id)
    catalogue = _catalogue(session, work, row.rules_version)
    snapshot = session.get_one(FactSnapshot, row.snapshot_id)
    facts = facts_of(snapshot.facts)
    profile = profile_from(facts, catalogue.vocabulary, row.as_of)
    (finding,) = (
        Matcher(catalogue).match(profile, row.as_of, [catalogue.by_id[row.measure_id]]).findings
    )
    told = canonical(finding_json(finding, profile, catalogue.vocabulary))
    seen = view(profile, facts, actor, catalogue.vocabulary)
    wording = Wording(catalogue.vocabulary, language)
    return Match(
        finding=finding,
        explain=DeskExplainer(wording, Questionnaire(catalogue.vocabulary), seen.shown),
        catalogue=catalogue,
        as_of=row.as_of,
        rules_version=row.rules_version,
        frozen=case.frozen_finding_id is not None,
        same=hashlib.sha256(told).hexdigest() == row.digest,
        view=seen,
        stored=_stored(facts),
    )


def _catalogue(session: Session, work: Casework, version: str) -> Catalogue:
    if version == work.prover.catalogue.version:
        return work.prover.catalogue
    packed = select(RuleVersion.packed).where(RuleVersion.version == version)
    return unpacked(session.scalars(packed).one())


@dataclass(frozen=True)
class Present:
    """What is known now: the view of it, how credit stands, and whether it still proves the measure.

    ``view`` is None where stored values cannot be read under today's rules.
    """

    view: View | None
    explain: Explainer | None
    general: str
    proves: bool
    amount_fen: int | None
    stored: Stored = field(default_factory=dict)


def present(
    session: Session, work: Casework, case: CaseRow, actor: Actor, language: str, today: date
) -> Present:
    """Look at the facts as they are now."""
    vocabulary = work.prover.catalogue.vocabulary
    facts = known(session, case.company_id, today)
    try:
        profile = profile_from(facts, vocabulary, today)
        proof = work.prover.prove(session, case.company_id, case.measure_id, today)
    except SourceError:
        return Present(None, None, "unknown", False, None)
    seen = view(profile, facts, actor, vocabulary)
    explain = DeskExplainer(Wording(vocabulary, language), Questionnaire(vocabulary), seen.shown)
    if proof is None:
        return Present(seen, explain, "unknown", False, None, _stored(facts))
    general = proof.finding.general.value
    return Present(seen, explain, general, proof.automatic, proof.amount_fen, _stored(facts))


def _stored(facts: Iterable[StoredFact]) -> Stored:
    found: dict[tuple[str, str, str], frozenset[tuple[str, str, str]]] = {}
    for fact in facts:
        told = (fact.custodian, fact.value, fact.assurance)
        found[fact.place] = found.get(fact.place, frozenset()) | {told}
    return found


def compared(match: Match, now: Present, language: str) -> list[Compared]:
    """Put the facts of the match beside those of now: what decides first, differences before the rest."""
    if now.view is None:
        return []
    catalogue = match.catalogue
    deciding = reads(match.finding.measure.condition, catalogue.vocabulary)
    credit = reads(catalogue.exclusion, catalogue.vocabulary)
    wording = Wording(catalogue.vocabulary, language)
    then, after = match.view.profile.facts, now.view.profile.facts
    rows = []
    for key in dict.fromkeys([*then, *after]):
        decides = key in deciding or key in credit
        custodian = match.view.hidden.get(key) or now.view.hidden.get(key) or ""
        change = _change(key, then.get(key), after.get(key), match.stored, now.stored)
        covered = wording.word("部门", custodian) if custodian else ""
        old = None if covered else _value(key, then.get(key), wording)
        new = None if covered else _value(key, after.get(key), wording)
        rows.append(Compared(wording.fact(key), old, new, change, decides, covered))
    return sorted(rows, key=lambda row: (not row.decides, row.change is Change.SAME, row.name))


def _change(
    key: FactKey, then: Fact | None, now: Fact | None, before: Stored, after: Stored
) -> Change:
    """Compare what sources say; what goes without saying beside it is compared by its value."""
    if then is None:
        return Change.NEW
    if now is None:
        return Change.GONE
    place = place_of(key)
    same = (then.value, then.assurance) == (now.value, now.assurance)
    if place in before and place in after:
        same = before[place] == after[place]
    return Change.SAME if same else Change.CHANGED


def _value(key: FactKey, fact: Fact | None, wording: Wording) -> Value | None:
    if fact is None:
        return None
    attested = fact.assurance is Assurance.ATTESTED
    kept_by = fact.source or wording.vocabulary.custodian(key.attribute, key.member)[0]
    said = wording.value(key, fact.value)
    return Value(said, wording.word("部门", kept_by) if attested else "", fact.noted_on)


# --- what may be done, what was done -----------------------------------------------------------------


def choices(
    session: Session, work: Casework, actor: Actor, case: CaseRow, now: datetime, today: date
) -> list[Choice]:
    """List the moves by form that the actor's roles allow, each with what stands against it now."""
    found = []
    for move in possible(actor, case):
        if move.action not in BY_FORM:
            continue
        wish = Wish(case.id, move.action, case.version, "", reason="-")
        refused = against(session, work, actor, wish, now, today)
        same = refused is not None and refused.code == "same_person"
        others = tuple(others_for(session, case.id, move)) if same else ()
        found.append(Choice(move, refused, others))
    return found


def others_for(session: Session, case: int, move: Move) -> list[str]:
    """Name the people who have a role for a move and no hand in what it must be apart from."""
    made = select(CaseEvent.actor_id).where(
        CaseEvent.case_id == case,
        CaseEvent.action.in_(move.apart_from),
        CaseEvent.actor_id.is_not(None),
    )
    roles = [role.value for role in move.roles if role is not Role.SYSTEM]
    return people_with(session, roles, apart=made)


def people_with(session: Session, roles: Sequence[str], apart: Any) -> list[str]:
    """Name the people who have one of some roles and are not among those of a query, by name."""
    return list(
        session.scalars(
            select(User.name)
            .join(UserRole, UserRole.user_id == User.id)
            .where(
                UserRole.role.in_(roles),
                User.disabled_at.is_(None),
                User.id.not_in(apart),
            )
            .distinct()
            .order_by(User.name)
        )
    )


def ending(state: str) -> frozenset[str]:
    """Give the moves that do not lead on from a state; of money that is owed, recovering it does."""
    return ENDING - {"recover"} if state == "owed" else ENDING


def way_to(case: CaseRow, column: Column) -> str:
    """Give the move by form that leads a case into a column, whoever may make it; raises `Refused`."""
    on = [
        one for one in moves_from(case.state) if one.amount in (None, case.amount_fen is not None)
    ]
    for move in on:
        # Back from a pause or an appeal a case goes to the state that it left last.
        to = move.after if move.after in STATES else case.resume.split(">")[-1]
        if move.action in BY_FORM and STATES[to].column is column:
            return move.action
    apart = ending(case.state)
    steps = [
        move.action
        for move in on
        if move.action not in apart and not move.keeps and move.roles - {Role.SYSTEM}
    ]
    raise Refused("not_there_yet", state=case.state, column=column, actions=steps)


def waits_for(case: CaseRow) -> frozenset[Role]:
    """Give the roles whose move leads the case on from here, for those who have none of them."""
    apart = ending(case.state)
    roles = frozenset[Role]().union(
        *(move.roles for move in moves_from(case.state) if move.action not in apart)
    )
    return roles - {Role.SYSTEM} or roles


def timeline(session: Session, case: int) -> list[Done]:
    """List what was done with a case, the newest first."""
    rows = session.execute(
        select(CaseEvent, User.name)
        .outerjoin(User, CaseEvent.actor_id == User.id)
        .where(CaseEvent.case_id == case)
        .order_by(CaseEvent.place.desc())
    )
    return [Done(event, name or "") for event, name in rows]


def evidence_of(session: Session, case: int) -> list[HandedIn]:
    """List what was handed in for a case, the first one first."""
    rows = session.execute(
        select(Evidence, User.name)
        .outerjoin(User, Evidence.given_by == User.id)
        .where(Evidence.case_id == case)
        .order_by(Evidence.id)
    )
    return [HandedIn(evidence, name or "") for evidence, name in rows]

"""What is known of a company at a moment -> its profile on a day.

Each source's facts are read by the company-file reader under that source's own right to attest, so a
registry trusts nothing that a file would not be trusted with. What departments decided (认定, 名单, 参数)
counts beside the facts, as `webapp.services.registry.decided` says.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from matcher.language.json_nodes import nodes_of, read_json
from matcher.language.profiles import Channel, read_company_node
from matcher.profile import Assurance, Fact, FactKey, Profile
from matcher.vocabulary.model import JUDGEMENT, LIST, PARAMETER, Vocabulary
from webapp.services.registry.current import Current
from webapp.services.registry.decided import (
    NO,
    YES,
    Decision,
    decisions_of,
    decisions_on,
    fact_of,
)
from webapp.services.registry.doubts import disputed, standing
from webapp.services.registry.withheld import withheld
from webapp.tables.registry import CompanyRow, FactRow

ATTESTED = Assurance.ATTESTED.value
DECLARED = Assurance.DECLARED.value
DECISIONS = frozenset({JUDGEMENT, LIST, PARAMETER})
"""The attributes that departments decide on; no file of facts answers them."""
_RECENT, _KEPT = "profiles of stored facts", 32
_YEARS, _SPANS, _SPAN_WORD = "年度", "区间", "至"


@dataclass(frozen=True, slots=True, order=True)
class StoredFact:
    """One fact as a row holds it; ``value`` is JSON as a company file writes it, days are ISO text.

    A decision stands here too: ``measure`` is what a judgement was made for, ``source`` its document.
    """

    attribute: str
    member: str
    period: str
    custodian: str
    assurance: str
    value: str
    source: str
    valid_from: str
    valid_to: str
    received: str
    measure: str = ""

    @property
    def place(self) -> tuple[str, str, str]:
        """What the fact is about, whoever says it."""
        return self.attribute, self.member, self.period


def known(
    session: Session, company: int, as_of: date, at: datetime | None = None
) -> tuple[StoredFact, ...]:
    """Give what was known at a moment (now, if none is named) and is valid on a day, in a fixed order.

    This is all that is ever matched and proved on, so what the company withholds is left out here.
    """
    wanted = _valid(as_of).where(FactRow.company_id == company)
    if at is None:
        wanted = wanted.where(FactRow.known_until.is_(None))
    else:
        wanted = wanted.where(
            FactRow.received_at <= at, or_(FactRow.known_until.is_(None), FactRow.known_until > at)
        )
    away = withheld(session, company, at)
    rows: list[Any] = [row for row in session.execute(wanted) if row.custodian not in away]
    lost, doubted = standing(session, company, rows, at)
    found = [_stored(row, row.id in doubted) for row in rows if row.id not in lost]
    found += [_of_decision(one) for one in decisions_on(session, company, as_of, at)]
    return tuple(sorted(found))


def attested_of(
    session: Session, companies: Sequence[CompanyRow], as_of: date
) -> dict[int, tuple[StoredFact, ...]]:
    """Give what departments attest now of companies in the order of their keys, none left out between them.

    Of whom sources disagree, or one is withheld, more than attested facts may be given: `known` is asked.
    """
    first, last = companies[0].id, companies[-1].id
    doubtful = disputed(session, first, last)
    found: dict[int, list[StoredFact]] = {company.id: [] for company in companies}
    stretch = _valid(as_of).where(
        FactRow.company_id.between(first, last),
        FactRow.known_until.is_(None),
        FactRow.assurance == ATTESTED,
    )
    for row in session.execute(stretch):
        if row.company_id not in doubtful:
            found[row.company_id].append(_stored(row))
    for company, decisions in decisions_of(session, companies, as_of).items():
        found[company] += map(_of_decision, decisions)
    of_all = {company: tuple(sorted(facts)) for company, facts in found.items()}
    return of_all | {
        company: known(session, company, as_of) for company in doubtful & of_all.keys()
    }


def _valid(as_of: date) -> Select[*tuple[Any, ...]]:
    """Select facts that are true on a day, as plain rows: objects take longer than all the rest."""
    return select(*FactRow.__table__.c).where(
        or_(FactRow.valid_from.is_(None), FactRow.valid_from <= as_of),
        or_(FactRow.valid_to.is_(None), FactRow.valid_to >= as_of),
    )


def history(session: Session, company: int, attribute: str, member: str = "") -> Sequence[FactRow]:
    """List all that was ever said of one fact, by whom and known from when to when, the newest first."""
    return session.scalars(
        select(FactRow)
        .where(
            FactRow.company_id == company,
            FactRow.attribute == attribute,
            FactRow.member == member,
        )
        .order_by(FactRow.received_at.desc(), FactRow.id.desc())
    ).all()


def _of_decision(one: Decision) -> StoredFact:
    return StoredFact(
        one.kind,
        one.name,
        "",
        "",
        ATTESTED,
        json.dumps(one.value, ensure_ascii=False),
        one.document,
        one.day.isoformat(),
        "",
        one.approved_at.isoformat(),
        one.measure,
    )


def _stored(row: Any, doubted: bool = False) -> StoredFact:
    """Give a row as it counts; where two custodians disagree neither is taken for attested."""

    def day(value: date | None) -> str:
        return "" if value is None else value.isoformat()

    return StoredFact(
        row.attribute,
        row.member,
        row.period,
        row.custodian,
        DECLARED if doubted else row.assurance,
        row.value,
        row.source,
        day(row.valid_from),
        day(row.valid_to),
        row.received_at.isoformat(),
    )


def facts_text(facts: Sequence[StoredFact]) -> str:
    """Write facts as a snapshot keeps them; `facts_of` reads them back."""
    return json.dumps([asdict(fact) for fact in facts], ensure_ascii=False, sort_keys=True)


def facts_of(text: str) -> tuple[StoredFact, ...]:
    """Read what a snapshot keeps."""
    return tuple(StoredFact(**item) for item in json.loads(text))


def profile_from(facts: Iterable[StoredFact], vocabulary: Vocabulary, as_of: date) -> Profile:
    """Put a profile together: what a custodian attests goes before what anybody else says.

    Raises `SourceError` where stored values cannot be read under today's rules.
    """
    every = tuple(facts)
    # One look at a company proves several measures on the same facts.
    kept: dict[tuple[object, date], Profile] = vocabulary.remembered.setdefault(_RECENT, {})
    made = kept.get((every, as_of))
    if made is None:
        made = _profile(every, vocabulary, as_of)
        if len(kept) >= _KEPT:
            kept.clear()
        kept[every, as_of] = made
    return made


def _profile(every: Sequence[StoredFact], vocabulary: Vocabulary, as_of: date) -> Profile:
    found: dict[FactKey, Fact] = {}
    told = [fact for fact in every if fact.attribute not in DECISIONS]
    for (assurance, custodian), group in groupby(
        sorted(told, key=_trust), key=lambda fact: (fact.assurance, fact.custodian)
    ):
        rows = list(group)
        channel = Channel(frozenset({custodian})) if assurance == ATTESTED else Channel()
        # A fact is dated by the day on which the newest row of its source arrived.
        arrived = max(datetime.fromisoformat(row.received) for row in rows).date()
        for key, fact in read_rows(rows, custodian, vocabulary, as_of, channel).items():
            if key not in found or found[key].assurance is Assurance.DECLARED:
                found[key] = replace(fact, noted_on=arrived)
    for stored in every:
        if stored.attribute in DECISIONS:
            _decide(found, stored, vocabulary)
    return Profile(found, as_of)


def _decide(found: dict[FactKey, Fact], stored: StoredFact, vocabulary: Vocabulary) -> None:
    """Add a decision; of a list and a custodian's own word on a status the later one counts."""
    if stored.assurance != ATTESTED:
        return
    decided = fact_of(_as_decision(stored), vocabulary)
    if decided is None:
        return
    key, fact = decided
    known = found.get(key)
    attested = known is not None and known.assurance is Assurance.ATTESTED
    if not attested or _day(known) < _day(fact):
        found[key] = fact


def _day(fact: Fact | None) -> date:
    return date.min if fact is None or fact.noted_on is None else fact.noted_on


def _as_decision(stored: StoredFact) -> Decision:
    value = json.loads(stored.value)
    if stored.attribute != PARAMETER:
        value = NO if value in (NO, "否", False) else YES
    received = datetime.fromisoformat(stored.received)
    day = date.fromisoformat(stored.valid_from) if stored.valid_from else received.date()
    return Decision(
        stored.attribute, stored.member, stored.measure, value, day, stored.source, received
    )


def _trust(fact: StoredFact) -> tuple[bool, bool, str]:
    """Attested facts first, then what the company itself declares, then what others report."""
    return fact.assurance != ATTESTED, bool(fact.custodian), fact.custodian


def read_rows(
    rows: Sequence[StoredFact | FactRow | Current],
    custodian: str,
    vocabulary: Vocabulary,
    as_of: date,
    channel: Channel,
) -> Mapping[FactKey, Fact]:
    """Read one source's rows as its company file is read; raises `SourceError`."""
    node = nodes_of(read_json(company_text(rows, custodian).encode()))
    return read_company_node(node, vocabulary, as_of, channel).profile.facts


def company_text(rows: Sequence[StoredFact | FactRow | Current], custodian: str) -> str:
    """Write one source's rows as a company file."""
    file: dict[str, Any] = {"来源": custodian} if custodian else {}
    for row in rows:
        inside = file
        if row.period:
            named = _SPANS if _SPAN_WORD in row.period else _YEARS
            inside = file.setdefault(named, {}).setdefault(row.period, {})
        value = json.loads(row.value)
        if row.member:
            inside.setdefault(row.attribute, {})[row.member] = value
        else:
            inside[row.attribute] = value
    return json.dumps(file, ensure_ascii=False)


def stored_facts(facts: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    """Take a company file's plain facts apart: attribute, member, period, JSON of the value."""
    rows: list[tuple[str, str, str, str]] = []
    for name, value in facts.items():
        if name in (_YEARS, _SPANS):
            for period, inside in value.items():
                rows += [(n, m, str(period), v) for n, m, _, v in stored_facts(inside)]
        elif isinstance(value, dict):
            rows += [
                (name, member, "", json.dumps(one, ensure_ascii=False))
                for member, one in value.items()
            ]
        else:
            rows.append((name, "", "", json.dumps(value, ensure_ascii=False)))
    return rows

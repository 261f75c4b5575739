"""All that is known of a company, for one page: facts with their sources, titles over time, alerts, who looked.

Where two sources disagree both stand there. What a role does not cover is said to be covered, not left
blank, and what nobody has said is named as not known, which is not zero.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.command_input import CHINA
from matcher.finding import General
from matcher.language.diagnostics import SourceError
from matcher.language.profiles import Channel, read_company
from matcher.path import RENEWAL_DAYS
from matcher.profile import Fact, FactKey, Spell, Tenure
from matcher.readers.prose import Wording
from matcher.vocabulary.model import PARAMETER, Vocabulary, Word
from webapp.services.audit.reading import names
from webapp.services.desk.coverage import covered, place_of
from webapp.services.desk.service import COMPANY, Standing
from webapp.services.people.roles import Actor
from webapp.services.questions import IDENTITY
from webapp.services.registry.conflicts import Conflict, conflicts_of
from webapp.services.registry.declared import SEEN
from webapp.services.registry.facts import ATTESTED, DECISIONS, StoredFact, company_text
from webapp.services.registry.withheld import withheld
from webapp.tables.audit import AuditEntry
from webapp.tables.cases import CaseRow
from webapp.tables.registry import FactRow

LOG = 20
"""Looks at a company that its page lists, the newest first."""
RUNNING = frozenset({"", "存续", "在业", "开业", "在营", "正常"})
"""What a registry calls a company that is in business."""
Place = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Source:
    """What one source says of one fact.

    ``hidden`` names the custodian whose facts the role does not cover, ``withheld`` says that the company
    took back its consent to them; ``value`` and ``written`` (JSON, as a company file has it) are empty then.
    ``custodian`` is "" for the company itself; ``noted`` is since when it says so, ``over`` that it no
    longer holds or does not hold yet.
    """

    value: str
    custodian: str
    attested: bool
    seen: bool
    noted: date
    valid_to: date | None
    over: bool
    hidden: str = ""
    withheld: bool = False
    written: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """One fact: its name and what each source says. ``quarrel`` is "", open, proposed or settled."""

    name: str
    sources: tuple[Source, ...]
    quarrel: str = ""
    place: Place = ("", "", "")


@dataclass(frozen=True, slots=True)
class Group:
    """The facts of one group of the form, and the names of those that nobody has told."""

    word: Word
    known: tuple[Known, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stay:
    """One stretch of holding a title, or (no days) that it is not held."""

    title: str
    level: str
    start: date | None
    end: date | None
    custodian: str
    state: str


@dataclass(frozen=True, slots=True)
class Alert:
    """Something to see at once: a code that the pages put into words, and its values."""

    code: str
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Looked:
    """One entry of the access log."""

    at: datetime
    who: str
    role: str
    action: str


class Reader:
    """Reads the rows of one company in one language, as one person may see them."""

    def __init__(self, wording: Wording, actor: Actor, today: date) -> None:
        self.wording, self.actor, self.today = wording, actor, today
        self.vocabulary: Vocabulary = wording.vocabulary

    def facts(self, session: Session, company: int, decided: Iterable[StoredFact]) -> list[Group]:
        """Group the facts that are known now, with decisions of departments among them."""
        rows, away = _current(session, company), withheld(session, company)
        values, quarrels = self._values(rows), _quarrels(conflicts_of(session, company))
        places: dict[Place, list[FactRow]] = {}
        for row in rows:
            places.setdefault((row.attribute, row.member, row.period), []).append(row)
        known: dict[str, list[Known]] = {}
        for place, said in places.items():
            sources = tuple(
                self._source(row, values, row.custodian in away) for row in _trusted_first(said)
            )
            name = self._name(place, values)
            fact = Known(name, sources, quarrels.get(place, ""), place)
            known.setdefault(place[0], []).append(fact)
        for stored in decided:
            if stored.attribute in DECISIONS and stored.attribute != PARAMETER:
                known.setdefault(stored.attribute, []).append(self._decision(stored))
        return self._grouped(known)

    def _grouped(self, known: Mapping[str, list[Known]]) -> list[Group]:
        found = []
        for word in self.vocabulary.words("表单分组").values():
            inside = [one for one in self.vocabulary.attributes.values() if one.group == word.label]
            mine = tuple(item for one in inside for item in known.get(one.label, ()))
            unknown = tuple(
                self.wording.attribute(one.label)
                for one in inside
                if one.in_form and one.label not in known and one.label not in IDENTITY
            )
            found.append(Group(word, mine, unknown))
        grouped = {one.label for one in self.vocabulary.attributes.values() if one.group}
        others = tuple(item for label in known if label not in grouped for item in known[label])
        if others:
            found.append(Group(Word("其他", "others", "Other"), others, ()))
        return found

    def titles(self, session: Session, company: int) -> list[Stay]:
        """List every stretch of holding a title, the newest first; who may not see it sees none."""
        label = self.vocabulary.titles.label
        away = withheld(session, company)
        rows = [row for row in _current(session, company) if row.attribute == label]
        rows = [row for row in rows if row.custodian not in away]
        values = self._values(rows)
        found = []
        for row in rows:
            fact = values.get(row.id)
            if covered(row.custodian, self.actor) or fact is None:
                continue
            key, value = fact
            if isinstance(value.value, Tenure):
                found += [self._stay(key, spell, row) for spell in value.value.spells]
        return sorted(found, key=lambda one: one.start or one.end or date.min, reverse=True)

    def _stay(self, key: FactKey, spell: Spell, row: FactRow) -> Stay:
        state = "held"
        if spell.end is not None and spell.end < self.today:
            state = "over"
        elif spell.start is not None and spell.start > self.today:
            state = "to_come"
        return Stay(
            self.wording.member(key.attribute, key.member or ""),
            self.wording.level(spell.level) if spell.level else "",
            spell.start,
            spell.end,
            self._department(row.custodian),
            state,
        )

    def _values(self, rows: Sequence[FactRow]) -> dict[int, tuple[FactKey, Fact]]:
        """Read the rows, source by source; what today's rules cannot read is left out."""
        found: dict[int, tuple[FactKey, Fact]] = {}
        by_source: dict[str, list[FactRow]] = {}
        for row in rows:
            by_source.setdefault(row.custodian, []).append(row)
        for custodian, said in by_source.items():
            read = self._read(said, custodian)
            pieces = (
                [(said, read)]
                if read is not None
                else [([row], self._read([row], custodian)) for row in said]
            )
            for some, facts in pieces:
                for row in some:
                    hit = (facts or {}).get((row.attribute, row.member, row.period))
                    if hit is not None:
                        found[row.id] = hit
        return found

    def _read(
        self, rows: Sequence[FactRow], custodian: str
    ) -> dict[Place, tuple[FactKey, Fact]] | None:
        channel = Channel(frozenset({custodian})) if custodian else Channel()
        text = company_text(rows, custodian)
        try:
            facts = read_company(text, "", self.vocabulary, self.today, channel).profile.facts
        except SourceError:
            return None
        found = {place_of(key): (key, fact) for key, fact in facts.items()}
        # A figure without a year of its own is that of the year before.
        return {
            **{
                (key.attribute, key.member or "", ""): hit
                for _, hit in found.items()
                for key in hit[:1]
            },
            **found,
        }

    def _source(
        self, row: FactRow, values: Mapping[int, tuple[FactKey, Fact]], away: bool
    ) -> Source:
        hidden = covered(row.custodian, self.actor)
        read = values.get(row.id)
        value = "" if hidden or away else self._said(read) if read else _plain(row.value)
        over = (row.valid_to is not None and row.valid_to < self.today) or (
            row.valid_from is not None and row.valid_from > self.today
        )
        return Source(
            value=value,
            custodian=self._department(row.custodian),
            attested=row.assurance == ATTESTED,
            seen=row.source == SEEN,
            noted=row.valid_from or row.received_at.astimezone(CHINA).date(),
            valid_to=row.valid_to,
            over=over,
            hidden=self._department(row.custodian) if hidden else "",
            withheld=away,
            written="" if hidden or away else row.value,
        )

    def _said(self, read: tuple[FactKey, Fact]) -> str:
        key, fact = read
        return self.wording.value(key, fact.value)

    def _decision(self, stored: StoredFact) -> Known:
        day = date.fromisoformat(stored.valid_from)
        source = Source(
            _plain(stored.value),
            stored.source,
            True,
            False,
            day,
            None,
            over=False,
            written=stored.value,
        )
        name = self.wording.member(stored.attribute, stored.member)
        return Known(name, (source,), place=stored.place)

    def _name(self, place: Place, values: Mapping[int, tuple[FactKey, Fact]]) -> str:
        attribute, member, period = place
        year = int(period) if period.isdigit() else None
        if attribute not in self.vocabulary.attributes:
            return " ".join(part for part in (period, attribute, member) if part)
        name = self.wording.fact(FactKey(attribute, member or None, year))
        return f"{period} {name}" if period and year is None else name

    def _department(self, custodian: str) -> str:
        return self.wording.word("部门", custodian) if custodian else ""

    def alerts(
        self, session: Session, company: int, status: str, found: Standing, titles: Sequence[Stay]
    ) -> list[Alert]:
        """List what is to be seen at once, the gravest first."""
        alerts = []
        if status not in RUNNING:
            alerts.append(Alert("status", {"status": status}))
        if found.results.general is General.HIT:
            alerts.append(Alert("general", {}))
        quarrels = len(conflicts_of(session, company, unsettled=True))
        if quarrels:
            alerts.append(Alert("conflicts", {"n": quarrels}))
        ends: dict[str, date] = {}
        for stay in titles:
            # A stretch without an end is not over until somebody says so.
            ends[stay.title] = max(ends.get(stay.title, date.min), stay.end or date.max)
        soon = self.today + timedelta(days=RENEWAL_DAYS)
        for title, last in sorted(ends.items(), key=lambda item: item[1]):
            if self.today <= last <= soon:
                alerts.append(Alert("renew", {"title": title, "day": last.isoformat()}))
        return alerts


def _plain(value: str) -> str:
    """Write a stored value as it stands, where today's rules do not read it."""
    given = json.loads(value)
    return given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)


def _current(session: Session, company: int) -> Sequence[FactRow]:
    wanted = select(FactRow).where(FactRow.company_id == company, FactRow.known_until.is_(None))
    return session.scalars(
        wanted.order_by(FactRow.attribute, FactRow.period, FactRow.member, FactRow.id)
    ).all()


def _trusted_first(rows: Sequence[FactRow]) -> list[FactRow]:
    return sorted(rows, key=lambda row: (row.assurance != ATTESTED, bool(row.custodian)))


def _quarrels(conflicts: Iterable[Conflict]) -> dict[Place, str]:
    """Say how the disagreement about each place stands; one that is open goes before a settled one."""
    found: dict[Place, str] = {}
    for one in conflicts:
        place = (one.first.attribute, one.first.member, one.first.period)
        state = "settled" if one.settled else "proposed" if one.row.proposed_by else "open"
        if found.get(place) != "open":
            found[place] = state
    return found


def cases(session: Session, company: int) -> Sequence[CaseRow]:
    """List a company's cases, the newest first."""
    wanted = select(CaseRow).where(CaseRow.company_id == company)
    return session.scalars(wanted.order_by(CaseRow.id.desc())).all()


def access_log(session: Session, company: int) -> list[Looked]:
    """List who looked at a company or changed it, the newest first; numbers get their names."""
    rows = session.scalars(
        select(AuditEntry)
        .where(AuditEntry.object_id == str(company), AuditEntry.object == COMPANY)
        .order_by(AuditEntry.place.desc())
        .limit(LOG)
    ).all()
    named = names(session, [row.actor for row in rows])
    return [Looked(row.at, named.get(row.actor, row.actor), row.role, row.action) for row in rows]

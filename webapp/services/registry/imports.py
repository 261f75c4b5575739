"""Taking over a custodian's file: good rows go in, bad rows come back with their reason.

A file is taken in units of work of some rows each; the row that the file has reached is written with
them, so an import that was stopped goes on there, and the same file of the same custodian counts once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from matcher.language.profiles import NAME
from matcher.registry.sources import Source, file_digest, open_source
from webapp.database import retrying
from webapp.services import failpoints
from webapp.services.audit.chain import Deed, append
from webapp.services.people.custodians import require
from webapp.services.people.roles import Actor
from webapp.services.registry.companies import (
    by_codes,
    new_company,
    register_all,
)
from webapp.services.registry.current import current_rows
from webapp.services.registry.described import describe, named_by
from webapp.services.registry.learning import Learned, Telling, Told, learn
from webapp.services.registry.reading import (
    COMPANY_FILES,
    FileReading,
    Line,
    Lines,
    RowFault,
    TableReading,
    TemplateReading,
)
from webapp.services.registry.sending import ImportFault, Office, Report, Sending, Unit
from webapp.services.spreadsheet import COLUMNS, SHEET
from webapp.tables.registry import CompanyRow, FactImport

UNIT, FACTS = 1_000, 20_000
"""Rows and facts of one unit of work, for whose length other writers of SQLite wait."""
NAMES_DIFFER = "文件里的企业名称与登记的不同"


Reject = Callable[[RowFault], None]
Progress = Callable[[int], object]
Reading = TableReading | FileReading
Place = tuple[str, str, str]


def take(
    office: Office,
    sending: Sending,
    actor: Actor,
    reject: Reject,
    now: Callable[[], datetime],
    today: date,
    progress: Progress = lambda rows: None,
) -> Report:
    """Take over a file; ``reject`` is told everything that is wrong with its rows, in order.

    ``progress`` hears of the rows done after every unit of work.

    Raises `ImportFault` where nothing can be taken (a future date, an unknown custodian, a file that was
    taken before), `RegistryFault` and `SourceError` where the file or its mapping cannot be read, and
    `Refused` where somebody may not speak, or no longer, for the custodian; that is asked in every unit.
    """
    _check(office, sending, today)
    digest = file_digest([sending.path], str(sending.path))
    with opened(office, sending) as reading:
        work = _Taking(office, sending, actor, reading, reject, now)
        work.begin(digest)
        for lines in reading.lines():
            for piece in lines.cut(UNIT, FACTS, work.done):
                work.take(piece)
                progress(piece.last)
        return work.end()


def _check(office: Office, sending: Sending, today: date) -> None:
    if office.catalogue.vocabulary.department(sending.custodian) != sending.custodian:
        known = "、".join(office.catalogue.vocabulary.words("部门"))
        raise ImportFault(f"没有名为“{sending.custodian}”的部门。可用 {known}")
    if sending.as_of > today:
        raise ImportFault(f"数据日期 {sending.as_of} 还没有到。写部门这份数据截至哪一天")
    if sending.valid_to is not None and sending.valid_to < sending.as_of:
        raise ImportFault(
            f"有效期至 {sending.valid_to} 早于数据日期 {sending.as_of}。请核对两个日期"
        )


@contextmanager
def opened(office: Office, sending: Sending) -> Iterator[Reading]:
    """Open the file as what it is: a company file, the portal's workbook, or a table."""
    given, words = str(sending.path), office.catalogue
    if sending.path.suffix.lower() in COMPANY_FILES:
        yield FileReading(sending.path, given, words, sending.custodian, sending.as_of)
        return
    with open_source(given, sending.sheet) as source:
        if _is_template(source, sending):
            yield TemplateReading(sending.path, given, words, sending.custodian, sending.as_of)
            return
        yield TableReading(
            source, words, office.rules, sending.custodian, sending.as_of, sending.mapping
        )


def _is_template(source: Source, sending: Sending) -> bool:
    if sending.mapping is not None or sending.sheet not in (None, SHEET):
        return False
    return set(COLUMNS) <= {column.name for column in source.columns}


class _Taking:
    """One file while it is taken over."""

    def __init__(
        self,
        office: Office,
        sending: Sending,
        actor: Actor,
        reading: Reading,
        reject: Reject,
        now: Callable[[], datetime],
    ) -> None:
        self.office, self.sending, self.actor = office, sending, actor
        self.reading, self.reject, self.now = reading, reject, now
        self.registers = reading.registers if sending.registers is None else sending.registers
        self.report = Report(notes=tuple(reading.notes))
        self.seen: dict[str, int] = {}
        self.import_id: int | None = None
        self.done = 0

    def begin(self, digest: str) -> None:
        """Find how far the file was taken before, or note that it is taken now."""
        told = [self.sending.as_of, self.sending.valid_to, self.reading.text, self.registers]
        how = hashlib.sha256(repr(told).encode()).hexdigest()

        def unit() -> FactImport:
            with self.office.database.writing() as session:
                return self._begin(session, digest, how)

        if self.sending.dry:
            with self.office.database.reading() as session:
                require(session, self.actor, self.sending.custodian)
                _refuse_second(self._of(session, digest))
            return
        row = retrying(unit)
        self.import_id, self.done = row.id, row.done_rows
        self.report.accepted, self.report.rejected = row.accepted, row.rejected
        self.report.resumed_after = row.done_rows

    def _of(self, session: Session, digest: str) -> FactImport | None:
        wanted = select(FactImport).filter_by(custodian=self.sending.custodian, sha256=digest)
        return session.scalars(wanted).one_or_none()

    def _begin(self, session: Session, digest: str, how: str) -> FactImport:
        require(session, self.actor, self.sending.custodian)
        known = self._of(session, digest)
        _refuse_second(known)
        if known is not None:
            if known.reading != how:
                raise ImportFault(
                    f"这份文件上次取到第 {known.done_rows} 行就停了。"
                    "请用同样的 --as-of、--valid-to、映射和 --register 接着取"
                )
            session.expunge(known)
            return known
        row = FactImport(
            custodian=self.sending.custodian,
            file_name=(self.sending.name or self.sending.path.name)[:200],
            sha256=digest,
            reading=how,
            done_rows=0,
            accepted=0,
            rejected=0,
            imported_by=self.actor.id,
            imported_at=self.now(),
        )
        session.add(row)
        session.flush()
        session.expunge(row)
        return row

    # --- one unit ----------------------------------------------------------------------------------

    def take(self, lines: Lines) -> None:
        """Take over some rows in one unit of work; rows that were taken before are only looked at."""
        self.report.rows = lines.last
        self.report.warnings.update(lines.warnings)
        moment = self.now()

        def unit() -> Unit:
            with self.office.database.writing() as session:
                done = self._take(session, lines, moment)
                failpoints.reach("import.before-commit")
                if self.sending.dry or lines.last <= self.done:
                    session.rollback()
                return done

        result = retrying(unit)
        failpoints.reach("import.after-commit")
        self.seen |= result.seen
        for fault in sorted(result.faults, key=lambda fault: fault.row):
            self.reject(fault)
        self.report.faults += len(result.faults)
        if lines.last > self.done:
            self._count(result)

    def _count(self, result: Unit) -> None:
        report, learned = self.report, self.report.learned
        report.accepted += result.accepted
        report.rejected += result.rejected
        report.created += len(result.created)
        report.renamed += result.renamed
        report.warnings.update(result.warnings)
        one = result.learned
        report.learned = Learned(
            learned.new + one.new,
            learned.same + one.same,
            learned.outdated + one.outdated,
            learned.conflicts + one.conflicts,
        )

    def _take(self, session: Session, lines: Lines, now: datetime) -> Unit:
        require(session, self.actor, self.sending.custodian)
        unit = Unit(lines.faults[:])
        companies = by_codes(session, [line.code for line in lines.good])
        telling = Telling(
            self.sending.custodian,
            self.sending.as_of,
            now,
            self.sending.valid_to,
            self.import_id,
            self.actor.id,
        )
        good = self._usable(session, lines, companies, unit, now)
        told = _told(good)
        describe(companies.values(), told, self.office.catalogue.vocabulary)
        register_all(session, unit.created, self.actor, now)
        for line in good:
            self._named(session, companies[line.code], line, unit, now)
        unit.learned = learn(
            session,
            {companies[code].id: facts for code, facts in told.items()},
            telling,
            self.office.catalogue.vocabulary,
        )
        bad = {fault.row for fault in unit.faults} - {line.row for line in good}
        unit.accepted, unit.rejected = len(good), len(bad)
        if not self.sending.dry and lines.last > self.done:
            self._reached(session, lines, unit, now)
        return unit

    def _usable(
        self,
        session: Session,
        lines: Lines,
        companies: dict[str, CompanyRow],
        unit: Unit,
        now: datetime,
    ) -> list[Line]:
        """Leave out rows of unknown companies and those that contradict an earlier row of the file."""
        current = self._said_before(session, lines, companies)
        said: dict[str, list[Line]] = {}
        good = []
        for line in lines.good:
            if line.code not in companies and not self._registered(line, companies, unit, now):
                continue
            first = self.seen.get(line.code) or unit.seen.get(line.code)
            if first and _contradicts(line, current.get(line.code, {}), said.get(line.code, ())):
                reason = f"与第 {first} 行是同一家企业,内容不同"
                unit.fault(line, "", line.code, reason, "核对后只留一行,再取一次")
                continue
            unit.seen.setdefault(line.code, first or line.row)
            said.setdefault(line.code, []).append(line)
            good.append(line)
        return good

    def _said_before(
        self, session: Session, lines: Lines, companies: dict[str, CompanyRow]
    ) -> dict[str, dict[tuple[str, str, str], str]]:
        """Give what earlier rows of the file said of companies that come again."""
        again = {
            companies[line.code].id: line.code
            for line in lines.good
            if line.code in self.seen and line.code in companies
        }
        if not again:
            return {}
        found: dict[str, dict[tuple[str, str, str], str]] = {}
        for id_, rows in current_rows(session, again).items():
            own = [row for row in rows if row.custodian == self.sending.custodian]
            found[again[id_]] = {row.place: row.value for row in own}
        return found

    def _registered(
        self, line: Line, companies: dict[str, CompanyRow], unit: Unit, now: datetime
    ) -> bool:
        """Register an unknown company where that is wanted; else its row is reported."""
        if not self.registers:
            reason = "登记表里没有这家企业"
            repair = (
                "核对代码;确是新企业的,选“登记新企业”(命令是 --register),或在映射里写“新企业: 登记”"
            )
            unit.fault(line, "统一社会信用代码", line.code, reason, repair)
            return False
        if not line.name:
            reason, repair = "新企业没有名称,不能登记", "补上企业名称"
            unit.fault(line, NAME, "", reason, repair)
            return False
        companies[line.code] = new_company(line.code, line.name, now)
        unit.created.append(companies[line.code])
        return True

    def _named(
        self, session: Session, company: CompanyRow, line: Line, unit: Unit, now: datetime
    ) -> None:
        """Rename a company where the keeper of names says so; others are only pointed out."""
        renamed = named_by(
            session, company, line.name, line.facts, self.sending.as_of, self.actor, now
        )
        unit.renamed += renamed is True
        if renamed is False:
            unit.warnings[NAMES_DIFFER] += 1

    def _reached(self, session: Session, lines: Lines, unit: Unit, now: datetime) -> None:
        """Write how far the file is taken; another process that takes it too is told to stop."""
        statement = (
            update(FactImport)
            .where(FactImport.id == self.import_id, FactImport.done_rows == lines.first - 1)
            .values(
                done_rows=lines.last,
                accepted=FactImport.accepted + unit.accepted,
                rejected=FactImport.rejected + unit.rejected,
            )
            .execution_options(synchronize_session=False)
        )
        if cast("CursorResult[Any]", session.execute(statement)).rowcount != 1:
            raise ImportFault("这份文件正由另一个进程取入,请等它结束")
        told = [self.sending.custodian, lines.first, lines.last, unit.accepted, unit.rejected]
        after = self.office.sealer.digest(told)
        deed = Deed("facts.import", "import", str(self.import_id), after=after)
        append(session, self.actor, min(self.actor.roles).value, deed, now)

    def end(self) -> Report:
        """Note that the whole file was taken, and give the report."""
        teller = self.reading.teller
        self.report.reported = tuple(sorted(teller.reported))
        self.report.left_out = tuple(sorted(teller.left_out))

        def unit() -> None:
            with self.office.database.writing() as session:
                session.execute(
                    update(FactImport)
                    .where(FactImport.id == self.import_id)
                    .values(finished_at=self.now())
                )

        if not self.sending.dry:
            retrying(unit)
        return self.report


def _refuse_second(known: FactImport | None) -> None:
    if known is not None and known.finished_at is not None:
        day = known.finished_at.date()
        raise ImportFault(
            f"{known.custodian}的这份文件 {day} 已经取过({known.file_name},"
            f"{known.accepted} 行),没有再取"
        )


def _contradicts(line: Line, before: Mapping[Place, str], earlier: Sequence[Line]) -> bool:
    """Say whether a row tells something else than what earlier rows of the file told of its company."""
    known = {**before, **{fact.place: fact.value for one in earlier for fact in one.facts}}
    return any(known.get(fact.place, fact.value) != fact.value for fact in line.facts)


def _told(good: Sequence[Line]) -> dict[str, Sequence[Told]]:
    """Give the facts by code, each once; rows of one company that agree say them several times."""
    told: dict[str, Sequence[Told]] = {}
    for line in good:
        if line.code in told:
            every = {fact.place: fact for fact in (*told[line.code], *line.facts)}
            told[line.code] = tuple(every.values())
        else:
            told[line.code] = line.facts
    return told

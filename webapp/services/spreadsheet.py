"""The answers as an XLSX workbook: a template made from the vocabulary, and the way back.

One row is one question, or one member of a question; its choices are a validation list. Reading is
done by `matcher.registry.spreadsheets` in a child process, and every cell goes through the same checks
as the form.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

import xlsxwriter

from matcher.language.profiles import FILED
from matcher.registry.faults import RegistryFault
from matcher.registry.spreadsheets import SheetSource
from matcher.registry.xlsx_parts import cell_name
from matcher.vocabulary.model import Attribute, Kind, Member
from webapp.services.checking import Checker, Fault
from webapp.services.profiles import Facts
from webapp.services.questions import (
    HELD,
    MEMBERWISE,
    NO,
    NONE,
    NOT_APPLICABLE,
    UNSURE,
    YEARS,
    YES,
    Answer,
    Question,
    Questionnaire,
    answer,
    with_answers,
)

SHEET, LISTS = "填写", "选项"
COLUMNS = ("分组", "问题", "指标", "选项", "年度", "填写", "单位", "起", "止", "级别")
_WIDTHS = (16, 44, 18, 26, 8, 24, 8, 13, 13, 10)
_ATTRIBUTE, _MEMBER, _YEAR, _FILL, _FROM, _TO, _LEVEL = (
    COLUMNS.index(name) for name in ("指标", "选项", "年度", "填写", "起", "止", "级别")
)
_INLINE = 255
"""A validation list of more characters has to stand in cells."""
_DATES = {
    Kind.TITLES: ("取得日期", "有效期至"),
    Kind.STATUS: ("列入日期", "移出日期"),
}
# Each workbook costs a process with a gigabyte; strangers may start only so many at once.
_READING = BoundedSemaphore(2)
_PATIENCE = 20.0


class Busy(RuntimeError):
    """Too many workbooks are being read."""


@dataclass(frozen=True, slots=True)
class CellFault:
    """What is wrong in one cell: its name, what it is about, and the mistake."""

    cell: str
    about: str
    fault: Fault


@dataclass
class Sheet:
    """What was understood of a workbook."""

    facts: Facts
    faults: list[CellFault] = field(default_factory=list)
    notes: list[CellFault] = field(default_factory=list)


# --- writing -------------------------------------------------------------------------------------


def template(questionnaire: Questionnaire, year: int, facts: Facts) -> bytes:
    """Make the workbook; with facts it is filled in, with none it is blank."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        head = book.add_format({"bold": True, "bg_color": "#EAF1FA", "border": 1})
        text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        typed = book.add_format({"num_format": "@", "bg_color": "#FFFDF2", "border": 1})
        sheet, lists = book.add_worksheet(SHEET), _Lists(book.add_worksheet(LISTS))
        sheet.write_row(0, 0, COLUMNS, head)
        for at, width in enumerate(_WIDTHS):
            sheet.set_column(at, at, width)
        for row, line in enumerate(_lines(questionnaire, year, facts), 1):
            open_cells = {_FILL, *((_FROM, _TO) if line.dated else ()), *line.level_column}
            for at, value in enumerate(line.cells):
                sheet.write_string(row, at, value, typed if at in open_cells else text)
            lists.validate(sheet, row, _FILL, line.choices)
            lists.validate(sheet, row, _LEVEL, line.levels)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, 0, len(COLUMNS) - 1)
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class _Line:
    cells: tuple[str, ...]
    choices: tuple[str, ...]
    dated: bool = False
    levels: tuple[str, ...] = ()

    @property
    def level_column(self) -> tuple[int, ...]:
        return (_LEVEL,) if self.levels else ()


class _Lists:
    """Puts validation lists on cells, longer ones by way of a sheet of their own."""

    def __init__(self, sheet: Any) -> None:
        self.sheet = sheet
        self.known: dict[tuple[str, ...], str] = {}
        sheet.hide()

    def validate(self, sheet: Any, row: int, column: int, choices: tuple[str, ...]) -> None:
        if choices:
            # A warning only: several industries in one cell are no single choice of the list.
            rule = {"validate": "list", "source": self._source(choices), "error_type": "warning"}
            sheet.data_validation(row, column, row, column, rule)

    def _source(self, choices: tuple[str, ...]) -> Any:
        if len(",".join(choices)) <= _INLINE:
            return list(choices)
        if choices not in self.known:
            at = len(self.known)
            self.sheet.write_column(0, at, choices)
            letters = cell_name(0, at).rstrip("1")
            self.known[choices] = f"={LISTS}!${letters}$1:${letters}${len(choices)}"
        return self.known[choices]


def _lines(questionnaire: Questionnaire, year: int, facts: Facts) -> Iterator[_Line]:
    checker = Checker(questionnaire.vocabulary, date(year + 1, 1, 1))
    for group in questionnaire.groups:
        for question in group.questions:
            attribute = question.attribute
            front = (group.word.label, attribute.question or attribute.label, attribute.label)
            if attribute.kind in MEMBERWISE:
                yield from _member_lines(question, front, answer(facts, attribute, year), checker)
                continue
            unit = attribute.unit.name if attribute.unit else ""
            earlier = [int(one) for one in facts.get(YEARS, {}) if attribute.yearly]
            for when in sorted({year, *earlier}):
                given = answer(facts, attribute, when)
                said = ";".join(given) if isinstance(given, list) else str(given or "")
                said = said.removesuffix(f" {unit}") if unit else said
                shown = str(when) if attribute.yearly else ""
                cells = (*front, "", shown, said, unit, "", "", "")
                yield _Line(cells, _choices(question, None, checker))


def _member_lines(
    question: Question, front: tuple[str, ...], given: Answer | None, checker: Checker
) -> Iterator[_Line]:
    attribute = question.attribute
    known = given if isinstance(given, Mapping) else {}
    dated = attribute.kind in _DATES or attribute.kind is Kind.STAGE
    for member in attribute.members:
        said, begin, end, level = _member_cells(attribute, known.get(member.label))
        cells = (*front, member.label, "", said, "", begin, end, level)
        yield _Line(cells, _choices(question, member, checker), dated, member.levels)


def _choices(question: Question, member: Member | None, checker: Checker) -> tuple[str, ...]:
    """List what a cell may hold; nothing where it takes free text."""
    attribute, vocabulary = question.attribute, checker.vocabulary
    match attribute.kind:
        case Kind.YES_NO:
            found: list[str] = [YES, NO]
        case Kind.CHOICE:
            found = [item.label for item in attribute.members]
        case Kind.SET:
            return (YES, NO, UNSURE)
        case Kind.TITLES | Kind.STATUS:
            return (HELD, NONE, UNSURE)
        case Kind.ACTIVITIES:
            words = vocabulary.words("事项状态").values()
            return (*(word.label for word in words), UNSURE)
        case Kind.STAGE:
            return (*attribute.stages_of(member), NONE, UNSURE)
        case Kind.REGION:
            found = [checker.region(id_) for id_ in vocabulary.regions.by_id]
        case Kind.INDUSTRY:
            found = [checker.industry(code) for code in vocabulary.industries.names]
        case _:
            return ()
    return (*found, UNSURE, *([NOT_APPLICABLE] if question.may_not_apply else []))


def _member_cells(attribute: Attribute, given: Answer | None) -> tuple[str, str, str, str]:
    """Write a member's answer in the columns 填写, 起, 止, 级别."""
    last = given[-1] if isinstance(given, list) and given else given
    if not isinstance(last, Mapping):
        held = attribute.kind in _DATES and last == YES
        return HELD if held else str(last or ""), "", "", ""
    if attribute.kind is Kind.ACTIVITIES:
        return str(last.get("状态", "")), "", "", ""
    if attribute.kind is Kind.STAGE:
        reached = [stage for stage in attribute.stages if stage in last]
        return reached[-1], str(last[reached[-1]]), "", ""
    begin, end = _DATES[attribute.kind]
    return HELD, str(last.get(begin, "")), str(last.get(end, "")), str(last.get("级别", ""))


# --- reading -------------------------------------------------------------------------------------


def read(
    content: bytes, name: str, questionnaire: Questionnaire, today: date, present: Facts
) -> Sheet:
    """Read a filled workbook; raises `RegistryFault` on one that cannot be read, `Busy` in a rush.

    ``present`` are the answers that stand: cells that still say the same keep what a sheet has no room
    for, such as an earlier certificate.
    """
    rows = _rows(content, name)
    reader = _SheetReader(questionnaire, today, present)
    for place, row in enumerate(rows, 1):
        reader.line(place, row)
    return reader.found


def _rows(content: bytes, name: str) -> list[tuple[str, ...]]:
    if not _READING.acquire(timeout=_PATIENCE):
        raise Busy
    try:
        with tempfile.TemporaryDirectory(prefix="mianshen-") as folder:
            path = Path(folder) / "upload.xlsx"
            path.write_bytes(content)
            source = SheetSource(path, name, SHEET)
            missing = [
                column for column in COLUMNS if column not in {item.name for item in source.columns}
            ]
            if missing:
                raise RegistryFault(
                    f"{name}:工作表“{SHEET}”缺少 {'、'.join(missing)} 列。请用本页的模板填写"
                )
            (frame,) = source.frames()
            wanted = frame.select(COLUMNS).fill_null("")
            return [tuple(row) for row in wanted.iter_rows()]
    finally:
        _READING.release()


class _SheetReader:
    """Reads row by row; a cell that is wrong is named and left out."""

    def __init__(self, questionnaire: Questionnaire, today: date, present: Facts) -> None:
        self.vocabulary, self.today = questionnaire.vocabulary, today
        self.present = present
        self.questions = {
            question.attribute.label: question
            for group in questionnaire.groups
            for question in group.questions
        }
        self.checkers: dict[int, Checker] = {}
        self.found = Sheet({FILED: today.isoformat()})

    def line(self, place: int, row: tuple[str, ...]) -> None:
        """Read one row; without anything filled in it says nothing."""
        if not any(row[at] for at in (_FILL, _FROM, _TO, _LEVEL)):
            return
        question = self.questions.get(row[_ATTRIBUTE])
        if question is None:
            message = f"没有名为“{row[_ATTRIBUTE]}”的指标"
            fault = Fault("unknown-attribute", message, "“指标”一列请不要改")
            return self._wrong(place, _ATTRIBUTE, row, fault)
        checker = self._checker(question.attribute, row[_YEAR])
        if checker is None:
            fault = Fault("wrong-period", f"“{row[_YEAR]}”不是年份", "写成 2025")
            return self._wrong(place, _YEAR, row, fault)
        if question.attribute.kind in MEMBERWISE:
            return self._member(place, row, question, checker)
        self._simple(place, row, question, checker)

    def _simple(self, place: int, row: tuple[str, ...], question: Question, check: Checker) -> None:
        attribute, typed = question.attribute, row[_FILL]
        if attribute.kind in (Kind.YES_NO, Kind.CHOICE):
            choices = _choices(question, None, check)
            if typed not in choices:
                return self._wrong(place, _FILL, row, _not_offered(typed, choices))
            return self._keep(attribute, typed, check.year)
        checked = check.text(question, typed)
        self._note(place, row, checked.notes)
        for fault in checked.faults:
            self._wrong(place, _FILL, row, fault)
        if not checked.faults:
            self._keep(attribute, checked.answer, check.year)

    def _member(self, place: int, row: tuple[str, ...], question: Question, check: Checker) -> None:
        attribute, typed = question.attribute, row[_FILL]
        member = attribute.member(row[_MEMBER])
        if member is None:
            fault = Fault("unknown-member", f"没有名为“{row[_MEMBER]}”的选项", "“选项”一列请不要改")
            return self._wrong(place, _MEMBER, row, fault)
        choices = _choices(question, member, check)
        if typed not in choices:
            return self._wrong(place, _FILL, row, _not_offered(typed, choices))
        given: Answer = typed
        if attribute.kind is Kind.STAGE and row[_FROM]:
            given = {typed: row[_FROM]}
        elif attribute.kind in _DATES and typed == HELD:
            begin, end = _DATES[attribute.kind]
            named = {begin: row[_FROM], end: row[_TO], "级别": row[_LEVEL]}
            given = {key: text for key, text in named.items() if text} or HELD
        stands = (answer(self.present, attribute, check.year) or {}).get(member.label)
        if stands and _member_cells(attribute, stands) == (typed, *row[_FROM:]):
            given = stands
        checked = check.member(attribute, member.label, given)
        for fault in checked.faults:
            self._wrong(place, _FROM if isinstance(given, dict) else _FILL, row, fault)
        if not checked.faults:
            known = answer(self.found.facts, attribute, check.year) or {}
            self._keep(attribute, {**known, member.label: checked.answer}, check.year)

    def _checker(self, attribute: Attribute, year: str) -> Checker | None:
        """Give the checker of a row's year; a yearly figure without one is of last year."""
        wanted = self.today.year - 1
        if attribute.yearly and year:
            if not (year.isascii() and year.isdigit() and 1900 <= int(year) < self.today.year):
                return None
            wanted = int(year)
        if wanted not in self.checkers:
            self.checkers[wanted] = Checker(self.vocabulary, self.today, wanted)
        return self.checkers[wanted]

    def _keep(self, attribute: Attribute, given: Answer, year: int) -> None:
        changes = {attribute.label: given}
        self.found.facts = with_answers(self.found.facts, changes, self.vocabulary, year)

    def _wrong(self, place: int, column: int, row: tuple[str, ...], fault: Fault) -> None:
        self.found.faults.append(_at(place, column, row, fault))

    def _note(self, place: int, row: tuple[str, ...], notes: tuple[Fault, ...]) -> None:
        self.found.notes += [_at(place, _FILL, row, note) for note in notes]


def _at(place: int, column: int, row: tuple[str, ...], fault: Fault) -> CellFault:
    about = " ".join(part for part in (row[_ATTRIBUTE], row[_MEMBER]) if part)
    return CellFault(cell_name(place, column), about, fault)


def _not_offered(typed: str, choices: tuple[str, ...]) -> Fault:
    shown = "、".join(choices[:12]) + (" …" if len(choices) > 12 else "")
    message = f"没有“{typed}”这个选项" if typed else "“填写”一列是空的"
    return Fault("unknown-choice", message, f"可填 {shown}")

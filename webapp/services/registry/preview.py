"""What a file that a department sent says, before any of it is taken over, and its refused rows as they came."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from matcher.language.answers import CODE
from matcher.language.profiles import NAME
from matcher.registry.columns import MappedColumn
from matcher.registry.recognise import unused_notes
from matcher.registry.rejected import FORMULA
from matcher.registry.sources import open_source
from matcher.vocabulary.model import Vocabulary
from webapp.limits import PREVIEWED
from webapp.services.registry.imports import opened
from webapp.services.registry.learning import Told
from webapp.services.registry.reading import COMPANY_FILES, Line, RowFault, TableReading
from webapp.services.registry.sending import Office, Report, Sending

HEAD = ("行号", "列", "原值", "原因", "怎么改")
"""Our columns of refused rows; those of the file follow as they came."""
ATTESTED, REPORTED, NAMES = "attested", "only_reported", "names"
_CHUNK = 5_000
_BESIDE = "(原列)"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file and the fact it was taken for.

    ``trust`` is `ATTESTED` where the sender keeps that fact, `REPORTED` where another department does, and
    `NAMES` where the column only says which company a row is about.
    """

    name: str
    fact: str
    unit: str
    trust: str


@dataclass(frozen=True, slots=True)
class Preview:
    """How a file is understood: its columns, those not taken, notes, and its first rows."""

    columns: tuple[Column, ...]
    unused: tuple[str, ...]
    notes: tuple[str, ...]
    rows: tuple[Line, ...]


def preview(office: Office, sending: Sending) -> Preview:
    """Read the head of a file. Raises what `imports.take` raises of a file that cannot be read."""
    with opened(office, sending) as reading:
        columns: tuple[Column, ...] = ()
        unused: tuple[str, ...] = ()
        if isinstance(reading, TableReading):
            words = office.catalogue.vocabulary
            unused = reading.mapping.ignored
            columns = tuple(
                Column(
                    one.name,
                    one.label,
                    one.unit.name if one.unit else "",
                    _trust(one, sending.custodian, words),
                )
                for one in reading.mapping.columns
            )
        lines = (line for piece in reading.lines() for line in piece.good)
        said = set(unused_notes(unused))  # the columns that are not taken are named apart
        notes = tuple(note for note in reading.notes if note not in said)
        return Preview(columns, unused, notes, tuple(islice(lines, PREVIEWED)))


def _trust(column: MappedColumn, custodian: str, words: Vocabulary) -> str:
    label = column.attribute.label
    if words.custodian(label, column.member.label if column.member else None) == (custodian, True):
        return ATTESTED
    return NAMES if label in (CODE, NAME) else REPORTED


def preview_json(found: Preview) -> str:
    """Write a preview as it is kept beside its file."""
    told = {
        "columns": [[one.name, one.fact, one.unit, one.trust] for one in found.columns],
        "unused": list(found.unused),
        "notes": list(found.notes),
        "rows": [
            [line.row, line.code, line.name, [fact_json(fact) for fact in line.facts]]
            for line in found.rows
        ],
    }
    return json.dumps(told, ensure_ascii=False)


def fact_json(told: Told) -> list[Any]:
    """Write one fact for a preview: what it is about, its value in words, whether it is attested."""
    about = " ".join(part for part in (told.attribute, told.member, told.period) if part)
    return [about, value_text(told.value), told.attested]


def value_text(value: str) -> str:
    """Say a stored value in words: of a dated title its days, of a list its items."""
    read = json.loads(value)
    if isinstance(read, dict):
        return ",".join(f"{name} {one}" for name, one in read.items())
    if isinstance(read, list):
        return "、".join(str(one) for one in read)
    if isinstance(read, bool):
        return "是" if read else "没有"
    return str(read)


def report_json(report: Report, faults: Iterable[RowFault]) -> dict[str, Any]:
    """Give what a page says of a file: counts, and refusals and warnings by reason."""
    learned = report.learned
    return {
        "rows": report.rows,
        "accepted": report.accepted,
        "rejected": report.rejected,
        "created": report.created,
        "renamed": report.renamed,
        "new": learned.new,
        "same": learned.same,
        "outdated": learned.outdated,
        "conflicts": learned.conflicts,
        "reported": list(report.reported),
        "left_out": list(report.left_out),
        "warnings": dict(report.warnings.most_common()),
        "reasons": dict(Counter(fault.reason for fault in faults).most_common()),
        "resumed_after": report.resumed_after,
    }


def write_rejected(target: Path, sending: Sending, faults: Sequence[RowFault]) -> None:
    """Write refused rows as they came, each with what is wrong and the repair, to be sent again alone."""
    by_row: dict[int, list[RowFault]] = {}
    for fault in faults:
        by_row.setdefault(fault.row, []).append(fault)
    names, rows = _as_they_came(sending, by_row)
    head = [*HEAD, *(f"{name}{_BESIDE}" if name in HEAD else name for name in names)]
    with target.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        for row in sorted(by_row):
            found = by_row[row]
            ours = [
                str(row),
                *(
                    ";".join(getattr(one, part) for one in found)
                    for part in ("column", "value", "reason", "repair")
                ),
            ]
            writer.writerow([_plain(cell) for cell in (*ours, *rows.get(row, ()))])


def _as_they_came(
    sending: Sending, wanted: Mapping[int, object]
) -> tuple[tuple[str, ...], dict[int, tuple[str, ...]]]:
    """Give the columns of a table and the rows that were asked for; a company file has neither."""
    if sending.path.suffix.lower() in COMPANY_FILES or not wanted:
        return (), {}
    found: dict[int, tuple[str, ...]] = {}
    with open_source(str(sending.path), sending.sheet) as source:
        names = tuple(column.name for column in source.columns)
        for chunk in source.chunks(_CHUNK):
            last = chunk.first_row + chunk.frame.height
            for row in (row for row in wanted if chunk.first_row <= row < last):
                cells = chunk.frame.row(row - chunk.first_row)
                found[row] = tuple("" if cell is None else str(cell) for cell in cells)
    return names, found


def _plain(cell: str) -> str:
    return f"'{cell}" if re.match(FORMULA, cell) else cell

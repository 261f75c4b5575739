"""The companies of this installation -> a registry file that a batch run takes (docs/batch.md).

In: what departments attest now, as cases are proved on it: valid on the day, not withheld by the company, not
in dispute, and what was decided with a document (认定, 名单, 参数). Out: a Parquet file of texts with a column a
fact, the mapping that attests each column for its custodian, and beside the file the folder `HOLDINGS` with the
lists and parameters, for `matcher.holdings.Holdings`. What the file leaves out is open in the run, never "no".

What a table cannot say, and so leaves out:

- records (记录), and facts of a span of days;
- judgements made for one measure alone; of whom one was, the judgement of that name is left out altogether;
- of a title with several certificates all but one, and the title itself where a rule would answer otherwise then;
- an absence that is known for a shorter time than 没有 stands for;
- what kinds of body (主体类别) a company is, where departments know some of them and it is not just an enterprise;
- whole facts that fewest companies have, where the table would be wider than a registry may be.

What a company declares is left out too. Companies that come or change while the file is written may be in it
as they were before or as they are after.
"""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.catalogue import Catalogue
from matcher.holdings import Holdings
from matcher.language.answers import CODE
from matcher.language.diagnostics import SourceError
from matcher.language.profiles import NAME
from matcher.nearby.reads import Reads, reads
from matcher.profile import FactKey, Profile
from matcher.registry.limits import MAX_COLUMNS
from matcher.vocabulary.model import JUDGEMENT, LIST, PARAMETER, Attribute, Vocabulary
from webapp.database import Database
from webapp.services.registry.cells import Teller, closes, decided_apart, tell_closed, unit_of
from webapp.services.registry.decided import counting
from webapp.services.registry.facts import StoredFact, attested_of, profile_from
from webapp.tables.registry import CompanyRow, ListDocument, ListEntry, ParameterValue

SLICE = 2_000
"""Companies that are read, told and written at a time."""
HOLDINGS = "holdings"
GROUPED = ("注册地", "行业")
"""Facts by which companies are counted, whether or not a measure asks for them."""
Place = tuple[FactKey, str]
"""A column: the fact, and the part of it that the column holds."""
Row = dict[Place, str]


def write_registry(
    database: Database,
    catalogue: Catalogue,
    today: date,
    target: Path,
    progress: Callable[[int], None],
) -> str:
    """Write all companies to a Parquet file, slice by slice; gives the text of its mapping.

    ``progress`` hears of companies as they are written.
    """
    table = _Table()
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".export-") as folder:
        for slice_ in _slices(database, catalogue, today):
            table.write(slice_, Path(folder))
            progress(len(slice_))
        places = table.fitting()
        _join(table.parts, places, target)
    with database.reading() as session:
        _write_holdings(session, catalogue.vocabulary, today, target.parent / HOLDINGS)
    return mapping_text(places, catalogue.vocabulary, today)


# --- companies ---------------------------------------------------------------------------------------


def _slices(
    database: Database, catalogue: Catalogue, today: date
) -> Iterator[list[tuple[str, str, Row]]]:
    """Give the companies in the order of their keys: code, name and cells."""
    telling = _Telling(catalogue, today)
    last = 0
    while True:
        with database.reading() as session:
            wanted = select(CompanyRow).where(CompanyRow.id > last)
            companies = session.scalars(wanted.order_by(CompanyRow.id).limit(SLICE)).all()
            if not companies:
                return
            facts = attested_of(session, companies, today)
            known = [(one.code, one.name, facts[one.id]) for one in companies]
            last = companies[-1].id
        yield [(code, name, telling.row(own)) for code, name, own in known]


class _Telling:
    """Tells of companies what the rules ask for."""

    def __init__(self, catalogue: Catalogue, today: date) -> None:
        self.vocabulary, self.today = catalogue.vocabulary, today
        self.teller = Teller(catalogue, today)
        self.asked = _asked(catalogue)
        self.closed = [one for one in self.vocabulary.attributes.values() if closes(one)]

    def row(self, facts: Sequence[StoredFact]) -> Row:
        """Give the cells of a company; one whose facts today's rules cannot read is open throughout."""
        try:
            profile = profile_from(facts, self.vocabulary, self.today).attested()
        except SourceError:
            profile = Profile({}, self.today)
        found: Row = {}
        apart = decided_apart(profile.facts)
        held: dict[str, dict[str, bool]] = {one.label: {} for one in self.closed}
        for key, fact in profile.facts.items():
            if key.attribute in held:
                held[key.attribute][key.member or ""] = fact.value is True
            elif key in self.asked and not (key.attribute == JUDGEMENT and key.member in apart):
                for part, text in self.teller.cells(key, fact.value).items():
                    found[key, part] = text
        for attribute in self.closed:
            tell_closed(attribute, held[attribute.label], self._put(found, attribute))
        return found

    @staticmethod
    def _put(found: Row, attribute: Attribute) -> Callable[[str, str], None]:
        def put(member: str, text: str) -> None:
            found[FactKey(attribute.label, member), ""] = text

        return put


def _asked(catalogue: Catalogue) -> Reads:
    """Give the facts that measures and prevailing conditions ask for, and those that companies are counted by."""
    vocabulary = catalogue.vocabulary
    conditions = [*(one.condition for one in catalogue.measures), catalogue.exclusion]
    asked = {one for condition in conditions for one in reads(condition, vocabulary).asked}
    asked |= {(name, None) for name in GROUPED}
    asked |= {(one.attribute, one.title) for one in catalogue.standards}
    return Reads(frozenset(asked))


# --- the table ---------------------------------------------------------------------------------------


@dataclass
class _Table:
    """Slices as they are written, each with the columns that it has, and how many companies have which fact."""

    parts: list[tuple[Path, dict[Place, str]]] = field(default_factory=list)
    places: dict[FactKey, set[str]] = field(default_factory=dict)
    filled: Counter[FactKey] = field(default_factory=Counter)

    def write(self, slice_: Sequence[tuple[str, str, Row]], folder: Path) -> None:
        places: dict[Place, None] = {}
        for _, _, row in slice_:
            places |= dict.fromkeys(row)
            self.filled.update({key for key, _ in row})
        for key, part in places:
            self.places.setdefault(key, set()).add(part)
        path = folder / f"{len(self.parts)}.parquet"
        texts = {
            CODE: [code for code, _, _ in slice_],
            NAME: [name for _, name, _ in slice_],
            **{header(place): [row.get(place) for _, _, row in slice_] for place in places},
        }
        pl.DataFrame(texts, schema=dict.fromkeys(texts, pl.String)).write_parquet(path)
        self.parts.append((path, {place: header(place) for place in places}))

    def fitting(self) -> list[Place]:
        """Give the columns, those of whole facts, as many as a registry may have."""
        kept: list[Place] = []
        for key, _ in self.filled.most_common():
            own = [(key, part) for part in sorted(self.places[key])]
            if len(kept) + len(own) <= MAX_COLUMNS - 2:
                kept += own
        return sorted(kept, key=header)


def header(place: Place) -> str:
    """Name a column."""
    key, part = place
    words = [f"{key.period}年" if key.period else "", key.attribute, key.member or "", part]
    return " ".join(word for word in words if word)


def _join(
    parts: Sequence[tuple[Path, Mapping[Place, str]]], places: Sequence[Place], target: Path
) -> None:
    """Put the slices into one file; the columns that a slice lacks are empty there."""
    names = [CODE, NAME, *map(header, places)]
    schema = pa.schema([(name, pa.string()) for name in names])
    whole = target.with_name(f".{target.name}")
    with pq.ParquetWriter(whole, schema, compression="zstd") as writer:
        for path, _ in parts:
            frame = pl.read_parquet(path)
            lacking = [pl.lit(None, pl.String).alias(n) for n in names if n not in frame.columns]
            writer.write_table(frame.with_columns(lacking).select(names).to_arrow().cast(schema))
            path.unlink()
    whole.replace(target)


def mapping_text(places: Sequence[Place], vocabulary: Vocabulary, today: date) -> str:
    """Write the mapping of the columns as YAML; each that its custodian vouches for is attested as of the day."""
    entries: list[dict[str, Any]] = [
        {"列": label, "指标": label, **_source(FactKey(label), vocabulary, today)}
        for label in (CODE, NAME)
    ]
    for key, part in places:
        attribute = vocabulary.attributes[key.attribute]
        entry: dict[str, Any] = {"列": header((key, part)), "指标": key.attribute}
        if key.member:
            entry["项"] = key.member
        if part:
            entry["部分"] = part
        if key.period:
            entry["年度"] = key.period
        unit = unit_of(attribute, vocabulary)
        if unit is not None:
            entry["单位"] = unit.name
        entries.append(entry | _source(key, vocabulary, today) | {"读不懂时": "未知"})
    lines = ["# 本机构企业库的导出,由程序写出。", f"填报日期: {today.isoformat()}", "列:"]
    return "\n".join([*lines, *(f"  - {_flow(entry)}" for entry in entries)]) + "\n"


def _source(key: FactKey, vocabulary: Vocabulary, today: date) -> dict[str, Any]:
    custodian, attestable = vocabulary.custodian(key.attribute, key.member)
    vouched = custodian and (attestable or key.attribute == JUDGEMENT)
    return {"来源": custodian, "日期": today} if vouched else {}


def _flow(entry: Mapping[str, Any]) -> str:
    dumped: str = yaml.safe_dump(
        dict(entry), default_flow_style=True, allow_unicode=True, sort_keys=False, width=10**6
    )
    return dumped.strip()


# --- lists and parameters ----------------------------------------------------------------------------


def _write_holdings(session: Session, vocabulary: Vocabulary, today: date, folder: Path) -> None:
    """Write the lists and parameters that count on a day, as `mianshen` keeps them on the command line."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    holdings = Holdings(folder)
    for name, row in _newest(session, ListDocument, ListDocument.as_of, today).items():
        member = vocabulary.member(LIST, name)
        if member is not None:
            path = folder / "list.csv"
            _write_entries(session, row.id, path)
            holdings.import_list(member, path, row.as_of, row.document_no)
            path.unlink()
    for name, row in _newest(session, ParameterValue, ParameterValue.first_day, today).items():
        member = vocabulary.member(PARAMETER, name)
        if member is not None:
            holdings.set_parameter(member, row.value, row.first_day, vocabulary)


def _newest(session: Session, table: Any, day: Any, today: date) -> dict[str, Any]:
    wanted = select(table).where(day <= today).where(*counting(table, None))
    return {row.name: row for row in session.scalars(wanted.order_by(day, table.id))}


def _write_entries(session: Session, listed: int, path: Path) -> None:
    wanted = select(ListEntry.code, ListEntry.name).where(ListEntry.list_id == listed)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([CODE, NAME])
        writer.writerows(tuple(row) for row in session.execute(wanted.order_by(ListEntry.row)))

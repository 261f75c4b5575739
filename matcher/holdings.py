"""What a deployment adds to the rules: dated lists, dated parameters, a complete industry table.

Plain CSV files under the data folder, written whole or not at all. Departments keep the lists; a list
that is loaded answers yes for those on it and no for the rest, as of its date.
"""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from matcher.profile import Assurance, Fact, FactKey, Profile
from matcher.values import Number, ValueFault, fold, parse_date
from matcher.vocabulary.model import LIST, PARAMETER, Member, Vocabulary

CODE_COLUMNS = ("统一社会信用代码", "社会信用代码", "信用代码", "credit_code", "code")
NAME_COLUMNS = ("企业名称", "名称", "name")
CODE_ATTRIBUTE, NAME_ATTRIBUTE = "统一社会信用代码", "企业名称"
MAX_LIST_BYTES = 32 * 2**20


class ImportFault(ValueError):
    """A table cannot be taken over; the message names the place and the repair, in Chinese."""


@dataclass(frozen=True, slots=True)
class CompanyList:
    """One dated version of a list document: credit codes and names as given."""

    name: str
    as_of: date
    source: str
    codes: frozenset[str]
    names: frozenset[str]

    def holds(self, code: str, name: str) -> bool | None:
        """Say whether a company is on the list; None where it cannot be told apart."""
        return stands(
            code, name, code in self.codes, name in self.names, bool(self.codes), bool(self.names)
        )


def stands(
    code: str, name: str, by_code: bool, by_name: bool, has_codes: bool, has_names: bool
) -> bool | None:
    """Say whether a company is on a list: by code where both sides have one, else by name."""
    if code and has_codes:
        return by_code
    if name and has_names:
        return by_name
    return None


def list_fact(answer: bool, source: str, as_of: date) -> Fact:
    """Give what a list of a day says of a company."""
    return Fact(answer, Assurance.ATTESTED, f"{source}({as_of})", as_of)


def parameter_fact(
    member: Member, text: str, first_day: date, vocabulary: Vocabulary
) -> Fact | None:
    """Give a parameter's value from a day on; None where today's rules measure it in another unit."""
    try:
        value = vocabulary.units.parse(text, vocabulary.parameter_unit(member))
    except ValueFault:
        return None
    return Fact(value, Assurance.ATTESTED, PARAMETER, first_day)


def write_whole(path: Path, text: str) -> None:
    """Write a file completely or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def read_table(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """Read a CSV file in UTF-8 or GB18030; every row must be as wide as the header."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ImportFault(f"{path}:读不到文件({error.strerror})") from error
    if len(raw) > MAX_LIST_BYTES:
        raise ImportFault(f"{path}:文件超过 {MAX_LIST_BYTES // 2**20} MiB,请拆开")
    text = _decoded(raw, path)
    rows = list(csv.reader(io.StringIO(text)))
    if not rows or not any(cell.strip() for cell in rows[0]):
        raise ImportFault(f"{path}:文件是空的,第一行应是列名")
    header = [fold(cell).strip() for cell in rows[0]]
    table = []
    for number, row in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(header):
            raise ImportFault(f"{path}:{number}:有 {len(row)} 列,列名有 {len(header)} 列,请补齐")
        table.append(dict(zip(header, (cell.strip() for cell in row), strict=True)))
    return header, table


def _decoded(raw: bytes, path: Path) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ImportFault(f"{path}:不是 UTF-8 也不是 GB18030 编码,请另存为 UTF-8")


class Holdings:
    """The lists, parameters and tables of one deployment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    # --- lists -----------------------------------------------------------------------------------

    def import_list(self, member: Member, path: Path, as_of: date, source: str) -> int:
        """Take over a list document; give its number of companies."""
        header, rows = read_table(path)
        code = next((name for name in CODE_COLUMNS if name in header), None)
        name = next((column for column in NAME_COLUMNS if column in header), None)
        if code is None and name is None:
            raise ImportFault(
                f"{path}:没有“统一社会信用代码”或“企业名称”列,现有列:{'、'.join(header)}"
            )
        output = io.StringIO()
        writer = csv.writer(output)
        writer.writerow(["code", "name"])
        for row in rows:
            folded = fold(row[code]).replace(" ", "").upper() if code else ""
            writer.writerow([folded, row[name] if name else ""])
        target = self.folder / "lists" / member.id
        write_whole(target / f"{as_of}.csv", output.getvalue())
        about = {"list": member.label, "as_of": as_of.isoformat(), "source": source}
        write_whole(target / f"{as_of}.json", json.dumps(about, ensure_ascii=False))
        return len(rows)

    def list_as_of(self, member: Member, day: date) -> CompanyList | None:
        """Give the newest version of a list that is not later than a day."""
        folder = self.folder / "lists" / member.id
        dated = sorted(path.stem for path in folder.glob("*.csv") if path.stem <= day.isoformat())
        if not dated:
            return None
        _, rows = read_table(folder / f"{dated[-1]}.csv")
        about = json.loads((folder / f"{dated[-1]}.json").read_text(encoding="utf-8"))
        return CompanyList(
            member.label,
            date.fromisoformat(dated[-1]),
            about["source"],
            frozenset(row["code"] for row in rows if row["code"]),
            frozenset(row["name"] for row in rows if row["name"]),
        )

    # --- parameters ------------------------------------------------------------------------------

    @property
    def _parameter_file(self) -> Path:
        return self.folder / "parameters.csv"

    def set_parameter(
        self, member: Member, text: str, first_day: date, vocabulary: Vocabulary
    ) -> Number:
        """Record a parameter's value from a day on; earlier values stay."""
        value = vocabulary.units.parse(text, vocabulary.parameter_unit(member))
        rows = [row for row in self._parameters() if row[:2] != (member.id, first_day.isoformat())]
        rows.append((member.id, first_day.isoformat(), text))
        output = io.StringIO()
        writer = csv.writer(output)
        writer.writerows([("parameter", "from", "value"), *sorted(rows)])
        write_whole(self._parameter_file, output.getvalue())
        return value

    def _parameters(self) -> list[tuple[str, str, str]]:
        if not self._parameter_file.exists():
            return []
        _, rows = read_table(self._parameter_file)
        return [(row["parameter"], row["from"], row["value"]) for row in rows]

    # --- industries ------------------------------------------------------------------------------

    @property
    def _industry_file(self) -> Path:
        return self.folder / "industries.csv"

    def import_industries(self, path: Path) -> int:
        """Take over a complete industry table with columns code, name, parent."""
        header, rows = read_table(path)
        missing = [name for name in ("code", "name", "parent") if name not in header]
        if missing:
            raise ImportFault(f"{path}:缺少列 {'、'.join(missing)},应有 code、name、parent")
        codes = {row["code"] for row in rows}
        for number, row in enumerate(rows, 2):
            if row["parent"] and row["parent"] not in codes:
                raise ImportFault(f"{path}:{number}:上级代码 {row['parent']} 不在表里")
        output = io.StringIO()
        writer = csv.writer(output)
        writer.writerow(["code", "name", "parent"])
        writer.writerows((row["code"], row["name"], row["parent"]) for row in rows)
        write_whole(self._industry_file, output.getvalue())
        return len(rows)

    def industries(self) -> str | None:
        """Give the imported industry table, or None."""
        if not self._industry_file.exists():
            return None
        return self._industry_file.read_text(encoding="utf-8")

    # --- facts -----------------------------------------------------------------------------------

    def enrich(self, profile: Profile, vocabulary: Vocabulary, day: date) -> Profile:
        """Add what loaded lists and parameters say of a company on a day."""
        facts: list[tuple[FactKey, Fact]] = []
        code, name = profile.text(CODE_ATTRIBUTE), profile.text(NAME_ATTRIBUTE)
        # A list cannot say anything of a company that it cannot tell apart.
        if (code or name) and (self.folder / "lists").is_dir():
            for member in vocabulary.attributes[LIST].members:
                found = self.list_as_of(member, day)
                answer = found.holds(code, name) if found else None
                if found is not None and answer is not None:
                    key = FactKey(LIST, member.label)
                    facts.append((key, list_fact(answer, found.source, found.as_of)))
        facts += self._parameter_facts(vocabulary, day)
        return profile.with_facts(facts) if facts else profile

    def _parameter_facts(self, vocabulary: Vocabulary, day: date) -> list[tuple[FactKey, Fact]]:
        newest: dict[str, tuple[str, str]] = {}
        for id_, first_day, text in self._parameters():
            if first_day <= day.isoformat():
                newest[id_] = max(newest.get(id_, ("", "")), (first_day, text))
        facts = []
        for member in vocabulary.attributes[PARAMETER].members:
            if member.id not in newest:
                continue
            first_day, text = newest[member.id]
            fact = parameter_fact(member, text, parse_date(first_day), vocabulary)
            if fact is not None:
                facts.append((FactKey(PARAMETER, member.label), fact))
        return facts

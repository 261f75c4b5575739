"""Readers of columns that hold one plain value: dates, yes or no, options, ranks, texts.

Each gives its main column under "" and further ones under the names of their parts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import polars as pl

from matcher.language.claims import NA_WORDS, NEVER, NONE_WORDS, UNSURE_WORDS
from matcher.language.diagnostics import did_you_mean
from matcher.language.entries import NO, YES
from matcher.registry.cells import (
    NOT_APPLICABLE,
    UNKNOWN,
    Answer,
    Batch,
    Lookup,
    as_text,
    doubtful,
    saying,
)
from matcher.registry.columns import MappedColumn
from matcher.registry.series import nulled
from matcher.registry.synonyms import RegistryWords, plain
from matcher.values import FIRST_YEAR, LAST_YEAR, ValueFault, fold, parse_date, parse_number
from matcher.vocabulary.model import Attribute, Kind, Member

Columns = dict[str, pl.Series]
YES_WORDS = YES | {"√", "✓", "✔", "☑", "对", "YES", "TRUE", "T", "t"}
NO_WORDS = NO | {"×", "✗", "✘", "✕", "X", "x", "不是", "NO", "FALSE", "F", "f", "未"}
FOREVER = frozenset({"长期", "长期有效", "永久", "永久有效", "无固定期限", "无期限"})
LAST_DAY = date(LAST_YEAR, 12, 31)
NOTHING_SAID = "“无”按未知处理"
_NOTHING = frozenset({"无", "没有"})
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_TIME = re.compile(r"[ T]+\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$", re.ASCII)
_UNSEEN = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]"


def _unsaid(read: Callable[[str], Answer]) -> Callable[[str], Answer]:
    """Read 不适用, 不清楚 and 无 before anything else."""

    def answer(text: str) -> Answer:
        if text in NA_WORDS:
            return NOT_APPLICABLE
        if text in UNSURE_WORDS:
            return UNKNOWN
        if text in _NOTHING:
            return doubtful(NOTHING_SAID)
        return read(text)

    return answer


class DateReader:
    """Reads days; ``limit`` is the last day that can be known, ``open_end`` takes 长期 as no end."""

    def __init__(
        self,
        column: MappedColumn,
        words: RegistryWords,
        limit: date | None = None,
        open_end: bool = False,
    ) -> None:
        self.column, self.limit, self.open_end = column, limit, open_end
        self.lookup = Lookup(_unsaid(self.read_one), words, pl.Date)

    def read(self, batch: Batch) -> Columns:
        """Read the column's cells; parts: the day and 不适用."""
        cells = batch.cells(self.column)
        if cells.dtype == pl.Date or isinstance(cells.dtype, pl.Datetime):
            columns = {"": self._native(batch, cells)}
        else:
            columns = self._typed(batch, as_text(cells))
        if self.limit is not None:
            late = (columns[""] > self.limit).fill_null(False)
            reason = f"{self.column.label}晚于 {self.limit}"
            batch.refuse(self.column, late, cells, reason, "核对日期,以及映射里的填报日期")
            columns[""] = nulled(columns[""], late)
        return columns

    def _native(self, batch: Batch, cells: pl.Series) -> pl.Series:
        days = cells.cast(pl.Date)
        wrong = ~_within(days) & days.is_not_null()
        if self.open_end:
            endless = wrong & (days > LAST_DAY)
            days = days.scatter(endless.arg_true(), LAST_DAY)
            wrong &= ~endless
        sentence = f"年份应在 {FIRST_YEAR} 到 {LAST_YEAR} 之间"
        batch.refuse(self.column, wrong, cells, sentence, "核对日期")
        return nulled(days, wrong)

    def _typed(self, batch: Batch, texts: pl.Series) -> Columns:
        days = texts.str.to_date("%Y-%m-%d", strict=False)
        days = nulled(days, ~_within(days) & days.is_not_null())
        na = pl.Series([None], dtype=pl.Boolean).new_from_index(0, len(texts))
        left = texts.is_not_null() & days.is_null()
        if left.any():
            places = left.arg_true()
            some = texts.gather(places)
            answers = self.lookup(some)
            batch.at(places).report(self.column, some, answers)
            days = days.scatter(places, answers["value"])
            na = na.scatter(places, answers["na"])
        return {"": days, "na": na}

    def read_one(self, text: str) -> Answer:
        """Read one day, a time of day behind it left out."""
        folded = _TIME.sub("", fold(text).strip())
        if self.open_end and (folded in FOREVER or folded.startswith("9999")):
            return Answer(LAST_DAY)
        match = _COMPACT.fullmatch(folded)
        if match:
            folded = "-".join(match.groups())
        return Answer(parse_date(folded.replace(".", "-")))


def _within(days: pl.Series) -> pl.Series:
    years = days.dt.year()
    return ((years >= FIRST_YEAR) & (years <= LAST_YEAR)).fill_null(False)


class FlagReader:
    """Reads 是 and 否 of an attribute, or of one member of it."""

    def __init__(self, column: MappedColumn, words: RegistryWords) -> None:
        self.column, self.member = column, column.member
        read = self.read_one if self.member else _applicable(self.read_one)
        self.lookup = Lookup(read, words, pl.Boolean)

    def read(self, batch: Batch) -> Columns:
        """Read the column's cells; parts: true or false, and 不适用."""
        cells = batch.cells(self.column)
        if cells.dtype == pl.Boolean:
            return {"": cells}
        answers = self.lookup(cells)
        batch.report(self.column, cells, answers)
        return {"": answers["value"], "na": answers["na"]}

    def read_one(self, text: str) -> Answer:
        """Read one yes or no; beside a member its own name means yes."""
        held = yes_or_no(text, self.member)
        if held is None and text not in UNSURE_WORDS:
            raise ValueFault("wrong-type", "不是“是”或“否”", "写“是”“否”或“不清楚”")
        return Answer(held)


def _applicable(read: Callable[[str], Answer]) -> Callable[[str], Answer]:
    """Read 不适用 before anything else; 无 is an answer here."""

    def answer(text: str) -> Answer:
        return NOT_APPLICABLE if text in NA_WORDS else read(text)

    return answer


def yes_or_no(text: str, member: Member | None = None) -> bool | None:
    """Read a yes or no as people tick it; None for anything else."""
    if text in YES_WORDS or (member and text in (member.label, member.id, *member.aliases)):
        return True
    nothing = NONE_WORDS | NEVER if member else frozenset()
    return False if text in NO_WORDS | nothing else None


class ChoiceReader:
    """Reads one of the options of an attribute, by the spellings that the synonym table adds."""

    def __init__(self, column: MappedColumn, words: RegistryWords) -> None:
        self.column, self.attribute = column, column.attribute
        self.places = {member.label: n for n, member in enumerate(self.attribute.members)}
        self.spellings = dict(words.options.get(self.attribute.label, {}))
        for member in self.attribute.members:
            for name in (member.label, *member.aliases):
                self.spellings[plain(name)] = member.label
        self.by_beginning = self.attribute.label in words.by_beginning
        self.lookup = Lookup(_unsaid(self.read_one), words, pl.Int16)

    def read(self, batch: Batch) -> Columns:
        """Read the column's cells; parts: the option's place, and 不适用."""
        cells = batch.cells(self.column)
        answers = self.lookup(cells)
        batch.report(self.column, cells, answers)
        return {"": answers["value"], "na": answers["na"]}

    def read_one(self, text: str) -> Answer:
        """Read one option, by its whole name or, where the table says so, by its beginning."""
        member = self.attribute.member(text)
        label = member.label if member else self.spellings.get(plain(text))
        if label is None and self.by_beginning:
            word = plain(text)
            whole = [plain(part) for part in re.split(r"[\s(\uff08]+", text)]
            label = next((self.spellings[part] for part in whole if part in self.spellings), None)
            near = (name for name in self.spellings if word.startswith(name))
            label = label or self.spellings.get(max(near, key=len, default=""))
            if label is None:
                return doubtful("写法不在选项里,按未知处理")
        if label is None:
            hint = did_you_mean(text, self.places, f"可写 {'、'.join(list(self.places)[:12])}")
            raise ValueFault("unknown-member", "没有这个选项", hint)
        return Answer(self.places[label])


class RankReader:
    """Reads ``3/120``: a place, and of how many."""

    def __init__(self, column: MappedColumn, words: RegistryWords) -> None:
        self.column = column
        self.lookup = Lookup(_unsaid(self.read_one), words, pl.Int32, pl.Int32)

    def read(self, batch: Batch) -> Columns:
        """Read the column's cells; parts: the place, the total, and 不适用."""
        cells = batch.cells(self.column)
        answers = self.lookup(cells)
        batch.report(self.column, cells, answers)
        return {"": answers["value"], "total": answers["more"], "na": answers["na"]}

    @staticmethod
    def read_one(text: str) -> Answer:
        """Read one rank."""
        place, _, total = fold(text).partition("/")
        numbers = [parse_number(part) for part in (place, total) if part]
        if not all(isinstance(number, int) and 0 < number < 2**31 for number in numbers):
            raise ValueFault("bad-number", "不是名次", "写成 3 或 3/120(名次/总数)")
        return Answer(numbers[0], numbers[1] if len(numbers) > 1 else None)


def read_text(column: MappedColumn, batch: Batch) -> pl.Series:
    """Read a column of names: kept as they are, without blanks around them."""
    cells = batch.cells(column)
    blank = saying(cells, batch.words.blanks | UNSURE_WORDS, any_case=True)
    texts = nulled(as_text(cells), blank)
    hidden = texts.str.contains(_UNSEEN).fill_null(False)
    batch.refuse(column, hidden, cells, "有看不见的字符", "删去看不见的字符,重新输入")
    return nulled(texts, hidden)


def reader_of(
    column: MappedColumn, words: RegistryWords, today: date
) -> DateReader | FlagReader | ChoiceReader | RankReader:
    """Give the reader of a column that holds one plain value; a day after ``today`` is refused."""
    kind = column.attribute.kind
    if kind is Kind.DATE:
        return DateReader(column, words, today)
    if kind is Kind.CHOICE:
        return ChoiceReader(column, words)
    if kind is Kind.RANK:
        return RankReader(column, words)
    return FlagReader(column, words)


def has_na(attribute: Attribute, types: tuple[str, ...]) -> bool:
    """Say whether cells of these types can say 不适用."""
    return attribute.kind is not Kind.TEXT and "text" in types

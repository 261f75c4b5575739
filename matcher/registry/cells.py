"""Cells of one chunk -> what they say: the shared ground of all readers of columns.

Native types and plain texts are read by whole columns. What is left over is read once for each distinct
text, by the same functions that read a company file, and kept for the chunks that follow.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

import polars as pl

from matcher.registry.columns import MappedColumn
from matcher.registry.series import constant, distinct
from matcher.registry.synonyms import RegistryWords
from matcher.values import ValueFault

# Distinct texts kept between chunks; more are read anew, so that memory stays flat.
MAX_KNOWN = 200_000
MAX_KEPT = 64
MAX_SHOWN = 200  # characters of a refused value
FAULT_COLUMNS = {
    "row_number": pl.Int64,
    "column": pl.String,
    "value": pl.String,
    "reason": pl.String,
    "repair": pl.String,
}
UNREADABLE = "读不懂的值按未知处理"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a cell cannot be used, or what is doubtful of it."""

    reason: str
    repair: str = ""
    warning: bool = False


class Answer(NamedTuple):
    """What one text says: a value (None: unknown), a second one, 不适用, and what is wrong with it."""

    value: Any = None
    more: Any = None
    na: bool | None = None
    trouble: Trouble | None = None


UNKNOWN = Answer()
NOT_APPLICABLE = Answer(na=True)


def doubtful(sentence: str, value: Any = None) -> Answer:
    """Give an answer with a warning; unknown unless a value is given."""
    return Answer(value, trouble=Trouble(sentence, warning=True))


@dataclass
class Batch:
    """One chunk while it is cleaned: its rows, and the faults and warnings found so far."""

    frame: pl.DataFrame
    rows: pl.Series
    words: RegistryWords
    faults: list[pl.DataFrame] = field(default_factory=list)
    warnings: Counter[str] = field(default_factory=Counter)

    def cells(self, column: MappedColumn) -> pl.Series:
        """Give the raw cells of a column."""
        return self.frame.get_column(column.names[0])

    def at(self, places: pl.Series) -> Batch:
        """Give the batch of some of the rows; what it notes is noted here."""
        part = Batch(self.frame, self.rows.gather(places), self.words)
        part.faults, part.warnings = self.faults, self.warnings
        return part

    def refuse(
        self, column: MappedColumn, where: pl.Series, cells: pl.Series, reason: str, repair: str
    ) -> None:
        """Note a fault for the rows of a mask, or a warning where the mapping wants that."""
        if not where.any():
            return
        if column.lenient:
            self.warn(column, UNREADABLE, int(where.sum()))
            return
        found = pl.DataFrame({"row_number": self.rows, "value": as_text(cells)}).filter(where)
        self._add(column, found.with_columns(reason=pl.lit(reason), repair=pl.lit(repair)))

    def warn(self, column: MappedColumn, sentence: str, rows: int) -> None:
        """Count rows with something doubtful."""
        if rows:
            self.warnings[f"{column.label}:{sentence}"] += rows

    def report(self, column: MappedColumn, cells: pl.Series, troubles: pl.DataFrame) -> None:
        """Note the troubles that reading by distinct text gave: columns reason, repair, warning."""
        bad = troubles.get_column("reason").is_not_null()
        if not bad.any():
            return
        found = troubles.with_columns(row_number=self.rows, value=as_text(cells)).filter(bad)
        for sentence, count in (
            found.filter(pl.col("warning")).get_column("reason").value_counts().iter_rows()
        ):
            self.warn(column, sentence, count)
        faults = found.filter(~pl.col("warning"))
        if column.lenient:
            self.warn(column, UNREADABLE, faults.height)
        elif faults.height:
            self._add(column, faults)

    def _add(self, column: MappedColumn, found: pl.DataFrame) -> None:
        self.faults.append(
            found.select(
                pl.col("row_number").cast(pl.Int64),
                pl.lit(column.name).alias("column"),
                pl.col("value").str.slice(0, MAX_SHOWN),
                "reason",
                "repair",
            )
        )

    def all_faults(self) -> pl.DataFrame:
        """Give all faults in row order."""
        if not self.faults:
            return pl.DataFrame(schema=FAULT_COLUMNS)
        return pl.concat(self.faults).sort("row_number", "column", maintain_order=True)


class Coded(NamedTuple):
    """A column as its distinct texts and, for each cell, the place of its text; NULL where there is none."""

    places: pl.Series
    texts: pl.Series

    def spread(self, answers: pl.DataFrame) -> pl.DataFrame:
        """Give each cell the answer of its text; ``answers`` has a row for each text, in order."""
        length = len(self.places)
        return pl.DataFrame(
            {
                name: constant(None, length, column.dtype)
                if column.null_count() == len(column)
                else column.gather(self.places)
                for name, column in zip(answers.columns, answers, strict=True)
            }
        )


def coded(cells: pl.Series) -> Coded:
    """Find the distinct texts of a column, as a person would have typed them."""
    if cells.dtype == pl.Boolean:
        return Coded(cells.cast(pl.UInt32), as_text(pl.Series([False, True])))
    if not isinstance(cells.dtype, pl.Categorical):
        # Categories of their own go when the column goes.
        cells = as_text(cells).cast(pl.Categorical(pl.Categories.random()))
    texts, places = distinct(cells)
    return Coded(places, texts)


class Lookup:
    """Reads each distinct text once, by a function that raises `ValueFault` at what it cannot read."""

    def __init__(
        self,
        read: Callable[[str], Answer],
        words: RegistryWords,
        value: type[pl.DataType] | pl.DataType,
        more: type[pl.DataType] | pl.DataType = pl.Int16,
    ) -> None:
        self.read, self.words = read, words
        self.schema: dict[str, Any] = {
            "text": pl.String,
            "value": value,
            "more": more,
            "na": pl.Boolean,
            "reason": pl.String,
            "repair": pl.String,
            "warning": pl.Boolean,
        }
        self.table = pl.DataFrame(schema=self.schema)
        # Chunk after chunk, most columns have the same few texts.
        self.kept: dict[tuple[str, ...], pl.DataFrame] = {}

    def __call__(self, cells: pl.Series) -> pl.DataFrame:
        """Give columns value, more, na, reason, repair and warning, a row for each cell."""
        column = coded(cells)
        key = tuple(column.texts.head(MAX_KEPT + 1))
        if len(key) > MAX_KEPT:
            return column.spread(self.each(column.texts))
        if key not in self.kept:
            self.kept = {key: self.each(column.texts)}
        return column.spread(self.kept[key])

    def each(self, texts: pl.Series) -> pl.DataFrame:
        """Answer a list of texts, most of them different."""
        frame = pl.DataFrame({"text": texts})
        new = frame.unique().drop_nulls().join(self.table, on="text", how="anti")
        if new.height:
            if self.table.height + new.height > MAX_KNOWN:
                self.table = pl.DataFrame(schema=self.schema)
                new = frame.unique().drop_nulls()
            rows = [(text, *self._row(text)) for text in new.get_column("text").to_list()]
            added = pl.DataFrame(rows, schema=self.schema, orient="row")
            self.table = pl.concat([self.table, added])
        return frame.join(self.table, on="text", how="left", maintain_order="left").drop("text")

    def _row(self, text: str) -> tuple[Any, ...]:
        answer = self._answer(text.strip())
        trouble = answer.trouble
        told = (trouble.reason, trouble.repair, trouble.warning) if trouble else (None, None, None)
        return answer.value, answer.more, answer.na, *told

    def _answer(self, word: str) -> Answer:
        if word.casefold() in self.words.blanks:
            return UNKNOWN
        try:
            return self.read(word)
        except ValueFault as fault:
            # The value stands in its own column; reasons are counted, so they go without it.
            reason = str(fault).replace(f"“{word}”", "") or str(fault)
            return Answer(trouble=Trouble(reason, fault.hint))


def as_text(cells: pl.Series) -> pl.Series:
    """Write cells of any type as the texts that a person would have typed."""
    kind = cells.dtype
    if kind == pl.String:
        return cells
    if kind == pl.Boolean:
        return cells.replace_strict(
            [True, False], ["是", "否"], return_dtype=pl.String, default=None
        )
    if kind == pl.Date:
        return cells.dt.to_string("%Y-%m-%d")
    if isinstance(kind, pl.Datetime):
        return cells.dt.to_string("%Y-%m-%d %H:%M:%S")
    if isinstance(kind, pl.List):
        return cells.cast(pl.List(pl.String)).list.join("\n", ignore_nulls=True)
    if kind.is_float():
        texts = [None if x is None or x != x else decimal(x) for x in cells.to_list()]
        return pl.Series(cells.name, texts, dtype=pl.String)
    return cells.cast(pl.String)


def decimal(value: float) -> str:
    """Write a float as the shortest decimal that means it: 1.5 and 100, never 1e+02."""
    if value in (float("inf"), float("-inf")):
        return str(value)
    text = f"{Decimal(repr(value)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def saying(cells: pl.Series, words: Collection[str], *, any_case: bool = False) -> pl.Series:
    """Say which cells are one of some words; False where there is no text."""
    if isinstance(cells.dtype, pl.Categorical):
        column = coded(cells)
        said = saying(column.texts, words, any_case=any_case)
        return said.gather(column.places).fill_null(False)
    if cells.dtype != pl.String:
        return constant(False, len(cells), pl.Boolean)
    longest = max((len(word.encode()) for word in words), default=0)
    near = (cells.str.len_bytes() <= longest).fill_null(False)
    places = near.arg_true()
    texts = cells.gather(places)
    if any_case:
        texts = texts.str.to_lowercase()
    return constant(False, len(cells), pl.Boolean).scatter(places, texts.is_in(sorted(words)))

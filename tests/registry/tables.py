"""Small registries for the tests of mapping and cleaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from matcher.holdings import Holdings
from matcher.profile import Profile
from matcher.registry.cleaning import Cleaned, Cleaner
from matcher.registry.encoding import decode
from matcher.registry.mapping import read_mapping_file
from matcher.registry.recognise import automatic_mapping
from matcher.registry.sources import Chunk, SourceColumn, tidy
from matcher.registry.synonyms import RegistryWords
from matcher.vocabulary.model import Vocabulary
from tests.conftest import AS_OF

CODE = "统一社会信用代码"
# Three codes of the GB 32100 alphabet with a fitting check digit.
CODES = ("91340100MA2RU9E56N", "91340100149345103J", "91110000600037341L")
FILED = date(2025, 6, 30)


def typed(frame: pl.DataFrame) -> list[SourceColumn]:
    """Name the columns of a frame as a source does."""
    return [SourceColumn(name, _type(kind)) for name, kind in frame.schema.items()]  # type: ignore[arg-type]


def _type(kind: pl.DataType) -> str:
    if kind == pl.Boolean:
        return "yes_no"
    if isinstance(kind, pl.List):
        return "list"
    if kind == pl.Date or isinstance(kind, pl.Datetime):
        return "date"
    return "number" if kind.is_numeric() else "text"


class Desk:
    """Cleans small tables: the vocabulary and words are given once."""

    def __init__(self, vocabulary: Vocabulary, words: RegistryWords) -> None:
        self.vocabulary, self.words = vocabulary, words

    def cleaner(
        self,
        columns: Mapping[str, Sequence[Any] | pl.Series],
        mapping: str = "",
        holdings: Holdings | None = None,
    ) -> tuple[Cleaner, pl.DataFrame]:
        """Make the cleaner of a table; codes are added where it has none."""
        frame = pl.DataFrame(columns, strict=False)
        if CODE not in frame.columns:
            frame = frame.with_columns(pl.lit(CODES[0]).alias(CODE))
        if mapping:
            text = (
                f"{mapping}\n  - {{列: {CODE}, 指标: {CODE}}}" if CODE not in mapping else mapping
            )
            read = read_mapping_file(
                text, "映射.yaml", typed(frame), self.vocabulary, self.words, AS_OF
            )
        else:
            read = automatic_mapping(typed(frame), self.vocabulary, self.words, AS_OF)
        return Cleaner(read, self.vocabulary, AS_OF, holdings), frame

    def clean(
        self,
        columns: Mapping[str, Sequence[Any] | pl.Series],
        mapping: str = "",
        holdings: Holdings | None = None,
    ) -> tuple[Cleaned, Cleaner]:
        """Clean a table in one chunk."""
        cleaner, frame = self.cleaner(columns, mapping, holdings)
        return cleaner.clean(Chunk(1, tidy(frame))), cleaner

    def column(self, name: str, cells: Sequence[Any] | pl.Series, mapping: str = "") -> Cleaned:
        """Clean one column beside a code."""
        return self.clean({name: cells}, mapping)[0]

    def profiles(self, cleaned: Cleaned, cleaner: Cleaner) -> list[Profile]:
        """Give the companies that the rows stand for."""
        layout = cleaner.layout
        return [decode(row, layout, self.vocabulary) for row in cleaned.facts.to_dicts()]


def reasons(cleaned: Cleaned) -> dict[int, str]:
    """Give the reason of each refused row."""
    return dict(cleaned.faults.select("row_number", "reason").iter_rows())

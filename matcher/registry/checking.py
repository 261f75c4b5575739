"""A registry looked at and cleaned, before anything is matched: what would be used, what is refused, and why.

The cleaned rows stay in the output folder, so that `matcher.registry.batch.run` with ``resume`` goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from matcher.catalogue import Catalogue
from matcher.holdings import Holdings
from matcher.layout import CODE, NAME, ROW, Layout
from matcher.profile import Profile
from matcher.registry.batch import Progress, Request, explained, key_of, mapping_of
from matcher.registry.cleaning import Cleaner
from matcher.registry.encoding import decode
from matcher.registry.rejected import write_rejected
from matcher.registry.runs import RunFolder
from matcher.registry.sources import open_source
from matcher.registry.staging import Staged, Staging
from matcher.values import MONEY
from matcher.vocabulary.model import Kind, Vocabulary

SHOWN = 20
"""Rows that are shown as they were understood."""
LOW, HIGH = 10_000_00, 100_000_000_000_00
"""The median of what companies turn over or own, in 分, lies between these two: 1 万元 and 1000 亿元."""
_LARGE = frozenset({"revenue", "total_assets", "registered_capital", "industrial_output"})


@dataclass(frozen=True, slots=True)
class Line:
    """One accepted row: its number in the input, and what it was understood to say."""

    row: int
    code: str
    name: str
    profile: Profile


@dataclass(frozen=True, slots=True)
class Doubt:
    """A column of money whose middle value, in 分, no registry has: its unit is likely to be another."""

    fact: str
    median: int


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of the rows of a registry; ``namesakes`` counts names that stand with several codes."""

    rows: int
    accepted: int
    refused: int
    branches: int
    reasons: dict[str, int]
    warnings: dict[str, int]
    notes: tuple[str, ...]
    first: tuple[Line, ...]
    doubts: tuple[Doubt, ...]
    namesakes: int


def check(
    request: Request, catalogue: Catalogue, rules: Path, holdings: Holdings, progress: Progress
) -> Checked:
    """Clean a registry into its output folder and stop there; ``rejected.*`` lie in its working folder.

    Raises what `matcher.registry.batch.run` raises.
    """
    with open_source(request.source, request.sheet) as source:
        text, mapping = mapping_of(request, source, catalogue, rules)
        key = key_of(request, source, catalogue, text, source.digest())
        folder = RunFolder(request.out, key, resume=request.resume)
        try:
            with explained(request):
                cleaner = Cleaner(mapping, catalogue.vocabulary, request.as_of, holdings)
                progress.start("读取和清洗", source.rows)
                staged = Staging(source, cleaner, folder).stage(progress.advance)
                write_rejected(staged.rejected, folder.new)
                return _checked(staged, mapping.notes, catalogue.vocabulary)
        finally:
            folder.close()


def _checked(staged: Staged, notes: Sequence[str], vocabulary: Vocabulary) -> Checked:
    parts = pl.scan_ipc(list(staged.parts))
    return Checked(
        rows=staged.rows,
        accepted=staged.accepted,
        refused=staged.refused,
        branches=staged.branches,
        reasons=staged.reasons,
        warnings=staged.warnings,
        notes=tuple(notes),
        first=tuple(_first(parts, staged.layout, vocabulary)),
        doubts=tuple(_doubts(parts, staged.layout, vocabulary)),
        namesakes=_namesakes(parts),
    )


def _first(parts: pl.LazyFrame, layout: Layout, vocabulary: Vocabulary) -> Iterator[Line]:
    for row in parts.head(SHOWN).collect().iter_rows(named=True):
        profile = decode(row, layout, vocabulary)
        yield Line(row[ROW], row[CODE] or "", row[NAME] or "", profile)


def _doubts(parts: pl.LazyFrame, layout: Layout, vocabulary: Vocabulary) -> Iterator[Doubt]:
    """Hold the middle of large sums against what companies have: 万元 read as 元, or the other way round."""
    from matcher.registry.findings import fact_name

    columns = {}
    for key, stored in layout.facts.items():
        attribute = vocabulary.attributes[key.attribute]
        money = attribute.kind is Kind.NUMBER and attribute.unit is not None
        if money and attribute.unit.dimension == MONEY and attribute.id in _LARGE:  # type: ignore[union-attr]
            columns[stored.name] = key
    if not columns:
        return
    medians = parts.select(pl.col(name).filter(pl.col(name) > 0).median() for name in columns)
    for name, median in medians.collect().row(0, named=True).items():
        if median is not None and not LOW <= median <= HIGH:
            yield Doubt(fact_name(columns[name]), round(median))


def _namesakes(parts: pl.LazyFrame) -> int:
    """Count the names that stand with several codes."""
    named = parts.filter(pl.col(NAME).is_not_null()).group_by(NAME).len()
    return int(named.filter(pl.col("len") > 1).select(pl.len()).collect(engine="streaming").item())

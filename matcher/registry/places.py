"""Regions and industries: texts -> codes of the distinct values of the whole table.

A place is read as far as it is known: a district that the region table lacks leaves its city, and so is
known more coarsely but never wrongly.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import polars as pl

from matcher.language.claims import NA_WORDS, UNSURE_WORDS
from matcher.language.diagnostics import did_you_mean
from matcher.registry.cells import (
    NOT_APPLICABLE,
    UNKNOWN,
    Answer,
    Batch,
    Lookup,
    Trouble,
    as_text,
    coded,
    doubtful,
    saying,
)
from matcher.registry.columns import MappedColumn
from matcher.registry.series import nulled
from matcher.registry.synonyms import RegistryWords
from matcher.values import ValueFault, fold
from matcher.vocabulary.model import Kind, Vocabulary
from matcher.vocabulary.trees import Industries, Region, Regions

# Of the private use area: nothing folds or strips them, and no text has them.
_JOINT, _REST = "\ue000", "\ue001"
_BETWEEN_PLACES = re.compile(r"[、;\n|]")
_BETWEEN_TRADES = re.compile(r"[;\uff1b\n|]")  # the names of trades themselves have 、
_MAX_NAMES = 4  # names of places that one text puts together
_FINE = ("county", "park")
_NOTHING = frozenset({"无", "没有"})
COARSE = "只认到上一级地区,更细的不在地区表里"
UNLISTED = "行业代码不在内置表里,按前几位归类"
_CODED = re.compile(r"([A-Ta-t]?\d{2,4}|[A-Ta-t])(?![\dA-Za-z])", re.ASCII)
_CODE_AFTER = re.compile(r"\(([A-Ta-t]?\d{2,4})\)$", re.ASCII)


class Dictionary:
    """The distinct values of one attribute, numbered in the order of their coming."""

    def __init__(self, values: Iterable[Sequence[str]] = ()) -> None:
        self.codes = {tuple(value): code for code, value in enumerate(values)}

    def code(self, value: tuple[str, ...]) -> int:
        """Give the number of a value, a new one where it is new."""
        return self.codes.setdefault(value, len(self.codes))

    @property
    def values(self) -> tuple[tuple[str, ...], ...]:
        """All values in the order of their numbers."""
        return tuple(self.codes)


class TreeReader:
    """Reads a column of regions or industries."""

    def __init__(
        self,
        column: MappedColumn,
        vocabulary: Vocabulary,
        words: RegistryWords,
        dictionary: Dictionary,
    ) -> None:
        self.column, self.vocabulary, self.dictionary = column, vocabulary, dictionary
        self.is_region = column.attribute.kind is Kind.REGION
        self.lookup = Lookup(self.read_one, words, pl.Int32)
        self.places = Places(vocabulary.regions)
        self.blanks = words.blanks

    def read(self, batch: Batch) -> dict[str, pl.Series]:
        """Read the column's cells, several columns of one place together."""
        cells = self._joined(batch)
        column = coded(cells)
        texts = self.places.cut(column.texts) if self.is_region else column.texts
        answers = column.spread(self.lookup.each(texts))
        shown = (
            cells.str.replace_all(_JOINT, "", literal=True) if len(self.column.names) > 1 else cells
        )
        batch.report(self.column, shown, answers)
        return {"": answers["value"], "na": answers["na"]}

    def _joined(self, batch: Batch) -> pl.Series:
        if len(self.column.names) == 1:
            cells = batch.cells(self.column)
            numeric = cells.dtype.is_numeric() and not self.is_region
            return "#" + as_text(cells) if numeric else cells
        parts = []
        for place, name in enumerate(self.column.names):
            cells = batch.frame.get_column(name)
            blank = saying(cells, self.blanks, any_case=True)
            parts.append(nulled(as_text(cells), blank).alias(str(place)))
        joined = pl.concat_str(pl.all(), separator=_JOINT, ignore_nulls=True)
        # Something always stands behind the last joint, so that one part is told from a whole text.
        frame = pl.DataFrame(parts).select(pl.when(joined != "").then(joined + _JOINT))
        return frame.to_series()

    def read_one(self, text: str) -> Answer:
        """Read one text; several places or trades in it are all kept."""
        if text in NA_WORDS:
            return NOT_APPLICABLE
        if text in UNSURE_WORDS:
            return UNKNOWN
        if text in _NOTHING:
            return doubtful("“无”按未知处理")
        return self._region(text) if self.is_region else self._industry(text)

    def _region(self, text: str) -> Answer:
        if _JOINT in text:
            found, coarse = self.places.together([part for part in text.split(_JOINT) if part])
            regions = [found]
        else:
            whole = [self.places.alone(part) for part in _pieces(text, _BETWEEN_PLACES)]
            regions = [region for region, _ in whole]
            coarse = any(one for _, one in whole)
        value = self.dictionary.code(tuple(dict.fromkeys(region.id for region in regions)))
        return Answer(value, trouble=Trouble(COARSE, warning=True) if coarse else None)

    def _industry(self, text: str) -> Answer:
        industries = self.vocabulary.industries
        codes: tuple[str, ...]
        if text.startswith("#"):
            codes = (_numbered(text.removeprefix("#"), industries),)
        else:
            pieces = _pieces(text, _BETWEEN_TRADES)
            codes = tuple(dict.fromkeys(_known(piece, industries) for piece in pieces))
        value = self.dictionary.code(codes)
        if all(industries.is_listed(code) for code in codes):
            return Answer(value)
        return Answer(value, trouble=Trouble(UNLISTED, warning=True))


def _pieces(text: str, between: re.Pattern[str]) -> list[str]:
    return [piece.strip() for piece in between.split(text) if piece.strip()] or [text]


def _known(text: str, industries: Industries) -> str:
    code = industry_code(text, industries)
    if code is None:
        hint = "写 GB/T 4754-2017 的代码或名称,如 6520 集成电路设计"
        raise ValueFault("unknown-name", "行业表里没有", hint)
    return code


def industry_code(text: str, industries: Industries) -> str | None:
    """Read ``I65``, ``6520集成电路设计``, ``65-软件业`` or ``集成电路设计(6520)`` as a code."""
    found = industries.find(text)
    if found is not None:
        return found
    folded = fold(text).strip()
    match = _CODED.match(folded) or _CODE_AFTER.search(folded)
    return industries.find(match.group(1)) if match else None


def _numbered(text: str, industries: Industries) -> str:
    """Read a code that came as a number: it may have lost a leading zero."""
    plain, padded = industries.find(text), industries.find("0" + text)
    listed = [code for code in (plain, padded) if code is not None and industries.is_listed(code)]
    if len(text) >= 4 or len(listed) == 1:
        found = plain if len(text) >= 4 else listed[0]
        if found is not None:
            return found
    if listed:
        raise ValueFault("bad-number", "行业代码被存成了数,看不出前面有没有 0", "把这一列存为文本")
    raise ValueFault("unknown-name", "行业表里没有", "写 GB/T 4754-2017 的代码或名称")


class Places:
    """Reads places out of longer texts, as far as they are known."""

    def __init__(self, regions: Regions) -> None:
        self.regions = regions
        names: set[str] = set()
        for region in regions.by_id.values():
            city = regions.by_id.get(region.city)
            short = city.name.removesuffix("市") if city else ""
            for name in (region.name, *region.aliases):
                names |= {region.id, name, name.removesuffix("市").removesuffix("省")}
                if short and name.startswith(short):
                    names.add(name.removeprefix(short))
        self.known = {fold(name) for name in names if len(name) > 1}
        listed = "|".join(re.escape(name) for name in sorted(self.known, key=len, reverse=True))
        chain = f"(?:{listed}){{1,{_MAX_NAMES}}}"
        self.pattern = f"^(?:{chain}$|{chain})"

    def cut(self, texts: pl.Series) -> pl.Series:
        """Keep of each text the places it begins with: addresses become few distinct texts."""
        text = pl.col("cell").str.normalize("NFKC").str.replace_all(r"[ ·]", "")
        head = pl.col("text").str.extract(self.pattern, 0)
        special = pl.col("text").str.contains(f"[、;\n|{_JOINT}]")
        rest = pl.when(pl.col("head") == pl.col("text")).then(pl.lit("")).otherwise(pl.lit(_REST))
        whole = special | pl.col("head").is_null()
        return (
            pl.DataFrame({"cell": texts})
            .with_columns(text=text)
            .with_columns(head=head)
            .select(pl.when(whole).then("text").otherwise(pl.col("head") + rest))
            .to_series()
        )

    def alone(self, text: str) -> tuple[Region, bool]:
        """Read one text; also say whether what is finer in it is not known."""
        words = fold(text).replace(" ", "").replace("·", "")
        more = words.endswith(_REST)
        words = words.removesuffix(_REST)
        region, length = self._longest(words, whole=not more)
        if region is None:
            raise ValueFault("unknown-name", "没有这个地区", self._hint(words))
        left = more or length < len(words)
        ambiguous = len(self.regions.find(words[:length])) > 1
        return region, ambiguous or (left and region.level not in _FINE)

    def together(self, parts: list[str]) -> tuple[Region, bool]:
        """Read the columns of one place, the widest first."""
        region: Region | None = None
        said, coarse = "", False
        for part in parts:
            found = self._one(said + part) or self._below(part, region)
            if found is None:
                found, coarse = self._prefix(said + part, region), True
            if found is None:
                continue
            region, said = found, self._said(found)
        if region is None:
            raise ValueFault("unknown-name", "没有这个地区", self._hint("".join(parts)))
        return region, coarse and region.level not in _FINE

    def _said(self, region: Region) -> str:
        """Write a place so that what lies below it can follow."""
        city = self.regions.by_id.get(region.city)
        return region.name if city is None or city is region else city.name + region.name

    def _one(self, text: str) -> Region | None:
        """Find a place that is named in full; of several the one that holds the others."""
        found = self.regions.find(text)
        if len(found) > 1:
            return next((r for r in found if all(r.id in other.path for other in found)), None)
        return found[0] if found else None

    def _below(self, part: str, region: Region | None) -> Region | None:
        """Find a part that names its own upper places again."""
        found = self._one(part)
        if found is None or region is None:
            return found
        return found if region.id in found.path else None

    def _prefix(self, text: str, region: Region | None) -> Region | None:
        found, _ = self._longest(text, whole=True)
        if found is None or (region is not None and region.id not in found.path):
            return None
        return found

    def _longest(self, text: str, whole: bool) -> tuple[Region | None, int]:
        """Find the longest beginning that surely is a place: 南京路 is none, 南京市 is."""
        for end in range(len(text), 1, -1):
            found = self._one(text[:end])
            if found is not None and (
                (whole and end == len(text)) or self._surely(text[:end], found)
            ):
                return found, end
        return None, 0

    @staticmethod
    def _surely(said: str, region: Region) -> bool:
        named = any(said.endswith(fold(name)) for name in (region.name, *region.aliases))
        return named or said == region.id or len(said) > len(region.name)

    def _hint(self, text: str) -> str:
        names = [region.name for region in self.regions.by_id.values()]
        return did_you_mean(text[:12], names, "写到市或县区,如 合肥市蜀山区")

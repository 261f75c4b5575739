"""Numbers with units, as registries write them -> whole numbers of a facts table.

``2,600(万元)``, ``100万元人民币`` and ``人民币500万元`` are money; ``727.1876(万美元)`` is foreign money,
which counts only where the mapping gives a rate. Everything is exact: an amount that is not whole at the
table's scale is refused, never rounded; only what a rate converts is rounded to the 分.
"""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction

import polars as pl

from matcher.language.claims import NA_WORDS, UNSURE_WORDS
from matcher.layout import MAX_NUMBER, WHOLE, scale_of
from matcher.registry.cells import NOT_APPLICABLE, UNKNOWN, Answer, Batch, Lookup, as_text, doubtful
from matcher.registry.columns import MappedColumn
from matcher.registry.exact import from_floats, from_texts, from_whole
from matcher.registry.series import constant, nulled
from matcher.registry.synonyms import FOREIGN, RENMINBI, RegistryWords, plain
from matcher.values import MONEY, Unit, ValueFault
from matcher.vocabulary.model import Vocabulary

_BESIDE = r"^(-?[0-9][0-9,]*(?:\.[0-9]+)?)\s*[(\uff08]?([^0-9.,()\uff08\uff09\s]{1,12})[)\uff09]?$"
_AMOUNT = re.compile(r"([^\d.,+-]*)([+-]?[\d,]*\.?\d+)([^\d]*)", re.ASCII)
_COMMAS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII)
_DIGITS = re.compile(r"[+-]?\d{1,15}(\.\d{1,20})?", re.ASCII)
_ACCOUNTING = re.compile(r"\([\d,.]+\)", re.ASCII)
_NOTHING = frozenset({"无", "没有", "none"})
NO_RATE = "外币金额没有汇率,按未知处理"
NOT_ZERO = "“无”不当作零,按未知处理"


class NumberReader:
    """Reads a column of numbers into base units times the scale of the table."""

    def __init__(self, column: MappedColumn, vocabulary: Vocabulary, words: RegistryWords) -> None:
        assert column.attribute.unit is not None
        self.column, self.vocabulary, self.words = column, vocabulary, words
        self.expected: Unit = column.attribute.unit
        self.money = self.expected.dimension == MONEY
        self.below_zero = column.attribute.may_be_negative
        self.most = column.attribute.maximum
        self.scale = scale_of(self.expected, vocabulary.units)
        self.unit = column.unit or self.expected
        # Not whole where cells without a unit are foreign money: those take the slow way.
        foreign = self.unit.dimension != self.expected.dimension
        self.step = None if foreign else Fraction(self.unit.factor) * self.scale
        self.lookup = Lookup(self.read_one, words, pl.Int64)

    def read(self, batch: Batch) -> dict[str, pl.Series]:
        """Read the column's cells; parts: the number and 不适用."""
        cells = batch.cells(self.column)
        if cells.dtype == pl.Float32:
            # The shortest decimal of the narrow float, not its long echo in a wide one.
            cells = cells.cast(pl.String).cast(pl.Float64)
        numbers = self._fast(cells)
        left = cells.is_not_null() & numbers.is_null()
        if cells.dtype.is_float():
            left &= ~cells.is_nan().fill_null(False)
        if not left.any():
            return {"": numbers}
        places = left.arg_true()
        some = cells.gather(places)
        answers = self.lookup(as_text(some))
        batch.at(places).report(self.column, some, answers)
        na = constant(None, len(cells), pl.Boolean)
        return {
            "": numbers.scatter(places, answers["value"]),
            "na": na.scatter(places, answers["na"]),
        }

    # --- whole columns ---------------------------------------------------------------------------

    def _fast(self, cells: pl.Series) -> pl.Series:
        """Read what is a plain number or a number with a unit; NULL for everything else."""
        numbers = self._plain(cells)
        if self.most is None:
            return numbers
        return nulled(numbers, numbers > Fraction(self.most * self.scale).__floor__())

    def _plain(self, cells: pl.Series) -> pl.Series:
        if cells.dtype.is_integer() and self.step is not None:
            return from_whole(cells.cast(pl.Int64, strict=False), self.step, self.below_zero)
        if cells.dtype.is_float() and self.step is not None:
            return from_floats(cells.cast(pl.Float64), self.step, self.below_zero)
        numbers = constant(None, len(cells), pl.Int64)
        if cells.dtype.is_numeric() and not cells.dtype.is_decimal():
            return numbers
        texts = as_text(cells)
        if self.step is not None:
            numbers = from_texts(texts, self.step, self.below_zero)
        left = (texts.is_not_null() & numbers.is_null()).arg_true()
        if len(left) == 0:
            return numbers
        return numbers.scatter(left, self._with_units(texts.gather(left)))

    def _with_units(self, texts: pl.Series) -> pl.Series:
        """Read ``2,600(万元)`` and ``35%``: the same few units stand beside many numbers."""
        frame = pl.DataFrame({"text": texts.str.strip_chars()}).select(
            number=pl.col("text").str.extract(_BESIDE, 1),
            unit=pl.col("text").str.extract(_BESIDE, 2),
        )
        numbers = constant(None, len(texts), pl.Int64)
        units = frame.get_column("unit")
        for word in units.unique().drop_nulls().to_list():
            try:
                unit = self._unit("", unicodedata.normalize("NFKC", word))
            except ValueFault:
                continue
            if unit.dimension == self.expected.dimension:
                at = (units == word).arg_true()
                step = Fraction(unit.factor) * self.scale
                some = from_texts(frame.get_column("number").gather(at), step, self.below_zero)
                numbers = numbers.scatter(at, some)
        return numbers

    # --- one text --------------------------------------------------------------------------------

    def read_one(self, text: str) -> Answer:
        """Read one amount with what stands beside it."""
        if text in NA_WORDS:
            return NOT_APPLICABLE
        if text in UNSURE_WORDS:
            return UNKNOWN
        if text.casefold() in _NOTHING:
            return doubtful(NOT_ZERO)
        folded = "".join(unicodedata.normalize("NFKC", text).replace("−", "-").split())
        if _ACCOUNTING.match(folded):
            raise ValueFault("bad-number", "看不出括号里的是不是负数", "负数写成 -1234.5")
        match = _AMOUNT.fullmatch(re.sub(r"[()\[\]【】]", "", folded))
        if match is None:
            raise ValueFault("bad-number", "不是一个数", "写成 1200 或 1,200.5 这样的数")
        before, digits, after = match.groups()
        number = _number(digits)
        unit = self._unit(before, after)
        if unit.dimension == self.expected.dimension:
            return Answer(self._whole(number * Fraction(unit.factor), unit))
        rate = self.column.rates.get(unit.dimension.removeprefix(FOREIGN))
        if rate is None:
            return doubtful(NO_RATE)
        self._check(number)
        # A conversion is an estimate, so rounding it to the 分 loses nothing.
        return Answer(_checked(round(number * Fraction(unit.factor) * rate * 100)))

    def _unit(self, before: str, after: str) -> Unit:
        if not before and not after:
            return self.unit
        said = self.words.currency(before) if before else RENMINBI
        unit = None
        if said is not None and after:
            foreign = said != RENMINBI
            unit = self.words.fitting(
                before + after if foreign else after, self.column.attribute, self.vocabulary
            )
        if unit is None:
            if before and said is not None and not after:
                raise ValueFault("missing-unit", "没有写单位", f"写成 {before}500万元")
            words = "、".join(self.vocabulary.units.names(self.expected.dimension))
            shown = plain(before + after)
            raise ValueFault("wrong-unit", f"读不懂数字旁的“{shown[:20]}”", f"只写数和单位:{words}")
        return unit

    def _check(self, value: Fraction) -> None:
        """Refuse what the attribute cannot be; as in `matcher.language.plausible`, without the text."""
        if value < 0 and not self.below_zero:
            raise ValueFault("bad-number", "小于零", "没有就填 0")
        if self.most is not None and value > self.most:
            most = self.vocabulary.units.show(self.most, self.expected)
            raise ValueFault("bad-number", f"超过 {most}", f"填 0 到 {most} 之间的数")

    def _whole(self, value: Fraction, unit: Unit) -> int:
        self._check(value)
        scaled = value * self.scale
        if scaled.denominator != 1:
            if self.expected.dimension in WHOLE:
                raise ValueFault("bad-number", "不是整数", f"{self.expected.name}数填整数")
            if self.money:
                hint = "保留到分:元最多两位小数,万元最多六位"
                raise ValueFault("bad-number", "小于一分钱的部分无法表示", hint)
            raise ValueFault("bad-number", "小数位数太多", "最多六位小数")
        return _checked(scaled.numerator)


def _number(digits: str) -> Fraction:
    if "," in digits:
        if not _COMMAS.fullmatch(digits):
            raise ValueFault("bad-number", "逗号的位置不对", "每三位一个逗号,或不写逗号")
        digits = digits.replace(",", "")
    if digits.lstrip("+-").startswith("."):
        digits = digits.replace(".", "0.", 1)
    if not _DIGITS.fullmatch(digits):
        raise ValueFault("bad-number", "数字太长", "整数部分最多 15 位,小数部分最多 20 位")
    return Fraction(digits)


def _checked(value: int) -> int:
    if abs(value) > MAX_NUMBER:
        raise ValueFault("bad-number", "数太大", "核对数字和单位")
    return value

"""Whole columns of numbers times an exact step -> 64-bit whole numbers, NULL where that is not exact.

What comes out NULL is looked at again one by one, so a wrong answer would be a fault here and a missing
one is not.
"""

from __future__ import annotations

from fractions import Fraction

import polars as pl

from matcher.layout import MAX_NUMBER
from matcher.registry.series import constant, first

MILLION = 1_000_000
# Up to here a float times a million is a whole number that stands for exactly one float.
_SURE = 10**9
_PLAIN = r"^-?[0-9]{1,13}(\.[0-9]{1,6})?$"
_GROUPED = r"^-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]{1,6})?$"
_SAFE_LENGTH = 16  # a sign or point and fifteen digits: those survive the way through a float


def from_whole(numbers: pl.Series, step: Fraction, below_zero: bool) -> pl.Series:
    """Multiply whole numbers; NULL where the result is too large, not whole or wrongly negative."""
    times, over = step.numerator, step.denominator
    n = pl.col("n")
    good = (n // over).abs() <= MAX_NUMBER // times
    if over > 1:
        good &= n % over == 0
    if not below_zero:
        good &= n >= 0
    product = (n // over if over > 1 else n) * times
    return pl.DataFrame({"n": numbers}).select(pl.when(good).then(product)).to_series()


def from_floats(numbers: pl.Series, step: Fraction, below_zero: bool) -> pl.Series:
    """Multiply the shortest decimals of floats, where those have six places at most."""
    frame = pl.DataFrame(
        # Polars divides by a literal through its reciprocal, which is not exact: by a column it is.
        {"x": numbers, "million": constant(float(MILLION), len(numbers), pl.Float64)}
    ).with_columns(
        n=pl.when(pl.col("x").abs() < _SURE).then(
            (pl.col("x") * MILLION).round().cast(pl.Int64, strict=False)
        )
    )
    same = pl.col("n").cast(pl.Float64) / pl.col("million") == pl.col("x")
    millionths = frame.select(pl.when(same).then("n")).to_series()
    return from_whole(millionths, step / MILLION, below_zero)


def from_texts(texts: pl.Series, step: Fraction, below_zero: bool) -> pl.Series:
    """Multiply numbers written in plain ASCII digits, commas between thousands allowed."""
    texts = texts.str.strip_chars()
    commas = texts.str.contains(_GROUPED)
    if commas.any():
        bare = pl.col("text").str.replace_all(",", "", literal=True)
        frame = pl.DataFrame({"text": texts, "commas": commas})
        texts = frame.select(pl.when("commas").then(bare).otherwise("text")).to_series()
    sure = texts.str.contains(_PLAIN) & (texts.str.len_bytes() <= _SAFE_LENGTH)
    frame = pl.DataFrame({"text": texts, "sure": sure})
    texts = frame.select(pl.when("sure").then("text")).to_series()
    whole = from_whole(texts.cast(pl.Int64, strict=False), step, below_zero)
    if whole.null_count() == texts.null_count():
        return whole
    parts = from_floats(texts.cast(pl.Float64, strict=False), step, below_zero)
    return first(whole, parts)

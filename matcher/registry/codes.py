"""Unified social credit codes, checked by whole columns (GB 32100-2015).

A wrong shape is a fault, a wrong check digit only a warning: some codes on real licences fail it.
"""

from __future__ import annotations

import re
import unicodedata

import polars as pl

from matcher.registry.cells import Batch, as_text, saying
from matcher.registry.columns import MappedColumn
from matcher.registry.series import nulled

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LENGTH, MODULUS = 18, 31
SHAPE = r"^[0-9]{8}[0-9A-HJ-NP-RTUWXY]{10}$"
# All but the check digit weigh a power of three; the check digit brings the sum to a multiple of 31.
_WEIGHTS = [*(pow(3, place, MODULUS) for place in range(LENGTH - 1)), 1]
_VALUES = [ALPHABET.find(chr(byte)) if chr(byte) in ALPHABET else 0 for byte in range(256)]
_LOST = re.compile(r"\d+(\.\d+)?E\+?\d+", re.ASCII)
_AS_TEXT = "把这一列存为文本,重新导出"
BAD_DIGIT = "校验位不符,请核对;如证照如此可以不改"


def folded(cells: pl.Series) -> pl.Series:
    """Give codes in half width and upper case, without the spaces and marks that tables add."""
    texts = as_text(cells)
    odd = (~well_shaped(texts)).fill_null(False).arg_true()
    return texts.scatter(odd, _folded(texts.gather(odd))) if len(odd) else texts


def _folded(texts: pl.Series) -> pl.Series:
    wide = texts.str.contains(r"[^\x00-\x7F]")
    if wide.any():
        frame = pl.DataFrame({"text": texts, "wide": wide})
        texts = frame.select(
            pl.when("wide").then(pl.col("text").str.normalize("NFKC")).otherwise("text")
        ).to_series()
    return texts.str.replace_all(r"[\s'`\-]", "").str.to_uppercase()


def well_shaped(codes: pl.Series) -> pl.Series:
    """Say which codes have 18 characters of the right kind; NULL where there is none."""
    return codes.str.contains(SHAPE)


def checks(codes: pl.Series) -> pl.Series:
    """Say of well-shaped codes whether the check digit fits; no NULL among them."""
    bytes_ = codes.cast(pl.Binary).bin.reinterpret(dtype=pl.Array(pl.UInt8, LENGTH))
    values = pl.Series(_VALUES, dtype=pl.Int32).gather(bytes_.explode().cast(pl.UInt32))
    weights = pl.Series(_WEIGHTS, dtype=pl.Int32)
    shaped = values.reshape((-1, LENGTH))
    weighed = shaped * weights.reshape((1, LENGTH)).new_from_index(0, len(codes))
    return weighed.arr.sum() % MODULUS == 0


def read_codes(column: MappedColumn, batch: Batch) -> pl.Series:
    """Read a column of credit codes, noting what is wrong with each; a code of a bad shape is NULL."""
    cells = batch.cells(column)
    codes = folded(cells)
    codes = nulled(codes, saying(codes, batch.words.blanks, any_case=True))
    missing = codes.is_null()
    batch.refuse(column, missing, cells, "没有统一社会信用代码", "补上 18 位代码")
    shaped = well_shaped(codes).fill_null(False)
    if cells.dtype.is_float():
        # A float has room for sixteen digits: the last ones were made up on the way.
        shaped = shaped & False
    good = codes.filter(shaped)
    batch.warn(column, BAD_DIGIT, int((~checks(good)).sum()) if len(good) else 0)
    wrong = ~shaped & ~missing
    if wrong.any():
        _refuse_wrong(column, batch, cells, codes, wrong)
    return nulled(codes, ~shaped)


def _refuse_wrong(
    column: MappedColumn, batch: Batch, cells: pl.Series, codes: pl.Series, wrong: pl.Series
) -> None:
    lost = wrong & codes.str.contains(f"^{_LOST.pattern}$").fill_null(False)
    if cells.dtype.is_float():
        lost = wrong
    old = wrong & ~lost & codes.str.contains("^[0-9]{15}$").fill_null(False)
    batch.refuse(column, lost, cells, "代码被存成了数,后几位已丢失", _AS_TEXT)
    batch.refuse(
        column,
        old,
        cells,
        "这是 15 位的注册号,不是统一社会信用代码",
        "换成 18 位的统一社会信用代码",
    )
    batch.refuse(
        column,
        wrong & ~lost & ~old,
        cells,
        "不是统一社会信用代码",
        "18 位数字和大写字母(不含 I、O、S、V、Z),前 8 位是数字",
    )


def fold_one(code: str) -> str:
    """Fold one code like a column of them."""
    return re.sub(r"[\s'`\-]", "", unicodedata.normalize("NFKC", code)).upper()

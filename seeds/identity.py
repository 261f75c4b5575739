"""Credit codes and company names that no real company can have.

A code's third to eighth digits are its registering office by GB/T 2260. They are 990000 here: no
province has the number 99, so no office does, and no real company can have such a code; the shape
and both check digits (GB 32100, GB 11714) are right all the same. A name is a city, an invented word
that begins with 拟 ("drawn up") and goes on with three rare characters, a trade and a legal form:
not the name of any real company, and seen at once to be invented.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from seeds.draws import Flags, Ints

OFFICE = "990000"
CODES = 10**8  # an organisation has eight digits, so many rows can have a code of their own
COMPANY, COOPERATIVE = 1, 3
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_LETTERS = np.frombuffer(_ALPHABET.encode(), np.uint8)
_WEIGHTS = np.array([3**place % 31 for place in range(17)], np.int64)
_INNER_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2], np.int64)
# The inner check digit by the sum's remainder: 11 less it, 10 written X and 11 written 0.
_INNER = np.array([_ALPHABET.index(x) for x in "0X987654321"], np.int64)
# Without a common factor with the number of codes or of words, so that no two rows meet.
_STRIDE = 61_803_399


def _scattered(first_row: int, rows: int, seed: int, count: int) -> Ints:
    """Give each row a number below ``count``, each number once before any comes again."""
    numbers = np.arange(first_row, first_row + rows, dtype=np.int64)
    return (numbers * _STRIDE + zlib.crc32(str(seed).encode())) % count


def credit_codes(first_row: int, seed: int, cooperative: Flags) -> pa.Array:
    """Give the rows from ``first_row`` on (counted from 0) their codes: 91…, co-operatives 93…."""
    rows = len(cooperative)
    number = _scattered(first_row, rows, seed, CODES)
    digits = np.zeros((rows, 18), np.int64)
    digits[:, 0] = 9
    digits[:, 1] = np.where(cooperative, COOPERATIVE, COMPANY)
    digits[:, 2:8] = [int(digit) for digit in OFFICE]
    for place in range(8):
        digits[:, 15 - place] = number // 10**place % 10
    digits[:, 16] = _INNER[(digits[:, 8:16] @ _INNER_WEIGHTS) % 11]
    digits[:, 17] = -(digits[:, :17] @ _WEIGHTS) % 31
    return _fixed_width(_LETTERS[digits])


def _fixed_width(letters: NDArray[np.uint8]) -> pa.Array:
    """Make texts of a matrix of letters, one row a text."""
    rows, width = letters.shape
    offsets = np.arange(0, (rows + 1) * width, width, dtype=np.int32)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(letters))]
    return pa.Array.from_buffers(pa.string(), rows, buffers)


def invented_words(first_row: int, rows: int, seed: int, syllables: str) -> list[Ints]:
    """Give the three syllables of each row's word, as places in ``syllables``."""
    count = len(syllables)
    number = _scattered(first_row, rows, seed, count**3)
    return [number // count**2, number // count % count, number % count]


def company_names(
    cities: pa.Array, word: Sequence[Ints], syllables: str, trades: pa.Array, forms: pa.Array
) -> pa.Array:
    """Put the names together."""
    letters = pa.array(list(syllables))
    spelled = [letters.take(pa.array(places)) for places in word]
    return pc.binary_join_element_wise(cities, "拟", *spelled, trades, forms, "")

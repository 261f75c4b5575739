"""Random whole numbers that are the same on every machine.

A draw belongs to a seed, a block of rows and a name, so that another column changes none of the rest
and a longer table begins with the rows of a shorter one. Raw bits of PCG64 and whole-number arithmetic
only: floating-point logarithms differ in the last digit from one processor to another, which is
enough to make another file. Logarithms are to base 2 and stand as multiples of 1/65536 ("fixed").
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

MILLION = 1_000_000  # shares are parts per million
THOUSAND = 1_000  # factors are thousandths
_BITS = 32
_POINT = 16  # binary places of a fixed number
_STEPS = 12  # a table has 2**12 steps, straight lines between
_TOP = 30  # the largest power that is told apart


def fixed(value: float) -> int:
    """Write a number in 1/65536."""
    return round(value * (1 << _POINT))


def log2(value: float) -> int:
    """Give the fixed logarithm of a positive number."""
    return fixed(math.log2(value))


def times(left: Ints, right: Ints | int) -> Ints:
    """Multiply two fixed numbers."""
    return (left * right) >> _POINT


def _normal_table() -> Ints:
    steps = 1 << _STEPS
    # The ends of a normal distribution lie nowhere; one in 200,000 is far enough.
    shares = [1 / 200_000, *(i / steps for i in range(1, steps)), 1 - 1 / 200_000]
    return np.array([fixed(NormalDist().inv_cdf(share)) for share in shares], np.int64)


def _power_table() -> Ints:
    steps = 1 << _STEPS
    return np.array([round(2 ** (_TOP + i / steps)) for i in range(steps + 1)], np.int64)


_NORMAL, _POWER = _normal_table(), _power_table()


def _between(table: Ints, place: Ints, bits: int) -> Ints:
    """Look up a place of so many bits in a table, on the straight line between its steps."""
    rest = bits - _STEPS
    step, part = place >> rest, place & ((1 << rest) - 1)
    low = table[step]
    found: Ints = low + (((table[step + 1] - low) * part) >> rest)
    return found


def power(exponent: Ints) -> Ints:
    """Give 2 to a fixed exponent, rounded down: 0 below 1, no more than 2**31."""
    held = np.clip(exponent, -fixed(1), fixed(_TOP + 1) - 1)
    found = _between(_POWER, held & (fixed(1) - 1), _POINT)
    return found >> (_TOP - (held >> _POINT))


class Draws:
    """The draws of one block of rows, each by its name."""

    def __init__(self, seed: int, block: int, rows: int) -> None:
        self.seed, self.block, self.rows = seed, block, rows

    def bits(self, name: str) -> Ints:
        """Draw whole numbers from 0 up to 2**32."""
        key = (self.block, zlib.crc32(name.encode()))
        source = np.random.PCG64(np.random.SeedSequence(self.seed, spawn_key=key))
        raw: Ints = (source.random_raw(self.rows) >> np.uint64(64 - _BITS)).astype(np.int64)
        return raw

    def happens(self, name: str, share: Ints | int) -> Flags:
        """Draw yes with a share in parts per million."""
        happened: Flags = ((self.bits(name) * MILLION) >> _BITS) < share
        return happened

    def below(self, name: str, limit: Ints | int) -> Ints:
        """Draw whole numbers from 0 up to a limit of less than 2**31."""
        return (self.bits(name) * limit) >> _BITS

    def normal(self, name: str) -> Ints:
        """Draw fixed numbers of the normal distribution."""
        return _between(_NORMAL, self.bits(name), _BITS)

    def pick(self, name: str, weights: Sequence[int]) -> Ints:
        """Draw places in a list of weights."""
        return np.searchsorted(_steps(weights), self.bits(name), side="right")

    def pick_by(self, name: str, weights: Sequence[Sequence[int]], group: Ints) -> Ints:
        """Draw places in the list of weights that belongs to each row's group."""
        bits, found = self.bits(name), np.zeros(self.rows, np.int64)
        for number, own in enumerate(weights):
            rows = np.flatnonzero(group == number)
            found[rows] = np.searchsorted(_steps(own), bits[rows], side="right")
        return found


def _steps(weights: Sequence[int]) -> Ints:
    sums = np.cumsum(np.array(weights, np.int64))
    found: Ints = (sums << _BITS) // sums[-1]
    return found

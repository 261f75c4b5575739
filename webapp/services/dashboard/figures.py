"""What a reader may know of a count.

Whoever may see single companies reads every count as it is. For the others a count below five reads 「<5」, and
every larger one is made of small counts that were rounded at random to multiples of five, each once for all time
(`webapp.services.dashboard.cube`). So whatever is added up or taken away from what they see says no more of a
few companies than those rounded counts do, none of which tells a number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

SMALL = 5
HIDDEN = f"<{SMALL}"


@dataclass(frozen=True, slots=True)
class Figure:
    """A count as one reader knows it; ``n`` is 0 where it is hidden."""

    n: int
    hidden: bool = False

    @property
    def said(self) -> str:
        """The count for people."""
        return HIDDEN if self.hidden else f"{self.n:,}"

    @property
    def cell(self) -> str | int:
        """The count for a table of a program."""
        return HIDDEN if self.hidden else self.n


Show = Callable[[int, int], Figure]
"""A count and what it was rounded to -> what a reader may know of it."""


def exactly(n: int, rounded: int) -> Figure:
    """Show a count as it is."""
    return Figure(n)


def roughly(n: int, rounded: int) -> Figure:
    """Show a count to those who may not see single companies."""
    return Figure(0, hidden=True) if n < SMALL else Figure(max(SMALL, rounded))


def rounded(n: int, salt: str) -> int:
    """Round a count to a multiple of five, the nearer the likelier; ``salt`` names it and is secret."""
    over = n % SMALL
    drawn = int.from_bytes(hashlib.blake2b(salt.encode(), digest_size=4).digest())
    return n - over + (SMALL if drawn * SMALL < over << 32 else 0)


def at_most(figure: Figure, limit: Figure) -> Figure:
    """Keep a part of a whole from being shown larger than the whole, as rounding could have it."""
    if figure.hidden or limit.hidden:
        return Figure(0, hidden=True) if limit.hidden else figure
    return Figure(min(figure.n, limit.n))


def rest(whole: Figure, part: Figure) -> int:
    """Give how much longer the bar of a whole is than that of its part."""
    return max(0, whole.n - part.n)

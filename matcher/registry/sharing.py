"""Which few facts settle the most open findings, and whether any other few would settle more.

In: how many findings wait for exactly which facts. Out: facts in an order, and at each length the best
set of so many.

A finding is settled once every fact that it waits for is known, so two facts may be worth nothing apart
and much together. That makes the best few facts a hard problem, and lets a greedy choice miss them by as
much as it likes. But few distinct sets of facts occur, and a bound that is nearly exact makes the search
short: share each finding out among the facts it waits for; then no set of facts settles more than the
shares it holds. The more even the shares of all facts, the closer the bound.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

# Bounds the time of a search; those over registries end after some dozens of branches.
MAX_VISITS = 100
EVENING_ROUNDS = 200
# Counts are whole: a bound that is less than one above a count, but for rounding, cannot be reached.
NEXT_COUNT = 0.99

T = TypeVar("T")
Flags = NDArray[np.bool_]
Numbers = NDArray[Any]


class Best(NamedTuple, Generic[T]):
    """The best facts found; ``proven`` where no others, as many as these, settle more."""

    facts: frozenset[T]
    settled: int
    proven: bool


class Listed(NamedTuple, Generic[T]):
    """A fact in its place: what it settles with those before it, and the best of as many facts."""

    fact: T
    settled: int
    best: Best[T]


class Waiting(Generic[T]):
    """Findings that wait for facts, a row a set of facts; ``order`` makes all results repeatable."""

    def __init__(self, sets: Mapping[frozenset[T], int], order: Callable[[T], Any]) -> None:
        kept = {keys: count for keys, count in sets.items() if keys}
        self.facts = sorted({fact for keys in kept for fact in keys}, key=order)
        places = {fact: place for place, fact in enumerate(self.facts)}
        rows = sorted((sorted(places[fact] for fact in keys), n) for keys, n in kept.items())
        self._nothing = len(self.facts)  # fills up rows that wait for fewer facts than others
        width = max((len(row) for row, _ in rows), default=0)
        filled = [row + [self._nothing] * (width - len(row)) for row, _ in rows]
        self._needs = np.array(filled, np.intp).reshape(len(rows), width)
        self._counts = np.array([count for _, count in rows], np.int64)
        self._shares = self._even_shares()

    def listed(self, most: int) -> list[Listed[T]]:
        """Put facts in an order that is the best at as many lengths as it can be.

        The best few facts need not be among the best more. So each time the list goes on to the next
        length at which some best set holds all that is listed; facts that come in together stand in
        the order in which they help.
        """
        most = min(most, len(self.facts))
        bests = {length: self.best(length) for length in range(1, most + 1)}
        facts: list[T] = []
        while len(facts) < most:
            for length in range(len(facts) + 1, most + 1):
                longer = self.best(length, facts)
                if longer.settled == bests[length].settled:
                    break
            # Where no length is such, this is the longest list that holds these facts.
            facts += self._helping(len(longer.facts), facts, longer.facts)
        return [
            Listed(fact, self.settled(facts[:length]), bests[length])
            for length, fact in enumerate(facts, start=1)
        ]

    def settled(self, facts: Collection[T]) -> int:
        """Count the findings that wait for none but these facts."""
        return int(self._counts[self._known(facts)[self._needs].all(axis=1)].sum())

    def best(self, size: int, holding: Sequence[T] = (), visits: int = MAX_VISITS) -> Best[T]:
        """Search for the ``size`` facts that settle most, among the sets that hold some given ones.

        Branch and bound: take the fact with the largest share, or do without it; leave out whatever
        cannot exceed the best so far. Ends unproven after so many visits, so that time is bounded.
        """
        start = [*holding, *self._helping(size, holding, self.facts)]
        best, most = self._known(start), self.settled(start)
        branches = [(self._known(holding), np.zeros_like(best), np.arange(len(self._counts)))]
        while branches and visits:
            visits -= 1
            known, barred, rows = branches.pop()
            lacking = ~known[self._needs[rows]]
            room = size + 1 - int(known.sum())
            within = lacking.sum(axis=1) <= room
            within &= ~(lacking & barred[self._needs[rows]]).any(axis=1)
            rows, lacking = rows[within], lacking[within]
            settled = int(self._counts[rows[~lacking.any(axis=1)]].sum())
            if settled > most:
                best, most = known, settled
            shares = self._shares_of(rows, lacking)
            if settled + np.sort(shares)[len(shares) - room :].sum() < most + NEXT_COUNT:
                continue
            fact = int(shares.argmax())
            branches.append((known, _with(barred, fact), rows))
            branches.append((_with(known, fact), barred, rows))
        chosen = frozenset(self.facts[place] for place in np.flatnonzero(best[:-1]))
        return Best(chosen, most, not branches)

    def _helping(self, size: int, holding: Sequence[T], among: Collection[T]) -> list[T]:
        """Choose facts up to a size one after the other: each settles most with those before it.

        Where none settles anything by itself, the one that brings most findings closest to it.
        """
        known, offered = self._known(holding), self._known(among)
        chosen: list[int] = []
        while len(holding) + len(chosen) < size:
            lacking = ~known[self._needs]
            left = lacking.sum(axis=1)
            now = self._sums(lacking & (left == 1)[:, None], self._counts)
            soon = self._sums(lacking, self._counts / np.maximum(left, 1))
            worth = np.lexsort((soon, now, offered & ~known))
            chosen.append(int(worth[-1]))
            known[chosen[-1]] = True
        return [self.facts[place] for place in chosen]

    def _known(self, facts: Collection[T]) -> Flags:
        return np.array([*(fact in facts for fact in self.facts), True])

    def _sums(self, where: Flags, weights: Numbers) -> Numbers:
        """Sum the weights of rows over their facts, where they are flagged."""
        return self._by_fact(self._needs, np.where(where, weights[:, None], 0))

    def _by_fact(self, needs: Numbers, weights: Numbers) -> Numbers:
        sums: Numbers = np.bincount(needs.ravel(), weights.ravel(), self._nothing + 1)
        return sums

    def _even_shares(self) -> Numbers:
        """Share out every row among its facts so that no fact has more than need be.

        Frank and Wolfe's method: again and again a smaller part of each row goes to that of its facts
        which has least. No share becomes zero.
        """
        real, rows = self._needs < self._nothing, np.arange(len(self._counts))
        shares: Numbers = real * (self._counts / real.sum(axis=1))[:, None]
        for turn in range(EVENING_ROUNDS if len(rows) else 0):
            held = self._by_fact(self._needs, shares)
            held[self._nothing] = np.inf
            least = held[self._needs].argmin(axis=1)
            part = 2 / (turn + 3)
            shares *= 1 - part
            shares[rows, least] += part * self._counts
        return shares

    def _shares_of(self, rows: Numbers, lacking: Flags) -> Numbers:
        """Give what each fact holds of these rows when only the facts they lack share them."""
        waiting = lacking.any(axis=1)
        rows = rows[waiting]
        shares = self._shares[rows] * lacking[waiting]
        shares *= (self._counts[rows] / shares.sum(axis=1))[:, None]
        return self._by_fact(self._needs[rows], shares)


def _with(flags: Flags, place: int) -> Flags:
    more = flags.copy()
    more[place] = True
    return more

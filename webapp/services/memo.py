"""Worked-out answers that are kept for a while: bounded in number and in age, shared by threads.

What is kept may hold facts of companies, so it lives in this process alone and never longer than it is
of use: an entry goes when others push it out, or when it was not asked for within its time.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

V = TypeVar("V")


class Memo(Generic[V]):
    """Keeps at most ``most`` answers, none that was not asked for within ``seconds``."""

    def __init__(
        self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.most, self.seconds, self._clock = most, seconds, clock
        # The entry that was asked for last stands last, so what is old stands first.
        self._kept: OrderedDict[bytes, tuple[float, V]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        with self._lock:
            self._expire()
            return len(self._kept)

    def get(self, key: bytes) -> V | None:
        """Give what is kept under a key, None where nothing is."""
        with self._lock:
            now = self._expire()
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept[key] = now, found[1]
            self._kept.move_to_end(key)
            return found[1]

    def put(self, key: bytes, value: V) -> None:
        """Keep an answer."""
        with self._lock:
            self._kept[key] = self._expire(), value
            self._kept.move_to_end(key)
            while len(self._kept) > self.most:
                self._kept.popitem(last=False)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()

    def _expire(self) -> float:
        now = self._clock()
        while self._kept and now - next(iter(self._kept.values()))[0] > self.seconds:
            self._kept.popitem(last=False)
        return now

"""An answer that is given again for a while, so that being asked often costs little."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """Makes an answer when it is asked for and the last one is older than some seconds."""

    def __init__(
        self, make: Callable[[], T], seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._make, self._seconds, self._clock = make, seconds, clock
        self._lock = threading.Lock()
        self._made: tuple[float, T] | None = None

    def get(self) -> T:
        """Give the answer; whoever asks while it is being made waits for it."""
        with self._lock:
            if self._made is None or self._clock() - self._made[0] >= self._seconds:
                self._made = self._clock(), self._make()
            return self._made[1]

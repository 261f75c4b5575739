"""Pieces of text as a file that Arrow reads: what is wrong with one is raised where the rows are read."""

from __future__ import annotations

import io
import threading
import weakref
from collections.abc import Iterator
from typing import Any

# How long leaving a file waits, in seconds, for the thread that reads it.
LEAVING = 0.5


class Feed:
    """Pieces of bytes for Arrow, which reads them from a thread of its own and goes on after a fault.

    A thread that asks for Python while that is ending takes the process down. So a fault ends the file
    and is raised by whoever reads the batches, and leaving waits until Arrow has let go of its stream.
    """

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._stopped = pieces, False
        self._fault: Exception | None = None
        self._gone = threading.Event()

    def lend(self, stream: Stream) -> None:
        """Note a stream that will be gone once Arrow is done."""
        weakref.finalize(stream, self._gone.set)

    def next(self) -> bytes:
        """Give the next piece; nothing at the end, after a fault and after leaving."""
        try:
            return b"" if self._stopped or self._fault else next(self._pieces, b"")
        except Exception as fault:
            # Its frames would keep the stream alive.
            self._fault = fault.with_traceback(None)
            return b""

    def leave(self) -> None:
        """End the file and wait for the thread that reads it."""
        self._stopped = True
        self._gone.wait(LEAVING)

    def raise_fault(self) -> None:
        """Raise what was wrong with a piece, if anything was."""
        if self._fault is not None:
            raise self._fault


class Stream(io.RawIOBase):
    """A feed as a file that can be read once.

    Every read but the last is filled: Arrow takes it as one block, and a row may not lie in three.
    """

    def __init__(self, feed: Feed) -> None:
        self._feed, self._rest = feed, memoryview(b"")
        feed.lend(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        filled = 0
        while filled < len(buffer):
            if not self._rest:
                self._rest = memoryview(self._feed.next())
                if not self._rest:
                    break
            count = min(len(buffer) - filled, len(self._rest))
            buffer[filled : filled + count] = self._rest[:count]
            self._rest = self._rest[count:]
            filled += count
        return filled

"""Looking at an uploaded file and taking it over, beside the requests that ask how far it is.

One file at a time is worked on in a process. Where the process ends meanwhile, what was taken stays taken
and the import goes on where it stopped, once it is asked for again.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, datetime
from typing import Any

from matcher.holdings import write_whole
from matcher.language.diagnostics import SourceError
from matcher.registry.faults import RegistryFault
from webapp.services.cases.refusals import Refused
from webapp.services.people.custodians import require
from webapp.services.people.roles import Actor
from webapp.services.registry.holding import (
    MAPPING,
    PREVIEW,
    PROGRESS,
    REJECTED,
    Held,
    Holding,
    State,
    Upload,
)
from webapp.services.registry.imports import take
from webapp.services.registry.preview import preview, preview_json, report_json, write_rejected
from webapp.services.registry.reading import RowFault
from webapp.services.registry.sending import ImportFault, Office, Sending

STALE = 120.0
"""Seconds without a sign of work after which a file is taken to have been left."""
PATIENCE = 1.5
"""Seconds that a request waits for the work, so that small files need no second page."""


class Receiving:
    """What takes uploaded files over."""

    def __init__(
        self,
        office: Office,
        holding: Holding,
        now: Callable[[], datetime],
        today: Callable[[], date],
    ) -> None:
        self.office, self.holding, self.now, self.today = office, holding, now, today
        self._work = ThreadPoolExecutor(max_workers=1, thread_name_prefix="facts")
        self._running: dict[str, Future[None]] = {}

    def receive(self, upload: Upload, actor: Actor) -> Held:
        """Keep a file that somebody sends for a department of theirs, and begin to look at it."""
        sender = self._allow(actor, upload.custodian)
        held = self.holding.keep(upload, sender, self.now())
        self._begin(held, actor)
        return self.holding.find(held.key, held.user) or held

    def take_over(self, held: Held, actor: Actor) -> Held:
        """Begin to take a file over that was looked at; one that was left is taken up again."""
        self._allow(actor, held.custodian)
        if held.state is State.DONE:
            raise Refused("file_taken")
        if held.state is State.REFUSED or (held.busy and not self.left(held)):
            raise Refused("file_busy")
        state = State.CHECKING if held.state is State.CHECKING else State.TAKING
        held = self.holding.change(held, state=state, message="")
        self._begin(held, actor)
        return self.holding.find(held.key, held.user) or held

    def left(self, held: Held) -> bool:
        """Say whether nobody works any more on a file that is at work."""
        future = self._running.get(held.key)
        if not held.busy or (future is not None and not future.done()):
            return False
        try:
            seen = self.holding.beside(held, PROGRESS).stat().st_mtime
        except OSError:
            return True
        return time.time() - seen > STALE

    def progress(self, held: Held) -> int:
        """Give how many rows were worked on so far."""
        try:
            return int(self.holding.beside(held, PROGRESS).read_text(encoding="ascii"))
        except (OSError, ValueError):
            return 0

    def preview(self, held: Held) -> dict[str, Any]:
        """Give the preview of a file that was looked at."""
        try:
            found: dict[str, Any] = json.loads(
                self.holding.beside(held, PREVIEW).read_text(encoding="utf-8")
            )
        except (OSError, ValueError):
            return {}
        return found

    def _allow(self, actor: Actor, custodian: str) -> int:
        """Give the number of a person who may speak for a department; else raise `Refused`."""
        if actor.id is None:
            raise Refused("not_allowed")
        with self.office.database.reading() as session:
            require(session, actor, custodian)
        return actor.id

    def _begin(self, held: Held, actor: Actor) -> None:
        self._sign(held, 0)
        future = self._work.submit(self._do, held, actor)
        self._running[held.key] = future
        future.add_done_callback(lambda _: self._running.pop(held.key, None))
        try:
            future.result(timeout=PATIENCE)
        except TimeoutError:
            return

    def _do(self, held: Held, actor: Actor) -> None:
        """Look at a file, or take it over; what stops it becomes its message."""
        faults: list[RowFault] = []
        try:
            self._allow(actor, held.custodian)  # it may have changed while the file waited
            sending = self._sending(held)
            if held.state is State.CHECKING:
                found = preview(self.office, sending)
                write_whole(self.holding.beside(held, PREVIEW), preview_json(found))
            report = take(
                self.office,
                sending,
                actor,
                faults.append,
                self.now,
                self.today(),
                lambda rows: self._sign(held, rows),
            )
            write_rejected(self.holding.beside(held, REJECTED), sending, faults)
        except SourceError as error:
            self._stop(held, "\n".join(one.render() for one in error.diagnostics))
            return
        except (ImportFault, RegistryFault) as error:
            self._stop(held, self._named(held, str(error)))
            return
        except Refused as refused:
            self._stop(held, f"refused.{refused.code}")
            return
        except Exception:
            # What nobody foresaw leaves the file as it is; it can be taken up again.
            self.holding.beside(held, PROGRESS).unlink(missing_ok=True)
            raise
        after = State.CHECKED if held.state is State.CHECKING else State.DONE
        self.holding.change(held, state=after, report=report_json(report, faults))
        if after is State.DONE:
            self.holding.file(held).unlink(missing_ok=True)

    def _sending(self, held: Held) -> Sending:
        mapping = self.holding.beside(held, MAPPING) if held.mapped else None
        return Sending(
            self.holding.file(held),
            held.custodian,
            date.fromisoformat(held.as_of),
            mapping,
            valid_to=date.fromisoformat(held.valid_to) if held.valid_to else None,
            # Without the tick the mapping decides (新企业).
            registers=True if held.registers else None,
            dry=held.state is State.CHECKING,
            name=held.name,
        )

    def _sign(self, held: Held, rows: int) -> None:
        self.holding.beside(held, PROGRESS).write_text(str(rows), encoding="ascii")

    def _stop(self, held: Held, message: str) -> None:
        self.holding.change(held, state=State.REFUSED, message=message)

    def _named(self, held: Held, message: str) -> str:
        """Name the file as its sender knows it, not where it lies here."""
        said = message.replace(str(self.holding.file(held)), held.name)
        return said.replace(str(self.holding.beside(held, MAPPING)), MAPPING)

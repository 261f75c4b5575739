"""Files that departments uploaded, kept outside the web root until they were looked at and taken over.

A file lies in a folder of its own under an unguessable key, with what was said of it (``about.json``), its
preview and its refused rows. Only the person who uploaded it finds it again; after some days it goes.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO

from matcher.holdings import write_whole
from webapp.limits import FACT_FILE_KEPT, MAX_FACT_FILE, MAX_FACT_FILES, MAX_MAPPING_BYTES
from webapp.services.cases.refusals import Refused

SUFFIXES = (".csv", ".xlsx", ".yaml", ".yml", ".json")
ABOUT, MAPPING, REJECTED, PREVIEW, PROGRESS = (
    "about.json",
    "mapping.yaml",
    "rejected.csv",
    "preview.json",
    "progress",
)
_KEY = re.compile(r"[A-Za-z0-9_-]{32}", re.ASCII)
_BLOCK = 2**20
_NAME = 200


class State(StrEnum):
    """Where an uploaded file stands."""

    CHECKING = "checking"
    CHECKED = "checked"
    TAKING = "taking"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Held:
    """An uploaded file and what was said of it; days are ISO text, as the file beside it keeps them."""

    key: str
    user: int
    custodian: str
    name: str
    suffix: str
    as_of: str
    valid_to: str
    registers: bool
    mapped: bool
    sent_at: str
    state: State = State.CHECKING
    message: str = ""
    report: dict[str, Any] = field(default_factory=dict)

    @property
    def busy(self) -> bool:
        """Say whether somebody works on it."""
        return self.state in (State.CHECKING, State.TAKING)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it comes in, and what its sender says of it."""

    content: BinaryIO
    name: str
    custodian: str
    as_of: date
    valid_to: date | None
    registers: bool
    mapping: bytes = b""


class Holding:
    """The folder of uploaded files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, upload: Upload, user: int, now: datetime) -> Held:
        """Keep a file; raises `Refused` where it is empty, too large or none that can be read."""
        self.purge(now)
        if len(self.of_user(user)) >= MAX_FACT_FILES:
            raise Refused("files_waiting", most=MAX_FACT_FILES)
        suffix = Path(upload.name).suffix.lower()
        if suffix not in SUFFIXES:
            raise Refused("file_kind", kinds="、".join(SUFFIXES))
        if len(upload.mapping) > MAX_MAPPING_BYTES:
            raise Refused("mapping_too_large", kib=MAX_MAPPING_BYTES // 1024)
        held = Held(
            secrets.token_urlsafe(24),
            user,
            upload.custodian,
            upload.name[-_NAME:],
            suffix,
            upload.as_of.isoformat(),
            upload.valid_to.isoformat() if upload.valid_to else "",
            upload.registers,
            bool(upload.mapping.strip()),
            now.isoformat(),
        )
        folder = self.folder / held.key
        folder.mkdir(parents=True, mode=0o700)
        try:
            _copy(upload.content, self.file(held))
        except Refused:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        if held.mapped:
            (folder / MAPPING).write_bytes(upload.mapping)
        self._write(held)
        return held

    def find(self, key: str, user: int) -> Held | None:
        """Give a file by its key, where it is this person's."""
        if not _KEY.fullmatch(key):
            return None
        held = self._read(self.folder / key)
        return held if held is not None and held.user == user else None

    def of_user(self, user: int) -> list[Held]:
        """List the files of a person, the newest first."""
        own = [held for held in self._all() if held.user == user]
        return sorted(own, key=lambda held: held.sent_at, reverse=True)

    def change(self, held: Held, **changes: Any) -> Held:
        """Write what became of a file."""
        changed = replace(held, **changes)
        self._write(changed)
        return changed

    def drop(self, held: Held) -> None:
        """Forget a file and all beside it."""
        shutil.rmtree(self.folder / held.key, ignore_errors=True)

    def purge(self, now: datetime) -> None:
        """Forget what was kept long enough."""
        for held in self._all():
            if now - datetime.fromisoformat(held.sent_at) > FACT_FILE_KEPT:
                self.drop(held)

    def file(self, held: Held) -> Path:
        """Give where the file lies."""
        return self.folder / held.key / f"file{held.suffix}"

    def beside(self, held: Held, name: str) -> Path:
        """Give where something about the file lies."""
        return self.folder / held.key / name

    def _all(self) -> Iterator[Held]:
        if not self.folder.is_dir():
            return
        for folder in self.folder.iterdir():
            held = self._read(folder)
            if held is not None:
                yield held

    def _read(self, folder: Path) -> Held | None:
        try:
            told = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return Held(**{**told, "state": State(told["state"])})

    def _write(self, held: Held) -> None:
        write_whole(self.folder / held.key / ABOUT, json.dumps(asdict(held), ensure_ascii=False))


def _copy(content: BinaryIO, target: Path) -> None:
    """Copy a stream, block by block, as far as a file may be long."""
    size = 0
    with target.open("wb") as file:
        while block := content.read(_BLOCK):
            size += len(block)
            if size > MAX_FACT_FILE:
                raise Refused("file_too_large", mib=MAX_FACT_FILE // 2**20)
            if size == len(block) and block.startswith(b"PAR1"):
                raise Refused("file_kind", kinds="、".join(SUFFIXES))
            file.write(block)
    if not size:
        raise Refused("file_missing")

"""Files that are handed in as evidence: looked at, put aside, kept beside the database, given to staff.

The bytes lie under ``evidence`` in the data folder, never where the web server serves files from, and are
called by their digest. A file is there and safe before the commit that names it; what no row names is
taken away again. What the file calls itself stands in its row alone and never in a path.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import os
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from webapp.database import Database, retrying
from webapp.limits import (
    EVIDENCE_SETTLES,
    EVIDENCE_WAITS,
    MAX_EVIDENCE_BYTES,
    MAX_EVIDENCE_FILES,
    MAX_EVIDENCE_NAME,
    MAX_EVIDENCE_WAITING,
    MAX_PACKED_FILES,
)
from webapp.services.audit.chain import Deed, Sealer, append
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.people.roles import Actor, Permission
from webapp.tables.cases import Evidence

FOLDER = "evidence"
_WAITING, _LOCK = "waiting", "lock"
_OWN, _OWN_FOLDER = 0o600, 0o700
_DIGITS, _SWEPT = 64, 500
"""Signs of a digest; files that are looked up and taken away at a time."""
_ZIP = b"PK\x03\x04"
_MACROS = "vbaproject.bin"
_OFFICE = "application/vnd.openxmlformats-officedocument."


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file that is taken: how it begins, and what a packed one must hold."""

    media_type: str
    begins: bytes
    holds: str = ""


KINDS: dict[str, Kind] = {
    "pdf": Kind("application/pdf", b"%PDF-"),
    "png": Kind("image/png", b"\x89PNG\r\n\x1a\n"),
    "jpg": Kind("image/jpeg", b"\xff\xd8\xff"),
    "jpeg": Kind("image/jpeg", b"\xff\xd8\xff"),
    "xlsx": Kind(f"{_OFFICE}spreadsheetml.sheet", _ZIP, "xl/workbook.xml"),
    "docx": Kind(f"{_OFFICE}wordprocessingml.document", _ZIP, "word/document.xml"),
}
"""What is taken, by the ending of its name; name and content must agree."""


@dataclass(frozen=True, slots=True)
class Handed:
    """A file that was looked at and lies ready: its own name, its kind, its size, its digest."""

    name: str
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Swept:
    """How many files went: kept ones that no row names, and those whose form was not sent in time."""

    unnamed: int
    waited: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Given:
    """A file as staff get it: bytes, and a name that is ours."""

    name: str
    media_type: str
    data: bytes


def looked_at(name: str, data: bytes) -> Handed:
    """Look at one file; raises `Refused` with its name where it is not taken."""
    shown = _plain(name)
    if not data:
        raise Refused("evidence_empty", name=shown)
    if len(data) > MAX_EVIDENCE_BYTES:
        raise Refused("evidence_big", name=shown, mib=MAX_EVIDENCE_BYTES // 2**20)
    kind = KINDS.get(PurePosixPath(shown).suffix.lower().removeprefix("."))
    if kind is None:
        raise Refused("evidence_kind", name=shown)
    if not data.startswith(kind.begins) or (kind.holds and not _packs(data, kind.holds)):
        raise Refused("evidence_differs", name=shown)
    return Handed(shown, kind.media_type, len(data), hashlib.sha256(data).hexdigest())


def _plain(name: str) -> str:
    """Give the last part of a name, without signs that cannot be seen, short enough to be shown."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    seen = "".join(sign for sign in last if sign.isprintable()).strip()
    stem, dot, ending = seen.rpartition(".")
    if len(seen) <= MAX_EVIDENCE_NAME or not dot:
        return seen[:MAX_EVIDENCE_NAME] or "?"
    return stem[: MAX_EVIDENCE_NAME - len(ending) - 1] + dot + ending[:MAX_EVIDENCE_NAME]


def _packs(data: bytes, wanted: str) -> bool:
    """Say whether a packed file holds what its kind must, and no macros; nothing is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return False
    macros = any(name.lower().endswith(_MACROS) for name in names)
    return wanted in names and len(names) <= MAX_PACKED_FILES and not macros


class Store:
    """The evidence of one installation, on this machine's disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put_aside(self, handed: Handed, data: bytes, now: datetime) -> None:
        """Keep a file until its form is sent for good; raises `Refused` where too much lies there."""
        folder = self._made(self.folder / _WAITING)
        self._forget(folder, now)
        lying = sum(size for _, size in _sizes(folder))
        if lying + handed.size > MAX_EVIDENCE_WAITING:
            raise Refused("evidence_full")
        _write(folder, handed.sha256, data)

    @contextmanager
    def keeping(self, files: Sequence[Handed], database: Database) -> Iterator[None]:
        """Have files in place while a unit of work names them; where it fails they go again.

        Raises `Refused` where a file that was put aside is there no longer.
        """
        if not files:
            yield
            return
        try:
            with self._locked(fcntl.LOCK_SH):
                for file in files:
                    self._keep(file)
                yield
        except BaseException:
            # Without a database nobody can say what is named; the next sweep takes what is not.
            with suppress(SQLAlchemyError):
                self.sweep(database, [file.sha256 for file in files])
            raise

    def sweep(self, database: Database, digests: Iterable[str]) -> list[int]:
        """Take away those of some kept files that no row names; give the size of each that went."""
        with self._locked(fcntl.LOCK_EX):
            wanted = set(digests)
            with database.reading() as session:
                rows = select(Evidence.sha256).where(Evidence.sha256.in_(wanted)).distinct()
                named = set(session.scalars(rows))
            gone = []
            for digest in wanted - named:
                with suppress(FileNotFoundError):
                    place = self._place(digest)
                    size = place.stat().st_size
                    place.unlink()
                    gone.append(size)
            return gone

    def tidy(self, database: Database, now: datetime, *, sure: bool = False) -> Swept:
        """Take away what no row names and what waited too long, as a process that was killed leaves it.

        What was kept within the hour is left: whoever keeps a file may still be about to name it. Raises
        `Refused` where the database names no file at all, as one of another installation would.
        """
        before = (now - EVIDENCE_SETTLES).timestamp()
        old = [path.name for path in self._kept() if _kept_at(path) < before]
        if old and not sure and not _names_any(database):
            raise Refused("evidence_unnamed", n=len(old))
        unnamed: list[int] = []
        for start in range(0, len(old), _SWEPT):
            unnamed += self.sweep(database, old[start : start + _SWEPT])
        waited = self._forget(self.folder / _WAITING, now)
        return Swept(len(unnamed), len(waited), sum(unnamed) + sum(waited))

    def read(self, digest: str) -> bytes:
        """Give the bytes of a kept file, checked against its digest; raises `Missing`."""
        try:
            data = self._place(digest).read_bytes()
        except FileNotFoundError as error:
            raise Missing from error
        if hashlib.sha256(data).hexdigest() != digest:
            raise Refused("evidence_changed")
        return data

    def _keep(self, file: Handed) -> None:
        place, waiting = self._place(file.sha256), self.folder / _WAITING / file.sha256
        self._made(place.parent)
        try:
            os.replace(waiting, place)
        except FileNotFoundError:
            if not place.exists():
                raise Refused("evidence_gone", name=file.name) from None
        settle(place.parent)

    def _kept(self) -> list[Path]:
        return [path for path in self.folder.glob("??/*") if len(path.name) == _DIGITS]

    def _place(self, digest: str) -> Path:
        return self.folder / digest[:2] / digest

    def _forget(self, folder: Path, now: datetime) -> list[int]:
        """Take away what waits too long, half-written files too; give the size of each that went."""
        gone = []
        for path, size in _sizes(folder):
            with suppress(FileNotFoundError):
                age = now.timestamp() - path.stat().st_mtime
                if age > EVIDENCE_WAITS.total_seconds():
                    path.unlink()
                    gone.append(size)
        return gone

    def _made(self, folder: Path) -> Path:
        for one in (self.folder, folder):
            one.mkdir(mode=_OWN_FOLDER, parents=True, exist_ok=True)
        return folder

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        """Hold the store: several may keep files at once, whoever sweeps is alone."""
        self._made(self.folder)
        handle = os.open(self.folder / _LOCK, os.O_RDWR | os.O_CREAT, _OWN)
        try:
            fcntl.flock(handle, how)
            yield
        finally:
            os.close(handle)


def _sizes(folder: Path) -> Iterator[tuple[Path, int]]:
    """Give the files of a folder with their sizes; others may take them away meanwhile."""
    for path in folder.iterdir() if folder.is_dir() else ():
        with suppress(FileNotFoundError):
            yield path, path.stat().st_size


def _names_any(database: Database) -> bool:
    with database.reading() as session:
        return session.scalar(select(Evidence.id).limit(1)) is not None


def _kept_at(path: Path) -> float:
    """Give when a file came to its place; its own time is older, it waited before."""
    try:
        return path.stat().st_ctime
    except FileNotFoundError:
        return float("inf")


def _write(folder: Path, name: str, data: bytes) -> None:
    """Write a file so that it is there whole or not at all, also when the power goes."""
    beside = folder / f"{name}.{os.urandom(8).hex()}"
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWN)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, folder / name)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    settle(folder)


def settle(folder: Path) -> None:
    """Make sure that a file's bytes, or the names in a folder, are on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# --- rows ------------------------------------------------------------------------------------------


def name_files(
    session: Session,
    actor: Actor,
    case: int,
    appeal: int | None,
    files: Sequence[Handed],
    now: datetime,
) -> None:
    """Name kept files in the unit of work that they belong to."""
    if len(files) > MAX_EVIDENCE_FILES:
        raise Refused("evidence_many", most=MAX_EVIDENCE_FILES)
    session.add_all(
        Evidence(
            case_id=case,
            appeal_id=appeal,
            file_name=file.name,
            media_type=file.media_type,
            size=file.size,
            sha256=file.sha256,
            given_by=actor.id,
            given_at=now,
        )
        for file in files
    )


def of_case(session: Session, case: int) -> list[Evidence]:
    """List what was handed in to a case, the first file first."""
    return list(session.scalars(select(Evidence).filter_by(case_id=case).order_by(Evidence.id)))


def give(
    database: Database, store: Store, sealer: Sealer, actor: Actor, id_: int, now: datetime
) -> Given:
    """Give a file to staff who may see its case; each time is told the audit. Raises `Missing`."""
    if not actor.may(Permission.CASES_SEE):
        raise Missing

    def unit() -> tuple[str, str, str]:
        with database.writing() as session:
            row = session.get(Evidence, id_)
            if row is None:
                raise Missing
            deed = Deed("evidence.read", "evidence", str(id_), after=sealer.digest(row.sha256))
            append(session, actor, min(actor.roles).value, deed, now)
            return _our_name(row), row.media_type, row.sha256

    name, media_type, digest = retrying(unit)
    return Given(name, media_type, store.read(digest))


def _our_name(row: Evidence) -> str:
    ending = next(end for end, kind in KINDS.items() if kind.media_type == row.media_type)
    return f"evidence-{row.case_id}-{row.id}.{ending}"

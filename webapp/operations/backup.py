"""An installation -> a folder that holds its database of one moment and the files of its data folder.

Evidence is written before the row that names it, so files that are copied after the database hold every
file that it names, save what was erased meanwhile. The key stays out: a backup together with the key that
opens what is sealed would be worth stealing.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from webapp.database import Database
from webapp.operations.dumps import FILES, dump, evidence_of, kind_of
from webapp.operations.manifest import (
    BackupFault,
    File,
    Manifest,
    digest_of,
    files_below,
    fingerprint,
)
from webapp.services.evidence import FOLDER as EVIDENCE
from webapp.services.evidence import settle
from webapp.settings import KEY_FILE

DATA = "data"
"""The folder of a backup that holds what lay in the data folder."""
_PASSING = (Path(EVIDENCE, "waiting"), Path(EVIDENCE, "lock"))
"""What lies in the data folder for the moment only."""
_CHUNK = 2**20


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made; ``missing`` and ``damaged`` count evidence that is not as its rows say."""

    files: int
    bytes: int
    missing: int
    damaged: int


def backup(database: Database, data: Path, key: str, target: Path, now: datetime) -> Made:
    """Make a backup in a new or empty folder, whole or not at all; raises `BackupFault`."""
    target, data = target.absolute(), data.absolute()
    _may_hold(target, data)
    working = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))  # mode 0700
    try:
        kind = kind_of(database)
        stored = working / FILES[kind]
        dumped = dump(database, stored)
        if dumped.revision is None:
            raise BackupFault("数据库是空的,没有可备份的")
        files = [_kept(stored, working), *_copied(database, data, working)]
        Manifest(
            now.isoformat(timespec="seconds"), kind, dumped.revision, fingerprint(key), tuple(files)
        ).write(working)
        settle_all(working)
        os.replace(working, target)
        settle(target.parent)
    except OSError as error:
        raise BackupFault(f"{target}:写不了({error.strerror}),什么也没有留下") from error
    finally:
        shutil.rmtree(working, ignore_errors=True)
    return _made(database, files, dumped.evidence)


def _may_hold(target: Path, data: Path) -> None:
    if target.resolve().is_relative_to(data.resolve()):
        raise BackupFault(f"{target}:在数据目录 {data} 里面,请写到别处,最好是另一块磁盘")
    if not target.parent.is_dir():
        raise BackupFault(f"{target.parent}:没有这个目录,请先建好")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BackupFault(f"{target}:已经有内容。请换一个新的目录名,比如带上日期")


def _made(database: Database, files: list[File], named: frozenset[str]) -> Made:
    """Compare what was copied with what the database named at its moment and still names."""
    kept = {
        Path(file.path).name: file.sha256
        for file in files
        if file.path.startswith(f"{DATA}/{EVIDENCE}/")
    }
    missing = named - kept.keys()
    if missing:
        missing &= evidence_of(database)
    damaged = sum(kept[digest] != digest for digest in named & kept.keys())
    return Made(len(files), sum(file.size for file in files), len(missing), damaged)


# --- files -----------------------------------------------------------------------------------------


def data_files(database: Database, data: Path) -> Iterator[Path]:
    """Give the files of the data folder that a backup holds: all but database, key and what is passing."""
    own = Path(str(database.engine.url.database)).absolute() if database.embedded else None
    beside = (
        {own.with_name(own.name + end) for end in ("", "-wal", "-shm", "-journal")} if own else ()
    )
    for path in files_below(data):
        inner = path.relative_to(data)
        passing = any(inner == one or one in inner.parents for one in _PASSING)
        if not passing and path not in beside and inner != Path(KEY_FILE):
            yield path


def _copied(database: Database, data: Path, working: Path) -> Iterator[File]:
    for path in data_files(database, data):
        target = working / DATA / path.relative_to(data)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            size, sha256 = copy(path, target)
        except FileNotFoundError:  # erased since the folder was read
            continue
        yield File(target.relative_to(working).as_posix(), size, sha256)


def _kept(path: Path, working: Path) -> File:
    return File(path.relative_to(working).as_posix(), *digest_of(path))


def copy(source: Path, target: Path) -> tuple[int, str]:
    """Copy a file for its owner alone; give its size and SHA-256 as they were read."""
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as file:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as made:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
                made.write(chunk)
    return size, digest.hexdigest()


def settle_all(folder: Path) -> None:
    """Make sure that all files below a folder, and their names, are on the disk."""
    for path in files_below(folder):
        settle(path)
    for inner in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
        settle(inner)

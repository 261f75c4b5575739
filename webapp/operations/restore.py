"""A backup -> an empty database and an empty data folder, checked before, on the way and afterwards.

Nothing is touched before every file was read and found to be what the manifest says. Files are laid beside
their place, the database is filled in one step, and only then the files are moved; what fails before
leaves both places empty.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from webapp.database import Database, is_known
from webapp.operations.backup import DATA, copy, settle_all
from webapp.operations.dumps import (
    FILES,
    evidence_of,
    is_empty,
    kind_of,
    load_postgres,
    put_sqlite,
)
from webapp.operations.manifest import BackupFault, Manifest, files_below, is_of
from webapp.services.audit.verify import Signer, Verified, verify
from webapp.services.evidence import FOLDER as EVIDENCE
from webapp.services.evidence import settle
from webapp.settings import KEY_FILE


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored; ``missing`` counts evidence that rows name and the backup does not hold."""

    made_at: str
    files: int
    before: str
    after: str
    audit: Verified
    missing: int


def restore(source: Path, database: Database, data: Path, keys: Sequence[str]) -> Restored:
    """Restore a backup into an empty database and an empty data folder; raises `BackupFault`."""
    manifest = Manifest.read(source)
    kind = kind_of(database)
    if manifest.database != kind:
        raise BackupFault(
            f"备份来自 {manifest.database},这里的数据库是 {kind};请改 MIANSHEN_DATABASE"
        )
    if not is_known(manifest.revision):
        raise BackupFault(f"备份的数据库结构 {manifest.revision} 比这个程序新,请先换上当时的程序")
    if not is_of(manifest, keys):
        raise BackupFault(
            "现有的密钥不是备份时的那一把,封存的账号和联系方式会打不开。"
            "请把当时的密钥写进 MIANSHEN_SECRET_KEY(换过的写进 MIANSHEN_SECRET_KEY_FALLBACKS)再恢复"
        )
    _must_be_empty(database, data)
    manifest.check(source)
    try:
        with _staged(source / DATA, data) as staged:
            _load(source / FILES[kind], database)
            for path in sorted(staged.iterdir()):
                os.replace(path, data / path.name)
            settle(data)
    except OSError as error:
        raise BackupFault(f"{data}:写不了({error.strerror}),什么也没有恢复") from error
    _, after = database.upgrade()
    return _checked(manifest, database, data, str(after), keys)


def _must_be_empty(database: Database, data: Path) -> None:
    if not is_empty(database):
        raise BackupFault("数据库不是空的,恢复只写进空的数据库;请另建一个,或先把现有的移走")
    file = database.engine.url.database
    own = {KEY_FILE, Path(str(file)).name if database.embedded else KEY_FILE}
    there = sorted(path.name for path in data.iterdir()) if data.is_dir() else []
    for name in there:
        if name.removesuffix("-wal").removesuffix("-shm") not in own:
            raise BackupFault(f"{data}:里面已经有 {name},恢复只写进空的数据目录(可以有 {KEY_FILE})")


@contextmanager
def _staged(source: Path, data: Path) -> Iterator[Path]:
    """Copy the files beside their place; they are gone again where what follows fails."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    staged = Path(tempfile.mkdtemp(prefix=".restoring-", dir=data))
    try:
        for path in files_below(source) if source.is_dir() else ():
            target = staged / path.relative_to(source)
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            copy(path, target)
        settle_all(staged)
        yield staged
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _load(source: Path, database: Database) -> None:
    if not database.embedded:
        load_postgres(database.engine, source)
        return
    target = Path(str(database.engine.url.database))
    handle, name = tempfile.mkstemp(prefix=".restoring-", dir=target.parent)
    os.close(handle)
    beside = Path(name)
    try:
        beside.unlink()
        copy(source, beside)
        settle(beside)
        database.close()
        put_sqlite(beside, target)
        settle(target.parent)
    finally:
        beside.unlink(missing_ok=True)


def _checked(
    manifest: Manifest, database: Database, data: Path, after: str, keys: Iterable[str]
) -> Restored:
    with database.reading() as session:
        audit = verify(session, Signer(*(key.encode() for key in keys)))
    kept = {path.name for path in files_below(data / EVIDENCE)}
    missing = len(evidence_of(database) - kept)
    return Restored(manifest.made_at, len(manifest.files), manifest.revision, after, audit, missing)

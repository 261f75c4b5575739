"""What a backup holds: every file with its size and SHA-256, and what the database was like.

The key is not part of a backup. A short digest that it alone could make says whether the key at hand is
the one that sealed what lies in the backup.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

NAME = "manifest.json"
FORMAT = 1
_CHUNK = 2**20


class BackupFault(Exception):
    """A backup cannot be made or restored; the message names the place and the repair, in Chinese."""


@dataclass(frozen=True, slots=True)
class File:
    """One file of a backup, named from its folder."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A backup: when it was made, of which kind of database and revision, under which key, and its files."""

    made_at: str
    database: str
    revision: str
    key: str
    files: tuple[File, ...]
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        """Write the manifest beside what it speaks of."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1)
        place = folder / NAME
        place.touch(mode=0o600)
        place.write_text(f"{text}\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Read the manifest of a folder; raises `BackupFault`."""
        place = folder / NAME
        try:
            told: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
            if told.get("format") != FORMAT:
                raise BackupFault(f"{place}:不是这个版本认识的备份格式")
            files = tuple(File(**one) for one in told.pop("files"))
            found = cls(files=files, **told)
        except OSError as error:
            raise BackupFault(f"{place}:读不到({error.strerror}),这个目录不是完整的备份") from error
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BackupFault(f"{place}:内容不完整,这份备份不能用,请换一份") from error
        for file in found.files:
            path = PurePosixPath(file.path)
            if path.is_absolute() or ".." in path.parts:
                raise BackupFault(f"{place}:“{file.path}”指到备份之外,这份备份不能用")
        return found

    def check(self, folder: Path) -> None:
        """Read every file again; raises `BackupFault` naming the first that is not what was kept."""
        kept = {file.path: file for file in self.files}
        there = {path.relative_to(folder).as_posix() for path in files_below(folder)} - {NAME}
        for path in sorted(kept.keys() - there):
            raise BackupFault(f"{folder / path}:清单里有,备份里没有;这份备份不能用,请换一份")
        for path in sorted(there - kept.keys()):
            raise BackupFault(f"{folder / path}:清单里没有这个文件,请先移走")
        for path, file in kept.items():
            if digest_of(folder / path) != (file.size, file.sha256):
                raise BackupFault(f"{folder / path}:与清单不符,备份之后被改过或损坏;请换一份备份")


def files_below(folder: Path) -> Iterator[Path]:
    """Give every file below a folder, in order; links are not followed."""
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            raise BackupFault(f"{path}:是符号链接,备份不跟随链接;请换成真正的文件")
        if path.is_file():
            yield path


def digest_of(path: Path) -> tuple[int, str]:
    """Give the size and the SHA-256 of a file."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()


def fingerprint(key: str) -> str:
    """Give a digest that only this key makes, and that says nothing of it."""
    return hmac.new(key.encode(), b"mianshen backup", hashlib.sha256).hexdigest()[:16]


def is_of(manifest: Manifest, keys: Iterable[str]) -> bool:
    """Say whether the key of a backup is among some keys."""
    return any(hmac.compare_digest(fingerprint(key), manifest.key) for key in keys)

"""The folder of one batch run: what is done so far, one run at a time, results whole or not at all.

While a run works, everything lies under ``.run/``. Results get their names at the very end, ``run.json`` the
last of them: a folder with ``run.json`` is a finished run, one with only ``.run/`` can be resumed.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from pathlib import Path
from typing import Any, TextIO

from matcher.holdings import write_whole
from matcher.registry.faults import RegistryFault

REPORT = "run.json"
FINDINGS = "findings.parquet"
FACTS = "facts"
LAYOUT = "layout.json"
WORK = ".run"
ARROW = ".arrow"


class RunFolder:
    """An output folder that is this process's alone until it is closed.

    ``key`` names all that a run's result follows from; only a run with the same key is resumed. Raises
    `RegistryFault` where the folder holds something else.
    """

    def __init__(self, folder: Path, key: dict[str, Any], *, resume: bool) -> None:
        self.folder, self.work, self.key = folder, folder / WORK, key
        self.chunks: list[dict[str, Any]] = []
        self._lock: TextIO | None = None
        if (folder / REPORT).exists():
            raise RegistryFault(f"{folder}:这里已有一次完成的比对。请换一个输出目录,或先移走它")
        if folder.exists() and any(p.name != WORK for p in folder.iterdir()) and not resume:
            raise RegistryFault(f"{folder}:目录不是空的。请给一个新的或空的输出目录")
        if self._state.exists() and not resume:
            raise RegistryFault(f"{folder}:上一次比对没有做完。加 --resume 接着做,或换一个输出目录")
        if resume and not self._state.exists():
            raise RegistryFault(f"{folder}:这里没有中断的比对。请去掉 --resume")
        self.work.mkdir(parents=True, exist_ok=True)
        self._take()
        if resume:
            self._resume()
        else:
            self._save()

    @property
    def _state(self) -> Path:
        return self.work / "state.json"

    def _take(self) -> None:
        self._lock = (self.work / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            raise RegistryFault(
                f"{self.folder}:另一个比对正在写这个目录。请等它结束,或换一个目录"
            ) from None

    def _resume(self) -> None:
        state = json.loads(self._state.read_text(encoding="utf-8"))
        changed = [name for name, value in self.key.items() if state["key"].get(name) != value]
        if changed:
            self.close()
            named = "、".join(changed)
            raise RegistryFault(
                f"{self.folder}:与中断的那次相比,{named}变了,不能接着做。请换一个输出目录从头做"
            )
        self.chunks = state["chunks"]

    def _save(self) -> None:
        state = {"key": self.key, "chunks": self.chunks}
        write_whole(self._state, json.dumps(state, ensure_ascii=False))

    def note_chunk(self, chunk: dict[str, Any]) -> None:
        """Note that a chunk's files are there; only then does a resumed run leave it out."""
        self.chunks.append(chunk)
        self._save()

    def part(self, kind: str, number: int) -> Path:
        """Give the file of one chunk."""
        return self.work / f"{kind}-{number:05}.parquet"

    def facts(self, number: int) -> Path:
        """Give the file of one chunk's facts, in the Arrow IPC format."""
        return self.part(FACTS, number).with_suffix(ARROW)

    def new(self, name: str) -> Path:
        """Give where a result is written before it gets its name."""
        ready = self.work / "ready"
        ready.mkdir(exist_ok=True)
        return ready / name

    def publish(self, facts: list[Path], report: dict[str, Any]) -> None:
        """Give every result its name, ``run.json`` last, and clear what was needed on the way."""
        target = self.new(FACTS)
        target.mkdir(exist_ok=True)
        for path in facts:
            os.replace(path, target / path.name)
        for path in sorted((self.work / "ready").iterdir()):
            _flush(path)
            if path.is_dir() and (self.folder / path.name).is_dir():
                shutil.rmtree(self.folder / path.name)
            os.replace(path, self.folder / path.name)
        write_whole(self.folder / REPORT, json.dumps(report, ensure_ascii=False, indent=2) + "\n")
        _flush(self.folder)
        self.close()
        shutil.rmtree(self.work)

    def close(self) -> None:
        """Let another process have the folder."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def _flush(path: Path) -> None:
    """Have the system put a file, or the names in a folder, on the disk."""
    paths = [*path.iterdir(), path] if path.is_dir() else [path]
    for one in paths:
        handle = os.open(one, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def read_report(folder: Path) -> dict[str, Any]:
    """Read the ``run.json`` of a finished run."""
    try:
        report: dict[str, Any] = json.loads((folder / REPORT).read_text(encoding="utf-8"))
    except FileNotFoundError:
        hint = (
            "加 --resume 做完它" if (folder / WORK).exists() else "请给出 mianshen batch 的输出目录"
        )
        raise RegistryFault(f"{folder}:这里没有做完的比对({REPORT})。{hint}") from None
    except (OSError, ValueError) as error:
        raise RegistryFault(f"{folder / REPORT}:读不懂。请从备份恢复,或重新比对") from error
    return report

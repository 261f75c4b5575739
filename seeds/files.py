"""Writes files whole or not at all, also when the program is stopped or the disk is full."""

from __future__ import annotations

import errno
import os
import signal
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NoReturn

_FAULTS = {
    errno.ENOSPC: "磁盘满了,请腾出空间或换一个文件夹",
    errno.EDQUOT: "磁盘配额用完了,请腾出空间或换一个文件夹",
    errno.EFBIG: "超过了允许的文件大小,请减少行数或写成 .parquet",
    errno.ENOENT: "没有这个文件夹,请先建好",
    errno.ENOTDIR: "上一级不是文件夹,请换一个位置",
    errno.EISDIR: "这是一个文件夹,请写出文件名",
    errno.EACCES: "没有写的权限,请换一个文件夹",
    errno.EPERM: "没有写的权限,请换一个文件夹",
    errno.EROFS: "这个磁盘只能读,请换一个文件夹",
}


def fault_of(error: OSError) -> str:
    """Say what stopped the writing and what to do."""
    return _FAULTS.get(error.errno or 0, error.strerror or str(error))


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that takes its name only once it is complete; else nothing of it stays.

    It lies in the same folder until then, under a hidden name. Raises `OSError` as it comes.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    mark = zlib.crc32(path.name.encode())
    unfinished = path.parent / f".new-{os.getpid()}-{mark:08x}"
    with _terminated_cleanly():
        try:
            with unfinished.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise


@contextmanager
def _terminated_cleanly() -> Iterator[None]:
    """Let SIGTERM end the program as Ctrl-C does, so that what is unfinished is removed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _stop(number: int, frame: object) -> NoReturn:
    raise SystemExit(128 + number)

"""Log records -> one JSON line each, of which every field is on a list and none holds a person's data.

Our own records say what may be said (`Line`). Of others' records only the template is kept and, of what
was to be filled in, numbers: a server writes the address of a request that failed into its record, and an
address may hold a token. A failure is told by its kind and place; its message may quote what was typed.
"""

from __future__ import annotations

import json
import logging
import logging.config
import sys
import threading
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

FIELDS = (
    "time",
    "level",
    "logger",
    "request",
    "actor",
    "method",
    "route",
    "status",
    "outcome",
    "ms",
    "event",
    "error",
    "frames",
)
"""Every field that a line may have, in this order."""
OWN = "mianshen"
_TEMPLATES = ("gunicorn",)
"""Loggers whose messages are templates even where nothing is filled in."""
_HIDDEN = "…"


class Line(dict[str, object]):
    """The fields of a record of ours; as a text it is JSON, and what is on no list is left out."""

    def __str__(self) -> str:
        told = {name: self[name] for name in FIELDS if self.get(name) is not None}
        # JSON escapes line breaks, so one record stays one line.
        return json.dumps(told, ensure_ascii=False)


class Lines(logging.Formatter):
    """Writes records as lines."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line of a record."""
        moment = datetime.fromtimestamp(record.created, UTC)
        head = {
            "time": moment.isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
        }
        own = record.msg if isinstance(record.msg, Line) else {"event": _event(record)}
        failure = failure_of(record.exc_info) if record.exc_info else {}
        return str(Line(failure | own | head))


def failure_of(
    info: tuple[type[BaseException] | None, BaseException | None, TracebackType | None] | Any,
) -> dict[str, object]:
    """Give the kind of a failure and where it happened, without its message."""
    if not isinstance(info, tuple):
        return {}
    kind, _error, trace = info
    frames = [f"{step.filename}:{step.lineno} {step.name}" for step in traceback.extract_tb(trace)]
    return {"error": kind.__name__ if kind else "?", "frames": frames}


def _event(record: logging.LogRecord) -> str:
    family = record.name.partition(".")[0]
    if family == OWN:
        return record.getMessage()
    if record.args or family in _TEMPLATES:
        return _filled(str(record.msg), record.args)
    return f"{record.filename}:{record.lineno} {record.funcName}"


def _filled(template: str, args: Any) -> str:
    if isinstance(args, Mapping) or not args:
        return template
    shown = tuple(one if isinstance(one, int | float) else _HIDDEN for one in args)
    try:
        return template % shown
    except (TypeError, ValueError):
        return template


def configure(level: int = logging.INFO) -> None:
    """Write all records of this process to its standard error: ours from ``level`` on, others' warnings."""
    lines = f"{__name__}.{Lines.__name__}"
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"lines": {"()": lines}},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
            "root": {"level": "WARNING", "handlers": ["stderr"]},
            "loggers": {OWN: {"level": level}},
        }
    )
    logging.captureWarnings(True)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    _failed(kind, trace)


def _uncaught_in_thread(told: threading.ExceptHookArgs) -> None:
    if told.exc_type is not SystemExit:
        _failed(told.exc_type, told.exc_traceback)


def _failed(kind: type[BaseException], trace: TracebackType | None) -> None:
    failure = failure_of((kind, None, trace))
    logging.getLogger(OWN).critical(Line(event="uncaught", **failure))

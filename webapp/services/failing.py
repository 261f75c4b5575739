"""What work beside the requests says of a failure: its kind and place, never its words."""

from __future__ import annotations

import traceback

from webapp.services.cases.refusals import Refused


def reason_of(error: Exception) -> str:
    """Name a failure by its kind and place, never by its message, which may quote a company's facts."""
    if isinstance(error, Refused):
        return f"refused:{error.code}"
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1] if frames else None
    where = f" {last.filename.rpartition('/')[2]}:{last.lineno}" if last else ""
    return f"{type(error).__name__}{where}"

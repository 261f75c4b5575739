"""Files on their way in: forms that take evidence may be larger, and no file takes more than its limit."""

from __future__ import annotations

import io
from typing import IO, Any

from flask import Request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from webapp.limits import (
    EVIDENCE_WAITS,
    MAX_BODY_BYTES,
    MAX_EVIDENCE_BODY,
    MAX_EVIDENCE_BYTES,
    MAX_EVIDENCE_FILES,
)
from webapp.services.evidence import Handed

TAKES_FILES = frozenset({"publicity.new", "mine.appeal"})
"""The views whose forms take evidence; every other form keeps the general limit."""
_SALT = "mianshen evidence that waits"


class Clipped(io.BytesIO):
    """A file of which one byte more than the limit is kept: enough to know that it is too big."""

    def write(self, data: Any, /) -> int:
        """Take what there is room for and pass the rest over."""
        given = memoryview(data)
        room = MAX_EVIDENCE_BYTES + 1 - self.tell()
        super().write(given[: max(0, room)])
        return given.nbytes


class Uploads(Request):
    """A request whose files are clipped where a form takes evidence."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        if self.endpoint in TAKES_FILES:
            return Clipped()
        return super()._get_file_stream(
            total_content_length, content_type, filename, content_length
        )


def body_limit(endpoint: str | None) -> int:
    """Give how large a form of a view may be."""
    return MAX_EVIDENCE_BODY if endpoint in TAKES_FILES else MAX_BODY_BYTES


class Parcel:
    """Signs what a form says of files that were put aside, so that a later form can name them."""

    def __init__(self, keys: list[str]) -> None:
        self._signer = URLSafeTimedSerializer(keys, salt=_SALT)

    def pack(self, files: list[Handed]) -> str:
        """Write files into a hidden field."""
        return str(self._signer.dumps([[f.name, f.media_type, f.size, f.sha256] for f in files]))

    def unpack(self, text: str) -> list[Handed]:
        """Read them back; what is not ours, or too old, names none."""
        try:
            rows = self._signer.loads(text, max_age=int(EVIDENCE_WAITS.total_seconds()))
        except BadSignature:
            return []
        return [Handed(*row) for row in rows][:MAX_EVIDENCE_FILES]

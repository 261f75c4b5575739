"""Larger bodies for the pages that take a department's file, and only from people who may send one.

The limit has to be known before anything reads the form, so it is set before any other guard.
"""

from __future__ import annotations

from typing import Any

from flask import request

from webapp.access import signed_in
from webapp.limits import MAX_BATCH_BYTES, MAX_BODY_BYTES, MAX_FACT_FILE
from webapp.services.people.roles import GRANTS, Permission

LARGER = {
    "desk.facts": (Permission.FACTS_IMPORT, MAX_FACT_FILE),
    "desk.decisions": (Permission.DECISIONS_ENTER, MAX_FACT_FILE),
    "desk.batch_new": (Permission.BATCHES_RUN, MAX_BATCH_BYTES),
}
"""The endpoints that take files, who may send one, and how large it may be."""


def allow_larger(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Let a page's own people send a file of a department."""
    if endpoint not in LARGER or request.method != "POST":
        return
    permission, most = LARGER[endpoint]
    signed = signed_in()
    if signed is None or signed.pending is not None:
        return
    if signed.roles & GRANTS[permission].roles:
        # Beside the file stand a mapping and the few fields of the form.
        request.max_content_length = most + MAX_BODY_BYTES

"""Larger bodies for the pages that take a department's file, and only from people who may send one.

The limit has to be known before anything reads the form, so it is set before any other guard.
"""

from __future__ import annotations

from typing import Any

from flask import request

from webapp.access import signed_in
from webapp.limits import MAX_BODY_BYTES, MAX_FACT_FILE
from webapp.services.people.roles import GRANTS, Permission

LARGER = {
    "desk.facts": Permission.FACTS_IMPORT,
    "desk.decisions": Permission.DECISIONS_ENTER,
}
"""The endpoints that take files, and who may send one."""


def allow_larger(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Let a page's own people send a file of a department."""
    permission = LARGER.get(endpoint or "")
    if permission is None or request.method != "POST":
        return
    signed = signed_in()
    if signed is None or signed.pending is not None:
        return
    if signed.roles & GRANTS[permission].roles:
        # Beside the file stand a mapping and the few fields of the form.
        request.max_content_length = MAX_FACT_FILE + MAX_BODY_BYTES

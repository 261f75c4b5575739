"""Facts that a department's system tells of a company: attested, as the department's own, and taken over once."""

from __future__ import annotations

from flask import Response

from matcher.language.diagnostics import SourceError
from matcher.registry.codes import fold_one
from webapp.api.guard import actor
from webapp.api.reading import header_of, unread
from webapp.api.shapes.registry import FactsAsked
from webapp.api.working import created, mapping_of
from webapp.limits import MAX_ONCE_KEY
from webapp.services import once
from webapp.services.registry.telling import Said, Teaching, tell
from webapp.shared import portal

KEY = "Idempotency-Key"


def facts(code: str, body: FactsAsked) -> Response:
    """Take over facts of the key's own department, all of them or none; the same key counts once."""
    key, shared = header_of(KEY, MAX_ONCE_KEY), portal()
    asked = [fold_one(code), body.model_dump(mode="json")]
    claim = once.begin(shared.database, shared.casework.sealer, actor(), key, asked, shared.now())
    if isinstance(claim, str):
        return created(claim, again=True)
    try:
        return created(_tell(code, body, claim))
    except BaseException:
        once.release(shared.database, claim)
        raise


def _tell(code: str, body: FactsAsked, claim: once.Claim) -> str:
    shared = portal()
    node = mapping_of(body.facts, "/facts")
    work = Teaching(shared.database, shared.casework.sealer, shared.catalogue.vocabulary)
    said = Said(fold_one(code), node, body.as_of, body.valid_to)
    try:
        return tell(work, actor(), said, claim, shared.now(), shared.today())
    except SourceError as error:
        raise unread(error) from error

"""A profile -> its growth path: national titles held, within reach or out of it, and what they unlock."""

from __future__ import annotations

from flask import Response

from matcher.path import growth_path
from matcher.report import path_json
from webapp.api.shapes.findings import PathAsked
from webapp.api.working import answered, notes, work_of
from webapp.pages import language
from webapp.shared import portal


def path(body: PathAsked) -> Response:
    """Tell which national titles are held, within reach or out of it, and what each would unlock."""
    work = work_of(body.profile, body)
    catalogue = portal().catalogue
    found = growth_path(portal().matchmaker.matcher, work.profile, work.as_of)
    told = path_json(found, work.profile, catalogue, (), language())
    return answered({**told, "warnings": notes(work.file.warnings)})

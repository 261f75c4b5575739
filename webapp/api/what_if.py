"""A profile and facts that could be otherwise -> what that would bring and cost."""

from __future__ import annotations

from flask import Response

from matcher.language.diagnostics import SourceError
from matcher.nearby.report import what_if_json
from matcher.nearby.what_if import changed_by_node
from matcher.nearby.what_if import what_if as suppose
from webapp.api.reading import invalid, unread
from webapp.api.shapes.findings import WhatIfAsked
from webapp.api.working import answered, mapping_of, notes, work_of
from webapp.pages import language, text
from webapp.problems import Wrong
from webapp.shared import portal


def what_if(body: WhatIfAsked) -> Response:
    """Suppose that some facts were otherwise, and list the measures gained and lost, and why."""
    work = work_of(body.profile, body)
    changes = mapping_of(body.changes, "/changes")
    if not changes.pairs:
        raise invalid([Wrong("/changes", text("api.no_changes"), "missing-key")])
    catalogue, matcher = portal().catalogue, portal().matchmaker.matcher
    try:
        after, more = changed_by_node(work.profile, changes, catalogue.vocabulary, work.as_of)
    except SourceError as error:
        raise unread(error) from error
    found = suppose(matcher, work.profile, after, work.as_of)
    told = what_if_json(found, work.file, after, catalogue, more, language())
    return answered({**told, "warnings": notes((*work.file.warnings, *more))})

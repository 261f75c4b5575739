"""Files that were handed in, for staff who may see the case: as an attachment under a name of ours."""

from __future__ import annotations

from flask import Response

from webapp.access import actor
from webapp.services import evidence
from webapp.shared import portal


def download(evidence_id: int) -> Response:
    """Give one file; each look at it is told the audit. What is typed in it never runs here."""
    given = evidence.give(
        portal().database,
        portal().evidence,
        portal().casework.sealer,
        actor(),
        evidence_id,
        portal().now(),
    )
    head = {"Content-Disposition": f'attachment; filename="{given.name}"'}
    return Response(given.data, mimetype=given.media_type, headers=head)

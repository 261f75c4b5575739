"""The growth path of a company: what it holds, what is next, and what that would open."""

from __future__ import annotations

from flask import render_template

from webapp.pages import wording
from webapp.portal.company import frame, saved_profile
from webapp.services.path import path_of
from webapp.services.reasons import Explainer
from webapp.shared import portal


def path(token: str) -> str:
    """Show every ladder of titles, as soon as something is answered."""
    saved = saved_profile(token)
    shown = frame(token, saved)
    if not shown["answered"]:
        return render_template("path.html", path=None, **shown)
    found = path_of(portal().matchmaker, saved.facts, portal().today())
    explain = Explainer(wording(), portal().questionnaire, found.profile)
    return render_template("path.html", path=found, explain=explain, **shown)

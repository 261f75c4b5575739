"""Check answers: every question with what was said, each with a way to change it."""

from __future__ import annotations

from flask import render_template

from webapp.portal.company import frame, saved_profile
from webapp.services import summary
from webapp.shared import portal


def answers(token: str) -> str:
    """Show every question, the ones that were left out too."""
    saved = saved_profile(token)
    year = portal().today().year - 1
    found = summary.answers(portal().questionnaire, saved.facts, year)
    return render_template("answers.html", answers=found, year=year, **frame(token, saved))

"""Results: three groups with counts that add up, and the reasons of one measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import abort, render_template, request

from matcher.finding import Finding
from webapp.limits import PAGE_SIZE
from webapp.pages import wording
from webapp.portal.company import frame, saved_profile
from webapp.services.reasons import Explainer
from webapp.shared import portal

GROUPS = ("met", "open", "unmet")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a longer list."""

    items: Sequence[Finding]
    number: int
    last: int


def paged(items: Sequence[Finding], number: int) -> Page:
    """Cut a list into pages; a page that does not exist is not found."""
    last = max(1, -(-len(items) // PAGE_SIZE))
    if not 1 <= number <= last:
        abort(404)
    return Page(items[(number - 1) * PAGE_SIZE : number * PAGE_SIZE], number, last)


def page_number() -> int:
    """Read ?page=, 1 where there is none."""
    text = request.args.get("page", "1")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else abort(404)


def results(token: str) -> str:
    """Show what fits, what is open and what does not fit."""
    saved = saved_profile(token)
    shown = frame(token, saved)
    group = request.args.get("group", "")
    if group and group not in GROUPS:
        abort(404)
    found = portal().matchmaker.results(
        saved.facts, portal().today(), judged=bool(shown["answered"])
    )
    number = page_number()
    return render_template(
        "results.html",
        results=found,
        pages={
            name: paged(found.group(name), number if name == group else 1)
            for name in ([group] if group else GROUPS)
        },
        group=group,
        explain=Explainer(wording(), portal().questionnaire, found.profile),
        **shown,
    )


def why(token: str, id_: str) -> str:
    """Show one finding with all its reasons."""
    saved = saved_profile(token)
    shown = frame(token, saved)
    found = portal().matchmaker.results(
        saved.facts, portal().today(), judged=bool(shown["answered"])
    )
    finding = found.of(id_) if found.judged else None
    return render_template(
        "why.html",
        results=found,
        finding=finding or abort(404),
        explain=Explainer(wording(), portal().questionnaire, found.profile),
        **shown,
    )

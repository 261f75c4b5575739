"""Which measures are for a company, by what departments and the company itself say of it in the registry."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import abort, render_template, request, url_for
from sqlalchemy.orm import Session

from matcher.profile import FactKey
from webapp.mine.shell import frame
from webapp.pages import wording
from webapp.portal.selection import page_number
from webapp.services.cases.own import own_cases
from webapp.services.matching import GROUPS, Results
from webapp.services.paging import page_of
from webapp.services.reasons import Explainer, Need
from webapp.services.registry.facts import known, profile_from
from webapp.shared import portal


class Registered(Explainer):
    """Explains a company of the registry: what is missing is answered elsewhere than in the form."""

    def need(self, key: FactKey) -> Need:
        """Say what a fact is called, without a way into the form."""
        return replace(super().need(key), group=None)


def listing(company: int) -> str:
    """Show the measures in the four groups, one group at a time."""
    group = request.args.get("group", GROUPS[0])
    if group not in GROUPS:
        abort(404)
    with portal().database.reading() as session:
        shown = _shown(session, company)
    results: Results = shown["results"]
    page = page_of(results.group(group), page_number()) or abort(404)
    return render_template(
        "mine/measures.html",
        group=group,
        page=page,
        group_address=lambda id_: url_for("mine.measures", company=company, group=id_),
        **shown,
    )


def why(company: int, id_: str) -> str:
    """Show one finding with all its reasons."""
    with portal().database.reading() as session:
        shown = _shown(session, company)
    results: Results = shown["results"]
    finding = (results.of(id_) if results.judged else None) or abort(404)
    explain: Explainer = shown["explain"]
    return render_template(
        "mine/why.html",
        finding=finding,
        group=results.group_of(finding),
        general=explain.general(portal().catalogue, results.as_of),
        **shown,
    )


def _shown(session: Session, company: int) -> dict[str, Any]:
    """Match what is known of the company today; its cases stand beside the measures they are of."""
    shown, today = frame(session, company), portal().today()
    facts = known(session, company, today)
    profile = profile_from(facts, portal().catalogue.vocabulary, today)
    cases = own_cases(session, company, portal().casework.workdays, today)
    return {
        **shown,
        "results": portal().matchmaker.results_of(profile, today, judged=bool(facts)),
        "explain": Registered(wording(), portal().questionnaire, profile),
        "cases": {case.measure: case for case in cases if case.period == today.year},
    }

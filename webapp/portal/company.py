"""A company's own pages: hub, form pages, deletion, its data as a file."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response as FlaskResponse
from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from matcher.language.diagnostics import SourceError
from matcher.language.profiles import FILED, NAME
from webapp.forms.group import GroupForm
from webapp.services import profiles
from webapp.services.checking import Checker, Fault, dump
from webapp.services.profiles import Facts, Saved
from webapp.services.questions import Group, digest, with_answers
from webapp.shared import portal


class Changed(Exception):
    """The answers of this group were changed elsewhere since the page was shown."""


class Unfit(Exception):
    """The answers fit each on its own but not together."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__()
        self.faults = faults


def saved_profile(token: str) -> Saved:
    """Give the profile of a token, or answer 404."""
    found = profiles.load(portal().database, token, portal().now())
    return found if found is not None else abort(404)


def frame(token: str, saved: Saved) -> dict[str, Any]:
    """Give what all pages of a company show: its name and how far each group is."""
    questionnaire, year = portal().questionnaire, portal().today().year - 1
    return {
        "token": token,
        "saved": saved,
        "company": saved.facts.get(NAME, ""),
        "groups": [
            (group, questionnaire.status(group, saved.facts, year))
            for group in questionnaire.groups
        ],
        "answered": questionnaire.answered(saved.facts, year),
    }


def hub(token: str) -> str:
    """Show what is filled and the way to the results."""
    saved = saved_profile(token)
    shown = frame(token, saved)
    found = None
    if shown["answered"]:
        found = portal().matchmaker.results(saved.facts, portal().today(), judged=True)
    return render_template("hub.html", results=found, **shown)


def group(token: str, group: str) -> str | Response | tuple[str, int]:
    """Show or save one page of the form."""
    saved = saved_profile(token)
    chosen = portal().questionnaire.by_id.get(group) or abort(404)
    checker = Checker(portal().catalogue.vocabulary, portal().today())
    form = portal().forms[chosen.id](checker, saved.facts)
    if request.method == "GET":
        form.seen.data = digest(saved.facts, chosen, checker.year)
        return _form_page(token, saved, chosen, form)
    if not form.validate():
        return _form_page(token, saved, chosen, form), 422
    try:
        _save(token, chosen, form, checker)
    except Changed:
        newest = saved_profile(token)
        form.seen.data = form.seen.raw_data = None
        form.seen.data = digest(newest.facts, chosen, checker.year)
        return _form_page(token, newest, chosen, form, conflict=True), 409
    except Unfit as unfit:
        return _form_page(token, saved, chosen, form, faults=unfit.faults), 422
    for code in {note.code for field in form.questions for note in field.notes}:
        flash(f"note.{code}")
    return redirect(_next(token, chosen), 303)


def _save(token: str, chosen: Group, form: GroupForm, checker: Checker) -> None:
    """Put the answers of one group into the newest facts; the profile is then filed today."""

    def change(facts: Facts) -> Facts:
        if digest(facts, chosen, checker.year) != form.seen.data:
            raise Changed
        dated = {**facts, FILED: checker.filed.isoformat()}
        new = with_answers(dated, form.answers(), checker.vocabulary, checker.year)
        faults = checker.whole(new)
        if faults:
            raise Unfit(faults)
        return new

    if profiles.save(portal().database, token, change, portal().now()) is None:
        abort(404)


def _next(token: str, chosen: Group) -> str:
    following = portal().questionnaire.after(chosen)
    if request.form.get("then") == "results" or following is None:
        return url_for("portal.results", token=token)
    return url_for("portal.group", token=token, group=following.id)


def _form_page(token: str, saved: Saved, chosen: Group, form: GroupForm, **more: Any) -> str:
    today: date = portal().today()
    return render_template(
        "group.html",
        group=chosen,
        form=form,
        year=today.year - 1,
        today=today,
        open_part=request.args.get("open", ""),
        following=portal().questionnaire.after(chosen),
        **frame(token, saved),
        **more,
    )


def refused(error: SourceError) -> tuple[str, int]:
    """Show which stored answers the reader refuses: rules may have become stricter since they were saved."""
    token = (request.view_args or {}).get("token") or abort(500)
    return render_template(
        "refused.html", faults=error.diagnostics, **frame(token, saved_profile(token))
    ), 422


def delete(token: str) -> str | Response:
    """Ask, then delete everything that was saved."""
    saved = saved_profile(token)
    if request.method == "GET":
        return render_template("delete.html", **frame(token, saved))
    profiles.remove(portal().database, token)
    return redirect(url_for("portal.deleted"), 303)


def facts(token: str) -> Response:
    """Give the company its data as the file that `mianshen match` reads."""
    saved = saved_profile(token)
    return FlaskResponse(
        dump(saved.facts),
        mimetype="application/json",
        headers={"Content-Disposition": 'attachment; filename="mianshen-profile.json"'},
    )

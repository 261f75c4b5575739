"""A company's own pages: hub, form pages, deletion, its data as a file."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from flask import Response as FlaskResponse
from flask import abort, flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from matcher.language.diagnostics import SourceError
from matcher.language.profiles import FILED, NAME
from matcher.values import fold
from matcher.vocabulary.model import Kind, Member
from webapp.forms.group import GroupForm
from webapp.limits import MAX_SEARCH
from webapp.pages import text
from webapp.services import profiles, shares
from webapp.services.asking import best
from webapp.services.checking import Checker, Fault, dump
from webapp.services.counting import Counts, counted
from webapp.services.profiles import Facts, Saved
from webapp.services.questions import Group, digest
from webapp.services.suggesting import suggested
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
    own = shares.own(portal().database, token, portal().now())
    code = portal().recovery.code(token) if portal().recovery.works(token) else ""
    question = found and best(portal().matchmaker.questions(found), portal().questionnaire)
    return render_template(
        "hub.html", results=found, question=question, shares=own, code=code, **shown
    )


def recovery(token: str) -> Response:
    """Make the profile's recovery code work: it is older than the codes, or the key has changed."""
    saved_profile(token)
    portal().recovery.enrol(token)
    return redirect(url_for("portal.hub", token=token, _anchor="recovery"), 303)


def group(token: str, group: str) -> str | Response | tuple[str, int]:
    """Show or save one page of the form."""
    saved = saved_profile(token)
    chosen = portal().questionnaire.by_id.get(group) or abort(404)
    checker = Checker(portal().catalogue.vocabulary, portal().today())
    form = portal().forms[chosen.id](checker, saved.facts)
    if request.method == "GET":
        form.seen.data = digest(saved.facts, chosen, checker.year)
        return _form_page(token, saved, chosen, form)
    if request.form.get("then") == "find" and request.form.get("find", "").strip():
        return _form_page(token, saved, chosen, form)
    fits = form.validate()
    if request.form.get("then") == "counts":
        return _counts(token, saved, chosen, form)
    if not fits:
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


def _counts(token: str, saved: Saved, chosen: Group, form: GroupForm) -> tuple[str, int] | Response:
    """Say what the answers would come to as they are typed; nothing is saved, mistakes are left out."""
    counts = counted(
        portal().matchmaker, portal().questionnaire, form.fitting(saved.facts), portal().today()
    )
    wanted = request.accept_mimetypes
    if wanted["application/json"] > wanted["text/html"]:
        return jsonify(text=strip(counts))
    wrong = any(field.errors for field in form.questions)
    return _form_page(token, saved, chosen, form, counts=counts), 422 if wrong else 200


def strip(counts: Counts | None) -> str:
    """Word the counts as the strip of the form shows them."""
    if counts is None:
        return text("strip.contradiction")
    return text("strip.counts" if counts.answered else "strip.none", **asdict(counts))


def _save(token: str, chosen: Group, form: GroupForm, checker: Checker) -> None:
    """Put the answers of one group into the newest facts; the profile is then filed today."""

    def change(facts: Facts) -> Facts:
        new = form.fitting(facts)
        stands = digest(facts, chosen, checker.year)
        # Sent twice, the second time finds its own answers saved already.
        if form.seen.data != stands and digest(new, chosen, checker.year) != stands:
            raise Changed
        faults = checker.whole(new)
        if faults:
            raise Unfit(faults)
        return new

    if profiles.save(portal().database, token, change, portal().now()) is None:
        abort(404)


def _next(token: str, chosen: Group) -> str:
    following = portal().questionnaire.after(chosen)
    if request.args.get("back") == "answers" and request.form.get("then") == "answers":
        return url_for("portal.answers", token=token)
    if request.form.get("then") == "results" or following is None:
        return url_for("portal.results", token=token)
    return url_for("portal.group", token=token, group=following.id)


def _form_page(token: str, saved: Saved, chosen: Group, form: GroupForm, **more: Any) -> str:
    today: date = portal().today()
    if "counts" not in more:
        stored = {**saved.facts, FILED: today.isoformat()}
        more["counts"] = counted(portal().matchmaker, portal().questionnaire, stored, today)
    return render_template(
        "group.html",
        group=chosen,
        form=form,
        year=today.year - 1,
        today=today,
        open_part=request.args.get("open", ""),
        back=request.args.get("back") == "answers",
        live=strip(more["counts"]),
        usual=_usual(chosen, saved),
        find=request.form.get("find", "").strip()[:MAX_SEARCH],
        hits=_hits(chosen, request.form.get("find", "")[:MAX_SEARCH]),
        following=portal().questionnaire.after(chosen),
        **frame(token, saved),
        **more,
    )


def _usual(chosen: Group, saved: Saved) -> tuple[Member, ...]:
    """Give the activities to look at first, on the page that asks for activities."""
    if not any(question.attribute.kind is Kind.ACTIVITIES for question in chosen.questions):
        return ()
    return suggested(portal().matchmaker, saved.facts, portal().today())


def _hits(chosen: Group, find: str) -> tuple[Member, ...]:
    """Find activities by words of their name, example or explanation."""
    words = fold(find).lower().split()
    members = (
        member
        for question in chosen.questions
        if words and question.attribute.kind is Kind.ACTIVITIES
        for member in question.attribute.members
    )
    return tuple(member for member in members if _holds(member, words))


def _holds(member: Member, words: list[str]) -> bool:
    english = member.english
    said = (member.label, *member.aliases, member.definition, member.example, member.topic)
    searched = fold(" ".join((*said, english.name, english.help))).lower()
    return all(word in searched for word in words)


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

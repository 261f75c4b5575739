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
from webapp.forms.fields import AnswerField
from webapp.forms.group import GroupForm
from webapp.forms.members import ActivitiesField
from webapp.limits import MAX_SEARCH
from webapp.pages import text
from webapp.portal.shown import answers_of, read, sign
from webapp.services import profiles, shares, visits
from webapp.services.asking import best
from webapp.services.checking import Checker, Fault, dump
from webapp.services.counting import Counts, counted
from webapp.services.matching import Results
from webapp.services.merging import Answers, Merged, merge
from webapp.services.path import path_of
from webapp.services.profiles import Facts, Saved
from webapp.services.questions import Group, with_answers
from webapp.services.suggesting import Looks, looks
from webapp.services.visits import Since
from webapp.shared import portal


class Changed(Exception):
    """The same answers were changed elsewhere since the page was shown, to something different."""

    def __init__(self, merged: Merged) -> None:
        super().__init__()
        self.merged = merged


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
    found = since = None
    if shown["answered"]:
        found = portal().matchmaker.results(saved.facts, portal().today(), judged=True)
        since = since_last_visit(token, found)
    own = shares.own(portal().database, token, portal().now())
    code = portal().recovery.code(token) if portal().recovery.works(token) else ""
    question = found and best(portal().matchmaker.questions(found), portal().questionnaire)
    return render_template(
        "hub.html",
        results=found,
        since=since,
        due=path_of(portal().matchmaker, saved.facts, portal().today()).renewals if since else (),
        question=question,
        shares=own,
        code=code,
        **shown,
    )


def since_last_visit(token: str, found: Results) -> Since | None:
    """Note what the company sees now, and say what is new since it was here; None the first time."""
    return visits.visit(
        portal().database, token, found, portal().catalogue.version, portal().questionnaire
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
    if request.method != "POST":
        form = portal().forms[chosen.id](checker, saved.facts)
        form.seen.data = sign(
            token, chosen, checker.year, answers_of(saved.facts, chosen, checker.year)
        )
        return _form_page(token, saved, chosen, form)
    # What was typed is read against what the page showed, whatever was saved elsewhere meanwhile.
    basis = read(token, chosen, checker.year, request.form.get("seen"))
    before = with_answers(saved.facts, basis, checker.vocabulary, checker.year)
    form = portal().forms[chosen.id](checker, before)
    if _only_looks(form):
        return _form_page(token, saved, chosen, form, unsaved=True)
    if form.picking(request.form.get("then", "")):
        return _form_page(token, saved, chosen, form, unsaved=True)
    fits = form.validate()
    if request.form.get("then") == "counts":
        return _counts(token, saved, chosen, form, basis)
    if not fits:
        return _form_page(token, saved, chosen, form, unsaved=True), 422
    try:
        merged = _save(token, chosen, form, checker, basis)
    except Changed as changed:
        return _ask_again(token, chosen, form, checker, changed.merged)
    except Unfit as unfit:
        return _form_page(token, saved, chosen, form, faults=unfit.faults, unsaved=True), 422
    if merged.kept:
        flash("form.merged")
    for code in {note.code for field in form.questions for note in field.notes}:
        flash(f"note.{code}")
    return redirect(_next(token, chosen), 303)


def _only_looks(form: GroupForm) -> bool:
    """Do what the checklist of activities does without a script; say whether there was something."""
    dropped = request.form.get("drop", "")
    fields = [field for field in form.questions if isinstance(field, ActivitiesField)]
    found = [field.drop(dropped) for field in fields if dropped]
    return any(found) or bool(request.form.get("then") == "find" and _words())


def _words() -> str:
    """Give what is searched for among the activities."""
    return request.form.get("find", "").strip()[:MAX_SEARCH]


def _ask_again(
    token: str, chosen: Group, form: GroupForm, checker: Checker, merged: Merged
) -> tuple[str, int]:
    """Show what was typed beside what was saved elsewhere; what only the other save changed is in it."""
    newest = saved_profile(token)
    for field in form.questions:
        field.typed = field.show(merged.answers[field.attribute.label])
    stored = answers_of(newest.facts, chosen, checker.year)
    form.seen.data = sign(token, chosen, checker.year, stored)
    page = _form_page(token, newest, chosen, form, conflicts=merged.conflicts, unsaved=True)
    return page, 409


def _merged(
    chosen: Group, form: GroupForm, basis: Answers, facts: Facts, checker: Checker
) -> tuple[Merged, Facts]:
    """Merge the answers that fit into the facts, which are then filed today."""
    typed = {
        field.attribute.label: field.previous if _untouched(field) else field.answer
        for field in form.questions
        if not field.errors
    }
    merged = merge(basis, typed, answers_of(facts, chosen, checker.year))
    dated = {**facts, FILED: checker.filed.isoformat()}
    return merged, with_answers(dated, merged.answers, checker.vocabulary, checker.year)


def _untouched(field: AnswerField) -> bool:
    """Say whether a question still shows what it showed; one that follows another may change all the same."""
    follows = getattr(field, "follows", "")
    return not follows and field.typed == field.show(field.previous)


def _counts(
    token: str, saved: Saved, chosen: Group, form: GroupForm, basis: Answers
) -> tuple[str, int] | Response:
    """Say what the answers would come to as they are typed; nothing is saved, mistakes are left out."""
    _, facts = _merged(chosen, form, basis, saved.facts, form.checker)
    counts = counted(portal().matchmaker, portal().questionnaire, facts, portal().today())
    wanted = request.accept_mimetypes
    if wanted["application/json"] > wanted["text/html"]:
        return jsonify(text=strip(counts))
    wrong = any(field.errors for field in form.questions)
    return _form_page(
        token, saved, chosen, form, counts=counts, unsaved=True
    ), 422 if wrong else 200


def strip(counts: Counts | None) -> str:
    """Word the counts as the strip of the form shows them."""
    if counts is None:
        return text("strip.contradiction")
    return text("strip.counts" if counts.answered else "strip.none", **asdict(counts))


def _save(token: str, chosen: Group, form: GroupForm, checker: Checker, basis: Answers) -> Merged:
    """Merge the answers of one group into the newest facts, whoever saved them."""
    found: list[Merged] = []

    def change(facts: Facts) -> Facts:
        merged, new = _merged(chosen, form, basis, facts, checker)
        if merged.conflicts:
            raise Changed(merged)
        faults = checker.whole(new)
        if faults:
            raise Unfit(faults)
        found.append(merged)
        return new

    if profiles.save(portal().database, token, change, portal().now()) is None:
        abort(404)
    return found[-1]


def _next(token: str, chosen: Group) -> str:
    following = portal().questionnaire.after(chosen)
    if request.args.get("back") == "answers" and request.form.get("then") == "answers":
        return url_for("portal.answers", token=token)
    if request.form.get("then") == "browse":
        return url_for("portal.industries", token=token)
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
        looks=_looks(chosen, form, saved),
        find=_words(),
        hits=_hits(chosen, _words()),
        following=portal().questionnaire.after(chosen),
        **frame(token, saved),
        **more,
    )


def _looks(chosen: Group, form: GroupForm, saved: Saved) -> Looks | None:
    """Say where to look first, and put the topics in that order, on the page that asks for activities."""
    fields = [field for field in form.questions if isinstance(field, ActivitiesField)]
    if not fields:
        return None
    found = looks(portal().matchmaker, saved.facts, portal().today())
    for field in fields:
        field.order = found.topics
    return found


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
    if request.method != "POST":
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

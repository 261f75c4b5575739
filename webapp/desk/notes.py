"""Notes of calls, talks at the counter and visits: drafted from the check, added to, never overwritten."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from matcher.language.diagnostics import SourceError
from matcher.values import ValueFault, parse_date
from webapp.access import actor
from webapp.desk import shell
from webapp.desk.companies import CoveredExplainer
from webapp.desk.shell import desk, refused, show_band
from webapp.pages import text, wording
from webapp.services.asking import find
from webapp.services.cases.refusals import Refused
from webapp.services.checking import Checker
from webapp.services.desk import calls
from webapp.services.desk import notes as noting
from webapp.services.desk.calls import Channel, Outcome, Service
from webapp.services.desk.check import Given, keys_of, record
from webapp.services.desk.notes import Draft, Noted
from webapp.services.desk.service import Standing, looked, standing
from webapp.shared import portal
from webapp.tables.registry import CompanyRow

BOXES = ("year", "month", "day")


def notes(company: int) -> ResponseReturnValue:
    """Show a company's notes and the form for another, or keep one."""
    row = looked(desk(), actor(), "company.notes", company, portal().now())
    show_band(row)
    if shell.client_sees():
        return render_template("desk/notes.html", company=row, notes=None)
    if request.method == "GET":
        return _page(row)
    form = _form()
    try:
        draft = Draft(form["kind"], form["text"], _day(form), _corrects(form))
        note = noting.write(desk(), actor(), company, draft, portal().now(), portal().today())
    except Refused as refusal:
        return _page(row, form, refusal), 422
    flash("notes.kept")
    return redirect(url_for("desk.notes", company=company, _anchor=f"note-{note}"), 303)


def fact(company: int) -> ResponseReturnValue:
    """Keep a figure of a note as a fact that the company declares."""
    asked = find(request.form.get("fact", ""), portal().questionnaire)
    checker = Checker(portal().catalogue.vocabulary, portal().today())
    value = request.form.get("value", "")
    checked = checker.text(asked.question, value) if asked and not asked.options else None
    if asked is None or checked is None or checked.answer is None:
        flash("notes.unfit")
        return redirect(url_for("desk.notes", company=company), 303)
    calls.begin(desk(), actor(), company, portal().now())
    try:
        given = Given(asked, checked.answer)
        record(desk(), actor(), company, given, portal().now(), portal().today())
    except SourceError:
        flash("notes.unfit")
    else:
        flash("notes.fact_kept")
    return redirect(url_for("desk.notes", company=company), 303)


def _form() -> dict[str, str]:
    names = ("kind", "text", "corrects", *BOXES)
    return {name: request.form.get(name, "").strip() for name in names}


def _day(form: dict[str, str]) -> date | None:
    given = [form[box] for box in BOXES]
    if not any(given):
        return None
    try:
        return parse_date("-".join(given))
    except ValueFault as fault:
        raise Refused("call_back_date") from fault


def _corrects(form: dict[str, str]) -> int | None:
    return int(form["corrects"]) if form["corrects"].isdecimal() else None


def _page(
    row: CompanyRow, form: dict[str, str] | None = None, refusal: Refused | None = None
) -> str:
    with portal().database.reading() as session:
        written = noting.listing(session, row.id)
        service = calls.latest(session, actor(), row.id)
    corrected = _to_correct(written)
    form = form or _drafted(row.id, service, corrected)
    newest = next((one for one in written if not one.corrected), None)
    vocabulary = portal().catalogue.vocabulary
    return render_template(
        "desk/notes.html",
        company=row,
        notes=written,
        form=form,
        corrects=next((one for one in written if str(one.id) == form["corrects"]), None),
        problem=refused(refusal) if refusal else None,
        field=refusal.code if refusal else "",
        kinds=[kind.value for kind in Channel],
        offers=noting.offers(newest.text, vocabulary) if newest else [],
        newest=newest,
        year=portal().today().year - 1,
    )


def _to_correct(written: list[Noted]) -> Noted | None:
    """Give the note that is to be corrected; one that was already is corrected through its newest."""
    wanted = request.args.get("corrects", type=int)
    return next((one for one in written if one.id == wanted and not one.corrected), None)


def _drafted(company: int, service: Service | None, corrected: Noted | None) -> dict[str, str]:
    """Fill the form: with the note to be corrected, or with what was asked and answered just now."""
    empty = dict.fromkeys(BOXES, "")
    if corrected is not None:
        day = corrected.call_back_on
        boxes = dict(zip(BOXES, day.isoformat().split("-"), strict=True)) if day else empty
        return {
            "kind": corrected.kind,
            "text": corrected.text,
            "corrects": str(corrected.id),
            **boxes,
        }
    draft = ""
    if service is not None and service.ended is None and service.asked:
        found = standing(desk(), actor(), company, portal().today())
        draft = "\n".join(_lines(service, found))
    kind = service.channel.value if service else Channel.PHONE.value
    return {"kind": kind, "text": draft, "corrects": "", **empty}


def _lines(service: Service, found: Standing) -> Iterator[str]:
    """Write what was asked and answered, how the verdicts moved, and what is left to be filled in."""
    measure = portal().catalogue.by_id.get(service.measure)
    what = f"{measure.title}({measure.id})" if measure else text("check.all")
    yield text("notes.draft_about", what=what)
    for outcome in Outcome:
        said = [one for one in service.asked if one.outcome is outcome]
        if said:
            named = text("reply.joint").join(_named(one, found) for one in said)
            yield text(f"notes.draft_{outcome.value}", facts=named)
    first, last = service.asked[0].before, service.asked[-1].after
    counts = {
        f"{name}_{side}": told[name]
        for side, told in (("before", first), ("after", last))
        for name in ("met", "open", "near")
    }
    yield text("notes.draft_counts", **counts)
    finding = found.results.of(service.measure) if service.measure else None
    if finding is not None:
        yield text(
            "notes.draft_verdict", verdict=wording().word_by_id("结论", finding.verdict.value)
        )
    yield text("notes.draft_told")
    yield text("notes.draft_promised")


def _named(one: calls.Asked, found: Standing) -> str:
    asked = find(one.fact, portal().questionnaire)
    if asked is None:
        return one.fact
    keys = sorted(keys_of(asked, one.at.year - 1), key=repr)
    names = [wording().fact(key) for key in keys[:1]]
    if one.outcome is not Outcome.ANSWERED:
        return names[0]
    explain, facts = CoveredExplainer(found.view), found.view.profile.facts
    # Of a choice among members the one that was chosen says it all.
    keys = [key for key in keys if key in facts and facts[key].value is True] or keys
    own = [explain.own(key, facts[key]) for key in keys if key in facts]
    said = " ".join(f"{item.name} {item.value}" for item in own[:1]) or names[0]
    return said + text(f"check.how_{one.how.value}_short")

"""Answers out of a file and into one: upload, check what was understood, save; templates and exports.

With a token the file goes into that profile, without one into a new profile.
"""

from __future__ import annotations

from typing import Any

from flask import Response as FlaskResponse
from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from matcher.language.diagnostics import SourceError
from matcher.registry.faults import RegistryFault
from webapp.limits import MAX_UPLOAD_BYTES
from webapp.portal.company import frame, saved_profile
from webapp.services import importing, profiles, spreadsheet, summary
from webapp.services.checking import Checker, Fault, dump
from webapp.services.importing import Import
from webapp.services.profiles import Facts
from webapp.services.questions import new_facts
from webapp.services.spreadsheet import Busy, Sheet
from webapp.shared import portal

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def upload(token: str = "") -> str | tuple[str, int]:
    """Ask for a file, or show what was understood of one; nothing is saved yet."""
    present = _present(token)
    if request.method != "POST":
        return _page(token)
    file = request.files.get("file")
    content = file.stream.read(MAX_UPLOAD_BYTES + 1) if file is not None else b""
    name = (file.filename if file is not None else None) or "file"
    if not content:
        return _page(token, fault=Fault("no-file")), 422
    if len(content) > MAX_UPLOAD_BYTES:
        return _page(token, fault=Fault("file-too-large", limit=MAX_UPLOAD_BYTES // 1024)), 413
    try:
        if content.startswith(importing.ZIPPED):
            return _sheet_page(token, content, name, present)
        text = importing.read_text(content, name)
        found = _understand(text, name)
    except SourceError as error:
        return _page(token, diagnostics=error.diagnostics), 422
    except RegistryFault as fault:
        return _page(token, fault=Fault("workbook", str(fault))), 422
    except Busy:
        return _page(token, fault=Fault("busy")), 503
    return _confirm_page(token, present, found)


def _sheet_page(token: str, content: bytes, name: str, present: Facts) -> str | tuple[str, int]:
    read = spreadsheet.read(content, name, portal().questionnaire, portal().today(), present)
    if read.faults:
        return _page(token, cells=read.faults), 422
    if len(read.facts) == 1:
        return _page(token, fault=Fault("empty-workbook")), 422
    return _confirm_page(token, present, Import(read.facts), sheet=read)


def _confirm_page(
    token: str, present: Facts, found: Import, sheet: Sheet | None = None
) -> str | tuple[str, int]:
    """Show all answers as they would stand, those of the file marked."""
    vocabulary, today = portal().catalogue.vocabulary, portal().today()
    merged = importing.merge(present, found.facts)
    faults = Checker(vocabulary, today).whole(merged)
    if faults:
        return _page(token, contradictions=faults), 422
    year, questionnaire = today.year - 1, portal().questionnaire
    before = summary.answers(questionnaire, present, year)
    return render_template(
        "import_check.html",
        answers=summary.answers(questionnaire, merged, year),
        stood={(row.attribute.label, row.topic): row for _, rows in before.groups for row in rows},
        found=found,
        sheet=sheet,
        year=year,
        payload=dump(found.facts),
        **_frame(token),
    )


def save(token: str = "") -> Response | tuple[str, int]:
    """Save what the page before showed; it is read anew, as anybody can send anything."""
    _present(token)
    try:
        found = _understand(request.form.get("facts", ""), "file")
    except SourceError as error:
        return _page(token, diagnostics=error.diagnostics), 422
    checker = Checker(portal().catalogue.vocabulary, portal().today())

    def change(facts: Facts) -> Facts:
        merged = importing.merge(facts, found.facts)
        if checker.whole(merged):
            raise Unfit
        return merged

    try:
        token = token or _new_profile()
        if profiles.save(portal().database, token, change, portal().now()) is None:
            abort(404)
    except Unfit:
        return _page(token, fault=Fault("contradiction")), 422
    return redirect(url_for("portal.answers", token=token), 303)


class Unfit(Exception):
    """The answers of the file contradict those that were saved meanwhile."""


def _new_profile() -> str:
    token = profiles.create(
        portal().database, new_facts(portal().today().isoformat()), portal().now()
    )
    portal().recovery.enrol(token)
    return token


def _understand(text: str, name: str) -> Import:
    return importing.understand(text, name, portal().catalogue.vocabulary, portal().today())


def _present(token: str) -> Facts:
    return saved_profile(token).facts if token else new_facts(portal().today().isoformat())


def _frame(token: str) -> dict[str, Any]:
    return frame(token, saved_profile(token)) if token else {"token": ""}


def _page(token: str, **wrong: Any) -> str:
    return render_template(
        "import.html", kib=MAX_UPLOAD_BYTES // 1024, **{**_frame(token), **wrong}
    )


# --- files to take away --------------------------------------------------------------------------


def blank_template() -> Response:
    """Give the workbook with nothing filled in."""
    return _workbook({}, "mianshen-template.xlsx")


def workbook(token: str) -> Response:
    """Give the workbook with the company's answers filled in."""
    return _workbook(saved_profile(token).facts, "mianshen-answers.xlsx")


def _workbook(facts: Facts, name: str) -> Response:
    content = spreadsheet.template(portal().questionnaire, portal().today().year - 1, facts)
    return _attachment(content, XLSX, name)


def facts_yaml(token: str) -> Response:
    """Give the answers as a company file that people can read and edit."""
    text = importing.as_yaml(saved_profile(token).facts)
    return _attachment(text, "application/yaml", "mianshen-profile.yaml")


def _attachment(content: str | bytes, kind: str, name: str) -> Response:
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return FlaskResponse(content, mimetype=kind, headers=disposition)

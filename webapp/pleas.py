"""The form of appeals and objections: what is wrong, in what words, with which files; looked at again, then sent.

Nothing typed is lost on the way: files wait under their digest and travel on in a signed field, all else
in the form itself. Nothing is stored in a session.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.casewords import days_left
from webapp.limits import (
    GUESS_HOUR,
    MAX_CONTACT,
    MAX_EVIDENCE_BYTES,
    MAX_EVIDENCE_FILES,
    UPLOAD_WAITS,
)
from webapp.people import people
from webapp.refusing import said
from webapp.services.cases.appeals import MOST_WORDS, Plea, Receipt
from webapp.services.cases.lifecycle import Deadline
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.evidence import KINDS, Handed, looked_at
from webapp.services.people.guessing import Counter, TooSoon, network
from webapp.services.workdays import UnknownYear
from webapp.settings import signing_keys
from webapp.shared import portal
from webapp.uploads import Parcel

OTHER = "other"
CONTACT = ("name", "reach")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_KEY_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition that can be disputed: its words in Chinese, as they are kept, and as they are shown."""

    id: str
    shown: str
    values: Sequence[str] = ()


@dataclass
class Draft:
    """A plea as far as it was typed, with what is wrong by field."""

    disputed: str = ""
    statement: str = ""
    contact: dict[str, str] = field(default_factory=dict)
    files: list[Handed] = field(default_factory=list)
    key: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    faults: dict[str, str] = field(default_factory=dict)
    seconds: int = 0

    def plea(self, case: int, conditions: Sequence[Condition]) -> Plea:
        """Give what is handed to the service."""
        known = [one.id for one in conditions if one.id == self.disputed]
        reach = {name: words for name, words in self.contact.items() if words}
        return Plea(case, self.statement, known, reach or None, self.files)


@dataclass(frozen=True)
class Asking:
    """One form: what it is about, what may be disputed, who asks, how it is sent."""

    kind: str
    frame: str
    conditions: Sequence[Condition]
    values: Mapping[str, Any]
    make: Callable[[Draft], Receipt]
    back: str


def answer(asking: Asking) -> ResponseReturnValue:
    """Show the form, then what was understood, then send it and go to the receipt."""
    if request.method == "GET":
        return _page(asking, Draft())
    draft = _read(asking)
    then = request.form.get("then", "")
    if then == "change":
        draft.faults.clear()
        return _page(asking, draft)
    if draft.faults or then != "send":
        return _page(asking, draft, checked=not draft.faults)
    try:
        with portal().evidence.keeping(draft.files, portal().database):
            receipt = asking.make(draft)
    except Missing:
        raise
    except Refused as refused:
        _refuse(draft, "", refused)
        if refused.code == "evidence_gone":
            draft.files = []
        return _page(asking, draft)
    return redirect(url_for("publicity.receipt", receipt=receipt.number), 303)


def parcel() -> Parcel:
    """Give what signs the files that wait."""
    return Parcel(signing_keys(current_app.config))


def counter(kind: str, window: int, waits: tuple[tuple[int, int], ...]) -> Counter:
    """Give what counts how often an address does something."""
    return Counter(kind, network(request.remote_addr or ""), window, waits)


def reply_day() -> str:
    """Give the last day on which a plea that is made today is answered; "" where no calendar says."""
    work = portal().casework
    try:
        return work.workdays.after(portal().today(), work.terms[Deadline.OBJECTION]).isoformat()
    except UnknownYear:
        return ""


def _page(asking: Asking, draft: Draft, *, checked: bool = False) -> ResponseReturnValue:
    body = render_template(
        "pleas/check.html" if checked else "pleas/form.html",
        frame=asking.frame,
        asking=asking,
        draft=draft,
        problem=bool(draft.faults),
        kept=parcel().pack(draft.files),
        kinds=sorted(KINDS),
        most_files=MAX_EVIDENCE_FILES,
        most_mib=MAX_EVIDENCE_BYTES // 2**20,
        most_words=MOST_WORDS,
        reply_day=reply_day(),
        days_left=days_left,
        other=OTHER,
        **asking.values,
    )
    if draft.seconds:
        return body, 429, {"Retry-After": str(draft.seconds)}
    return (body, 422) if draft.faults else body


def _read(asking: Asking) -> Draft:
    sent = request.form
    draft = Draft(
        disputed=sent.get("disputed", ""),
        statement=sent.get("statement", "").replace("\r\n", "\n").strip(),
        contact={name: sent.get(name, "").strip() for name in CONTACT},
        key=sent.get("key", "")[:_KEY_LENGTH] or secrets.token_urlsafe(16),
    )
    dropped = set(sent.getlist("drop"))
    draft.files = [
        one for one in parcel().unpack(sent.get("kept", "")) if one.sha256 not in dropped
    ]
    _check_words(draft, asking)
    _take_files(draft)
    return draft


def _check_words(draft: Draft, asking: Asking) -> None:
    if asking.conditions and draft.disputed not in {OTHER, *(one.id for one in asking.conditions)}:
        _refuse(draft, "disputed", Refused("disputed_missing"))
    if not draft.statement:
        _refuse(draft, "statement", Refused("statement_missing"))
    elif len(draft.statement) > MOST_WORDS:
        _refuse(draft, "statement", Refused("statement_long", most=MOST_WORDS))
    elif _hides(draft.statement.replace("\n", "").replace("\t", "")):
        _refuse(draft, "statement", Refused("signs_hidden"))
    for name, words in draft.contact.items():
        if len(words) > MAX_CONTACT:
            _refuse(draft, name, Refused("contact_long", most=MAX_CONTACT))
        elif _hides(words):
            _refuse(draft, name, Refused("signs_hidden"))


def _hides(words: str) -> bool:
    return any(unicodedata.category(sign) in _HIDDEN for sign in words)


def _take_files(draft: Draft) -> None:
    """Look at the files of the form and put aside those that fit; the others are named."""
    given = [one for one in request.files.getlist("files") if one.filename]
    if not given:
        return
    try:
        people().accounts.guessing.begin(
            [counter("upload", GUESS_HOUR, UPLOAD_WAITS)], portal().now()
        )
        for one in given:
            data = one.stream.read()
            handed = looked_at(one.filename or "", data)
            if any(known.sha256 == handed.sha256 for known in draft.files):
                continue
            if len(draft.files) >= MAX_EVIDENCE_FILES:
                raise Refused("evidence_many", most=MAX_EVIDENCE_FILES)
            portal().evidence.put_aside(handed, data, portal().now())
            draft.files.append(handed)
    except Refused as refused:
        _refuse(draft, "files", refused)


def _refuse(draft: Draft, name: str, refused: Refused) -> None:
    draft.faults[name] = said(refused)
    if isinstance(refused, TooSoon):
        draft.seconds = refused.seconds

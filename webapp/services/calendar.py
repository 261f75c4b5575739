"""Stored facts -> the dates to keep, as a calendar file (RFC 5545).

Renewals of titles, yearly reports, and the last days of measures that are met. An event keeps its UID
from one download to the next, so that a calendar moves it instead of showing it twice.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from matcher.documents.standards import Standard
from matcher.path import Rung, growth_path
from matcher.readers.prose import EN, Wording
from webapp.services.matching import Matchmaker
from webapp.services.profiles import Facts
from webapp.texts import Texts

LINE_OCTETS = 75
REMIND_DAYS = 30
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None})


@dataclass(frozen=True, slots=True)
class Event:
    """A day to keep; ``key`` names it for ever, whatever day it moves to."""

    key: str
    day: date
    summary: str
    description: str
    measure: str = ""


class Calendar:
    """Finds the dates of one company and words them in one language."""

    def __init__(self, matchmaker: Matchmaker, texts: Texts, language: str) -> None:
        self.matchmaker, self.texts = matchmaker, texts
        self.wording = Wording(matchmaker.catalogue.vocabulary, language)

    def events(self, facts: Facts, as_of: date) -> list[Event]:
        """List the dates from as-of on, the nearest first."""
        found = [*self._titles(facts, as_of), *self._measures(facts, as_of)]
        return sorted(found, key=lambda event: (event.day, event.key))

    def _text(self, key: str, **values: object) -> str:
        return self.texts.get(self.wording.language, key, **values)

    def _titles(self, facts: Facts, as_of: date) -> Iterator[Event]:
        profile = self.matchmaker.profile(facts, as_of)
        for rung in growth_path(self.matchmaker.matcher, profile, as_of).rungs:
            title, about = self._title(rung.standard), self._about(rung)
            name = f"{rung.standard.attribute}/{rung.standard.title}/{rung.standard.level}"
            if rung.renew_by is not None and rung.renew_by >= as_of:
                said = self._text("calendar.renew", title=title)
                yield Event(f"renew/{name}", rung.renew_by, said, about)
            if rung.report_by is not None:
                key = f"report/{name}/{rung.report_by.year}"
                yield Event(key, rung.report_by, self._text("calendar.report", title=title), about)

    def _title(self, standard: Standard) -> str:
        name = self.wording.member(standard.attribute, standard.title)
        if not standard.level:
            return name
        english = self.wording.language == EN
        return f"{name} ({standard.level})" if english else f"{standard.level}{name}"

    def _about(self, rung: Rung) -> str:
        standard = rung.standard
        said = [
            self._text(
                "calendar.standard", document=f"{standard.document} {standard.number}".strip()
            )
        ]
        if rung.valid_to is not None:
            said.append(self._text("calendar.valid_to", day=rung.valid_to.isoformat()))
        if not standard.checked:
            said.append(self._text("calendar.unchecked"))
        return "\n".join([*said, self._text("calendar.title_promise")])

    def _measures(self, facts: Facts, as_of: date) -> Iterator[Event]:
        results = self.matchmaker.results(facts, as_of, judged=True)
        for finding in results.met:
            measure = finding.measure
            document = self.matchmaker.catalogue.document(measure.document)
            ends = [measure.last_day, document.last_day if document else None]
            days = [day for day in ends if day is not None]
            if days:
                source = document.title if document else measure.document
                said = [
                    self._text("calendar.source", document=source, clause=measure.clause),
                    self._text("calendar.measure_promise"),
                ]
                summary = self._text("calendar.last_day", title=measure.title)
                yield Event(
                    f"measure/{measure.id}", min(days), summary, "\n".join(said), measure.id
                )


def write(
    events: Sequence[Event],
    *,
    name: str,
    secret: str,
    now: datetime,
    address: Callable[[str], str],
) -> str:
    """Write a calendar file with one event a day to keep.

    ``secret`` makes the UIDs this company's own without telling who it is; ``address`` gives the page
    of a measure by its id.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//mianshen//dates//ZH",
        "CALSCALE:GREGORIAN",
        f"X-WR-CALNAME:{_escaped(name)}",
    ]
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    for event in events:
        lines += _event(event, secret, stamp, address)
    lines.append("END:VCALENDAR")
    return "".join(f"{fold_line(line)}\r\n" for line in lines)


def _event(event: Event, secret: str, stamp: str, address: Callable[[str], str]) -> Iterator[str]:
    digest = hmac.new(secret.encode(), f"calendar:{event.key}".encode(), hashlib.sha256)
    yield "BEGIN:VEVENT"
    yield f"UID:{digest.hexdigest()[:32]}@mianshen"
    yield f"DTSTAMP:{stamp}"
    yield f"DTSTART;VALUE=DATE:{_day(event.day)}"
    yield f"DTEND;VALUE=DATE:{_day(event.day + timedelta(days=1))}"
    yield f"SUMMARY:{_escaped(event.summary)}"
    yield f"DESCRIPTION:{_escaped(event.description)}"
    if event.measure:
        yield f"URL:{address(event.measure)}"
    yield "TRANSP:TRANSPARENT"
    yield "BEGIN:VALARM"
    yield "ACTION:DISPLAY"
    yield f"DESCRIPTION:{_escaped(event.summary)}"
    yield f"TRIGGER:-P{REMIND_DAYS}D"
    yield "END:VALARM"
    yield "END:VEVENT"


def _day(day: date) -> str:
    return day.strftime("%Y%m%d")


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)


def fold_line(line: str) -> str:
    """Break a content line so that none is longer than 75 octets, and no character is torn apart."""
    folded, used = [], 0
    for character in line:
        octets = len(character.encode())
        if used + octets > LINE_OCTETS:
            folded.append("\r\n ")
            used = 1  # the space that marks the continuation
        folded.append(character)
        used += octets
    return "".join(folded)

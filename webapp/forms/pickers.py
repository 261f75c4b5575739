"""The fields that are picked from a long table: a company's lines of business, and a place.

Both take what a script chose, what was ticked on the page without one, and what was simply typed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, ClassVar

from webapp.forms.fields import _MARKED, _MARKS, AnswerField
from webapp.limits import MAX_INDUSTRIES
from webapp.services.checking import Checker, Fault, refuse
from webapp.services.places import STEPS, Places
from webapp.services.questions import Answer
from webapp.services.trades import Found, Trade, Trades, refined

SAME, OTHER = "same", "other"
_BREAK = re.compile("[;；\n]+")


def _words(text: str) -> list[str]:
    return [word for part in _BREAK.split(text) if (word := part.strip())]


class TradeField(AnswerField):
    """One line of business or several: ``kept`` are codes, ``text`` is what no code was found for yet."""

    shape = "trade"
    trades: ClassVar[Trades]
    most = MAX_INDUSTRIES

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.found, self.asked = Found(), ""

    def show(self, stored: Answer | None) -> dict[str, Any]:
        mark = _MARKED.get(stored, "") if isinstance(stored, str) else ""
        given = [] if mark or stored is None else stored if isinstance(stored, list) else [stored]
        codes = [self.trades.industries.find(str(one)) for one in given]
        return _typed(mark=mark, kept=tuple(code for code in codes if code))

    def read(self, formdata: Any) -> dict[str, Any]:
        parts = [f"kept-{place}" for place in range(self.most + 1)]
        text, pick = self.part(formdata, ""), self.part(formdata, "pick")
        # What was picked from a list stands for the text that the list was made of.
        text = "" if pick and text == self.part(formdata, "asked") else text
        codes = [self.part(formdata, part) for part in (*parts, "finer")]
        return _typed(text, self.part(formdata, "mark"), tuple(filter(None, (*codes, pick))))

    @property
    def kept(self) -> tuple[Trade, ...]:
        """What is chosen so far, to be shown; a code that does not exist is left out."""
        known = (self.trades.industries.find(code) for code in self.typed["kept"])
        return tuple(self.trades.trade(code) for code in known if code)

    def look(self) -> bool:
        """Turn what was typed into codes where it says one, else find what it may mean.

        Says whether nothing is left to choose.
        """
        codes, unread = list(self.typed["kept"]), []
        for word in _words(self.typed["text"]):
            code = self.trades.exact(word)
            if code is None:
                unread.append(word)
            else:
                codes.append(code)
        kept = refined(codes, self.trades.industries)
        self.typed = _typed(";".join(unread), self.typed["mark"], kept)
        self.asked = unread[0] if unread else ""
        self.found = self.trades.find(self.asked)
        return not unread

    def check(self, checker: Checker) -> tuple[Fault, ...]:
        fault = refuse(self.typed["text"])
        if fault is not None:
            return (fault,)
        if any(self.trades.industries.find(code) is None for code in self.typed["kept"]):
            return (Fault("unknown-choice"),)
        if not self.look():
            return (Fault("choose-trade" if self.found.hits else "unknown-trade"),)
        mark, kept = self.typed["mark"], self.typed["kept"]
        if mark and kept:
            return (Fault("both"),)
        if mark:
            self.answer = _MARKS.get(mark)
            return () if self.answer else (Fault("unknown-choice"),)
        if len(kept) > self.most:
            return (Fault("too-many", limit=self.most),)
        return self.take(checker, ";".join(kept)) if kept else ()


def _typed(text: str = "", mark: str = "", kept: Sequence[str] = ()) -> dict[str, Any]:
    return {"text": text, "mark": mark, "kept": tuple(kept)}


class PlaceField(AnswerField):
    """A place in three steps, or the place of another question (``same``), or a name that was typed."""

    shape = "place"
    places: ClassVar[Places]
    follows: ClassVar[str] = ""

    def show(self, stored: Answer | None) -> dict[str, str]:
        mark = _MARKED.get(stored, "") if isinstance(stored, str) else ""
        given = [] if mark or stored is None else stored if isinstance(stored, list) else [stored]
        ids = [one.id for text in given for one in self.places.regions.find(str(text))]
        steps = self.places.steps(ids)
        # Places that are no such steps, two cities for one, are shown as they are written.
        text = "" if steps else ";".join(map(str, given))
        same = (mark or (OTHER if given else "")) if self.follows else ""
        return {"text": text, "mark": mark, "same": same, **dict.fromkeys(STEPS, ""), **steps}

    def read(self, formdata: Any) -> dict[str, str]:
        same, mark = self.part(formdata, "same"), self.part(formdata, "mark")
        return {
            "text": self.part(formdata, "pick") or self.part(formdata, ""),
            "mark": mark or (same if same in _MARKS else ""),
            "same": same,
            **{step: self.part(formdata, step) for step in STEPS},
        }

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Take what was sent, else what is stored."""
        super().process(formdata, data, extra_filters)
        self.sent = formdata is not None

    def compare(self, other: Answer | None) -> None:
        """Show whether the stored place is that of the question which this one follows."""
        unlike = self.previous is not None and (self.previous != other or self.typed["mark"])
        if self.follows and not self.sent and not unlike:
            self.typed.update(dict.fromkeys(("text", *STEPS), ""), same=SAME)

    @property
    def is_same(self) -> bool:
        """Whether the place of the other question is to be taken."""
        typed = self.typed
        given = typed["text"] or typed["mark"] or typed["city"]
        return bool(self.follows and typed["same"] == SAME and not given)

    def follow(self, other: Answer | None, *, wrong: bool) -> None:
        """Take the place of the other question; what is not clear there is not said here.

        While the other place is typed wrong, this one stays as it was.
        """
        if self.is_same and not self.errors:
            clear = isinstance(other, list) or other not in _MARKED
            self.answer = self.previous if wrong else other if clear else None

    @property
    def near(self) -> tuple[str, ...]:
        """Names near the text that was not understood, to pick from."""
        found = [fault.near for fault in self.errors if fault.near]
        single = len(self.errors) == 1 and len(_words(self.typed["text"])) == 1
        return found[0] if found and single else ()

    def check(self, checker: Checker) -> tuple[Fault, ...]:
        typed = self.typed
        if typed["mark"] and (typed["text"] or typed["city"]):
            return (Fault("both"),)
        if typed["mark"]:
            self.answer = _MARKS.get(typed["mark"])
            return () if self.answer else (Fault("unknown-choice"),)
        if typed["same"] == SAME and (typed["text"] or typed["city"]):
            return (Fault("two-places"),)
        # What is typed counts before the steps, which may still show what was stored.
        if typed["text"]:
            return self._named(checker)
        ids = self.places.finest({step: typed[step] for step in STEPS})
        if ids is None:
            return (Fault("unknown-choice"),)
        self._keep([checker.region(id_) for id_ in ids])
        return ()

    def _named(self, checker: Checker) -> tuple[Fault, ...]:
        faults: list[Fault] = []
        named: list[Answer] = []
        for word in _words(self.typed["text"]):
            faults += self.take(checker, word)
            named.append(self.answer)
        self.answer = None
        if not faults:
            self._keep(named)
        return tuple(faults)

    def _keep(self, named: list[Any]) -> None:
        self.answer = (named if len(named) > 1 else named[0]) if named else None

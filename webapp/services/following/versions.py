"""Two versions of the rules -> the measures that are new, changed or ended.

Of each version that this installation sees a listing is kept, so nothing has to be read again with a program
that may be newer than the rules were. What counts as a change is what a measure says and gives: not its
explanation, not its translation, not where in the source text it stands.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.catalogue import Catalogue
from matcher.documents.model import Measure
from matcher.language.amount_printer import print_benefit
from matcher.language.printer import print_condition
from webapp.services.audit.chain import canonical
from webapp.services.following.themes import themes_of
from webapp.tables.following import RulesSeen

FORM = 1
"""Raised whenever ``digest_of`` or what it prints changes: digests of two forms are not compared."""
KINDS = ("new", "changed", "ended")
Listing = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a measure; ``kind`` is one of `KINDS`, ``themes`` are those before and after."""

    kind: str
    id: str
    title: str
    english: str
    themes: frozenset[str]


def listing_of(catalogue: Catalogue) -> dict[str, Any]:
    """Give what is kept of a version: of each measure its titles, themes, last day and digest."""
    measures = {}
    for document in catalogue.documents:
        for measure in document.measures:
            days = [day for day in (measure.last_day, document.last_day) if day is not None]
            measures[measure.id] = {
                "title": measure.title,
                "english": measure.english,
                "themes": themes_of(measure, catalogue),
                "last": min(days).isoformat() if days else "",
                "digest": digest_of(measure, catalogue),
            }
    return {"form": FORM, "measures": measures}


def digest_of(measure: Measure, catalogue: Catalogue) -> str:
    """Give a digest of what a measure says and gives."""
    vocabulary = catalogue.vocabulary
    says = {
        "title": measure.title,
        "beneficiary": measure.beneficiary,
        "scope": measure.scope,
        "kind": measure.kind,
        "quote": measure.quote,
        "instruments": measure.instruments,
        "basis": measure.benefit_basis,
        "conditions": print_condition(measure.condition, vocabulary),
        "lead": measure.lead_departments,
        "others": measure.other_departments,
        "target": [measure.target_title, measure.target_level],
        "commitments": measure.commitments,
        "refines": measure.refines,
        "days": [str(measure.first_day or ""), str(measure.last_day or "")],
        "benefit": print_benefit(measure.benefit, vocabulary) if measure.benefit else None,
    }
    return hashlib.sha256(canonical(says)).hexdigest()[:32]


def compare(before: Listing, after: Listing, today: date) -> tuple[Change, ...]:
    """Give what changed, new measures first; one whose last day is over is no longer there."""
    old, new = _standing(before, today), _standing(after, today)
    kinds = dict.fromkeys(new.keys() - old.keys(), "new")
    kinds |= dict.fromkeys(old.keys() - new.keys(), "ended")
    if before["form"] == after["form"]:
        both = old.keys() & new.keys()
        kinds |= {id_: "changed" for id_ in both if old[id_]["digest"] != new[id_]["digest"]}
    found = []
    for id_, kind in kinds.items():
        now = new.get(id_) or old[id_]
        themes = frozenset(now["themes"]) | frozenset(old.get(id_, now)["themes"])
        found.append(Change(kind, id_, now["title"], now["english"], themes))
    return tuple(sorted(found, key=lambda one: (KINDS.index(one.kind), one.id)))


def _standing(listing: Listing, today: date) -> dict[str, Any]:
    day = today.isoformat()
    return {
        id_: one
        for id_, one in listing["measures"].items()
        if not one["last"] or one["last"] >= day
    }


def note_version(session: Session, catalogue: Catalogue, now: datetime) -> int | None:
    """Keep the listing of a version that is seen for the first time and give its number; None where it was seen."""
    seen = select(RulesSeen.id).where(RulesSeen.version == catalogue.version)
    if session.scalar(seen) is not None:
        return None
    text = json.dumps(listing_of(catalogue), ensure_ascii=False)
    row = RulesSeen(version=catalogue.version, listing=text, seen_at=now)
    session.add(row)
    session.flush()
    return row.id


def before(session: Session, row: RulesSeen) -> RulesSeen | None:
    """Give the version that was seen before another."""
    earlier = select(RulesSeen).where(RulesSeen.id < row.id).order_by(RulesSeen.id.desc())
    return session.scalars(earlier.limit(1)).one_or_none()

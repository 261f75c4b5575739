"""Which roles see which custodians' facts: the one table, and what of a profile a person may see.

A verdict rests on every fact that is known; only what it rests on may be covered. What a company says of
itself is never covered, whoever would be the custodian of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from matcher.language.printer import period_text
from matcher.profile import Assurance, FactKey, Profile
from matcher.tree import Days
from matcher.vocabulary.model import Vocabulary
from webapp.services.matching import Results
from webapp.services.people.roles import Actor, Role
from webapp.services.registry.facts import StoredFact

_CASEWORK = frozenset({Role.HANDLER, Role.REVIEWER, Role.DATA})

GUARDED: Mapping[str, frozenset[Role]] = {
    # Taxpayers' affairs are confidential by 税收征收管理法, insured employers' by 社会保险法, and what a
    # single respondent reports by 统计法. Those who prove a case or bring the data in see them.
    "税务局": _CASEWORK,
    "人社局": _CASEWORK,
    "统计局": _CASEWORK,
}
"""The roles that see a custodian's facts; whoever may see companies sees those of any other."""


def covered(custodian: str, actor: Actor) -> bool:
    """Say whether the facts of a custodian are not for this person to see; its own key sees them."""
    if custodian and custodian == actor.custodian:
        return False
    seeing = GUARDED.get(custodian)
    return seeing is not None and not actor.roles & seeing


@dataclass(frozen=True)
class View:
    """A profile with what is covered in it: custodians by fact."""

    profile: Profile
    hidden: Mapping[FactKey, str]

    @property
    def shown(self) -> Profile:
        """The profile without what is covered; never to be judged by."""
        kept = {key: fact for key, fact in self.profile.facts.items() if key not in self.hidden}
        return replace(self.profile, facts=kept)

    def results(self, found: Results) -> Results:
        """Give results of the whole profile as they may be shown: no value and no distance is covered."""
        ways = {
            id_: tuple(way for way in every if not any(c.key in self.hidden for c in way.changes))
            for id_, every in found.all_ways.items()
        }
        return replace(found, profile=self.shown, all_ways=ways)


def view(
    profile: Profile, facts: Iterable[StoredFact], actor: Actor, vocabulary: Vocabulary
) -> View:
    """Find out what of a profile a person may not see; ``facts`` are those it was put together from."""
    by_others, own = {}, set()
    for stored in facts:
        if not stored.custodian:
            own.add(stored.place)
        elif covered(stored.custodian, actor):
            by_others[stored.place] = stored.custodian
    hidden = {}
    for key, fact in profile.facts.items():
        place = place_of(key)
        said_by = by_others.get(place, "")
        if fact.assurance is Assurance.DECLARED and place in own:
            continue
        if not said_by and fact.assurance is Assurance.ATTESTED:
            # What goes without saying beside a custodian's answer is as much the custodian's.
            named = fact.source or vocabulary.custodian(key.attribute, key.member)[0]
            custodian = vocabulary.department(named) or ""
            said_by = custodian if covered(custodian, actor) else ""
        if said_by:
            hidden[key] = said_by
    return View(profile, hidden)


def place_of(key: FactKey) -> tuple[str, str, str]:
    """Give the place of a fact as rows of the registry name it."""
    period = key.period
    said = period_text(period) if isinstance(period, Days) else str(period or "")
    return key.attribute, key.member or "", said

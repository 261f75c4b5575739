"""A company's own answers from the portal, put into the registry under that company.

They stay declared whatever they say of their source: what was seen at the counter (已见原件) is declared
too. What only departments can say (认定, 名单, 参数) is left out and named.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from matcher.language.claims import UNSURE_WORDS
from matcher.language.profiles import CODE, FILED, read_company
from matcher.registry.codes import fold_one
from matcher.vocabulary.model import Vocabulary
from webapp.database import Database, retrying
from webapp.services.audit.chain import Deed, Sealer, append
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.people.roles import Actor
from webapp.services.registry.facts import DECISIONS, stored_facts
from webapp.services.registry.learning import Learned, Telling, Told, learn
from webapp.tables.registry import CompanyRow

SEEN = "已见原件"
"""The source of a fact whose papers staff saw at the counter."""
_NOT_FACTS = frozenset({FILED, "来源", "备注", "已领"})


@dataclass(frozen=True, slots=True)
class Linked:
    """What became of a company's answers: counts, and what was left out by name."""

    learned: Learned
    left_out: tuple[str, ...]


def link(
    database: Database,
    sealer: Sealer,
    vocabulary: Vocabulary,
    actor: Actor,
    company: int,
    facts: Mapping[str, Any],
    now: datetime,
    today: date,
    *,
    seen: bool = False,
) -> Linked:
    """Take over a company's answers as what it declares now; answers that are gone end.

    ``seen`` notes that staff saw the papers. Raises `Refused` where the answers are another company's,
    `SourceError` where today's rules cannot read them.
    """
    read_company(json.dumps(dict(facts), ensure_ascii=False), "", vocabulary, today)
    told, left_out = _told(facts, vocabulary, SEEN if seen else "")
    telling = Telling("", None, now, entered_by=actor.id)
    code = fold_one(str(facts.get(CODE, "")))

    def unit() -> Learned:
        with database.writing() as session:
            row = session.get(CompanyRow, company)
            if row is None:
                raise Missing
            if code and code != row.code:
                raise Refused("code_of_another")
            learned = learn(session, {company: told}, telling, vocabulary, complete=True)
            deed = Deed(
                "facts.declare",
                "company",
                str(company),
                after=sealer.digest([[fact.place, fact.value] for fact in told]),
            )
            append(session, actor, min(actor.roles).value, deed, now)
            return learned

    return Linked(retrying(unit), left_out)


def _told(
    facts: Mapping[str, Any], vocabulary: Vocabulary, source: str
) -> tuple[list[Told], tuple[str, ...]]:
    told, left_out = [], set()
    given = {name: value for name, value in facts.items() if name not in _NOT_FACTS}
    for name, member, period, value in stored_facts(given):
        attribute = vocabulary.attribute(name)
        label = name if attribute is None else attribute.label
        if label in DECISIONS:
            left_out.add(label)
        elif label != CODE and not _is_unsure(json.loads(value)):
            told.append(Told(label, member, period, value, False, source))
    return told, tuple(sorted(left_out))


def _is_unsure(value: Any) -> bool:
    return isinstance(value, str) and value in UNSURE_WORDS

"""What another system tells of one company in the name of its department: all of it, or nothing.

It is read, attested and compared as a line of a department's file is (`webapp.services.registry.imports`). A file
may hold more than its department keeps; here each fact must be the department's own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from matcher.language.answers import CODE, Channel
from matcher.language.diagnostics import Place, Problems, SourceError
from matcher.language.profiles import NAME, CompanyFile, attribute_named, read_company_node
from matcher.language.source import Mapping, Node, Scalar
from matcher.profile import Fact, FactKey
from matcher.vocabulary.model import Vocabulary
from webapp.database import Database, retrying
from webapp.services import once
from webapp.services.audit.chain import Deed, Sealer, append
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.people.custodians import require
from webapp.services.people.roles import Actor
from webapp.services.registry.companies import by_codes
from webapp.services.registry.described import describe, named_by
from webapp.services.registry.facts import DECISIONS
from webapp.services.registry.learning import Learned, Overtaken, Telling, Told, learn
from webapp.services.registry.reading import Teller, stated
from webapp.tables.registry import CompanyRow

_TRIES = 5
_SOURCES = frozenset({"来源", "source"})


@dataclass(frozen=True, slots=True)
class Said:
    """What is told: facts as a company file writes them, as of a day, valid until another or for good."""

    code: str
    facts: Mapping
    as_of: date
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Teaching:
    """What taking over facts needs."""

    database: Database
    sealer: Sealer
    vocabulary: Vocabulary


def tell(
    work: Teaching, actor: Actor, said: Said, claim: once.Claim, now: datetime, today: date
) -> str:
    """Take over what is told and give the answer, which is kept under the claim in the same commit.

    Raises `SourceError` where facts cannot be read or are not the department's own, `Missing` for a company that
    the registry does not know, and `Refused` where the days are wrong or the key may not speak.
    """
    _check_days(said, today)
    with work.database.reading() as session:
        require(session, actor, actor.custodian)
    told, name = _read(work.vocabulary, actor.custodian, said)

    def unit() -> str:
        with work.database.writing() as session:
            require(session, actor, actor.custodian)
            known = by_codes(session, [said.code]) if said.code.isalnum() else {}
            company = known.get(said.code)
            if company is None:
                raise Missing
            learned = _learn(session, work, actor, said, company, told, name, now)
            answer = _answer(company, actor, said, learned)
            once.answer(session, claim, answer)
            return answer

    for left in range(_TRIES, -1, -1):
        try:
            return retrying(unit)
        except Overtaken:
            if not left:
                raise
    raise AssertionError("unreachable")


def _check_days(said: Said, today: date) -> None:
    if said.as_of > today:
        raise Refused("facts_future", day=said.as_of)
    if said.valid_to is not None and said.valid_to < said.as_of:
        raise Refused("facts_over", day=said.as_of, until=said.valid_to)


def _read(vocabulary: Vocabulary, custodian: str, said: Said) -> tuple[tuple[Told, ...], str]:
    """Read the facts as the custodian's own; one that it does not keep is a mistake at its place."""
    pairs = [(key, value) for key, value in said.facts.pairs if key.text not in _SOURCES]
    source = Scalar("来源", said.facts.place), Scalar(custodian, said.facts.place, quoted=True)
    node = Mapping((source, *pairs), said.facts.place)
    company: CompanyFile = read_company_node(
        node, vocabulary, said.as_of, Channel(frozenset({custodian}))
    )
    unbelieved = [item for item in company.warnings if item.code == "not-attested"]
    if unbelieved:
        raise SourceError(
            unbelieved
        )  # a judgement, or a source that is named beside the department's own
    facts = stated(company.profile, (key.text for key, _ in pairs), vocabulary)
    teller = Teller(custodian, vocabulary)
    _check_own(facts, teller, dict(_places(Mapping(tuple(pairs), node.place), vocabulary)), node)
    return teller.tell(facts), company.profile.text(NAME)


def _check_own(
    facts: list[tuple[FactKey, Fact]], teller: Teller, places: dict[str, Place], node: Mapping
) -> None:
    problems = Problems()
    for key, fact in facts:
        place = places.get(key.attribute, node.place)
        if key.attribute in DECISIONS:
            message = f"“{key.attribute}”由部门认定,不能由接口送来"
            problems.add("wrong-type", message, place, "在部门认定的页面录入,由另一人复核")
        elif key.attribute not in (CODE, NAME) and not teller.attests(key, fact):
            keeper = teller.vocabulary.custodian(key.attribute, key.member)[0]
            problems.add(
                "not-attested",
                f"“{key.member or key.attribute}”不是{teller.custodian}保管的",
                place,
                f"由{keeper}送来" if keeper else "没有部门能核验,由企业自己填写",
            )
    if not facts:
        problems.add("missing-key", "没有一项事实", node.place, "至少写一项,如“资质”")
    problems.raise_if_any()


def _places(node: Node, vocabulary: Vocabulary) -> Iterator[tuple[str, Place]]:
    """Give where each attribute is spoken of, at whatever depth."""
    if isinstance(node, Mapping):
        for key, value in node.pairs:
            found = attribute_named(key.text, vocabulary)
            if found is not None:
                yield found.label, key.place
            else:
                yield from _places(value, vocabulary)


def _learn(
    session: Session,
    work: Teaching,
    actor: Actor,
    said: Said,
    company: CompanyRow,
    told: tuple[Told, ...],
    name: str,
    now: datetime,
) -> Learned:
    describe([company], {company.code: told}, work.vocabulary)
    named_by(session, company, name, told, said.as_of, actor, now)
    telling = Telling(actor.custodian, said.as_of, now, said.valid_to)
    learned = learn(session, {company.id: told}, telling, work.vocabulary)
    after = work.sealer.digest([[fact.place, fact.value] for fact in told])
    deed = Deed("facts.tell", "company", str(company.id), after=after)
    append(session, actor, min(actor.roles).value, deed, now)
    return learned


def _answer(company: CompanyRow, actor: Actor, said: Said, learned: Learned) -> str:
    return json.dumps(
        {
            "credit_code": company.code,
            "custodian": actor.custodian,
            "as_of": said.as_of.isoformat(),
            "valid_to": said.valid_to.isoformat() if said.valid_to else None,
            **asdict(learned),
        },
        ensure_ascii=False,
    )

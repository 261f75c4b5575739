"""The contract of a glance: it names everybody for whom a look finds something to do."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select, update

from matcher import tree
from matcher.catalogue import Catalogue
from matcher.language.answers import CODE
from matcher.profile import Profile
from matcher.proofs.companies import CompanyWriter
from matcher.tree import Condition
from matcher.vocabulary.model import JUDGEMENT, LIST
from tests.casefiles import company_of, measure_cases
from tests.webapp.casework.conftest import RECOGNISED
from tests.webapp.watch.conftest import HIGH_TECH, Watching
from webapp.services.cases.proof import Prover
from webapp.services.people.roles import Role
from webapp.services.registry.decisions import Desk, NewJudgement, NewList, approve, enter
from webapp.services.registry.facts import known, profile_from
from webapp.services.registry.learning import Telling, Told, learn
from webapp.services.watch import inbox
from webapp.services.watch.engine import EvaluateEngine
from webapp.services.watch.glance import Glance
from webapp.tables.registry import CompanyRow
from webapp.tables.watch import InboxEvent

KIND = "主体类别"
EVERY = 25
"""Of the cases of all clauses every so-many-th stands for a company."""


def other_rules(catalogue: Catalogue, conditions: Mapping[str, Condition]) -> Catalogue:
    """Give rules that have a measure with an amount for each condition, by id, and no other."""
    model = catalogue.by_id[HIGH_TECH]
    document = next(one for one in catalogue.documents if one.id == model.document)
    measures = tuple(
        replace(model, id=id_, condition=condition) for id_, condition in conditions.items()
    )
    clause = replace(document.clauses[0], measures=measures)
    documents = (replace(document, clauses=(clause,)),)
    return replace(catalogue, documents=documents, version="other rules")


def told_by_custodians(watching: Watching, facts: Any) -> dict[str, list[Told]]:
    """Write what a case says of its company as its custodians would tell it."""
    vocabulary = watching.office.work.prover.catalogue.vocabulary
    writer = CompanyWriter(vocabulary)
    told: dict[str, list[Told]] = {}
    for key, fact in facts.items():
        custodian, attestable = vocabulary.custodian(key.attribute, key.member)
        if not attestable or not isinstance(key.period, int | None) or key.measure:
            continue
        value = json.dumps(writer.value(key, fact.value), ensure_ascii=False)
        one = Told(key.attribute, key.member or "", str(key.period or ""), value, True)
        told.setdefault(custodian, []).append(one)
    return told


def companies_of_cases(watching: Watching) -> list[int]:
    """Register a company for every so-many-th case of the clauses, with all that the case says attested."""
    vocabulary = watching.office.work.prover.catalogue.vocabulary
    made = []
    for case in measure_cases()[::EVERY]:
        profile = company_of(case.said["企业"], vocabulary, trusted=True).profile
        company = watching.company({})
        made.append(company)
        for custodian, facts in told_by_custodians(watching, profile.facts).items():
            stated = [one for one in facts if one.attribute != KIND or not company % 2]
            tell(watching, company, custodian, *stated)
    return made


def tell(watching: Watching, company: int, custodian: str, *told: Told) -> None:
    vocabulary = watching.office.work.prover.catalogue.vocabulary
    with watching.office.work.database.writing() as session:
        learn(session, {company: told}, Telling(custodian, None, watching.office.now), vocabulary)


def unsettle(watching: Watching, companies: Sequence[int]) -> None:
    """Let some be known by their licence alone, lists tell of all, judgements of one; some sources differ."""
    office = watching.office
    vocabulary = office.work.prover.catalogue.vocabulary
    for company, row in zip(companies, rows_of(watching), strict=True):
        if company % 2:
            tell(watching, company, "市场监管局", Told(CODE, "", "", f'"{row.code}"', True))
        if not company % 3:
            clear = Told("信用名单", "失信被执行人", "", '"没有"', True)
            tell(watching, company, "人民法院", clear)
    desk = Desk(office.work.database, office.work.sealer, vocabulary)
    entries = [(row.code, row.name) for row in rows_of(watching)][::2]
    lists = [one.label for one in vocabulary.attributes[LIST].members]
    judgements = [one.label for one in vocabulary.attributes[JUDGEMENT].members]
    new: list[NewJudgement | NewList] = [
        NewList(name, office.today, "文", entries) for name in (*lists, "失信被执行人")
    ]
    company = companies[0]
    new += [NewJudgement(company, name, True, office.today, "文") for name in judgements[::5]]
    for one in new:
        kind = "judgement" if isinstance(one, NewJudgement) else "list"
        id_ = enter(desk, office.people[Role.HANDLER], one, office.now, office.today)
        approve(desk, office.people[Role.REVIEWER], kind, id_, office.now)


def rows_of(watching: Watching) -> list[CompanyRow]:
    with watching.office.work.database.reading() as session:
        found = list(session.scalars(select(CompanyRow).order_by(CompanyRow.id)))
        session.expunge_all()
        return found


def profiles_of(watching: Watching, companies: Sequence[CompanyRow]) -> dict[int, Profile]:
    """Give the attested facts of companies as a look reads them, one company after the other."""
    today = watching.office.today
    vocabulary = watching.office.work.prover.catalogue.vocabulary
    with watching.office.work.database.reading() as session:
        return {
            row.id: profile_from(known(session, row.id, today), vocabulary, today).attested()
            for row in companies
        }


def test_a_glance_misses_no_condition_that_is_met(watching: Watching) -> None:
    """Of every clause, and of the opposite of each: who meets it on attested facts does so at a glance."""
    unsettle(watching, companies_of_cases(watching))
    catalogue, today = watching.office.work.prover.catalogue, watching.office.today
    conditions = {one.id: one.condition for one in catalogue.measures}
    conditions |= {one.id: one.exclusion for one in catalogue.general}
    opposite = {f"{id_} not": tree.Not(condition) for id_, condition in conditions.items()}
    rules = other_rules(catalogue, conditions | opposite)
    glance, engine, rows = Glance(rules, today), EvaluateEngine(rules), rows_of(watching)
    with watching.office.work.database.reading() as session:
        seen = glance.known(session, rows)
    certain = 0
    for id_, profile in profiles_of(watching, rows).items():
        met, facts = engine.met(profile, today), seen[id_]
        if facts is not None:  # else it is looked at in any case
            assert met <= engine.met(Profile(facts, today), today), id_
            certain += bool(met)
    assert certain > 10


def test_whose_facts_cannot_be_read_is_looked_at_and_set_aside(watching: Watching) -> None:
    company = watching.company({})
    tell(watching, company, "市场监管局", Told("注册地", "", "", '"没有这个市"', True))
    with watching.office.work.database.writing() as session:
        session.execute(update(InboxEvent).values(done_at=watching.office.now))
    watching.worker().drain()
    with watching.office.work.database.reading() as session:
        aside = {(one.company_id, one.failure[:11]) for one in inbox.set_aside(session)}
    assert aside == {(company, "SourceError")}


def test_under_new_rules_those_are_looked_at_for_whom_something_may_change(
    watching: Watching,
) -> None:
    """One no longer meets a measure, one newly does, one still does, and nothing concerns the last."""
    leading = {"专精特新中小企业": {"取得日期": "2025-06-01"}}
    still = watching.company(RECOGNISED | {"资质": RECOGNISED["资质"] | leading})
    gone, new = watching.company(), watching.company(RECOGNISED | {"资质": leading})
    nothing = watching.company(RECOGNISED | {"资质": {"高新技术企业": "没有"}})
    watching.worker().drain()
    assert watching.cases() == {(still, HIGH_TECH): "found", (gone, HIGH_TECH): "found"}

    work = watching.office.work
    catalogue = work.prover.catalogue
    before = catalogue.by_id[HIGH_TECH].condition
    after = tree.AllOf((*before.children[:-1], tree.Holds("资质", tuple(leading))))
    rules = other_rules(catalogue, {HIGH_TECH: after})
    watching.office.work = replace(work, prover=Prover(rules, work.prover.rules))
    watching.worker(EvaluateEngine(rules)).drain()
    assert watching.cases() == {
        (still, HIGH_TECH): "found",
        (gone, HIGH_TECH): "suspended",
        (new, HIGH_TECH): "found",
    }
    with work.database.reading() as session:
        events = select(InboxEvent.company_id).where(InboxEvent.key.startswith("rules:other"))
        assert set(session.scalars(events)) == {still, gone, new} - {nothing}

"""Consents: what a source shares counts until the company takes its consent back, and is open from then on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from matcher.finding import Delivery, Finding
from matcher.logic import Verdict
from matcher.profile import Assurance, FactKey
from tests.webapp.accounts.conftest import CountingPasswords
from tests.webapp.casework.conftest import HIGH_TECH, KEY, RECOGNISED
from tests.webapp.casework.test_life import FEN
from tests.webapp.watch.conftest import Watching, office, watching
from tests.webapp.watch.test_worker import drained, reasons
from webapp.services.cases.refusals import Refused
from webapp.services.desk.outreach import Sought, leads
from webapp.services.people import consents
from webapp.services.people.accounts import accounts_of
from webapp.services.people.consents import Word
from webapp.services.people.roles import Role
from webapp.services.registry.declared import link
from webapp.services.registry.facts import known, profile_from
from webapp.services.watch.review import CREDIT_GONE, PROOF_GONE

__all__ = ["office", "watching"]

SCIENCE, COURT = "科技局", "人民法院"
CUSTODIANS = frozenset({SCIENCE, COURT, "市场监管局"})
TOO_EARLY: dict[str, Any] = {
    **RECOGNISED,
    "资质": {"高新技术企业": {"取得日期": "2024-06-30", "有效期至": "2027-06-29", "首次": "是"}},
}
TITLE = FactKey("资质", "高新技术企业")


def say(watching: Watching, company: int, custodian: str, then: str) -> None:
    """Let a company give its consent to a custodian's facts, or take it back, an hour later."""
    watching.later(hours=1)
    office = watching.office
    accounts = accounts_of(office.work.database, KEY.decode(), CountingPasswords())
    act = {"give": consents.give, "end": consents.end}[then]
    act(accounts, office.owner(company), company, custodian, CUSTODIANS, office.now)


def found(watching: Watching, company: int) -> Finding:
    """Match the sample measure on what may be used of a company now."""
    office = watching.office
    with office.work.database.reading() as session:
        proof = office.work.prover.prove(session, company, HIGH_TECH, office.today)
    assert proof is not None
    return proof.finding


def profile(watching: Watching, company: int, at: Any = None) -> Any:
    office = watching.office
    with office.work.database.reading() as session:
        facts = known(session, company, office.today, at)
    return profile_from(facts, office.work.prover.catalogue.vocabulary, office.today)


@pytest.mark.parametrize("facts", [RECOGNISED, TOO_EARLY])
def test_what_a_company_withholds_is_open_whatever_it_says(
    watching: Watching, facts: dict[str, Any]
) -> None:
    company = watching.company(facts)
    settled = found(watching, company).verdict
    assert settled is not Verdict.OPEN

    say(watching, company, SCIENCE, "end")
    finding = found(watching, company)
    assert finding.verdict is Verdict.OPEN
    assert {key.attribute for key in finding.missing} == {"资质"}
    assert not profile(watching, company).knows(TITLE)
    assert profile(watching, company).knows(FactKey("外省县区")), "other sources count on"
    earlier = profile(watching, company, watching.office.now - timedelta(minutes=1))
    assert earlier.knows(TITLE), "what was known then stays known of then"

    say(watching, company, SCIENCE, "give")
    assert found(watching, company).verdict is settled


def test_the_companys_own_word_takes_the_place_as_declared(watching: Watching) -> None:
    company = watching.company(TOO_EARLY)
    say(watching, company, SCIENCE, "end")
    work, owner = watching.office.work, watching.office.owner(company)
    words = work.prover.catalogue.vocabulary
    own = {"资质": {"高新技术企业": {"取得日期": "2025-11-20", "首次": "是"}}}
    now, today = watching.office.now, watching.office.today
    link(work.database, work.sealer, words, owner, company, own, now, today)
    assert profile(watching, company).facts[TITLE].assurance is Assurance.DECLARED
    finding = found(watching, company)
    assert (finding.verdict, finding.delivery) == (Verdict.MET, Delivery.EXPRESS)


def test_a_case_stops_when_the_consent_that_its_proof_needs_ends(watching: Watching) -> None:
    office = watching.office
    office.budget(HIGH_TECH, FEN)
    proof, credit, other = (watching.company() for _ in range(3))
    drained(watching)
    cases = {company: state for (company, _), state in watching.cases().items()}
    assert cases == dict.fromkeys((proof, credit, other), "found")

    say(watching, proof, SCIENCE, "end")
    say(watching, credit, COURT, "end")
    with pytest.raises(Refused, match="proof_gone"):  # before the watch has looked
        office.do(1, "compare", Role.HANDLER)
    drained(watching)
    states = {company: state for (company, _), state in watching.cases().items()}
    assert states == {proof: "suspended", credit: "suspended", other: "found"}
    assert [line for line in reasons(watching) if line[0] == "suspend"] == [
        ("suspend", PROOF_GONE, "system"),
        ("suspend", CREDIT_GONE, "system"),
    ]


def test_no_case_opens_from_what_is_withheld_until_it_is_given(watching: Watching) -> None:
    company = watching.company({})
    say(watching, company, SCIENCE, "end")  # before anything was shared
    watching.learn(company, RECOGNISED)
    drained(watching)
    assert watching.cases() == {}

    say(watching, company, SCIENCE, "give")
    assert watching.waiting() == 1
    drained(watching)
    assert watching.cases() == {(company, HIGH_TECH): "found"}
    say(watching, company, COURT, "give")
    assert watching.waiting() == 0, "its facts counted before"


def test_outreach_does_not_find_companies_by_what_they_withhold(watching: Watching) -> None:
    company, other = watching.company(), watching.company()
    say(watching, company, SCIENCE, "end")
    office = watching.office
    measure = office.work.prover.measure(HIGH_TECH)
    assert measure is not None
    with office.work.database.reading() as session:
        listed = leads(session, office.work, Sought(measure), 0, office.today)
    assert [lead.company for lead in listed.found] == [other]


def test_each_source_has_one_word_and_all_are_kept(watching: Watching) -> None:
    company = watching.company({})
    for custodian, then in ((SCIENCE, "end"), (SCIENCE, "end"), (COURT, "give"), (COURT, "end")):
        say(watching, company, custodian, then)
    say(watching, company, COURT, "give")
    with pytest.raises(Refused, match="custodian_unknown"):
        say(watching, company, "没有这个局", "end")
    with watching.office.work.database.reading() as session:
        words = consents.words(session, company, CUSTODIANS)
        kept = [
            (one.custodian, one.given_at is not None, one.ended_at is not None)
            for one in consents.history(session, company)
        ]
    assert words == {SCIENCE: Word.ENDED, COURT: Word.GIVEN, "市场监管局": Word.NONE}
    assert kept == [(COURT, True, False), (COURT, True, True), (SCIENCE, False, True)]

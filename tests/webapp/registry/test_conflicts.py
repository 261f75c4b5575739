"""Sources that disagree: both stay, the custodian goes first, and two attested ones take two people."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from matcher.profile import Assurance, FactKey
from tests.webapp.registry.conftest import NOW, Registry
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.people.roles import Actor, Role
from webapp.services.registry.conflicts import conflicts_of, settle, take_back
from webapp.services.registry.facts import known

HELD = '{"取得日期": "2025-11-20", "有效期至": "2028-11-19"}'
HNTE = FactKey("资质", "高新技术企业")


def conflicts(registry: Registry, **options: Any) -> list[Any]:
    with registry.office.work.database.reading() as session:
        found = conflicts_of(session, **options)
        session.expunge_all()
        return found


def settled(registry: Registry, role: Role | Actor, conflict: Any, chosen: int) -> bool:
    work = registry.office.work
    actor = role if isinstance(role, Actor) else registry.person(role)
    return settle(
        work.database, work.sealer, actor, conflict.id, chosen, "核对原件", registry.office.now
    )


def test_the_custodian_goes_before_what_others_say(registry: Registry) -> None:
    company = registry.company()
    registry.tell(company, "", "资质", '"没有"', "高新技术企业", attested=False)
    assert registry.tell(company, "科技局", "资质", HELD, "高新技术企业").conflicts == 1
    (conflict,) = conflicts(registry, company=company)
    assert conflict.settled
    assert (conflict.row.ground, conflict.row.chosen_id) == ("custodian", conflict.second.id)
    assert registry.profile(company).facts[HNTE].assurance is Assurance.ATTESTED
    assert len(registry.rows(company, "资质")) == 2
    with pytest.raises(Refused, match="conflict_settled"):
        settled(registry, Role.DATA, conflict, conflict.first.id)


@pytest.mark.parametrize("value", ['"是"', HELD, '{"取得日期": "2025-11-20"}'])
def test_what_does_not_contradict_is_no_conflict(registry: Registry, value: str) -> None:
    company = registry.company()
    registry.tell(company, "", "资质", value, "高新技术企业", attested=False)
    assert registry.tell(company, "科技局", "资质", HELD, "高新技术企业").conflicts == 0


def test_of_two_reports_a_person_says_which_counts(registry: Registry) -> None:
    company = registry.company()
    registry.tell(company, "", "资质", HELD, "高新技术企业", attested=False)
    registry.tell(company, "工信局", "资质", '"没有"', "高新技术企业", attested=False)
    (conflict,) = conflicts(registry, unsettled=True)
    assert settled(registry, Role.DATA, conflict, conflict.second.id)
    assert conflicts(registry, unsettled=True) == []
    assert registry.profile(company).value(HNTE).spells == ()
    assert registry.profile(company).facts[HNTE].assurance is Assurance.DECLARED


def two_attested(registry: Registry) -> tuple[int, Any]:
    """Two custodians attest different things, as happens when a field changes hands."""
    company = registry.company()
    registry.tell(company, "科技局", "资质", HELD, "高新技术企业")
    registry.tell(company, "工信局", "资质", '"没有"', "高新技术企业")
    (conflict,) = conflicts(registry, unsettled=True)
    return company, conflict


def test_attested_facts_that_disagree_count_as_declared_until_two_people_agree(
    registry: Registry,
) -> None:
    company, conflict = two_attested(registry)
    assert conflict.needs_two
    assert registry.profile(company).facts[HNTE].assurance is Assurance.DECLARED
    before = registry.office.now
    registry.later(hours=1)
    assert not settled(registry, Role.DATA, conflict, conflict.first.id)
    assert registry.profile(company).facts[HNTE].assurance is Assurance.DECLARED
    with pytest.raises(Refused, match="same_person"):
        settled(registry, Role.DATA, conflict, conflict.first.id)
    with pytest.raises(Refused, match="conflict_other_proposed"):
        settled(registry, Role.HANDLER, conflict, conflict.second.id)
    assert settled(registry, Role.HANDLER, conflict, conflict.first.id)
    assert registry.profile(company).facts[HNTE].assurance is Assurance.ATTESTED
    assert registry.profile(company, before).facts[HNTE].assurance is Assurance.DECLARED
    assert registry.events()[-1] == (company, "conflict")


def test_a_proposal_can_be_taken_back(registry: Registry) -> None:
    _, conflict = two_attested(registry)
    work = registry.office.work
    settled(registry, Role.DATA, conflict, conflict.first.id)
    take_back(work.database, work.sealer, registry.person(Role.DATA), conflict.id, NOW)
    assert not settled(registry, Role.HANDLER, conflict, conflict.second.id)
    with pytest.raises(Refused, match="conflict_settled"):
        take_back(work.database, work.sealer, registry.person(Role.DATA), 99, NOW)


def test_the_administrator_settles_nothing_alone_and_strangers_nothing_at_all(
    registry: Registry,
) -> None:
    _, conflict = two_attested(registry)
    with pytest.raises(Refused, match="not_allowed"):
        settled(registry, Role.ADMIN, conflict, conflict.first.id)
    with pytest.raises(Missing):
        settled(registry, Role.DATA, conflict, 10**6)


def test_a_quarrel_is_over_when_one_side_says_something_else(registry: Registry) -> None:
    company = registry.company()
    registry.tell(company, "", "资质", HELD, "高新技术企业", attested=False)
    registry.tell(company, "工信局", "资质", '"没有"', "高新技术企业", attested=False)
    (conflict,) = conflicts(registry, unsettled=True)
    settled(registry, Role.DATA, conflict, conflict.second.id)
    registry.later(1)
    registry.tell(company, "工信局", "资质", HELD, "高新技术企业", attested=False)
    assert conflicts(registry) == []
    with registry.office.work.database.reading() as session:
        now = known(session, company, registry.office.today)
        then = known(session, company, registry.office.today, NOW + timedelta(hours=1))
    assert len(now) == 2  # the company's own word counts again
    assert [fact.custodian for fact in then] == ["工信局"]

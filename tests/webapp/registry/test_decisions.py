"""Judgements, lists and parameters: two people, a document number, and a history that stays."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from matcher.holdings import Holdings
from matcher.profile import Assurance, FactKey, Profile
from matcher.vocabulary.model import JUDGEMENT, LIST, PARAMETER
from tests.webapp.registry.conftest import CODES, Registry
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.people.roles import Actor, Role
from webapp.services.registry.decisions import (
    New,
    NewJudgement,
    NewList,
    NewParameter,
    approve,
    enter,
    entries_of,
    history,
    to_approve,
    withdraw,
)
from webapp.services.registry.facts import facts_of, facts_text, known, profile_from

DAY = date(2026, 2, 1)
JUDGED = "运转成效"
KEPT = "重点产业链企业名单"
CREDIT = "失信被执行人"


def entered(registry: Registry, new: New, role: Role = Role.HANDLER) -> int:
    office = registry.office
    return enter(registry.desk, registry.person(role), new, office.now, office.today)


def approved(registry: Registry, kind: str, new: New) -> int:
    id_ = entered(registry, new)
    approve(registry.desk, registry.person(Role.REVIEWER), kind, id_, registry.office.now)
    return id_


def judgement(company: int, holds: bool = True, day: date = DAY, measure: str = "") -> NewJudgement:
    return NewJudgement(company, JUDGED, holds, day, "科〔2026〕3号", measure)


def listed(*entries: tuple[str, str], name: str = KEPT, day: date = DAY) -> NewList:
    return NewList(name, day, "工信〔2026〕1号", entries)


def test_a_decision_counts_once_a_second_person_approved_it(registry: Registry) -> None:
    company = registry.company()
    id_ = entered(registry, judgement(company))
    key = FactKey(JUDGEMENT, JUDGED)
    assert key not in registry.profile(company).facts
    assert registry.events() == []
    registry.later(hours=1)
    approve(registry.desk, registry.person(Role.REVIEWER), "judgement", id_, registry.office.now)
    fact = registry.profile(company).facts[key]
    assert (fact.value, fact.assurance, fact.source) == (True, Assurance.ATTESTED, "科〔2026〕3号")
    assert registry.events() == [(company, "decision")]
    before = registry.office.now - timedelta(minutes=1)
    assert key not in registry.profile(company, before).facts


def test_nobody_approves_what_they_entered(registry: Registry) -> None:
    both = Actor(registry.person(Role.HANDLER).id, "both", frozenset({Role.HANDLER, Role.REVIEWER}))
    id_ = entered(registry, judgement(registry.company()))
    with pytest.raises(Refused, match="same_person"):
        approve(registry.desk, both, "judgement", id_, registry.office.now)


def test_who_may_not_is_refused(registry: Registry) -> None:
    company = registry.company()
    with pytest.raises(Refused, match="not_allowed"):
        entered(registry, judgement(company), Role.DESK)
    id_ = entered(registry, judgement(company))
    with pytest.raises(Refused, match="not_allowed"):
        approve(registry.desk, registry.person(Role.ADMIN), "judgement", id_, registry.office.now)
    with pytest.raises(Missing):
        approve(registry.desk, registry.person(Role.REVIEWER), "budget", id_, registry.office.now)


def test_a_decision_is_approved_once(registry: Registry) -> None:
    id_ = approved(registry, "judgement", judgement(registry.company()))
    with pytest.raises(Refused, match="decision_settled"):
        approve(
            registry.desk, registry.person(Role.REVIEWER), "judgement", id_, registry.office.now
        )
    with pytest.raises(Refused, match="decision_settled"):
        withdraw(
            registry.desk, registry.person(Role.REVIEWER), "judgement", id_, registry.office.now
        )


def test_an_entry_can_be_withdrawn_before_it_counts(registry: Registry) -> None:
    id_ = entered(registry, judgement(registry.company()))
    withdraw(registry.desk, registry.person(Role.HANDLER), "judgement", id_, registry.office.now)
    with registry.office.work.database.reading() as session:
        assert to_approve(session, "judgement") == []
        (kept,) = history(session, "judgement", name=JUDGED)
        assert kept.ended_at is not None
    with pytest.raises(Refused, match="decision_settled"):
        approve(
            registry.desk, registry.person(Role.REVIEWER), "judgement", id_, registry.office.now
        )


def test_a_further_entry_ends_the_one_before_and_both_stay(registry: Registry) -> None:
    company, key = registry.company(), FactKey(JUDGEMENT, JUDGED)
    approved(registry, "judgement", judgement(company, True))
    then = registry.office.now
    registry.later(1)
    approved(registry, "judgement", judgement(company, False))
    assert registry.profile(company).value(key) is False
    assert registry.profile(company, then).value(key) is True
    with registry.office.work.database.reading() as session:
        newest, oldest = history(session, "judgement", company_id=company)
        assert (newest.ended_at, oldest.ended_at) == (None, registry.office.now)


def test_a_judgement_for_one_measure_stands_beside_the_general_one(registry: Registry) -> None:
    company = registry.company()
    approved(registry, "judgement", judgement(company, False))
    approved(registry, "judgement", judgement(company, True, measure="hefei-2025/1.1"))
    facts = registry.profile(company).facts
    assert facts[FactKey(JUDGEMENT, JUDGED, None, "hefei-2025/1.1")].value is True
    assert facts[FactKey(JUDGEMENT, JUDGED)].value is False


@pytest.mark.parametrize(
    ("entries", "answer"),
    [
        (((CODES[0], "随便写的名"),), True),
        (((CODES[1], "深圳示例科技有限公司"),), False),  # by code, since the list has codes
        ((("", "深圳示例科技有限公司"),), True),
        ((("", "别家"),), False),
    ],
)
def test_lists_mean_what_they_mean_elsewhere(
    registry: Registry, entries: tuple[tuple[str, str], ...], answer: bool
) -> None:
    company = registry.company()
    approved(registry, "list", listed(*entries))
    fact = registry.profile(company).facts[FactKey(LIST, KEPT)]
    path = registry.folder / "list.csv"
    path.write_text("code,name\n" + "".join(f"{c},{n}\n" for c, n in entries), encoding="utf-8")
    holdings = Holdings(registry.folder / "data")
    member = registry.vocabulary.member(LIST, KEPT)
    holdings.import_list(member, path, DAY, "工信〔2026〕1号")
    asked = Profile().with_facts(
        (FactKey(name), _text(value))
        for name, value in (("统一社会信用代码", CODES[0]), ("企业名称", "深圳示例科技有限公司"))
    )
    shipped = holdings.enrich(asked, registry.vocabulary, registry.office.today)
    assert fact.value is answer
    assert fact == shipped.facts[FactKey(LIST, KEPT)]


def _text(value: str) -> Any:
    from matcher.profile import Fact

    return Fact(value)


def test_the_newest_version_of_a_list_up_to_the_day_counts(registry: Registry) -> None:
    company = registry.company()
    approved(registry, "list", listed((CODES[0], ""), day=date(2025, 6, 1)))
    approved(registry, "list", listed((CODES[1], ""), day=DAY))
    key = FactKey(LIST, KEPT)
    assert registry.profile(company).value(key) is False
    with registry.office.work.database.reading() as session:
        earlier = known(session, company, date(2025, 12, 1))
    assert profile_from(earlier, registry.vocabulary, date(2025, 12, 1)).value(key) is True


def test_a_credit_list_says_who_stands_on_it(registry: Registry) -> None:
    on, off = registry.company(), registry.company(CODES[1], "第二示例有限公司")
    approved(registry, "list", listed((CODES[0], ""), name=CREDIT))
    key = FactKey("信用名单", CREDIT)
    assert registry.profile(on).facts[key].value.held(registry.office.today)
    absent = registry.profile(off).facts[key]
    assert (absent.value.spells, absent.value.clear_since) == ((), DAY)
    assert absent.assurance is Assurance.ATTESTED


def test_of_a_credit_list_and_the_courts_own_word_the_later_counts(registry: Registry) -> None:
    company, key = registry.company(), FactKey("信用名单", CREDIT)
    approved(registry, "list", listed((CODES[1], ""), name=CREDIT, day=DAY))
    registry.tell(company, "人民法院", "信用名单", '"是"', CREDIT)
    assert registry.profile(company).value(key).held(registry.office.today)
    registry.later(5)
    day = registry.office.today
    approved(registry, "list", listed((CODES[1], ""), name=CREDIT, day=day))
    assert registry.profile(company).value(key).spells == ()


def test_a_parameter_counts_from_its_day_on(registry: Registry) -> None:
    company = registry.company()
    approved(registry, "parameter", NewParameter("LPR一年期", "3.1%", DAY, "公告"))
    later = registry.office.today + timedelta(days=9)
    approved(registry, "parameter", NewParameter("LPR一年期", "3.0%", later, "公告"))
    key = FactKey(PARAMETER, "LPR一年期")
    fact = registry.profile(company).facts[key]
    holdings = Holdings(registry.folder / "data")
    member = registry.vocabulary.member(PARAMETER, "LPR一年期")
    holdings.set_parameter(member, "3.1%", DAY, registry.vocabulary)
    shipped = holdings.enrich(Profile(), registry.vocabulary, registry.office.today)
    assert fact == shipped.facts[key]


def test_snapshots_keep_decisions_to_the_byte(registry: Registry) -> None:
    company = registry.company()
    approved(registry, "judgement", judgement(company, True, measure="hefei-2025/1.1"))
    approved(registry, "list", listed((CODES[0], "")))
    approved(registry, "parameter", NewParameter("LPR一年期", "3.1%", DAY, "公告"))
    with registry.office.work.database.reading() as session:
        facts = known(session, company, registry.office.today)
    text = facts_text(facts)
    assert facts_text(facts_of(text)) == text
    again = profile_from(facts_of(text), registry.vocabulary, registry.office.today)
    assert again == registry.profile(company)


@pytest.mark.parametrize(
    ("new", "code"),
    [
        (NewJudgement(1, JUDGED, True, DAY, "  "), "document_missing"),
        (NewJudgement(1, "没有这种认定", True, DAY, "号"), "name_unknown"),
        (NewJudgement(10**6, JUDGED, True, DAY, "号"), "company_unknown"),
        (NewJudgement(1, JUDGED, True, date(2026, 3, 3), "号"), "day_in_future"),
        (NewList("没有这种名单", DAY, "号", [("1", "")]), "name_unknown"),
        (NewList(KEPT, DAY, "号", [("", " ")]), "list_empty"),
        (NewList(KEPT, date(2026, 3, 3), "号", [("1", "")]), "day_in_future"),
        (NewParameter("LPR一年期", "三个点", DAY, "号"), "value_wrong"),
        (NewParameter("没有这个参数", "3%", DAY, "号"), "name_unknown"),
    ],
)
def test_what_cannot_be_entered_is_refused(registry: Registry, new: New, code: str) -> None:
    registry.company()
    with pytest.raises(Refused, match=code):
        entered(registry, new)


def test_a_list_is_read_page_by_page(registry: Registry) -> None:
    registry.company()
    id_ = entered(registry, listed(*((f"{n:018d}", "") for n in range(30))))
    with registry.office.work.database.reading() as session:
        page = entries_of(session, id_, first=11, limit=10)
        assert [entry.row for entry in page] == list(range(11, 21))

"""A company's own answers in the registry, and forgetting them again."""

from __future__ import annotations

from typing import Any

import pytest

from matcher.profile import Assurance, FactKey
from tests.webapp.registry.conftest import CODES, NOW, Registry
from webapp.services.cases.refusals import Refused
from webapp.services.people.roles import Role
from webapp.services.registry.conflicts import conflicts_of
from webapp.services.registry.declared import SEEN, Linked, link
from webapp.services.registry.erasure import forget_declared

ANSWERS = {
    "填报日期": "2026-03-01",
    "注册地": "合肥市",
    "链主企业": "不清楚",
    "资质": {"高新技术企业": {"取得日期": "2025-11-20"}},
    "年度": {"2025": {"营业收入": "2000 万元"}},
}


def linked(registry: Registry, company: int, facts: dict[str, Any], **options: Any) -> Linked:
    work, office = registry.office.work, registry.office
    actor = registry.person(Role.DESK)
    return link(
        work.database,
        work.sealer,
        registry.vocabulary,
        actor,
        company,
        facts,
        office.now,
        office.today,
        **options,
    )


def test_answers_are_declared_whatever_they_say_of_their_source(registry: Registry) -> None:
    company = registry.company()
    linked(registry, company, {**ANSWERS, "来源": "科技局"}, seen=True)
    facts = registry.profile(company).facts
    assert {fact.assurance for fact in facts.values()} == {Assurance.DECLARED}
    assert FactKey("营业收入", None, 2025) in facts
    assert FactKey("链主企业") not in facts
    assert {row.source for row in registry.rows(company, "资质")} == {SEEN}


def test_answers_that_are_gone_end(registry: Registry) -> None:
    company = registry.company()
    linked(registry, company, ANSWERS)
    registry.later(1)
    linked(registry, company, {"注册地": "合肥市"})
    assert FactKey("资质", "高新技术企业") not in registry.profile(company).facts
    assert FactKey("资质", "高新技术企业") in registry.profile(company, NOW).facts
    assert registry.events() == [(company, "facts"), (company, "facts")]


def test_answers_do_not_touch_what_departments_say(registry: Registry) -> None:
    company = registry.company()
    registry.tell(company, "科技局", "资质", '"没有"', "高新技术企业")
    assert linked(registry, company, ANSWERS).learned.conflicts == 1
    assert registry.profile(company).value(FactKey("资质", "高新技术企业")).spells == ()


def test_the_answers_of_another_company_are_refused(registry: Registry) -> None:
    company = registry.company()
    with pytest.raises(Refused, match="code_of_another"):
        linked(registry, company, {**ANSWERS, "统一社会信用代码": CODES[1]})
    assert registry.profile(company).facts.keys() <= {FactKey("主体类别", "企业")}


def test_forgetting_what_a_company_declared_leaves_what_departments_say(registry: Registry) -> None:
    company = registry.company()
    linked(registry, company, ANSWERS)
    registry.tell(company, "科技局", "资质", '"没有"', "高新技术企业")
    desk = registry.person(Role.DESK)
    with registry.office.work.database.writing() as session:
        assert forget_declared(session, desk, company, NOW) == 3
    with registry.office.work.database.reading() as session:
        assert conflicts_of(session) == []
    assert {row.custodian for row in registry.rows(company, "资质")} == {"科技局"}
    assert registry.events()[-1] == (company, "erase")

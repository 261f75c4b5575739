"""Facts in two times: what was known at a moment stays known of that moment for ever."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher.profile import Assurance, FactKey
from tests.webapp.registry.conftest import NOW, Registry
from webapp.services.registry.facts import known

HELD = '{"取得日期": "2025-11-20", "有效期至": "2028-11-19"}'
HNTE = FactKey("资质", "高新技术企业")


def test_a_newer_word_ends_the_older_one_and_both_stay(registry: Registry) -> None:
    company = registry.company()
    registry.tell(company, "科技局", "资质", HELD, "高新技术企业")
    registry.later(1)
    registry.tell(company, "科技局", "资质", '"没有"', "高新技术企业")
    first, second = registry.rows(company, "资质")
    assert first.known_until == second.received_at == NOW + timedelta(days=1)
    assert second.known_until is None
    assert registry.profile(company).value(HNTE).spells == ()
    assert registry.profile(company, NOW).value(HNTE).held(date(2026, 3, 2))


def test_the_same_word_again_is_no_news(registry: Registry) -> None:
    company = registry.company()
    assert registry.tell(company, "科技局", "资质", HELD, "高新技术企业").new == 1
    registry.later(1)
    assert registry.tell(company, "科技局", "资质", HELD, "高新技术企业").same == 1
    assert len(registry.rows(company, "资质")) == 1
    assert registry.events() == [(company, "facts")]


def test_an_older_file_that_arrives_late_does_not_undo_a_newer_one(registry: Registry) -> None:
    company = registry.company()
    registry.tell(company, "科技局", "资质", HELD, "高新技术企业", valid_from=date(2026, 2, 20))
    registry.later(1)
    late = registry.tell(
        company, "科技局", "资质", '"没有"', "高新技术企业", valid_from=date(2026, 1, 10)
    )
    assert (late.new, late.outdated) == (0, 1)
    kept, older = registry.rows(company, "资质")
    assert kept.known_until is None
    assert older.known_until == older.received_at
    assert registry.profile(company).value(HNTE).spells


def test_what_is_not_valid_on_the_day_is_not_known(registry: Registry) -> None:
    company = registry.company()
    registry.tell(company, "科技局", "资质", HELD, "高新技术企业", valid_from=date(2026, 3, 1))
    with registry.office.work.database.reading() as session:
        assert known(session, company, date(2026, 2, 28)) == ()
        assert len(known(session, company, date(2026, 3, 1))) == 1


def test_reported_facts_are_not_attested(registry: Registry) -> None:
    company = registry.company()
    registry.tell(company, "工信局", "资质", HELD, "高新技术企业", attested=False)
    assert registry.profile(company).facts[HNTE].assurance is Assurance.DECLARED


SOURCES = st.sampled_from(["科技局", "工信局", ""])
VALUES = st.sampled_from(['"没有"', '"是"', HELD, '{"取得日期": "2024-01-05"}'])
STEPS = st.lists(st.tuples(SOURCES, VALUES, st.integers(0, 3)), min_size=1, max_size=8)


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS)
def test_as_known_gives_what_was_known(registry: Registry, steps: list[Any]) -> None:
    """Whatever comes later, a moment of the past shows what was shown at that moment."""
    registry.office.now = NOW
    company = registry.company(_code(), "性质测试有限公司")
    shown: list[tuple[datetime, Any]] = []
    model: dict[str, str] = {}
    for custodian, value, hours in steps:
        registry.later(hours=hours)
        registry.later(seconds=1)
        registry.tell(
            company, custodian, "资质", value, "高新技术企业", attested=custodian == "科技局"
        )
        model[custodian] = value
        with registry.office.work.database.reading() as session:
            now = known(session, company, registry.office.today)
        assert {fact.custodian: fact.value for fact in now} == model
        shown.append((registry.office.now, now))
    with registry.office.work.database.reading() as session:
        for at, then in shown:
            assert known(session, company, registry.office.today, at) == then
        assert known(session, company, registry.office.today, NOW - timedelta(days=1)) == ()


_made = iter(range(10**6))


def _code() -> str:
    return f"91440300{next(_made):010d}"

"""Near misses are kept and found again, the same as searched afresh; the strip says what the results say."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.finding import Matcher
from matcher.logic import Verdict
from matcher.nearby.nearness import Way, nearness, ways_to
from matcher.profile import Fact, FactKey, Profile
from matcher.tree import Condition
from matcher.vocabulary.model import DECIDED_BY_OTHERS
from tests.conftest import AS_OF, SEEDS
from tests.strategies import drawn, keys_of, seeded, shipped
from tests.webapp.conftest import TODAY
from webapp.services.counting import Counts, counted
from webapp.services.matching import Matchmaker
from webapp.services.memo import Memo
from webapp.services.near import NEAR, NearMisses
from webapp.services.profiles import Facts
from webapp.services.questions import Questionnaire

COMPANIES = sorted((SEEDS / "companies").glob("*.yaml"))
MATCHER = Matcher(shipped())
NEVER = 10.0**9


@cache
def asked() -> dict[FactKey, Condition]:
    """Give the facts that the shipped measures ask of a profile, each with one that asks it."""
    empty = Profile({}, AS_OF)
    conditions = [measure.condition for measure in shipped().measures]
    return {key: one for one in conditions for key in keys_of(one, empty)}


@cache
def started(seed: int) -> Profile:
    """Give a company of Hefei that has answered some questions."""
    conditions = [measure.condition for measure in shipped().measures]
    profile = replace(seeded(seed).profile(*conditions, known=seed % 3), filed=AS_OF)
    hefei = (shipped().vocabulary.regions.find("合肥市")[0].id,)
    placed = profile.with_fact(FactKey("注册地"), Fact(hefei))
    return placed.with_fact(FactKey("主体类别", "企业"), Fact(True))


def unmet(profile: Profile, as_of: date) -> list[Any]:
    findings = MATCHER.match(profile, as_of).findings
    return [item.measure for item in findings if item.verdict is Verdict.UNMET]


def afresh(profile: Profile, as_of: date) -> dict[str, tuple[Way, ...]]:
    """Search everything once more, sharing nothing with what the pages use but the search itself."""
    kinds = shipped().vocabulary.attributes

    def short(way: Way) -> bool:
        decided = {kinds[change.key.attribute].kind for change in way.changes} & DECIDED_BY_OTHERS
        return len(way.changes) <= NEAR and not decided

    found = nearness(MATCHER, profile, as_of, unmet(profile, as_of))
    ways = {item.measure.id: tuple(filter(short, item.ways)) for item in found}
    return {id_: kept for id_, kept in ways.items() if kept}


@settings(max_examples=10)
@given(data=st.data())
def test_what_is_kept_is_what_a_fresh_search_finds(data: st.DataObject) -> None:
    """Answers are typed, changed and taken back, days pass, and two companies come in turn."""
    near = NearMisses(shipped())
    maker = drawn(data)
    companies = [started(seed) for seed in (2, 5)]
    as_of = AS_OF
    for _ in range(5):
        turn = data.draw(st.integers(0, 1))
        edit = data.draw(st.sampled_from(("answer", "answer", "answer", "clear", "day", "filed")))
        company = companies[turn]
        if edit == "answer":
            key = data.draw(st.sampled_from(sorted(asked(), key=repr)))
            company = company.with_fact(key, Fact(maker.value(key, asked()[key])))
        elif edit == "clear" and company.facts:
            gone = data.draw(st.sampled_from(sorted(company.facts, key=repr)))
            kept = {key: fact for key, fact in company.facts.items() if key != gone}
            company = replace(company, facts=kept)
        elif edit == "day":
            as_of += timedelta(days=data.draw(st.sampled_from((1, 90, -91))))
        else:
            company = replace(
                company, filed=data.draw(st.sampled_from((AS_OF, date(2024, 12, 31))))
            )
        companies[turn] = company

        found, wanted = near.ways(unmet(company, as_of), company, as_of), afresh(company, as_of)

        assert found == wanted
        assert repr(found) == repr(wanted)  # down to the unit of a bound


def test_another_filing_date_is_another_search(tmp_path: Path) -> None:
    """上年度 is the year before 填报日期: the same figures are then of another year."""
    large = {"营业收入": "2000000 万元", "从业人员": "5000 人", "资产总额": "2000000 万元"}
    facts = {"注册地": "亳州市谯城区", "行业": "2730", "年度": {"2025": large}}
    dated = {**facts, "填报日期": TODAY.isoformat()}
    newer = Matchmaker(shipped(), tmp_path).profile(dated, TODAY)
    older, near = replace(newer, filed=date(2024, 6, 30)), NearMisses(shipped())
    measures = unmet(newer, TODAY)
    first, second = (near.ways(measures, one, TODAY) for one in (newer, older))

    assert first != second
    assert first == afresh(newer, TODAY)
    assert second == NearMisses(shipped()).ways(measures, older, TODAY)


def test_only_what_reads_the_changed_answer_is_searched_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    searched: list[str] = []

    def noted(measures: Any, *rest: Any) -> Any:
        searched.extend(item.id for item in measures)
        return ways_to(measures, *rest)

    monkeypatch.setattr("webapp.services.near.ways_to", noted)
    near, company = NearMisses(shipped()), started(2)
    near.ways(unmet(company, AS_OF), company, AS_OF)
    assert searched

    searched.clear()
    near.ways(unmet(company, AS_OF), replace(company), AS_OF)
    assert not searched

    key = FactKey("资质", "科技型中小企业")
    other = company.with_fact(key, Fact(seeded(3).value(key, asked()[key])))
    near.ways(unmet(other, AS_OF), other, AS_OF)
    reading = {item.id for item in near.reading(shipped().measures, [key])}
    assert set(searched) <= reading
    assert len(reading) < len(shipped().measures) / 2


# --- the strip and the results -------------------------------------------------------------------


def facts_of(company: Path) -> Facts:
    facts: Facts = yaml.load(company.read_text("utf-8"), yaml.BaseLoader)  # noqa: S506 - all text
    return {**facts, "填报日期": TODAY.isoformat()}


def edits(facts: Facts) -> Iterator[Facts]:
    """Take one answer back after the other, and give it again."""
    for label in [one for one in facts if one not in ("企业名称", "填报日期")]:
        yield {key: value for key, value in facts.items() if key != label}
        yield facts


@pytest.mark.parametrize("company", COMPANIES, ids=lambda path: path.stem)
def test_the_counts_while_typing_are_those_of_the_results(company: Path, tmp_path: Path) -> None:
    catalogue = shipped()
    typing, reading = Matchmaker(catalogue, tmp_path), Matchmaker(catalogue, tmp_path)
    questionnaire = Questionnaire(catalogue.vocabulary)
    seen = set()
    for facts in edits(facts_of(company)):
        counts = counted(typing, questionnaire, facts, TODAY)
        found = reading.results(facts, TODAY, judged=True)
        groups = (len(found.met), len(found.all_open), len(found.near), len(found.rest))
        answered = questionnaire.answered(facts, TODAY.year - 1)
        assert counts == Counts(answered, *groups)
        assert sum(groups) == found.total == len(found.findings)
        seen.add(groups)
    assert len(seen) > 1


# --- keeping -------------------------------------------------------------------------------------


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_oldest_is_dropped_where_there_are_too_many() -> None:
    memo: Memo[int] = Memo(2, NEVER)
    memo.put(b"one", 1)
    memo.put(b"two", 2)
    assert memo.get(b"one") == 1
    memo.put(b"three", 3)
    assert (memo.get(b"one"), memo.get(b"two"), memo.get(b"three")) == (1, None, 3)
    assert len(memo) == 2


def test_what_nobody_asks_for_is_dropped_in_time() -> None:
    clock = Clock()
    memo: Memo[str] = Memo(10, 60, clock)
    memo.put(b"left", "of a company that went away")
    memo.put(b"used", "of one that stays")
    clock.now = 50
    assert memo.get(b"used") == "of one that stays"
    clock.now = 70
    assert len(memo) == 1
    assert memo.get(b"left") is None
    assert memo.get(b"used") == "of one that stays"
    clock.now = 131
    assert len(memo) == 0


def test_threads_share_what_is_kept() -> None:
    memo: Memo[int] = Memo(50, NEVER)

    def work(thread: int) -> bool:
        right = True
        for number in range(2000):
            key = (number * 7 + thread) % 80
            found = memo.get(bytes([key]))
            right = right and found in (None, key)
            memo.put(bytes([key]), key)
        return right

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(8)))
    assert len(memo) == 50


def test_threads_find_the_same_near_misses() -> None:
    near, companies = NearMisses(shipped()), [started(seed) for seed in (2, 5)]
    wanted = [afresh(one, AS_OF) for one in companies]

    def work(number: int) -> bool:
        one = companies[number % 2]
        return near.ways(unmet(one, AS_OF), one, AS_OF) == wanted[number % 2]

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(12)))


def test_keys_differ_from_process_to_process() -> None:
    """Nobody can try facts on a copy of the keys without the salt of that very process."""
    company = started(2)
    measures = unmet(company, AS_OF)
    one, two = (NearMisses(shipped())._keys(measures, company, AS_OF) for _ in range(2))
    assert len(set(one.values())) == len(measures)
    assert not set(one.values()) & set(two.values())

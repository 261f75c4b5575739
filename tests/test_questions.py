"""The next question: what an answer settles, what it costs, and which questions are never asked."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from matcher.finding import Finding, Matcher
from matcher.language.diagnostics import Problems
from matcher.language.profiles import read_company
from matcher.logic import Verdict
from matcher.nearby.questions import NextQuestion, next_questions
from matcher.profile import Activity, Fact, FactKey, FactValue, Profile, Spell, Tenure
from matcher.tree import State
from matcher.vocabulary.costs import cost_of
from matcher.vocabulary.load import load_vocabulary
from matcher.vocabulary.model import Kind
from tests.conftest import AS_OF, SEEDS
from tests.strategies import shipped

CATALOGUE = shipped()
VOCABULARY = CATALOGUE.vocabulary
MATCHER = Matcher(CATALOGUE)
COMPANIES = sorted((SEEDS / "companies").glob("*.yaml"))


def profile(text: str) -> Profile:
    return read_company(text, "company", VOCABULARY, AS_OF).profile


def findings(company: Profile) -> tuple[Finding, ...]:
    return MATCHER.match(company, AS_OF).findings


def asked(company: Profile) -> list[NextQuestion]:
    return next_questions(findings(company), company, AS_OF, VOCABULARY)


def settled_by(company: Profile, key: FactKey, value: FactValue) -> int:
    """Count the open findings that an answer settles, by matching anew."""
    before = {item.measure.id for item in findings(company) if item.verdict is Verdict.OPEN}
    after = findings(company.with_fact(key, Fact(value)))
    return sum(item.measure.id in before and item.verdict is not Verdict.OPEN for item in after)


def answers(key: FactKey) -> list[FactValue]:
    """Answers that the form takes, written down apart from the engine's own."""
    return {
        Kind.ACTIVITIES: [Activity(state) for state in State],
        Kind.TITLES: [Tenure(), Tenure((Spell(),))],
        Kind.STATUS: [Tenure(), Tenure((Spell(),))],
        Kind.YES_NO: [True, False],
        Kind.SET: [True, False],
    }.get(VOCABULARY.attributes[key.attribute].kind, [])


@st.composite
def partly_known(draw: st.DrawFn) -> Profile:
    """A demo company that has told only some of its facts."""
    known = profile(draw(st.sampled_from(COMPANIES)).read_text("utf-8"))
    kept = draw(st.sets(st.sampled_from(sorted(known.facts, key=repr))))
    return replace(known, facts={key: known.facts[key] for key in known.facts if key in kept})


@settings(max_examples=25, deadline=None)
@given(company=partly_known(), place=st.integers(0, 30))
def test_some_answer_settles_as_many_as_promised_and_none_settles_fewer(
    company: Profile, place: int
) -> None:
    questions = asked(company)
    assume(questions)
    question = questions[place % len(questions)]
    if question.example is not None:
        assert settled_by(company, question.key, question.example) >= question.most
    for value in answers(question.key):
        assert settled_by(company, question.key, value) >= question.least


@settings(max_examples=15, deadline=None)
@given(company=partly_known())
def test_every_question_can_still_change_something_and_stands_in_order(company: Profile) -> None:
    open_ones = {item.measure.id: item for item in findings(company)}
    questions = asked(company)
    assert len({one.key for one in questions}) == len(questions)
    assert all(one.worth >= two.worth for one, two in pairwise(questions))
    assert asked(company) == questions
    for one in questions:
        assert not company.knows(one.key)
        assert VOCABULARY.attributes[one.key.attribute].in_form
        assert 0 <= one.least <= one.most <= len(one.measures)
        for measure in one.measures:
            assert one.key in open_ones[measure.id].missing
        assert set(one.alone) == {
            measure for measure in one.measures if open_ones[measure.id].missing == (one.key,)
        }


def test_the_place_comes_first_when_nothing_is_known() -> None:
    """Whatever the place is, it settles the measures of the cities that it is not in."""
    first, *others = asked(Profile(filed=AS_OF))
    assert first.key == FactKey("注册地")
    assert first.least > 0
    assert all(first.most > one.most for one in others)


def test_not_sure_is_never_asked_again() -> None:
    known = profile("注册地: 合肥市\n资质: {高新技术企业: 不清楚}")
    title = FactKey("资质", "高新技术企业")
    assert title not in [one.key for one in asked(known)]
    assert title in [one.key for one in asked(profile("注册地: 合肥市"))]


def test_only_the_year_that_the_form_asks_for_is_asked() -> None:
    years = {one.key.period for one in asked(Profile(filed=AS_OF))}
    assert years == {None, AS_OF.year - 1}


def test_an_answer_that_papers_are_needed_for_costs_more() -> None:
    assert cost_of("研发费用", None, VOCABULARY) > cost_of("注册地", None, VOCABULARY)
    kinds = {item.kind for item in VOCABULARY.attributes.values() if item.in_form and item.group}
    assert kinds <= set(VOCABULARY.costs)


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ("{类型: 数字, 成本: 1}", "unknown-member"),
        ("{类型: 数值}", "missing-key"),
        ("{类型: 数值, 成本: 0}", "bad-number"),
        ("{类型: 数值, 成本: 1, 查资料: 1, 别的: 1}", "unknown-key"),
    ],
)
def test_a_wrong_cost_is_told(tmp_path: Path, entry: str, code: str) -> None:
    (tmp_path / "成本.yaml").write_text(f"答题成本:\n  - {entry}\n", encoding="utf-8")
    for name in ("regions.csv", "industries.csv", "parks.csv"):
        source = SEEDS.parent / "rules" / "vocabulary" / name
        (tmp_path / name).write_bytes(source.read_bytes())
    problems = Problems()
    load_vocabulary(tmp_path, problems)
    assert code in {item.code for item in problems}


def test_all_measures_are_weighed_while_the_page_is_made() -> None:
    """The limit is 80 ms on a quiet machine; the best of five leaves room for a busy one."""
    company = profile(COMPANIES[0].read_text("utf-8"))
    found = findings(company)
    spent = []
    for _ in range(5):
        start = time.perf_counter()
        next_questions(found, company, AS_OF, VOCABULARY)
        spent.append(time.perf_counter() - start)
    assert min(spent) < 0.08

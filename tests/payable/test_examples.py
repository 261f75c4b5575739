"""The 44 clauses on companies at their edges: verdict, kind of figure and sum, worked out by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from matcher.documents.benefits import BenefitReader
from matcher.documents.model import Measure, coverage
from matcher.language.amount_printer import print_benefit
from matcher.language.conditions import ConditionReader
from matcher.language.diagnostics import Problems
from matcher.language.entries import Entry
from matcher.language.keys import BENEFIT_KEYS
from matcher.language.leaves import LeafGrammar
from matcher.language.printer import print_condition
from matcher.language.profiles import read_company
from matcher.language.source import Mapping
from matcher.logic import Verdict
from matcher.payable.account import account
from matcher.payable.due import Figure, due
from matcher.payable.ledger import Ledger
from matcher.payable.stacking import Combination
from matcher.profile import Fact, FactKey, Profile
from matcher.readers.evaluate import evaluate
from matcher.readers.prose import EN, ZH, Prose
from matcher.tree import Constant
from matcher.tree.amounts import Amount, Given, walk
from tests.conftest import AS_OF
from tests.payable.amounts import WAN
from tests.payable.examples import (
    CASES,
    EXACT,
    GROUPS,
    OUT_OF_FORCE,
    WITH_SUM,
    Worked,
    examples,
    less_known,
    measures,
    printed,
)

CLAUSES = [f"C{number:02}" for number in range(1, 45)]
GROUP_KEYS = {"措施", "基准日", "企业", "认定", "参数", "例"}
CASE_KEYS = {"说明", "另", "基准日", "认定", "不认定", "参数", "结论", "金额", "算", "行"}
MEASURES = [pytest.param(item, id=item.id) for item in measures()]


# --- the cases ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("group", "case"), CASES)
def test_a_case_has_the_verdict_and_the_sum_worked_out_by_hand(
    group: dict[str, Any], case: dict[str, Any]
) -> None:
    worked = Worked(group, case)

    assert worked.verdict == case.get("结论", "符合")
    if "金额" in case:
        found = worked.due()
        assert found is not None
        assert worked.sum() == case["金额"], found.lines
        assert set(case.get("行", [])) <= set(found.lines), found.lines


@pytest.mark.parametrize(("group", "case"), WITH_SUM)
def test_a_calculation_reads_in_both_languages(group: dict[str, Any], case: dict[str, Any]) -> None:
    worked = Worked(group, case)
    chinese, english = worked.due(ZH), worked.due(EN)

    assert chinese is not None
    assert english is not None
    assert (chinese.figure, chinese.low, chinese.high) == (
        english.figure,
        english.low,
        english.high,
    )
    assert len(chinese.lines) == len(english.lines) > 0


@pytest.mark.parametrize(("group", "case"), EXACT)
def test_forgetting_any_fact_leaves_the_sum_within_what_is_said(
    group: dict[str, Any], case: dict[str, Any]
) -> None:
    """Whatever a company leaves out, a figure or a field of a record, its true sum stays possible."""
    worked = Worked(group, case)
    known = worked.due()
    assert known is not None
    assert known.high is not None
    for forgotten in less_known(worked.profile):
        found = due(worked.measure, forgotten, worked.day, worked.words, worked.ledger)
        assert found is not None
        assert found.low <= known.high, found
        assert found.high is None or found.high >= known.high, found


@pytest.mark.parametrize(("group", "case"), CASES)
def test_only_a_known_sum_of_a_met_measure_counts_as_money(
    group: dict[str, Any], case: dict[str, Any]
) -> None:
    worked = Worked(group, case)
    found = account(examples(), worked.profile, worked.day, worked.ledger)
    entries = [entry for entry in found.entries if entry.due.measure == worked.measure]
    had = sum(item.low for item in found.combination.had if item.due.measure == worked.measure)
    verdict = case.get("结论", "符合")

    if verdict in ("不符合", OUT_OF_FORCE) or worked.measure.benefit is None:
        assert not entries
        return
    (entry,) = entries
    assert entry.counts == (verdict == "符合")
    if entry.due.figure is not Figure.FACTS:
        assert had == (entry.due.exact or 0) * entry.counts


# --- all of them ----------------------------------------------------------------------------------------


def test_the_cases_say_nothing_that_is_not_looked_at() -> None:
    for group in GROUPS:
        assert set(group) <= GROUP_KEYS
        for case in group["例"]:
            assert set(case) <= CASE_KEYS, case


def test_every_measure_of_the_44_clauses_is_met_once_and_unmet_once() -> None:
    tried: dict[str, set[str]] = {}
    for group in GROUPS:
        verdicts = {case.get("结论", "符合") for case in group["例"]}
        tried.setdefault(f"examples/{group['措施']}", set()).update(verdicts)

    assert sorted({measure.clause for measure in measures()}) == CLAUSES
    assert set(tried) == {measure.id for measure in measures()}
    assert [name for name, said in tried.items() if not said >= {"符合", "不符合"}] == []


def test_every_word_is_accounted_for() -> None:
    document = examples().catalogue.document("examples")
    assert document is not None

    assert coverage(document).uncovered == ()


@pytest.mark.parametrize("measure", MEASURES)
def test_nothing_is_met_or_known_on_ignorance(measure: Measure) -> None:
    """An empty profile meets nothing, and a sum is known only where the text states it outright."""
    vocabulary = examples().catalogue.vocabulary
    outcome = evaluate(measure.condition, Profile(), AS_OF, vocabulary)
    assert outcome.verdict is Verdict.OPEN
    assert outcome.missing()
    found = due(measure, Profile(), AS_OF, vocabulary)
    if found is not None and measure.benefit is not None:
        assert found.high != 0
        assert found.figure is not Figure.DUE or _stated(measure.benefit.amount)


def _stated(amount: Amount) -> bool:
    return all(
        isinstance(node, Given) and isinstance(node.quantity, Constant) for node in walk(amount)
    )


@pytest.mark.parametrize("measure", MEASURES)
def test_conditions_and_amounts_read_back_from_their_printed_form(measure: Measure) -> None:
    problems, words = Problems(), examples().catalogue.vocabulary
    reader = ConditionReader(words, LeafGrammar(words.units), problems)
    assert measure.own is not None
    for condition in (measure.own, *measure.exclusions):
        assert reader.read(printed(print_condition(condition, words), problems)) == condition
        for language in (ZH, EN):
            assert Prose(words, language)(condition).strip()
    if measure.benefit is not None:
        node = printed(print_benefit(measure.benefit, words), problems)
        assert isinstance(node, Mapping)
        assert BenefitReader(Entry(node, problems, BENEFIT_KEYS), reader).read() == measure.benefit
    assert not list(problems)


# --- together -------------------------------------------------------------------------------------------


def chip_designer(paid: str) -> Combination:
    text = (
        "主体类别: [企业]\n注册地: 合肥市\n行业: '6520'\n产品知识产权归属: 自主\n"
        "流片事项: [MPW流片, 全掩膜工程流片]\n流片制程: 28 纳米\n"
        f"流片费用: 500 万元\n掩模版制作费: 2000 万元\n已领: {paid}\n"
    )
    day = date(2025, 3, 1)
    company = read_company(text, "流片", examples().catalogue.vocabulary, day)
    return account(examples(), company.profile, day, company.ledger).combination


def test_wafers_and_masks_share_one_thousand_a_year() -> None:
    """300 + 800 = 1100, together at most 1000 a year; with 300 paid for wafers this year, 700 are left."""
    nothing = chip_designer("[]")
    wafers_paid = chip_designer("[{措施: examples/01.1, 金额: 300 万元, 日期: 2025-01-20}]")

    assert nothing.total == 1000 * WAN
    assert [item.group for item in nothing.lost] == ["合肥流片补助"]
    assert wafers_paid.total == 700 * WAN


def test_a_project_of_both_kinds_gets_one_award() -> None:
    text = """
    注册地: 福州市
    项目:
      - {项目名称: 甲, 项目类别: [节能改造项目, 合同能源管理项目], 实施领域: 其他领域,
         年节能量: 1000 吨标准煤, 总投资额: 800 万元}
      - {项目名称: 乙, 项目类别: {节能改造项目: 是, 合同能源管理项目: 否}, 年节能量: 2000 吨标准煤}
    """
    company = read_company(text, "福州", examples().catalogue.vocabulary, AS_OF)
    found = account(examples(), company.profile, AS_OF, Ledger())
    had = {(item.due.measure.id, item.project): item.low for item in found.combination.had}

    # 甲: 1000 × 300 元 = 30 万元 as a renovation, 1000 × 500 元 = 50 万元 by contract: one of them
    # 乙: 2000 × 300 元 = 60 万元
    assert had == {("examples/39.2", "甲"): 50 * WAN, ("examples/39.1", "乙"): 60 * WAN}


def test_a_judgement_recorded_for_the_measure_counts_in_its_amount() -> None:
    """Rent support of the fourth year: the department recorded the key industry for this measure only."""
    group = next(item for item in GROUPS if item["措施"] == "19.1")
    case = next(item for item in group["例"] if item["说明"] == "重点产业的第四年")
    worked = Worked(group, {**case, "认定": []})
    for name in case["认定"]:
        key = FactKey("主管部门认定", name, None, worked.measure.id)
        worked.profile = worked.profile.with_fact(key, Fact(True))

    assert worked.verdict == "符合"
    assert worked.sum() == case["金额"]

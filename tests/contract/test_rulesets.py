"""What durable_rules is given to decide: plain tests over plain facts, a rule at a time."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from matcher.language.conditions import ConditionReader
from matcher.language.diagnostics import Problems
from matcher.language.leaves import LeafGrammar
from matcher.language.source import read_yaml
from matcher.profile import NOT_APPLICABLE, Activity, Fact, FactKey, Profile, Spell, Tenure
from matcher.readers.leaves import LeafJudge
from matcher.readers.measuring import Context
from matcher.readers.rulesets import DurableWriter
from matcher.tree import State
from tests.conftest import AS_OF
from tests.strategies import shipped

VOCABULARY = shipped().vocabulary
GRAMMAR = LeafGrammar(VOCABULARY.units)

EXAMPLES: list[tuple[str, Any, Any]] = [
    ("民营企业", {"民营企业": True}, {"民营企业": False}),
    (
        "事项 在做 技术改造",
        {"$gte": {"事项 技术改造": 2}},
        {"$lt": {"事项 技术改造": 2}},
    ),
    (
        "营业收入 ≥ 2000 万元",
        {"$gte": {"上年度 营业收入": 2_000_000_000}},
        {
            "$or": [
                {"$lt": {"上年度 营业收入": 2_000_000_000}},
                {"上年度 营业收入 不可比": True},
            ]
        },
    ),
    (
        "研发投入强度 > 3%",
        {"$gt": {"研发投入强度 × 100": 3}},
        {"$or": [{"$lte": {"研发投入强度 × 100": 3}}, {"研发投入强度 × 100 不可比": True}]},
    ),
    ("资质 含 高新技术企业", {"资质 高新技术企业": True}, {"资质 高新技术企业": False}),
    (
        "资质 含至少 2 项 (高新技术企业、瞪羚企业、科技型中小企业)",
        {"$gte": {"资质 (高新技术企业、瞪羚企业、科技型中小企业) 具备": 2}},
        {"$lt": {"资质 (高新技术企业、瞪羚企业、科技型中小企业) 可能": 2}},
    ),
    ("注册地 属于 合肥市", {"注册地 属于 340100": True}, {"注册地 属于 340100": False}),
    (
        "企业类型 属于 (有限责任公司、股份有限公司)",
        {"$or": [{"企业类型": "有限责任公司"}, {"企业类型": "股份有限公司"}]},
        {
            "$and": [
                {"$neq": {"企业类型": "有限责任公司"}},
                {"$neq": {"企业类型": "股份有限公司"}},
            ]
        },
    ),
    (
        "企业规模 属于 (小型、微型)",
        {
            "$and": [
                {"企业规模 可划型": True},
                {"企业规模 可能为 中型": False},
                {"企业规模 可能为 大型": False},
            ]
        },
        {
            "$and": [
                {"企业规模 可划型": True},
                {"企业规模 可能为 微型": False},
                {"企业规模 可能为 小型": False},
            ]
        },
    ),
    (
        "{任一: [民营企业, {非: {全部: [国有控股, 链主企业]}}]}",
        {"$or": [{"民营企业": True}, {"国有控股": False}, {"链主企业": False}]},
        {"$and": [{"民营企业": False}, {"国有控股": True}, {"链主企业": True}]},
    ),
]


@pytest.mark.parametrize(("said", "met", "unmet"), EXAMPLES, ids=[row[0] for row in EXAMPLES])
def test_a_condition_becomes_tests_of_facts(said: str, met: Any, unmet: Any) -> None:
    """非 is pushed down to the tests, so that nothing is concluded from a fact that is not there."""
    problems = Problems()
    node = read_yaml(said if said.startswith("{") else yaml.safe_dump(said), "rule", problems)
    assert node is not None
    condition = ConditionReader(VOCABULARY, GRAMMAR, problems).read(node)
    assert condition is not None, list(problems)
    sides = DurableWriter(VOCABULARY)(condition)
    assert (sides.met, sides.unmet) == (met, unmet)


def properties(said: str, profile: Profile) -> dict[str, Any]:
    """Give the facts that durable_rules is told about a company."""
    problems = Problems()
    node = read_yaml(yaml.safe_dump(said), "rule", problems)
    assert node is not None
    condition = ConditionReader(VOCABULARY, GRAMMAR, problems).read(node)
    assert condition is not None, list(problems)
    writer = DurableWriter(VOCABULARY)
    writer(condition)
    judge = LeafJudge(VOCABULARY, Context(profile, AS_OF))
    values = {name: value(judge) for name, value in writer.properties.items()}
    return {name: value for name, value in values.items() if value is not None}


REVENUE = FactKey("营业收入", None, AS_OF.year - 1)


def test_an_unknown_fact_is_left_out() -> None:
    assert properties("营业收入 ≥ 2000 万元", Profile()) == {}


def test_what_does_not_apply_is_known() -> None:
    told = properties("营业收入 ≥ 2000 万元", Profile({REVENUE: Fact(NOT_APPLICABLE)}))
    assert told == {"上年度 营业收入 不可比": True}


def test_money_is_told_in_fen() -> None:
    told = properties("营业收入 ≥ 2000 万元", Profile({REVENUE: Fact(10**15)}))
    assert told == {"上年度 营业收入": 10**15}


def test_an_activity_is_told_as_far_as_it_is() -> None:
    profile = Profile({FactKey("事项", "技术改造"): Fact(Activity(State.DONE))})
    assert properties("事项 含 技术改造", profile) == {"事项 技术改造": 3}


def test_an_expired_title_is_not_held() -> None:
    lapsed = Tenure((Spell(None, AS_OF.replace(day=1).replace(month=8)),))
    profile = Profile({FactKey("资质", "高新技术企业"): Fact(lapsed)})
    assert properties("资质 含 高新技术企业", profile) == {"资质 高新技术企业": False}


def test_a_place_too_coarse_is_left_out() -> None:
    anhui = VOCABULARY.regions.find("安徽省")[0].id
    told = properties("注册地 属于 合肥市", Profile({FactKey("注册地"): Fact((anhui,))}))
    assert told == {}

"""Delivery follows from the proof: each row of the table, on measures made for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from matcher.catalogue import Catalogue
from matcher.documents.model import Measure
from matcher.finding import Delivery, Finding, General, Matcher
from matcher.language.profiles import Channel, read_company
from matcher.logic import Verdict
from matcher.tree import AllOf, Holds, Judged, Not
from tests.conftest import AS_OF

HIGH_TECH = "hefei-2025/1.4"
ON_RECORD = """
统一社会信用代码: {值: 91340100MA0000001K, 来源: 市场监管局}
注册地: {值: 合肥市, 来源: 市场监管局}
资质: [{名称: 高新技术企业, 取得日期: 2024-10-16, 来源: 科技局}]
信用名单:
  失信被执行人: {值: 没有, 来源: 人民法院}
  严重违法失信名单: {值: 没有, 来源: 市场监管局}
"""


@pytest.fixture
def measure(catalogue: Catalogue) -> Measure:
    return catalogue.by_id[HIGH_TECH]


def find(
    matcher: Matcher, measure: Measure, text: str, channel: Channel | None = None, day: date = AS_OF
) -> Finding:
    trusted = Channel(everything=True, judgements=True)
    company = read_company(text, "company", matcher.vocabulary, day, channel or trusted)
    (finding,) = matcher.match(company.profile, day, [measure]).findings
    return finding


def test_proved_on_attested_facts_it_needs_no_application(
    matcher: Matcher, measure: Measure
) -> None:
    finding = find(matcher, measure, ON_RECORD)

    assert finding.delivery is Delivery.AUTOMATIC
    assert finding.general is General.CLEAR
    assert finding.to_prove == ()


def test_said_by_the_company_it_is_a_fast_application(matcher: Matcher, measure: Measure) -> None:
    finding = find(matcher, measure, ON_RECORD, Channel())

    assert finding.delivery is Delivery.EXPRESS
    assert finding.automatic_if_checked
    assert {key.attribute for key in finding.to_prove} == {
        "注册地",
        "主体类别",
        "资质",
        "信用名单",
    }


@pytest.mark.parametrize("dropped", ["统一社会信用代码", "注册地", "资质", "失信被执行人"])
def test_one_fact_less_on_record_is_never_delivered_without_application(
    matcher: Matcher, measure: Measure, dropped: str
) -> None:
    lines = [line for line in ON_RECORD.splitlines() if not line.strip().startswith(dropped)]

    finding = find(matcher, measure, "\n".join(lines))

    assert finding.delivery is not Delivery.AUTOMATIC


def test_a_credit_hit_leaves_the_verdict_and_stops_the_delivery(
    matcher: Matcher, measure: Measure
) -> None:
    listed = ON_RECORD.replace(
        "{值: 没有, 来源: 人民法院}", "{列入日期: 2025-03-01, 来源: 人民法院}"
    )

    finding = find(matcher, measure, listed)

    assert finding.verdict is Verdict.MET
    assert finding.general is General.HIT
    assert finding.delivery is Delivery.EXPRESS


def test_a_repaired_credit_record_counts_as_clear(matcher: Matcher, measure: Measure) -> None:
    repaired = ON_RECORD.replace(
        "{值: 没有, 来源: 人民法院}", "{列入日期: 2023-03-01, 移出日期: 2024-01-01, 来源: 人民法院}"
    )

    assert find(matcher, measure, repaired).general is General.CLEAR


def test_an_expired_title_is_not_held(matcher: Matcher, measure: Measure) -> None:
    expired = ON_RECORD.replace("2024-10-16", "2020-10-16")
    both = expired.replace("资质: [", "资质: [{名称: 科技型中小企业, 有效期至: 2025-08-31}, ")

    assert find(matcher, measure, both).verdict is Verdict.UNMET
    assert find(matcher, measure, both, day=date(2025, 8, 31)).verdict is Verdict.MET


def test_a_title_counts_up_to_its_last_day(matcher: Matcher, measure: Measure) -> None:
    valid = ON_RECORD.replace("2024-10-16", "2022-09-02")  # three years, the last day included

    assert find(matcher, measure, valid).verdict is Verdict.MET
    assert find(matcher, measure, valid, day=date(2025, 9, 2)).verdict is not Verdict.MET


def test_guidance_stays_guidance(matcher: Matcher, measure: Measure) -> None:
    guiding = replace(measure, kind="引导")

    assert find(matcher, guiding, ON_RECORD).delivery is Delivery.GUIDANCE


def test_guidance_to_a_title_that_is_held_is_achieved(matcher: Matcher, measure: Measure) -> None:
    guiding = replace(measure, kind="引导", target_title="高新技术企业")

    assert find(matcher, guiding, ON_RECORD).achieved


def test_a_service_is_delivered_when_met_and_only_then(matcher: Matcher, measure: Measure) -> None:
    service = replace(measure, benefit_basis="无资金")

    assert find(matcher, service, ON_RECORD).delivery is Delivery.SERVICE
    assert find(matcher, service, "注册地: 合肥市").delivery is None
    assert find(matcher, service, "注册地: 亳州市").delivery is None


def test_a_direction_promises_nothing(matcher: Matcher, measure: Measure) -> None:
    assert find(matcher, replace(measure, benefit_basis="方向性"), ON_RECORD).delivery is None


def test_waiting_only_for_a_judgement_means_applying(matcher: Matcher, measure: Measure) -> None:
    judged = replace(measure, condition=AllOf((measure.condition, Judged("运转成效", measure.id))))

    waiting = find(matcher, judged, ON_RECORD)
    assert waiting.verdict is Verdict.OPEN
    assert waiting.awaiting == ("运转成效",)
    assert waiting.delivery is Delivery.APPLICATION

    more = find(matcher, judged, "注册地: 合肥市")
    assert more.delivery is None


def test_a_recorded_judgement_settles_it(matcher: Matcher, measure: Measure) -> None:
    judged = replace(measure, condition=AllOf((measure.condition, Judged("运转成效", measure.id))))

    assert find(matcher, judged, ON_RECORD + "认定: {运转成效: 是}\n").verdict is Verdict.MET
    assert find(matcher, judged, ON_RECORD + "认定: {运转成效: 否}\n").verdict is Verdict.UNMET


def test_a_judgement_that_the_company_claims_is_no_judgement(
    matcher: Matcher, measure: Measure
) -> None:
    judged = replace(measure, condition=AllOf((measure.condition, Judged("运转成效", measure.id))))

    claimed = find(matcher, judged, ON_RECORD + "认定: {运转成效: 是}\n", Channel())

    assert claimed.verdict is Verdict.OPEN


def test_a_planned_activity_is_never_proof(matcher: Matcher, measure: Measure) -> None:
    planned = replace(measure, condition=AllOf((measure.condition, Holds("事项", ("技术改造",)))))
    text = ON_RECORD + "事项: {技术改造: {状态: 打算, 来源: 工信局}}\n"

    finding = find(matcher, planned, text)

    assert finding.verdict is Verdict.MET
    assert finding.delivery is Delivery.EXPRESS
    assert [key.member for key in finding.to_prove] == ["技术改造"]


def test_a_stated_exclusion_is_reported_as_one(matcher: Matcher, measure: Measure) -> None:
    veto = Holds("信用名单", ("经营异常名录",))
    excluding = replace(
        measure, exclusions=(veto,), condition=AllOf((measure.condition, Not(veto)))
    )
    listed = ON_RECORD + "  经营异常名录: {列入日期: 2025-01-01, 来源: 市场监管局}\n"

    finding = find(matcher, excluding, listed)

    assert finding.verdict is Verdict.UNMET
    assert finding.excluded


def test_a_lower_level_than_the_one_aimed_at_is_not_the_goal(
    matcher: Matcher, measure: Measure
) -> None:
    guiding = replace(measure, kind="引导", target_title="绿色工厂", target_level="国家级")
    text = "注册地: 合肥市\n资质: {绿色工厂: {级别: LEVEL, 取得日期: 2024-11-20}}\n"

    assert not find(matcher, guiding, text.replace("LEVEL", "市级")).achieved
    assert find(matcher, guiding, text.replace("LEVEL", "国家级")).achieved

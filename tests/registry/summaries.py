"""Summaries for the tests of the workbook and the page: one as a real run gives, and nothing at all."""

from __future__ import annotations

import random
from datetime import date

from matcher.catalogue import Catalogue
from matcher.documents.model import Measure
from matcher.finding import Delivery
from matcher.registry.summary import Better, Gap, GroupCount, MeasureCount, Step, Summary

AS_OF = date(2025, 9, 1)
ACCEPTED, REJECTED = 1_182_640, 3_127
COUNTIES = (
    "蜀山区",
    "包河区",
    "庐阳区",
    "瑶海区",
    "肥西县",
    "肥东县",
    "长丰县",
    "巢湖市",
    "庐江县",
    "合肥高新技术产业开发区",
    "合肥经济技术开发区",
    "谯城区",
    "涡阳县",
    "蒙城县",
    "利辛县",
    "亳州高新技术产业开发区",
)
INDUSTRIES = (
    "批发和零售业",
    "制造业",
    "租赁和商务服务业",
    "科学研究和技术服务业",
    "信息传输、软件和信息技术服务业",
    "建筑业",
    "农、林、牧、渔业",
    "居民服务、修理和其他服务业",
    "交通运输、仓储和邮政业",
    "住宿和餐饮业",
    "文化、体育和娱乐业",
    "房地产业",
    "水利、环境和公共设施管理业",
    "电力、热力、燃气及水生产和供应业",
    "卫生和社会工作",
    "教育",
    "金融业",
    "采矿业",
)


def empty() -> Summary:
    """A run without measures and companies."""
    return Summary(
        input="空表.csv",
        as_of=AS_OF,
        rules_version="0" * 12,
        engine="polars",
        rows=0,
        accepted=0,
        rejected=0,
        branches=0,
        with_met=0,
        automatic=0,
        measures=(),
        counties=(),
        industries=(),
        open_findings=0,
        gaps=(),
        shopping_list=(),
    )


def realistic(catalogue: Catalogue, counties: tuple[str, ...] = COUNTIES) -> Summary:
    """A registry of two cities against every shipped measure."""
    draw = random.Random(7)  # noqa: S311 - figures for tests
    titles = {document.id: document.title for document in catalogue.documents}
    measures = tuple(_measure(draw, item, titles) for item in catalogue.measures)
    open_findings = sum(item.open for item in measures)
    gaps = _gaps(draw, catalogue, open_findings)
    with_met = 412_905
    return Summary(
        input="企业登记信息2025年8月.parquet",
        as_of=AS_OF,
        rules_version=catalogue.version,
        engine="polars",
        rows=ACCEPTED + REJECTED,
        accepted=ACCEPTED,
        rejected=REJECTED,
        branches=68_311,
        with_met=with_met,
        automatic=57_218,
        measures=measures,
        counties=_groups(draw, counties),
        industries=_groups(draw, INDUSTRIES),
        open_findings=open_findings,
        gaps=gaps,
        shopping_list=_steps(gaps, open_findings),
        warnings=(
            "注册资本:外币金额没有汇率,按未知处理:1,204 行",
            "成立日期:写作 1900-01-01,按未知处理:87 行",
        ),
        refused=("hefei-2025/2.3 科创企业上市培育:要用到记录,这个引擎表达不了",),
    )


def _measure(draw: random.Random, measure: Measure, titles: dict[str, str]) -> MeasureCount:
    met = int(ACCEPTED * 0.3 * draw.random() ** 5)
    unmet = int((ACCEPTED - met) * (0.5 + draw.random() / 2))
    deliveries = {}
    if measure.kind == "引导":
        deliveries = {Delivery.GUIDANCE.value: met}
    elif measure.benefit_basis == "无资金":
        deliveries = {Delivery.SERVICE.value: met}
    elif measure.benefit_basis == "另行规定":
        automatic = int(met * draw.random() / 3)
        deliveries = {
            Delivery.AUTOMATIC.value: automatic,
            Delivery.EXPRESS.value: met - automatic,
        }
    return MeasureCount(
        measure=measure.id,
        title=measure.title,
        document=titles[measure.document],
        benefit_basis=measure.benefit_basis,
        departments=measure.departments,
        met=met,
        open=ACCEPTED - met - unmet,
        unmet=unmet,
        deliveries={way: count for way, count in deliveries.items() if count},
    )


def _groups(draw: random.Random, names: tuple[str, ...]) -> tuple[GroupCount, ...]:
    groups = []
    for place, name in enumerate(names):
        companies = int(ACCEPTED / 8 * 0.85**place) + draw.randrange(200)
        with_met = int(companies * (0.2 + draw.random() / 3))
        automatic = int(with_met * draw.random() / 4)
        groups.append(GroupCount(name, companies, with_met, with_met * 2, automatic))
    return tuple(sorted(groups, key=lambda item: -item.with_met))


def _gaps(draw: random.Random, catalogue: Catalogue, open_findings: int) -> tuple[Gap, ...]:
    facts = [item for item in catalogue.vocabulary.attributes.values() if item.custodian]
    gaps = []
    for place, item in enumerate(facts[15:45]):
        findings = int(open_findings * 0.6 * 0.82**place) + draw.randrange(90)
        alone = int(findings * draw.random() / 2)
        gaps.append(Gap(item.label, item.custodian, item.attestable, findings, alone))
    return tuple(sorted(gaps, key=lambda item: -item.findings))


def _steps(gaps: tuple[Gap, ...], open_findings: int) -> tuple[Step, ...]:
    settled, steps = 0, []
    for place, gap in enumerate(gaps[:12]):
        added = int((open_findings - settled) * 0.22)
        settled += added
        better = Better((gap.fact,), (gaps[20].fact,), settled + 9) if place == 4 else None
        steps.append(Step(gap.fact, gap.custodian, added, settled, better, proven=place < 9))
    return tuple(steps)

"""National titles beyond the first ones: met at every threshold, not met just below it.

Numbers are those of 工信部企业〔2022〕63号 annex 1, 工信部政法〔2023〕138号, 工信部联科〔2010〕540号, order 34 of 2016,
工信厅政法函〔2023〕42号 and 工信部政法〔2023〕93号.
"""

from __future__ import annotations

import pytest

from matcher.catalogue import Catalogue
from matcher.finding import Matcher
from matcher.logic import Verdict
from matcher.path import Standing, growth_path
from matcher.readers.evaluate import Evaluate
from matcher.readers.missing import missing_facts
from tests.standards import (
    CENTRES,
    CHAMPION,
    INNOVATIVE,
    NEW,
    OLD,
    Company,
    changed,
    profile_of,
    standard_of,
)
from tests.test_standards import last, verdict_of

MET, UNMET, OPEN = Verdict.MET, Verdict.UNMET, Verdict.OPEN
STRATEGIC = {"战新产业": ["新材料产业"]}
# 16 % of growth: 20 points instead of 10.
GROWN = {"2024": {"主营业务收入": "1086 万元"}}


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({}, MET),
        # One band down anywhere, and 60 points are missed.
        (last(研发费用="19 万元"), UNMET),
        (last(主营业务收入="1259 万元"), UNMET),
        (last(负债总额="551 万元"), UNMET),
        ({"自主研发Ⅰ类知识产权": "0 件"}, UNMET),
        (last(主营业务收入="1199 万元"), UNMET),
        # In a strategic industry the field is worth 10 instead of 5.
        (last(负债总额="551 万元") | STRATEGIC, MET),
        (last(负债总额="551 万元") | {"战新产业": None}, OPEN),
        (STRATEGIC | {"自主研发Ⅰ类知识产权": "0 件"}, UNMET),
        ({"战新产业": None}, MET),
        # Whatever the sum, each part has its least number of points: here 75 with 15 for innovation,
        # 65 with 10 for growth, 65 with 10 for specialisation.
        (
            {"年度": GROWN | {"2025": {"研发费用": "19 万元"}}} | STRATEGIC,
            UNMET,
        ),
        (
            {
                "高价值Ⅰ类知识产权": "1 件",
                "年度": {
                    "2025": {"研发费用": "100 万元", "负债总额": "750 万元"},
                    "2024": {"主营业务收入": "1260.1 万元"},
                },
            },
            UNMET,
        ),
        (
            {
                "年度": GROWN | {"2025": {"营业收入": "2600 万元", "研发费用": "130 万元"}},
            },
            UNMET,
        ),
        # A right that is of high value needs no own research; without class I there is neither.
        ({"高价值Ⅰ类知识产权": "1 件", "自主研发Ⅰ类知识产权": "0 件"}, MET),
        ({"高价值Ⅰ类知识产权": None}, MET),
        (
            {"Ⅰ类知识产权": "0 件", "高价值Ⅰ类知识产权": None, "自主研发Ⅰ类知识产权": None},
            UNMET,
        ),
        # A direct item takes the place of the score only.
        ({"自主研发Ⅰ类知识产权": "0 件", "研发机构级别": "省级认定"}, MET),
        (last(研发费用="0 万元", 股权融资额="500 万元"), MET),
        (last(研发费用="0 万元", 股权融资额="499 万元"), UNMET),
        (
            last(研发费用="0 万元")
            | {"资质": [{"名称": "高新技术企业", "取得日期": "2025-01-01"}]},
            MET,
        ),
        (last(研发费用="0 万元") | {"资质": {"省级科技奖励": {"取得日期": "2023-05-01"}}}, MET),
        ({"研发机构级别": "省级认定", "信用名单": {"经营异常名录": "有"}}, UNMET),
        ({"研发机构级别": "省级认定", **last(从业人员="1000 人", 营业收入="40000 万元")}, UNMET),
        ({"产品在禁限目录": "是"}, UNMET),
    ],
)
def test_innovative_sme(change: Company, verdict: Verdict, catalogue: Catalogue) -> None:
    """The first rung kept its standard when those above it changed."""
    for day in (OLD, NEW):
        assert verdict_of("创新型中小企业", INNOVATIVE, change, catalogue, day) is verdict


def test_a_score_asks_only_for_what_can_tip_it(catalogue: Catalogue) -> None:
    standard = standard_of("创新型中小企业", catalogue, NEW)

    def asked(change: Company) -> set[str]:
        profile = profile_of(changed(INNOVATIVE, change), catalogue, NEW)
        evaluate = Evaluate(catalogue.vocabulary, profile, NEW)
        found = missing_facts(evaluate(standard.condition), evaluate.judge)
        return {key.attribute for key in found}

    assert asked(last(负债总额="551 万元") | {"战新产业": None}) == {"战新产业"}
    # 55 points at most: the missing industry cannot make up for it.
    assert asked(last(负债总额="751 万元") | {"战新产业": None}) == set()


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({}, MET),
        ({"细分市场从事年限": "9 年"}, UNMET),
        ({"细分市场从事年限": "5 年", "认定": {"单项冠军新产品": "是"}}, MET),
        ({"细分市场从事年限": "4 年", "认定": {"单项冠军新产品": "是"}}, UNMET),
        (last(主营业务收入="39999 万元"), UNMET),
        ({"单项产品全球占有率名次": "第三名以后"}, UNMET),
        ({"产品在禁限目录": "是"}, UNMET),
        ({"认定": {"单项冠军工艺先进": None}}, OPEN),
        ({"认定": {"单项冠军无否决情形": "否"}}, UNMET),
    ],
)
def test_manufacturing_champion(change: Company, verdict: Verdict, catalogue: Catalogue) -> None:
    assert verdict_of("制造业单项冠军", CHAMPION, change, catalogue) is verdict


@pytest.mark.parametrize(("revenue", "verdict"), [("20000 万元", MET), ("19999 万元", UNMET)])
def test_half_the_revenue_will_do_for_a_specialised_champion(
    revenue: str, verdict: Verdict, catalogue: Catalogue
) -> None:
    years = {year: {"主营业务收入": revenue} for year in ("2023", "2024", "2025")}
    held = {"资质": [{"名称": "专精特新中小企业", "取得日期": "2024-06-01"}]}

    assert verdict_of("制造业单项冠军", CHAMPION, {"年度": years} | held, catalogue) is verdict


FIRM = last(
    设计人员="70 人",
    有学历职称的设计人员="35 人",
    营业收入="4000 万元",
    工业设计服务收入="2000 万元",
    设计成果授权数="0 件",
)


@pytest.mark.parametrize(
    ("title", "change", "verdict"),
    [
        ("国家技术创新示范企业", {}, MET),
        ("国家技术创新示范企业", last(从业人员="299 人"), UNMET),
        ("国家技术创新示范企业", last(营业收入="3000 万元"), MET),
        ("国家技术创新示范企业", last(营业收入="2999 万元"), UNMET),
        ("国家技术创新示范企业", last(资产总额="3999 万元"), UNMET),
        ("国家技术创新示范企业", last(研发费用="150 万元"), MET),
        ("国家技术创新示范企业", last(研发费用="149 万元"), UNMET),
        ("国家技术创新示范企业", {"年度": {"2023": {"净利润": "0 万元"}}}, UNMET),
        ("国家技术创新示范企业", {"资质": {"企业技术中心": "没有"}}, UNMET),
        ("企业技术中心", {}, MET),
        ("企业技术中心", {"省级企业技术中心年限": "1 年"}, UNMET),
        ("企业技术中心", last(研发费用="1499 万元"), UNMET),
        ("企业技术中心", last(全时研发人员="149 人"), UNMET),
        ("企业技术中心", last(研发仪器设备原值="1999 万元"), UNMET),
        ("服务型制造示范", {}, MET),
        ("服务型制造示范", last(服务收入="1499 万元"), UNMET),
        ("服务型制造示范", {"行业": "6520 集成电路设计"}, UNMET),
        ("服务型制造示范", {"认定": {"服务型制造示范评审": None}}, OPEN),
        ("工业设计中心", {}, MET),
        ("工业设计中心", last(设计人员="49 人"), UNMET),
        ("工业设计中心", last(有学历职称的设计人员="24 人"), UNMET),
        ("工业设计中心", last(设计成果授权数="14 件"), UNMET),
        ("工业设计中心", last(设计成果授权数="14 件") | {"设计成果总数": "100 件"}, MET),
        ("工业设计中心", FIRM, MET),
        ("工业设计中心", changed(FIRM, last(设计人员="69 人")), UNMET),
        ("工业设计中心", changed(FIRM, last(有学历职称的设计人员="34 人")), UNMET),
        ("工业设计中心", changed(FIRM, last(工业设计服务收入="1999 万元")), UNMET),
        ("工业设计中心", changed(FIRM, last(营业收入="4001 万元")), UNMET),
    ],
)
def test_titles_of_centres_and_services(
    title: str, change: Company, verdict: Verdict, catalogue: Catalogue
) -> None:
    assert verdict_of(title, CENTRES, change, catalogue) is verdict


def test_a_provincial_centre_is_not_yet_the_national_one(matcher: Matcher) -> None:
    def standing(level: str) -> Standing:
        centre = {"名称": "工业设计中心", "取得日期": "2023-01-01", "级别": level}
        provincial = {"名称": "企业技术中心", "取得日期": "2020-01-01", "级别": "省级"}
        company = CENTRES | {"资质": [centre, provincial]}
        rungs = growth_path(matcher, profile_of(company, matcher.catalogue, NEW), NEW).rungs
        (rung,) = (rung for rung in rungs if rung.standard.title == "工业设计中心")
        return rung.standing

    assert standing("省级") is Standing.READY
    assert standing("国家级") is Standing.HELD

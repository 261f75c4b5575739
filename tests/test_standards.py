"""National standards of titles: who meets them, at which figure, by which version on which day."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from matcher.catalogue import Catalogue, load
from matcher.language.diagnostics import Problems
from matcher.logic import Verdict
from matcher.readers.evaluate import evaluate
from tests.conftest import RULES
from tests.standards import (
    HIGH_TECH,
    NEW,
    OLD,
    SPECIALISED,
    TECH_SME,
    Company,
    changed,
    profile_of,
    standard_of,
)

MET, UNMET, OPEN = Verdict.MET, Verdict.UNMET, Verdict.OPEN
HIGH, TECH, SME, GIANT = "高新技术企业", "科技型中小企业", "专精特新中小企业", "专精特新小巨人"


def last(**figures: str | None) -> Company:
    return {"年度": {"2025": figures}}


def verdict_of(
    title: str, company: Company, change: Company, catalogue: Catalogue, day: date = NEW
) -> Verdict:
    profile = profile_of(changed(company, change), catalogue, day)
    condition = standard_of(title, catalogue, day).condition
    return evaluate(condition, profile, day, catalogue.vocabulary).verdict


BIG = {
    "2025": {"营业收入": "20000 万元", "研发费用": "800 万元", "境内研发费用": "600 万元"},
    "2024": {"营业收入": "20000 万元", "研发费用": "800 万元", "境内研发费用": "600 万元"},
    "2023": {"营业收入": "20000 万元", "研发费用": "800 万元", "境内研发费用": "600 万元"},
}
PRODUCTS = {"高新技术产品收入": "12000 万元", "总收入": "20000 万元"}
BIG_2025 = BIG["2025"] | PRODUCTS


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({}, MET),
        ({"居民企业": "否"}, UNMET),
        ({"居民企业": None}, OPEN),
        ({"认定": {"高企创新能力评价": None}}, OPEN),
        ({"认定": {"高企重点支持领域": "否"}}, UNMET),
        ({"成立日期": "2025-04-01"}, MET),
        ({"成立日期": "2025-04-02"}, UNMET),
        ({"Ⅰ类知识产权": "0 件"}, OPEN),
        ({"Ⅰ类知识产权": "0 件", "Ⅱ类知识产权": "0 件"}, UNMET),
        (last(科技人员="9 人"), UNMET),
        (last(研发费用="249 万元"), UNMET),
        (last(境内研发费用="149 万元"), UNMET),
        (last(高新技术产品收入="2999 万元"), UNMET),
        (last(总收入=None), OPEN),
        ({"重大事件": {"重大安全事故": {"列入日期": "2025-06-01"}}}, UNMET),
        # Up to 200 million of sales 4 % will do, above it 3 %.
        ({"年度": BIG | {"2025": BIG_2025}}, MET),
        ({"年度": BIG | {"2025": BIG_2025 | {"研发费用": "799 万元"}}}, UNMET),
        (
            {"年度": BIG | {"2025": BIG_2025 | {"营业收入": "20001 万元", "研发费用": "799 万元"}}},
            MET,
        ),
    ],
)
def test_high_tech_enterprise(change: Company, verdict: Verdict, catalogue: Catalogue) -> None:
    assert verdict_of(HIGH, HIGH_TECH, change, catalogue) is verdict


def test_a_young_company_counts_the_years_it_has_worked(catalogue: Catalogue) -> None:
    none = {"营业收入": "0 万元", "研发费用": "0 万元", "境内研发费用": "0 万元"}
    young = {"成立日期": "2024-02-01", "年度": {"2023": none}}

    assert verdict_of(HIGH, HIGH_TECH, young, catalogue) is MET


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        # 20 for staff, 30 for R&D at 4 % of sales, 18 for three class II rights.
        ({}, MET),
        ({"Ⅱ类知识产权": "2 件"}, MET),
        ({"Ⅱ类知识产权": "1 件"}, UNMET),
        ({"Ⅱ类知识产权": None}, OPEN),
        # The other way of counting R&D rescues a score: 10 % of costs would be worth 10 points.
        ({"上年度": {"研发费用": "199 万元"}}, UNMET),
        ({"上年度": {"研发费用": "199 万元", "成本费用": "800 万元"}}, MET),
        ({"上年度": {"研发费用": "199 万元", "成本费用": None}}, OPEN),
        # Whatever the score, no science staff is no entry.
        ({"上年度": {"科技人员": "9 人", "研发费用": "400 万元"}, "Ⅰ类知识产权": "1 件"}, UNMET),
        ({"上年度": {"从业人员": "500 人", "科技人员": "150 人"}}, MET),
        ({"上年度": {"从业人员": "501 人", "科技人员": "200 人"}}, UNMET),
        ({"上年度": {"资产总额": "20000 万元"}}, MET),
        ({"上年度": {"资产总额": "20001 万元"}}, UNMET),
        # A direct item takes the place of the score, and of nothing else.
        ({"Ⅱ类知识产权": "0 件", "研发机构级别": "省级认定"}, MET),
        ({"Ⅱ类知识产权": "0 件", "研发机构级别": "市级认定"}, UNMET),
        ({"Ⅱ类知识产权": "0 件", "资质": {"高新技术企业": {"取得日期": "2025-01-01"}}}, MET),
        ({"研发机构级别": "省级认定", "产品在禁限目录": "是"}, UNMET),
    ],
)
def test_tech_sme(change: Company, verdict: Verdict, catalogue: Catalogue) -> None:
    assert verdict_of(TECH, TECH_SME, change, catalogue) is verdict


@pytest.mark.parametrize(
    ("change", "old", "new"),
    [
        ({}, MET, MET),
        # What only the standard of 2026 asks.
        ({"资质": {"专精特新中小企业": "没有"}}, MET, UNMET),
        (last(主营业务收入="9449 万元"), MET, UNMET),
        ({"应用的自有Ⅰ类知识产权": "3 件", "资质": [{"名称": "专精特新中小企业"}]}, MET, OPEN),
        (last(研发费用="599 万元"), MET, UNMET),
        (last(专精特新发展评价得分="59 分"), MET, UNMET),
        # What only the standard of 2022 asks.
        ({"自主品牌": "否"}, UNMET, MET),
        (last(负债总额="7500 万元"), UNMET, MET),
        (last(负债总额="7501 万元"), UNMET, UNMET),
        ({"细分市场占有率": "9%", "细分市场国内前三": "是"}, UNMET, MET),
        ({"细分市场从事年限": "2 年"}, MET, UNMET),
        ({"认定": {"关键环节填补空白": None}}, OPEN, MET),
        # What both ask.
        # A national award could still stand in for the R&D of 2022, for nothing in 2026.
        ({"年度": {"2024": {"研发费用": "305 万元"}}}, OPEN, UNMET),
        (last(研发费用=None), OPEN, OPEN),
        ({"信用名单": {"经营异常名录": "有"}}, UNMET, UNMET),
    ],
)
def test_little_giant_by_the_version_of_the_day(
    change: Company, old: Verdict, new: Verdict, catalogue: Catalogue
) -> None:
    assert verdict_of(GIANT, SPECIALISED, change, catalogue, OLD) is old
    assert verdict_of(GIANT, SPECIALISED, change, catalogue, NEW) is new


@pytest.mark.parametrize(
    ("change", "old", "new"),
    [
        ({}, MET, OPEN),
        ({"资质": ["科技型中小企业"]}, MET, MET),
        ({"资质": {"科技型中小企业": "没有", "创新型中小企业": "没有"}}, MET, UNMET),
        ({"资质": ["创新型中小企业"], "细分市场从事年限": "2 年"}, MET, UNMET),
        ({"资质": ["创新型中小企业"], "认定": {"专精特新评价得分达标": None}}, OPEN, MET),
        ({"资质": ["创新型中小企业"], **last(专精特新发展评价得分="50 分")}, MET, MET),
        ({"资质": ["创新型中小企业"], **last(专精特新发展评价得分="49 分")}, MET, UNMET),
    ],
)
def test_specialised_sme_by_the_version_of_the_day(
    change: Company, old: Verdict, new: Verdict, catalogue: Catalogue
) -> None:
    assert verdict_of(SME, SPECIALISED, change, catalogue, OLD) is old
    assert verdict_of(SME, SPECIALISED, change, catalogue, NEW) is new


def test_what_nobody_compared_with_the_text_says_so(catalogue: Catalogue) -> None:
    unchecked = {item.id for item in catalogue.standards if not item.checked}

    assert unchecked == {
        "specialised-sme-2022",
        "little-giant-2022",
        "national-technology-centre-2016",
        "neeq-2023",
        "neeq-innovation-tier",
        "beijing-listing",
    }
    assert all(item.doubt for item in catalogue.standards if not item.checked)
    assert all(item.reading and item.source for item in catalogue.standards)


def problems_with(tmp_path: Path, name: str, old: str, new: str) -> list[str]:
    """Load the shipped rules with one standard changed, and give the messages."""
    rules = tmp_path / "rules"
    for path in RULES.rglob("*"):
        if path.is_file() and path.parent.name not in ("hefei-2025", "bozhou-2025-38"):
            copy = rules / path.relative_to(RULES)
            copy.parent.mkdir(parents=True, exist_ok=True)
            text = path.read_text(encoding="utf-8")
            assert path.stem != name or old in text
            copy.write_text(text.replace(old, new) if path.stem == name else text, encoding="utf-8")
    problems = Problems()
    load(rules, problems)
    return [item.render() for item in problems]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("自主品牌", "自主商标牌", "[unknown-attribute]"),
        ("核对: 待核对", "核对: 核过", "[unknown-member]"),
        ("存疑: 六", "存凝: 六", "[unknown-key]"),
        ("至: 2026-03-31", "至: 2026-04-01", "[wrong-period]: 与“little-giant-2022”的施行期间重叠"),
        ("编号: little-giant-2022", "编号: little-giant-2026", "[duplicate-id]"),
        ("资产负债率 ≤ 70%", "资产负债率 ≤ 70 人", "[wrong-unit]"),
    ],
)
def test_a_mistake_in_a_standard_has_its_place_and_repair(
    old: str, new: str, said: str, tmp_path: Path
) -> None:
    messages = problems_with(tmp_path, "优质-3-专精特新小巨人-2022", old, new)

    (found,) = (item for item in messages if said in item)
    assert "national/标准/优质-3-专精特新小巨人-20" in found
    assert "^" in found
    assert "建议:" in found


def test_a_standard_is_no_measure(catalogue: Catalogue) -> None:
    assert len(catalogue.standards) == 26
    assert not {item.id for item in catalogue.standards} & set(catalogue.by_id)
    assert {item.document for item in catalogue.measures} == {"hefei-2025", "bozhou-2025-38"}

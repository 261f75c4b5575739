"""Entry into the statistical lists (四上) and the size of an enterprise, row by row of their tables."""

from __future__ import annotations

import pytest

from matcher.catalogue import Catalogue
from matcher.finding import Matcher
from matcher.language.conditions import ConditionReader
from matcher.language.diagnostics import Place, Problems, SourceFile
from matcher.language.leaves import LeafGrammar
from matcher.language.source import Scalar
from matcher.logic import Verdict
from matcher.path import Standing, growth_path
from matcher.readers.evaluate import evaluate
from tests.standards import NEW, Company, changed, profile_of
from tests.test_standards import verdict_of

MET, UNMET, OPEN = Verdict.MET, Verdict.UNMET, Verdict.OPEN
FIRM: Company = {
    "填报日期": "2026-03-01",
    "注册地": "合肥市",
    "法人单位": "是",
    "认定": {"统计入库审核": "是"},
}


def firm(industry: str, revenue: int) -> Company:
    figures = {"营业收入": f"{revenue} 万元", "主营业务收入": f"{revenue} 万元"}
    return {"行业": industry, "上年度": figures}


# National statistics: the classes of 四上 with their trades and yearly revenue, in 万元.
ROWS = [
    ("规上工业", "0610", 2000),
    ("规上工业", "3973", 2000),
    ("规上工业", "4411", 2000),
    ("限上批发业", "5110", 2000),
    ("限上零售业", "5211", 500),
    ("限上住宿业", "6110", 200),
    ("限上餐饮业", "6210", 200),
    ("规上服务业", "5431", 2000),
    ("规上服务业", "6510", 2000),
    ("规上服务业", "7620", 2000),
    ("规上服务业", "8411", 2000),
    ("规上服务业", "7111", 1000),
    ("规上服务业", "7310", 1000),
    ("规上服务业", "8310", 1000),
    ("规上服务业", "7020", 1000),
    ("规上服务业", "7030", 1000),
    ("规上服务业", "7040", 1000),
    ("规上服务业", "8010", 500),
    ("规上服务业", "8890", 500),
    ("规上服务业", "8511", 500),
]


@pytest.mark.parametrize(("kind", "industry", "bound"), ROWS)
def test_a_class_begins_at_its_revenue(
    kind: str, industry: str, bound: int, catalogue: Catalogue
) -> None:
    assert verdict_of(kind, FIRM, firm(industry, bound), catalogue) is MET
    assert verdict_of(kind, FIRM, firm(industry, bound - 1), catalogue) is UNMET
    waiting = firm(industry, bound) | {"认定": {"统计入库审核": None}}
    assert verdict_of(kind, FIRM, waiting, catalogue) is OPEN


@pytest.mark.parametrize(("kind", "industry", "bound"), ROWS)
def test_a_trade_belongs_to_one_class(
    kind: str, industry: str, bound: int, catalogue: Catalogue
) -> None:
    rich = firm(industry, 10 * bound) | {"建筑业承包资质": "是", "有房地产开发活动": "是"}
    classes = {item.title for item in catalogue.standards if item.attribute == "规上状态"}

    met = {name for name in classes if verdict_of(name, FIRM, rich, catalogue) is MET}
    assert met == {kind}


def test_builders_and_developers_count_whatever_they_earn(catalogue: Catalogue) -> None:
    builder = firm("4710", 0) | {"建筑业承包资质": "是"}
    developer = firm("7010", 0) | {"有房地产开发活动": "是"}

    assert verdict_of("资质内建筑业", FIRM, builder, catalogue) is MET
    assert verdict_of("资质内建筑业", FIRM, builder | {"建筑业承包资质": "否"}, catalogue) is UNMET
    assert verdict_of("房地产开发业", FIRM, developer, catalogue) is MET
    assert (
        verdict_of("房地产开发业", FIRM, developer | {"有房地产开发活动": "否"}, catalogue) is UNMET
    )


def test_a_branch_is_no_industrial_unit_of_its_own(catalogue: Catalogue) -> None:
    branch = firm("3973", 2000) | {"法人单位": "否"}

    assert verdict_of("规上工业", FIRM, branch, catalogue) is UNMET


def test_the_path_says_how_far_an_industrial_firm_is_from_the_list(matcher: Matcher) -> None:
    def rung(change: Company):  # type: ignore[no-untyped-def]
        profile = profile_of(changed(FIRM, change), matcher.catalogue, NEW)
        rungs = growth_path(matcher, profile, NEW).rungs
        (found,) = (item for item in rungs if item.standard.title == "规上工业")
        return found

    waiting: Company = {"认定": None, "规上状态": "没有"}
    short, ready = rung(firm("3973", 1999) | waiting), rung(firm("3973", 2000) | waiting)
    assert (short.standing, ready.standing) == (Standing.SHORT, Standing.READY)
    assert [part.used()[0].attribute for part in short.unmet] == ["主营业务收入"]
    assert ready.awaiting == ("统计入库审核",)
    listed = firm("3973", 10) | {"规上状态": [{"名称": "规上工业", "列入日期": "2024-01-01"}]}
    assert rung(listed).standing is Standing.HELD


# 工信部联企业〔2011〕300号 and 国统字〔2017〕213号: trade, then the least of large, medium and small, as staff X,
# revenue Y and assets Z (万元); None where the row does not look at it.
SIZES = [
    ("0111", [(None, 20000, None), (None, 500, None), (None, 50, None)]),
    ("3973", [(1000, 40000, None), (300, 2000, None), (20, 300, None)]),
    ("4710", [(None, 80000, 80000), (None, 6000, 5000), (None, 300, 300)]),
    ("5110", [(200, 40000, None), (20, 5000, None), (5, 1000, None)]),
    ("5211", [(300, 20000, None), (50, 500, None), (10, 100, None)]),
    ("5431", [(1000, 30000, None), (300, 3000, None), (20, 200, None)]),
    ("5910", [(1000, 30000, None), (300, 3000, None), (20, 200, None)]),
    ("5920", [(200, 30000, None), (100, 1000, None), (20, 100, None)]),
    ("6010", [(1000, 30000, None), (300, 2000, None), (20, 100, None)]),
    ("6110", [(300, 10000, None), (100, 2000, None), (10, 100, None)]),
    ("6210", [(300, 10000, None), (100, 2000, None), (10, 100, None)]),
    ("6311", [(2000, 100000, None), (100, 1000, None), (10, 100, None)]),
    ("6510", [(300, 10000, None), (100, 1000, None), (10, 50, None)]),
    ("7010", [(None, 200000, 10000), (None, 1000, 5000), (None, 100, 2000)]),
    ("7020", [(1000, 5000, None), (300, 1000, None), (100, 500, None)]),
    ("7111", [(300, None, 120000), (100, None, 8000), (10, None, 100)]),
    ("7310", [(300, None, None), (100, None, None), (10, None, None)]),
    ("7620", [(300, None, None), (100, None, None), (10, None, None)]),
    ("8010", [(300, None, None), (100, None, None), (10, None, None)]),
    ("8511", [(300, None, None), (100, None, None), (10, None, None)]),
    ("8890", [(300, None, None), (100, None, None), (10, None, None)]),
    ("7030", [(300, None, None), (100, None, None), (10, None, None)]),
]
GRADES = ("大型", "中型", "小型", "微型")
FIGURES = (("从业人员", "人"), ("营业收入", "万元"), ("资产总额", "万元"))
HUGE = 10_000_000


def grade_of(industry: str, bounds: tuple[int | None, ...], catalogue: Catalogue) -> str:
    """Give the size of a company with these figures, and plenty of what is not looked at."""
    figures = {
        name: f"{HUGE if bound is None else bound} {unit}"
        for (name, unit), bound in zip(FIGURES, bounds, strict=True)
    }
    company = {"填报日期": "2026-03-01", "行业": industry, "上年度": figures}
    profile = profile_of(company, catalogue, NEW)
    vocabulary = catalogue.vocabulary
    reader = ConditionReader(vocabulary, LeafGrammar(vocabulary.units), Problems())
    place = Place(SourceFile("size", ""), 1, 1)
    for grade in GRADES:
        condition = reader.read(Scalar(f"企业规模 为 {grade}", place, False))
        assert condition is not None
        if evaluate(condition, profile, NEW, vocabulary).verdict is MET:
            return grade
    return ""


@pytest.mark.parametrize(("industry", "rows"), SIZES)
def test_each_size_begins_at_all_its_bounds(
    industry: str, rows: list[tuple[int | None, ...]], catalogue: Catalogue
) -> None:
    for place, bounds in enumerate(rows):
        assert grade_of(industry, bounds, catalogue) == GRADES[place]
        for at, bound in enumerate(bounds):
            if bound is not None:
                short = (*bounds[:at], bound - 1, *bounds[at + 1 :])
                assert grade_of(industry, short, catalogue) == GRADES[place + 1]


@pytest.mark.parametrize("industry", ["5310", "6610", "7040", "8310", "8411", "9221"])
def test_a_trade_without_a_row_has_no_size(industry: str, catalogue: Catalogue) -> None:
    assert grade_of(industry, (50, 1000, 1000), catalogue) == ""

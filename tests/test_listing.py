"""Listing tests of the boards: each set of figures is met at its thresholds, and not met just below one.

Sets are those of 科创板 2.1.2, of the rules of 主板 and 创业板 of April 2024, of 北交所 and of the NEEQ.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import pytest

from matcher.catalogue import Catalogue
from matcher.finding import Matcher
from matcher.logic import Verdict
from matcher.path import Rung, Standing, growth_path
from tests.standards import LISTING, NEW, Company, changed, profile_of
from tests.test_standards import verdict_of

YEARS = ("2025", "2024", "2023")


@dataclass(frozen=True)
class Test:
    """One set: figures at their thresholds by year, 2025 first, and the market value; in 万元."""

    __test__ = False
    board: str
    figures: dict[str, tuple[int, ...]]
    value: int | None = None
    others: tuple[tuple[str, str], ...] = ()

    def company(self, spoiled: tuple[str, int] | None = None, less: int = 0) -> Company:
        """Give the figures, one of them changed by so much."""
        years: dict[str, Company] = {year: {} for year in YEARS}
        for name, amounts in self.figures.items():
            for place, amount in enumerate(amounts):
                down = less if spoiled == (name, place) else 0
                years[YEARS[place]][name] = f"{amount - down} 万元"
        value = (
            None if self.value is None else self.value - (less if spoiled == ("预计市值", 0) else 0)
        )
        said = {} if value is None else {"预计市值": f"{value} 万元"}
        return {"年度": years} | said | dict(self.others)


PROFIT, REVENUE, RND, CASH = "孰低净利润", "营业收入", "研发费用", "经营活动现金流净额"
TESTS = {
    # 科创板 2.1.2: (1) in two forms, (2), (3), (4).
    "star-1a": Test("科创板", {PROFIT: (1, 4999)}, 100_000),
    "star-1b": Test("科创板", {PROFIT: (1,), REVENUE: (10_000,)}, 100_000),
    "star-2": Test("科创板", {REVENUE: (20_000, 10_000, 10_000), RND: (6000, 0, 0)}, 150_000),
    "star-3": Test("科创板", {REVENUE: (30_000,), CASH: (10_000, 0, 0)}, 200_000),
    "star-4": Test("科创板", {REVENUE: (30_000,)}, 300_000),
    "chinext-1": Test("创业板", {PROFIT: (6000, 4000)}),
    "chinext-2": Test("创业板", {PROFIT: (1,), REVENUE: (40_000,)}, 150_000),
    "chinext-3": Test("创业板", {REVENUE: (30_000,)}, 500_000),
    "main-1-cash": Test("主板", {PROFIT: (10_000, 5000, 5000), CASH: (20_000, 0, 0)}),
    "main-1-revenue": Test(
        "主板", {PROFIT: (10_000, 5000, 5000), REVENUE: (50_000, 50_000, 50_000)}
    ),
    "main-2": Test("主板", {PROFIT: (1,), REVENUE: (60_000,), CASH: (25_000, 0, 0)}, 500_000),
    "main-3": Test("主板", {PROFIT: (1,), REVENUE: (100_000,)}, 1_000_000),
    "beijing-1-two-years": Test("北交所", {PROFIT: (1500, 1500)}, 20_000),
    "beijing-1-one-year": Test("北交所", {PROFIT: (2500,)}, 20_000),
    "beijing-2": Test("北交所", {REVENUE: (11_310, 8700), CASH: (1,)}, 40_000),
    "beijing-3": Test("北交所", {REVENUE: (20_000, 10_000), RND: (2400, 0)}, 80_000),
    "beijing-4": Test("北交所", {RND: (5000, 0)}, 150_000),
    "tier-1": Test("创新层", {PROFIT: (1000, 1000)}),
    "tier-2": Test("创新层", {REVENUE: (10_000, 6000, 5917)}),
    "tier-3": Test("创新层", {RND: (2500, 0), "股权融资额": (4000, 0)}, 30_000),
    "tier-4": Test("创新层", {}, 30_000, (("实收资本", "5000 万元"),)),
    "neeq-1-total": Test("基础层", {PROFIT: (1, 799)}),
    "neeq-1-last": Test("基础层", {PROFIT: (600,)}),
    "neeq-2-growth": Test("基础层", {REVENUE: (3300, 2750)}),
    "neeq-2-cash": Test("基础层", {REVENUE: (5000, 5000), CASH: (1,)}),
    "neeq-3": Test("基础层", {REVENUE: (3000,), RND: (150,)}),
    "neeq-4": Test("基础层", {RND: (1000, 0), "股权融资额": (2000, 0)}),
}
# Where 万元 less does no harm: a smaller base means more growth, so the sum has to be missed; a larger
# one lowers the rate of R&D or of growth.
SLACK = {
    ("neeq-2-growth", REVENUE, 1): 51,
    ("beijing-2", REVENUE, 1): 11,
    ("star-2", REVENUE, 1): -1,
    ("star-2", REVENUE, 2): -1,
    ("beijing-3", REVENUE, 1): -1,
    ("tier-2", REVENUE, 2): -1,
}


@pytest.mark.parametrize("name", TESTS)
def test_a_set_is_met_at_its_thresholds(name: str, catalogue: Catalogue) -> None:
    test = TESTS[name]

    assert verdict_of(test.board, LISTING, test.company(), catalogue) is Verdict.MET


def spoilable() -> list[tuple[str, tuple[str, int]]]:
    """List every figure of every set that stands at a threshold."""
    found = []
    for name, test in TESTS.items():
        found += [
            (name, (figure, place))
            for figure, amounts in test.figures.items()
            for place, amount in enumerate(amounts)
            if amount != 0
        ]
        found += [(name, ("预计市值", 0))] if test.value is not None else []
    return found


@pytest.mark.parametrize(("name", "spoiled"), spoilable())
def test_one_figure_just_short_misses_it(
    name: str, spoiled: tuple[str, int], catalogue: Catalogue
) -> None:
    test = TESTS[name]
    less = SLACK.get((name, *spoiled), 1)

    assert verdict_of(test.board, LISTING, test.company(spoiled, less), catalogue) is Verdict.UNMET


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("beijing-1-one-year", {"新三板层级": "基础层"}),
        ("beijing-1-one-year", {"连续挂牌月数": "11 个月"}),
        ("beijing-1-one-year", {"股东人数": "199 人"}),
        ("beijing-1-one-year", {"实收资本": "2999 万元"}),
        ("beijing-1-one-year", {"年度": {"2025": {"净资产": "4999 万元"}}}),
        ("beijing-1-one-year", {"年度": {"2025": {"加权平均净资产收益率": "7%"}}}),
        ("beijing-1-two-years", {"年度": {"2024": {"加权平均净资产收益率": "7%"}}}),
        ("chinext-1", {"认定": {"创业板定位": "否"}}),
        ("star-4", {"认定": {"科创属性": "否"}}),
        ("neeq-3", {"成立日期": "2024-04-02"}),
        ("neeq-3", {"实收资本": "499 万元"}),
        ("neeq-3", {"实收资本": "5001 万元"}),
        ("tier-1", {"实收资本": "1999 万元"}),
        ("tier-1", {"认定": {"创新层净资产收益率": "否"}}),
        ("tier-4", {"实收资本": "4999 万元"}),
    ],
)
def test_a_set_is_not_all_that_a_board_asks(
    name: str, change: Company, catalogue: Catalogue
) -> None:
    test = TESTS[name]
    company = changed(test.company(), change)

    assert verdict_of(test.board, LISTING, company, catalogue) is Verdict.UNMET


def test_the_fifth_set_is_for_the_exchange_to_judge(catalogue: Catalogue) -> None:
    def verdict(value: str, judged: str | None) -> Verdict:
        change = {"预计市值": value, "认定": {"科创板第五套标准": judged}}
        return verdict_of("科创板", LISTING, change, catalogue)

    assert verdict("400000 万元", "是") is Verdict.MET
    assert verdict("399999 万元", "是") is Verdict.UNMET
    assert verdict("400000 万元", None) is Verdict.OPEN


def rungs_of(change: Company, matcher: Matcher) -> dict[str, Rung]:
    profile = profile_of(changed(LISTING, change), matcher.catalogue, NEW)
    return {
        rung.standard.title: rung
        for rung in growth_path(matcher, profile, NEW).rungs
        if rung.ladder == "上市"
    }


def test_listings_are_a_ladder_of_their_own(matcher: Matcher) -> None:
    rungs = rungs_of({}, matcher)

    assert list(rungs) == ["基础层", "创新层", "北交所", "创业板", "科创板", "主板"]
    # A company in the tier above is past the tier below.
    assert rungs["基础层"].standing is rungs["创新层"].standing is Standing.HELD
    assert rungs["主板"].standing is Standing.SHORT
    assert rungs["主板"].valid_to is None


@pytest.mark.parametrize(("stage", "standing"), [("过会", Standing.READY), ("上市", Standing.HELD)])
def test_listed_is_who_has_come_to_the_last_stage(
    stage: str, standing: Standing, matcher: Matcher
) -> None:
    change = TESTS["main-3"].company() | {"上市阶段": {"主板": stage}}

    assert rungs_of(change, matcher)["主板"].standing is standing


@pytest.mark.parametrize(
    ("tier", "standings"),
    [
        ("未挂牌", (Standing.READY, Standing.SHORT)),
        ("基础层", (Standing.HELD, Standing.READY)),
        (None, (Standing.READY, Standing.OPEN)),
    ],
)
def test_tiers_are_climbed_one_by_one(
    tier: str | None, standings: tuple[Standing, Standing], matcher: Matcher
) -> None:
    company = {"新三板层级": tier} | changed(
        TESTS["tier-2"].company(), {"年度": {"2025": {CASH: "1 万元"}}}
    )
    rungs = rungs_of(company, matcher)

    assert (rungs["基础层"].standing, rungs["创新层"].standing) == standings


def test_every_board_and_tier_with_a_ladder_has_a_standard(catalogue: Catalogue) -> None:
    attributes = [
        catalogue.vocabulary.attributes[name] for name in ("上市阶段", "新三板层级", "规上状态")
    ]
    laddered = {
        (attribute.label, member.label)
        for attribute in attributes
        for member in attribute.members
        if member.family
    }

    assert laddered == {
        (item.attribute, item.title)
        for item, attribute in product(catalogue.standards, attributes)
        if item.attribute == attribute.label
    }

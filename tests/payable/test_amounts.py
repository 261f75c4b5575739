"""What each form of an amount comes to: known, unknown, at the edges of its bands and limits."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.language.profiles import read_company
from matcher.payable.bounds import Bounds
from matcher.payable.ledger import PAYMENTS, Ledger, Payment
from matcher.profile import Fact, FactKey, Profile
from matcher.tree import Order
from tests.conftest import AS_OF
from tests.payable.amounts import VOCABULARY, WAN, amount_of, worth

SUBSIDY = "研发费用 × 15%, 不低于 10 万元, 不超过 100 万元"
BANDS = """\
  阶梯: 上年度 营业收入
  档:
    - [≥ 5 亿元, 50 万元]
    - [≥ 1 亿元, 30 万元]
"""
SLICES = """\
  累进: 租赁面积
  档:
    - [1000 平方米, 45 元/平方米]
    - [5000 平方米, 25 元/平方米]
"""


@pytest.mark.parametrize(
    ("spent", "due"),
    # 15% of 60 万元 is 9, of 500 万元 75, of 800 万元 120: the floor and the cap take the first and last.
    [("60 万元", 10), ("500 万元", 75), ("800 万元", 100), ("0 元", 10)],
)
def test_a_share_between_its_floor_and_its_cap(spent: str, due: int) -> None:
    assert worth(SUBSIDY, f"上年度: {{研发费用: {spent}}}").bounds == Bounds.exactly(due * WAN)


def test_an_unknown_base_leaves_what_the_limits_leave() -> None:
    found = worth(SUBSIDY, "注册地: 合肥市")
    assert found.bounds == Bounds(10 * WAN, 100 * WAN)
    assert found.missing == (FactKey("研发费用", None, AS_OF.year - 1),)


def test_the_lines_show_the_calculation_in_both_languages() -> None:
    spent = "上年度: {研发费用: 500 万元}"
    assert worth(SUBSIDY, spent).lines == (
        "上年度 研发费用 500 万元 × 15% = 75 万元",
        "不低于 10 万元:75 万元",
        "不超过 100 万元:75 万元",
    )
    assert worth(SUBSIDY, spent, language="en").lines[0] == (
        "R&D expense, last year 5,000,000 yuan × 15% = 750,000 yuan"
    )


@pytest.mark.parametrize(
    ("revenue", "due"),
    [("5 亿元", 50), ("49999.99 万元", 30), ("1 亿元", 30)],
)
def test_a_band_takes_the_whole(revenue: str, due: int) -> None:
    found = worth(BANDS, f"上年度: {{营业收入: {revenue}}}")
    assert found.applies and found.bounds == Bounds.exactly(due * WAN)


def test_below_all_bands_there_is_no_amount_which_is_not_zero() -> None:
    found = worth(BANDS, "上年度: {营业收入: 9999 万元}")
    assert not found.applies
    assert found.lines == ("上年度 营业收入 9999 万元:不在所写的各档之内",)


def test_an_unknown_value_may_fall_into_any_band() -> None:
    found = worth(BANDS, "注册地: 合肥市")
    assert found.bounds == Bounds(0, 50 * WAN)
    assert found.missing == (FactKey("营业收入", None, AS_OF.year - 1),)


@pytest.mark.parametrize(
    ("area", "yuan"),
    # 1,000 m² at 45, the next 500 at 25; nothing lies above the first slice at 1,000.
    [("0", 0), ("1000", 45_000), ("1500", 45_000 + 12_500), ("5000", 45_000 + 100_000)],
)
def test_slices_each_have_their_own_rate(area: str, yuan: int) -> None:
    assert worth(SLICES, f"租赁面积: {area}").bounds == Bounds.exactly(yuan * 100)


def test_beyond_the_last_slice_the_text_is_silent() -> None:
    found = worth(SLICES, "租赁面积: 6000")
    assert found.bounds == Bounds(145_000 * 100, None)
    assert found.pending == ("超出最后一段的部分另行规定",)


def test_whole_steps_only() -> None:
    steps = "营业收入 同比增加 每满 1000 万元 × 1 万元"
    grown = "营业收入: {{2024: {now}, 2023: 2 亿元}}"
    # 3.1599 亿 is 1.1599 亿 more: eleven whole steps.
    assert worth(steps, grown.format(now="3.1599 亿元")).bounds == Bounds.exactly(11 * WAN)
    assert worth(steps, grown.format(now="1 亿元")).bounds == Bounds.exactly(0)


def test_a_table_has_no_amount_where_it_has_no_cell() -> None:
    table = """\
  表:
    - 流片产线
    - 制程: {先进: 流片制程 ≤ 14 纳米, 成熟: 流片制程 > 14 纳米}
  格:
    境内产线: {先进: 30%, 成熟: 20%}
    境外产线: {先进: 15%}
  基数: 研发费用
"""
    spent = "上年度: {研发费用: 2000 万元}\n"
    known = spent + "流片产线: 境外产线\n流片制程: 14 纳米"
    assert worth(table, known).bounds == Bounds.exactly(300 * WAN)
    mature = worth(table, spent + "流片产线: 境外产线\n流片制程: 28 纳米")
    assert not mature.applies
    open_ = worth(table, spent + "流片产线: 境内产线")
    # Twenty or thirty percent: the process decides.
    assert open_.bounds == Bounds(0, 600 * WAN)
    assert open_.missing == (FactKey("流片制程"),)


def test_what_a_department_decides_is_no_missing_fact() -> None:
    found = worth("研发费用 × 待认定 补助比例, 不超过 100 万元", "上年度: {研发费用: 500 万元}")
    assert found.bounds == Bounds(0, 100 * WAN)
    assert (found.missing, found.pending) == ((), ("补助比例待认定",))


def test_a_limit_over_time_counts_what_was_paid() -> None:
    limited = "  金额: 研发费用 × 15%\n  年度上限: 100 万元\n"
    spent = "上年度: {研发费用: 500 万元}"
    paid = Ledger((Payment("demo/1.1", 40 * WAN, date(AS_OF.year, 3, 1)),))
    earlier = Ledger((Payment("demo/1.1", 40 * WAN, date(AS_OF.year - 1, 3, 1)),))
    assert worth(limited, spent, paid).bounds == Bounds.exactly(60 * WAN)
    assert worth(limited, spent, earlier).bounds == Bounds.exactly(75 * WAN)
    unknown = worth(limited, spent)
    assert unknown.bounds == Bounds(0, 75 * WAN)
    assert unknown.missing == (PAYMENTS,)


def test_records_are_summed_and_each_has_its_line() -> None:
    works = """\
  逐项: 作品
  条件: 制作身份 为 第一制作方
  每项: 境外成交额 × 10%, 不超过 50 万元
"""
    sold = (
        "作品: [{制作身份: 第一制作方, 境外成交额: 600 万元},"
        " {制作身份: 第一制作方, 境外成交额: 400 万元}, {制作身份: 联合制作方, 境外成交额: 9 亿元}]"
    )
    found = worth(works, sold)
    assert found.bounds == Bounds.exactly(90 * WAN)
    assert [part for _, part in found.parts] == [Bounds.exactly(50 * WAN), Bounds.exactly(40 * WAN)]
    assert found.lines[-1] == "50 万元 + 40 万元 = 90 万元"


def test_a_year_that_is_not_one_of_those_named_has_no_amount() -> None:
    years = "  逐年: [20%, 15%, 10%]\n  自: 成立日期\n  基数: 研发费用\n"
    founded = "成立日期: {day}\n上年度: {{研发费用: 100 万元}}"
    assert worth(years, founded.format(day="2025-03-01")).bounds == Bounds.exactly(20 * WAN)
    assert worth(years, founded.format(day="2023-03-01")).bounds == Bounds.exactly(10 * WAN)
    assert not worth(years, founded.format(day="2022-12-31")).applies


# --- intervals -----------------------------------------------------------------------------------

FIGURES = ("营业收入", "研发费用", "从业人员")
AMOUNTS = [
    amount_of(text)
    for text in (
        SUBSIDY,
        BANDS,
        "(营业收入 - 研发费用) × 3%, 不超过 研发费用 × 50%",
        "从业人员 × 2000 元/人 + 研发费用 × 5%",
        "营业收入 每满 1000 万元 × 1 万元, 不低于 1 万元",
        "  取最小: [营业收入 × 1%, 研发费用 × 10%, 80 万元]\n",
        "  取最大: [营业收入 × 1%, 研发费用 × 10%]\n",
        "  累进: 从业人员\n  档:\n    - [10 人, 1 万元/人]\n    - [其余, 2 万元/人]\n",
        "  情形:\n    - {当: 从业人员 ≥ 50 人, 则: 研发费用 × 10%}\n    - {其余: 3 万元}\n",
        "  阶梯: 研发费用 ÷ 营业收入\n  档:\n    - [≥ 5%, 20%]\n    - [其余, 10%]\n  基数: 研发费用\n",
    )
]
known = st.fixed_dictionaries(
    {name: st.none() | st.integers(0, 10**11 if name != "从业人员" else 300) for name in FIGURES}
)
answers = st.fixed_dictionaries(
    {name: st.integers(0, 10**11 if name != "从业人员" else 300) for name in FIGURES}
)


def _profile(figures: dict[str, int | None]) -> Profile:
    facts = {
        FactKey(name, None, AS_OF.year - 1): Fact(value)
        for name, value in figures.items()
        if value is not None
    }
    return Profile(facts, AS_OF)


@given(st.sampled_from(AMOUNTS), known, answers)
def test_what_is_learned_stays_within_what_was_said(
    amount: object, some: dict[str, int | None], rest: dict[str, int]
) -> None:
    """The interval of a half known company holds every sum that the whole truth can give."""
    before = worth(amount, _profile(some))  # type: ignore[arg-type]
    whole = {name: rest[name] if value is None else value for name, value in some.items()}
    after = worth(amount, _profile({**whole}))  # type: ignore[arg-type]
    if before.bounds.exact and not before.missing and before.applies and not before.pending:
        assert after.bounds == before.bounds
    if after.applies and after.bounds.exact:
        value = Fraction(after.bounds.low or 0)
        assert before.bounds.low is None or before.bounds.low <= value
        assert before.bounds.high is None or value <= before.bounds.high


numbers = st.none() | st.integers(-50, 50)


@given(numbers, numbers, numbers, numbers, st.integers(-60, 60), st.integers(-60, 60))
def test_intervals_hold_what_their_numbers_give(
    a: int | None, b: int | None, c: int | None, d: int | None, x: int, y: int
) -> None:
    one, two = _interval(a, b), _interval(c, d)
    x, y = _inside(x, one), _inside(y, two)
    for made, value in (
        (one.plus(two), x + y),
        (one.minus(two), x - y),
        (one.times(two), x * y),
        (one.at_most(two), min(x, y)),
        (one.at_least(two), max(x, y)),
    ):
        assert made.low is None or made.low <= value
        assert made.high is None or value <= made.high
    for order in Order:
        if order is not Order.EQUAL:
            assert one.holds(order, y) in (None, order.holds(x, y))


def _interval(low: int | None, high: int | None) -> Bounds:
    ends = sorted(end for end in (low, high) if end is not None)
    return Bounds(*ends) if len(ends) == 2 else Bounds(low, high)


def _inside(value: int, bounds: Bounds) -> int:
    low = value if bounds.low is None else max(value, int(bounds.low))
    return low if bounds.high is None else min(low, int(bounds.high))


def test_a_company_file_says_what_was_paid() -> None:
    text = "注册地: 合肥市\n已领: [{措施: demo/1.1, 金额: 20 万元, 日期: 2024-05-01}]"
    read = read_company(text, "企业.yaml", VOCABULARY, AS_OF)
    assert read.ledger == Ledger((Payment("demo/1.1", 20 * WAN, date(2024, 5, 1)),))
    assert read_company("注册地: 合肥市", "企业.yaml", VOCABULARY, AS_OF).ledger is None
    assert read_company("已领: []", "企业.yaml", VOCABULARY, AS_OF).ledger == Ledger()

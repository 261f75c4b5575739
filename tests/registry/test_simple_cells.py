"""Days, ticks, options, ranks, names and credit codes as registries write them."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import uscc

from matcher.layout import BRANCH, CODE, NAME
from matcher.profile import (
    NOT_APPLICABLE,
    FactKey,
    Rank,
)
from matcher.registry.codes import ALPHABET, BAD_DIGIT, checks
from tests.registry.tables import CODES, Desk, reasons

# --- days -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "2018-03-05",
        "2018-3-5",
        "2018/3/5",
        "2018/03/05",
        "2018年3月5日",
        "20180305",
        "2018.3.5",
        "2018-03-05 00:00:00",
        "2018-03-05T00:00:00",
        "2018/3/5 0:00",
        "2018-03-05 14:23:11.5",
        "２０１８-０３-０５",
        " 2018-03-05 ",
        date(2018, 3, 5),
        datetime(2018, 3, 5),
        20180305,
    ],
)
def test_a_day_in_all_its_spellings(desk: Desk, text: object) -> None:
    cleaned = desk.column("注册日期", [text])

    assert cleaned.faults.is_empty()
    assert cleaned.facts["established_on"].to_list() == [date(2018, 3, 5)]


@pytest.mark.parametrize(
    "text", ["2018-02-30", "2018-13-01", "0018-03-05", "2018年", "43164", "昨天", date(1066, 1, 1)]
)
def test_what_is_no_day_is_refused(desk: Desk, text: object) -> None:
    assert set(reasons(desk.column("注册日期", [text]))) == {1}


def test_a_company_is_not_founded_after_the_filing_date(desk: Desk) -> None:
    mapping = "填报日期: 2025-06-30\n列:\n  - {列: 成立日期, 指标: 成立日期}"

    cleaned = desk.column("成立日期", ["2025-06-30", "2025-07-01"], mapping)

    assert reasons(cleaned) == {2: "成立日期晚于 2025-06-30"}


def test_not_applicable_is_known(desk: Desk) -> None:
    cleaned, cleaner = desk.clean({"迁入日期": ["不适用"], "细分市场占有率": ["不适用"]})

    [profile] = desk.profiles(cleaned, cleaner)
    assert profile.value(FactKey("迁入日期")) is NOT_APPLICABLE
    assert profile.value(FactKey("细分市场占有率")) is NOT_APPLICABLE


# --- yes or no, options, ranks, names -------------------------------------------------------------


@pytest.mark.parametrize("text", ["是", "有", "Y", "y", "1", "true", "TRUE", "√", True, 1, 1.0])
def test_yes(desk: Desk, text: object) -> None:
    assert desk.column("是否民营企业", [text]).facts["private_enterprise"].to_list() == [True]


@pytest.mark.parametrize("text", ["否", "没有", "无", "N", "n", "0", "false", "×", False, 0])
def test_no(desk: Desk, text: object) -> None:
    assert desk.column("是否民营企业", [text]).facts["private_enterprise"].to_list() == [False]


def test_neither_yes_nor_no_is_refused(desk: Desk) -> None:
    assert reasons(desk.column("是否民营企业", ["也许"])) == {1: "不是“是”或“否”"}


@pytest.mark.parametrize(
    ("text", "option"),
    [
        ("有限责任公司(自然人投资或控股)", "有限责任公司"),
        ("有限责任公司（自然人独资）", "有限责任公司"),
        ("有限责任公司 外商投资企业", "有限责任公司"),
        ("股份有限公司(上市、自然人投资或控股)", "股份有限公司"),
        ("其他有限责任公司", "有限责任公司"),
        ("有限责任公司分公司(自然人独资)", "分支机构"),
        ("分公司", "分支机构"),
        ("集体所有制", "集体所有制企业"),
        ("普通合伙", "合伙企业"),
        ("农民专业合作社", "农民专业合作社"),
    ],
)
def test_licence_wordings_are_options(desk: Desk, text: str, option: str) -> None:
    cleaned, cleaner = desk.clean({"企业类型": [text]})

    assert desk.profiles(cleaned, cleaner)[0].value(FactKey("企业类型")) == option


def test_an_unheard_of_licence_wording_is_unknown(desk: Desk) -> None:
    cleaned = desk.column("企业类型", ["港、澳、台", "集体经营单位(非法人)"])

    assert cleaned.facts["legal_form"].to_list() == [None, None]
    assert cleaned.warnings == {"企业类型:写法不在选项里,按未知处理": 2}
    assert cleaned.faults.is_empty()


def test_another_option_is_refused_with_the_nearest(desk: Desk) -> None:
    cleaned = desk.column("纳税信用等级", ["A级", "a", "E级"])

    assert cleaned.facts["tax_credit_grade_2024"].to_list() == [0, 0, None]
    assert reasons(cleaned) == {3: "没有这个选项"}


def test_a_rank_has_a_total_where_it_is_given(desk: Desk) -> None:
    cleaned, cleaner = desk.clean({"亩均效益": ["3/120", "7", "0/3"]})

    key = FactKey("亩均效益", None, 2024)
    ranks = [profile.value(key) for profile in desk.profiles(cleaned, cleaner)]
    assert ranks == [Rank(3, 120), Rank(7), None]
    assert set(reasons(cleaned)) == {3}


def test_unreadable_cells_are_unknown_where_the_mapping_says_so(desk: Desk) -> None:
    mapping = "列:\n  - {列: 注册资金, 指标: 注册资本, 读不懂时: 未知}"

    cleaned = desk.column("注册资金", ["很多", "5"], mapping)

    assert cleaned.facts["registered_capital"].to_list() == [None, 5_000_000]
    assert cleaned.warnings == {"注册资本:读不懂的值按未知处理": 1}


@pytest.mark.parametrize(
    ("name", "branch"),
    [
        ("合肥某某科技有限公司", False),
        ("合肥某某科技有限公司蜀山分公司", True),
        ("某某大药房一分店", True),
        ("某银行合肥政务区支行", True),
        ("某保险营业部", True),
        ("某公司合肥办事处", True),
        ("某公司蜀山分公司（筹）", True),
        (None, None),
    ],
)
def test_branches_are_flagged_by_name(desk: Desk, name: str | None, branch: bool | None) -> None:
    cells = pl.Series([name], dtype=pl.String)

    assert desk.column("企业名称", cells).facts[BRANCH].to_list() == [branch]


def test_branches_are_flagged_by_legal_form(desk: Desk) -> None:
    cleaned, _ = desk.clean({"企业名称": ["甲", "乙"], "企业类型": ["分公司", ""]})

    assert cleaned.facts[BRANCH].to_list() == [True, False]


def test_names_stay_as_given(desk: Desk) -> None:
    cleaned = desk.column("单位名称", [" 合肥（某某）公司 ", "a\u200bb"])

    assert cleaned.facts[NAME].to_list() == ["合肥（某某）公司", None]
    assert reasons(cleaned) == {2: "有看不见的字符"}


# --- credit codes ---------------------------------------------------------------------------------


def test_codes_are_folded(desk: Desk) -> None:
    wide = "９１３４０１００ＭＡ２ＲＵ９Ｅ５６" + CODES[0][-1]

    cleaned = desk.column("统一社会信用代码", [f" {CODES[0].lower()} ", wide, f"'{CODES[1]}"])

    assert cleaned.facts[CODE].to_list() == [CODES[0], CODES[0], CODES[1]]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (None, "没有统一社会信用代码"),
        ("-", "没有统一社会信用代码"),
        ("9.134E+17", "代码被存成了数,后几位已丢失"),
        ("340100000012345", "这是 15 位的注册号,不是统一社会信用代码"),
        ("91340100MA2RU9E5", "不是统一社会信用代码"),
        ("91340100MA2RU9E56I", "不是统一社会信用代码"),
        ("A1340100MA2RU9E56X", "不是统一社会信用代码"),
    ],
)
def test_a_code_of_a_wrong_shape_is_refused(desk: Desk, code: str | None, reason: str) -> None:
    cleaned = desk.column("统一社会信用代码", pl.Series([code], dtype=pl.String))

    assert reasons(cleaned) == {1: reason}


def test_codes_kept_as_numbers_are_refused_with_the_repair(desk: Desk) -> None:
    cleaned = desk.column("统一社会信用代码", pl.Series([9.1340100149345e17]))

    assert cleaned.faults["repair"].to_list() == ["把这一列存为文本,重新导出"]


def test_a_wrong_check_digit_is_only_a_warning(desk: Desk) -> None:
    wrong = CODES[0][:-1] + ("0" if CODES[0][-1] != "0" else "1")
    cleaned = desk.column("统一社会信用代码", [wrong])

    assert cleaned.faults.is_empty()
    assert cleaned.warnings == {f"统一社会信用代码:{BAD_DIGIT}": 1}


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.text("0123456789", min_size=8, max_size=8),
            st.text(ALPHABET, min_size=10, max_size=10),
        ).map("".join),
        min_size=1,
        max_size=40,
    )
)
def test_the_check_digit_is_that_of_stdnum(codes: list[str]) -> None:
    codes += [code[:-1] + uscc.calc_check_digit(code[:-1]) for code in codes]

    assert checks(pl.Series(codes)).to_list() == [uscc.is_valid(code) for code in codes]

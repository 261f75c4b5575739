"""Cells as registries have them, and the facts that come of them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import uscc

from matcher.catalogue import Catalogue
from matcher.holdings import Holdings
from matcher.layout import BRANCH, CODE, FIRST_DAY, MAX_NUMBER, NAME, ROW
from matcher.profile import (
    NOT_APPLICABLE,
    Activity,
    Assurance,
    FactKey,
    Rank,
    Spell,
    Stage,
    Tenure,
)
from matcher.registry.amounts import NO_RATE, NOT_ZERO, NumberReader
from matcher.registry.cells import Batch
from matcher.registry.cleaning import UNTRUSTED
from matcher.registry.codes import ALPHABET, BAD_DIGIT, checks
from matcher.registry.columns import MappedColumn
from matcher.registry.places import COARSE, Places
from matcher.registry.sources import Chunk, open_source
from matcher.registry.synonyms import RegistryWords
from matcher.tree import State
from tests.registry.tables import CODES, Desk, reasons

AS_OF_ABSENT = date(2025, 9, 1)


# --- the shape of a cleaned chunk ----------------------------------------------------------------


def test_every_row_comes_back_in_the_types_of_the_layout(desk: Desk) -> None:
    """Bad rows too; a bad cell is NULL and the fault names column, value, reason and repair."""
    cleaned, cleaner = desk.clean(
        {"企业名称": ["甲公司", "乙公司"], "注册资金": ["12万元", "一点"]}
    )

    columns = cleaner.layout.columns(desk.vocabulary)
    assert cleaned.facts.columns == list(columns)
    assert cleaned.facts.columns[:4] == [ROW, CODE, NAME, BRANCH]
    assert cleaned.facts["registered_capital"].to_list() == [12_000_000, None]
    assert cleaned.faults.to_dicts() == [
        {
            "row_number": 2,
            "column": "注册资金",
            "value": "一点",
            "reason": "不是一个数",
            "repair": "写成 1200 或 1,200.5 这样的数",
        }
    ]


def test_rows_are_numbered_from_the_chunk(desk: Desk) -> None:
    cleaner, frame = desk.cleaner({"成立日期": ["2018-01-01", "x"]})

    cleaned = cleaner.clean(Chunk(101, frame))

    assert cleaned.facts[ROW].to_list() == [101, 102]
    assert reasons(cleaned) == {102: "不是日期"}


def test_an_empty_chunk_is_cleaned(desk: Desk) -> None:
    cleaner, frame = desk.cleaner(
        {
            "企业名称": ["甲"],
            "注册资金": ["1"],
            "注册地": ["合肥"],
            "成立日期": ["2018-01-01"],
            "企业资质": ["无"],
        }
    )

    assert cleaner.clean(Chunk(1, frame.clear())).facts.height == 0


# --- amounts -------------------------------------------------------------------------------------

MONEY = [
    ("2,600(万元)", 2_600_000_000),
    ("100万元人民币", 100_000_000),
    ("500万人民币", 500_000_000),
    ("50(万人民币元)", 50_000_000),
    ("人民币500万元", 500_000_000),
    ("¥500万元", 500_000_000),
    ("12(万)", 12_000_000),
    ("48,231.7700(万元)", 48_231_770_000),
    ("6.5(万元)", 6_500_000),
    ("１２００（万元）", 1_200_000_000),
    ("1.5亿元", 15_000_000_000),
    ("2亿", 20_000_000_000),
    ("300元", 30_000),
    ("500万元整", 500_000_000),
    ("1,234.56", 1_234_560_000),
    (" 88 ", 88_000_000),
    ("0", 0),
    ("-35.2", -35_200_000),
    ("0.000001", 1),
    ("100.0000000000", 100_000_000),
    ("9000000000000元", 900_000_000_000_000),
]


@pytest.mark.parametrize(("text", "fen"), MONEY)
def test_money_is_exact_in_fen(desk: Desk, text: str, fen: int) -> None:
    cleaned = desk.column("注册资金", [text])

    assert cleaned.faults.is_empty()
    assert cleaned.facts["registered_capital"].to_list() == [fen]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("0.0000001", "小于一分钱的部分无法表示"),
        ("(1,200)", "看不出括号里的是不是负数"),
        ("1,0000000(万)", "逗号的位置不对"),
        ("人民币500", "没有写单位"),
        ("500人", "读不懂数字旁的“人”"),
        ("500-1000万", "不是一个数"),
        ("五百万元", "不是一个数"),
        ("99999999999999亿元", "数太大"),
        ("1234567890123456789", "数字太长"),
        ("1e5", "不是一个数"),
        ("inf", "不是一个数"),
        ("١٢", "不是一个数"),
    ],
)
def test_an_amount_that_cannot_be_exact_is_refused(desk: Desk, text: str, reason: str) -> None:
    cleaned = desk.column("注册资金", [text])

    assert reasons(cleaned) == {1: reason}
    assert cleaned.facts["registered_capital"].to_list() == [None]


@pytest.mark.parametrize("text", ["727.1876(万美元)", "100万港元", "1,000(万日元)", "美元200万"])
def test_foreign_money_is_unknown_without_a_rate(desk: Desk, text: str) -> None:
    cleaned = desk.column("注册资金", [text, "5万元"])

    assert cleaned.facts["registered_capital"].to_list() == [None, 5_000_000]
    assert cleaned.faults.is_empty()
    assert cleaned.warnings == {f"注册资本:{NO_RATE}": 1}


def test_a_rate_turns_foreign_money_into_fen(desk: Desk) -> None:
    mapping = "列:\n  - {列: 注册资金, 指标: 注册资本, 汇率: {美元: 7.1, 日元: 0.048}}"

    cleaned = desk.column("注册资金", ["727.1876(万美元)", "1,000(万日元)", "3美元"], mapping)

    assert cleaned.facts["registered_capital"].to_list() == [5_163_031_960, 48_000_000, 2_130]


def test_a_column_may_be_in_foreign_money(desk: Desk) -> None:
    cleaned = desk.column(
        "注册资金(万美元)",
        ["10", "100万元"],
        "列:\n  - {列: 注册资金(万美元), 指标: 注册资本, 汇率: {美元: 7}}",
    )
    unknown = desk.column("注册资金(万美元)", ["10"])

    assert cleaned.facts["registered_capital"].to_list() == [70_000_000, 100_000_000]
    assert unknown.facts["registered_capital"].to_list() == [None]


def test_an_attribute_in_dollars_stays_in_dollars(desk: Desk) -> None:
    cleaned = desk.column("出口额", ["12.5", "3万美元", "2万元"])

    # Six decimals of one dollar, the smallest unit of the dimension.
    assert cleaned.facts["export_volume_2024"].to_list() == [125_000_000_000, 30_000_000_000, None]
    assert set(reasons(cleaned)) == {3}


@pytest.mark.parametrize(
    "blank", ["", " ", "-", "—", "/", "null", "NULL", "N/A", "无数据", "不清楚"]
)
def test_a_blank_is_unknown(desk: Desk, blank: str) -> None:
    """Whatever the kind of the column."""
    columns = [
        "注册资金",
        "成立日期",
        "企业类型",
        "注册地",
        "行业",
        "高新技术企业",
        "企业资质",
        "企业名称",
    ]

    cleaned, cleaner = desk.clean({name: [blank] for name in columns})

    assert cleaned.faults.is_empty()
    assert cleaned.warnings == {}
    [profile] = desk.profiles(cleaned, cleaner)
    assert {key.attribute for key in profile.facts} == {"统一社会信用代码", "主体类别"}


def test_nothing_is_not_zero(desk: Desk) -> None:
    cleaned = desk.column("从业人员", ["无", "0", "没有"])

    assert cleaned.facts["employees_2024"].to_list() == [None, 0, None]
    assert cleaned.warnings == {f"2024 年 从业人员:{NOT_ZERO}": 2}


def test_people_come_whole_and_not_below_zero(desk: Desk) -> None:
    cleaned = desk.column("从业人员", ["12", "1.5", "-3", "２０人", "1.2万", "120.0", "1,200"])

    assert cleaned.facts["employees_2024"].to_list() == [12, None, None, 20, 12_000, 120, 1_200]
    assert reasons(cleaned) == {2: "不是整数", 3: "小于零"}


def test_a_share_counts_in_its_unit(desk: Desk) -> None:
    cleaned, cleaner = desk.clean({"细分市场占有率": ["12.5", "30%", "5‰"]})

    values = [p.value(FactKey("细分市场占有率")) for p in desk.profiles(cleaned, cleaner)]
    assert values == [Fraction(1, 8), Fraction(3, 10), Fraction(1, 200)]


def test_native_numbers_keep_their_last_fen(desk: Desk) -> None:
    """The shortest decimal of a float is what was meant."""
    floats = pl.Series([0.07, 1234.56, 22567.79, 1e9, 9_999_999_999.99, None, float("nan"), -0.5])

    cleaned = desk.column("营业收入(元)", floats)

    fen = [7, 123_456, 2_256_779, 10**11, 999_999_999_999, None, None, -50]
    assert cleaned.facts["revenue_2024"].to_list() == fen
    assert cleaned.faults.is_empty()


def test_native_numbers_that_are_not_exact_are_refused(desk: Desk) -> None:
    floats = pl.Series([0.1 + 0.2, float("inf"), 1e300])

    cleaned = desk.column("营业收入(元)", floats)

    assert reasons(cleaned)[1] == "小于一分钱的部分无法表示"
    assert set(reasons(cleaned)) == {1, 2, 3}
    assert "保留到分" in cleaned.faults["repair"][0]


@pytest.mark.parametrize(
    "cells",
    [
        pl.Series([15], dtype=pl.Int8),
        pl.Series([15], dtype=pl.UInt64),
        pl.Series([15.0], dtype=pl.Float32),
        pl.Series([Decimal("15.00")], dtype=pl.Decimal(10, 2)),
        pl.Series(["15"]),
    ],
)
def test_all_types_of_numbers_mean_the_same(desk: Desk, cells: pl.Series) -> None:
    assert desk.column("营业收入", cells).facts["revenue_2024"].to_list() == [15_000_000]


def test_a_narrow_float_means_its_own_decimal(desk: Desk) -> None:
    cells = pl.Series([0.1], dtype=pl.Float32)

    assert desk.column("营业收入", cells).facts["revenue_2024"].to_list() == [100_000]


def test_numbers_beyond_64_bits_are_refused(desk: Desk) -> None:
    most = MAX_NUMBER // 100
    cleaned = desk.column("营业收入(元)", pl.Series([most, most + 1, -most - 1]))

    assert cleaned.facts["revenue_2024"].to_list() == [most * 100, None, None]
    assert reasons(cleaned) == {2: "数字太长", 3: "数字太长"}


@settings(max_examples=300, deadline=None)
@given(
    number=st.decimals(min_value=-(10**12), max_value=10**12, places=6),
    unit=st.sampled_from(["", "万元", "(万元)", "元", "亿元", "万人民币"]),
)
def test_whole_columns_read_what_one_cell_says(
    catalogue: Catalogue, words: RegistryWords, number: Decimal, unit: str
) -> None:
    """The quick way and the careful way agree, and so do floats where they can."""
    attribute = catalogue.vocabulary.attributes["营业收入"]
    column = MappedColumn(("c",), attribute, year=2024)
    reader = NumberReader(column, catalogue.vocabulary, words)
    text = f"{number:f}".rstrip("0").rstrip(".") + unit

    quick = reader._fast(pl.Series("c", [text]))[0]
    batch = Batch(pl.DataFrame({"c": [text]}), pl.Series([1]), words)
    careful = reader.read(batch)[""][0]

    one = Fraction(number) * {"元": 100, "亿元": 10**10}.get(unit, 10**6)
    exact = one.numerator if one.denominator == 1 and abs(one) <= MAX_NUMBER else None
    assert careful == exact
    assert quick in (None, exact)


@settings(max_examples=300, deadline=None)
@given(number=st.floats(allow_infinity=False))
def test_a_float_means_its_shortest_decimal(
    catalogue: Catalogue, words: RegistryWords, number: float
) -> None:
    attribute = catalogue.vocabulary.attributes["营业收入"]
    reader = NumberReader(MappedColumn(("c",), attribute, year=2024), catalogue.vocabulary, words)

    found = reader._fast(pl.Series("c", [number], dtype=pl.Float64))[0]

    assert found is None or found == Fraction(repr(number)) * 10**6


# --- days ----------------------------------------------------------------------------------------


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


# --- yes or no, options, ranks, names ------------------------------------------------------------


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


# --- credit codes --------------------------------------------------------------------------------


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


# --- places and trades ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("合肥", "340100"),
        ("合肥市", "340100"),
        ("安徽省合肥市蜀山区", "340104"),
        ("安徽合肥蜀山区", "340104"),
        ("合肥市高新区", "hefei-gaoxin"),
        ("340104", "340104"),
        ("安徽省合肥市蜀山区望江西路800号", "340104"),
        ("安徽省合肥市经开区桃花工业园", "hefei-jingkai"),
        ("长丰（双凤）经济开发区", "hefei-shuangfeng"),
    ],
)
def test_a_place_in_one_text(desk: Desk, text: str, place: str) -> None:
    cleaned, cleaner = desk.clean({"注册地": [text]})

    assert desk.profiles(cleaned, cleaner)[0].value(FactKey("注册地")) == (place,)
    assert cleaned.warnings == {}


@pytest.mark.parametrize(
    ("text", "place"),
    [("安徽省合肥市不存在区", "340100"), ("上海市奉贤区南桥镇", "310000"), ("吉林", "220000")],
)
def test_an_unknown_district_leaves_its_city(desk: Desk, text: str, place: str) -> None:
    cleaned, cleaner = desk.clean({"注册地": [text]})

    assert desk.profiles(cleaned, cleaner)[0].value(FactKey("注册地")) == (place,)
    assert cleaned.warnings == {f"注册地:{COARSE}": 1}


@pytest.mark.parametrize("text", ["南京路100号", "朝阳路", "火星", "北京路"])
def test_a_street_is_not_the_city_it_is_named_after(desk: Desk, text: str) -> None:
    assert reasons(desk.column("注册地", [text])) == {1: "没有这个地区"}


@pytest.mark.parametrize(
    ("parts", "place", "coarse"),
    [
        (("安徽", "合肥", "蜀山区"), "340104", False),
        (("安徽省", "合肥市", "合肥市蜀山区"), "340104", False),
        (("安徽", "合肥", None), "340100", False),
        (("安徽", "合肥", "-"), "340100", False),
        (("北京", "朝阳", None), "110000", True),
        (("江苏", "南京", "鼓楼区"), "320100", True),
        (("吉林", "吉林", None), "220200", False),
        (("吉林", None, None), "220000", False),
        (("安徽", "合肥", "蜀山区望江西路"), "340104", False),
        ((None, "合肥", None), "340100", False),
    ],
)
def test_a_place_in_several_columns(
    desk: Desk, parts: tuple[str | None, ...], place: str, coarse: bool
) -> None:
    names = ("所在省份", "地区", "区县")
    columns = {n: pl.Series([p], dtype=pl.String) for n, p in zip(names, parts, strict=True)}

    cleaned, cleaner = desk.clean(columns)

    assert desk.profiles(cleaned, cleaner)[0].value(FactKey("注册地")) == (place,)
    assert bool(cleaned.warnings) is coarse


def test_cutting_a_text_short_loses_no_place(catalogue: Catalogue) -> None:
    """Whatever names a place in full still does after the street has been cut off."""
    regions = catalogue.vocabulary.regions
    places = Places(regions)
    texts = set()
    for region in regions.by_id.values():
        above = sorted((regions.by_id[id_] for id_ in region.path), key=lambda r: len(r.path))
        chain = [item.name for item in above]
        texts |= {"".join(chain), "".join(chain[1:]), "".join(chain[-2:])}
        texts |= {n.removesuffix("市").removesuffix("省") for n in chain if len(n) > 2}
        texts |= {chain[0] + alias for alias in region.aliases} | set(region.aliases)
    named = sorted(text for text in texts if len(regions.find(text)) == 1)

    cut = places.cut(pl.Series(named)).to_list()

    assert len(named) > 1000
    for text, short in zip(named, cut, strict=True):
        assert places.alone(short)[0] is regions.find(text)[0], text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("6520 集成电路设计", "6520"),
        ("6520集成电路设计", "6520"),
        ("集成电路设计", "652"),
        ("6520", "6520"),
        ("I65", "65"),
        ("I", "I"),
        ("C39", "39"),
        ("集成电路设计(6520)", "6520"),
        ("信息传输、软件和信息技术服务业", "I"),
        (6520, "6520"),
        (6520.0, "6520"),
    ],
)
def test_a_trade_by_code_or_name(desk: Desk, text: object, code: str) -> None:
    cleaned, cleaner = desk.clean({"行业代码": [text]})

    assert desk.profiles(cleaned, cleaner)[0].value(FactKey("行业")) == (code,)


def test_several_trades_are_all_kept(desk: Desk) -> None:
    listed = pl.Series([["6520", "3973"]], dtype=pl.List(pl.String))
    for cells in (["6520;3973"], listed):
        cleaned, cleaner = desk.clean({"行业": cells})

        assert desk.profiles(cleaned, cleaner)[0].value(FactKey("行业")) == ("6520", "3973")


def test_a_trade_code_that_lost_its_zero_is_not_guessed(desk: Desk) -> None:
    """11 may be 大类 11 or 中类 011."""
    cleaned = desk.column("行业代码", pl.Series([11, 111, 6520]))

    assert 3 not in reasons(cleaned)
    assert "把这一列存为文本" in set(cleaned.faults["repair"])


def test_numbers_of_values_never_change(desk: Desk) -> None:
    """The dictionary grows over chunks, and a resumed run goes on with it."""
    cleaner, frame = desk.cleaner({"注册地": ["合肥", "亳州", "合肥"]})
    first = cleaner.clean(Chunk(1, frame)).facts["registered_region"].to_list()
    later = frame.with_columns(pl.Series("注册地", ["芜湖", "亳州", "合肥"]))
    second = cleaner.clean(Chunk(4, later)).facts["registered_region"].to_list()

    resumed, _ = desk.cleaner({"注册地": ["x"]})
    resumed.restore({k: [list(v) for v in vs] for k, vs in cleaner.layout.dictionaries.items()})
    again = resumed.clean(Chunk(4, later)).facts["registered_region"].to_list()

    assert first == [first[0], first[1], first[0]]
    assert second[1:] == [first[1], first[0]]
    assert again == second


# --- titles and statuses -------------------------------------------------------------------------

HNTE = FactKey("资质", "高新技术企业")
DATED = """
填报日期: 2025-06-30
列:
  - {列: 高企, 指标: 资质, 项: 高新技术企业}
  - {列: 起, 指标: 资质, 项: 高新技术企业, 部分: 取得日期}
  - {列: 止, 指标: 资质, 项: 高新技术企业, 部分: 有效期至}
"""


def title(desk: Desk, held: str, start: str = "", end: str = "") -> tuple[object, dict[int, str]]:
    """Read one row of a title with its days."""
    cleaned, cleaner = desk.clean({"高企": [held], "起": [start], "止": [end]}, DATED)
    return desk.profiles(cleaned, cleaner)[0].value(HNTE), reasons(cleaned)


def test_a_bare_title_is_held(desk: Desk) -> None:
    assert title(desk, "是") == (Tenure((Spell(),)), {})


def test_a_missing_title_is_absent_from_the_filing_date(desk: Desk) -> None:
    assert title(desk, "否") == (Tenure(clear_since=date(2025, 6, 30)), {})


def test_never_reaches_back_for_ever(desk: Desk) -> None:
    cleaned, cleaner = desk.clean({"高企": ["从未"], "起": [""], "止": [""]}, DATED)

    assert cleaned.facts["titles__high_tech_enterprise__clear"].to_list() == [FIRST_DAY]
    assert desk.profiles(cleaned, cleaner)[0].value(HNTE) == Tenure(clear_since=date.min)


def test_days_give_the_stretch_and_the_term_its_end(desk: Desk) -> None:
    start = date(2023, 11, 30)

    assert title(desk, "是", "2023-11-30")[0] == Tenure((Spell(start, date(2026, 11, 29)),))
    assert title(desk, "", "2023-11-30")[0] == Tenure((Spell(start, date(2026, 11, 29)),))
    assert title(desk, "是", "2023-11-30", "2025-01-01")[0] == Tenure(
        (Spell(start, date(2025, 1, 1)),)
    )
    assert title(desk, "", "", "2026-02-28")[0] == Tenure((Spell(None, date(2026, 2, 28)),))


def test_a_leap_day_ends_like_in_a_company_file(desk: Desk) -> None:
    assert title(desk, "", "2024-02-29")[0] == Tenure(
        (Spell(date(2024, 2, 29), date(2027, 2, 27)),)
    )


def test_an_expired_title_may_be_called_missing(desk: Desk) -> None:
    value, faults = title(desk, "否", "2019-01-01", "2022-01-01")

    spell = Spell(date(2019, 1, 1), date(2022, 1, 1))
    assert value == Tenure((spell,), clear_since=date(2025, 6, 30))
    assert faults == {}


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (("否", "2024-01-01", ""), "“高新技术企业”写了没有,却还在有效期内"),
        (("是", "2024-01-01", "2023-01-01"), "“高新技术企业”的取得日期晚于有效期"),
        (("是", "2025-07-01", ""), "资质 高新技术企业晚于 2025-06-30"),
        (("2023年", "", ""), "“高新技术企业”不能这样填"),
    ],
)
def test_titles_that_contradict_themselves_are_refused(
    desk: Desk, cells: tuple[str, str, str], reason: str
) -> None:
    assert title(desk, *cells)[1] == {1: reason}


def test_a_title_without_end_is_held_on(desk: Desk) -> None:
    value, _ = title(desk, "是", "2020-01-01", "长期")

    assert value == Tenure((Spell(date(2020, 1, 1), date(2100, 12, 31)),))


def test_a_level_beside_a_title(desk: Desk) -> None:
    mapping = """
列:
  - {列: 工厂, 指标: 资质, 项: 绿色工厂}
  - {列: 技术中心级别, 指标: 资质, 项: 企业技术中心, 部分: 级别}
  - {列: 首次, 指标: 资质, 项: 企业技术中心, 部分: 首次}
"""
    cleaned, cleaner = desk.clean(
        {"工厂": ["省级", "区级"], "技术中心级别": ["国家级", ""], "首次": ["是", "是"]}, mapping
    )

    first, second = desk.profiles(cleaned, cleaner)
    assert first.value(FactKey("资质", "绿色工厂")) == Tenure((Spell(level="省级"),))
    centre = FactKey("资质", "企业技术中心")
    assert first.value(centre) == Tenure((Spell(level="国家级", first=True),))
    assert second.value(centre) is None
    assert set(reasons(cleaned)) == {2}


def test_a_department_s_date_counts_absence(desk: Desk) -> None:
    mapping = "列:\n  - {列: 高企, 指标: 资质, 项: 高新技术企业, 来源: 市科技局, 日期: 2025-03-31}"

    cleaned, cleaner = desk.clean({"高企": ["否"]}, mapping)

    fact = desk.profiles(cleaned, cleaner)[0].facts[HNTE]
    assert fact.value == Tenure(clear_since=date(2025, 3, 31))
    assert (fact.assurance, fact.source) == (Assurance.ATTESTED, "科技局")


# --- activities, stages --------------------------------------------------------------------------


def test_activities_by_the_words_for_their_states(desk: Desk) -> None:
    words = ["打算", "在做", "已完成", "没有", "是", "否", "不清楚", "可能"]

    cleaned, cleaner = desk.clean({"建设中试基地": words})

    key = FactKey("事项", "建设中试基地")
    states = [profile.value(key) for profile in desk.profiles(cleaned, cleaner)]
    expected = [State.PLANNED, State.DOING, State.DONE, State.NONE, State.PLANNED, State.NONE]
    assert states == [*(Activity(state) for state in expected), None, None]
    assert set(reasons(cleaned)) == {8}


def test_a_day_of_completion(desk: Desk) -> None:
    columns = {
        "建设中试基地": ["已完成", "", "在做", "没有"],
        "建设中试基地完成日期": ["2024-05-01", "2024-05-01", "2024-05-01", ""],
    }

    cleaned, cleaner = desk.clean(columns)

    key = FactKey("事项", "建设中试基地")
    done = Activity(State.DONE, date(2024, 5, 1))
    values = [profile.value(key) for profile in desk.profiles(cleaned, cleaner)]
    assert values == [done, done, None, Activity(State.NONE)]
    assert set(reasons(cleaned)) == {3}


def test_a_plan_is_never_attested(desk: Desk) -> None:
    mapping = "列:\n  - {列: 基地, 指标: 事项, 项: 建设中试基地, 来源: 科技局, 日期: 2025-06-30}"

    cleaned, cleaner = desk.clean({"基地": ["打算", "在做", "没有"]}, mapping)

    key = FactKey("事项", "建设中试基地")
    sure = [profile.facts[key].assurance for profile in desk.profiles(cleaned, cleaner)]
    assert sure == [Assurance.DECLARED, Assurance.ATTESTED, Assurance.ATTESTED]


def test_a_listing_by_stage_and_days(desk: Desk) -> None:
    columns = {
        "科创板上市阶段": ["受理", "没有", "", "受理", "辅导备案"],
        "科创板辅导备案日期": ["2024-01-01", "", "2024-01-01", "2025-01-01", ""],
        "科创板受理日期": ["2025-01-01", "", "", "2024-01-01", "2025-01-01"],
    }

    cleaned, cleaner = desk.clean(columns)

    key = FactKey("上市阶段", "科创板")
    values = [profile.value(key) for profile in desk.profiles(cleaned, cleaner)]
    both = (("辅导备案", date(2024, 1, 1)), ("受理", date(2025, 1, 1)))
    assert values == [Stage("受理", both), Stage(), Stage("辅导备案", both[:1]), None, None]
    assert set(reasons(cleaned)) == {4, 5}


# --- lists ---------------------------------------------------------------------------------------

LISTED = "列:\n  - {列: 企业资质, 指标: 资质, "


def held(desk: Desk, cleaned: object, cleaner: object, row: int = 0) -> dict[str, object]:
    """Give the titles that are known of a row: held, or when absence begins."""
    profile = desk.profiles(cleaned, cleaner)[row]  # type: ignore[arg-type]
    return {k.member or "": f.value for k, f in profile.facts.items() if k.attribute == "资质"}


@pytest.mark.parametrize("mark", ["、", ";", "；", ",", "，", "|", "/", "\n"])
def test_a_list_says_what_is_held_and_nothing_of_the_rest(desk: Desk, mark: str) -> None:
    text = f"高新技术企业{mark} 科小"

    cleaned, cleaner = desk.clean({"企业资质": [text]})

    bare = Tenure((Spell(),))
    assert held(desk, cleaned, cleaner) == {"高新技术企业": bare, "科技型中小企业": bare}


def test_a_list_of_texts_is_read_alike(desk: Desk) -> None:
    cells = pl.Series([["高企", "瞪羚企业"], [], None], dtype=pl.List(pl.String))

    cleaned, cleaner = desk.clean({"企业资质": cells})

    assert set(held(desk, cleaned, cleaner)) == {"高新技术企业", "瞪羚企业"}
    assert held(desk, cleaned, cleaner, 1) == {}
    assert held(desk, cleaned, cleaner, 2) == {}


def test_none_of_a_list_answers_every_member(desk: Desk) -> None:
    cleaned, cleaner = desk.clean({"企业资质": ["无"]})

    members = desk.vocabulary.titles.members
    absent = Tenure(clear_since=AS_OF_ABSENT)
    assert held(desk, cleaned, cleaner) == {member.label: absent for member in members}


def test_a_complete_list_answers_the_rest(desk: Desk) -> None:
    cleaned, cleaner = desk.clean({"企业资质": ["高企", ""]}, LISTED + "完整: 是}")

    titles = held(desk, cleaned, cleaner)
    assert len(titles) == len(desk.vocabulary.titles.members)
    assert titles["高新技术企业"] == Tenure((Spell(),))
    assert titles["瞪羚企业"] == Tenure(clear_since=AS_OF_ABSENT)
    assert held(desk, cleaned, cleaner, 1) == {}


def test_a_department_s_complete_list_answers_for_its_own_titles(desk: Desk) -> None:
    mapping = LISTED + "完整: 是, 来源: 科技局, 日期: 2025-06-30}"

    cleaned, cleaner = desk.clean({"企业资质": ["高企;创新型中小企业"]}, mapping)

    facts = {k.member: f for k, f in desk.profiles(cleaned, cleaner)[0].facts.items() if k.member}
    assert facts["高新技术企业"].assurance is Assurance.ATTESTED
    assert facts["瞪羚企业"].value == Tenure(clear_since=date(2025, 6, 30))
    assert facts["瞪羚企业"].assurance is Assurance.ATTESTED
    assert facts["创新型中小企业"].assurance is Assurance.DECLARED
    assert "专精特新中小企业" not in facts


def test_an_unknown_item_of_a_list_is_refused_or_left(desk: Desk) -> None:
    strict = desk.column("企业资质", ["高企;高新企也"])
    cleaned, cleaner = desk.clean(
        {"企业资质": ["高企;高新企也"]}, LISTED + "完整: 是, 读不懂时: 未知}"
    )

    assert reasons(strict) == {1: "资质里没有其中一项"}
    assert cleaned.faults.is_empty()
    assert set(held(desk, cleaned, cleaner)) == {"高新技术企业"}


def test_a_list_and_a_column_of_one_title_add_up(desk: Desk) -> None:
    columns = {"企业资质": ["高企", "高企", "无"], "高新技术企业": ["", "否", ""]}

    cleaned, cleaner = desk.clean(columns)

    assert held(desk, cleaned, cleaner)["高新技术企业"] == Tenure((Spell(),))
    assert held(desk, cleaned, cleaner, 2)["高新技术企业"] == Tenure(clear_since=AS_OF_ABSENT)
    assert reasons(cleaned) == {2: "“高新技术企业”与同一项的其他列矛盾"}


def test_lists_of_other_kinds(desk: Desk) -> None:
    mapping = """
列:
  - {列: 链, 指标: 产业链, 完整: 是}
  - {列: 名单, 指标: 信用名单}
  - {列: 正在做, 指标: 事项}
"""
    columns = {"链": ["集成电路;新能源"], "名单": ["失信被执行人"], "正在做": ["中试基地"]}

    cleaned, cleaner = desk.clean(columns, mapping)

    [profile] = desk.profiles(cleaned, cleaner)
    assert profile.value(FactKey("产业链", "集成电路")) is True
    assert profile.value(FactKey("产业链", "生物医药")) is False
    assert profile.value(FactKey("信用名单", "失信被执行人")) == Tenure((Spell(),))
    assert profile.value(FactKey("信用名单", "经营异常名录")) is None
    assert profile.value(FactKey("事项", "建设中试基地")) == Activity(State.PLANNED)


# --- judgements, company lists, what goes without saying -----------------------------------------


def test_a_judgement_counts_only_with_a_source(desk: Desk) -> None:
    plain = "列:\n  - {列: 评价, 指标: 主管部门认定, 项: 运转成效"
    key = FactKey("主管部门认定", "运转成效")

    without, first = desk.clean({"评价": ["是", ""]}, plain + "}")
    given, second = desk.clean({"评价": ["是", ""]}, plain + ", 来源: 财政局, 日期: 2025-06-30}")

    assert key not in first.layout.facts
    assert without.warnings == {f"主管部门认定 运转成效:{UNTRUSTED}": 1}
    fact = desk.profiles(given, second)[0].facts[key]
    assert (fact.value, fact.assurance, fact.source) == (True, Assurance.ATTESTED, "财政局")


def test_company_lists_and_parameters_are_added(desk: Desk, tmp_path: Path) -> None:
    holdings = Holdings(tmp_path / "data")
    table = tmp_path / "名单.csv"
    table.write_text(f"统一社会信用代码,名称\n{CODES[0]},甲\n", encoding="utf-8")
    lists = desk.vocabulary.attributes["列入名单"]
    member = lists.members[0]
    holdings.import_list(member, table, date(2025, 5, 1), "工信局")
    rate = desk.vocabulary.attributes["参数"].member("LPR一年期")
    assert rate is not None
    holdings.set_parameter(rate, "3.1%", date(2025, 1, 1), desk.vocabulary)

    cleaned, cleaner = desk.clean({"统一社会信用代码": list(CODES[:2])}, holdings=holdings)

    first, second = desk.profiles(cleaned, cleaner)
    fact = first.facts[FactKey("列入名单", member.label)]
    assert (fact.value, fact.assurance) == (True, Assurance.ATTESTED)
    assert fact.source == "工信局(2025-05-01)"
    assert second.value(FactKey("列入名单", member.label)) is False
    assert first.value(FactKey("参数", "LPR一年期")) == Fraction(31, 1000)


def test_a_list_by_name_answers_where_there_is_no_code(desk: Desk, tmp_path: Path) -> None:
    holdings = Holdings(tmp_path)
    table = tmp_path / "名单.csv"
    table.write_text("企业名称\n甲公司\n", encoding="utf-8")
    member = desk.vocabulary.attributes["列入名单"].members[0]
    holdings.import_list(member, table, date(2025, 5, 1), "工信局")

    cleaned, cleaner = desk.clean({"企业名称": ["甲公司", "乙公司", ""]}, holdings=holdings)

    key = FactKey("列入名单", member.label)
    assert [p.value(key) for p in desk.profiles(cleaned, cleaner)] == [True, False, None]


def test_a_column_of_a_company_list_stays_and_the_list_fills_it(desk: Desk, tmp_path: Path) -> None:
    holdings = Holdings(tmp_path)
    table = tmp_path / "名单.csv"
    table.write_text(f"统一社会信用代码\n{CODES[0]}\n", encoding="utf-8")
    member = desk.vocabulary.attributes["列入名单"].members[0]
    holdings.import_list(member, table, date(2025, 5, 1), "工信局")

    cleaned, cleaner = desk.clean(
        {"统一社会信用代码": [CODES[0], CODES[0]], member.label: ["否", ""]}, holdings=holdings
    )

    facts = [p.facts[FactKey("列入名单", member.label)] for p in desk.profiles(cleaned, cleaner)]
    assert [(fact.value, fact.assurance) for fact in facts] == [
        (False, Assurance.DECLARED),
        (True, Assurance.ATTESTED),
    ]


def test_who_says_nothing_of_it_is_a_company(desk: Desk) -> None:
    codes = [CODES[0], "12340000485000001K"]
    attested = "列:\n  - {列: 统一社会信用代码, 指标: 统一社会信用代码, 来源: 市场监管局, 日期: 2025-06-30}"
    key = FactKey("主体类别", "企业")

    plain = desk.profiles(*desk.clean({"统一社会信用代码": codes}))
    sure = desk.profiles(*desk.clean({"统一社会信用代码": codes}, attested))

    assert [p.value(key) for p in (*plain, *sure)] == [True] * 4
    assert [p.facts[key].assurance for p in plain] == [Assurance.DECLARED] * 2
    assert [p.facts[key].assurance for p in sure] == [Assurance.ATTESTED, Assurance.DECLARED]


def test_who_names_a_kind_is_of_no_other(desk: Desk) -> None:
    cleaned, cleaner = desk.clean({"主体类别": ["高校院所", "", "不清楚"]})

    profiles = desk.profiles(cleaned, cleaner)
    kinds = [member.label for member in desk.vocabulary.attributes["主体类别"].members]
    first = {kind: profiles[0].value(FactKey("主体类别", kind)) for kind in kinds}
    assert first == {kind: kind == "高校院所" for kind in kinds}
    assert profiles[1].value(FactKey("主体类别", "企业")) is True
    assert profiles[1].value(FactKey("主体类别", "高校院所")) is None
    assert profiles[2].value(FactKey("主体类别", "企业")) is None


def test_what_every_row_shares(desk: Desk) -> None:
    mapping = """
填报日期: 2025-06-30
列:
  - {列: 名称, 指标: 企业名称}
  - {列: 统一社会信用代码, 指标: 统一社会信用代码}
全表:
  注册地: {值: 合肥市, 来源: 市场监管局, 日期: 2025-06-30}
  资质: [高新技术企业]
  营业收入: 1,200 万元
  主体类别: [合作社及农户]
"""
    cleaned, cleaner = desk.clean({"名称": ["甲", "乙"]}, mapping)

    for profile in desk.profiles(cleaned, cleaner):
        place = profile.facts[FactKey("注册地")]
        assert (place.value, place.assurance) == (("340100",), Assurance.ATTESTED)
        assert profile.value(HNTE) == Tenure((Spell(),))
        assert profile.value(FactKey("营业收入", None, 2024)) == 1_200_000_000
        assert profile.value(FactKey("主体类别", "企业")) is False


# --- a real registry -----------------------------------------------------------------------------


def test_a_real_registry_loses_no_row(desk: Desk, reference_data: Path) -> None:
    source = open_source(str(reference_data / "registry-sample.csv"))
    cleaner, _ = desk.cleaner({column.name: [""] for column in source.columns})
    accepted, bad, warnings = 0, [], set()
    for chunk in source.chunks(5_000):
        cleaned = cleaner.clean(chunk)
        refused = cleaned.faults["row_number"].unique()
        accepted += cleaned.facts.height - len(refused)
        bad += cleaned.faults.to_dicts()
        warnings |= set(cleaned.warnings)

    assert accepted + len({fault["row_number"] for fault in bad}) == 14_606
    assert accepted > 0.97 * 14_606
    assert [(fault["value"], fault["reason"]) for fault in bad] == [
        ("1,0000000(万)", "逗号的位置不对")
    ]
    assert warnings == {
        f"统一社会信用代码:{BAD_DIGIT}",
        "企业类型:写法不在选项里,按未知处理",
        f"注册资本:{NO_RATE}",
        f"注册地:{COARSE}",
    }

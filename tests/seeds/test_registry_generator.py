"""The synthetic registry: the same for a seed everywhere, of no real company, plausible together."""

from __future__ import annotations

import hashlib
import io
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest
from stdnum.cn import uscc

from matcher.catalogue import Catalogue
from seeds import columns as table
from seeds.distributions import section, shipped
from seeds.draws import Draws, fixed, log2, power
from seeds.identity import OFFICE
from seeds.registry import BLOCK, MAX_ROWS, column_count, tables
from tests.seeds.conftest import FACTS, ROWS, drawn, written

FILED = date(2025, 6, 30)


# --- the same everywhere -------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_seed_gives_the_same_bytes(suffix: str) -> None:
    assert written(suffix, 2_000) == written(suffix, 2_000)


def test_the_table_of_a_seed_never_changes() -> None:
    """Benchmarks are compared over machines and versions; a new table must be meant."""
    digest = hashlib.sha256(written(".csv", 2_000)).hexdigest()

    assert digest == "2e90b6da5bdcb621b3330dbc317ff93e06706e4898ddc567380376550481e118"


def test_another_seed_gives_other_companies() -> None:
    one, other = drawn(2_000, seed=7), drawn(2_000, seed=8)

    assert not set(one[table.CODE]) & set(other[table.CODE])
    assert not one[table.PLACE].equals(other[table.PLACE])
    assert not one["营业收入(万元)"].equals(other["营业收入(万元)"])


def test_a_longer_table_begins_with_the_shorter_one() -> None:
    longer = next(tables(3_000, 7))

    assert longer.slice(0, 1_000).equals(next(tables(1_000, 7)))


def test_blocks_differ_and_the_last_one_is_as_short_as_it_must_be() -> None:
    first, last = tables(BLOCK + 50, 7)

    assert (first.num_rows, last.num_rows) == (BLOCK, 50)
    place = "行业"
    assert first[place].slice(0, 50).to_pylist() != last[place].to_pylist()


def test_csv_and_parquet_hold_the_same_values(registry: pl.DataFrame) -> None:
    read = pl.read_csv(io.BytesIO(written(".csv")), infer_schema=False)
    kinds = {item.header: item.kind for item in table.columns(shipped())}

    assert written(".csv", 1).startswith(b"\xef\xbb\xbf")
    assert read.columns == registry.columns
    for header, kind in kinds.items():
        column = read[header]
        if kind is table.Kind.YES_NO:
            column = column.replace_strict({"是": True, "否": False}, return_dtype=pl.Boolean)
        elif kind is table.Kind.DATE:
            column = column.str.to_date()
        elif kind is not table.Kind.TEXT:
            column = column.cast(registry[header].dtype)
        assert column.equals(registry[header], null_equal=True), header


def test_parquet_has_native_types_and_encodes_words_as_dictionaries() -> None:
    file = pq.ParquetFile(io.BytesIO(written(".parquet", 1_000)))
    row_group = file.metadata.row_group(0)
    chunks = {
        row_group.column(i).path_in_schema: row_group.column(i) for i in range(column_count())
    }

    assert {str(field.type) for field in file.schema_arrow} == {
        "string",
        "bool",
        "int32",
        "double",
        "date32[day]",
    }
    assert all(chunk.compression == "ZSTD" for chunk in chunks.values())
    assert chunks[table.PLACE].has_dictionary_page
    assert not chunks[table.CODE].has_dictionary_page
    assert "合成数据" in file.metadata.metadata[b"mianshen"].decode()


# --- companies that do not exist -----------------------------------------------------------------


def test_codes_are_well_formed_and_each_company_has_its_own(registry: pl.DataFrame) -> None:
    codes = registry[table.CODE]

    assert codes.n_unique() == ROWS
    assert all(uscc.is_valid(code) for code in codes)


def test_codes_stay_apart_to_the_last_row() -> None:
    assert MAX_ROWS == 10**8
    stride = 61_803_399
    assert np.gcd(stride, MAX_ROWS) == 1
    assert np.gcd(stride, len(shipped().syllables)) == 1


def test_no_office_has_the_number_of_these_codes(
    registry: pl.DataFrame, catalogue: Catalogue
) -> None:
    """No province begins with 99, so no real company has such a code."""
    assert registry[table.CODE].str.slice(2, 6).unique().to_list() == [OFFICE]
    assert not any(code.startswith(OFFICE[:2]) for code in catalogue.vocabulary.regions.by_id)


def test_names_say_that_they_are_invented(registry: pl.DataFrame) -> None:
    names = registry[table.NAME]

    assert names.n_unique() == ROWS
    assert names.str.contains("^.{2,3}拟").all()
    assert names.str.contains("(有限公司|专业合作社)$").all()
    assert len(set(shipped().syllables)) == len(shipped().syllables) == 128


def test_no_name_is_one_of_a_real_company(registry: pl.DataFrame, reference_data: Path) -> None:
    real = pl.read_csv(reference_data / "registry-sample.csv", infer_schema=False)

    assert not set(real["企业名称"]) & set(registry[table.NAME])
    assert not set(real["统一社会信用代码"]) & set(registry[table.CODE])


# --- what is missing -----------------------------------------------------------------------------


@pytest.mark.parametrize("column", FACTS, ids=lambda item: item.header)
def test_each_fact_is_missing_for_some(registry: pl.DataFrame, column: table.Column) -> None:
    assert 0.10 <= registry[column.header].null_count() / ROWS <= 0.35


def test_code_and_name_are_never_missing(registry: pl.DataFrame) -> None:
    assert registry[table.CODE].null_count() == registry[table.NAME].null_count() == 0


def test_a_company_that_says_little_says_little_everywhere(
    registry: pl.DataFrame, complete: pl.DataFrame
) -> None:
    empty = registry.select(pl.sum_horizontal(pl.col(x.header).is_null() for x in FACTS))
    count = empty.to_series().cast(pl.Float64)
    mean = float(count.mean())  # type: ignore[arg-type]
    alone = mean * (1 - mean / len(FACTS))
    revenue = complete["营业收入(万元)"]

    # Were cells missing each on its own, the counts would vary by `alone`.
    assert float(count.var()) > 4 * alone  # type: ignore[arg-type]
    assert count.filter(revenue < 300).mean() > 1.5 * count.filter(revenue > 2000).mean()


def test_missing_is_a_setting(complete: pl.DataFrame) -> None:
    before = {"2023年从业人员", "从业人员"}
    assert complete[table.PLACE].null_count() == 0
    assert {x.header for x in FACTS if complete[x.header].null_count() > ROWS // 8} <= before
    assert drawn(2_000, missing=60)[table.PLACE].null_count() > 700


# --- plausible together --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "sections", "threshold"),
    [
        ("规上工业", "BCD", 2000),
        ("限上批发业", "F", 2000),
        ("限上零售业", "F", 500),
        ("限上餐饮业", "H", 200),
        ("资质内建筑业", "E", 1000),
        ("规上服务业", "GIKLMNOR", 500),
    ],
)
def test_above_scale_follows_from_industry_and_revenue(
    complete: pl.DataFrame, status: str, sections: str, threshold: int
) -> None:
    listed = complete.filter(pl.col(status))

    assert len(listed) > 20
    assert {section(code) for code in listed["行业"]} <= set(sections)
    assert listed["营业收入(万元)"].min() >= threshold
    assert listed["成立日期"].max() <= date(2024, 6, 30)


def test_most_large_manufacturers_are_above_scale(complete: pl.DataFrame) -> None:
    made = pl.col("行业").str.slice(0, 2).cast(pl.Int32).is_between(13, 43)
    large = complete.filter(made & (pl.col("营业收入(万元)") >= 2000))

    assert large["规上工业"].mean() > 0.75


def test_trades_live_where_they_belong(complete: pl.DataFrame) -> None:
    herbs = pl.col("行业").is_in(["2730", "2740", "5152", "0171"])
    chips = pl.col("行业").is_in(["6520", "3973", "3982"])

    def share(trade: pl.Expr, *places: str) -> float:
        there = complete.filter(pl.col("注册地").is_in(places))
        return float(there.select(trade).to_series().mean())  # type: ignore[arg-type]

    assert share(herbs, "亳州市谯城区") > 0.2 > 0.01 > share(herbs, "合肥高新区")
    assert share(chips, "合肥高新区") > 0.05 > 0.01 > share(chips, "亳州市谯城区")
    home = complete["注册地"].str.contains("合肥|新站|蜀山|包河|亳|谯|蒙城")
    assert home.mean() > 0.8


def test_titles_follow_from_research_and_from_each_other(complete: pl.DataFrame) -> None:
    spent = pl.col("研发费用(万元)") / pl.col("营业收入(万元)")
    high = complete.filter(pl.col("高新技术企业"))

    assert 0.02 < len(high) / ROWS < 0.1
    assert high.select(spent.min()).item() > 0.029
    assert complete.filter(pl.col("专精特新中小企业"))["创新型中小企业"].all()
    assert complete.filter(pl.col("专精特新小巨人"))["专精特新中小企业"].all()
    assert complete.filter(pl.col("重点小巨人"))["专精特新小巨人"].all()
    made = complete.filter(pl.col("绿色工厂"))["行业"]
    assert {section(code) for code in made} == {"C"}
    assert complete.filter(pl.col("绿色工厂级别").is_not_null())["绿色工厂"].all()


@pytest.mark.parametrize("title", table.DATED)
def test_certificates_run_three_years_and_some_have_run_out(
    complete: pl.DataFrame, title: str
) -> None:
    held = complete.filter(pl.col(title))
    granted, ends = held[f"{title}取得日期"], held[f"{title}有效期至"]

    assert granted.null_count() == ends.null_count() == 0
    assert complete.filter(~pl.col(title))[f"{title}取得日期"].null_count() == ROWS - len(held)
    assert granted.dt.offset_by("36mo").dt.offset_by("-1d").equals(ends)
    assert (granted > held["成立日期"]).all()
    assert granted.max() < FILED
    assert 0.01 < (ends < FILED).mean() < 0.25


def test_size_research_and_staff_go_together(complete: pl.DataFrame) -> None:
    selling = complete.filter(pl.col("营业收入(万元)") > 0)
    logs = selling.select(
        pl.col("营业收入(万元)", "从业人员", "资产总额(万元)").log(), pl.col("2023年营业收入(万元)")
    )

    assert logs.select(pl.corr("营业收入(万元)", "从业人员")).item() > 0.7
    assert logs.select(pl.corr("营业收入(万元)", "资产总额(万元)")).item() > 0.7
    growth = selling["营业收入(万元)"] / selling["2023年营业收入(万元)"].replace(0.0, None)
    assert 0.95 < growth.median() < 1.2
    assert (complete["研发费用(万元)"] <= complete["营业收入(万元)"]).all()
    assert complete["成立日期"].max() <= FILED
    young = complete.filter(pl.col("成立日期") > date(2023, 12, 31))
    assert young["2023年营业收入(万元)"].null_count() == len(young)


def test_owners_exclude_each_other_and_credit_lists_are_rare(complete: pl.DataFrame) -> None:
    owners = complete.select(pl.sum_horizontal("民营企业", "国有控股", "外商投资企业"))

    assert owners.to_series().unique().to_list() == [1]
    assert 0.001 < complete["失信被执行人"].mean() < 0.02
    assert 0.0005 < complete["严重违法失信名单"].mean() < 0.01
    listing = complete.filter(pl.col("上市阶段 科创板") != "没有")
    assert listing["上市计划 科创板"].all()
    assert (listing["企业名称"].str.ends_with("股份有限公司") | listing["合作社及农户"]).all()


def test_co_operatives_are_farmers_with_codes_of_their_own(complete: pl.DataFrame) -> None:
    cooperative = complete["合作社及农户"]

    assert 0.005 < cooperative.mean() < 0.06
    assert complete["企业"].equals((~cooperative).alias("企业"))
    assert (complete["统一社会信用代码"].str.starts_with("93") == cooperative).all()
    assert (complete["企业名称"].str.ends_with("专业合作社") == cooperative).all()


# --- draws ---------------------------------------------------------------------------------------


def test_powers_and_logarithms_are_those_of_base_two() -> None:
    exponents = np.array([log2(x) for x in (0.4, 1, 3, 1000, 123_456_789)])

    assert power(exponents).tolist()[:2] == [0, 1]
    assert power(exponents)[2:] == pytest.approx([2.99, 1000, 123_456_789], rel=0.01, abs=1)
    assert power(np.array([fixed(99), fixed(-99)])).tolist() == [pytest.approx(2**31, rel=1e-3), 0]


def test_normal_draws_have_mean_nought_and_deviation_one() -> None:
    drawn_numbers = Draws(1, 0, 200_000).normal("试") / fixed(1)

    assert abs(drawn_numbers.mean()) < 0.01
    assert abs(drawn_numbers.std() - 1) < 0.01


def test_names_of_draws_are_apart() -> None:
    draws = Draws(1, 0, 1_000)

    assert abs(np.corrcoef(draws.bits("甲"), draws.bits("乙"))[0, 1]) < 0.1
    assert draws.bits("甲").tolist() == Draws(1, 0, 1_000).bits("甲").tolist()

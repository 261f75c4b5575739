"""Company files that cannot be true, and those that only deserve a second look.

The whole messages stand beside the files in bad/companies; here is where the line runs, and what
becomes of the facts.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.catalogue import Catalogue, load
from matcher.language.diagnostics import Problems
from matcher.language.profiles import CompanyFile
from matcher.profile import FactKey
from matcher.vocabulary.model import Kind
from tests.language.companies import HIGH_TECH, WAN, Reading
from tests.language.harness import folder, rendered

FILED = "填报日期: 2025-09-01\n"


def codes(file: CompanyFile) -> list[str]:
    """Give the codes of the warnings."""
    return [item.code for item in file.warnings]


# --- amounts ------------------------------------------------------------------------------------------


def test_only_what_may_be_below_zero_is(read: Reading) -> None:
    vocabulary = read.vocabulary
    signed = {item.label for item in vocabulary.attributes.values() if item.may_be_negative}

    assert {"净利润", "净资产", "成本费用", "地方经济贡献"} <= signed
    assert "营业收入" not in signed
    assert read.value("净利润: -3 万元", "净利润") == -3 * WAN
    plain = [
        item
        for item in vocabulary.attributes.values()
        if item.kind is Kind.NUMBER and item.label not in signed and not vocabulary.term(item.label)
    ]
    for item in plain:
        assert item.unit is not None
        assert read.codes(f"{item.label}: -3 {item.unit.name}") == ["bad-number"], item.label


@pytest.mark.parametrize("share", ["0%", "99.999%", "100%"])
def test_a_whole_market_is_a_share_of_it(share: str, read: Reading) -> None:
    assert read(f"细分市场占有率: {share}").warnings == ()


@pytest.mark.parametrize("share", ["100.000001%", "1000.1‰"])
def test_more_than_the_market_is_refused(share: str, read: Reading) -> None:
    assert read.codes(f"细分市场占有率: {share}") == ["bad-number"]


def test_a_ratio_without_a_ceiling_may_exceed_the_whole(read: Reading) -> None:
    """More people may leave in a year than were there when it began."""
    assert read("裁员率: 130%").warnings == ()


# --- parts and wholes ---------------------------------------------------------------------------------


@given(part=st.integers(0, 4), whole=st.integers(0, 4), data=st.data())
def test_every_pair_of_the_vocabulary(
    part: int, whole: int, data: st.DataObject, catalogue: Catalogue
) -> None:
    """A part up to its whole is silent; a larger one is refused or named, as the pair says."""
    read, vocabulary = Reading(catalogue.vocabulary), catalogue.vocabulary
    pair = data.draw(st.sampled_from(vocabulary.parts))
    unit = vocabulary.attributes[pair.part].unit
    assert unit is not None
    text = f"{pair.part}: {part} {unit.name}\n{pair.whole}: {whole} {unit.name}"
    if part <= whole:
        assert read(text).warnings == ()
    elif pair.refused:
        assert read.codes(text) == ["contradiction"]
    else:
        assert codes(read(text)) == ["implausible"]


def test_figures_are_compared_within_one_year(read: Reading) -> None:
    other_years = "年度: {2024: {主营业务收入: 9 万元}, 2023: {营业收入: 3 万元}}"

    assert read(FILED + other_years).warnings == ()


@pytest.mark.parametrize("whole", ["不清楚", "不适用"])
def test_a_part_of_what_is_not_known_stands(whole: str, read: Reading) -> None:
    file = read(f"主营业务收入: 3 万元\n营业收入: {whole}")

    assert file.warnings == ()


def test_research_above_revenue_is_kept_as_filled_in(read: Reading) -> None:
    file = read("研发费用: 900 万元\n营业收入: 200 万元")

    assert codes(file) == ["implausible"]
    assert file.profile.value(FactKey("研发费用", None, 2024)) == 900 * WAN


# --- certificates -------------------------------------------------------------------------------------


def certificates(*days: tuple[str, str], title: str = "高新技术企业", more: str = "") -> str:
    rows = [f"{{名称: {title}, 取得日期: {a}, 有效期至: {b}{more}}}" for a, b in days]
    return f"{FILED}资质: [{', '.join(rows)}]"


def test_the_next_certificate_begins_the_day_after(read: Reading) -> None:
    follows = certificates(("2021-10-16", "2024-10-15"), ("2024-10-16", "2027-10-15"))
    touches = certificates(("2021-10-16", "2024-10-15"), ("2024-10-15", "2027-10-14"))

    assert read(follows).warnings == ()
    assert codes(read(touches)) == ["implausible"]


def test_overlapping_certificates_both_count(read: Reading) -> None:
    file = read(certificates(("2021-10-16", "2024-10-15"), ("2024-09-01", "2027-08-31")))
    tenure = file.profile.value(HIGH_TECH)

    assert [spell.end.year for spell in tenure.spells] == [2024, 2027]  # type: ignore[union-attr]


def test_two_levels_of_one_title_may_be_held_at_once(read: Reading) -> None:
    rows = [
        f"{{级别: {level}, 取得日期: 2024-01-01, 有效期至: 2027-01-01}}"
        for level in ("市级", "省级")
    ]

    assert read(f"{FILED}资质: {{绿色工厂: [{', '.join(rows)}]}}").warnings == ()


@pytest.mark.parametrize("day", ["取得日期: 2024-10-16", "有效期至: 2027-10-15"])
def test_a_numbered_certificate_with_any_date_is_silent(day: str, read: Reading) -> None:
    text = f"{FILED}资质: [{{名称: 高新技术企业, 证书编号: GR1, {day}}}]"

    assert read(text).warnings == ()


def test_a_numbered_certificate_without_a_date_is_held_as_a_bare_title(read: Reading) -> None:
    numbered = read(f"{FILED}资质: [{{名称: 高新技术企业, 证书编号: GR1}}]")
    bare = read(f"{FILED}资质: [高新技术企业]")

    assert codes(numbered) == ["implausible"]
    assert numbered.profile.facts == bare.profile.facts


# --- years and days -----------------------------------------------------------------------------------


def years(*known: int, unsure: tuple[int, ...] = ()) -> str:
    said = dict.fromkeys(known, "3 万元") | dict.fromkeys(unsure, "不清楚")
    rows = ", ".join(f"{year}: {{营业收入: {value}}}" for year, value in said.items())
    return f"{FILED}年度: {{{rows}}}"


def test_a_year_left_out_between_others_is_named_and_stays_unknown(read: Reading) -> None:
    file = read(years(2021, 2024))

    assert [item.message for item in file.warnings] == [
        "“营业收入”填了 2021 年和 2024 年,中间缺 2022 年、2023 年"
    ]
    assert file.profile.value(FactKey("营业收入", None, 2022)) is None


@pytest.mark.parametrize(
    "text", [years(2022, 2023, 2024), years(2024), years(2022, 2024, unsure=(2023,))]
)
def test_years_without_a_gap_are_silent(text: str, read: Reading) -> None:
    assert read(text).warnings == ()


def test_the_year_that_runs_may_be_filled_in_the_next_may_not(read: Reading) -> None:
    assert read(years(2024, 2025)).warnings == ()
    assert read.codes(years(2026)) == ["contradiction"]


@pytest.mark.parametrize("label", ["成立日期", "迁入日期", "事项批准日期"])
def test_what_has_happened_is_not_after_the_day_of_filing(label: str, read: Reading) -> None:
    assert read(f"{FILED}{label}: 2025-09-01").warnings == ()
    assert read.codes(f"{FILED}{label}: 2025-09-02") == ["contradiction"]


# --- the vocabulary -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "code", "message"),
    [
        (
            "{部分: 营业额外, 整体: 营业收入, 超过时: 不收, 理由: 试。}",
            "unknown-member",
            "没有名为“营业额外”的部分",
        ),
        (
            "{部分: 营业收入, 整体: 从业人员, 超过时: 不收, 理由: 试。}",
            "wrong-unit",
            "“营业收入”和“从业人员”的单位或期间不同,不能比大小",
        ),
        ("{部分: 营业收入, 整体: 总收入, 理由: 试。}", "missing-key", "缺少“超过时”"),
    ],
)
def test_a_pair_that_cannot_be_compared(
    entry: str, code: str, message: str, tmp_path: Path
) -> None:
    rules = folder(tmp_path, vocabulary=True)
    (rules / "vocabulary" / "试.yaml").write_text(f"部分与整体:\n  - {entry}\n", encoding="utf-8")
    problems = Problems()
    load(rules, problems)

    assert [(item.code, item.message) for item in problems] == [(code, message)], rendered(problems)

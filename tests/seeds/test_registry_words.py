"""The synthetic registry speaks the vocabulary's words, and its mapping says which."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
import yaml

from matcher.catalogue import Catalogue
from matcher.language.conditions import leaves
from matcher.language.members import NONE_WORDS
from matcher.tree import Holds
from matcher.vocabulary.model import Kind, Vocabulary
from seeds import columns as table
from seeds.distributions import shipped
from seeds.registry import mapping_yaml, tables

FILED = date(2025, 6, 30)


def meant(header: str, vocabulary: Vocabulary) -> list[tuple[str, str | None]]:
    """List what a header can mean by itself: an attribute, or one member of one."""
    found: list[tuple[str, str | None]] = []
    attribute = vocabulary.attribute(header)
    if attribute is not None:
        found.append((attribute.label, None))
    for item in vocabulary.attributes.values():
        member = item.member(header)
        if member is not None and header in (member.label, *member.aliases):
            found.append((item.label, member.label))
    return found


@pytest.mark.parametrize("column", table.columns(shipped()), ids=lambda item: item.header)
def test_every_header_is_a_word_of_the_vocabulary(
    catalogue: Catalogue, column: table.Column
) -> None:
    vocabulary = catalogue.vocabulary
    header = column.header.removesuffix(column.part).removesuffix("(万元)")
    header = header.removeprefix(f"{column.year}年")
    owner, _, rest = header.partition(" ")
    candidates = (
        [pair for pair in meant(rest, vocabulary) if pair[0] == owner]
        if rest
        else meant(header, vocabulary)
    )

    # An activity may share an alias with a title; the label goes first.
    exact = [pair for pair in candidates if header in pair] or candidates
    assert exact == [(column.attribute, column.member)]


def test_every_value_is_one_the_vocabulary_knows(
    catalogue: Catalogue, complete: pl.DataFrame
) -> None:
    vocabulary = catalogue.vocabulary
    states = {word.label for word in vocabulary.words("事项状态").values()}
    for column in table.columns(shipped()):
        if column.kind is not table.Kind.TEXT:
            continue
        attribute = vocabulary.attributes[column.attribute]
        found = set(complete[column.header].drop_nulls())
        if attribute.kind is Kind.REGION:
            known = {name for name in found if len(vocabulary.regions.find(name)) == 1}
            assert found - known <= {"不适用"}
        elif attribute.kind is Kind.INDUSTRY:
            assert all(vocabulary.industries.is_listed(code) for code in found)
        elif attribute.kind is Kind.ACTIVITIES:
            assert found == states
        elif attribute.kind is Kind.STAGE:
            stages = attribute.stages_of(attribute.member(column.member or ""))
            assert found <= {*NONE_WORDS, *stages}
        elif column.part == table.LEVEL:
            member = attribute.member(column.member or "")
            assert member is not None
            assert found <= set(member.levels)


def test_the_columns_are_what_the_measures_ask_for_most(catalogue: Catalogue) -> None:
    asked: dict[str, int] = {}
    for measure in catalogue.measures:
        for leaf in leaves(measure.condition):
            if isinstance(leaf, Holds) and leaf.attribute == "事项":
                for member in leaf.members:
                    asked[member] = asked.get(member, 0) + 1
    listed = table.columns(shipped())
    activities = {item.member for item in listed if item.attribute == "事项"}

    assert {member for member, count in asked.items() if count >= 3} <= activities
    assert 100 <= len(listed) <= 135
    assert len({item.header for item in listed}) == len(listed)


def test_the_mapping_says_what_each_column_is(catalogue: Catalogue) -> None:
    vocabulary = catalogue.vocabulary
    mapping = yaml.safe_load(mapping_yaml(FILED, vocabulary))
    entries = {entry["列"]: entry for entry in mapping["列"]}

    assert mapping["填报日期"] == FILED
    assert mapping["忽略"] == []
    assert list(entries) == next(tables(1, 7)).column_names
    assert entries["营业收入(万元)"] == {
        "列": "营业收入(万元)",
        "指标": "营业收入",
        "年度": "上年度",
        "单位": "万元",
        "来源": "税务局",
        "日期": FILED,
    }
    assert entries["高新技术企业有效期至"]["部分"] == "有效期至"
    assert entries["2023年营业收入(万元)"]["年度"] == 2023
    for entry in mapping["列"]:
        custodian, attestable = vocabulary.custodian(entry["指标"], entry.get("项"))
        assert entry.get("来源") == (custodian if attestable else None)
        if entry.get("单位"):
            unit = vocabulary.attributes[entry["指标"]].unit
            assert unit is not None
            assert unit.name == entry["单位"]


def test_the_mapping_names_years_where_the_day_is_in_another_one(catalogue: Catalogue) -> None:
    mapping = yaml.safe_load(mapping_yaml(date(2026, 3, 1), catalogue.vocabulary))

    years = {entry["列"]: entry["年度"] for entry in mapping["列"] if "年度" in entry}
    assert years["营业收入(万元)"] == 2024


def test_the_mapping_needs_no_words_given() -> None:
    assert mapping_yaml().startswith("# 合成数据")

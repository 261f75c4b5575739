"""Near misses in English: sentence by sentence what the Chinese says, with the same numbers, dates, units."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from string import Formatter

import pytest

from matcher import tree
from matcher.finding import Matcher
from matcher.language.profiles import read_company
from matcher.nearby.changes import Effort, effort
from matcher.nearby.nearness import Way, nearness
from matcher.nearby.search import Search
from matcher.nearby.wording import SENTENCES, say_change, say_confirming, say_fixed
from matcher.profile import Profile
from matcher.readers.leaves import LeafJudge
from matcher.readers.measuring import Context
from matcher.readers.prose import EN, ZH, Wording
from matcher.tree import AllOf, Condition, Constant, Leaf, Order, State
from tests.conftest import AS_OF, SEEDS
from tests.standards import NEW
from tests.strategies import seeded, shipped
from tests.test_nearness import amount, near, profile

VOCABULARY = shipped().vocabulary
WORDINGS = [Wording(VOCABULARY, language) for language in (ZH, EN)]
COMPANIES = sorted((SEEDS / "companies").glob("*.yaml"))
YEAR = re.compile(r"\b((?:19|20)\d\d) 年")
"""A calendar year; a duration of so many years has two digits at most."""
DAY = re.compile(r"\d{4}-\d\d-\d\d")
CHINESE_MARKS = re.compile("[\\u3002\\uff08-\\uff0c\\uff1a\\uff1b\\u201c\\u201d]")
PLAIN = (None, "项", "条", "个")
"""Counters that English leaves out."""


def numbers(sentence: str, language: str) -> Counter[tuple[str | None, Fraction | str]]:
    """Read the days and the numbers of a sentence, each in the base unit of its dimension."""
    units = {}
    for unit in VOCABULARY.units.by_name.values():
        english = language == EN and unit.name != "%"
        name = unit.english if english and unit.english else unit.name
        units[name] = (None if unit.name in PLAIN else unit.dimension, Fraction(unit.factor))
    named = "|".join(map(re.escape, sorted(units, key=len, reverse=True)))
    figure = re.compile(rf"(\d[\d,]*(?:\.\d+)?(?:/\d+)?) ?({named})?")
    found: Counter[tuple[str | None, Fraction | str]] = Counter(
        ("day", day) for day in DAY.findall(sentence)
    )
    for digits, unit in figure.findall(YEAR.sub(r"\1 ", DAY.sub(" ", sentence))):
        dimension, factor = units.get(unit, (None, Fraction(1)))
        found[dimension, Fraction(digits.replace(",", "")) * factor] += 1
    return found


def told(way: Way, company: Profile) -> Iterator[tuple[str, str]]:
    """Say a way in both languages, sentence beside sentence."""
    for change in way.change:
        zh, en = (say_change(change, company, wording) for wording in WORDINGS)
        yield zh, en
    confirming = [list(say_confirming(way.confirm, wording)) for wording in WORDINGS]
    yield from zip(*confirming, strict=True)


def fixed(leaves: tuple[Leaf, ...], company: Profile) -> Iterator[tuple[str, str]]:
    for leaf in leaves:
        zh, en = (say_fixed(leaf, company, wording) for wording in WORDINGS)
        yield zh, en


def agree(pairs: Iterator[tuple[str, str]]) -> list[tuple[str, str]]:
    """Hold every pair of sentences to each other."""
    said = list(pairs)
    for zh, en in said:
        assert numbers(zh, ZH) == numbers(en, EN), (zh, en)
        assert not CHINESE_MARKS.search(en), en
    return said


def test_both_languages_name_the_same_values() -> None:
    for id_, pair in SENTENCES.items():
        zh, en = (sorted(name for _, name, _, _ in Formatter().parse(one) if name) for one in pair)
        assert zh == en, id_


@pytest.mark.parametrize("company", COMPANIES, ids=lambda path: path.stem)
def test_every_near_miss_of_the_catalogue_says_the_same_in_both_languages(company: Path) -> None:
    text = company.read_text("utf-8")
    read = read_company(text, "company", VOCABULARY, AS_OF).profile
    said = []
    for item in nearness(Matcher(shipped()), read, AS_OF):
        for way in item.ways:
            said += agree(told(way, read))
        said += agree(fixed(item.fixed, read))
    assert len(said) > 50


@pytest.mark.parametrize("seed", range(6))
def test_so_does_every_way_to_a_national_title(seed: int) -> None:
    """Their standards have figures, ratios, growth, scores, ages and records."""
    maker = seeded(800 + seed)
    dimensions: set[str | None] = set()
    for standard in (item for item in shipped().standards if item.in_force(NEW)):
        company = maker.profile(standard.condition, known=2)
        judge = LeafJudge(VOCABULARY, Context(company, NEW))
        search = Search(standard.condition, judge)
        for changes in search.found():
            open_ones = tuple(c for c in changes if effort(c, company) is Effort.CONFIRM)
            way = Way(changes, open_ones, tuple(c for c in changes if c not in open_ones))
            for zh, _ in agree(told(way, company)):
                dimensions |= {dimension for dimension, _ in numbers(zh, ZH)}
        agree(fixed(tuple(search.fixed()), company))
    assert len(dimensions) > 2


# --- examples ------------------------------------------------------------------------------------


def english(own: Condition, text: str) -> list[list[str]]:
    company = profile(text)
    return [[en for _, en in told(way, company)] for way in near(own, text).ways]


def test_a_figure_is_said_in_yuan_and_persons() -> None:
    expense = tree.Figure("研发费用", tree.YearsBack(1))
    enough = tree.Compare(expense, Order.AT_LEAST, amount("500万元", "万元"))
    assert english(enough, "上年度: {研发费用: 380 万元}") == [
        ["2024 R&D expense: 1,200,000 yuan short (now 3,800,000 yuan, must reach 5,000,000 yuan)"]
    ]
    staff = tree.Figure("从业人员", tree.YearsBack(1))
    few = tree.Compare(staff, Order.LESS, amount("300人", "人"))
    assert english(few, "上年度: {从业人员: 420 人}") == [
        ["2024 Employees: 121 persons too much (now 420 persons, must fall to 299 persons)"]
    ]


def test_what_to_obtain_to_begin_and_to_wait_for() -> None:
    title = tree.Holds("资质", ("高新技术企业",))
    assert english(title, "资质: {高新技术企业: 没有}") == [["obtain: High-tech enterprise"]]
    levels = ("市级", "省级", "国家级")
    green = tree.TitleGrade("绿色工厂", Order.AT_LEAST, "省级", levels)
    held = "资质: [{名称: 绿色工厂, 级别: 市级, 取得日期: 2024-11-20}]"
    assert english(green, held) == [["obtain again: Green factory (provincial level)"]]
    begun = tree.Holds("事项", ("技术改造",), 1, State.DOING)
    assert english(begun, "事项: {技术改造: 没有}") == [["begin: Technical renovation"]]
    age = VOCABULARY.terms["成立年限"].formula
    assert age is not None
    old = tree.Compare(tree.Derived("成立年限", age), Order.AT_LEAST, Constant(1, "年"))
    ((waited,),) = english(old, "成立日期: 2025-03-05")
    assert waited.endswith(": reached on 2026-03-05, by waiting alone")


def test_what_no_effort_changes() -> None:
    hefei = VOCABULARY.regions.find("合肥市")[0].id
    place = near(AllOf((tree.InTree("注册地", (hefei,)),)), "注册地: 亳州市")
    assert [en for _, en in fixed(place.fixed, profile("注册地: 亳州市"))] == [
        "Place of registration does not fit, and no effort changes that:"
        " Place of registration in 合肥市"
    ]

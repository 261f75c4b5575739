"""One Ibis expression says on every back end what evaluate says, for every tree that a table can say."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest

from matcher import tree
from matcher.finding import Matcher
from matcher.layout import MAX_NUMBER, Layout
from matcher.profile import NOT_APPLICABLE, Fact, FactKey, Profile, Spell, Tenure
from matcher.readers.amounts import latest_start
from matcher.readers.columns import Facts, Unsayable, as_column
from matcher.readers.evaluate import Evaluate
from matcher.readers.fold import LEAVES
from matcher.readers.ibis import IbisReader
from matcher.readers.rationals import TOO_LARGE
from matcher.registry.encoding import Unstorable, decode, encode
from matcher.registry.engines import (
    DuckDBEngine,
    Engine,
    PolarsEngine,
    PostgresEngine,
    SparkEngine,
    facts_table,
)
from matcher.registry.outcomes import OPEN, OUTCOME_MASK, VERDICT_OF, delivery_of, program
from matcher.tree import Condition, Leaf, Order
from matcher.values import age_in_years
from tests.conftest import AS_OF, SOAK, seeds, skip_or_fail
from tests.strategies import seeded, shipped
from tests.tables import storable, write_table
from tests.webapp.conftest import POSTGRES

VOCABULARY = shipped().vocabulary
SAYABLE: tuple[type[Leaf], ...] = tuple(leaf for leaf in LEAVES if leaf not in IbisReader.cannot)
# A query of Spark's costs much whatever it reads, so the servers get many companies at a time.
MANY = 220 if SOAK == 1 else 800


@pytest.fixture(scope="module")
def polars_engine() -> Iterator[Engine]:
    with PolarsEngine() as engine:
        yield engine


@pytest.fixture(scope="module")
def duckdb_engine() -> Iterator[Engine]:
    with DuckDBEngine() as engine:
        yield engine


@pytest.fixture(scope="module")
def postgres_engine() -> Iterator[Engine]:
    import psycopg

    try:
        url = os.environ.get("MIANSHEN_TEST_POSTGRES", POSTGRES)
        engine = PostgresEngine(url.replace("+psycopg", ""))
    except psycopg.OperationalError as error:
        skip_or_fail(f"no PostgreSQL: {error}")
    with engine:
        yield engine


@pytest.fixture(scope="module")
def spark_engine() -> Iterator[Engine]:
    pytest.importorskip("pyspark")
    import shutil

    if shutil.which("java") is None:
        skip_or_fail("Spark needs Java")
    with SparkEngine("local[2]") as engine:
        yield engine


def truths(
    engine: Engine, conditions: list[Condition], profiles: list[Profile], folder: Path
) -> tuple[list[int], pl.DataFrame]:
    """Give the places of the conditions that can be said, and their truths by company."""
    part = folder / "facts.parquet"
    layout = write_table(profiles, VOCABULARY, profiles[0].filed, part)
    columns = layout.columns(VOCABULARY)
    table = facts_table(columns)
    reader = IbisReader(Facts(table, layout, VOCABULARY, AS_OF))
    said = {}
    for place, condition in enumerate(conditions):
        try:
            said[place] = as_column(reader(condition).truth)
        except Unsayable as error:
            assert str(error) == TOO_LARGE  # noqa: PT017 - any other reason is a mistake
    engine.load([part], columns)
    named = {f"c{place}": truth for place, truth in said.items()}
    rows = pl.concat(list(engine.rows(table.select("row_number", **named))))
    return list(said), rows.sort("row_number")


def agree(
    engine: Engine, conditions: list[Condition], profiles: list[Profile], folder: Path
) -> int:
    """Hold a back end to evaluate; give how many pairs were compared."""
    said, rows = truths(engine, conditions, profiles, folder)
    for number, profile in enumerate(profiles):
        evaluation = Evaluate(VOCABULARY, profile, AS_OF)
        for place in said:
            expected = evaluation(conditions[place]).truth
            assert rows[f"c{place}"][number] is expected, (conditions[place], profile)
    return len(said) * len(profiles)


def generated(seed: int, rules: int, companies: int) -> tuple[list[Condition], list[Profile]]:
    maker = seeded(seed)
    conditions = [maker.condition(4, SAYABLE) for _ in range(rules)]
    filed = maker.pick((None, AS_OF, date(2025, 3, 1), date(2024, 12, 31)))
    made = [maker.profile(*conditions) for _ in range(companies)]
    return conditions, [storable(profile, VOCABULARY, filed) for profile in made]


@pytest.mark.parametrize("seed", seeds(3))
@pytest.mark.parametrize("name", ["polars", "duckdb"])
def test_generated_trees(
    name: str, seed: int, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """40 trees and 45 companies a seed: 5,400 pairs a back end in all, 25 times as many under `make soak`."""
    engine = request.getfixturevalue(f"{name}_engine")
    assert agree(engine, *generated(seed, 40, 45), tmp_path) >= 1500


@pytest.mark.parametrize("seed", seeds(1))
@pytest.mark.parametrize("name", [pytest.param("postgres", marks=pytest.mark.postgres), "spark"])
def test_generated_trees_on_a_server(
    name: str, seed: int, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    engine = request.getfixturevalue(f"{name}_engine")
    # Spark takes seconds to plan each tree.
    trees = 6 if name == "spark" and SOAK == 1 else 12
    assert agree(engine, *generated(1000 + seed, trees, MANY), tmp_path) >= (trees - 2) * MANY


@pytest.mark.parametrize("leaf", SAYABLE, ids=lambda leaf: leaf.__name__)
@pytest.mark.parametrize("name", ["polars", "duckdb"])
def test_every_leaf_and_its_contrary(
    name: str, leaf: type[Leaf], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Unknown makes neither met, 不适用 makes the contrary met."""
    maker = seeded(7)
    leaves = [maker.leaf([leaf]) for _ in range(12)]
    conditions: list[Condition] = [*leaves, *(tree.Not(item) for item in leaves)]
    profiles = [storable(maker.profile(*leaves), VOCABULARY, AS_OF) for _ in range(30)]
    engine = request.getfixturevalue(f"{name}_engine")
    assert agree(engine, conditions, profiles, tmp_path) == len(conditions) * len(profiles)


# --- the shipped rules: numbers, delivery, missing facts ------------------------------------------


@pytest.mark.parametrize("seed", seeds(4))
def test_the_shipped_rules_with_delivery_and_missing_facts(
    seed: int, polars_engine: Engine, tmp_path: Path
) -> None:
    """A number of the table says what a finding says: verdict, delivery and missing facts."""
    maker, catalogue = seeded(seed), shipped()
    measures = catalogue.measures
    wanted = [measure.condition for measure in measures] + [catalogue.exclusion]
    profiles = [
        storable(maker.profile(*wanted, known=number % 4), VOCABULARY, AS_OF)
        for number in range(12)
    ]
    # Assurance belongs to a column, so whole tables are attested here; single columns below.
    profiles = [_all_attested(profile) for profile in profiles]
    layout = write_table(profiles, VOCABULARY, AS_OF, tmp_path / "facts.parquet")
    written = program(catalogue, measures, layout, AS_OF)
    assert written.refused == {}
    polars_engine.load([tmp_path / "facts.parquet"], layout.columns(VOCABULARY))
    rows = pl.concat(list(polars_engine.rows(written.expression))).sort("row_number")
    for number, profile in enumerate(profiles):
        findings = {f.measure.id: f for f in Matcher(catalogue).match(profile, AS_OF).findings}
        for asked in written.asked:
            value = rows[asked.column][number]
            finding = findings[asked.measure.id]
            assert VERDICT_OF[value & OUTCOME_MASK] is finding.verdict
            assert delivery_of(asked, value, VOCABULARY) == finding.delivery
            bits = value >> 2 if value & OUTCOME_MASK == OPEN else 0
            facts = {key for bit, key in enumerate(asked.facts) if bits >> bit & 1}
            assert facts == set(finding.missing)


def _all_attested(profile: Profile) -> Profile:
    from matcher.profile import Assurance

    facts = {
        key: Fact(fact.value, Assurance.ATTESTED, fact.source)
        for key, fact in profile.facts.items()
    }
    return Profile(facts, profile.filed)


# --- exactness -----------------------------------------------------------------------------------


def _money(order: Order, bound: int | Fraction) -> Condition:
    figure = tree.Figure("营业收入", tree.YearsBack(1))
    return tree.Compare(figure, order, tree.Constant(bound, "元"))


REVENUE = FactKey("营业收入", None, AS_OF.year - 1)
EXPENSE = FactKey("研发费用", None, AS_OF.year - 1)


@pytest.mark.parametrize("name", ["polars", "duckdb", "postgres"])
def test_money_is_exact_at_the_threshold(
    name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    bounds = (0, 200_000_000, MAX_NUMBER, -MAX_NUMBER, 10**30, Fraction(1, 3), Fraction(-7, 2))
    conditions = [_money(order, bound) for order in Order for bound in bounds]
    values = {int(b) + step for b in bounds for step in (-1, 0, 1) if abs(int(b)) < 10**18}
    amounts = [value for value in values if abs(value) <= MAX_NUMBER]
    profiles = [Profile({REVENUE: Fact(value)}, AS_OF) for value in amounts]
    profiles += [Profile({REVENUE: Fact(NOT_APPLICABLE)}, AS_OF), Profile({}, AS_OF)]
    agree(request.getfixturevalue(f"{name}_engine"), conditions, profiles, tmp_path)


@pytest.mark.parametrize("name", ["polars", "duckdb", "postgres", "spark"])
def test_a_ratio_is_exact_to_the_last_fen(
    name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Products of large figures with large fractions keep every digit."""
    ratio = tree.Ratio(
        tree.Figure("研发费用", tree.YearsBack(1)), tree.Figure("营业收入", tree.YearsBack(1))
    )
    shares = (Fraction(3, 100), Fraction(1, 3), Fraction(999_999_937, 10**15))
    conditions: list[Condition] = [
        tree.Compare(ratio, order, tree.Constant(share, "%")) for order in Order for share in shares
    ]
    profiles = []
    for share in shares:
        for times in (1, 7, 10**15 // share.denominator):
            for step in (-1, 0, 1):
                over = share.numerator * max(times, 1) + step
                under = share.denominator * max(times, 1)
                profiles.append(Profile({EXPENSE: Fact(over), REVENUE: Fact(under)}, AS_OF))
    profiles.append(Profile({EXPENSE: Fact(5), REVENUE: Fact(0)}, AS_OF))
    profiles.append(Profile({EXPENSE: Fact(5), REVENUE: Fact(-3)}, AS_OF))
    agree(request.getfixturevalue(f"{name}_engine"), conditions, profiles, tmp_path)


def test_a_product_beyond_38_digits_is_refused_not_rounded() -> None:
    layout, _ = encode([Profile({REVENUE: Fact(1), EXPENSE: Fact(1)}, AS_OF)], VOCABULARY, AS_OF)
    reader = IbisReader(Facts(facts_table(layout.columns(VOCABULARY)), layout, VOCABULARY, AS_OF))
    figure = tree.Figure("营业收入", tree.YearsBack(1))
    ratio = tree.Ratio(tree.Figure("研发费用", tree.YearsBack(1)), figure)
    tiny = tree.Constant(Fraction(1, 3**60), "%")
    with pytest.raises(Unsayable, match=TOO_LARGE):
        reader(tree.Compare(tree.Sum(ratio, ratio), Order.MORE, tiny))


def test_records_are_refused_by_name() -> None:
    assert IbisReader.cannot == {tree.Records}
    reader = IbisReader(Facts(facts_table({}), Layout(), VOCABULARY, AS_OF))
    with pytest.raises(Unsayable, match="逐条记录"):
        reader(tree.AllOf((tree.IsTrue("民营企业"), seeded(3).leaf([tree.Records]))))
    with pytest.raises(Unstorable):
        encode([Profile({FactKey("项目"): Fact(())})], VOCABULARY, AS_OF)


@pytest.mark.parametrize("years", [0, 1, 3, Fraction(1, 2), Fraction(7, 3), 200])
@pytest.mark.parametrize("as_of", [AS_OF, date(2024, 2, 29), date(2025, 2, 28), date(2025, 3, 1)])
def test_an_age_turns_on_one_day(years: int | Fraction, as_of: date) -> None:
    """Every day of a century falls on the right side of the two days that stand for an age."""
    enough, more = latest_start(years, as_of, True), latest_start(years, as_of, False)
    for ordinal in range(date(1925, 1, 1).toordinal(), as_of.toordinal() + 1):
        day = date.fromordinal(ordinal)
        age = age_in_years(day, as_of)
        assert age is not None
        assert (age >= years) == (day <= enough)
        assert (age > years) == (day <= more)


# --- scores, which no shipped measure has yet -----------------------------------------------------


def _score() -> tree.Derived:
    revenue = tree.Figure("营业收入", tree.YearsBack(1))
    share = tree.Ratio(tree.Figure("研发费用", tree.YearsBack(1)), revenue)
    bands = (
        (Order.AT_LEAST, Fraction(3, 10), 20),
        (Order.AT_LEAST, Fraction(1, 10), Fraction(15, 2)),
    )
    wide = ((Order.AT_LEAST, 200, 60), (Order.AT_LEAST, 100, 30))
    items = (
        tree.ScoreItem("占比", share, bands, 0),
        tree.ScoreItem("规模", revenue, wide, 5),
        tree.ScoreItem("年限", tree.Age("成立日期"), ((Order.AT_LEAST, 3, 30),), 1),
        tree.ScoreItem("条件", _decided(revenue), ((Order.AT_LEAST, 1, 7),), Fraction(5, 2)),
        tree.BestItem(
            "取高",
            (
                tree.ScoreItem("取高", share, ((Order.AT_LEAST, Fraction(1, 5), 8),), 0),
                tree.ScoreItem("取高", revenue, ((Order.AT_LEAST, 150, 6),), 2),
            ),
        ),
    )
    return tree.Derived("得分", tree.Score(100, items))


def _decided(revenue: tree.Figure) -> tree.Indicator:
    """A condition that an item counts by: much revenue, or young with little R&D."""
    little = tree.Compare(
        tree.Figure("研发费用", tree.YearsBack(1)), Order.AT_MOST, tree.Constant(10)
    )
    young = tree.DateIs("成立日期", Order.AT_LEAST, date(2022, 1, 1))
    much = tree.Compare(revenue, Order.AT_LEAST, tree.Constant(200))
    return tree.Indicator(tree.AnyOf((much, tree.AllOf((young, tree.Not(tree.Not(little)))))))


@pytest.mark.parametrize("name", ["polars", "duckdb", "postgres"])
def test_a_score_known_in_part_is_an_interval(
    name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    total = _score()
    conditions: list[Condition] = [
        tree.Compare(total, order, tree.Constant(points, "分"))
        for order in Order
        for points in (0, 6, Fraction(27, 2), 60, 80, 110)
    ]
    both = tree.Derived("总分", tree.Sum(total, total))
    conditions += [tree.Compare(both, Order.AT_LEAST, tree.Constant(bar)) for bar in (12, 27, 160)]
    founded = FactKey("成立日期")
    profiles = [
        Profile(
            {
                key: Fact(value)
                for key, value in ((EXPENSE, expense), (REVENUE, revenue), (founded, day))
                if value is not None
            },
            AS_OF,
        )
        for expense in (None, 0, 10, 60, NOT_APPLICABLE)
        for revenue in (None, 0, 100, 200, NOT_APPLICABLE)
        for day in (None, date(2020, 1, 1), date(2024, 1, 1), NOT_APPLICABLE)
    ]
    agree(request.getfixturevalue(f"{name}_engine"), conditions, profiles, tmp_path)


# --- rows and profiles ---------------------------------------------------------------------------


@pytest.mark.parametrize("seed", seeds(3))
def test_a_row_is_the_profile_it_came_from(seed: int) -> None:
    maker = seeded(seed)
    conditions = [maker.condition(4, SAYABLE) for _ in range(30)]
    profiles = [storable(maker.profile(*conditions), VOCABULARY, AS_OF) for _ in range(20)]
    layout, rows = encode(profiles, VOCABULARY, AS_OF)
    for profile, row in zip(profiles, rows, strict=True):
        read = decode(row, Layout.from_json(layout.to_json()), VOCABULARY)
        assert {k: f.value for k, f in read.facts.items()} == {
            key: fact.value for key, fact in profile.facts.items()
        }


def test_a_title_without_days_needs_one_column(polars_engine: Engine, tmp_path: Path) -> None:
    key = FactKey("资质", "高新技术企业")
    held = [Tenure((Spell(),)), Tenure(clear_since=AS_OF)]
    profiles = [Profile({key: Fact(value)}, AS_OF) for value in held] + [Profile({}, AS_OF)]
    conditions: list[Condition] = [tree.Holds("资质", ("高新技术企业",))]
    assert agree(polars_engine, conditions, profiles, tmp_path) == 3 * len(conditions)
    assert SOAK >= 1

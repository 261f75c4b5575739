"""What stands between a company and a measure: figures, days, titles, activities, and what is fixed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

from matcher import tree
from matcher.catalogue import Catalogue
from matcher.finding import Matcher
from matcher.language.profiles import read_company
from matcher.nearby.nearness import Nearness, nearness
from matcher.nearby.wording import say_change, say_confirming, say_fixed
from matcher.profile import Profile
from matcher.readers.prose import Wording
from matcher.tree import AllOf, AnyOf, AtLeast, Condition, Constant, Not, Order, State
from tests.cli.conftest import Run
from tests.cli.conftest import run as run
from tests.conftest import AS_OF, SEEDS
from tests.strategies import shipped

VOCABULARY = shipped().vocabulary
WORDING = Wording(VOCABULARY)
LAST = tree.YearsBack(1)
EXPENSE, REVENUE = tree.Figure("研发费用", LAST), tree.Figure("营业收入", LAST)
HIGH_TECH = tree.Holds("资质", ("高新技术企业",))


def amount(text: str, unit: str) -> Constant:
    return Constant(VOCABULARY.units.parse(text, VOCABULARY.units.by_name[unit]), unit)


def profile(text: str) -> Profile:
    return read_company(text, "company", VOCABULARY, AS_OF).profile


def near(own: Condition, text: str) -> Nearness:
    """Work out how near a company is to a measure that asks for one condition."""
    catalogue = shipped()
    measure = replace(catalogue.by_id["hefei-2025/1.4"], condition=AllOf((own,)))
    (found,) = nearness(Matcher(catalogue), profile(text), AS_OF, [measure])
    return found


def said(own: Condition, text: str) -> list[list[str]]:
    """Say every way, what has to change before what is to be confirmed."""
    company = profile(text)
    return [
        [
            *(say_change(change, company, WORDING) for change in way.change),
            *say_confirming(way.confirm, WORDING),
        ]
        for way in near(own, text).ways
    ]


def fixed(own: Condition, text: str) -> list[str]:
    found = near(own, text)
    assert not found.ways
    return [say_fixed(leaf, profile(text), WORDING) for leaf in found.fixed]


# --- figures -------------------------------------------------------------------------------------


def test_a_figure_says_how_much_is_lacking() -> None:
    enough = tree.Compare(EXPENSE, Order.AT_LEAST, amount("500万元", "万元"))
    assert said(enough, "上年度: {研发费用: 380 万元}") == [
        ["2024 年度 研发费用还差 120 万元(现在 380 万元,须达到 500 万元)"]
    ]
    few = tree.Compare(tree.Figure("从业人员", LAST), Order.LESS, amount("300人", "人"))
    assert said(few, "上年度: {从业人员: 420 人}") == [
        ["2024 年度 从业人员超出 121 人(现在 420 人,须降到 299 人)"]
    ]


def test_of_a_ratio_the_part_above_the_line_rises_rounded_up() -> None:
    """3% of 9,601.23 万元 is 288.0369 万元, so 288.04 is the least with two decimals."""
    share = tree.Compare(tree.Ratio(EXPENSE, REVENUE), Order.AT_LEAST, amount("3%", "%"))
    assert said(share, "上年度: {研发费用: 200 万元, 营业收入: 9601.23 万元}") == [
        ["2024 年度 研发费用还差 88.04 万元(现在 200 万元,须达到 288.04 万元)"]
    ]


def test_a_count_is_whole() -> None:
    share = tree.Compare(
        tree.Ratio(tree.Figure("科技人员", LAST), tree.Figure("从业人员", LAST)),
        Order.AT_LEAST,
        amount("10%", "%"),
    )
    assert said(share, "上年度: {科技人员: 3 人, 从业人员: 101 人}") == [
        ["2024 年度 科技人员还差 8 人(现在 3 人,须达到 11 人)"]
    ]
    rights = tree.Compare(tree.Figure("Ⅰ类知识产权"), Order.AT_LEAST, amount("1件", "件"))
    assert said(rights, "Ⅰ类知识产权: 0 件") == [["Ⅰ类知识产权还差 1 件(现在 0 件,须达到 1 件)"]]


def test_every_year_that_falls_short_has_to_rise() -> None:
    each = tree.EachYear("研发费用", 2, Order.AT_LEAST, amount("100万元", "万元"))
    (way,) = said(each, "年度: {2024: {研发费用: 90 万元}, 2023: {研发费用: 70 万元}}")
    assert [text.split("(")[0] for text in way] == [
        "2024 年度 研发费用还差 10 万元",
        "2023 年度 研发费用还差 30 万元",
    ]


def test_a_size_is_reached_by_the_figures_of_its_row() -> None:
    small = tree.OneOf("企业规模", ("小型", "微型"), VOCABULARY.terms["企业规模"].grading)
    ways = said(small, "行业: 3973\n上年度: {从业人员: 320 人, 营业收入: 2100 万元}")
    assert ways == [
        ["2024 年度 营业收入超出 100.01 万元(现在 2100 万元,须降到 1999.99 万元)"],
        ["2024 年度 从业人员超出 21 人(现在 320 人,须降到 299 人)"],
    ]


def test_a_score_is_reached_by_the_cheapest_items() -> None:
    """16 + 40 + 0 points; one class II right gives the 6 that are lacking, and so would others."""
    term = VOCABULARY.terms["科技型中小企业得分"]
    assert term.score is not None
    score = tree.Derived("科技型中小企业得分", term.score)
    company = (
        "上年度: {科技人员: 25 人, 从业人员: 100 人, 研发费用: 50 万元, 营业收入: 1000 万元,"
        " 成本费用: 900 万元}\nⅠ类知识产权: 0 件\nⅡ类知识产权: 0 件\n"
    )
    ways = said(tree.Compare(score, Order.AT_LEAST, Constant(60, "分")), company)
    assert ["2024 年度 研发费用还差 10 万元(现在 50 万元,须达到 60 万元)"] in ways
    assert ["2024 年度 科技人员还差 5 人(现在 25 人,须达到 30 人)"] in ways
    assert ["Ⅱ类知识产权还差 1 件(现在 0 件,须达到 1 件)"] in ways
    assert all(len(way) == 1 for way in ways)


def test_points_that_a_condition_earns_and_sums_of_scores() -> None:
    """Ten points for the title and up to ten for patents; 15 take the title and one patent."""
    title = tree.ScoreItem("称号", tree.Indicator(HIGH_TECH), ((Order.AT_LEAST, 1, 10),), 0)
    patents = tree.ScoreItem(
        "专利", tree.Figure("发明专利"), ((Order.AT_LEAST, 4, 10), (Order.AT_LEAST, 1, 5)), 0
    )
    one, two = (tree.Derived(item.name, tree.Score(10, (item,))) for item in (title, patents))
    enough = tree.Compare(tree.Sum(one, two), Order.AT_LEAST, Constant(15, "分"))
    ways = said(enough, "资质: {高新技术企业: 没有}\n发明专利: 0 件")
    assert ways == [["取得“高新技术企业”", "发明专利还差 1 件(现在 0 件,须达到 1 件)"]]


# --- time ----------------------------------------------------------------------------------------


def test_an_age_is_reached_on_a_day() -> None:
    term = VOCABULARY.terms["成立年限"].formula
    assert term is not None
    old = tree.Compare(tree.Derived("成立年限", term), Order.AT_LEAST, Constant(1, "年"))
    assert said(old, "成立日期: 2025-03-05") == [["成立年限 ≥ 1 年:2026-03-05 达到(只须等待)"]]
    young = tree.Compare(tree.Derived("成立年限", term), Order.AT_MOST, Constant(1, "年"))
    assert fixed(young, "成立日期: 2020-03-05")


def test_a_window_passes() -> None:
    """An accident on 2024-05-10 lies in the last three years up to 2027-05-10, that day included."""
    clean = Not(tree.Happened("重大事件", "重大安全事故", tree.Event.LISTED, tree.LastYears(3)))
    ways = near(
        clean, "重大事件: {重大安全事故: {列入日期: 2024-05-10, 移出日期: 2024-05-10}}"
    ).ways
    assert [way.changes[0].on for way in ways] == [date(2027, 5, 11)]


# --- titles, activities, states ------------------------------------------------------------------


def test_a_title_to_obtain_and_one_to_obtain_again() -> None:
    assert said(HIGH_TECH, "资质: {高新技术企业: 没有}") == [["取得“高新技术企业”"]]
    expired = "资质: [{名称: 高新技术企业, 取得日期: 2020-10-16, 有效期至: 2023-10-15}]"
    assert said(HIGH_TECH, expired) == [["重新取得“高新技术企业”"]]


def test_a_level_to_rise_to() -> None:
    levels = ("市级", "省级", "国家级")
    green = tree.TitleGrade("绿色工厂", Order.AT_LEAST, "省级", levels)
    text = "资质: [{名称: 绿色工厂, 级别: 市级, 取得日期: 2024-11-20}]"
    assert said(green, text) == [["重新取得省级“绿色工厂”"]]


def test_an_activity_to_begin_or_to_complete() -> None:
    begun = tree.Holds("事项", ("技术改造",), 1, State.DOING)
    done = tree.DoneWithin("技术改造", tree.YearsBack(0))
    assert said(begun, "事项: {技术改造: 没有}") == [["开展“技术改造”"]]
    assert said(done, "事项: {技术改造: 在做}") == [["完成“技术改造”"]]


def test_a_listing_to_end() -> None:
    listed = Not(tree.Holds("信用名单", ("经营异常名录",)))
    text = "信用名单: {经营异常名录: {列入日期: 2025-01-05}}"
    assert said(listed, text) == [["移出信用名单“经营异常名录”"]]


def test_records_to_add() -> None:
    cost = tree.Compare(tree.Figure("设备投资额"), Order.AT_LEAST, amount("500万元", "万元"))
    ways = said(tree.Records("项目", 2, cost), "项目: [{设备投资额: 600 万元}]")
    assert ways == [["项目增加到符合:项目中至少 2 项符合:设备投资额 ≥ 500 万元"]]


# --- what is fixed, and what is not known --------------------------------------------------------


def test_the_place_and_the_trade_are_not_a_matter_of_effort() -> None:
    hefei = VOCABULARY.regions.find("合肥市")[0].id
    assert fixed(tree.InTree("注册地", (hefei,)), "注册地: 亳州市") == [
        "注册地不符,不能靠努力改变:注册地属于合肥市"
    ]
    trade = tree.InTree("行业", ("C",))
    assert fixed(AllOf((trade, HIGH_TECH)), "行业: 6520\n资质: {高新技术企业: 没有}") == [
        "行业不符,不能靠努力改变:行业属于制造业"
    ]


def test_another_branch_goes_round_what_is_fixed() -> None:
    trade = tree.InTree("行业", ("C",))
    text = "行业: 6520\n资质: {高新技术企业: 没有}"
    assert said(AnyOf((trade, HIGH_TECH)), text) == [["取得“高新技术企业”"]]


def test_what_is_not_known_may_be_so_already() -> None:
    assert said(HIGH_TECH, "注册地: 合肥市") == [
        ["先确认:持有有效的“高新技术企业”(资质 高新技术企业未填)"]
    ]
    assert said(tree.Judged("运转成效"), "注册地: 合肥市")[0][0].startswith("待")


def test_fewest_facts_come_first() -> None:
    many = AllOf((tree.IsTrue("自主品牌"), tree.IsTrue("核心业务信息化")))
    text = "自主品牌: 否\n核心业务信息化: 否\n资质: {高新技术企业: 没有}"
    ways = near(AnyOf((many, HIGH_TECH)), text).ways
    assert [len(way.changes) for way in ways] == [1, 2]


def test_at_least_so_many_of_them() -> None:
    names = ("自主品牌", "核心业务信息化", "查账征收")
    two = AtLeast(2, tuple(tree.IsTrue(name) for name in names))
    text = "自主品牌: 是\n核心业务信息化: 否\n查账征收: 否"
    assert said(two, text) == [
        ["核心业务信息化由“否”变为“是”"],
        ["查账征收由“否”变为“是”"],
    ]


def test_one_figure_that_two_conditions_ask_for() -> None:
    three = tree.Compare(EXPENSE, Order.AT_LEAST, amount("300万元", "万元"))
    share = tree.Compare(tree.Ratio(EXPENSE, REVENUE), Order.AT_LEAST, amount("5%", "%"))
    text = "上年度: {研发费用: 200 万元, 营业收入: 8000 万元}"
    assert said(AllOf((three, share)), text) == [
        ["2024 年度 研发费用还差 200 万元(现在 200 万元,须达到 400 万元)"]
    ]


# --- the command ---------------------------------------------------------------------------------


def test_the_command(run: Run) -> None:
    company = SEEDS / "companies" / "startup.yaml"
    told = run("near", company, "--as-of", "2025-09-01", "--measure", "hefei-2025/1.4")
    assert told.exit_code == 0
    assert "注册地不符,不能靠努力改变" in told.stdout

    given = json.loads(run("near", company, "--as-of", "2025-09-01", "--json").stdout)
    assert {"as_of", "rules_version", "company", "measures"} <= set(given)
    for item in given["measures"]:
        assert {"measure", "verdict", "ways", "fixed"} <= set(item)
        for way in item["ways"]:
            assert way["confirm"] or way["change"]
            assert {"label", "effort", "now", "then", "reached_on"} <= set(way["facts"][0])


def test_an_unknown_measure_ends_with_two(run: Run) -> None:
    told = run("near", SEEDS / "companies" / "demo.yaml", "--measure", "hefei-2025/1.44")
    assert told.exit_code == 2
    assert "是否想写“hefei-2025/1.4”" in told.stderr


def test_the_vocabulary_says_what_can_change(catalogue: Catalogue) -> None:
    words = {label: item.changing.value for label, item in catalogue.vocabulary.attributes.items()}
    told = {
        "行业": "否",
        "成立日期": "等待",
        "资质": "只增",
        "研发费用": "是",
        "主管部门认定": "否",
    }
    assert told.items() <= words.items()


def test_nobody_is_told_to_give_up_a_title_or_a_standing() -> None:
    assert fixed(Not(HIGH_TECH), "资质: {高新技术企业: 有}")
    small = Not(tree.Holds("规上状态", ("规上工业",)))
    assert fixed(small, "规上状态: {规上工业: 有}")

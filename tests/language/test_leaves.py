"""Each form of a condition sentence reads as its node; typed variants of one operator are one."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
import yaml

from matcher import tree
from matcher.catalogue import Catalogue
from matcher.language.conditions import ConditionReader
from matcher.language.diagnostics import Problems
from matcher.language.leaves import MAX_LENGTH, LeafGrammar
from matcher.language.printer import print_condition
from matcher.language.source import read_yaml
from matcher.tree import (
    Condition,
    Constant,
    Event,
    Figure,
    LastYears,
    Order,
    State,
    Year,
    YearsBack,
)
from matcher.vocabulary.model import Vocabulary
from tests.language.harness import rendered

LAST = YearsBack(1)
WAN, YI = 1_000_000, 10_000_000_000  # 分


@pytest.fixture(scope="module")
def vocabulary(catalogue: Catalogue) -> Vocabulary:
    return catalogue.vocabulary


@pytest.fixture(scope="module")
def grammar(vocabulary: Vocabulary) -> LeafGrammar:
    return LeafGrammar(vocabulary.units)


class Reading:
    """Reads YAML conditions and keeps the mistakes."""

    def __init__(self, vocabulary: Vocabulary, grammar: LeafGrammar) -> None:
        self.vocabulary, self.grammar = vocabulary, grammar

    def __call__(self, text: str) -> Condition | None:
        problems = Problems()
        node = read_yaml(text, "条件.yaml", problems)
        assert node is not None
        condition = ConditionReader(self.vocabulary, self.grammar, problems).read(node)
        self.said = rendered(problems)
        return condition


@pytest.fixture
def read(vocabulary: Vocabulary, grammar: LeafGrammar) -> Reading:
    return Reading(vocabulary, grammar)


def figure(name: str, period: YearsBack | Year | None = LAST) -> Figure:
    return Figure(name, period)


def money(amount: int) -> Constant:
    return Constant(amount)


def percent(value: int) -> Constant:
    return Constant(Fraction(value, 100))


FORMS: list[tuple[str, Condition]] = [
    ("民营企业", tree.IsTrue("民营企业")),
    ("外贸企业 为 是", tree.IsTrue("外贸企业")),
    ("外贸企业 为 否", tree.Not(tree.IsTrue("外贸企业"))),
    ("从业人员 ≥ 10 人", tree.Compare(figure("从业人员"), Order.AT_LEAST, Constant(10))),
    ("研发费用 ≥ 100 万元", tree.Compare(figure("研发费用"), Order.AT_LEAST, money(100 * WAN))),
    (
        "从业人员 介于 10 至 300 人",
        tree.Within(figure("从业人员"), Constant(10), Constant(300), True, True),
    ),
    (
        '"营业收入 在 [3000 万元, 1 亿元)"',
        tree.Within(figure("营业收入"), money(3000 * WAN), money(YI), True, False),
    ),
    ("营业收入 2000 万元以上", tree.Compare(figure("营业收入"), Order.AT_LEAST, money(2000 * WAN))),
    ("从业人员 300 人以下", tree.Compare(figure("从业人员"), Order.AT_MOST, Constant(300))),
    ("企业类型 为 有限责任公司", tree.OneOf("企业类型", ("有限责任公司",))),
    ("企业类型 不为 有限责任公司", tree.Not(tree.OneOf("企业类型", ("有限责任公司",)))),
    (
        "企业类型 属于 (有限责任公司、股份有限公司)",
        tree.OneOf("企业类型", ("有限责任公司", "股份有限公司")),
    ),
    (
        "绿色工厂 级别 不低于 省级",
        tree.TitleGrade("绿色工厂", Order.AT_LEAST, "省级", ("市级", "省级", "国家级")),
    ),
    ("主体类别 含 基金管理团队", tree.Holds("主体类别", ("基金管理团队",))),
    ("主体类别 含任一 (企业、金融机构)", tree.Holds("主体类别", ("企业", "金融机构"))),
    ("主体类别 含全部 (企业、金融机构)", tree.Holds("主体类别", ("企业", "金融机构"), 2)),
    ("主体类别 不含 金融机构", tree.Not(tree.Holds("主体类别", ("金融机构",)))),
    (
        "主体类别 含至少 2 项 (企业、金融机构、高校院所)",
        tree.Holds("主体类别", ("企业", "金融机构", "高校院所"), 2),
    ),
    ("事项 含 技术改造", tree.Holds("事项", ("技术改造",), 1, State.PLANNED)),
    ("事项 在做 技术改造", tree.Holds("事项", ("技术改造",), 1, State.DOING)),
    ("事项 已完成 技术改造", tree.Holds("事项", ("技术改造",), 1, State.DONE)),
    ("2025 年内 已完成 技术改造", tree.DoneWithin("技术改造", Year(2025))),
    ("资质 含 高新技术企业", tree.Holds("资质", ("高新技术企业",))),
    (
        "专精特新中小企业 取得日期 不晚于 2021-06-30",
        tree.TitleDate("专精特新中小企业", Order.AT_MOST, date(2021, 6, 30)),
    ),
    ("高新技术企业 剩余有效期 ≥ 180 天", tree.TitleLeft("高新技术企业", Order.AT_LEAST, 180)),
    (
        "2024 年 新获 高新技术企业",
        tree.Happened("资质", "高新技术企业", Event.NEWLY, Year(2024)),
    ),
    (
        "上年度 首次获得 专精特新小巨人",
        tree.Happened("资质", "专精特新小巨人", Event.FIRST, LAST),
    ),
    (
        "近 3 年 曾获 省级科技奖励",
        tree.Happened("资质", "省级科技奖励", Event.EVER, LastYears(3)),
    ),
    ("连续 2 年 获 瞪羚企业", tree.HeldYears("瞪羚企业", 2)),
    ("规上状态 为 规上工业", tree.Holds("规上状态", ("规上工业",))),
    (
        "2024 年 首次纳入 规上工业",
        tree.Happened("规上状态", "规上工业", Event.FIRST, Year(2024)),
    ),
    (
        "近 3 年 未列入 失信被执行人",
        tree.Not(tree.Happened("信用名单", "失信被执行人", Event.LISTED, LastYears(3))),
    ),
    (
        "近 1 年 未发生 重大安全事故",
        tree.Not(tree.Happened("重大事件", "重大安全事故", Event.LISTED, LastYears(1))),
    ),
    ("注册地 属于 合肥市", tree.InTree("注册地", ("340100",))),
    ("注册地 不属于 合肥市", tree.Not(tree.InTree("注册地", ("340100",)))),
    ("行业 属于 制造业", tree.InTree("行业", ("C",))),
    ("行业 属于任一 (C39、软件和信息技术服务业)", tree.InTree("行业", ("39", "65"))),
    ("上市阶段 不早于 辅导备案", tree.AtStage("上市阶段", None, Order.AT_LEAST, "辅导备案")),
    (
        "科创板 上市阶段 不早于 受理",
        tree.AtStage("上市阶段", "科创板", Order.AT_LEAST, "受理"),
    ),
    ("2025 年内 上市阶段 达到 受理", tree.StageWithin("上市阶段", None, "受理", Year(2025))),
    ("上市计划 含 科创板", tree.Holds("上市计划", ("科创板",))),
    (
        "上年度 营业收入 ≥ 2000 万元",
        tree.Compare(figure("营业收入"), Order.AT_LEAST, money(2000 * WAN)),
    ),
    (
        "2023 年 营业收入 ≥ 2000 万元",
        tree.Compare(figure("营业收入", Year(2023)), Order.AT_LEAST, money(2000 * WAN)),
    ),
    (
        "近 2 年 每年 研发费用 ≥ 100 万元",
        tree.EachYear("研发费用", 2, Order.AT_LEAST, money(100 * WAN)),
    ),
    (
        "近 3 年 累计 研发费用 ÷ 近 3 年 累计 营业收入 ≥ 5%",
        tree.Compare(
            tree.Ratio(tree.Total("研发费用", LastYears(3)), tree.Total("营业收入", LastYears(3))),
            Order.AT_LEAST,
            percent(5),
        ),
    ),
    (
        "2020-07-01 至 2021-06-30 累计 利息支出 ≥ 30 万元",
        tree.Compare(
            tree.Total("利息支出", tree.Days(date(2020, 7, 1), date(2021, 6, 30))),
            Order.AT_LEAST,
            money(30 * WAN),
        ),
    ),
    (
        "营业收入 同比增长 ≥ 15%",
        tree.Compare(tree.Growth("营业收入", LAST), Order.AT_LEAST, percent(15)),
    ),
    (
        "营业收入 同比增加 ≥ 1 亿元",
        tree.Compare(
            tree.Sum(figure("营业收入"), figure("营业收入", YearsBack(2)), minus=True),
            Order.AT_LEAST,
            money(YI),
        ),
    ),
    (
        "2023 年 营业收入 同比增加 ≥ 1 亿元",
        tree.Compare(
            tree.Sum(figure("营业收入", Year(2023)), figure("营业收入", Year(2022)), minus=True),
            Order.AT_LEAST,
            money(YI),
        ),
    ),
    (
        "近 2 年 营业收入 复合增长率 ≥ 5%",
        tree.Compare(tree.CompoundGrowth("营业收入", 2), Order.AT_LEAST, percent(5)),
    ),
    (
        "产值 同比增长 高于 参数 全省战新平均增速 20 个百分点以上",
        tree.Compare(
            tree.Growth("工业总产值", LAST),
            Order.AT_LEAST,
            tree.Sum(tree.Parameter("全省战新平均增速"), percent(20)),
        ),
    ),
    ("成立日期 早于 2024-01-01", tree.DateIs("成立日期", Order.LESS, date(2024, 1, 1))),
    (
        "成立日期 在 2025-01-01 至 2025-12-31",
        tree.DateWithin("成立日期", tree.Days(date(2025, 1, 1), date(2025, 12, 31))),
    ),
    (
        "自 成立日期 至 基准日 ≥ 1 年",
        tree.Compare(tree.Age("成立日期"), Order.AT_LEAST, Constant(1)),
    ),
    (
        "Ⅰ类知识产权 件数 ≥ 2",
        tree.Compare(figure("Ⅰ类知识产权", None), Order.AT_LEAST, Constant(2)),
    ),
    (
        "近 3 年 新增发明专利 件数 ≥ 1",
        tree.Compare(tree.Total("新增发明专利", LastYears(3)), Order.AT_LEAST, Constant(1)),
    ),
    (
        "项目 中有一项 满足: [设备投资额 ≥ 500 万元, 竣工日期 在 2025 年内]",
        tree.Records(
            "项目",
            1,
            tree.AllOf(
                (
                    tree.Compare(figure("设备投资额", None), Order.AT_LEAST, money(500 * WAN)),
                    tree.DateWithin("竣工日期", Year(2025)),
                )
            ),
        ),
    ),
    (
        "子公司 中至少 2 家 满足: 持股比例 超过 50%",
        tree.Records("子公司", 2, tree.Compare(figure("持股比例", None), Order.MORE, percent(50))),
    ),
    ("主管部门认定 运转成效", tree.Judged("运转成效")),
    ("列入 重点产业链企业名单", tree.Listed("重点产业链企业名单")),
    ("亩均效益 排名 前 10%", tree.TopRanked("亩均效益", share=Fraction(1, 10))),
    ("亩均效益 排名 前 30 名", tree.TopRanked("亩均效益", places=30)),
    ("亩均评价 不适用", tree.NotApplicable("亩均评价")),
]


@pytest.mark.parametrize(("text", "node"), FORMS, ids=[text for text, _ in FORMS])
def test_a_form_reads_as_its_node(text: str, node: Condition, read: Reading) -> None:
    condition = read(text)

    assert read.said == ""
    assert condition == node


@pytest.mark.parametrize("text", [text for text, _ in FORMS])
def test_a_form_reads_back_from_its_printed_form(text: str, read: Reading) -> None:
    condition = read(text)
    assert condition is not None
    printed = print_condition(condition, read.vocabulary)

    assert read(yaml.dump(printed, allow_unicode=True, width=10_000)) == condition


def test_braces_around_the_conditions_of_a_record_mean_the_list(read: Reading) -> None:
    braces = read("项目 中有一项 满足: {设备投资额 ≥ 500 万元, 竣工日期 在 2025 年内}")

    assert read.said == ""
    assert braces == read("项目 中有一项 满足: [设备投资额 ≥ 500 万元, 竣工日期 在 2025 年内]")


def test_a_named_group_of_industries(read: Reading, vocabulary: Vocabulary) -> None:
    condition = read("行业组 智能家电")

    assert isinstance(condition, tree.InTree)
    assert condition.group == "智能家电"
    assert condition.nodes == vocabulary.groups["智能家电"].codes


def test_a_graded_term_knows_its_cases(read: Reading) -> None:
    condition = read("企业规模 不高于 中型")

    assert isinstance(condition, tree.Ranks)
    assert condition.options == ("微型", "小型", "中型", "大型")
    assert condition.term is not None
    assert condition.term.cases


def test_a_yes_no_term_reads_as_its_definition(read: Reading) -> None:
    assert read("中小企业") == read("企业规模 属于 (中型、小型、微型)")


def test_a_numeric_term_knows_its_formula(read: Reading) -> None:
    condition = read("研发投入强度 ≥ 5%")

    assert isinstance(condition, tree.Compare)
    assert isinstance(condition.left, tree.Derived)
    assert condition.left.definition == tree.Ratio(figure("研发费用"), figure("营业收入"))


# --- typed variants are one ---------------------------------------------------------------------------

VARIANTS = [
    ["从业人员 ≥ 10 人", "从业人员 >= 10 人", "从业人员 不低于 10 人", "从业人员 不少于 10 人",
     "从业人员 至少 10 人", "从业人员 不小于 10 人", "从业人员≥10人", "从业人员 10 人以上",
     "从业人员 10人及以上", "从业人员 ≥ １０ 人", "上年度 从业人员 ≥ 10 名", "员工人数 ≥ 10 人"],
    ["从业人员 ≤ 10 人", "从业人员 <= 10 人", "从业人员 不超过 10 人", "从业人员 不高于 10 人",
     "从业人员 至多 10 人", "从业人员 10 人以下", "从业人员 10 人以内", "从业人员 不大于 10 人",
     "从业人员 不多于 10 人"],
    ["从业人员 > 10 人", "从业人员 超过 10 人", "从业人员 高于 10 人", "从业人员 大于 10 人",
     "从业人员 多于 10 人", "从业人员 ＞ 10 人"],
    ["从业人员 < 10 人", "从业人员 低于 10 人", "从业人员 不足 10 人", "从业人员 少于 10 人",
     "从业人员 小于 10 人"],
    ["营业收入 ≥ 1 亿元", "营业收入 ≥ 10000 万元", "营业收入 ≥ 10,000万", "营业收入 ≥ 1亿",
     "营业收入 ≥ 100000000 元", "营收 ≥ 1 亿元"],
    ["资质 含 高新技术企业", "资质 含 高企", "资质 含任一 (国家高新技术企业)"],
    ["研发投入强度 ≥ 5%", "研发投入强度 ≥ 5 %", "研发投入强度 ≥ 5％", "研发投入强度 ≥ 50‰",
     "研发投入强度 ≥ 5 个百分点"],
    ["企业类型 属于 (有限责任公司、股份有限公司)", "企业类型 属于 （有限责任公司，股份有限公司）"],
    ["2024 年 新获 高新技术企业", "2024 年度 新获得 高新技术企业", "2024 年内 新获 高企"],
    ["当年 新获 高新技术企业", "本年度 新获 高新技术企业", "本年 新获 高新技术企业"],
    ["行业 属于 C39", "行业 属于 39"],
    ["2020-01-01 至 2020-12-31 累计 营业收入 ≥ 1 元", "2020-1-1 至 2020-12-31 合计 营业收入 ≥ 1 元"],
]  # fmt: skip


@pytest.mark.parametrize("variants", VARIANTS, ids=[group[0] for group in VARIANTS])
def test_variants_are_one_condition_with_one_printed_form(
    variants: list[str], read: Reading
) -> None:
    first = read(variants[0])
    assert first is not None, read.said
    for variant in variants[1:]:
        assert read(f'"{variant}"') == first, read.said


# --- structure ----------------------------------------------------------------------------------------

PRIVATE, TRADE = tree.IsTrue("民营企业"), tree.IsTrue("外贸企业")


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("[民营企业, 外贸企业]", tree.AllOf((PRIVATE, TRADE))),
        ("{全部: [民营企业, 外贸企业]}", tree.AllOf((PRIVATE, TRADE))),
        ("{任一: [民营企业, 外贸企业]}", tree.AnyOf((PRIVATE, TRADE))),
        ("{非: 民营企业}", tree.Not(PRIVATE)),
        (
            "{至少: {项数: 2, 其中: [民营企业, 外贸企业]}}",
            tree.AtLeast(2, (PRIVATE, TRADE)),
        ),
        ("{当: 民营企业, 则: 外贸企业}", tree.When(PRIVATE, TRADE)),
        ("[民营企业]", PRIVATE),
        ("{条件: 民营企业, 依据: 民营, 性质: 隐含, 解读: 说明}", PRIVATE),
    ],
)
def test_structure(text: str, node: Condition, read: Reading) -> None:
    assert read(text) == node
    assert read.said == ""


def test_the_long_form_keeps_its_note(read: Reading) -> None:
    condition = read("{条件: 民营企业, 依据: 民营, 性质: 隐含, 解读: 说明}")

    assert condition is not None
    assert condition.note == tree.Note("民营", "隐含", "说明")


def test_a_reference_is_the_condition_it_names(read: Reading, vocabulary: Vocabulary) -> None:
    condition = read("{引用: 规模以上企业}")

    assert condition == tree.Named("规模以上企业", vocabulary.named["规模以上企业"])


def test_one_bad_part_leaves_no_half_of_a_condition(read: Reading) -> None:
    assert read("{任一: [民营企业, 职工总数 ≥ 10 人]}") is None
    assert read("[民营企业, {非: 职工总数 ≥ 10 人}]") is None


# --- limits -------------------------------------------------------------------------------------------


def test_a_sentence_at_the_limit_is_read_and_one_character_more_is_not(read: Reading) -> None:
    words = "企业类型 为 有限责任公司"
    fits = words + " " * (MAX_LENGTH - len(words))

    assert read(f'"{fits}"') == tree.OneOf("企业类型", ("有限责任公司",))
    assert read(f'"{fits} "') is None
    assert f"一条条件超过 {MAX_LENGTH} 字" in read.said

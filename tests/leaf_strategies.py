"""One maker for each leaf of the tree, over attributes of every kind; used by `tests.strategies`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from matcher import tree
from matcher.tree import Constant, Leaf, Order, Quantity, State
from matcher.values import whole
from matcher.vocabulary.model import JUDGEMENT, LIST, PARAMETER

if TYPE_CHECKING:
    from tests.strategies import Maker

ORDERS = tuple(Order)
YES_NO = ("民营企业", "国有控股", "链主企业")
MONEY = ("营业收入", "研发费用", "资产总额")
TITLES = ("高新技术企业", "科技型中小企业", "专精特新中小企业", "绿色工厂")
ACTIVITIES = ("技术改造", "参加政府采购", "建立研发准备金")
STATUSES = (
    ("规上状态", ("规上工业", "规上服务业")),
    ("信用名单", ("失信被执行人", "经营异常名录")),
)
REGIONS = ("安徽省", "合肥市", "合肥市蜀山区", "合肥高新区", "亳州市")
INDUSTRIES = ("C", "39", "397", "65", "F")
GROUPS = ("装备制造", "集成电路", "工业")
BOARDS = (None, "科创板", "主板")
STAGES = ("股改", "受理", "上市")
DAYS = (date(2024, 9, 1), date(2025, 9, 1), date(2022, 1, 1))


def amount(maker: Maker, attribute: str) -> Constant:
    """A number in the unit of an attribute, as a rule would write it."""
    unit = maker.vocabulary.attributes[attribute].unit
    assert unit is not None
    number = maker.pick((0, 1, 3, 10, Fraction(5, 2), 2000))
    return Constant(whole(number * Fraction(unit.factor)), unit.name)


def _share(maker: Maker) -> Constant:
    return Constant(whole(Fraction(maker.pick((0, 3, 5, 15, 100)), 100)), "%")


def _compare(maker: Maker) -> Leaf:
    made: Callable[[Maker], Leaf] = maker.pick((_plain, _plain, _derived, _growing, _between))
    return made(maker)


def _plain(maker: Maker) -> Leaf:
    """A figure, with or without a year, or a total against a number."""
    name = maker.pick((*MONEY, "从业人员", "注册资本", "发明专利"))
    period: Any = None
    if maker.vocabulary.attributes[name].yearly:
        period = maker.pick((tree.YearsBack(1), tree.YearsBack(1), tree.Year(2023)))
    quantity: Quantity = tree.Figure(name, period)
    if name in MONEY and maker.pick(range(4)) == 0:
        span = tree.Days(date(2024, 7, 1), date(2025, 6, 30))
        quantity = tree.Total(name, maker.pick((tree.LastYears(2), tree.Year(2024), span)))
    return tree.Compare(quantity, maker.pick(ORDERS), amount(maker, name))


def _derived(maker: Maker) -> Leaf:
    term = maker.pick(("研发投入强度", "资产负债率", "科技人员占比", "成立年限"))
    definition = maker.vocabulary.terms[term].formula
    assert definition is not None
    bound = Constant(maker.pick((1, 3)), "年") if term == "成立年限" else _share(maker)
    return tree.Compare(tree.Derived(term, definition), maker.pick(ORDERS), bound)


def _growing(maker: Maker) -> Leaf:
    name = maker.pick(MONEY)
    period = maker.pick((tree.YearsBack(1), tree.Year(2024)))
    quantity = maker.pick((tree.Growth(name, period), tree.CompoundGrowth(name, 2)))
    return tree.Compare(quantity, maker.pick(ORDERS), _share(maker))


def _between(maker: Maker) -> Leaf:
    """Two figures, a sum or a ratio, or growth against a parameter."""
    last = tree.YearsBack(1)
    left, right = (tree.Figure(name, last) for name in maker.some(MONEY, 2, 2))
    shape = maker.pick(range(4))
    if shape == 0:
        return tree.Compare(left, maker.pick(ORDERS), right)
    if shape == 1:
        total = tree.Sum(left, right, maker.pick((False, True)))
        return tree.Compare(total, maker.pick(ORDERS), amount(maker, MONEY[0]))
    if shape == 2:
        return tree.Compare(tree.Ratio(left, right), maker.pick(ORDERS), _share(maker))
    names = [
        member.label
        for member in maker.vocabulary.attributes[PARAMETER].members
        if maker.vocabulary.parameter_unit(member).name == "%"
    ]
    growth = tree.Growth(maker.pick(MONEY), last)
    return tree.Compare(growth, maker.pick(ORDERS), tree.Parameter(maker.pick(names)))


def _within(maker: Maker) -> Leaf:
    name = maker.pick((*MONEY, "从业人员"))
    one, other = amount(maker, name), amount(maker, name)
    low, high = sorted((one, other), key=lambda item: item.value)
    ends = (True, True) if low == high else (maker.pick((True, False)), maker.pick((True, False)))
    return tree.Within(tree.Figure(name, tree.YearsBack(1)), low, high, *ends)


def _each_year(maker: Maker) -> Leaf:
    name = maker.pick(MONEY)
    return tree.EachYear(name, maker.pick((1, 2, 3)), maker.pick(ORDERS), amount(maker, name))


def _one_of(maker: Maker) -> Leaf:
    name = maker.pick(("企业类型", "纳税信用等级", "亩均评价", "企业规模"))
    labels = [member.label for member in maker.vocabulary.attributes[name].members]
    return tree.OneOf(name, maker.some(labels), _grading(maker, name))


def _ranks(maker: Maker) -> Leaf:
    name = maker.pick(("亩均评价", "研发机构级别", "企业规模"))
    labels = tuple(member.label for member in maker.vocabulary.attributes[name].members)
    return tree.Ranks(name, maker.pick(ORDERS), maker.pick(labels), labels, _grading(maker, name))


def _grading(maker: Maker, name: str) -> tree.Grading | None:
    term = maker.vocabulary.term(name)
    return term.grading if term else None


def _holds(maker: Maker) -> Leaf:
    """A set, titles, statuses, or activities in some state."""
    kind = maker.pick(range(4))
    if kind == 0:
        return _members(maker, "资质", TITLES)
    if kind == 1:
        return _members(maker, *maker.pick(STATUSES))
    if kind == 2:
        state = maker.pick((State.DOING, State.DONE, State.PLANNED))
        if state is State.PLANNED:
            return _members(maker, "事项", ACTIVITIES, state)
        return tree.Holds("事项", (maker.pick(ACTIVITIES),), 1, state)
    labels = [item.label for item in maker.vocabulary.attributes["主体类别"].members[:3]]
    return _members(maker, "主体类别", tuple(labels))


def _members(
    maker: Maker, name: str, pool: tuple[str, ...], state: State | None = None
) -> tree.Holds:
    members = maker.some(pool)
    return tree.Holds(name, members, maker.pick(range(1, len(members) + 1)), state)


def _title_grade(maker: Maker) -> Leaf:
    levels = ("市级", "省级", "国家级")
    return tree.TitleGrade("绿色工厂", maker.pick(ORDERS), maker.pick(levels), levels)


def _happened(maker: Maker) -> Leaf:
    attribute, members = maker.pick((("资质", TITLES), *STATUSES))
    event = maker.pick(tuple(tree.Event))
    return tree.Happened(attribute, maker.pick(members), event, maker.period())


def _in_tree(maker: Maker) -> Leaf:
    kind = maker.pick(range(3))
    if kind == 0:
        names = maker.some(REGIONS, 1, 2)
        places = tuple(maker.vocabulary.regions.find(name)[0].id for name in names)
        return tree.InTree(maker.pick(("注册地", "经营地")), places)
    if kind == 1:
        return tree.InTree("行业", maker.some(INDUSTRIES, 1, 2))
    group = maker.vocabulary.groups[maker.pick(GROUPS)]
    return tree.InTree("行业", group.codes, group.partly, group.label)


def _records(maker: Maker) -> Leaf:
    """At least so many projects that satisfy a small condition over their own fields."""
    cost = tree.Figure("设备投资额", None)
    tests: tuple[tree.Condition, ...] = (
        tree.Compare(cost, maker.pick(ORDERS), Constant(500 * 1_000_000, "万元")),
        tree.DateWithin("竣工日期", maker.period()),
    )
    inner = maker.pick((tests[0], tests[1], tree.AllOf(tests), tree.Not(tests[0])))
    return tree.Records("项目", maker.pick((1, 2)), inner)


def _not_applicable(maker: Maker) -> Leaf:
    return tree.NotApplicable(maker.pick(("营业收入", "亩均评价", "民营企业", "成立日期")))


def _top(maker: Maker) -> Leaf:
    if maker.pick((True, False)):
        return tree.TopRanked("亩均效益", share=Fraction(maker.pick((5, 10, 50)), 100))
    return tree.TopRanked("亩均效益", places=maker.pick((1, 10)))


def _judged(maker: Maker) -> Leaf:
    labels = [item.label for item in maker.vocabulary.attributes[JUDGEMENT].members[:3]]
    return tree.Judged(maker.pick(labels))


def _listed(maker: Maker) -> Leaf:
    labels = [item.label for item in maker.vocabulary.attributes[LIST].members[:3]]
    return tree.Listed(maker.pick(labels))


LEAF_MAKERS: dict[type[Leaf], Callable[[Maker], Leaf]] = {
    tree.IsTrue: lambda maker: tree.IsTrue(maker.pick(YES_NO)),
    tree.Compare: _compare,
    tree.Within: _within,
    tree.EachYear: _each_year,
    tree.OneOf: _one_of,
    tree.Ranks: _ranks,
    tree.Holds: _holds,
    tree.DoneWithin: lambda maker: tree.DoneWithin(maker.pick(ACTIVITIES), maker.period()),
    tree.TitleGrade: _title_grade,
    tree.TitleDate: lambda maker: tree.TitleDate(
        maker.pick(TITLES), maker.pick(ORDERS), maker.pick(DAYS)
    ),
    tree.TitleLeft: lambda maker: tree.TitleLeft(
        maker.pick(TITLES), maker.pick(ORDERS), maker.pick((0, 180))
    ),
    tree.Happened: _happened,
    tree.HeldYears: lambda maker: tree.HeldYears(maker.pick(TITLES), maker.pick((1, 2))),
    tree.InTree: _in_tree,
    tree.AtStage: lambda maker: tree.AtStage(
        "上市阶段", maker.pick(BOARDS), maker.pick(ORDERS), maker.pick(STAGES)
    ),
    tree.StageWithin: lambda maker: tree.StageWithin(
        "上市阶段", maker.pick(BOARDS), maker.pick(STAGES), maker.period()
    ),
    tree.DateIs: lambda maker: tree.DateIs(
        maker.pick(("成立日期", "迁入日期")), maker.pick(ORDERS), maker.pick(DAYS)
    ),
    tree.DateWithin: lambda maker: tree.DateWithin(
        maker.pick(("成立日期", "迁入日期")), maker.period()
    ),
    tree.Records: _records,
    tree.Judged: _judged,
    tree.Listed: _listed,
    tree.TopRanked: _top,
    tree.NotApplicable: _not_applicable,
}

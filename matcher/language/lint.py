"""Conditions that say nothing: always true, always false, contradictory, never reached.

Plain cases only, found leaf by leaf and among the parts of one joint; deeper proofs belong to the
assurance reader.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from matcher import tree
from matcher.documents.model import Measure
from matcher.language.diagnostics import Problems
from matcher.tree import AllOf, AnyOf, Condition, Constant, Order, Quantity
from matcher.values import Number
from matcher.vocabulary.model import Kind, Vocabulary

# Money may be negative (a loss); counts, people, areas and shares of a whole are not.
_SIGNED = frozenset({"金额"})


@dataclass(frozen=True, slots=True)
class _Range:
    """The values a leaf lets through; None ends are open."""

    low: Number | None
    high: Number | None
    low_in: bool = True
    high_in: bool = True

    def meet(self, other: _Range) -> _Range:
        low, low_in = _tighter(self.low, self.low_in, other.low, other.low_in, 1)
        high, high_in = _tighter(self.high, self.high_in, other.high, other.high_in, -1)
        return _Range(low, high, low_in, high_in)

    @property
    def empty(self) -> bool:
        if self.low is None or self.high is None:
            return False
        return self.low > self.high or (
            self.low == self.high and not (self.low_in and self.high_in)
        )


def _tighter(
    one: Number | None, one_in: bool, two: Number | None, two_in: bool, sign: int
) -> tuple[Number | None, bool]:
    if one is None or two is None:
        return (two, two_in) if one is None else (one, one_in)
    if one == two:
        return one, one_in and two_in
    return (one, one_in) if one * sign > two * sign else (two, two_in)


def lint(measure: Measure, vocabulary: Vocabulary, problems: Problems) -> None:
    """Report every plain mistake of sense in a measure's own conditions."""
    for condition in (measure.own, *measure.exclusions):
        if condition is not None:
            lint_condition(condition, vocabulary, problems)


def lint_condition(condition: Condition, vocabulary: Vocabulary, problems: Problems) -> None:
    """Report every plain mistake of sense in one condition."""
    for node in _walk(condition):
        _check(node, vocabulary, problems)


def _walk(node: Condition) -> Iterator[Condition]:
    """Give a node and what stands below it; a named condition is checked where it is defined."""
    yield node
    if not isinstance(node, tree.Named):
        for child in node.children:
            yield from _walk(child)


def _check(node: Condition, vocabulary: Vocabulary, problems: Problems) -> None:
    if isinstance(node, tree.Compare | tree.Within):
        _check_number(node, vocabulary, problems)
    elif isinstance(node, tree.OneOf):
        labels = {member.label for member in vocabulary.attributes[node.attribute].members}
        if labels and labels <= set(node.options):
            _report(problems, "always-true", "列了全部选项,这条总是成立", node)
    elif isinstance(node, tree.Ranks):
        _check_rank(node.order, node.options.index(node.option), len(node.options), node, problems)
    elif isinstance(node, tree.TitleGrade):
        _check_rank(node.order, node.levels.index(node.level), len(node.levels), node, problems)
    elif isinstance(node, AllOf):
        _check_parts(node.parts, problems)
        _check_absorbed(node, AnyOf, problems, "这里面有一项前面已经要求,其余走不到")
    elif isinstance(node, AnyOf):
        _check_repeats(node.parts, problems)
        _check_covers(node.parts, problems)
        _check_absorbed(node, AllOf, problems, "符合这一支的,前面一支已经符合")
        _check_narrower(node.parts, problems)
    elif isinstance(node, tree.When):
        _check_when(node, problems)
    elif isinstance(node, tree.Records):
        lint_condition(node.condition, vocabulary.inside_record(node.attribute), problems)


def _check_rank(order: Order, place: int, count: int, node: Condition, problems: Problems) -> None:
    fitting = sum(order.holds(rank, place) for rank in range(count))
    if fitting == 0:
        _report(problems, "always-false", "没有一级满足这条", node)
    elif fitting == count and not isinstance(node, tree.TitleGrade):
        _report(problems, "always-true", "每一级都满足这条", node)


def _check_number(
    node: tree.Compare | tree.Within, vocabulary: Vocabulary, problems: Problems
) -> None:
    quantity, allowed = _range(node)
    if quantity is None or allowed is None or not _never_negative(quantity, vocabulary):
        return
    natural = _Range(0, None)
    if allowed.meet(natural).empty:
        _report(problems, "always-false", "这个数不会小于零,这条永不成立", node)
    elif allowed.high is None and allowed.meet(natural) == natural:
        _report(problems, "always-true", "这个数不会小于零,这条永远成立", node)


def _never_negative(quantity: Quantity, vocabulary: Vocabulary) -> bool:
    if isinstance(quantity, tree.Age):
        return True
    if isinstance(quantity, tree.Figure | tree.Total):
        attribute = vocabulary.attributes[quantity.attribute]
        plain = attribute.kind is Kind.NUMBER and attribute.unit is not None
        return (
            plain
            and attribute.unit is not None
            and (attribute.unit.dimension not in _SIGNED | {"比例"})
        )
    return False


def _range(node: Condition) -> tuple[Quantity | None, _Range | None]:
    """Give the quantity a leaf bounds and the range it allows."""
    if isinstance(node, tree.Within):
        return node.value, _Range(node.low.value, node.high.value, node.low_in, node.high_in)
    if not isinstance(node, tree.Compare) or not isinstance(node.right, Constant):
        return None, None
    value = node.right.value
    if node.order is Order.EQUAL:
        return node.left, _Range(value, value)
    if node.order in (Order.AT_LEAST, Order.MORE):
        return node.left, _Range(value, None, low_in=node.order is Order.AT_LEAST)
    return node.left, _Range(None, value, high_in=node.order is Order.AT_MOST)


def _check_when(node: tree.When, problems: Problems) -> None:
    if _opposite(node.guard) == node.then:
        _report(problems, "unreachable", "“则”正好与“当”相反", node)
    elif node.guard == node.then:
        _report(problems, "always-true", "“则”和“当”是同一条", node)


def _opposite(node: Condition) -> Condition:
    return node.part if isinstance(node, tree.Not) else tree.Not(node)


def _check_absorbed(
    node: AllOf | AnyOf, inner: type[AllOf] | type[AnyOf], problems: Problems, message: str
) -> None:
    """Find ``A 或 (A 且 B)`` and ``A 且 (A 或 B)``: the longer part decides nothing."""
    for part in node.parts:
        if isinstance(part, inner) and any(other in part.parts for other in node.parts):
            _report(problems, "unreachable", message, part)


def _check_narrower(parts: tuple[Condition, ...], problems: Problems) -> None:
    """Find an alternative whose range lies inside that of another."""
    bounded = [(*_range(part), part) for part in parts]
    for quantity, inner, node in bounded:
        for other, outer, rival in bounded:
            if node is rival or quantity is None or quantity != other:
                continue
            if inner and outer and inner != outer and inner.meet(outer) == inner:
                _report(problems, "unreachable", "另一支的范围已经包括这一支", node)
                return


def _check_parts(parts: tuple[Condition, ...], problems: Problems) -> None:
    _check_repeats(parts, problems)
    ranges: dict[Quantity, _Range] = {}
    for part in parts:
        quantity, allowed = _range(part)
        if quantity is not None and allowed is not None:
            joined = ranges.get(quantity, _Range(None, None)).meet(allowed)
            if joined.empty and not allowed.empty:
                _report(problems, "always-false", "和前面的条件不能同时成立", part)
            ranges[quantity] = joined
        if isinstance(part, tree.Not) and part.part in parts:
            _report(problems, "always-false", "同一条件既要成立又要不成立", part)
    _check_choices(parts, problems)


def _check_choices(parts: tuple[Condition, ...], problems: Problems) -> None:
    """A single choice cannot be two things at once."""
    open_: dict[str, set[str]] = {}
    for part in parts:
        if isinstance(part, tree.OneOf):
            left = open_.get(part.attribute, set(part.options)) & set(part.options)
            if not left:
                _report(problems, "always-false", "和前面的条件不能同时成立", part)
            open_[part.attribute] = left


def _check_repeats(parts: tuple[Condition, ...], problems: Problems) -> None:
    for place, part in enumerate(parts):
        if part in parts[:place]:
            _report(problems, "unreachable", "与前面的一条相同,写一次就够", part)


def _check_covers(parts: tuple[Condition, ...], problems: Problems) -> None:
    """Find alternatives that leave nothing out: a condition beside its opposite."""
    for part in parts:
        if isinstance(part, tree.Not) and part.part in parts:
            _report(problems, "always-true", "一个条件和它的相反并列,总是成立", part)
    bounded = [(*_range(part), part) for part in parts]
    for quantity, first, _ in bounded:
        for other, second, node in bounded:
            if quantity is None or quantity != other or first is None or second is None:
                continue
            if _leaves_no_gap(first, second):
                _report(problems, "always-true", "两段范围合起来是全部,总是成立", node)
                return


def _leaves_no_gap(above: _Range, below: _Range) -> bool:
    if above.high is not None or below.low is not None:
        return False
    if above.low is None or below.high is None:
        return False
    touching = above.low == below.high and (above.low_in or below.high_in)
    return Fraction(above.low) < Fraction(below.high) or touching


def _report(problems: Problems, code: str, message: str, node: Condition) -> None:
    hints = {
        "always-true": "删去这条,或改正数和选项",
        "always-false": "改正数或选项,否则没有企业能符合",
        "unreachable": "删去走不到的一条",
    }
    problems.add(code, message, node.place, hints[code])

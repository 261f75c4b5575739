"""What a measure pays (金额 and the keys beside it) -> `Benefit`, checked for sense.

The amount itself is read by `matcher.language.amounts`; here it must come out as money, and its limits,
instalments and groups must be able to work.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction

from matcher.documents.model import Benefit, Exclusive, SharedCap
from matcher.language.amount_sentences import Sum
from matcher.language.amounts import AmountReader
from matcher.language.conditions import ConditionReader
from matcher.language.diagnostics import Problems
from matcher.language.entries import Entry, entries_of
from matcher.language.keys import BENEFIT_KEYS, DEDUCT, EXCLUSIVE_KEYS, SPAN_LIMITS
from matcher.language.source import Mapping, Node, Scalar, Sequence
from matcher.tree.amounts import Amount, Given, Limited, Outstanding, Span, walk
from matcher.values import MONEY, Number, ValueFault

AMOUNT = "金额"
MAX_INSTALMENTS = 20


class BenefitReader:
    """Reads the keys of `BENEFIT_KEYS` of one measure."""

    def __init__(self, entry: Entry, conditions: ConditionReader) -> None:
        self.entry, self.amounts = entry, AmountReader(conditions)
        self.problems, self.vocabulary = conditions.problems, conditions.vocabulary

    def read(self) -> Benefit | None:
        """Read what the measure pays; None where it states no amount."""
        entry = self.entry
        node = entry.get(AMOUNT)
        if node is None:
            self._needs_amount()
            return None
        found = self._over_time(self.amounts.read(node))
        exclusive = tuple(self._exclusive())
        shared = self._shared()
        instalments = self._instalments(entry.get("分期"))
        batch = entry.text("待批次")
        if found is None:
            return None
        if found.dimension not in (MONEY, None):
            foreign = str(found.dimension).startswith("外币")
            hint = "先乘汇率,如 × 参数 美元汇率" if foreign else "乘上单价或基数,写到得出钱数为止"
            self.amounts.fault("wrong-unit", f"金额算出来是{found.dimension},不是钱", node, hint)
            return None
        check_limits(found.amount, self.problems)
        return Benefit(found.amount, exclusive, shared, instalments, batch)

    def _needs_amount(self) -> None:
        for key in BENEFIT_KEYS:
            node = self.entry.get(key)
            if node is not None:
                hint = f"补上“{AMOUNT}: …”,或删去“{key}”"
                self.amounts.fault("missing-key", f"写了“{key}”,没有写“{AMOUNT}”", node, hint)

    def _over_time(self, found: Sum | None) -> Sum | None:
        """Apply what was paid already, then the limits over time."""
        entry = self.entry
        group = entry.text("补差")
        span = entry.word(DEDUCT, self.vocabulary.words("已领期间"))
        if found is not None and group:
            found = Sum(Outstanding(found.amount, Span.EVER, group), found.dimension)
        if found is not None and span:
            found = Sum(Outstanding(found.amount, Span(span)), found.dimension)
        return self.amounts.limited(found, entry, SPAN_LIMITS)

    def _exclusive(self) -> Iterable[Exclusive]:
        scopes = self.vocabulary.words("互斥范围")
        node = self.entry.get("互斥")
        alone = isinstance(node, Mapping)
        items = Sequence((node,), node.place) if alone and node is not None else node
        for item in entries_of(items, "互斥", self.problems, EXCLUSIVE_KEYS):
            group = item.text("组")
            rule = item.word("规则", self.vocabulary.words("互斥规则"))
            scope = item.word("范围", scopes)
            item.done()
            if group and rule:
                per_project = bool(scope) and scopes[scope].id == "project"
                yield Exclusive(group, rule, per_project, item.place)

    def _shared(self) -> SharedCap | None:
        inner = self.entry.entry("共用上限")
        if inner is None:
            return None
        group, limits = inner.text("组"), {}
        for key in ("年度", "累计"):
            node = inner.get(key)
            found = self.amounts.read(node) if node is not None else None
            if node is not None and found is not None and found.dimension not in (MONEY, None):
                self.amounts.fault("wrong-unit", f"上限算出来是{found.dimension},不是钱", node)
                found = None
            limits[key] = found.amount if found else None
        inner.done()
        if not any(limits.values()):
            self.problems.add(
                "missing-key", "共用上限要写“年度”或“累计”", inner.place, "如 年度: 1000 万元"
            )
            return None
        return SharedCap(group, limits["年度"], limits["累计"])

    def _instalments(self, node: Node | None) -> tuple[Number, ...]:
        if node is None:
            return ()
        cells = list(node) if isinstance(node, Sequence) else []
        unit = self.vocabulary.units.find("%")
        assert unit is not None
        shares: list[Number] = []
        for cell in cells[:MAX_INSTALMENTS]:
            try:
                text = cell.text if isinstance(cell, Scalar) else ""
                shares.append(self.vocabulary.units.parse(text, unit))
            except ValueFault as fault:
                self.amounts.fault(fault.code, str(fault), cell, fault.hint)
                return ()
        if len(shares) < 2 or sum(map(Fraction, shares)) != 1 or min(shares) <= 0:
            said = "分期应是两个以上的比例,合起来是 100%"
            self.amounts.fault("bad-number", said, node, "如 [50%, 30%, 20%]")
            return ()
        return tuple(shares)


def check_limits(amount: Amount, problems: Problems) -> None:
    """Report a cap below its floor, where both are numbers of the rule."""
    for node in walk(amount):
        if not isinstance(node, Limited):
            continue
        floors, caps = _numbers(node.floors), _numbers(node.caps)
        if floors and caps and max(floors) > min(caps):
            problems.add(
                "always-false",
                "上限比下限还低",
                node.place or amount.place,
                "改正 不低于 或 不超过",
            )


def _numbers(amounts: Iterable[Amount]) -> list[Number]:
    numbers = (item.number for item in amounts if isinstance(item, Given))
    return [number for number in numbers if number is not None]


def check_groups(benefits: Iterable[Benefit], problems: Problems) -> None:
    """Report an exclusion group with a single member: it excludes nothing, or a name is misspelt."""
    members = [item for benefit in benefits for item in benefit.exclusive]
    count = Counter(item.group for item in members)
    for item in members:
        if count[item.group] == 1:
            problems.add(
                "unknown-name",
                f"互斥组“{item.group}”只有这一项措施",
                item.place,
                "核对组名是否和其他措施写的一样;确实只有一项的,删去“互斥”",
            )

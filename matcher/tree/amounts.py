"""Amounts: how much a measure gives, as its text says it.

An amount is a small tree of its own over the same quantities and conditions as rules. Its value is
money (分) or, below a 比例, a rate or a count; `dimension` tells which. 阶梯 (`Tiered`: the whole value
falls into one band) and 累进 (`Sliced`: each slice has its own rate) are two nodes and never one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from matcher.language.diagnostics import Place
from matcher.tree.conditions import Condition
from matcher.tree.quantities import Constant, Order, Quantity
from matcher.values import SHARE, Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """A node of an amount."""

    place: Place | None = field(default=None, compare=False, repr=False)


class Span(Enum):
    """What of the earlier payments counts against a limit."""

    YEAR = "年度"
    EVER = "累计"


@dataclass(frozen=True, slots=True)
class Given(Amount):
    """A number of the rule, or a quantity that the company's facts give; ``unit`` is how it is shown."""

    quantity: Quantity
    unit: str

    @property
    def number(self) -> Number | None:
        """The number of the rule, in the base unit; None for what facts give."""
        return self.quantity.value if isinstance(self.quantity, Constant) else None


@dataclass(frozen=True, slots=True)
class Product(Amount):
    """One factor times the others: 基数 × 率, 数量 × 单价, 应得额 × 系数."""

    parts: tuple[Amount, ...]


@dataclass(frozen=True, slots=True)
class Added(Amount):
    """All parts together (和)."""

    parts: tuple[Amount, ...]


@dataclass(frozen=True, slots=True)
class Less(Amount):
    """One amount minus another."""

    left: Amount
    right: Amount


@dataclass(frozen=True, slots=True)
class Steps(Amount):
    """How often a whole ``step`` goes into a value (每满): what is left over counts nothing."""

    value: Amount
    step: Given


@dataclass(frozen=True, slots=True)
class Greatest(Amount):
    """The largest of several amounts (取最大)."""

    parts: tuple[Amount, ...]


@dataclass(frozen=True, slots=True)
class Least(Amount):
    """The smallest of several amounts (取最小)."""

    parts: tuple[Amount, ...]


@dataclass(frozen=True, slots=True)
class Band:
    """One band of a 阶梯: from or up to a bound, and what it gives."""

    order: Order
    bound: Given
    amount: Amount


@dataclass(frozen=True, slots=True)
class Tiered(Amount):
    """阶梯: the first band that the value falls into gives the whole amount; else ``otherwise``.

    Without ``otherwise`` a value outside all bands has no amount (不适用), which is not zero.
    """

    value: Amount
    bands: tuple[Band, ...]
    otherwise: Amount | None = None


@dataclass(frozen=True, slots=True)
class Slice:
    """One slice of a 累进, up to a bound (None: the rest), and its rate."""

    upto: Given | None
    rate: Amount


@dataclass(frozen=True, slots=True)
class Sliced(Amount):
    """累进: each slice of the value at its own rate, added up."""

    value: Amount
    slices: tuple[Slice, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One case of a 情形 or cell of a 表: the name shown, when it applies, what it gives."""

    name: str
    guard: Condition
    amount: Amount


@dataclass(frozen=True, slots=True)
class Cases(Amount):
    """情形: the first case whose guard is met; without ``otherwise``, none met means 不适用."""

    cases: tuple[Choice, ...]
    otherwise: Amount | None = None


@dataclass(frozen=True, slots=True)
class PerRecord(Amount):
    """逐项: an amount for each record that satisfies the condition, added up."""

    records: str
    condition: Condition | None
    amount: Amount


@dataclass(frozen=True, slots=True)
class ByYear(Amount):
    """逐年: the first, second, third … year since a date each has its own amount.

    The year counted is that of the payment, or the one ``back`` years before it, whose figures are paid.
    """

    since: str
    years: tuple[Amount, ...]
    back: int = 0


@dataclass(frozen=True, slots=True)
class Limited(Amount):
    """Not below the floors, not above the caps; the smallest cap binds, and a cap beats a floor."""

    amount: Amount
    floors: tuple[Amount, ...] = ()
    caps: tuple[Amount, ...] = ()


@dataclass(frozen=True, slots=True)
class Remaining(Amount):
    """Not above what the caps leave after what was paid already for this measure within the span."""

    amount: Amount
    caps: tuple[Amount, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Outstanding(Amount):
    """What was not paid yet: the amount minus the payments for this measure, or for a group (补差)."""

    amount: Amount
    span: Span
    group: str = ""


@dataclass(frozen=True, slots=True)
class Ceiling(Amount):
    """封口 (最高): the text states only the most that may be paid; the department decides the rest."""

    amount: Amount


@dataclass(frozen=True, slots=True)
class Decided(Amount):
    """待认定: a department decides this part, an amount or a rate; ``name`` says what."""

    name: str


@dataclass(frozen=True, slots=True)
class Elsewhere(Amount):
    """另行规定: the text leaves it to other rules, or the passage at hand breaks off."""

    reason: str


def stated(given: Given) -> Number:
    """Give the number of a bound, which the rule itself states."""
    assert given.number is not None
    return given.number


# --- one form for one meaning --------------------------------------------------------------------


def product(*parts: Amount, place: Place | None = None) -> Product:
    """Multiply; products among the factors are written out."""
    return Product(_flat(parts, Product), place=place)


def added(*parts: Amount, place: Place | None = None) -> Added:
    """Add up; sums among the parts are written out."""
    return Added(_flat(parts, Added), place=place)


def _flat(parts: tuple[Amount, ...], kind: type[Product | Added]) -> tuple[Amount, ...]:
    return tuple(
        one for part in parts for one in (part.parts if isinstance(part, kind) else (part,))
    )


# --- dimensions ----------------------------------------------------------------------------------


def product_dimension(one: str, two: str) -> str | None:
    """Give the dimension of a product; None where it is not one that amounts know.

    A price has the dimension ``金额/面积``: times an area it is money. A share changes nothing.
    """
    if SHARE in (one, two):
        return two if one == SHARE else one
    for price, of in ((one, two), (two, one)):
        over, slash, under = price.partition("/")
        if slash and under == of:
            return over
    return None


def children(node: Amount) -> tuple[Amount, ...]:
    """List the amounts directly below a node."""
    if isinstance(node, Product | Added | Greatest | Least):
        return node.parts
    if isinstance(node, Less):
        return node.left, node.right
    if isinstance(node, Steps):
        return node.value, node.step
    if isinstance(node, Tiered):
        bands = tuple(part for band in node.bands for part in (band.bound, band.amount))
        return (node.value, *bands, *_given(node.otherwise))
    if isinstance(node, Sliced):
        slices = tuple(part for item in node.slices for part in (*_given(item.upto), item.rate))
        return (node.value, *slices)
    if isinstance(node, Cases):
        return (*(case.amount for case in node.cases), *_given(node.otherwise))
    if isinstance(node, ByYear):
        return node.years
    if isinstance(node, Limited):
        return (node.amount, *node.floors, *node.caps)
    if isinstance(node, Remaining):
        return (node.amount, *node.caps)
    if isinstance(node, PerRecord | Outstanding | Ceiling):
        return (node.amount,)
    return ()


def _given(node: Amount | None) -> tuple[Amount, ...]:
    return () if node is None else (node,)


def walk(node: Amount) -> tuple[Amount, ...]:
    """List a node and all below it."""
    return (node, *(one for child in children(node) for one in walk(child)))

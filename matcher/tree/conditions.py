"""Conditions: joints that combine, leaves that facts decide, and the grades of a term."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import Enum

from matcher.language.diagnostics import Place
from matcher.tree.quantities import Constant, Order, Period, Quantity
from matcher.values import Number


@dataclass(frozen=True, slots=True)
class Note:
    """What an author adds to one condition: its quote, its basis (原文, 隐含, 通行), its reading."""

    quote: str = ""
    basis: str = ""
    reading: str = ""


NO_NOTE = Note()


class State(Enum):
    """How far an activity (事项) is: 没有 ‹ 打算 ‹ 在做 ‹ 已完成."""

    NONE = 0
    PLANNED = 1
    DOING = 2
    DONE = 3


class Event(Enum):
    """What happened to a title or status within a window."""

    NEWLY = "新获"
    FIRST = "首次获得"
    EVER = "曾获"
    LISTED = "列入"


# --- conditions ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A node of the tree."""

    place: Place | None = field(default=None, compare=False, repr=False)
    note: Note = field(default=NO_NOTE, compare=False, repr=False)

    @property
    def children(self) -> tuple[Condition, ...]:
        """The conditions below this one; none for a leaf."""
        return ()


@dataclass(frozen=True, slots=True)
class AllOf(Condition):
    """Met when every part is met."""

    parts: tuple[Condition, ...]

    @property
    def children(self) -> tuple[Condition, ...]:
        return self.parts


@dataclass(frozen=True, slots=True)
class AnyOf(Condition):
    """Met when one part is met."""

    parts: tuple[Condition, ...]

    @property
    def children(self) -> tuple[Condition, ...]:
        return self.parts


@dataclass(frozen=True, slots=True)
class Not(Condition):
    """Met when the part is unmet; open when it is open."""

    part: Condition

    @property
    def children(self) -> tuple[Condition, ...]:
        return (self.part,)


@dataclass(frozen=True, slots=True)
class AtLeast(Condition):
    """Met when ``count`` parts are met; decided as soon as the known parts suffice."""

    count: int
    parts: tuple[Condition, ...]

    @property
    def children(self) -> tuple[Condition, ...]:
        return self.parts


@dataclass(frozen=True, slots=True)
class When(Condition):
    """A requirement that binds only where the guard is met."""

    guard: Condition
    then: Condition

    @property
    def children(self) -> tuple[Condition, ...]:
        return (self.guard, self.then)


@dataclass(frozen=True, slots=True)
class Named(Condition):
    """A condition defined once and referred to by name (引用)."""

    name: str
    condition: Condition

    @property
    def children(self) -> tuple[Condition, ...]:
        return (self.condition,)


@dataclass(frozen=True, slots=True)
class Leaf(Condition):
    """A condition that facts decide."""


@dataclass(frozen=True, slots=True)
class IsTrue(Leaf):
    """A yes/no attribute or term says yes."""

    attribute: str


@dataclass(frozen=True, slots=True)
class Compare(Leaf):
    """Two quantities compare so."""

    left: Quantity
    order: Order
    right: Quantity


@dataclass(frozen=True, slots=True)
class Within(Leaf):
    """A quantity lies between two constants; each end counts or not."""

    value: Quantity
    low: Constant
    high: Constant
    low_in: bool = True
    high_in: bool = True


@dataclass(frozen=True, slots=True)
class EachYear(Leaf):
    """A yearly figure satisfies the comparison in every one of the last full years."""

    attribute: str
    years: int
    order: Order
    bound: Constant


@dataclass(frozen=True, slots=True)
class OneOf(Leaf):
    """A choice attribute, or a graded term, is one of the options."""

    attribute: str
    options: tuple[str, ...]
    term: Grading | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Ranks(Leaf):
    """An ordered choice stands at, above or below an option."""

    attribute: str
    order: Order
    option: str
    options: tuple[str, ...]
    term: Grading | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Holds(Leaf):
    """At least ``count`` of the members are held: in a set, as titles in force, or as statuses.

    For 事项 the member counts from ``state`` on.
    """

    attribute: str
    members: tuple[str, ...]
    count: int = 1
    state: State | None = None


@dataclass(frozen=True, slots=True)
class DoneWithin(Leaf):
    """An activity was completed within a period."""

    activity: str
    period: Period


@dataclass(frozen=True, slots=True)
class TitleGrade(Leaf):
    """A title is in force at a level that compares so."""

    title: str
    order: Order
    level: str
    levels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TitleDate(Leaf):
    """The title in force was obtained on a date that compares so."""

    title: str
    order: Order
    day: date


@dataclass(frozen=True, slots=True)
class TitleLeft(Leaf):
    """The title in force has a remaining validity, in days, that compares so."""

    title: str
    order: Order
    days: int


@dataclass(frozen=True, slots=True)
class Happened(Leaf):
    """A title or status began, first began, or stood within a window."""

    attribute: str
    member: str
    event: Event
    period: Period


@dataclass(frozen=True, slots=True)
class HeldYears(Leaf):
    """A title was obtained in each of the last ``years`` calendar years up to as-of."""

    title: str
    years: int


@dataclass(frozen=True, slots=True)
class InTree(Leaf):
    """A region or industry lies under one of the nodes; ``partly`` nodes make it unknown."""

    attribute: str
    nodes: tuple[str, ...]
    partly: tuple[str, ...] = ()
    group: str = ""


@dataclass(frozen=True, slots=True)
class AtStage(Leaf):
    """A listing stage has been reached; ``board`` None means any board."""

    attribute: str
    board: str | None
    order: Order
    stage: str


@dataclass(frozen=True, slots=True)
class StageWithin(Leaf):
    """A listing stage was reached within a period."""

    attribute: str
    board: str | None
    stage: str
    period: Period


@dataclass(frozen=True, slots=True)
class DateIs(Leaf):
    """A date attribute compares so with a day."""

    attribute: str
    order: Order
    day: date


@dataclass(frozen=True, slots=True)
class DateWithin(Leaf):
    """A date attribute lies within a period."""

    attribute: str
    period: Period


@dataclass(frozen=True, slots=True)
class Records(Leaf):
    """At least ``count`` records satisfy the condition."""

    attribute: str
    count: int
    condition: Condition


@dataclass(frozen=True, slots=True)
class Judged(Leaf):
    """A department has found so; open until its decision for this measure is recorded."""

    judgement: str
    measure: str = ""


@dataclass(frozen=True, slots=True)
class Listed(Leaf):
    """The company stands on a list that a department keeps; unknown until the list is loaded."""

    list_name: str


@dataclass(frozen=True, slots=True)
class TopRanked(Leaf):
    """A rank lies within the first share (a fraction of 1) or the first places."""

    attribute: str
    share: Number | None = None
    places: int | None = None


@dataclass(frozen=True, slots=True)
class NotApplicable(Leaf):
    """The company said that the question does not apply to it."""

    attribute: str


# --- graded terms --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Grade:
    """One grade and what it takes; no condition means "the rest"."""

    option: str
    condition: Condition | None


@dataclass(frozen=True, slots=True)
class GradeCase:
    """The grades that apply where the guard is met, from high to low."""

    name: str
    guard: Condition
    grades: tuple[Grade, ...]


@dataclass(frozen=True, slots=True)
class Grading:
    """A term with options: the first case whose guard is met decides (企业规模)."""

    term: str
    cases: tuple[GradeCase, ...]
    otherwise: str

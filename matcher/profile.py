"""A company's facts (企业画像): values with period, assurance and validity, looked up by fact key.

No clock and no database: a profile is a value. Reading one from YAML or JSON is
`matcher.language.profiles`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum
from typing import NamedTuple

from matcher.tree import Days, State
from matcher.values import Number, within


class FactKey(NamedTuple):
    """What a fact is about: attribute, member of it, period, and the measure a judgement is for."""

    attribute: str
    member: str | None = None
    period: int | Days | None = None
    measure: str | None = None


class Assurance(Enum):
    """Where a fact's trust comes from: its custodian, or the company itself."""

    ATTESTED = "attested"
    DECLARED = "declared"


class NotApplicableType(Enum):
    """不适用: a known value of which every comparison is false."""

    NOT_APPLICABLE = "不适用"


NOT_APPLICABLE = NotApplicableType.NOT_APPLICABLE


@dataclass(frozen=True, slots=True)
class Spell:
    """One stretch of holding a title or standing on a list; None ends are not known."""

    start: date | None = None
    end: date | None = None
    level: str | None = None
    first: bool | None = None

    def covers(self, day: date) -> bool:
        """Say whether the stretch includes a day."""
        return within(day, self.start, self.end)

    def overlaps(self, first: date, last: date) -> bool:
        """Say whether the stretch touches the window, both ends included."""
        return (self.start is None or self.start <= last) and (
            self.end is None or self.end >= first
        )


@dataclass(frozen=True, slots=True)
class Tenure:
    """All stretches of one title or status; none means not held.

    ``clear_since`` is the day from which absence outside the stretches is known.
    """

    spells: tuple[Spell, ...] = ()
    clear_since: date | None = None

    def held(self, day: date) -> bool:
        """Say whether a stretch is in force on a day."""
        return any(spell.covers(day) for spell in self.spells)

    def in_force(self, day: date) -> list[Spell]:
        """List the stretches in force on a day."""
        return [spell for spell in self.spells if spell.covers(day)]


@dataclass(frozen=True, slots=True)
class Activity:
    """How far an activity is, and when it was completed."""

    state: State
    done_on: date | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """The listing stage reached on one board (None: none) and the dates of what was reached."""

    current: str | None = None
    reached: tuple[tuple[str, date], ...] = ()


@dataclass(frozen=True, slots=True)
class Rank:
    """A place among so many; the total is None where it is not known."""

    place: int
    total: int | None = None


FactValue = (
    bool
    | Number
    | str
    | date
    | tuple[str, ...]
    | tuple["Profile", ...]
    | Tenure
    | Activity
    | Stage
    | Rank
    | NotApplicableType
)


@dataclass(frozen=True, slots=True)
class Fact:
    """One value with its assurance; ``source`` is the custodian, or what the company claimed."""

    value: FactValue
    assurance: Assurance = Assurance.DECLARED
    source: str = ""
    noted_on: date | None = None


@dataclass(frozen=True)
class Profile:
    """What is known of one company.

    ``filed`` is the profile's 填报日期, from which 上年度 counts; ``unsure`` are the facts answered
    不清楚: they are unknown and are not asked again.
    """

    facts: Mapping[FactKey, Fact] = field(default_factory=dict)
    filed: date | None = None
    unsure: frozenset[FactKey] = frozenset()

    def value(self, key: FactKey) -> FactValue | None:
        """Give a known value, or None where it is not known."""
        fact = self.facts.get(key)
        return None if fact is None else fact.value

    def knows(self, key: FactKey) -> bool:
        """Say whether the fact is known."""
        return key in self.facts

    def text(self, attribute: str) -> str:
        """Give a text fact such as 企业名称, empty where it is not known."""
        value = self.value(FactKey(attribute))
        return value if isinstance(value, str) else ""

    def with_fact(self, key: FactKey, fact: Fact) -> Profile:
        """Give the profile with one more fact, or with a fact replaced."""
        return replace(self, facts={**self.facts, key: fact}, unsure=self.unsure - {key})

    def with_facts(self, facts: Iterable[tuple[FactKey, Fact]]) -> Profile:
        """Give the profile with more facts; those known already stay."""
        return replace(self, facts={**dict(facts), **self.facts})

    def attested(self) -> Profile:
        """Give the profile with every declared fact dropped."""
        kept = {
            key: fact for key, fact in self.facts.items() if fact.assurance is Assurance.ATTESTED
        }
        return replace(self, facts=kept)

    def base_year(self, as_of: date) -> int:
        """Give the calendar year that 本年度 means: that of 填报日期, else of as-of."""
        return (self.filed or as_of).year

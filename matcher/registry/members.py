"""Columns that speak of one member: titles and statuses with their days, activities, stages, sets.

Several input columns may say one fact together, each a part of it; a list column adds what it says of
the member. The meaning is that of `matcher.language.members`, held to it by tests.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from matcher.language.claims import NEVER, NONE_WORDS, UNSURE_WORDS
from matcher.language.members import absence
from matcher.layout import FIRST_DAY
from matcher.registry.cells import UNKNOWN, Answer, Batch, Lookup, as_text
from matcher.registry.columns import MappedColumn
from matcher.registry.series import constant, first, nulled
from matcher.registry.simple import (
    NO_WORDS,
    Columns,
    DateReader,
    FlagReader,
    yes_or_no,
)
from matcher.registry.synonyms import RegistryWords
from matcher.tree import State
from matcher.values import ValueFault
from matcher.vocabulary.model import Attribute, Kind, Member, Vocabulary

_FROM_NEVER = -1
AGAINST = "与同一项的其他列矛盾"
CHECK = "核对这几列,只留一种说法"


class Fact(ABC):
    """One fact of a member: the columns that say it, by part, and whether a list speaks of it too."""

    parts: frozenset[str] = frozenset()

    def __init__(
        self,
        columns: Mapping[str, MappedColumn],
        attribute: Attribute,
        member: Member,
        words: RegistryWords,
        day: date,
        listed: bool,
    ) -> None:
        self.columns, self.attribute, self.member = columns, attribute, member
        self.words, self.day, self.listed = words, day, listed
        self.prepare()

    @abstractmethod
    def prepare(self) -> None:
        """Make the readers of the columns, and say which parts the fact has."""

    @abstractmethod
    def read(self, batch: Batch, listed: pl.Series | None) -> Columns:
        """Read the fact for every row; ``listed`` is what a list column says of the member."""

    @property
    def main(self) -> MappedColumn:
        """The column that messages about the whole fact name."""
        return self.columns.get("") or next(iter(self.columns.values()))

    def answers(self, batch: Batch, part: str, lookup: Lookup) -> pl.DataFrame:
        """Read the column of a part by its distinct texts, noting what is wrong."""
        column = self.columns[part]
        cells = batch.cells(column)
        answers = lookup(cells)
        batch.report(column, cells, answers)
        return answers

    def contradict(self, batch: Batch, where: pl.Series, reason: str = AGAINST) -> None:
        """Refuse the rows where the columns of the fact do not go together."""
        where = where.fill_null(False)
        if where.any():
            cells = as_text(batch.cells(self.main))
            batch.refuse(self.main, where, cells, f"“{self.member.label}”{reason}", CHECK)


def _empty(batch: Batch, kind: type[pl.DataType]) -> pl.Series:
    return constant(None, len(batch.rows), kind)


class FlagFact(Fact):
    """A member of a set, a list or a judgement: held or not."""

    def prepare(self) -> None:
        """Make the reader."""
        self.reader = FlagReader(self.columns[""], self.words) if self.columns else None

    def read(self, batch: Batch, listed: pl.Series | None) -> Columns:
        """Give true or false."""
        if self.reader is None:
            return {"": listed if listed is not None else _empty(batch, pl.Boolean)}
        held = self.reader.read(batch)[""]
        if listed is None:
            return {"": held}
        against = (~held & listed).fill_null(False)
        self.contradict(batch, against)
        return {"": first(nulled(held, against), listed)}


class ActivityFact(Fact):
    """How far an activity is, and the day it was completed."""

    def prepare(self) -> None:
        """Make the readers."""
        if "done" in self.columns:
            self.parts = frozenset({"done"})
            self.done = DateReader(self.columns["done"], self.words, self.day)
        if "" in self.columns:
            self.state = Lookup(self._state, self.words, pl.Int16)

    def _state(self, text: str) -> Answer:
        if text in UNSURE_WORDS:
            return UNKNOWN
        if text in self.states:
            return Answer(self.states[text])
        said = yes_or_no(text, self.member)
        if said is None:
            names = "、".join(dict.fromkeys(self.labels))
            raise ValueFault("unknown-member", "不是事项的状态", f"可写 {names}、不清楚")
        return Answer(State.PLANNED.value if said else State.NONE.value)

    def know(self, vocabulary: Vocabulary) -> ActivityFact:
        """Take the words for the states from the vocabulary."""
        words = vocabulary.words("事项状态").values()
        self.labels = [word.label for word in words]
        self.states = {name: n for n, word in enumerate(words) for name in (word.label, word.id)}
        return self

    def read(self, batch: Batch, listed: pl.Series | None) -> Columns:
        """Give the state and the day of completion; a day alone means completed."""
        state = _empty(batch, pl.Int16)
        if "" in self.columns:
            state = self.answers(batch, "", self.state)["value"]
        if listed is not None:
            against = ((state == State.NONE.value) & listed).fill_null(False)
            self.contradict(batch, against)
            state = first(nulled(state, against), _as_states(listed))
        if "done" not in self.parts:
            return {"": state}
        done = self.done.read(batch)[""]
        against = (done.is_not_null() & (state != State.DONE.value)).fill_null(False)
        self.contradict(batch, against, "有完成日期,状态却不是已完成")
        finished = constant(State.DONE.value, len(state), pl.Int16)
        state = first(nulled(state, against), nulled(finished, done.is_null() | against))
        return {"": state, "done": nulled(done, against)}


def _as_states(listed: pl.Series) -> pl.Series:
    states = [State.PLANNED.value, State.NONE.value]
    return listed.replace_strict([True, False], states, default=None, return_dtype=pl.Int16)


class StageFact(Fact):
    """How far a listing is on one board, and the days its stages were reached."""

    def prepare(self) -> None:
        """Make the readers."""
        self.stages = self.attribute.stages_of(self.member)
        dated = [part for part in self.columns if part]
        self.parts = frozenset(dated)
        # Days after the filing date are wrong; stages are in the order of the attribute.
        self.days = {
            part: DateReader(self.columns[part], self.words, self.day)
            for part in sorted(dated, key=lambda part: int(part.removeprefix("on")))
        }
        if "" in self.columns:
            self.stage = Lookup(self._stage, self.words, pl.Int16)

    def _stage(self, text: str) -> Answer:
        if text in UNSURE_WORDS:
            return UNKNOWN
        if text in NONE_WORDS | NEVER | NO_WORDS:
            return Answer(-1)
        if text not in self.stages:
            raise ValueFault(
                "unknown-member", "没有这一阶段", f"从早到晚有 {'、'.join(self.stages)}"
            )
        return Answer(self.attribute.stages.index(text))

    def read(self, batch: Batch, listed: pl.Series | None) -> Columns:
        """Give the place of the stage reached; without a column for it, the last one with a day."""
        stage = _empty(batch, pl.Int16)
        if "" in self.columns:
            stage = self.answers(batch, "", self.stage)["value"]
        days = {part: reader.read(batch)[""] for part, reader in self.days.items()}
        if not days:
            return {"": stage}
        last, unordered = self._last(days)
        against = unordered | (last > stage).fill_null(False)
        self.contradict(batch, against, "各阶段的日期先后不对,或晚于现在的阶段")
        stage = nulled(first(stage, last), against)
        return {"": stage} | {part: nulled(series, against) for part, series in days.items()}

    def _last(self, days: Mapping[str, pl.Series]) -> tuple[pl.Series, pl.Series]:
        """Give the last stage with a day, and the rows whose days do not ascend."""
        frame = pl.DataFrame([series.alias(part) for part, series in days.items()])
        parts = list(days)
        places = [
            pl.when(pl.col(part).is_not_null()).then(int(part.removeprefix("on"))) for part in parts
        ]
        latest = [pl.max_horizontal(parts[: n + 1]) for n in range(len(parts))]
        falls = [
            (pl.col(part) < before).fill_null(False)
            for part, before in zip(parts[1:], latest, strict=False)
        ]
        last = frame.select(pl.max_horizontal(places).cast(pl.Int16)).to_series()
        if not falls:
            return last, constant(False, frame.height, pl.Boolean)
        return last, frame.select(pl.any_horizontal(falls)).to_series()


class TenureFact(Fact):
    """A title or status: held or not, from when to when, at which level, for the first time."""

    def prepare(self) -> None:
        """Make the readers; the parts are those of one stretch."""
        member, columns = self.member, self.columns
        has_end = "to" in columns or ("from" in columns and member.months_valid)
        has_level = "level" in columns or ("" in columns and member.levels)
        named = {
            "from1": "from" in columns,
            "to1": has_end,
            "level1": has_level,
            "first1": "first" in columns,
            "clear": "" in columns or self.listed,
        }
        self.parts = frozenset(part for part, there in named.items() if there)
        self.absent = absence(member, self.day).clear_since
        self.held = Lookup(self._held, self.words, pl.Int16)
        self.level = Lookup(self._level, self.words, pl.Int16)
        self.dates = {
            part: DateReader(columns[part], self.words, limit, open_end=part == "to")
            for part, limit in (("from", self.day), ("to", None))
            if part in columns
        }
        self.first = FlagReader(columns["first"], self.words) if "first" in columns else None

    def _held(self, text: str) -> Answer:
        """Read 是, 没有, 从未 or a level; the second value is the level or that it never was."""
        if text in UNSURE_WORDS:
            return UNKNOWN
        if text in NEVER:
            return Answer(0, _FROM_NEVER)
        if text in self.member.levels:
            return Answer(1, self.member.levels.index(text))
        said = yes_or_no(text, self.member)
        if said is None:
            hint = "写“是”“没有”或“不清楚”;写日期的列要在映射里写明部分,如“部分: 取得日期”"
            if self.member.levels:
                hint = f"可写 {'、'.join(self.member.levels)}、没有、不清楚"
            raise ValueFault("unknown-member", f"“{self.member.label}”不能这样填", hint)
        return Answer(int(said))

    def _level(self, text: str) -> Answer:
        if text in UNSURE_WORDS | NONE_WORDS:
            return UNKNOWN
        if text not in self.member.levels:
            hint = f"可写 {'、'.join(self.member.levels)}"
            raise ValueFault("unknown-member", "没有这一级", hint)
        return Answer(self.member.levels.index(text))

    def read(self, batch: Batch, listed: pl.Series | None) -> Columns:
        """Give the number of stretches, the stretch, and the day from which absence is known."""
        frame = self._said(batch, listed)
        there, held = pl.col("there"), pl.col("held")
        count = pl.when(there | (held == 1)).then(1).when(held == 0).then(0).cast(pl.Int16)
        clear = (
            pl.when(held == 0)
            .then(
                pl.when(pl.col("level_said") == _FROM_NEVER).then(FIRST_DAY).otherwise(self.absent)
            )
            .cast(pl.Date)
        )
        columns = frame.select(
            count.alias(""),
            clear.alias("clear"),
            *(
                pl.when(there | (held == 1)).then(part).alias(f"{part}1")
                for part in ("from", "to", "level", "first")
                if f"{part}1" in self.parts
            ),
        )
        bad = self._contradictions(batch, frame, listed)
        return {part: nulled(columns[part], bad) for part in ("", *self.parts)}

    def _contradictions(
        self, batch: Batch, frame: pl.DataFrame, listed: pl.Series | None
    ) -> pl.Series:
        """Refuse and give the rows whose columns do not go together."""
        if listed is None and not self.columns.keys() & {"from", "to", "level"}:
            return constant(False, frame.height, pl.Boolean)
        wrong = frame.select(
            contrary=pl.col("held").eq(0)
            & (pl.col("there") & ~(pl.col("to") < self.day).fill_null(False)),
            listed=pl.col("said").eq(0) & pl.col("listed"),
            reversed=pl.col("from") > pl.col("to"),
        ).fill_null(False)
        self.contradict(batch, wrong["contrary"], "写了没有,却还在有效期内")
        self.contradict(batch, wrong["listed"])
        self.contradict(batch, wrong["reversed"], "的取得日期晚于有效期")
        return wrong["contrary"] | wrong["listed"] | wrong["reversed"]

    def _said(self, batch: Batch, listed: pl.Series | None) -> pl.DataFrame:
        """Read every column of the fact; ``there`` says that a day or level implies the title."""
        found: dict[str, pl.Series] = {}
        if "" in self.columns:
            answers = self.answers(batch, "", self.held)
            found |= {"said": answers["value"], "level_said": answers["more"]}
        if "level" in self.columns:
            found["level"] = self.answers(batch, "level", self.level)["value"]
        found |= {part: reader.read(batch)[""] for part, reader in self.dates.items()}
        if self.first:
            found["first"] = self.first.read(batch)[""]
        if listed is not None:
            found["listed"] = listed
        # What no column says stays a literal, which costs nothing.
        unsaid = [
            pl.lit(None, kind).alias(name) for name, kind in _SAID.items() if name not in found
        ]
        frame = pl.DataFrame({"row": batch.rows, **found}).with_columns(unsaid)
        there = pl.any_horizontal(pl.col("from", "to", "level").is_not_null())
        own = pl.when(pl.col("level_said") >= 0).then("level_said")
        end_of_term = (
            pl.col("from").dt.offset_by(f"{self.member.months_valid or 0}mo").dt.offset_by("-1d")
        )
        return frame.with_columns(
            there=there,
            held=pl.coalesce("said", pl.col("listed").cast(pl.Int16)),
            level=pl.coalesce("level", own),
            to=pl.coalesce("to", end_of_term) if self.member.months_valid else pl.col("to"),
        )


# What the columns of a title or status can say.
_SAID = {
    "said": pl.Int16,
    "listed": pl.Boolean,
    "level_said": pl.Int16,
    "level": pl.Int16,
    "from": pl.Date,
    "to": pl.Date,
    "first": pl.Boolean,
}


FACTS: dict[Kind, type[Fact]] = {
    Kind.SET: FlagFact,
    Kind.LIST: FlagFact,
    Kind.JUDGEMENT: FlagFact,
    Kind.ACTIVITIES: ActivityFact,
    Kind.STAGE: StageFact,
    Kind.TITLES: TenureFact,
    Kind.STATUS: TenureFact,
}


def make_fact(
    columns: Sequence[MappedColumn],
    attribute: Attribute,
    member: Member,
    words: RegistryWords,
    vocabulary: Vocabulary,
    day: date,
    listed: bool,
) -> Fact:
    """Make the fact that columns of one member say together, noted on a day."""
    by_part = {column.part: column for column in columns}
    fact = FACTS[attribute.kind](by_part, attribute, member, words, day, listed)
    return fact.know(vocabulary) if isinstance(fact, ActivityFact) else fact

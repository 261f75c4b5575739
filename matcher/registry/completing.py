"""What every row shares or what goes without saying: 全表, parameters, lists of companies, 主体类别.

Each step says which facts it adds to the layout and fills their columns for a chunk. A fact that a
column gives stays; these only answer what it leaves open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

import polars as pl

from matcher.holdings import CompanyList, Holdings
from matcher.language.answers import CODE as CODE_LABEL
from matcher.language.claims import UNSURE_WORDS
from matcher.layout import CODE, MAIN_TYPES, NAME, Stored, column_name, part_type
from matcher.profile import Activity, Assurance, Fact, FactKey, Profile
from matcher.registry.cells import Batch, saying
from matcher.registry.columns import MappedColumn
from matcher.registry.encoding import encode
from matcher.registry.places import Dictionary
from matcher.registry.series import TYPES, constant
from matcher.tree import State
from matcher.vocabulary.model import LIST, Attribute, Kind, Vocabulary

Facts = dict[FactKey, Stored]
Columns = dict[str, pl.Series]
VOUCHED = "__vouched"


class Shared:
    """Facts that are the same in every row."""

    def __init__(
        self,
        facts: Iterable[tuple[FactKey, Fact]],
        vocabulary: Vocabulary,
        dictionaries: Mapping[str, Dictionary],
    ) -> None:
        self.vocabulary = vocabulary
        self.facts: Facts = {}
        self.values: dict[str, tuple[object, type[pl.DataType]]] = {}
        for key, fact in facts:
            self._put(key, fact, dictionaries)

    def _put(self, key: FactKey, fact: Fact, dictionaries: Mapping[str, Dictionary]) -> None:
        layout, [row] = encode([Profile({key: fact})], self.vocabulary, None)
        stored = layout.facts[key]
        planned = isinstance(fact.value, Activity) and fact.value.state is State.PLANNED
        attested = fact.assurance is Assurance.ATTESTED and not planned
        self.facts[key] = replace(stored, attested=attested, source=fact.source)
        attribute = self.vocabulary.attributes[key.attribute]
        value = row.get(stored.name)
        if attribute.label in layout.dictionaries and value is not None:
            value = dictionaries[attribute.label].code(layout.dictionaries[attribute.label][value])
        self.values[stored.name] = (value, TYPES[MAIN_TYPES[attribute.kind]])
        for part in stored.parts:
            name = stored.part(part)
            self.values[name] = (row.get(name), TYPES[part_type(part)])

    def fill(self, batch: Batch, columns: Columns) -> None:
        """Add the columns."""
        for name, (value, kind) in self.values.items():
            columns[name] = constant(value, len(batch.rows), kind)


def parameters(
    holdings: Holdings | None, vocabulary: Vocabulary, day: date
) -> list[tuple[FactKey, Fact]]:
    """Give the parameters of the deployment that hold on a day."""
    if holdings is None:
        return []
    return list(holdings.enrich(Profile(), vocabulary, day).facts.items())


class Lists:
    """The lists of companies that the deployment keeps: yes for those on them, no for the rest."""

    def __init__(
        self, holdings: Holdings | None, vocabulary: Vocabulary, day: date, known: Facts
    ) -> None:
        self.lists: list[tuple[Stored, CompanyList]] = []
        self.facts: Facts = {}
        for member in vocabulary.attributes[LIST].members if holdings else ():
            assert holdings is not None
            found = holdings.list_as_of(member, day)
            if found is None:
                continue
            key = FactKey(LIST, member.label)
            source = f"{found.source}({found.as_of})"
            stored = known.get(key)
            if stored is None:
                stored = Stored(column_name(key, vocabulary), attested=True, source=source)
            elif not stored.attested:
                stored = replace(stored, attested_name=stored.name + VOUCHED, source=source)
            self.facts[key] = stored
            self.lists.append((stored, found))

    def fill(self, batch: Batch, columns: Columns) -> None:
        """Add the answers of each list where no column answers."""
        for stored, kept in self.lists:
            answer = _on_list(kept, columns[CODE], columns[NAME])
            given = columns.get(stored.name)
            if given is None:
                columns[stored.name] = answer
                continue
            frame = pl.DataFrame({"given": given, "answer": answer})
            columns[stored.name] = frame.select(pl.coalesce("given", "answer")).to_series()
            if stored.attested_name:
                open_ = pl.when(pl.col("given").is_null()).then("answer")
                columns[stored.attested_name] = frame.select(open_).to_series()


def _on_list(kept: CompanyList, codes: pl.Series, names: pl.Series) -> pl.Series:
    """Find companies by code where both sides have one, else by name."""
    by_code = codes.is_in(pl.Series(sorted(kept.codes), dtype=pl.String).implode())
    by_name = names.is_in(pl.Series(sorted(kept.names), dtype=pl.String).implode())
    frame = pl.DataFrame({"code": codes, "by_code": by_code, "name": names, "by_name": by_name})
    found: pl.Expr = pl.when(pl.col("name").is_not_null() & bool(kept.names)).then("by_name")
    if kept.codes:
        found = pl.when(pl.col("code").is_not_null()).then("by_code").otherwise(found)
    return frame.select(found).to_series()


class Presumed:
    """未填视为 and 列出即完整: who answers no member is taken for one, who answers one for no other."""

    def __init__(
        self,
        attribute: Attribute,
        vocabulary: Vocabulary,
        known: Facts,
        columns: Iterable[MappedColumn],
    ) -> None:
        self.attribute = attribute
        self.columns = [column for column in columns if column.attribute is attribute]
        self.given = {
            member.label: stored
            for member in attribute.members
            if (stored := known.get(FactKey(attribute.label, member.label))) is not None
        }
        self.code_attested = known[FactKey(CODE_LABEL)].attested
        closing = attribute.closed_by_answer and bool(self.given)
        self.facts: Facts = {}
        for member in attribute.members:
            key = FactKey(attribute.label, member.label)
            presumed = member.label == attribute.presumed
            if presumed or closing:
                stored = self.given.get(member.label) or Stored(column_name(key, vocabulary))
                if presumed and self.code_attested and not stored.attested:
                    stored = replace(stored, attested_name=stored.name + VOUCHED)
                self.facts[key] = stored

    def fill(self, batch: Batch, columns: Columns) -> None:
        """Answer what the row leaves open of the attribute."""
        length = len(batch.rows)
        given = {label: columns[stored.name] for label, stored in self.given.items()}
        answered = constant(False, length, pl.Boolean)
        for series in given.values():
            answered |= series.is_not_null()
        closed = (
            answered if self.attribute.closed_by_answer else constant(False, length, pl.Boolean)
        )
        presumed = ~answered & ~self._unsure(batch)
        empty = constant(None, length, pl.Boolean)
        for key, stored in self.facts.items():
            own = given.get(key.member or "", empty)
            frame = pl.DataFrame({"own": own, "closed": closed, "presumed": presumed})
            rest: pl.Expr = pl.when("closed").then(False)
            if key.member == self.attribute.presumed:
                rest = pl.coalesce(rest, pl.when("presumed").then(True))
            columns[stored.name] = frame.select(pl.coalesce("own", rest)).to_series()
            if stored.attested_name:
                company = columns[CODE].str.starts_with("91").fill_null(False) & presumed
                yes = pl.DataFrame({"yes": company}).select(pl.when("yes").then(True))
                columns[stored.attested_name] = yes.to_series()

    def _unsure(self, batch: Batch) -> pl.Series:
        """Find the rows that say they do not know: nothing is presumed of them."""
        unsure = constant(False, len(batch.rows), pl.Boolean)
        for column in self.columns:
            unsure |= saying(batch.cells(column), UNSURE_WORDS)
        return unsure


def presumptions(
    vocabulary: Vocabulary, known: Facts, columns: Iterable[MappedColumn]
) -> list[Presumed]:
    """Make the step for every attribute of which something goes without saying."""
    mapped = list(columns)
    return [
        Presumed(attribute, vocabulary, known, mapped)
        for attribute in vocabulary.attributes.values()
        if attribute.kind is Kind.SET and (attribute.presumed or attribute.closed_by_answer)
    ]

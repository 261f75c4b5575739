"""The numbers an engine gives -> ``findings.parquet`` and the counts of a run.

In: batches with one column a measure (`matcher.registry.outcomes`). Every batch is counted and its findings
are written before the next is looked at, so memory does not grow with the registry.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from matcher.finding import Delivery
from matcher.layout import CODE
from matcher.logic import Verdict
from matcher.profile import FactKey
from matcher.registry.outcomes import (
    AUTOMATIC,
    GROUPED,
    MET,
    OPEN,
    OUTCOME_BITS,
    OUTCOME_MASK,
    UNMET,
    VERDICT_OF,
    Asked,
    delivery_of,
)
from matcher.registry.sharing import Best, Waiting
from matcher.registry.summary import Better, Gap, GroupCount, MeasureCount, Step
from matcher.vocabulary.model import Vocabulary

T = TypeVar("T")

MAX_STEPS = 15
MAX_COUNTED_BITS = 16
MEASURE, VERDICT, DELIVERY = _NAMED = ("measure", "verdict", "delivery")
_VERDICTS, _DELIVERIES = list(Verdict), list(Delivery)
_VERDICT_NAMES = [verdict.name for verdict in Verdict]
_DELIVERY_NAMES = [delivery.value for delivery in Delivery]
UNKNOWN_GROUP = "未填"


class Found(NamedTuple):
    """The companies of one batch for which one measure came to the same."""

    codes: pl.Series
    measure: int
    verdict: Verdict
    delivery: Delivery | None


class FindingsWriter:
    """Writes findings in row groups; columns credit_code, measure, verdict, delivery."""

    def __init__(self, path: Path, measures: Iterable[str]) -> None:
        self._measures = list(measures)
        names = pa.dictionary(pa.int16(), pa.string())
        fields = [(CODE, pa.large_string())] + [(name, names) for name in _NAMED]
        self._schema = pa.schema(fields)
        self._writer = pq.ParquetWriter(
            path,
            self._schema,
            compression="zstd",
            compression_level=1,
            use_dictionary=list(_NAMED),
            write_statistics=[MEASURE],
        )
        self.rows = 0

    def write(self, found: Sequence[Found]) -> None:
        """Write the findings of one batch as a row group."""
        counts = [len(item.codes) for item in found]
        if not any(counts):
            return
        self.rows += sum(counts)
        columns = [
            pl.concat([item.codes for item in found]).to_arrow().cast(pa.large_string()),
            _repeated([item.measure for item in found], counts, self._measures),
            _repeated([_VERDICTS.index(item.verdict) for item in found], counts, _VERDICT_NAMES),
            _repeated(
                [
                    -1 if item.delivery is None else _DELIVERIES.index(item.delivery)
                    for item in found
                ],
                counts,
                _DELIVERY_NAMES,
            ),
        ]
        self._writer.write_table(pa.Table.from_arrays(columns, schema=self._schema))

    def close(self) -> None:
        """Finish the file."""
        self._writer.close()


def _repeated(places: list[int], counts: list[int], names: list[str]) -> Any:
    """Give a column of names by their places, each as often as it is found; -1 is NULL."""
    # Through frames: Arrow's own way from lists and NumPy looks for Pandas and loads it.
    indices = pl.Series(np.repeat(np.array(places, np.int16), counts))
    known = indices.set(indices < 0, None).to_arrow()
    return pa.DictionaryArray.from_arrays(known, pl.Series(names).to_arrow().cast(pa.string()))


class Tally:
    """Counts outcomes by measure, place and trade, and the facts that hold findings open."""

    def __init__(self, asked: tuple[Asked, ...], vocabulary: Vocabulary) -> None:
        self.asked, self.vocabulary = asked, vocabulary
        # By measure: how many companies came to each number.
        self.numbers: list[Counter[int]] = [Counter() for _ in asked]
        self.groups: dict[str, dict[int | None, list[int]]] = {}
        self.companies = self.with_met = self.automatic = 0
        self._deliveries: list[dict[int, Delivery | None]] = [{} for _ in asked]

    def take(self, batch: pl.DataFrame, writer: FindingsWriter, *, with_open: bool) -> None:
        """Count one batch and write its findings."""
        found: list[Found] = []
        codes = batch.get_column(CODE)
        for place, one in enumerate(self.asked):
            numbers = batch.get_column(one.column)
            seen = _counted(numbers, len(one.facts) + OUTCOME_BITS)
            self.numbers[place].update(seen)
            found += self._found(place, numbers, seen, codes, with_open=with_open)
        writer.write(found)
        self._count_groups(batch)

    def _found(
        self,
        place: int,
        numbers: pl.Series,
        seen: dict[int, int],
        codes: pl.Series,
        *,
        with_open: bool,
    ) -> Iterator[Found]:
        """Give the findings of one measure, those of one delivery together."""
        alike: dict[tuple[Verdict, Delivery | None], list[int]] = {}
        for number in sorted(seen):
            verdict = VERDICT_OF[number & OUTCOME_MASK]
            if verdict is Verdict.MET or (with_open and verdict is Verdict.OPEN):
                alike.setdefault((verdict, self._delivery(place, number)), []).append(number)
        for (verdict, delivery), wanted in alike.items():
            # Most often it is one number: comparing is faster than looking up.
            chosen = numbers == wanted[0] if len(wanted) == 1 else numbers.is_in(wanted)
            yield Found(codes.filter(chosen), place, verdict, delivery)

    def _delivery(self, place: int, number: int) -> Delivery | None:
        known = self._deliveries[place]
        if number not in known:
            known[number] = delivery_of(self.asked[place], number, self.vocabulary)
        return known[number]

    def _count_groups(self, batch: pl.DataFrame) -> None:
        outcome = pl.col([one.column for one in self.asked])
        met = (outcome == MET) | (outcome == AUTOMATIC)
        counts = batch.select(
            pl.sum_horizontal(met.cast(pl.UInt16)).alias("met"),
            pl.any_horizontal(outcome == AUTOMATIC).alias("automatic"),
        )
        self.companies += batch.height
        self.with_met += int((counts.get_column("met") > 0).sum())
        self.automatic += int(counts.get_column("automatic").sum())
        for name in GROUPED.values():
            if name in batch.columns:
                self._count_group(name, counts.with_columns(batch.get_column(name)))

    def _count_group(self, name: str, counts: pl.DataFrame) -> None:
        known = self.groups.setdefault(name, {})
        grouped = counts.group_by(name).agg(
            pl.len(),
            (pl.col("met") > 0).sum().alias("with"),
            pl.col("met").sum().alias("all"),
            pl.col("automatic").sum().alias("auto"),
        )
        for code, *numbers in grouped.iter_rows():
            _add(known, code, numbers)

    # --- what was counted ------------------------------------------------------------------------

    def measures(self, documents: Mapping[str, str]) -> tuple[MeasureCount, ...]:
        """Give what each measure came to, its document by the title."""
        return tuple(
            self._measure(place, one, documents[one.measure.document])
            for place, one in enumerate(self.asked)
        )

    def _measure(self, place: int, one: Asked, document: str) -> MeasureCount:
        outcomes: Counter[int] = Counter()
        deliveries: Counter[str] = Counter()
        for number, count in self.numbers[place].items():
            outcomes[number & OUTCOME_MASK] += count
            delivery = self._delivery(place, number)
            if delivery and VERDICT_OF[number & OUTCOME_MASK] is Verdict.MET:
                deliveries[delivery.value] += count
        measure = one.measure
        return MeasureCount(
            measure.id,
            measure.title,
            document,
            measure.benefit_basis,
            measure.departments,
            outcomes[MET] + outcomes[AUTOMATIC],
            outcomes[OPEN],
            outcomes[UNMET],
            dict(deliveries),
        )

    def grouped(self, name: str, named: dict[int, str]) -> tuple[GroupCount, ...]:
        """Give the counts of the groups of one column, several codes of one name together."""
        together: dict[str, list[int]] = {}
        for code, numbers in self.groups.get(name, {}).items():
            _add(together, UNKNOWN_GROUP if code is None else named[code], numbers)
        made = [GroupCount(label, *numbers) for label, numbers in together.items()]
        return tuple(sorted(made, key=lambda item: (-item.with_met, -item.companies, item.name)))

    def open_sets(self) -> Counter[frozenset[FactKey]]:
        """Count the open findings by the set of facts that hold them open."""
        sets: Counter[frozenset[FactKey]] = Counter()
        for place, one in enumerate(self.asked):
            for number, count in self.numbers[place].items():
                if number & OUTCOME_MASK == OPEN:
                    bits = number >> OUTCOME_BITS
                    keys = (key for bit, key in enumerate(one.facts) if bits >> bit & 1)
                    sets[frozenset(_plain(key) for key in keys)] += count
        return sets


def _counted(numbers: pl.Series, bits: int) -> dict[int, int]:
    """Count how often each number stands in a column; small numbers are their own place."""
    if bits > MAX_COUNTED_BITS:
        return dict(numbers.value_counts().iter_rows())
    counts = np.bincount(numbers.to_numpy())
    return {int(number): int(counts[number]) for number in np.flatnonzero(counts)}


def _add(counts: dict[T, list[int]], key: T, numbers: list[int]) -> None:
    counts[key] = [a + b for a, b in zip(counts.get(key, [0] * 4), numbers, strict=True)]


def _plain(key: FactKey) -> FactKey:
    """Leave out which measure a judgement is for: a department's data are asked for as a whole."""
    return key._replace(measure=None)


def gaps(sets: Counter[frozenset[FactKey]], vocabulary: Vocabulary) -> tuple[Gap, ...]:
    """List the missing facts: how many open findings each takes part in, and holds open alone."""
    findings: Counter[FactKey] = Counter()
    alone: Counter[FactKey] = Counter()
    for keys, count in sets.items():
        for key in keys:
            findings[key] += count
        if len(keys) == 1:
            alone[next(iter(keys))] += count
    return tuple(
        Gap(fact_name(key), *_keeper(key, vocabulary), count, alone[key])
        for key, count in sorted(findings.items(), key=lambda item: (-item[1], fact_name(item[0])))
    )


def shopping_list(sets: Counter[frozenset[FactKey]], vocabulary: Vocabulary) -> tuple[Step, ...]:
    """Order facts by how many open findings they settle, and hold each length against the best.

    An order, because departments share one thing after the other. The best few facts need not be
    among the best more, so no order may be the best at every length: each step says whether any other
    facts, as many, would settle more.
    """
    listed = Waiting(sets, fact_name).listed(MAX_STEPS)
    facts = [item.fact for item in listed]
    steps: list[Step] = []
    for length, (key, settled, best) in enumerate(listed, start=1):
        added = settled - (steps[-1].settled if steps else 0)
        better = _better(facts[:length], best) if best.settled > settled else None
        keeper = _keeper(key, vocabulary)[0]
        steps.append(Step(fact_name(key), keeper, added, settled, better, best.proven))
    return tuple(steps)


def _better(listed: Sequence[FactKey], best: Best[FactKey]) -> Better:
    without = tuple(fact_name(key) for key in listed if key not in best.facts)
    instead = tuple(sorted(fact_name(key) for key in best.facts.difference(listed)))
    return Better(without, instead, best.settled)


def fact_name(key: FactKey) -> str:
    """Name a fact as people do: attribute, member and year."""
    period = f"{key.period} 年 " if isinstance(key.period, int) else ""
    return f"{period}{key.attribute}{' ' + key.member if key.member else ''}"


def _keeper(key: FactKey, vocabulary: Vocabulary) -> tuple[str, bool]:
    return vocabulary.custodian(key.attribute, key.member)

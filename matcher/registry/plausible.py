"""Figures of one row against each other: parts that are larger than their wholes.

The pairs are those of the vocabulary, as for a company file (`matcher.language.plausible`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from matcher.layout import Stored
from matcher.profile import FactKey
from matcher.registry.cells import Batch
from matcher.registry.columns import MappedColumn
from matcher.registry.completing import Columns, Facts
from matcher.registry.series import nulled
from matcher.vocabulary.model import PartOf, Vocabulary


class Parts:
    """Compares mapped columns of one year; both figures of a refused pair become unknown."""

    def __init__(
        self,
        columns: Iterable[MappedColumn],
        known: Mapping[FactKey, Stored],
        vocabulary: Vocabulary,
    ) -> None:
        self.facts: Facts = {}
        self.known = known
        by_key = {column.key: column for column in columns if column.key in known}
        self.pairs: list[tuple[PartOf, MappedColumn, MappedColumn]] = []
        for pair in vocabulary.parts:
            for key, column in by_key.items():
                whole = by_key.get(key._replace(attribute=pair.whole))
                if key.attribute == pair.part and whole is not None:
                    self.pairs.append((pair, column, whole))

    def fill(self, batch: Batch, columns: Columns) -> None:
        """Note the rows in which a part is larger: refused, or only counted where that can happen."""
        for pair, part, whole in self.pairs:
            names = [self.known[column.key].name for column in (part, whole)]
            # One dimension has one scale, so the whole numbers of the table compare as they are.
            larger = (columns[names[0]] > columns[names[1]]).fill_null(False)
            sentence = f"大于“{whole.label}”"
            if not pair.refused:
                batch.warn(part, f"{sentence},按填写的数比对", int(larger.sum()))
                continue
            repair = f"{pair.reason}核对两个数和单位"
            batch.refuse(part, larger, batch.cells(part), sentence, repair)
            for name in names:
                columns[name] = nulled(columns[name], larger)

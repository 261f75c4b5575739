"""部分与整体 -> `PartOf`: which figures are parts of which, and whether a larger part is refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from matcher.language.diagnostics import Problems
from matcher.language.entries import Entry
from matcher.vocabulary.model import Attribute, Kind, PartOf, Vocabulary

_REFUSE, _REMIND = "不收", "提醒"


def read_parts(
    entries: Iterable[Entry], vocabulary: Vocabulary, problems: Problems
) -> Iterator[PartOf]:
    """Read the pairs; both figures must be told in one kind of unit and period."""
    for entry in entries:
        for key in ("部分", "整体", "超过时"):
            entry.scalar(key, needed=True)
        part, whole = (_figure(entry, key, vocabulary) for key in ("部分", "整体"))
        refused = entry.word("超过时", (_REFUSE, _REMIND)) == _REFUSE
        reason = entry.text("理由", needed=True)
        entry.done()
        if part is None or whole is None or part.unit is None or whole.unit is None:
            continue
        if (part.unit.dimension, part.yearly) != (whole.unit.dimension, whole.yearly):
            message = f"“{part.label}”和“{whole.label}”的单位或期间不同,不能比大小"
            problems.add("wrong-unit", message, entry.place, "换成同一种单位、同样按年度的指标")
            continue
        yield PartOf(part.label, whole.label, refused, reason)


def _figure(entry: Entry, key: str, vocabulary: Vocabulary) -> Attribute | None:
    """Find the number an entry names; None after reporting that there is none."""
    figures = [x.label for x in vocabulary.attributes.values() if x.kind is Kind.NUMBER]
    return vocabulary.attributes.get(entry.word(key, figures))

"""``沿革`` of document.yaml -> what happened to the rules of a document, day by day.

An id that was published is never given away or lost: where a measure is replaced, its old id stays here
with the ids that took its place.
"""

from __future__ import annotations

from collections.abc import Iterable

from matcher.documents.model import Change, Document
from matcher.language.diagnostics import Problems, did_you_mean
from matcher.language.entries import Entry


def read_history(entry: Entry) -> tuple[Change, ...]:
    """Read the changes of a document; an entry without its day or its sentence is left out."""
    found = []
    for item in entry.entries("沿革"):
        day, said = item.day("日期"), item.text("说明")
        measures, former = item.words("措施"), item.text("原编号")
        if former and not measures:
            item.missing("措施")
        item.done()
        if day is not None and said:
            found.append(Change(day, said, measures, former, item.place))
    return tuple(found)


def check_history(documents: Iterable[Document], problems: Problems) -> None:
    """Report ids that no measure has, and old ids that are still in use."""
    read = tuple(documents)
    known = [measure.id for document in read for measure in document.measures]
    for document in read:
        for change in document.history:
            for id_ in change.measures:
                if id_ not in known:
                    message = f"沿革提到的“{id_}”不是一项措施"
                    hint = did_you_mean(id_, known, "写全编号,如 hefei-2025/1.4")
                    problems.add("unknown-name", message, change.place, hint)
            if change.former in known:
                message = f"“{change.former}”写成了原编号,却还是一项措施的编号"
                hint = "还在用的编号不要写在“原编号”里"
                problems.add("duplicate-id", message, change.place, hint)

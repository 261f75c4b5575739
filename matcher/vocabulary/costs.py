"""答题成本 -> what it costs a company to answer: one figure a kind, another where papers are looked up."""

from __future__ import annotations

from collections.abc import Iterable

from matcher.language.diagnostics import Problems
from matcher.language.entries import Entry
from matcher.vocabulary.model import Kind, Vocabulary


def read_costs(entries: Iterable[Entry], problems: Problems) -> dict[Kind, tuple[int, int]]:
    """Read the cost of an answer and the extra for looking it up, by kind of attribute."""
    kinds = {kind.value: kind for kind in Kind}
    found: dict[Kind, tuple[int, int]] = {}
    for entry in entries:
        for key in ("类型", "成本"):
            entry.scalar(key, needed=True)
        kind = kinds.get(entry.word("类型", kinds))
        cost, extra = entry.count("成本"), entry.number("查资料") or 0
        entry.done()
        if kind in found:
            message = f"“{kind.value}”的成本写了两次"
            problems.add("duplicate-id", message, entry.place, "只留一条")
        elif kind is not None and cost is not None:
            found[kind] = cost, int(extra)
    return found


def cost_of(attribute: str, member: str | None, vocabulary: Vocabulary) -> int:
    """Give what answering costs; a kind that the vocabulary does not price costs one."""
    found = vocabulary.attributes[attribute]
    cost, extra = vocabulary.costs.get(found.kind, (1, 0))
    one = found.member(member) if member else None
    return cost + (extra if (one.evidence if one else ()) or found.evidence else 0)

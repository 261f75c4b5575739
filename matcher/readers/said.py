"""A condition's truth over table columns together with the facts it lacks.

`matcher.readers.ibis` reads every condition into a `Said`; here they are put together.
"""

from __future__ import annotations

from dataclasses import dataclass

from matcher import tree
from matcher.profile import FactKey
from matcher.readers.columns import Column, all_of, any_of, at_least, is_open, negate
from matcher.tree import Condition

Missing = tuple[tuple[FactKey, Column], ...]


@dataclass(frozen=True, slots=True)
class Said:
    """A condition's truth, and for each fact it may lack whether it does: two-valued.

    A fact counts as lacking only in rows where the truth is unknown.
    """

    truth: Column
    missing: Missing = ()


def lacking(said: Said) -> Missing:
    """Give where each fact is missing and could still change the truth."""
    vague = is_open(said.truth)
    found: dict[FactKey, Column] = {}
    for key, absent in said.missing:
        found[key] = any_of(found.get(key, False), all_of(vague, absent))
    return tuple((key, absent) for key, absent in found.items() if absent is not False)


def join(node: Condition, parts: tuple[Said, ...]) -> Said:
    """Put the parts of a joint together; a part that is settled lacks nothing."""
    truths = [part.truth for part in parts]
    missing = tuple(pair for part in parts for pair in lacking(part))
    return Said(_joint(node, truths), missing)


def _joint(node: Condition, parts: list[Column]) -> Column:
    if isinstance(node, tree.AllOf):
        return all_of(*parts)
    if isinstance(node, tree.AnyOf):
        return any_of(*parts)
    if isinstance(node, tree.Not):
        return negate(parts[0])
    if isinstance(node, tree.AtLeast):
        return at_least(node.count, parts)
    if isinstance(node, tree.When):
        return any_of(negate(parts[0]), parts[1])
    assert isinstance(node, tree.Named)
    return parts[0]

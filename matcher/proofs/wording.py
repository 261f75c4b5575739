"""A condition in one line, for messages."""

from __future__ import annotations

from matcher import tree
from matcher.language.keys import ALL, ANY, AT_LEAST, NOT, WHEN
from matcher.language.printer import leaf_text
from matcher.tree import Condition, Leaf
from matcher.vocabulary.model import Vocabulary

_SHOWN = 3
_JOINTS: dict[type[Condition], str] = {
    tree.AllOf: ALL,
    tree.AnyOf: ANY,
    tree.AtLeast: AT_LEAST,
    tree.Not: NOT,
    tree.When: WHEN,
}


def said(condition: Condition, vocabulary: Vocabulary) -> str:
    """Say a condition: a leaf as its sentence, a joint by its first parts."""
    if isinstance(condition, tree.Records):
        return f"{condition.attribute}中至少 {condition.count} 项满足:" + said(
            condition.condition, vocabulary.inside_record(condition.attribute)
        )
    if isinstance(condition, Leaf):
        return f"“{leaf_text(condition, vocabulary)}”"
    if isinstance(condition, tree.Named):
        return f"“{condition.name}”"
    parts = [said(part, vocabulary) for part in condition.children]
    shown = "、".join(parts[:_SHOWN]) + ("等" if len(parts) > _SHOWN else "")
    return f"{_JOINTS[type(condition)]}({shown})"

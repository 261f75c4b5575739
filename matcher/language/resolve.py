"""A parsed condition sentence -> a typed leaf of the tree.

Every word is looked up in the vocabulary and every operator checked against the type of its attribute;
a mistake is reported with its place and the sentence yields None.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lark import Token, Tree

from matcher.language.comparisons import ComparisonResolver
from matcher.language.diagnostics import Problems
from matcher.language.leaves import LeafGrammar
from matcher.language.memberships import MembershipResolver
from matcher.language.sentences import Unreadable
from matcher.language.source import Scalar
from matcher.tree import Condition
from matcher.vocabulary.model import Vocabulary


def resolve_leaf(
    node: Scalar, vocabulary: Vocabulary, grammar: LeafGrammar, problems: Problems
) -> Condition | None:
    """Read one condition sentence; None after its mistakes have been reported."""
    tree = grammar.parse(node, problems)
    if tree is None:
        return None
    try:
        condition = _LeafResolver(vocabulary, problems, node).leaf(tree)
    except Unreadable:
        return None
    return replace(condition, place=node.place)


class _LeafResolver(ComparisonResolver, MembershipResolver):
    """Every rule of the grammar has a method of its name in one of the two."""

    def leaf(self, tree: Tree[Token]) -> Condition:
        method: Callable[[Tree[Token]], Condition] = getattr(self, f"_{tree.data}")
        return method(tree)

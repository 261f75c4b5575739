"""One walk over a condition tree, children first: the shape that every reader shares.

A reader gives a method for each joint and each leaf. One without a method for some node fails when its
class is made, not when a user meets the node. What a reader cannot say stands in ``cannot`` as data.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, ClassVar, Generic, TypeVar

from matcher import tree
from matcher.logic import Verdict
from matcher.tree import Condition, Leaf

T = TypeVar("T")

JOINTS: tuple[type[Condition], ...] = (
    tree.AllOf,
    tree.AnyOf,
    tree.Not,
    tree.AtLeast,
    tree.When,
    tree.Named,
)
# Not Leaf.__subclasses__(): making a dataclass with slots leaves a dead twin of each class there.
LEAVES: tuple[type[Leaf], ...] = tuple(
    node
    for node in vars(tree).values()
    if isinstance(node, type) and issubclass(node, Leaf) and node is not Leaf
)


def _method_name(node: type[Condition]) -> str:
    return "visit" + re.sub(r"(?<!^)(?=[A-Z])|^", "_", node.__name__).lower()


class Fold(Generic[T]):
    """A reader of condition trees that makes a ``T`` of each node."""

    verdicts: ClassVar[frozenset[Verdict]] = frozenset(Verdict)
    # Whether it goes beyond Kleene's logic where all completions agree: only a finding does so, in
    # `matcher.readers.settled`. A reader that does not says OPEN there, never the contrary.
    settles: ClassVar[bool] = False
    cannot: ClassVar[frozenset[type[Condition]]] = frozenset()
    _methods: ClassVar[dict[type[Condition], Callable[..., Any]]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._methods = {}
        for node in (*JOINTS, *LEAVES):
            method = getattr(cls, _method_name(node), None)
            if method is None and issubclass(node, Leaf):
                method = getattr(cls, "visit_leaf", None)
            if method is None and node not in cls.cannot:
                raise TypeError(f"{cls.__name__} has no method {_method_name(node)}")
            if method is not None:
                cls._methods[node] = method

    def __call__(self, node: Condition) -> T:
        """Read a tree: finished parts first, then the node itself."""
        parts = tuple([self(child) for child in node.children])
        result: T = self._methods[type(node)](self, node, parts)
        return result

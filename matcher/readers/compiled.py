"""All conditions at once, verdicts only: one plain function generated from the trees.

Equal leaves are judged once. The commonest leaves become a dictionary look-up in line; every other leaf
asks `matcher.readers.leaves`, so a leaf's meaning still stands in one place. The property tests hold
this reader to `evaluate` on generated trees.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from matcher import tree
from matcher.logic import Truth, at_least
from matcher.profile import NOT_APPLICABLE, FactKey, Profile
from matcher.readers.fold import Fold
from matcher.readers.leaves import LeafJudge
from matcher.readers.measuring import Context
from matcher.tree import Condition, Leaf
from matcher.vocabulary.model import Kind, Vocabulary

Compiled = Callable[[Profile, date], list[Truth]]


class _Writer(Fold[str]):
    """Writes a tree as a Python expression over True, False and None."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.lines: list[str] = []
        self.names: dict[str, str] = {}
        self.constants: dict[str, Any] = {"at_least": at_least}
        self._leaves: dict[Leaf, str] = {}

    def constant(self, value: Any) -> str:
        """Put a value into the generated function's globals."""
        name = f"k{len(self.constants)}"
        self.constants[name] = value
        return name

    def assign(self, expression: str) -> str:
        """Give an expression a variable; an equal one is computed once."""
        if expression not in self.names:
            self.names[expression] = f"v{len(self.names)}"
            self.lines.append(f"{self.names[expression]} = {expression}")
        return self.names[expression]

    def visit_leaf(self, node: Leaf, parts: tuple[str, ...]) -> str:
        if node not in self._leaves:
            self._leaves[node] = self.assign(self._leaf(node))
        return self._leaves[node]

    def _leaf(self, node: Leaf) -> str:
        if isinstance(node, tree.IsTrue):
            key = self.constant(FactKey(node.attribute))
            return f"(None if (f := facts.get({key})) is None else f.value is True)"
        if isinstance(node, tree.Holds) and self._inline(node):
            return self._held(node)
        return f"judge({self.constant(node)}).truth"

    def _inline(self, node: tree.Holds) -> bool:
        kind = self.vocabulary.attributes[node.attribute].kind
        return kind in (Kind.ACTIVITIES, Kind.SET) and node.count == 1

    def _held(self, node: tree.Holds) -> str:
        kind = self.vocabulary.attributes[node.attribute].kind
        state = self.constant((node.state or tree.State.PLANNED).value)
        names = []
        for member in node.members:
            key = self.constant(FactKey(node.attribute, member))
            test = f"(f.value is not NA and f.value.state.value >= {state})"
            if kind is Kind.SET:
                test = "f.value is True"
            names.append(self.assign(f"(None if (f := facts.get({key})) is None else {test})"))
        return self._any(tuple(names))

    @staticmethod
    def _any(parts: tuple[str, ...]) -> str:
        if len(parts) == 1:
            return parts[0]
        met = " or ".join(f"{part} is True" for part in parts)
        unknown = " or ".join(f"{part} is None" for part in parts)
        return f"(True if {met} else None if {unknown} else False)"

    def visit_all_of(self, node: tree.AllOf, parts: tuple[str, ...]) -> str:
        unmet = " or ".join(f"{part} is False" for part in parts)
        unknown = " or ".join(f"{part} is None" for part in parts)
        return self.assign(f"(False if {unmet} else None if {unknown} else True)")

    def visit_any_of(self, node: tree.AnyOf, parts: tuple[str, ...]) -> str:
        return self.assign(self._any(parts))

    def visit_not(self, node: tree.Not, parts: tuple[str, ...]) -> str:
        return self.assign(f"(None if {parts[0]} is None else not {parts[0]})")

    def visit_at_least(self, node: tree.AtLeast, parts: tuple[str, ...]) -> str:
        return self.assign(f"at_least({node.count}, ({', '.join(parts)},))")

    def visit_when(self, node: tree.When, parts: tuple[str, ...]) -> str:
        guard, then = parts
        return self.assign(
            f"(True if {guard} is False or {then} is True else "
            f"None if {guard} is None or {then} is None else False)"
        )

    def visit_named(self, node: tree.Named, parts: tuple[str, ...]) -> str:
        return parts[0]


def compile_conditions(conditions: Sequence[Condition], vocabulary: Vocabulary) -> Compiled:
    """Make one function that gives the truth of every condition, in order, for a profile and date.

    The trees come from checked rule files and every name in the code is made here, so nothing that an
    author wrote is executed.
    """
    writer = _Writer(vocabulary)
    results = [writer(condition) for condition in conditions]
    writer.constants["NA"] = NOT_APPLICABLE
    body = "\n    ".join([*writer.lines, f"return [{', '.join(results)}]"])
    source = f"def verdicts(facts, judge):\n    {body}\n"
    scope: dict[str, Any] = dict(writer.constants)
    exec(compile(source, "<conditions>", "exec"), scope)  # noqa: S102 - our own generated code
    function = scope["verdicts"]

    def run(profile: Profile, as_of: date) -> list[Truth]:
        judge = LeafJudge(vocabulary, Context(profile, as_of)).judge
        truths: list[Truth] = function(profile.facts, judge)
        return truths

    return run

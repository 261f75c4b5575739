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
from matcher.language.conditions import leaves as leaves_of
from matcher.logic import Truth, at_least
from matcher.profile import NOT_APPLICABLE, FactKey, Profile
from matcher.readers.fold import Fold
from matcher.readers.leaves import LeafJudge, judgement_keys
from matcher.readers.measuring import Context
from matcher.tree import Condition, Leaf
from matcher.vocabulary.model import LIST, Kind, Vocabulary

Compiled = Callable[[Profile, date], list[Truth]]
OPENING = 2


class _Writer(Fold[str]):
    """Writes a tree as a Python expression over True, False and None."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.lines: list[str] = []
        self.count = 0
        self.names: dict[str, str] = {}
        self.constants: dict[str, Any] = {"at_least": at_least}
        self._leaves: dict[Leaf, str] = {}
        self._constant_names: dict[tuple[type, Any], str] = {}

    def constant(self, value: Any) -> str:
        """Put a value into the generated function's globals; an equal one stands there once."""
        known = (type(value), value)
        if known not in self._constant_names:
            self._constant_names[known] = f"k{len(self.constants)}"
            self.constants[self._constant_names[known]] = value
        return self._constant_names[known]

    def assign(self, expression: str) -> str:
        """Give an expression a variable; an equal one is computed once."""
        if expression not in self.names:
            self.count += 1
            self.names[expression] = f"v{self.count}"
            self.lines.append(f"{self.names[expression]} = {expression}")
        return self.names[expression]

    def take_from(self, start: int) -> list[str]:
        """Take the lines written since ``start`` away, to stand inside a branch.

        What they assign is forgotten: it holds no value outside the branch.
        """
        taken, self.lines = self.lines[start:], self.lines[:start]
        assigned = {line.partition(" = ")[0] for line in taken}
        self.names = {text: name for text, name in self.names.items() if name not in assigned}
        self._leaves = {leaf: name for leaf, name in self._leaves.items() if name not in assigned}
        return taken

    def visit_leaf(self, node: Leaf, parts: tuple[str, ...]) -> str:
        if node not in self._leaves:
            self._leaves[node] = self.assign(self._leaf(node))
        return self._leaves[node]

    def _leaf(self, node: Leaf) -> str:
        if isinstance(node, tree.IsTrue) and not self.vocabulary.attributes[node.attribute].yearly:
            return self._known(FactKey(node.attribute), "f.value is True")
        if isinstance(node, tree.Listed):
            return self._known(FactKey(LIST, node.list_name), "f.value is True")
        if isinstance(node, tree.Judged):
            own, general = judgement_keys(node)
            either = f"facts.get({self.constant(own)}) or facts.get({self.constant(general)})"
            return f"(None if (f := {either}) is None else f.value is True)"
        if isinstance(node, tree.InTree):
            lies = f"f.value is not NA and leaves.lies_in({self.constant(node)}, f.value)"
            return self._known(FactKey(node.attribute), f"({lies})")
        if isinstance(node, tree.Holds) and node.count == 1:
            return self._held(node)
        return f"leaves.judge({self.constant(node)}).truth"

    def _known(self, key: FactKey, test: str) -> str:
        """Write a look-up: unknown where the fact is missing, else the test of ``f.value``."""
        return f"(None if (f := facts.get({self.constant(key)})) is None else {test})"

    def _held(self, node: tree.Holds) -> str:
        kind = self.vocabulary.attributes[node.attribute].kind
        state = (node.state or tree.State.PLANNED).value
        test = "f.value is True"
        if kind is Kind.ACTIVITIES:
            test = f"(f.value is not NA and f.value.state.value >= {state})"
        elif kind in (Kind.TITLES, Kind.STATUS):
            test = "(f.value is not NA and f.value.held(as_of))"
        keys = (FactKey(node.attribute, member) for member in node.members)
        return self._any(tuple(self.assign(self._known(key, test)) for key in keys))

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
    results = _write_groups(conditions, writer)
    writer.constants["NA"] = NOT_APPLICABLE
    body = "\n    ".join([*writer.lines, f"return [{', '.join(results)}]"])
    source = f"def verdicts(facts, leaves, as_of):\n    {body}\n"
    scope: dict[str, Any] = dict(writer.constants)
    exec(compile(source, "<conditions>", "exec"), scope)  # noqa: S102 - our own generated code
    function = scope["verdicts"]

    def run(profile: Profile, as_of: date) -> list[Truth]:
        leaves = LeafJudge(vocabulary, Context(profile, as_of), truth_only=True)
        truths: list[Truth] = function(profile.facts, leaves, as_of)
        return truths

    return run


def _write_groups(conditions: Sequence[Condition], writer: _Writer) -> list[str]:
    """Write all conditions and name their results; those that open alike stand under one test.

    Measures of one document ask for the same place and kind of company first. Where that is unmet,
    none of them can be met, and their own conditions need not be looked at.
    """
    results = [f"r{number}" for number in range(len(conditions))]
    groups: dict[tuple[Condition, ...], list[int]] = {}
    for number, condition in enumerate(conditions):
        groups.setdefault(_opening(condition), []).append(number)
    shared = _shared_leaves([[conditions[number] for number in group] for group in groups.values()])
    for leaf in shared:
        writer(leaf)
    for opening, numbers in groups.items():
        if not opening:
            for number in numbers:
                writer.lines.append(f"{results[number]} = {writer(conditions[number])}")
            continue
        first = writer(tree.AllOf(opening))
        start = len(writer.lines)
        for number in numbers:
            writer.lines.append(f"{results[number]} = {writer(conditions[number])}")
        inside = writer.take_from(start)
        targets = " = ".join(results[number] for number in numbers)
        writer.lines += [f"if {first} is False: {targets} = False", "else:"]
        writer.lines += [f"    {line}" for line in inside]
    return results


def _opening(condition: Condition) -> tuple[Condition, ...]:
    """Give the parts that a measure's condition opens with: its scope and its kind of company."""
    if isinstance(condition, tree.AllOf) and len(condition.parts) > OPENING:
        return condition.parts[:OPENING]
    return ()


def _shared_leaves(groups: list[list[Condition]]) -> list[Leaf]:
    """List the leaves that more than one group asks for: they are judged before any group."""
    seen: dict[Leaf, set[int]] = {}
    for number, group in enumerate(groups):
        for condition in group:
            for leaf in leaves_of(condition):
                seen.setdefault(leaf, set()).add(number)
    return [leaf for leaf, numbers in seen.items() if len(numbers) > 1]

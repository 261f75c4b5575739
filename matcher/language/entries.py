"""Reading a mapping of known keys: the shared manners of vocabulary, document and company files.

An `Entry` hands out typed values by key, notes every mistake with its place, and at the end reports the
keys that nobody asked for with the nearest valid one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import TypeVar

from matcher.language.diagnostics import Problems, did_you_mean
from matcher.language.keys import Table
from matcher.language.source import Mapping, Node, Scalar, Sequence
from matcher.values import Number, ValueFault, parse_date, parse_number

T = TypeVar("T")

YES = frozenset({"是", "有", "true", "True", "yes", "Y", "y", "1"})
NO = frozenset({"否", "没有", "无", "false", "False", "no", "N", "n", "0"})


class Entry:
    """One mapping being read: every key is asked for once, the rest is reported by `done`.

    With a table only its keys can be asked for, and it says which of them must be there.
    """

    def __init__(self, node: Mapping, problems: Problems, keys: Table | None = None) -> None:
        self.node, self.problems, self.place, self.keys = node, problems, node.place, keys
        self.asked: set[str] = set(keys or ())

    def get(self, key: str) -> Node | None:
        """Give the node under a key, or None; a needed key that is missing is a mistake."""
        if self.keys is None:
            self.asked.add(key)
            return self.node.get(key)
        node = self.node.get(key)
        if self.keys[key].needed and _is_empty(node):
            self.missing(key, node)
            return None
        return node

    def missing(self, key: str, node: Node | None = None) -> None:
        """Report a key that must be there, at the empty value or at the head of the mapping."""
        place = self.node.pairs[0][0].place if self.node.pairs else self.place
        if node is not None:
            place = node.place
        self.problems.add("missing-key", f"缺少“{key}”", place, f"补上“{key}: …”")

    def scalar(self, key: str, *, needed: bool = False) -> Scalar | None:
        """Give the scalar under a key; a list or mapping there is a mistake."""
        node = self.get(key)
        if isinstance(node, Scalar):
            return node
        if node is not None:
            hint = "去掉方括号或下级的键"
            self.problems.add("wrong-shape", f"“{key}”应是一个词或一句话", node.place, hint)
        elif needed:
            self.missing(key)
        return None

    def text(self, key: str, default: str = "", *, needed: bool = False) -> str:
        """Give the text under a key."""
        node = self.scalar(key, needed=needed)
        return node.text if node else default

    def flag(self, key: str, default: bool = False) -> bool:
        """Read 是 or 否."""
        node = self.scalar(key)
        if node is None:
            return default
        if node.text in YES or node.text in NO:
            return node.text in YES
        self.problems.add("wrong-type", f"“{node.text}”不是“是”或“否”", node.place)
        return default

    def number(self, key: str) -> Number | None:
        """Read a plain number."""
        node = self.scalar(key)
        return None if node is None else self._guard(node, parse_number)

    def count(self, key: str) -> int | None:
        """Read a whole number from 1 on."""
        node = self.scalar(key)
        value = None if node is None else self._guard(node, parse_number)
        if node is None or value is None:
            return None
        if isinstance(value, int) and value >= 1:
            return value
        self.problems.add("bad-number", f"“{node.text}”应是 1 以上的整数", node.place, "如 2")
        return None

    def word(self, key: str, choices: Iterable[str], default: str = "") -> str:
        """Read a word of a closed list."""
        node = self.scalar(key)
        return (one_of(node, choices, key, self.problems) if node else None) or default

    def day(self, key: str, *, needed: bool = False) -> date | None:
        """Read a date."""
        node = self.scalar(key, needed=needed)
        return None if node is None else self._guard(node, parse_date)

    def period(self, key: str) -> tuple[date | None, date | None]:
        """Read the first and the last day of a period; either may be open."""
        inner = self.entry(key)
        if inner is None:
            return None, None
        days = inner.day("自"), inner.day("至")
        inner.done()
        return days

    def _guard(self, node: Scalar, parse: Callable[[str], T]) -> T | None:
        try:
            return parse(node.text)
        except ValueFault as fault:
            self.problems.add(fault.code, str(fault), node.place, fault.hint)
            return None

    def scalars(self, key: str) -> list[Scalar]:
        """Give the words under a key; one word counts as a list of one."""
        return self.scalars_of(key, self.get(key))

    def scalars_of(self, key: str, node: Node | None) -> list[Scalar]:
        """Read a node as a list of words."""
        if node is None:
            return []
        if isinstance(node, Scalar):
            return [node] if node.text else []
        if isinstance(node, Sequence):
            words = [item for item in node if isinstance(item, Scalar)]
            for item in node:
                if not isinstance(item, Scalar):
                    self.problems.add("wrong-shape", f"“{key}”的每一项应是一个词", item.place)
            return words
        self.problems.add("wrong-shape", f"“{key}”应是一列词", node.place)
        return []

    def words(self, key: str) -> tuple[str, ...]:
        """Give the words under a key as text."""
        return tuple(node.text for node in self.scalars(key))

    def entries(self, key: str) -> Iterator[Entry]:
        """Give the mappings of the list under a key."""
        inner = self.keys[key].inner if self.keys else None
        yield from entries_of(self.get(key), key, self.problems, inner)

    def entry(self, key: str) -> Entry | None:
        """Give the mapping under a key."""
        node = self.get(key)
        inner = self.keys[key].inner if self.keys else None
        if node is None or isinstance(node, Mapping):
            return Entry(node, self.problems, inner) if node else None
        self.problems.add("wrong-shape", f"“{key}”应写成“键: 值”", node.place)
        return None

    def done(self, table: str = "") -> None:
        """Report every key that is not known here."""
        for key, _ in self.node.pairs:
            if key.text not in self.asked:
                self.problems.add(
                    "unknown-key",
                    f"这里没有“{key.text}”这个键",
                    key.place,
                    did_you_mean(key.text, self.asked - {key.text}, table),
                )


def _is_empty(node: Node | None) -> bool:
    return node is None or (isinstance(node, Scalar) and not (node.text or node.quoted))


def entries_of(
    node: Node | None, key: str, problems: Problems, keys: Table | None = None
) -> Iterator[Entry]:
    """Give the mappings of a list node; anything else is a mistake."""
    if node is None or (isinstance(node, Scalar) and not node.text):
        return
    if not isinstance(node, Sequence):
        hint = "每一项另起一行,前面写“- ”"
        problems.add("wrong-shape", f"“{key}”应是一列“- 键: 值”", node.place, hint)
        return
    for item in node:
        if isinstance(item, Mapping):
            yield Entry(item, problems, keys)
        else:
            problems.add("wrong-shape", f"“{key}”的每一项应写成“键: 值”", item.place)


def one_of(node: Scalar, choices: Iterable[str], what: str, problems: Problems) -> str | None:
    """Check a word against a closed list; None after reporting where it is not in it."""
    valid = list(choices)
    if node.text in valid:
        return node.text
    problems.add(
        "unknown-member",
        f"没有名为“{node.text}”的{what}",
        node.place,
        did_you_mean(node.text, valid, f"可用:{'、'.join(valid[:30])}"),
    )
    return None

"""What a company file claims: one value of one attribute or member, with the source it names."""

from __future__ import annotations

from typing import NamedTuple

from matcher.language.diagnostics import Problems, did_you_mean
from matcher.language.entries import NO, Entry
from matcher.language.source import Mapping, Node, Scalar
from matcher.profile import FactKey, FactValue
from matcher.values import ValueFault
from matcher.vocabulary.model import Attribute, Member

NEVER = frozenset({"从未", "never"})
NONE_WORDS = NO | {"都没有", "none"}
UNSURE_WORDS = frozenset({"不清楚", "unsure", "unknown"})
NA_WORDS = frozenset({"不适用", "not_applicable"})
# What JSON and YAML write for "nothing": not an answer.
EMPTY_WORDS = frozenset({"", "null", "~"})
SOURCE_KEYS = ("来源", "source")


class Claim(NamedTuple):
    """One value as the file states it: what it is about, the value, and the claimed source.

    A value of None means 不清楚.
    """

    key: FactKey
    value: FactValue | None
    source: str
    node: Node


def sourced(node: Node, problems: Problems) -> tuple[Node, str]:
    """Split ``{值: …, 来源: …}`` into its value and source."""
    if not isinstance(node, Mapping) or not (node.get("值") or node.get("value")):
        return node, ""
    entry = Entry(node, problems)
    inner = entry.get("值") or entry.get("value")
    entry.asked |= {"value", "日期", "date"}
    source = source_of(entry)
    entry.done()
    assert inner is not None
    return inner, source


def source_of(entry: Entry) -> str:
    """Read the source an entry names."""
    return next((text for key in SOURCE_KEYS if (text := entry.text(key))), "")


def text_of(node: Node) -> str:
    """Give the text of a scalar, refusing one that says nothing."""
    if not isinstance(node, Scalar):
        raise ValueFault("wrong-shape", "应是一个值", "写成“指标: 值”")
    if not node.quoted and node.text.strip() in EMPTY_WORDS:
        raise ValueFault("wrong-shape", "没有填值", "不知道就写“不清楚”,或删去这一行")
    return node.text.strip()


def member_of(attribute: Attribute, name: str) -> Member:
    """Find a member by name; raises `ValueFault` with the nearest one."""
    member = attribute.member(name)
    if member is None:
        names = [item.label for item in attribute.members]
        raise ValueFault("unknown-member", f"没有名为“{name}”的选项", did_you_mean(name, names))
    return member

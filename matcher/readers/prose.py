"""Conditions, facts and outcomes in sentences for companies and staff, in Chinese and English.

Law text and names stay Chinese in both; what has no English label falls back to Chinese.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from matcher import tree
from matcher.language.printer import leaf_text, period_text
from matcher.logic import Truth, Verdict
from matcher.profile import (
    NOT_APPLICABLE,
    Activity,
    FactKey,
    FactValue,
    Profile,
    Rank,
    Stage,
    Tenure,
)
from matcher.readers import english
from matcher.readers.fold import Fold
from matcher.tree import Days, Leaf
from matcher.vocabulary.model import JUDGEMENT, Kind, Vocabulary

ZH, EN = "zh", "en"


class Wording:
    """Labels and values in one language; the one place where a fact is put into words."""

    def __init__(self, vocabulary: Vocabulary, language: str = ZH) -> None:
        self.vocabulary, self.language = vocabulary, language

    def attribute(self, label: str) -> str:
        """Name an attribute."""
        found = self.vocabulary.attributes.get(label)
        return self._pick(label, found.english.name if found else "")

    def member(self, attribute: str, label: str) -> str:
        """Name a member of an attribute."""
        found = self.vocabulary.member(attribute, label)
        return self._pick(label, found.english.name if found else "")

    def word(self, list_name: str, label: str) -> str:
        """Name a word of a closed list."""
        found = self.vocabulary.words(list_name).get(label)
        return self._pick(label, found.english if found else "")

    def word_by_id(self, list_name: str, id_: str) -> str:
        """Name a word of a closed list that is known by its id (met, clear …)."""
        words = self.vocabulary.words(list_name).values()
        label = next((word.label for word in words if word.id == id_), id_)
        return self.word(list_name, label)

    def level(self, label: str) -> str:
        """Name a level of a title."""
        return self.word("称号级别", label)

    def custodian(self, key: FactKey) -> str:
        """Name who keeps a fact."""
        return self.word("部门", self.vocabulary.custodian(key.attribute, key.member)[0])

    def _pick(self, chinese: str, english: str) -> str:
        return english if self.language == EN and english else chinese

    def fact(self, key: FactKey) -> str:
        """Name a fact: ``上年度 营业收入`` is written with its calendar year."""
        parts = [self.attribute(key.attribute)]
        if isinstance(key.period, int):
            parts.insert(0, f"{key.period} 年度" if self.language == ZH else str(key.period))
        elif isinstance(key.period, Days):
            said = period_text if self.language == ZH else english.period
            parts.insert(0, said(key.period))
        if key.member is not None:
            parts.append(self.member(key.attribute, key.member))
        return " ".join(parts)

    def value(self, key: FactKey, value: FactValue | None) -> str:
        """Write a value with its unit."""
        zh = self.language == ZH
        if value is None:
            return "未填" if zh else "not given"
        if value is NOT_APPLICABLE:
            return "不适用" if zh else "not applicable"
        if isinstance(value, bool):
            return ("是" if value else "否") if zh else ("yes" if value else "no")
        if isinstance(value, Tenure):
            return self._tenure(value)
        if isinstance(value, Activity):
            words = list(self.vocabulary.words("事项状态").values())
            label = self.word("事项状态", words[value.state.value].label)
            return f"{label} {value.done_on}" if value.done_on else label
        if isinstance(value, Stage):
            return value.current or ("没有" if zh else "none")
        if isinstance(value, Rank):
            return f"{value.place}/{value.total}" if value.total else str(value.place)
        return self._plain(key, value)

    def _plain(self, key: FactKey, value: Any) -> str:
        attribute = self.vocabulary.attributes[key.attribute]
        if isinstance(value, tuple):
            names: Callable[[str], str] = self.vocabulary.industries.name
            if attribute.kind is Kind.RECORDS:
                return f"{len(value)} 条" if self.language == ZH else f"{len(value)} records"
            if attribute.kind is Kind.REGION:
                names = self.vocabulary.regions.name
            return ("、" if self.language == ZH else ", ").join(names(item) for item in value)
        if isinstance(value, date | str):
            return str(value)
        assert attribute.unit is not None
        if self.language == EN:
            return english.number(tree.Constant(value, attribute.unit.name), self)
        return self.vocabulary.units.show_best(value, attribute.unit)

    def _tenure(self, value: Tenure) -> str:
        zh = self.language == ZH
        if not value.spells:
            return "没有" if zh else "none"
        spell = value.spells[-1]
        said = [self.level(spell.level) if spell.level else "有" if zh else "held"]
        if spell.start:
            said.append(f"自 {spell.start}" if zh else f"from {spell.start}")
        if spell.end:
            said.append(f"至 {spell.end}" if zh else f"until {spell.end}")
        return " ".join(said)

    def leaf(self, node: Leaf) -> str:
        """Say a leaf as a sentence."""
        return (_say_zh if self.language == ZH else english.say)(node, self)

    def inside(self, node: tree.Records) -> str:
        """Say what a record must satisfy, with the words of its own fields."""
        words = self.vocabulary.inside_record(node.attribute)
        return Prose(words, self.language)(node.condition)

    def missing(self, key: FactKey) -> str:
        """Say what is still to be confirmed, and who could attest it."""
        custodian, attestable = self.vocabulary.custodian(key.attribute, key.member)
        name = self.word("部门", custodian)
        if key.attribute == JUDGEMENT:
            member = self.member(key.attribute, key.member or "")
            return f"待{name}认定:{member}" if self.language == ZH else f"to be decided: {member}"
        if self.language == EN:
            tail = f" ({name} can confirm)" if attestable else ""
            return f"Still needed: {self.fact(key)}{tail}"
        tail = f"({name}可核验)" if attestable else ""
        return f"还需确认:{self.fact(key)}{tail}"

    def whatever(self, keys: tuple[FactKey, ...], verdict: Verdict) -> str:
        """Say that a verdict is settled whichever way some facts turn out."""
        said = self.word_by_id("结论", verdict.value)
        if self.language == EN:
            return f"Whatever turns out for {', '.join(map(self.fact, keys))}: {said.lower()}"
        return f"无论{'、'.join(map(self.fact, keys))}是哪一种,都{said}"


def _say_zh(node: Leaf, wording: Wording) -> str:
    vocabulary = wording.vocabulary
    if isinstance(node, tree.Holds):
        return _holds_zh(node, vocabulary)
    if isinstance(node, tree.InTree):
        return _tree_zh(node, vocabulary)
    if isinstance(node, tree.Judged):
        custodian = vocabulary.custodian(JUDGEMENT, node.judgement)[0] or "主管部门"
        return f"{custodian}认定“{node.judgement}”"
    if isinstance(node, tree.Listed):
        return f"列入“{node.list_name}”"
    if isinstance(node, tree.Records):
        return f"{node.attribute}中至少 {node.count} 项符合:{wording.inside(node)}"
    return leaf_text(node, vocabulary).replace(" ÷ ", "÷")


def _quoted(names: tuple[str, ...]) -> str:
    return "、".join(f"“{name}”" for name in names)


def _holds_zh(node: tree.Holds, vocabulary: Vocabulary) -> str:
    kind = vocabulary.attributes[node.attribute].kind
    many = len(node.members) > 1
    how = "" if not many else "其中之一" if node.count == 1 else f"其中 {node.count} 项"
    names = _quoted(node.members)
    if kind is Kind.ACTIVITIES:
        states = {
            tree.State.PLANNED: "打算做或在做",
            tree.State.DOING: "在做",
            tree.State.DONE: "已完成",
        }
        return f"{states[node.state or tree.State.PLANNED]}{names}{how}"
    if kind is Kind.TITLES:
        return f"持有有效的{names}{how}"
    if kind is Kind.STATUS:
        return f"{node.attribute}是{names}{how}"
    return f"{node.attribute}含{names}{how}"


def _tree_zh(node: tree.InTree, vocabulary: Vocabulary) -> str:
    if node.group:
        return f"{node.attribute}属于“{node.group}”一组"
    regional = vocabulary.attributes[node.attribute].kind is Kind.REGION
    name = vocabulary.regions.name if regional else vocabulary.industries.name
    return f"{node.attribute}属于{'或'.join(name(code) for code in node.nodes)}"


class Prose(Fold[str]):
    """Says a whole condition in one sentence."""

    def __init__(self, vocabulary: Vocabulary, language: str = ZH) -> None:
        self.wording = Wording(vocabulary, language)
        self.zh = language == ZH

    def visit_leaf(self, node: Leaf, parts: tuple[str, ...]) -> str:
        return self.wording.leaf(node)

    def visit_all_of(self, node: tree.AllOf, parts: tuple[str, ...]) -> str:
        return (",且" if self.zh else ", and ").join(parts)

    def visit_any_of(self, node: tree.AnyOf, parts: tuple[str, ...]) -> str:
        joined = (";或" if self.zh else "; or ").join(parts)
        return f"({joined})" if len(parts) > 1 else joined

    def visit_not(self, node: tree.Not, parts: tuple[str, ...]) -> str:
        return f"不是:{parts[0]}" if self.zh else f"not: {parts[0]}"

    def visit_at_least(self, node: tree.AtLeast, parts: tuple[str, ...]) -> str:
        joined = ";".join(parts)
        return f"以下至少 {node.count} 项:({joined})" if self.zh else f"{node.count} of ({joined})"

    def visit_when(self, node: tree.When, parts: tuple[str, ...]) -> str:
        return f"如果{parts[0]},则须{parts[1]}" if self.zh else f"if {parts[0]}, then {parts[1]}"

    def visit_named(self, node: tree.Named, parts: tuple[str, ...]) -> str:
        return f"{node.name}({parts[0]})"


def joint_text(node: tree.Condition, language: str = ZH) -> str:
    """Head a list of parts: what it takes of them."""
    zh = language == ZH
    if isinstance(node, tree.AnyOf):
        return "以下任一即可" if zh else "any one of these"
    if isinstance(node, tree.Not):
        return "不得有以下情形" if zh else "none of this"
    if isinstance(node, tree.AtLeast):
        return f"以下至少 {node.count} 项" if zh else f"at least {node.count} of these"
    if isinstance(node, tree.When):
        return "如属前一情形,须满足后一条" if zh else "if the first holds, the second must"
    if isinstance(node, tree.Named):
        return node.name
    return "以下全部满足" if zh else "all of these"


def truth_mark(truth: Truth) -> str:
    """Give the sign that stands beside a verdict; words say the same."""
    return {True: "✓", False: "✗", None: "?"}[truth]


def own_values(profile: Profile, keys: tuple[FactKey, ...], wording: Wording) -> list[str]:
    """Write the company's own values behind an outcome."""
    return [f"{wording.fact(key)}:{wording.value(key, profile.value(key))}" for key in keys]

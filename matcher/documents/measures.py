"""One measure of a clause file -> `Measure`: its quote, its conditions, its whole tree."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from functools import cache
from typing import Any

from matcher.documents.benefits import BenefitReader
from matcher.documents.context import DocumentContext
from matcher.documents.model import (
    BY_RULES,
    STATED,
    Confirmed,
    Doubt,
    Measure,
    Span,
    whole_condition,
)
from matcher.language.conditions import leaves
from matcher.language.diagnostics import did_you_mean
from matcher.language.entries import Entry, one_of
from matcher.language.keys import CONDITION, PROOF, PROOFS
from matcher.language.source import Scalar, Sequence
from matcher.tree import AllOf, AnyOf, Condition, Holds, InTree, Judged, Note
from matcher.vocabulary.model import Kind, Member

ENTERPRISE, TALENT = "企业", "人才"
LOCAL, ALSO_PLANNED = "本地企业", "本地或拟落地"
SUPPORT = "支持"
IMPLIED = Note(basis="隐含")
MEASURE_NUMBER = re.compile(r"[0-9]+(\.[0-9A-Za-z]+)*")


@cache
def _beneficiary(attribute: str, kind: str) -> Condition:
    """Give the condition of a beneficiary: one node for all measures, so it is judged once."""
    return Holds(attribute, (kind,), note=IMPLIED)


class MeasureReader:
    """Reads one measure of a clause."""

    def __init__(self, document: DocumentContext, entry: Entry, clause: str, body: Span) -> None:
        self.document, self.entry, self.clause, self.body = document, entry, clause, body
        self.problems, self.vocabulary = document.problems, document.vocabulary

    def read(self) -> Measure | None:
        """Read the measure; None where it has no quote or number to stand on."""
        entry = self.entry
        number, refines = self._number(), entry.text("细化")
        spans = () if refines else self._quote()
        text = self.document.text or ""
        quote = "…".join(text[slice(*span)] for span in spans)
        first_day, last_day = self.entry.period("施行期间")
        target = self._target()
        measure = Measure(
            id=f"{self.document.id}/{number.text if number else '?'}",
            document=self.document.id,
            clause=self.clause,
            title=entry.text("名称"),
            english=self.document.english(entry),
            beneficiary=self._word("对象", ENTERPRISE),
            scope=self._word("适用", LOCAL),
            kind=self._word("类型", SUPPORT),
            quote=quote,
            spans=spans,
            instruments=self._words("支持方式"),
            benefit_basis=self._word("兑付依据"),
            condition=AllOf(()),
            own=self._own(quote),
            exclusions=tuple(self._exclusions()),
            lead_departments=entry.words("牵头单位"),
            target_title=target.label if target else "",
            target_level=self._target_level(target),
            for_all=entry.text("面向全体"),
            commitments=entry.words("承诺"),
            reading=entry.text("解读"),
            doubt=self._doubt(),
            refines=refines,
            source=entry.text("来源"),
            first_day=first_day,
            last_day=last_day,
            confirmed=tuple(self._confirmed()),
            benefit=BenefitReader(entry, self.document.conditions).read(),
            place=number.place if number else entry.place,
        )
        entry.done()
        self._check_place_only(measure)
        self._check_benefit(measure)
        if (not refines and not spans) or number is None:
            return None
        return self._completed(measure)

    def _quote(self) -> tuple[Span, ...]:
        if self.entry.node.get("依据") is None:
            self.entry.missing("依据")
        return self.document.quote(self.entry, self.body)

    def _number(self) -> Scalar | None:
        node = self.entry.scalar("编号")
        if node is not None and not MEASURE_NUMBER.fullmatch(node.text):
            self.problems.add(
                "wrong-shape",
                f"“{node.text}”不是措施编号",
                node.place,
                "写成“条款的阿拉伯数字.序号”,如 1.4",
            )
        return node

    def _completed(self, measure: Measure) -> Measure:
        """Give the measure its whole condition, judgements bound to the measure."""
        condition = whole_condition(
            self._scope(measure), self._beneficiary(measure), measure.own, measure.exclusions
        )
        return replace(measure, condition=bind_judgements(condition, measure.id))

    def _scope(self, measure: Measure) -> Condition | None:
        here, planned = self.document.scope, self.document.planned
        if measure.scope == ALSO_PLANNED and here is not None and planned is not None:
            return AnyOf((here, planned), note=IMPLIED)
        return here

    def _beneficiary(self, measure: Measure) -> Condition | None:
        if measure.beneficiary == TALENT:
            return None
        attribute = self.vocabulary.attribute("主体类别")
        if attribute is None or attribute.member(measure.beneficiary) is None:
            return None
        return _beneficiary(attribute.label, measure.beneficiary)

    def _word(self, key: str, default: str = "") -> str:
        return self.entry.word(key, self.vocabulary.words(key), default)

    def _words(self, key: str) -> tuple[str, ...]:
        found = []
        for node in self.entry.scalars(key):
            word = one_of(node, self.vocabulary.words(key), key, self.problems)
            if word:
                found.append(word)
        return tuple(found)

    def _own(self, quote: str) -> Condition | None:
        node = self.entry.get(CONDITION)
        if node is None:
            return None
        condition = self.document.conditions.read_all(node)
        if condition is not None:
            self._check_leaf_quotes(condition, quote)
        return condition

    def _check_leaf_quotes(self, condition: Condition, quote: str) -> None:
        for part in _walk(condition):
            said = part.note.quote
            if said and quote and said not in quote:
                self.problems.add(
                    "quote-not-found",
                    f"条件的依据“{said[:40]}”不在本措施的依据里",
                    part.place,
                    "条件的依据须是措施依据中的原字",
                )

    def _exclusions(self) -> list[Condition]:
        node = self.entry.get("除外")
        if node is None:
            return []
        items = node.items if isinstance(node, Sequence) else (node,)
        read = [self.document.conditions.read(item) for item in items]
        return [condition for condition in read if condition is not None]

    def _target(self) -> Member | None:
        node = self.entry.scalar("目标资质")
        if node is None:
            return None
        member = self.vocabulary.titles.member(node.text)
        if member is None:
            names = [item.label for item in self.vocabulary.titles.members]
            self.problems.add(
                "unknown-member",
                f"没有名为“{node.text}”的资质",
                node.place,
                did_you_mean(node.text, names),
            )
        return member

    def _target_level(self, title: Member | None) -> str:
        node = self.entry.scalar("目标级别")
        if node is None or title is None:
            return ""
        if node.text in title.levels:
            return node.text
        levels = "、".join(title.levels)
        self.problems.add(
            "unknown-member",
            f"“{title.label}”没有“{node.text}”这一级",
            node.place,
            f"从低到高有 {levels}" if levels else "这项资质不分级别,删去这一行",
        )
        return ""

    def _doubt(self) -> Doubt | None:
        node = self.entry.get("存疑")
        if isinstance(node, Scalar):
            return Doubt("", node.text)
        inner = self.entry.entry("存疑")
        if inner is None:
            return None
        doubt = Doubt(inner.text("取法"), inner.text("理由"))
        inner.done()
        return doubt

    def _confirmed(self) -> Iterator[Confirmed]:
        for item in self.entry.entries("已核"):
            finding = item.word(PROOF, PROOFS.values())
            yield Confirmed(finding, item.text("与"), item.text("理由"), item.place)
            item.done()

    def _check_benefit(self, measure: Measure) -> None:
        """金额 and 兑付依据 must say the same: without money, or a direction only, nothing is paid."""
        if measure.benefit is not None and measure.benefit_basis not in (STATED, BY_RULES):
            self.problems.add(
                "contradiction",
                f"写了金额,兑付依据却是“{measure.benefit_basis}”",
                measure.place,
                f"兑付依据改为“{STATED}”,或删去金额",
            )

    def _check_place_only(self, measure: Measure) -> None:
        attributes = self.vocabulary.attributes
        tests = list(leaves(measure.own)) if measure.own else []
        place_only = all(
            isinstance(leaf, InTree) and attributes[leaf.attribute].kind is Kind.REGION
            for leaf in tests
        )
        unread = measure.own is None and self.entry.node.get(CONDITION) is not None
        other = measure.beneficiary not in (ENTERPRISE, TALENT)
        if place_only and not (measure.for_all or measure.refines or unread or other):
            self.problems.add(
                "place-only",
                f"措施 {measure.id} 只有地域条件",
                measure.place,
                "补上条件;确实面向全体企业的,写“面向全体: 理由”",
            )


def _walk(condition: Condition) -> list[Condition]:
    return [condition, *(part for child in condition.children for part in _walk(child))]


def bind_judgements(condition: Condition, measure: str) -> Condition:
    """Give every judgement in a tree the measure it is made for."""
    return rebuild(
        condition,
        lambda node: replace(node, measure=measure) if isinstance(node, Judged) else node,
    )


def rebuild(condition: Condition, change: Callable[[Condition], Condition]) -> Condition:
    """Make a tree anew, children first, changing each node."""
    renewed: dict[str, Any] = {}
    for item in fields(condition):
        value = getattr(condition, item.name)
        if item.name == "parts":
            renewed[item.name] = tuple(rebuild(part, change) for part in value)
        elif isinstance(value, Condition) and value in condition.children:
            renewed[item.name] = rebuild(value, change)
    return change(replace(condition, **renewed) if renewed else condition)

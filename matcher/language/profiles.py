"""A company file (YAML or JSON) -> `Profile`, with every mistake named by place and repair.

Labels and English ids are both accepted. The file's own keys stand in ``_RESERVED``; every other key is
an attribute. Trust is decided in `matcher.language.answers`, what a file leaves unsaid in
`matcher.language.completeness`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

from matcher.language.answers import CODE, COMPANY, Answers, Channel
from matcher.language.completeness import Completion
from matcher.language.diagnostics import (
    Diagnostic,
    Place,
    Problems,
    SourceError,
    SourceFile,
    did_you_mean,
)
from matcher.language.facts import FactReader
from matcher.language.payments import PaymentReader
from matcher.language.plausible import check_facts
from matcher.language.source import Mapping, Node, Scalar, read_yaml
from matcher.payable.ledger import PAID, Ledger
from matcher.profile import Profile
from matcher.tree import Days
from matcher.values import ValueFault, fold, parse_date
from matcher.vocabulary.model import JUDGEMENT, LIST, Attribute, Vocabulary

__all__ = ["CODE", "COMPANY", "FILED", "NAME", "Channel", "CompanyFile", "read_company"]

NAME, FILED = "企业名称", "填报日期"
MAX_MISTAKES = 100
"""Mistakes and notes of one company that are told."""
_ALSO = {
    "name": NAME,
    "名称": NAME,
    "credit_code": CODE,
    "judgements": JUDGEMENT,
    "认定": JUDGEMENT,
    "lists": LIST,
    "名单": LIST,
}
_RESERVED = {
    "filed_on": FILED,
    "last_year": "上年度",
    "years": "年度",
    "spans": "区间",
    "answered": "已答完",
    "unsure": "不清楚",
    "titles_checked": "资质已查",
    "source": "来源",
    "note": "备注",
    "paid": PAID,
}
_YEAR = re.compile(r"(\d{4})\s*(年|年度)?", re.ASCII)
# JSON writes rare characters as two escapes, which YAML does not know.
_SURROGATES = re.compile(r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB]..)\\u([dD][c-fC-F]..)")


@dataclass(frozen=True, slots=True)
class CompanyFile:
    """A profile as read, the notes that do not stop a match, and what was paid, where the file says."""

    profile: Profile
    warnings: tuple[Diagnostic, ...] = field(default=())
    ledger: Ledger | None = None


def attribute_named(key: str, vocabulary: Vocabulary) -> Attribute | None:
    """Find the attribute that a key of a company file names."""
    return vocabulary.attribute(_ALSO.get(key, key))


def read_company(
    text: str,
    name: str,
    vocabulary: Vocabulary,
    as_of: date,
    channel: Channel = COMPANY,
) -> CompanyFile:
    """Read one company file.

    Raises `SourceError` with every mistake found. Warnings (a failing check digit, an untrusted 来源)
    come back with the profile.
    """
    problems = Problems(MAX_MISTAKES)
    node = read_yaml(_SURROGATES.sub(_joined, text), name, problems)
    start = Place(SourceFile(name, text), 1, 1)
    return _company(node, start, vocabulary, as_of, channel, problems)


def read_company_node(
    node: Node,
    vocabulary: Vocabulary,
    as_of: date,
    channel: Channel = COMPANY,
    most: int = MAX_MISTAKES,
) -> CompanyFile:
    """Read one company from nodes (`matcher.language.json_nodes`), as `read_company` reads a file."""
    return _company(node, node.place, vocabulary, as_of, channel, Problems(most))


def _company(
    node: Node | None,
    start: Place,
    vocabulary: Vocabulary,
    as_of: date,
    channel: Channel,
    problems: Problems,
) -> CompanyFile:
    if isinstance(node, Mapping):
        reader = _CompanyReader(vocabulary, problems, as_of, channel)
        profile = reader.read(node)
        problems.raise_if_any()
        return CompanyFile(profile, tuple(problems.warnings), reader.ledger)
    problems.add(
        "wrong-shape",
        "企业文件是空的" if node is None else "企业文件应写成“指标: 值”",
        start,
        "至少写一行,如“注册地: 合肥市”",
    )
    raise SourceError(problems.errors)


def _joined(match: re.Match[str]) -> str:
    high, low = int(match.group(2), 16), int(match.group(3), 16)
    return match.group(1) + chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


class _CompanyReader:
    def __init__(
        self, vocabulary: Vocabulary, problems: Problems, as_of: date, channel: Channel
    ) -> None:
        self.vocabulary, self.problems = vocabulary, problems
        self.as_of, self.channel = as_of, channel
        self.ledger: Ledger | None = None

    def read(self, node: Mapping) -> Profile:
        own = [(key, _RESERVED.get(key.text, key.text), value) for key, value in node.pairs]
        reserved = [(name, value) for _, name, value in own if name in _RESERVED.values()]
        filed = next((self._filed(value) for name, value in reserved if name == FILED), None)
        day = filed or self.as_of
        self.answers = Answers(self.vocabulary, self.problems, self.channel, day)
        self.reader = FactReader(self.vocabulary, self.problems, day)
        self.last_year = day.year - 1
        for name, value in reserved:
            if name == "来源" and isinstance(value, Scalar) and value.text:
                self.answers.claim_source(value.text, value.place)
            if name == PAID:
                self.ledger = PaymentReader(self.vocabulary.units, self.problems).read(value)
        for key, name, value in own:
            if name not in _RESERVED.values():
                self._attribute(key, value)
        self._periods(reserved)
        self._completed(reserved)
        check_facts(self.answers, day)
        unsure = frozenset(self.answers.unsure - set(self.answers.facts))
        return Profile(self.answers.facts, filed, unsure)

    def _periods(self, reserved: list[tuple[str, Node]]) -> None:
        for name, value in reserved:
            if name == "上年度":
                self._year_of(value, self.last_year)
            elif name == "年度":
                self._by_year(value)
            elif name == "区间":
                self._spans(value)

    def _completed(self, reserved: list[tuple[str, Node]]) -> None:
        completion = Completion(self.answers, self.last_year)
        steps = {
            "不清楚": completion.unsure,
            "已答完": completion.closed,
            "资质已查": completion.titles_checked,
        }
        for step, read in steps.items():
            for name, value in reserved:
                if name == step:
                    read(value)
        completion.presume()

    def _filed(self, node: Node) -> date | None:
        try:
            return parse_date(node.text if isinstance(node, Scalar) else "")
        except ValueFault as fault:
            self.problems.add(fault.code, f"填报日期:{fault}", node.place, fault.hint)
            return None

    def _find(self, key: Scalar) -> Attribute | None:
        found = attribute_named(key.text, self.vocabulary)
        if found is None:
            names = [*self.vocabulary.spellings(), *_RESERVED.values(), "名称"]
            self.problems.add(
                "unknown-attribute",
                f"没有名为“{key.text}”的指标",
                key.place,
                self._member_hint(key.text) or did_you_mean(key.text, names),
            )
        elif self.vocabulary.term(found.label) is not None:
            message = f"“{found.label}”由其他指标算出,不能直接填"
            self.problems.add("wrong-type", message, key.place, found.help)
            return None
        return found

    def _member_hint(self, word: str) -> str:
        for attribute in self.vocabulary.attributes.values():
            if attribute.member(word) is not None:
                return f"“{word}”写在“{attribute.label}”里,如 {attribute.label}: [{word}]"
        return ""

    # --- attributes and periods ------------------------------------------------------------------

    def _attribute(self, key: Scalar, node: Node) -> None:
        attribute = self._find(key)
        if attribute is None:
            return
        if attribute.yearly and isinstance(node, Mapping) and self._looks_yearly(node):
            for year, value in node.pairs:
                number = self._year(year)
                if number is not None:
                    self.answers.keep(attribute, self.reader.read(attribute, value, number))
            return
        period = self.last_year if attribute.yearly else None
        self.answers.keep(attribute, self.reader.read(attribute, node, period))

    @staticmethod
    def _looks_yearly(node: Mapping) -> bool:
        return bool(node.pairs) and all(_YEAR.fullmatch(fold(key.text)) for key, _ in node.pairs)

    def _pairs(self, node: Node, message: str) -> tuple[tuple[Scalar, Node], ...]:
        if isinstance(node, Mapping):
            return node.pairs
        if not (isinstance(node, Scalar) and not node.text):
            self.problems.add("wrong-shape", message, node.place)
        return ()

    def _year_of(self, node: Node, year: int) -> None:
        for key, value in self._pairs(node, "年度数据应写成“指标: 值”"):
            attribute = self._find(key)
            if attribute is None:
                continue
            if attribute.yearly:
                self.answers.keep(attribute, self.reader.read(attribute, value, year))
            else:
                self.problems.add(
                    "wrong-period",
                    f"“{attribute.label}”没有年度",
                    key.place,
                    f"移到外面,直接写“{attribute.label}: …”",
                )

    def _by_year(self, node: Node) -> None:
        for key, value in self._pairs(node, "“年度”应写成“2024: {指标: 值}”"):
            year = self._year(key)
            if year is not None:
                self._year_of(value, year)

    def _year(self, key: Scalar) -> int | None:
        match = _YEAR.fullmatch(fold(key.text).strip())
        if match and 1900 <= int(match.group(1)) <= 2100:
            return int(match.group(1))
        self.problems.add("wrong-period", f"“{key.text}”不是年份", key.place, "写成 2024")
        return None

    def _spans(self, node: Node) -> None:
        for key, values in self._pairs(node, "“区间”应写成“2020-07-01 至 2021-06-30: {指标: 值}”"):
            period = self._span(key)
            if period is None:
                continue
            for name, value in self._pairs(values, "区间数据应写成“指标: 值”"):
                attribute = self._find(name)
                if attribute is not None:
                    claims = self.reader.read(attribute, value)
                    moved = [c._replace(key=c.key._replace(period=period)) for c in claims]
                    self.answers.keep(attribute, moved)

    def _span(self, key: Scalar) -> Days | None:
        first, _, last = fold(key.text).partition("至")
        try:
            period = Days(parse_date(first), parse_date(last))
        except ValueFault as fault:
            hint = "写成 2020-07-01 至 2021-06-30"
            self.problems.add(fault.code, str(fault), key.place, hint)
            return None
        if period.first > period.last:
            self.problems.add("wrong-period", "区间的开始晚于结束", key.place, "对调两个日期")
            return None
        return period

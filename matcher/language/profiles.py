"""A company file (YAML or JSON) -> `Profile`, with every mistake named by place and repair.

Labels and English ids are both accepted. A fact without 来源 is declared; a claimed 来源 is believed
only where the channel has the right to attest for that custodian, and kept as declared otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from stdnum.cn import uscc
from stdnum.exceptions import InvalidChecksum, ValidationError

from matcher.language.diagnostics import Diagnostic, Place, Problems, SourceFile, did_you_mean
from matcher.language.entries import Entry
from matcher.language.facts import Claim, FactReader
from matcher.language.source import Mapping, Node, Scalar, read_yaml
from matcher.profile import (
    Activity,
    Assurance,
    Fact,
    FactKey,
    FactValue,
    Profile,
    Stage,
    Tenure,
)
from matcher.tree import Days, State
from matcher.values import ValueFault, fold, parse_date
from matcher.vocabulary.model import JUDGEMENT, LIST, MEMBER_KINDS, Attribute, Kind, Vocabulary

NAME, CODE, FILED = "企业名称", "统一社会信用代码", "填报日期"
_ENGLISH = {
    "name": NAME,
    "名称": NAME,
    "credit_code": CODE,
    "judgements": JUDGEMENT,
    "认定": JUDGEMENT,
    "lists": LIST,
    "名单": LIST,
}
_RESERVED = {
    "填报日期": ("填报日期", "filed_on"),
    "上年度": ("上年度", "last_year"),
    "年度": ("年度", "years"),
    "区间": ("区间", "spans"),
    "已答完": ("已答完", "answered"),
    "不清楚": ("不清楚", "unsure"),
    "资质已查": ("资质已查", "titles_checked"),
    "来源": ("来源", "source"),
    "备注": ("备注", "note"),
}
_YEAR = re.compile(r"(\d{4})\s*(年|年度)?")


@dataclass(frozen=True, slots=True)
class Channel:
    """Where a file came from: the custodians it may attest for, and whether it records judgements."""

    custodians: frozenset[str] = frozenset()
    everything: bool = False
    judgements: bool = False

    def attests(self, custodian: str) -> bool:
        """Say whether a fact of this custodian is believed from here."""
        return self.everything or custodian in self.custodians


COMPANY = Channel()


@dataclass(frozen=True, slots=True)
class CompanyFile:
    """A profile as read, and the notes that do not stop a match."""

    profile: Profile
    warnings: tuple[Diagnostic, ...] = field(default=())


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
    problems = Problems()
    node = read_yaml(text, name, problems)
    if not isinstance(node, Mapping):
        place = Place(SourceFile(name, text), 1, 1)
        problems.add(
            "wrong-shape",
            "企业文件是空的" if node is None else "企业文件应写成“指标: 值”",
            place,
            "至少写一行,如“注册地: 合肥市”",
        )
        problems.raise_if_any()
        raise AssertionError("unreachable")
    profile = _CompanyReader(vocabulary, problems, as_of, channel).read(node)
    problems.raise_if_any()
    return CompanyFile(profile, tuple(problems.warnings))


class _CompanyReader:
    def __init__(
        self, vocabulary: Vocabulary, problems: Problems, as_of: date, channel: Channel
    ) -> None:
        self.vocabulary, self.problems = vocabulary, problems
        self.as_of, self.channel = as_of, channel
        self.facts: dict[FactKey, Fact] = {}
        self.claims: dict[FactKey, Claim] = {}
        self.unsure: set[FactKey] = set()
        self.reader = FactReader(vocabulary, problems, as_of)

    def read(self, node: Mapping) -> Profile:
        reserved = {
            key.text: name
            for key, _ in node.pairs
            for name, spellings in _RESERVED.items()
            if key.text in spellings
        }
        named = {name: node.get(text) for text, name in reserved.items()}
        filed = self._filed(named.get("填报日期"))
        self.reader = FactReader(self.vocabulary, self.problems, filed or self.as_of)
        base = (filed or self.as_of).year
        for key, value in node.pairs:
            if key.text not in reserved:
                self._attribute(key, value, base - 1)
        self._years(named.get("上年度"), base - 1)
        self._by_year(named.get("年度"))
        self._spans(named.get("区间"))
        self._unsure(named.get("不清楚"), base - 1)
        self._closed(named.get("已答完"), named.get("资质已查"))
        self._check_sense(filed)
        self._presume()
        return Profile(self.facts, filed, frozenset(self.unsure - set(self.facts)))

    def _filed(self, node: Node | None) -> date | None:
        if node is None:
            return None
        try:
            return parse_date(node.text if isinstance(node, Scalar) else "")
        except ValueFault as fault:
            self.problems.add(fault.code, f"填报日期:{fault}", node.place, fault.hint)
            return None

    def _find(self, key: Scalar) -> Attribute | None:
        name = _ENGLISH.get(key.text, key.text)
        found = self.vocabulary.attribute(name)
        if found is None:
            names = [*self.vocabulary.attributes, *_RESERVED]
            self.problems.add(
                "unknown-attribute",
                f"没有名为“{key.text}”的指标",
                key.place,
                self._member_hint(key.text) or did_you_mean(key.text, names),
            )
        elif self.vocabulary.term(found.label) is not None:
            self.problems.add(
                "wrong-type",
                f"“{found.label}”由其他指标算出,不能直接填",
                key.place,
                found.help,
            )
            return None
        return found

    def _member_hint(self, word: str) -> str:
        for attribute in (self.vocabulary.activities, self.vocabulary.titles):
            if attribute.member(word) is not None:
                return f"“{word}”写在“{attribute.label}”里,如 {attribute.label}: [{word}]"
        return ""

    # --- facts -----------------------------------------------------------------------------------

    def _attribute(self, key: Scalar, node: Node, last_year: int) -> None:
        attribute = self._find(key)
        if attribute is None:
            return
        if attribute.yearly and isinstance(node, Mapping) and self._looks_yearly(node):
            self._by_year(Mapping(((key, node),), node.place), nested=True)
            return
        period = last_year if attribute.yearly else None
        self._keep(attribute, self.reader.read(attribute, node, period))

    @staticmethod
    def _looks_yearly(node: Mapping) -> bool:
        return bool(node.pairs) and all(_YEAR.fullmatch(fold(key.text)) for key, _ in node.pairs)

    def _years(self, node: Node | None, year: int) -> None:
        if node is None:
            return
        if not isinstance(node, Mapping):
            self.problems.add("wrong-shape", "年度数据应写成“指标: 值”", node.place)
            return
        for key, value in node.pairs:
            attribute = self._find(key)
            if attribute is None:
                continue
            if not attribute.yearly:
                self.problems.add(
                    "wrong-period",
                    f"“{attribute.label}”没有年度",
                    key.place,
                    f"移到外面,直接写“{attribute.label}: …”",
                )
                continue
            self._keep(attribute, self.reader.read(attribute, value, year))

    def _by_year(self, node: Node | None, nested: bool = False) -> None:
        """Read ``年度: {2024: {营业收入: …}}``, or one attribute by year where ``nested``."""
        if node is None:
            return
        if not isinstance(node, Mapping):
            self.problems.add("wrong-shape", "“年度”应写成“2024: {指标: 值}”", node.place)
            return
        if nested:
            ((name, years),) = node.pairs
            assert isinstance(years, Mapping)
            for key, value in years.pairs:
                year = self._year(key)
                if year is not None:
                    self._years(Mapping(((name, value),), value.place), year)
            return
        for key, value in node.pairs:
            year = self._year(key)
            if year is not None:
                self._years(value, year)

    def _year(self, key: Scalar) -> int | None:
        match = _YEAR.fullmatch(fold(key.text).strip())
        if match and 1900 <= int(match.group(1)) <= 2100:
            return int(match.group(1))
        self.problems.add("wrong-period", f"“{key.text}”不是年份", key.place, "写成 2024")
        return None

    def _spans(self, node: Node | None) -> None:
        if not isinstance(node, Mapping):
            return
        for key, values in node.pairs:
            first, _, last = fold(key.text).partition("至")
            try:
                period = Days(parse_date(first), parse_date(last))
            except ValueFault as fault:
                self.problems.add(
                    fault.code, str(fault), key.place, "写成 2020-07-01 至 2021-06-30"
                )
                continue
            for name, value in values.pairs if isinstance(values, Mapping) else ():
                attribute = self._find(name)
                if attribute is not None:
                    claims = self.reader.read(attribute, value)
                    moved = [
                        claim._replace(key=claim.key._replace(period=period)) for claim in claims
                    ]
                    self._keep(attribute, moved)

    def _keep(self, attribute: Attribute, claims: list[Claim]) -> None:
        for claim in claims:
            known = self.claims.get(claim.key)
            if known is not None and known.value != claim.value:
                self.problems.add(
                    "contradiction",
                    f"“{self._said(claim.key)}”填了两个不同的值",
                    claim.node.place,
                    f"与第 {known.node.place.line} 行核对,只留一个",
                )
                continue
            self.claims[claim.key] = claim
            if attribute.label == CODE and isinstance(claim.value, str):
                claim = claim._replace(value=self._code(claim.value, claim.node.place))
            if claim.value is None:
                self.unsure.add(claim.key)
            else:
                self._trust(attribute, claim, claim.value)

    @staticmethod
    def _said(key: FactKey) -> str:
        period = f"{key.period} 年 " if isinstance(key.period, int) else ""
        return f"{period}{key.attribute}{' ' + key.member if key.member else ''}"

    def _trust(self, attribute: Attribute, claim: Claim, value: FactValue) -> None:
        """Decide the assurance of a claim by the channel's right to attest."""
        custodian, attestable = self.vocabulary.custodian(attribute.label, claim.key.member)
        if attribute.kind is Kind.JUDGEMENT:
            self._judgement(claim, value)
            return
        planned = isinstance(value, Activity) and value.state is State.PLANNED
        believed = bool(claim.source) and self._same(claim.source, custodian)
        believed = believed and attestable and self.channel.attests(custodian) and not planned
        if claim.source and not believed:
            self.problems.add(
                "not-attested",
                f"“{self._said(claim.key)}”写的来源“{claim.source}”未采信,按企业申报处理",
                claim.node.place,
                self._why_not(claim.source, custodian, attestable, planned),
                warning=True,
            )
        assurance = Assurance.ATTESTED if believed else Assurance.DECLARED
        self.facts[claim.key] = Fact(value, assurance, claim.source, self.reader.noted_on)

    def _same(self, source: str, custodian: str) -> bool:
        word = self.vocabulary.words("部门").get(custodian)
        names = (word.label, word.id, *word.aliases) if word else (custodian,)
        return source in names

    def _why_not(self, source: str, custodian: str, attestable: bool, planned: bool) -> str:
        if planned:
            return "打算做的事只能由企业自己申报"
        if not attestable:
            return "这项指标没有部门能核验"
        if not self._same(source, custodian):
            return f"这项指标由{custodian}保管"
        return "企业自己的文件不能代部门核验;由工作人员用 --attest 指明已核验的部门"

    def _judgement(self, claim: Claim, value: FactValue) -> None:
        if self.channel.judgements or self.channel.everything:
            self.facts[claim.key] = Fact(value, Assurance.ATTESTED, claim.source)
            return
        self.problems.add(
            "not-attested",
            f"“{claim.key.member}”要由主管部门认定,企业填写的不算",
            claim.node.place,
            "由主管部门记录认定的文号和日期",
            warning=True,
        )

    def _code(self, text: str, place: Place) -> str:
        """Check a credit code: a wrong shape is a mistake, a wrong check digit only a warning."""
        code = fold(text).replace(" ", "").upper()
        try:
            uscc.validate(code)
        except InvalidChecksum:
            self.problems.add(
                "check-digit",
                f"统一社会信用代码“{code}”的校验位不符",
                place,
                "请核对;如证照如此可继续",
                warning=True,
            )
        except ValidationError:
            self.problems.add(
                "bad-number",
                f"“{text}”不是统一社会信用代码",
                place,
                "18 位数字和大写字母(不含 I、O、S、V、Z)",
            )
        return code

    # --- completeness ----------------------------------------------------------------------------

    def _words(self, node: Node | None) -> Iterator[Scalar]:
        if node is not None:
            yield from Entry(Mapping((), node.place), self.problems).scalars_of("这一项", node)

    def _unsure(self, node: Node | None, last_year: int) -> None:
        for word in self._words(node):
            name, _, member = word.text.partition(" ")
            attribute = self.vocabulary.attribute(_ENGLISH.get(name, name))
            activity = self.vocabulary.activities.member(word.text)
            if attribute is None and activity is not None:
                self.unsure.add(FactKey(self.vocabulary.activities.label, activity.label))
            elif attribute is None:
                names = did_you_mean(word.text, self.vocabulary.attributes)
                self.problems.add(
                    "unknown-attribute", f"没有名为“{word.text}”的指标", word.place, names
                )
            else:
                period = last_year if attribute.yearly else None
                found = attribute.member(member) if member else None
                self.unsure.add(FactKey(attribute.label, found.label if found else None, period))

    def _closed(self, node: Node | None, checked: Node | None) -> None:
        """Fill in "none" for the rest of every topic or set that was answered to the end."""
        topics = self.vocabulary.words("主题")
        ids = {word.id: word.label for word in topics.values()}
        for word in self._words(node):
            topic = ids.get(word.text, word.text)
            attribute = self.vocabulary.attribute(word.text)
            if topic in topics:
                for member in self.vocabulary.activities.members:
                    if member.topic == topic:
                        self._absent(self.vocabulary.activities, member.label)
            elif attribute is not None and attribute.kind in MEMBER_KINDS | {Kind.STAGE}:
                for member in attribute.members:
                    self._absent(attribute, member.label)
            else:
                names = [*topics, *(item for item in self.vocabulary.attributes)]
                self.problems.add(
                    "unknown-name",
                    f"“已答完”里的“{word.text}”不是主题,也不是可多选的指标",
                    word.place,
                    did_you_mean(word.text, names),
                )
        for word in self._words(checked):
            self._titles_checked(word)

    def _titles_checked(self, word: Scalar) -> None:
        """资质 is complete per custodian: its unlisted titles are not held."""
        believed = self.channel.attests(word.text)
        for member in self.vocabulary.titles.members:
            if member.custodian == word.text:
                self._absent(self.vocabulary.titles, member.label, believed, word.text)

    def _absent(
        self, attribute: Attribute, member: str, attested: bool = False, source: str = ""
    ) -> None:
        key = FactKey(attribute.label, member)
        if key in self.facts or key in self.unsure:
            return
        value: FactValue = False
        if attribute.kind is Kind.ACTIVITIES:
            value = Activity(State.NONE)
        elif attribute.kind in (Kind.TITLES, Kind.STATUS):
            found = attribute.member(member)
            assert found is not None
            value = self.reader._absence(found, "没有")
        elif attribute.kind is Kind.STAGE:
            value = Stage()
        assurance = Assurance.ATTESTED if attested else Assurance.DECLARED
        self.facts[key] = Fact(value, assurance, source, self.reader.noted_on)

    def _presume(self) -> None:
        """Apply 列出即完整 and 未填视为: a company profile speaks of a company unless it says else."""
        for attribute in self.vocabulary.attributes.values():
            keys = [FactKey(attribute.label, member.label) for member in attribute.members]
            answered = any(key in self.facts for key in keys)
            if attribute.closed_by_answer and answered:
                for member in attribute.members:
                    self._absent(attribute, member.label)
            elif attribute.presumed and not answered and not self.unsure & set(keys):
                self.facts[FactKey(attribute.label, attribute.presumed)] = self._presumed()

    def _presumed(self) -> Fact:
        """Take the enterprise from the licence code where that is attested (91…), else declared."""
        code = self.facts.get(FactKey(CODE))
        licensed = code is not None and str(code.value).startswith("91")
        if code is not None and licensed:
            return replace(code, value=True)
        return Fact(True, Assurance.DECLARED, "", self.reader.noted_on)

    def _check_sense(self, filed: date | None) -> None:
        """Find facts that cannot both be true."""
        founded = self.facts.get(FactKey("成立日期"))
        day = filed or self.as_of
        if founded is not None and isinstance(founded.value, date) and founded.value > day:
            claim = self.claims[FactKey("成立日期")]
            self.problems.add(
                "contradiction",
                f"成立日期 {founded.value} 晚于填报日期 {day}",
                claim.node.place,
                "核对成立日期和填报日期",
            )
        for key, fact in self.facts.items():
            if isinstance(fact.value, Tenure) and key in self.claims:
                self._check_spells(key, fact.value, day)

    def _check_spells(self, key: FactKey, tenure: Tenure, day: date) -> None:
        for spell in tenure.spells:
            if spell.start is not None and spell.start > day:
                self.problems.add(
                    "contradiction",
                    f"“{key.member}”的日期 {spell.start} 晚于填报日期 {day}",
                    self.claims[key].node.place,
                    "核对日期",
                )

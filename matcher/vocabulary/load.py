"""rules/vocabulary/ -> `Vocabulary`. Every mistake of every file is collected in one run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from matcher.language.diagnostics import Problems
from matcher.language.entries import Entry, entries_of, one_of
from matcher.language.source import Node, Scalar, read_mapping
from matcher.values import Number, Unit, Units, ValueFault, fold, parse_number, whole
from matcher.vocabulary.costs import read_costs
from matcher.vocabulary.model import (
    DECIDED_BY_OTHERS,
    JUDGEMENT,
    LIST,
    PARAMETER,
    Attribute,
    Changing,
    English,
    IndustryGroup,
    Kind,
    Member,
    Vocabulary,
    Word,
)
from matcher.vocabulary.parts import read_parts
from matcher.vocabulary.terms import TermReader, add_named
from matcher.vocabulary.trees import Industries, Regions

_WORD_LISTS = (
    "部门",
    "责任单位",
    "表单分组",
    "主题",
    "支持方式",
    "兑付依据",
    "对象",
    "类型",
    "适用",
    "性质",
    "核对",
    "非措施理由",
    "互斥规则",
    "互斥范围",
    "已领期间",
    "金额口径",
    "计年口径",
    "结论",
    "通行结论",
    "兑现方式",
    "事项状态",
    "阶梯进度",
    "成长阶梯",
    "称号级别",
    "搜索词",
    "行业词",
    "旧行业代码",
)
_SECTIONS = (
    *_WORD_LISTS,
    "单位",
    "指标",
    "资质",
    "事项",
    "认定",
    "名单",
    "参数",
    "行业组",
    "派生指标",
    "部分与整体",
    "答题成本",
)
FOLDER = "vocabulary"


def load_vocabulary(folder: Path, problems: Problems, industries: str | None = None) -> Vocabulary:
    """Read every file of a vocabulary folder, and a complete industry table where one is given.

    Mistakes go to ``problems``; what could be read is returned, so that the rules can be checked too.
    """
    sections = _Sections(folder, problems)
    units = Units(dict(_units(sections, problems)))
    vocabulary = Vocabulary(units, load_regions(folder), _industries(folder))
    if industries is not None:
        vocabulary.industries.add_table(industries)
    for name in _WORD_LISTS:
        vocabulary.lists[name] = _words(sections, name, problems)
    reader = _AttributeReader(vocabulary, problems)
    members = {
        Kind.TITLES: reader.members(sections, "资质"),
        Kind.ACTIVITIES: reader.members(sections, "事项"),
    }
    for entry in sections.entries("指标"):
        reader.attribute(entry, members)
    for label, id_, kind, section, english in (
        (JUDGEMENT, "judgement", Kind.JUDGEMENT, "认定", "Found by the department in charge"),
        (LIST, "list", Kind.LIST, "名单", "On the list"),
        (PARAMETER, "parameter", Kind.PARAMETER, "参数", "Published figure"),
    ):
        found = reader.members(sections, section)
        made = Attribute(
            label, id_, kind, english=English(english), in_form=False, changing=Changing.NOTHING
        )
        vocabulary.add(reader.with_members(made, found))
    for group in _groups(sections, vocabulary, problems):
        vocabulary.groups[group.label] = group
    vocabulary.parts = tuple(read_parts(sections.entries("部分与整体"), vocabulary, problems))
    vocabulary.costs = read_costs(sections.entries("答题成本"), problems)
    TermReader(vocabulary, problems).read(list(sections.entries("派生指标")))
    return vocabulary


class _Sections:
    """The top-level keys of all files of the folder; a key may be spread over several files."""

    def __init__(self, folder: Path, problems: Problems) -> None:
        self.problems = problems
        self.nodes: dict[str, list[Node]] = {name: [] for name in _SECTIONS}
        for path in sorted(folder.glob("*.yaml")):
            node = read_mapping(path, problems)
            if node is None:
                continue
            entry = Entry(node, problems)
            for section in _SECTIONS:
                value = entry.get(section)
                if value is not None:
                    self.nodes[section].append(value)
            entry.done()

    def entries(self, section: str) -> Iterator[Entry]:
        for node in self.nodes[section]:
            yield from entries_of(node, section, self.problems)


def _units(sections: _Sections, problems: Problems) -> Iterator[tuple[str, Unit]]:
    for entry in sections.entries("单位"):
        name, dimension = entry.text("名称", needed=True), entry.text("量纲", needed=True)
        factor = entry.scalar("倍数", needed=True)
        value: Fraction | int = 1
        if factor is not None:
            above, _, below = factor.text.partition("/")
            try:
                value = whole(Fraction(parse_number(above)) / Fraction(parse_number(below or "1")))
            except (ValueFault, ZeroDivisionError):
                problems.add(
                    "bad-number", f"“{factor.text}”不是倍数", factor.place, "如 100 或 1/100"
                )
        unit = Unit(name, dimension, value, entry.text("英文"))
        for known in (name, *entry.words("别名")):
            yield fold(known), unit
            yield known, unit
        entry.get("说明")
        entry.done()


def load_regions(folder: Path) -> Regions:
    """Read the regions and parks of a vocabulary folder."""
    return Regions(_read(folder / "regions.csv"), _read(folder / "parks.csv"))


def _industries(folder: Path) -> Industries:
    return Industries(_read(folder / "industries.csv"))


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8-sig")


def _words(sections: _Sections, section: str, problems: Problems) -> dict[str, Word]:
    words: dict[str, Word] = {}
    for entry in sections.entries(section):
        label = entry.text("名称", needed=True)
        word = Word(
            label,
            entry.text("编号", needed=True),
            entry.text("英文"),
            entry.text("说明"),
            entry.words("别名"),
        )
        entry.done()
        if label in words:
            problems.add(
                "duplicate-id", f"{section}里已有“{label}”", entry.place, "删去一处,或改名"
            )
        words[label] = word
    return words


def _groups(
    sections: _Sections, vocabulary: Vocabulary, problems: Problems
) -> Iterator[IndustryGroup]:
    for entry in sections.entries("行业组"):
        for key in ("说明", "存疑"):
            entry.get(key)
        codes: dict[str, tuple[str, ...]] = {}
        for key in ("行业", "部分属于"):
            found = []
            for node in entry.scalars(key):
                code = vocabulary.industries.find(node.text)
                if code is None:
                    problems.add("unknown-name", f"行业表里没有“{node.text}”", node.place)
                else:
                    found.append(code)
            codes[key] = tuple(found)
        yield IndustryGroup(
            entry.text("名称", needed=True),
            entry.text("编号", needed=True),
            codes["行业"],
            codes["部分属于"],
            entry.text("来源", needed=True),
            entry.text("英文"),
        )
        entry.done()


class _AttributeReader:
    def __init__(self, vocabulary: Vocabulary, problems: Problems) -> None:
        self.vocabulary, self.problems = vocabulary, problems

    def attribute(self, entry: Entry, shared: dict[Kind, list[Member]]) -> None:
        """Read one attribute and add it to the vocabulary."""
        attribute = self.read(entry, shared)
        if attribute is not None:
            add_named(self.vocabulary, attribute, entry, self.problems)

    def read(self, entry: Entry, shared: dict[Kind, list[Member]]) -> Attribute | None:
        """Read one attribute; None after reporting an unknown type."""
        type_ = entry.scalar("类型", needed=True)
        name = (
            one_of(type_, [kind.value for kind in Kind], "类型", self.problems) if type_ else None
        )
        if name is None:
            return None
        kind = Kind(name)
        attribute = Attribute(
            label=entry.text("名称", needed=True),
            id=entry.text("编号", needed=True),
            kind=kind,
            unit=self._unit(entry, kind),
            yearly=entry.text("期间") == "年度",
            group=self._known(entry, "分组", "表单分组"),
            question=entry.text("问题"),
            help=entry.text("说明"),
            custodian=self._known(entry, "主管部门", "部门"),
            attestable=entry.flag("可核验"),
            evidence=entry.words("佐证"),
            english=self._english(entry),
            aliases=entry.words("别名"),
            ordered=entry.flag("有序"),
            stages=entry.words("阶段"),
            in_form=entry.flag("表单", default=True),
            presumed=entry.text("未填视为"),
            closed_by_answer=entry.flag("列出即完整"),
            may_be_negative=entry.flag("可小于零"),
            changing=self._changing(entry, kind),
            maximum=self._maximum(entry, kind),
            fields=tuple(
                field
                for item in entry.entries("字段")
                if (field := self.read(item, shared)) is not None
            ),
        )
        options = [self.member(item) for item in entry.entries("选项")]
        entry.get("存疑")
        entry.done()
        return self.with_members(attribute, options or shared.get(kind, []))

    @staticmethod
    def _changing(entry: Entry, kind: Kind) -> Changing:
        """Read what can change a fact; the company itself where nothing is said."""
        if kind in DECIDED_BY_OTHERS:
            return Changing.NOTHING
        name = entry.word("可变", [item.value for item in Changing])
        return Changing(name) if name else Changing.EFFORT

    def with_members(self, attribute: Attribute, members: list[Member]) -> Attribute:
        """Give the attribute its members, found by label, alias and id."""
        by_label: dict[str, Member] = {}
        for member in members:
            for name in (member.label, member.id, *member.aliases):
                by_label.setdefault(fold(name), member)
        return replace(attribute, members=tuple(members), by_label=by_label)

    def members(self, sections: _Sections, section: str) -> list[Member]:
        """Read the members that a section lists."""
        members = []
        seen: set[str] = set()
        for entry in sections.entries(section):
            member = self.member(entry)
            if member.label in seen or member.id in seen:
                message = f"{section}里已有“{member.label}”或它的编号"
                self.problems.add("duplicate-id", message, entry.place, "删去一处,或改名")
            seen |= {member.label, member.id}
            members.append(member)
        return members

    def member(self, entry: Entry) -> Member:
        """Read one option, title, activity, judgement or list document."""
        unit = self._unit(entry, Kind.PARAMETER)
        english_definition = entry.text("英文定义")
        member = Member(
            label=entry.text("名称", needed=True),
            id=entry.text("编号", needed=True),
            english=English(entry.text("英文"), help=english_definition),
            aliases=entry.words("别名"),
            definition=entry.text("定义") or entry.text("说明"),
            unit=unit.name if unit else "",
            example=entry.text("例子"),
            topic=self._known(entry, "主题", "主题"),
            custodian=self._known(entry, "主管部门", "部门"),
            attestable=entry.flag("可核验") if entry.node.get("可核验") else None,
            evidence=entry.words("佐证"),
            months_valid=self._term(entry, "有效期"),
            levels=entry.words("级别"),
            family=entry.text("阶梯"),
            lookback_years=self._years(entry, "回溯"),
            keeper=entry.text("维护单位"),
            stages=entry.words("阶段"),
        )
        for key in ("说明", "存疑", "来源"):
            entry.get(key)
        entry.done()
        return member

    def _unit(self, entry: Entry, kind: Kind) -> Unit | None:
        node = entry.scalar("单位", needed=kind is Kind.NUMBER)
        unit = self.vocabulary.units.find(node.text) if node else None
        if node is not None and unit is None:
            names = "、".join(self.vocabulary.units.names())
            self.problems.add("wrong-unit", f"没有单位“{node.text}”", node.place, f"可用:{names}")
        if unit is None and kind is Kind.NUMBER:
            # Reported above; any unit lets the rest of the rules be read.
            return next(iter(self.vocabulary.units.by_name.values()), None)
        return unit

    def _maximum(self, entry: Entry, kind: Kind) -> Number | None:
        node = entry.scalar("不超过")
        unit = self._unit(entry, kind) if node is not None else None
        if node is None or unit is None:
            return None
        try:
            return self.vocabulary.units.parse(node.text, unit)
        except ValueFault as fault:
            self.problems.add(fault.code, f"不超过:{fault}", node.place, fault.hint)
            return None

    def _known(self, entry: Entry, key: str, words: str) -> str:
        node = entry.scalar(key)
        if node is None:
            return ""
        return one_of(node, self.vocabulary.words(words), words, self.problems) or ""

    def _english(self, entry: Entry) -> English:
        node = entry.node.get("英文")
        if isinstance(node, Scalar):
            return English(entry.text("英文"))
        inner = entry.entry("英文")
        if inner is None:
            return English()
        english = English(inner.text("名称"), inner.text("问题"), inner.text("说明"))
        inner.done()
        return english

    def _term(self, entry: Entry, key: str) -> int | None:
        node = entry.scalar(key)
        if node is None:
            return None
        number, _, unit = node.text.partition(" ")
        try:
            return int(parse_number(number)) * {"年": 12, "个月": 1}[unit.strip()]
        except (ValueFault, KeyError):
            self.problems.add("bad-number", f"“{node.text}”不是期限", node.place, "写成 3 年")
            return None

    def _years(self, entry: Entry, key: str) -> int | None:
        months = self._term(entry, key)
        return months // 12 if months is not None else None

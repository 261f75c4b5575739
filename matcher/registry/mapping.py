"""A mapping file (YAML) -> `RegistryMapping`: which input column is which fact, and who vouches for it.

Every mistake of the file is reported in one run, with its place and repair. What the file does not name
is not used: a mapping file says the whole of what counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from matcher.language.answers import CODE
from matcher.language.diagnostics import Place, Problems, SourceError, SourceFile, did_you_mean
from matcher.language.entries import Entry
from matcher.language.facts import FactReader
from matcher.language.source import Mapping, Node, Scalar, read_yaml
from matcher.profile import Assurance, Fact, FactKey
from matcher.registry.columns import (
    UNMAPPABLE,
    MappedColumn,
    RegistryMapping,
    clashes,
    is_yearly,
    may_attest,
    needs_member,
    read_part,
)
from matcher.registry.headers import Headers
from matcher.registry.recognise import no_code, unit_notes, unused_notes
from matcher.registry.synonyms import RegistryWords, plain
from matcher.values import FIRST_YEAR, LAST_YEAR, Unit, ValueFault, fold, parse_number
from matcher.vocabulary.model import Attribute, Kind, Member, Vocabulary

if TYPE_CHECKING:
    from matcher.registry.sources import SourceColumn

__all__ = ["RegistryMapping", "read_mapping_file"]

LAST = "上年度"


def read_mapping_file(
    text: str,
    name: str,
    columns: Sequence[SourceColumn],
    vocabulary: Vocabulary,
    words: RegistryWords,
    as_of: date,
) -> RegistryMapping:
    """Read a mapping file for an input with these columns.

    Raises `SourceError` with every mistake found.
    """
    problems = Problems()
    node = read_yaml(text, name, problems)
    if not isinstance(node, Mapping):
        message = "映射文件是空的" if node is None else "映射文件应写成“列: …”"
        place = Place(SourceFile(name, text), 1, 1)
        problems.add("wrong-shape", message, place, "可用 mianshen batch map 写出一份再改")
        raise SourceError(problems.errors)
    mapping = _MappingReader(columns, vocabulary, words, as_of, problems).read(node)
    problems.raise_if_any()
    return mapping


class _MappingReader:
    def __init__(
        self,
        columns: Sequence[SourceColumn],
        vocabulary: Vocabulary,
        words: RegistryWords,
        as_of: date,
        problems: Problems,
    ) -> None:
        self.columns = {column.name: column for column in columns}
        self.folded = {plain(column.name): column.name for column in columns}
        self.vocabulary, self.words, self.problems = vocabulary, words, problems
        self.as_of = as_of
        self.filed: date | None = None
        self.headers = Headers(vocabulary, words)
        self.places: dict[int, Place] = {}

    def read(self, node: Mapping) -> RegistryMapping:
        entry = Entry(node, self.problems)
        self.filed = entry.day("填报日期")
        mapped = [c for item in entry.entries("列") if (c := self._column(item)) is not None]
        ignored = [name for word in entry.scalars("忽略") if (name := self._input(word))]
        shared = self._shared(entry)
        registers = entry.word("新企业", ("退回", "登记")) == "登记"
        entry.done()
        self._check(mapped, shared, node)
        used = {name for column in mapped for name in column.names}
        unused = [name for name in self.columns if name not in used and name not in ignored]
        notes = (*unit_notes(mapped), *unused_notes(unused))
        return RegistryMapping(
            tuple(mapped),
            self.words,
            self.filed,
            tuple(shared),
            (*ignored, *unused),
            notes,
            registers,
        )

    @property
    def last_year(self) -> int:
        return (self.filed or self.as_of).year - 1

    # --- one column ------------------------------------------------------------------------------

    def _column(self, entry: Entry) -> MappedColumn | None:
        nodes = entry.scalars("列")
        if not nodes:
            entry.missing("列", entry.node.get("列"))
        names = tuple(name for node in nodes if (name := self._input(node)) is not None)
        attribute = self._attribute(entry)
        member = self._member(entry, attribute)
        part = read_part(entry, attribute, member, self.problems)
        year = self._year(entry, attribute, names)
        unit = self._unit(entry, attribute, names)
        source, day = self._source(entry)
        rates, complete = self._rates(entry), entry.flag("完整")
        lenient = entry.word("读不懂时", ("未知", "退回")) == "未知"
        entry.get("说明")
        entry.done()
        if attribute is None or not names:
            return None
        types = tuple(self.columns[name].type for name in names)
        column = MappedColumn(
            names, attribute, member, year, part, unit, source, day, complete, rates, lenient, types
        )
        self.places[id(column)] = nodes[0].place
        self._check_column(column, entry)
        return column

    def _input(self, node: Scalar) -> str | None:
        name = node.text if node.text in self.columns else self.folded.get(plain(node.text))
        if name is None:
            hint = did_you_mean(node.text, self.columns, f"有 {'、'.join(list(self.columns)[:30])}")
            self.problems.add("unknown-name", f"输入里没有“{node.text}”这一列", node.place, hint)
        return name

    def _attribute(self, entry: Entry) -> Attribute | None:
        node = entry.scalar("指标", needed=True)
        return self._named(node) if node is not None else None

    def _named(self, node: Scalar) -> Attribute | None:
        found = self.vocabulary.attribute(node.text)
        if found is None:
            hint = self._member_hint(node.text)
            hint = hint or did_you_mean(node.text, self.vocabulary.spellings())
            message = f"没有名为“{node.text}”的指标"
            self.problems.add("unknown-attribute", message, node.place, hint)
        elif self.vocabulary.term(found.label) is not None or found.kind in UNMAPPABLE:
            message = f"“{found.label}”不能由一列给出"
            self.problems.add("wrong-type", message, node.place, found.help or "删去这一项")
            return None
        return found

    def _member_hint(self, word: str) -> str:
        owner = next((a for a in self.vocabulary.attributes.values() if a.member(word)), None)
        return f"写成“指标: {owner.label}”和“项: {word}”" if owner else ""

    def _member(self, entry: Entry, attribute: Attribute | None) -> Member | None:
        node = entry.scalar("项")
        if node is None or attribute is None:
            return None
        if not needs_member(attribute):
            message = f"“{attribute.label}”不分项"
            self.problems.add("wrong-shape", message, node.place, "删去“项”")
            return None
        found = attribute.member(node.text)
        if found is None:
            hint = did_you_mean(node.text, [item.label for item in attribute.members])
            message = f"“{attribute.label}”里没有“{node.text}”"
            self.problems.add("unknown-member", message, node.place, hint)
        return found

    def _year(
        self, entry: Entry, attribute: Attribute | None, names: tuple[str, ...]
    ) -> int | None:
        node = entry.scalar("年度")
        if attribute is None:
            return None
        if not is_yearly(attribute):
            if node is not None:
                message = f"“{attribute.label}”没有年度"
                self.problems.add("wrong-period", message, node.place, "删去“年度”")
            return None
        if node is None or node.text == LAST:
            stated = self.headers.year_and_unit(names[0], attribute)[0] if names else None
            return stated if stated is not None and node is None else self.last_year
        text = fold(node.text).strip().removesuffix("度").removesuffix("年")
        if text.isascii() and text.isdigit() and FIRST_YEAR <= int(text) <= LAST_YEAR:
            return int(text)
        hint = f"写成 2024,或 {LAST}"
        self.problems.add("wrong-period", f"“{node.text}”不是年份", node.place, hint)
        return None

    def _unit(
        self, entry: Entry, attribute: Attribute | None, names: tuple[str, ...]
    ) -> Unit | None:
        node = entry.scalar("单位")
        if attribute is None:
            return None
        if node is None:
            return self.headers.year_and_unit(names[0], attribute)[1] if names else None
        if attribute.unit is None:
            message = f"“{attribute.label}”没有单位"
            self.problems.add("wrong-unit", message, node.place, "删去“单位”")
            return None
        unit = self.words.fitting(node.text, attribute, self.vocabulary)
        if unit is None:
            fitting = "、".join(self.vocabulary.units.names(attribute.unit.dimension))
            message = f"单位“{node.text}”不合“{attribute.label}”"
            self.problems.add("wrong-unit", message, node.place, f"可用 {fitting}")
        return unit

    def _rates(self, entry: Entry) -> dict[str, Fraction]:
        inner = entry.entry("汇率")
        rates = {}
        for key, node in inner.node.pairs if inner else ():
            currency = self.words.currency(key.text)
            if currency is None:
                names = sorted(set(self.words.currencies.values()))
                message = f"没有名为“{key.text}”的币种"
                hint = did_you_mean(key.text, names, f"可用 {'、'.join(names)}")
                self.problems.add("unknown-name", message, key.place, hint)
                continue
            try:
                rate = Fraction(parse_number(node.text if isinstance(node, Scalar) else ""))
            except ValueFault:
                rate = Fraction(0)
            if rate <= 0:
                message = f"“{key.text}”的汇率应是一个大于零的数"
                self.problems.add("bad-number", message, node.place, "写一单位外币合多少元,如 7.1")
            rates[currency] = rate
        return rates

    def _source(self, entry: Entry) -> tuple[str, date | None]:
        """Read 来源 and 日期: they come together."""
        node, day = entry.scalar("来源"), entry.day("日期")
        if node is None:
            if day is not None:
                place = entry.node.index["日期"].place
                message = "写了“日期”,没有写“来源”"
                self.problems.add("missing-key", message, place, "补上“来源: 部门”,或删去“日期”")
            return "", None
        if entry.node.get("日期") is None:
            message = "写了“来源”,没有写“日期”"
            hint = "补上“日期: 2025-06-30”,写部门这份数据截至哪一天"
            self.problems.add("missing-key", message, node.place, hint)
        return self._department(node), day

    def _department(self, node: Scalar) -> str:
        found = self.vocabulary.department(node.text)
        if found is None:
            departments = self.vocabulary.words("部门")
            hint = did_you_mean(node.text, departments, f"可用 {'、'.join(departments)}")
            self.problems.add("unknown-name", f"没有名为“{node.text}”的部门", node.place, hint)
        return found or ""

    # --- what must hold --------------------------------------------------------------------------

    def _check_column(self, column: MappedColumn, entry: Entry) -> None:
        attribute, place = column.attribute, self.places[id(column)]
        unnamed = column.member is None and needs_member(attribute) and not entry.node.get("项")
        if unnamed and (column.part or not column.is_list):
            message = f"“{attribute.label}”要写明是哪一项"
            names = "、".join(item.label for item in attribute.members[:8])
            self.problems.add("missing-key", message, place, f"补上“项: …”,如 {names}")
        if column.complete and not column.is_list:
            message = "“完整”只用于一列写多项的指标"
            node = entry.node.index["完整"]
            self.problems.add("wrong-shape", message, node.place, "删去“完整”")
        if len(column.names) > 1 and attribute.kind is not Kind.REGION:
            message = f"“{attribute.label}”只能由一列给出"
            self.problems.add("wrong-shape", message, place, "几列合写只用于地区,如 [省, 市, 区县]")
        if column.source:
            self._check_source(column, entry.node.index["来源"].place)

    def _check_source(self, column: MappedColumn, place: Place) -> None:
        attribute = column.attribute
        members = attribute.members if column.is_list else (column.member,)
        if any(may_attest(column, member, self.vocabulary) for member in members):
            return
        label = column.member.label if column.member else None
        custodian, attestable = self.vocabulary.custodian(attribute.label, label)
        if column.is_list:
            kept = dict.fromkeys(
                self.vocabulary.custodian(attribute.label, member.label)[0]
                for member in attribute.members
            )
            custodian, attestable = "、".join(name for name in kept if name), True
        message = f"“{column.label}”由{custodian}保管,{column.source}不能核验"
        hint = f"改为“来源: {custodian.split('、')[0]}”,或删去“来源”"
        if not attestable:
            message, hint = f"“{column.label}”没有部门能核验", "删去“来源”和“日期”,按企业申报处理"
        self.problems.add("not-attested", message, place, hint)

    def _check(
        self, mapped: list[MappedColumn], shared: list[tuple[FactKey, Fact]], node: Mapping
    ) -> None:
        for first, second in clashes(mapped):
            message = f"“{first.name}”和“{second.name}”两列说的都是“{first.label}”"
            self.problems.add(
                "contradiction", message, self.places[id(second)], "只留一列,另一列放进“忽略”"
            )
        self._check_parts(mapped)
        stated = {key for key, _ in shared}
        for column in mapped:
            if column.key in stated:
                message = f"“{column.label}”在“全表”里已经写明"
                self.problems.add("contradiction", message, self.places[id(column)], "只留一处")
        if not any(column.attribute.label == CODE for column in mapped):
            place = node.pairs[0][0].place
            self.problems.add(
                "missing-key", no_code(list(self.columns.values()), self.words), place
            )

    def _check_parts(self, mapped: list[MappedColumn]) -> None:
        """Demand one source for all columns of one fact: its trust cannot be split."""
        first: dict[FactKey, MappedColumn] = {}
        lists = {column.attribute.label: column for column in mapped if column.is_list}
        for column in mapped:
            if column.is_list:
                continue
            other = first.setdefault(column.key, column)
            listed = lists.get(column.attribute.label)
            for one in (other, listed) if listed else (other,):
                same = may_attest(one, column.member, self.vocabulary) == may_attest(
                    column, column.member, self.vocabulary
                )
                if not same:
                    message = f"“{one.name}”和“{column.name}”说的是同一项事实,来源却不同"
                    self.problems.add(
                        "contradiction", message, self.places[id(column)], "写同一个来源,或都不写"
                    )

    # --- 全表 ------------------------------------------------------------------------------------

    def _shared(self, entry: Entry) -> list[tuple[FactKey, Fact]]:
        """Read the facts that every row shares, as a company file would say them."""
        inner = entry.entry("全表")
        facts: list[tuple[FactKey, Fact]] = []
        for key, node in inner.node.pairs if inner else ():
            attribute = self._named(key)
            if attribute is None:
                continue
            if attribute.kind is Kind.TEXT:
                message = f"“{attribute.label}”不会每家都一样"
                self.problems.add("wrong-type", message, key.place, "用一列来写")
                continue
            facts += self._claims(attribute, node)
        return facts

    def _claims(self, attribute: Attribute, node: Node) -> Iterator[tuple[FactKey, Fact]]:
        value, source, day = node, "", None
        if isinstance(node, Mapping) and node.get("值") is not None:
            trusted = Entry(node, self.problems)
            value = trusted.get("值") or node
            source, day = self._source(trusted)
            trusted.done()
        noted = day or self.filed or self.as_of
        period = self.last_year if is_yearly(attribute) else None
        for claim in FactReader(self.vocabulary, self.problems, noted).read(
            attribute, value, period
        ):
            if claim.value is None:
                continue
            member = attribute.member(claim.key.member) if claim.key.member else None
            column = MappedColumn((claim.node.place.source.name,), attribute, member, source=source)
            if source:
                self._check_source(column, node.place)
            attested = bool(source) and may_attest(column, member, self.vocabulary)
            assurance = Assurance.ATTESTED if attested else Assurance.DECLARED
            yield claim.key, Fact(claim.value, assurance, source if attested else "", noted)

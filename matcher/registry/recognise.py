"""Column names -> mapping: what is certain is used, what is likely is only suggested.

`automatic_mapping` serves a run without a mapping file; `write_mapping` writes the file that a user
corrects and confirms.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from rapidfuzz import fuzz

from matcher.language.answers import CODE
from matcher.language.diagnostics import nearest
from matcher.language.source import unseen
from matcher.layout import WHOLE
from matcher.registry.columns import (
    LAYERS,
    PARTS,
    MappedColumn,
    RegistryMapping,
    clashes,
    is_yearly,
)
from matcher.registry.faults import RegistryFault
from matcher.registry.headers import Headers, Named
from matcher.registry.synonyms import Meaning, RegistryWords, plain
from matcher.vocabulary.model import Kind, Vocabulary

if TYPE_CHECKING:
    from matcher.registry.sources import SourceColumn

# Below this likeness (of 100) a suggestion would only distract.
LIKELY = 70
_PLAIN_SCALAR = frozenset("_-()（）%")
_MAX_SAMPLE, _SAMPLES = 24, 3


def automatic_mapping(
    columns: Sequence[SourceColumn], vocabulary: Vocabulary, words: RegistryWords, as_of: date
) -> RegistryMapping:
    """Map the columns whose names are certain.

    Raises `RegistryFault` where two columns say one thing or none holds the credit code.
    """
    mapped, unused = recognise(columns, vocabulary, words, as_of.year - 1)
    for first, second in clashes(mapped):
        raise RegistryFault(
            f"“{first.name}”和“{second.name}”两列说的都是“{first.label}”,不知道该用哪一列。"
            "用 mianshen batch map 写出映射,留一列,把另一列放进“忽略”"
        )
    if not any(column.attribute.label == CODE for column in mapped):
        raise RegistryFault(no_code(columns, words))
    notes = [*unit_notes(mapped), *unused_notes(unused)]
    return RegistryMapping(tuple(mapped), words, notes=tuple(notes), ignored=tuple(unused))


def no_code(columns: Sequence[SourceColumn], words: RegistryWords) -> str:
    """Say that no column holds the credit code, and which may."""
    names = [column.name for column in columns]
    spellings = [CODE, *(n for n, m in words.columns.items() if m.attribute.label == CODE)]
    likeness = {
        name: max(fuzz.ratio(plain(name), spelling) for spelling in spellings) for name in names
    }
    best = max(names, key=lambda name: likeness[name], default="")
    likely = bool(names) and likeness[best] >= LIKELY
    hint = f"是不是“{best}”这一列?" if likely else f"现有列:{'、'.join(names[:20])}。"
    return f"没有统一社会信用代码列。{hint}请在映射文件里写明(mianshen batch map 可以写出一份)"


def unit_notes(columns: Sequence[MappedColumn]) -> Iterator[str]:
    """Name the amounts whose unit nobody stated."""
    for column in columns:
        unit = column.attribute.unit
        if unit is not None and column.unit is None and unit.dimension not in WHOLE:
            yield f"“{column.name}”没有写明单位,数字按{unit.name}读"


def unused_notes(names: Sequence[str]) -> Iterator[str]:
    """Name the columns that are not used."""
    if names:
        yield f"没有用到的列:{'、'.join(names)}"


def recognise(
    columns: Sequence[SourceColumn],
    vocabulary: Vocabulary,
    words: RegistryWords,
    last_year: int | None,
) -> tuple[list[MappedColumn], list[str]]:
    """Give the certain columns as mapped, in the order of the input, and the names of the rest.

    Yearly figures whose name states no year belong to ``last_year``.
    """
    headers = Headers(vocabulary, words)
    found = {column.name: named for column in columns if (named := headers.read(column.name))}
    _prefer(found)
    places = _places(found)
    mapped: list[MappedColumn] = []
    used: set[str] = set()
    for column in columns:
        named = found.get(column.name)
        if named is None or column.name in used:
            continue
        names = places.get(column.name, (column.name,))
        used.update(names)
        types = tuple(item.type for name in names for item in columns if item.name == name)
        mapped.append(_mapped(names, types, named, last_year))
    return mapped, [column.name for column in columns if column.name not in used]


def _mapped(
    names: tuple[str, ...], types: tuple[str, ...], named: Named, last_year: int | None
) -> MappedColumn:
    meaning = named.meaning
    year = (named.year or last_year) if is_yearly(meaning.attribute) else None
    return MappedColumn(
        names,
        meaning.attribute,
        meaning.member,
        year,
        meaning.part,
        named.unit,
        lenient=meaning.lenient,
        types=types,
    )


def _prefer(found: dict[str, Named]) -> None:
    """Drop second choices where a better column says the same, and layers beside a whole place."""
    strong = {_about(named) for named in found.values() if not named.meaning.second}
    whole = {
        _about(named)
        for named in found.values()
        if not named.meaning.second and not named.meaning.layer
    }
    for name, named in list(found.items()):
        second = named.meaning.second and _about(named) in strong
        layer = bool(named.meaning.layer) and _about(named) in whole
        if second or layer:
            del found[name]


def _about(named: Named) -> tuple[str, str | None, str]:
    meaning = named.meaning
    return meaning.attribute.label, meaning.member.label if meaning.member else None, meaning.part


def _places(found: dict[str, Named]) -> dict[str, tuple[str, ...]]:
    """Put the columns of one place together, the widest first; each names the whole group."""
    groups: dict[str, dict[str, str]] = {}
    for name, named in found.items():
        layer = named.meaning.layer
        if layer:
            group = groups.setdefault(named.meaning.attribute.label, {})
            if layer in group:
                raise RegistryFault(
                    f"“{group[layer]}”和“{name}”两列说的都是“{named.meaning.attribute.label}”的{layer}。"
                    "请在映射文件里写明用哪几列"
                )
            group[layer] = name
    joined = (tuple(g[layer] for layer in LAYERS if layer in g) for g in groups.values())
    return {name: names for names in joined for name in names}


# --- a mapping file to confirm -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a column of an uncertain name may mean, and how like the names are, of 100."""

    column: str
    likeness: int
    meaning: Meaning


def write_mapping(
    columns: Sequence[SourceColumn],
    samples: Mapping[str, Sequence[str]],
    vocabulary: Vocabulary,
    words: RegistryWords,
) -> str:
    """Write a mapping file: certain columns filled in, likely ones as comments, the rest ignored.

    ``samples`` are a few values of each column, shown beside what has to be decided.
    """
    mapped, unused = recognise(columns, vocabulary, words, None)
    second = {id(b): a for a, b in clashes(mapped)}
    suggestions = {s.column: s for s in suggested(unused, vocabulary, words)}
    lines = [
        "# 请核对每一列,再用 mianshen batch 输入 -o 目录 --mapping 本文件 运行。",
        "# 部门的数据在这一列下写“来源: 税务局”和“日期: 2025-06-30”,才能作为已核验的事实。",
        "# 填报日期: 2025-06-30   # 这份数据截至哪一天;上年度从它算起,不写按基准日",
        "列:",
    ]
    for column in mapped:
        if id(column) in second:
            lines.append(f"  # 与“{_seen(second[id(column)].name)}”说的是同一件事,只能留一列")
        prefix = "  # " if id(column) in second else "  "
        lines += [prefix + line for line in _entry(column)]
    for suggestion in suggestions.values():
        lines += _suggested(suggestion, samples)
    rest = [name for name in unused if name not in suggestions]
    lines += ["忽略:"] if rest else ["忽略: []"]
    lines += [f"  - {_quoted(name)}{_examples(samples.get(name, ()), '   # ')}" for name in rest]
    return "\n".join(lines) + "\n"


def suggested(
    names: Sequence[str], vocabulary: Vocabulary, words: RegistryWords
) -> Iterator[Suggestion]:
    """Give what columns may mean whose names are not certain."""
    spellings = Headers(vocabulary, words).spellings()
    for name in names:
        word = plain(name)
        near = nearest(word, spellings) if len(word) > 1 else []
        likeness = round(fuzz.WRatio(word, near[0])) if near else 0
        if likeness >= LIKELY:
            yield Suggestion(name, likeness, spellings[near[0]])


def _entry(column: MappedColumn) -> list[str]:
    names = [_quoted(name) for name in column.names]
    lines = [f"- 列: {names[0] if len(names) == 1 else '[' + ', '.join(names) + ']'}"]
    lines += _fact(Meaning(column.attribute, column.member, column.part))
    if column.year is not None:
        lines.append(f"  年度: {column.year}")
    unit = column.unit or column.attribute.unit
    if unit is not None and column.attribute.kind is Kind.NUMBER:
        doubt = "" if column.unit else "   # 列名没有写单位,请核对"
        lines.append(f"  单位: {_quoted(unit.name)}{doubt}")
    if column.lenient:
        lines.append("  读不懂时: 未知")
    return lines


def _fact(meaning: Meaning) -> Iterator[str]:
    yield f"  指标: {_quoted(meaning.attribute.label)}"
    if meaning.member is not None:
        yield f"  项: {_quoted(meaning.member.label)}"
    if meaning.part:
        yield f"  部分: {part_label(meaning)}"


def part_label(meaning: Meaning) -> str:
    """Give the word of 部分 for a part of a facts table."""
    if meaning.part.startswith("on"):
        return meaning.attribute.stages[int(meaning.part.removeprefix("on"))]
    return next(label for label, part in PARTS.items() if part == meaning.part)


def _suggested(suggestion: Suggestion, samples: Mapping[str, Sequence[str]]) -> list[str]:
    examples = _examples(samples.get(suggestion.column, ()), ";")
    lines = [f"- 列: {_quoted(suggestion.column)}", *_fact(suggestion.meaning)]
    return [
        f"  # 可能是这一项(相似度 {suggestion.likeness}){examples}。是的话删去下面几行开头的“# ”:",
        *(f"  # {line}" for line in lines),
    ]


def _examples(values: Sequence[str], before: str) -> str:
    shown = [_seen(value)[:_MAX_SAMPLE] for value in values if value.strip()][:_SAMPLES]
    return f"{before}例:{'、'.join(shown)}" if shown else ""


def _seen(text: str) -> str:
    """Keep what a reader of the file sees: a YAML file may hold nothing else."""
    return "".join(c for c in " ".join(text.split()) if unseen(c) is None)


def _quoted(text: str) -> str:
    """Write a word so that YAML reads it back unchanged."""
    safe = bool(text) and all(c.isalnum() or c in _PLAIN_SCALAR for c in text)
    if safe and (text[0].isalnum() or text[0] in "(（") and text.strip() == text:
        return text
    plainly = json.dumps(text, ensure_ascii=False)
    return "".join(c if unseen(c) is None else f"\\u{ord(c):04x}" for c in plainly)

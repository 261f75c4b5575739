"""One condition sentence -> its syntax tree (words not yet looked up).

Grammar: ``leaf.lark``. A sentence that does not parse becomes one diagnostic with a caret and the forms
that could stand there.
"""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken

from matcher.language.diagnostics import Problems, did_you_mean
from matcher.language.source import Scalar
from matcher.values import Units, fold

MAX_LENGTH = 500
# What a sentence may be: the starting rules of the grammar.
CONDITION, AMOUNT = "start", "money"
_GRAMMAR = Path(__file__).with_name("leaf.lark")

# What an author may have meant by words that are not operators here.
_OPERATORS = {
    "大于等于": "≥",
    "小于等于": "≤",
    "不等于": "非",
    "包含": "含",
    "包括": "含",
    "拥有": "含",
    "具有": "含",
    "取得": "含",
    "获得": "含",
    "不包含": "不含",
    "不包括": "不含",
    "没有": "不含",
    "是": "为",
    "不是": "不为",
    "位于": "属于",
    "在于": "属于",
    "不在": "不属于",
}
_EXPECTED = {
    "CMP": "≥、≤、超过、不足 等比较",
    "NAME": "指标或选项的名称",
    "NUMBER": "数",
    "UNIT": "单位",
    "HAS": "含",
    "IS": "为",
    "BELONGS": "属于",
    "LPAR": "“(”",
    "RPAR": "“)”",
    "DATE": "日期",
    "YEAR": "年",
    "TO": "至",
    "SEPARATOR": "“、”",
    "AS_OF": "基准日",
}
_MARKS = frozenset(",、()[]÷/+-≥≤<>=")


class LeafGrammar:
    """The parser of condition sentences for one set of units."""

    def __init__(self, units: Units) -> None:
        self.units = units
        self._parsed: dict[tuple[str, str], Tree[Token]] = {}

    @cached_property
    def _lark(self) -> Lark:
        names = sorted({*self.units.by_name, "名", "年"}, key=len, reverse=True)
        words = "|".join(re.escape(fold(name)) for name in names)
        boundary = r"(?=[\s),\]÷+]|以上|以下|以内|及以|$)"
        unit = rf"UNIT.2: /个?({words})(\/({words}))?{boundary}/"
        grammar = _GRAMMAR.read_text(encoding="utf-8") + "\n" + unit + "\n"
        return Lark(
            grammar,
            parser="lalr",
            lexer="contextual",
            propagate_positions=True,
            start=[CONDITION, AMOUNT],
        )

    def parse(self, node: Scalar, problems: Problems, start: str = CONDITION) -> Tree[Token] | None:
        """Parse a sentence that is a condition or an amount; None after reporting why it is not."""
        text = fold(node.text)
        found = self._parsed.get((start, text))
        if found is not None:
            return found
        if len(text) > MAX_LENGTH:
            problems.add("limit", f"一条条件超过 {MAX_LENGTH} 字", node.place, "拆成几条")
            return None
        try:
            tree = self._lark.parse(text, start=start)
        except UnexpectedInput as error:
            self._report(error, node, text, problems)
            return None
        said = tree.children[0] if start == CONDITION else tree
        assert isinstance(said, Tree)
        self._parsed[start, text] = said
        return said

    def _report(self, error: UnexpectedInput, node: Scalar, text: str, problems: Problems) -> None:
        if not text.strip():
            problems.add("leaf-syntax", "条件是空的", node.place, "写一句条件,或删去这一项")
            return
        at_end = isinstance(error, UnexpectedEOF) or (
            isinstance(error, UnexpectedToken) and error.token.type == "$END"
        )
        start = len(text) if at_end else (error.pos_in_stream or 0)
        for match in re.finditer(r"\S+", text[: start + 1]):
            meant = _OPERATORS.get(match.group())
            if meant and match.start() > 0:
                place = node.part(match.start(), len(match.group()))
                problems.add(
                    "leaf-syntax", f"没有“{match.group()}”这个算符", place, f"是否想写“{meant}”?"
                )
                return
        if at_end:
            place = node.part(len(text.rstrip()), 1)
            problems.add("leaf-syntax", "这句条件没有写完", place, self._hint(error))
            return
        word = re.split(r"[\s,、()\[\]]", text[start:], maxsplit=1)[0] or text[start]
        place = node.part(start, len(word))
        if re.search(r"[0-9]\s*$", text[:start]) and word not in _MARKS:
            units = self.units.names()
            hint = did_you_mean(word, units, "全部单位见 rules/vocabulary/单位.yaml")
            problems.add("wrong-unit", f"没有单位“{word}”", place, hint)
            return
        hint = self._hint(error)
        if word in (",", "且", "并且", "或", "或者"):
            hint = "一句只写一个条件;几个条件各写一行,或放在“任一:”下面"
        problems.add("leaf-syntax", f"读到“{word}”时不明白", place, hint)

    def _hint(self, error: UnexpectedInput) -> str:
        expected: set[str] = set()
        if isinstance(error, UnexpectedToken):
            expected = set(error.expected)
        elif isinstance(error, UnexpectedCharacters):
            expected = set(error.allowed or ())
        names = [said for name, said in _EXPECTED.items() if name in expected]
        where = f"这里可写 {'、'.join(names)};" if names else ""
        return f"{where}写法见 docs/language.zh-CN.md"

"""金额 of a rule file -> its tree: a sentence, or one of the forms 阶梯, 累进, 表, 情形, 逐项, 逐年, 和 …

Wherever an amount may stand, a sentence or a form may. A form is a mapping with one of the keys of
`AMOUNT_FORMS`; the keys of `AMOUNT_LIMITS` may stand beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from matcher.language.amount_sentences import Sum, read_sentence
from matcher.language.bands import BandReader
from matcher.language.conditions import ConditionReader
from matcher.language.diagnostics import did_you_mean
from matcher.language.entries import Entry
from matcher.language.keys import (
    AMOUNT_FORMS,
    AMOUNT_LIMITS,
    BASE,
    CASE_KEYS,
    CELLS,
    CONDITION,
    FACTOR,
    FLOOR,
    REST,
    SPAN_LIMITS,
    Table,
)
from matcher.language.source import Mapping, Node, Scalar, Sequence
from matcher.language.tables import TableReader
from matcher.tree import Condition
from matcher.tree.amounts import (
    Amount,
    ByYear,
    Cases,
    Ceiling,
    Choice,
    Greatest,
    Least,
    Limited,
    PerRecord,
    Remaining,
    Span,
    added,
    product,
    product_dimension,
)
from matcher.vocabulary.model import Attribute, Kind

Join = Callable[[tuple[Amount, ...]], Amount]
_SPANS = dict(zip(SPAN_LIMITS, Span, strict=True))


class AmountReader:
    """Reads amounts with one vocabulary, noting mistakes where the conditions' reader does."""

    def __init__(self, conditions: ConditionReader) -> None:
        self.conditions = conditions
        self.vocabulary, self.problems = conditions.vocabulary, conditions.problems
        self.bands, self.tables = BandReader(self), TableReader(self)

    def read(self, node: Node) -> Sum | None:
        """Read an amount; None after its mistakes have been reported."""
        if isinstance(node, Scalar):
            return self.sentence(node)
        if isinstance(node, Mapping):
            return self._mapping(node)
        self.problems.add(
            "wrong-shape", "金额应是一句话或“键: 值”", node.place, "几笔相加写“和: […]”"
        )
        return None

    def sentence(self, node: Scalar) -> Sum | None:
        """Read an amount that is a sentence."""
        return read_sentence(node, self.vocabulary, self.conditions.grammar, self.problems)

    def guarded(self, node: Node | None) -> Condition | None:
        """Read the condition of a case."""
        return self.conditions.read(node) if node is not None else None

    def fault(self, code: str, message: str, node: Node, hint: str = "") -> None:
        """Report a mistake at a node."""
        self.problems.add(code, message, node.place, hint)

    # --- forms -----------------------------------------------------------------------------------

    def _mapping(self, node: Mapping) -> Sum | None:
        keys = [key for key, _ in node.pairs]
        forms = [key for key in keys if key.text in AMOUNT_FORMS]
        if len(forms) != 1:
            place = forms[1].place if forms else node.place
            names = "、".join(AMOUNT_FORMS)
            said = "一个金额只写一种算法" if forms else "看不出金额怎样算"
            given = keys[0].text if keys else ""
            hint = did_you_mean(given, AMOUNT_FORMS, f"写其中一种:{names}")
            self.problems.add("unknown-key", said, place, hint)
            return None
        form = forms[0].text
        entry = Entry(node, self.problems, {**AMOUNT_FORMS[form], **AMOUNT_LIMITS})
        inner = entry.get(form)
        found = self._form(form, inner, entry) if inner is not None else None
        limited = self.limited(found, entry, AMOUNT_LIMITS)
        entry.done()
        if limited is None:
            return None
        return Sum(replace(limited.amount, place=forms[0].place), limited.dimension)

    def _form(self, form: str, node: Node, entry: Entry) -> Sum | None:
        simple: dict[str, Callable[[Node], Sum | None]] = {
            "金额": self.read,
            "最高": self._ceiling,
            "和": lambda inner: self._joined(inner, lambda parts: added(*parts)),
            "取最大": lambda inner: self._joined(inner, Greatest),
            "取最小": lambda inner: self._joined(inner, Least),
            "情形": self._cases,
        }
        if form in simple:
            return simple[form](node)
        if form == "阶梯":
            return self.bands.tiered(node, entry)
        if form == "累进":
            return self.bands.sliced(node, entry)
        if form == "表":
            return self.tables.read(node, entry.get(CELLS))
        return self._per_record(node, entry) if form == "逐项" else self._by_year(node, entry)

    def _ceiling(self, node: Node) -> Sum | None:
        found = self.read(node)
        return Sum(Ceiling(found.amount), found.dimension) if found else None

    def _joined(self, node: Node, join: Join) -> Sum | None:
        parts = self.several(node)
        if len(parts) < 2:
            if parts:
                self.fault("wrong-shape", "这里要有两笔以上", node, "只有一笔时直接写那一笔")
            return None
        return self.alike(parts, node, join)

    def several(self, node: Node | None) -> list[Sum]:
        """Read one amount or a list of them; empty where one could not be read."""
        nodes = list(node) if isinstance(node, Sequence) else [node] if node is not None else []
        read = [self.read(item) for item in nodes]
        return [] if None in read else [item for item in read if item is not None]

    def alike(self, parts: Iterable[Sum], node: Node, join: Join) -> Sum | None:
        """Join amounts that must be of one kind."""
        parts = list(parts)
        dimensions = {part.dimension for part in parts} - {None}
        if len(dimensions) > 1:
            kinds = "和".join(sorted(str(item) for item in dimensions))
            self.fault("wrong-unit", f"{kinds}不能放在一起", node, "每一项要是同一种量")
            return None
        dimension = next(iter(dimensions), None)
        return Sum(join(tuple(part.amount for part in parts)), dimension)

    def _cases(self, node: Node) -> Sum | None:
        if not isinstance(node, Sequence) or not node.items:
            self.fault("wrong-shape", "“情形”应是一列", node, "每行写 - {当: 条件, 则: 金额}")
            return None
        cases: list[Choice] = []
        sums: list[Sum] = []
        otherwise: Sum | None = None
        for item in node:
            if otherwise is not None:
                self.fault(
                    "unreachable", "前面已是“其余”,这一种情形走不到", item, "把“其余”放在最后"
                )
            if not isinstance(item, Mapping):
                self.fault("wrong-shape", "每种情形写成 {当: 条件, 则: 金额}", item)
                return None
            rest = item.get(REST)
            found = self.read(rest) if rest is not None else self._case(item, cases)
            if found is None:
                return None
            sums.append(found)
            otherwise = found if rest is not None else otherwise
        last = otherwise.amount if otherwise else None
        return self.alike(sums, node, lambda _: Cases(tuple(cases), last))

    def _case(self, item: Mapping, cases: list[Choice]) -> Sum | None:
        entry = Entry(item, self.problems, CASE_KEYS)
        guard, then, name = self.guarded(entry.get("当")), entry.get("则"), entry.text("名称")
        entry.done()
        found = self.read(then) if then is not None else None
        if guard is None or found is None:
            return None
        cases.append(Choice(name, guard, found.amount))
        return found

    # --- records and years -----------------------------------------------------------------------

    def _attribute(self, node: Node, kind: Kind) -> Attribute | None:
        word = node.text if isinstance(node, Scalar) else ""
        found = self.vocabulary.attribute(word)
        if found is not None and found.kind is kind:
            return found
        names = [item.label for item in self.vocabulary.attributes.values() if item.kind is kind]
        self.fault(
            "unknown-attribute",
            f"“{word}”不是{kind.value}指标",
            node,
            did_you_mean(word, names, f"可用:{'、'.join(names[:20])}"),
        )
        return None

    def _per_record(self, node: Node, entry: Entry) -> Sum | None:
        records = self._attribute(node, Kind.RECORDS)
        condition_node, each = entry.get(CONDITION), entry.get("每项")
        if records is None or each is None:
            return None
        words = self.vocabulary.inside_record(records.label)
        inner = AmountReader(ConditionReader(words, self.conditions.grammar, self.problems))
        condition = inner.guarded(condition_node)
        found = inner.read(each)
        if found is None or (condition_node is not None and condition is None):
            return None
        return Sum(PerRecord(records.label, condition, found.amount), found.dimension)

    def _by_year(self, node: Node, entry: Entry) -> Sum | None:
        since_node = entry.get("自")
        since = self._attribute(since_node, Kind.DATE) if since_node is not None else None
        words = self.vocabulary.words("计年口径")
        counted = entry.word("计年", words)
        back = int(bool(counted) and words[counted].id == "last_year")
        parts = self.several(node)
        if since is None or not parts:
            return None
        return self.alike(parts, node, lambda years: ByYear(since.label, years, back))

    # --- limits ----------------------------------------------------------------------------------

    def limited(self, found: Sum | None, entry: Entry, keys: Table) -> Sum | None:
        """Apply the base, factor and limits that stand beside a form; asks for each of ``keys``."""
        given = {key: entry.get(key) for key in keys}
        for key, node in given.items():
            if node is None or found is None:
                continue
            limits = self.several(node)
            if not limits:
                return None
            if key in (BASE, FACTOR):
                found = self._times(limits[0], found, node, first=key == BASE)
            else:
                found = self._limit(key, found, limits, node)
        return found

    def _times(self, by: Sum, found: Sum, node: Node, *, first: bool) -> Sum | None:
        parts = (by.amount, found.amount) if first else (found.amount, by.amount)
        if by.dimension is None or found.dimension is None:
            return Sum(product(*parts), None)
        dimension = product_dimension(by.dimension, found.dimension)
        if dimension is None:
            self.fault("wrong-unit", f"{by.dimension}乘以{found.dimension},算不出金额", node)
            return None
        return Sum(product(*parts), dimension)

    def _limit(self, key: str, found: Sum, limits: list[Sum], node: Node) -> Sum | None:
        for item in limits:
            if None not in (item.dimension, found.dimension) and item.dimension != found.dimension:
                said = f"“{key}”写的是{item.dimension},要限的是{found.dimension}"
                self.fault("wrong-unit", said, node, "两边要是同一种量")
                return None
        bounds = tuple(item.amount for item in limits)
        if key in _SPANS:
            return Sum(Remaining(found.amount, bounds, _SPANS[key]), found.dimension)
        if key == FLOOR:
            return Sum(Limited(found.amount, floors=bounds), found.dimension)
        floored = found.amount
        if isinstance(floored, Limited) and not floored.caps:
            # The two keys stand side by side and mean one limit.
            return Sum(replace(floored, caps=bounds), found.dimension)
        return Sum(Limited(floored, caps=bounds), found.dimension)

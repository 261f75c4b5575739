"""Amount -> text: the one canonical form of each meaning, which reads back as the same tree.

What a sentence can say is a sentence; the rest is a mapping of one form with its limits beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from matcher.documents.model import Benefit, Exclusive
from matcher.language.keys import BANDS, BASE, CAP, DEDUCT, FACTOR, FLOOR, REST
from matcher.language.printer import Printer, QuantityPrinter, Structure
from matcher.tree import Constant
from matcher.tree.amounts import (
    Added,
    Amount,
    ByYear,
    Cases,
    Ceiling,
    Decided,
    Elsewhere,
    Given,
    Greatest,
    Least,
    Less,
    Limited,
    Outstanding,
    PerRecord,
    Product,
    Remaining,
    Sliced,
    Steps,
    Tiered,
    product,
)
from matcher.vocabulary.model import Vocabulary


def print_benefit(benefit: Benefit, vocabulary: Vocabulary) -> dict[str, Any]:
    """Write what a measure pays as the keys of a rule file."""
    write, amount, over_time = AmountPrinter(vocabulary), benefit.amount, dict[str, Any]()
    while isinstance(amount, Remaining | Outstanding):
        if isinstance(amount, Remaining):
            over_time[f"{amount.span.value}上限"] = write.several(amount.caps)
        else:
            key, value = ("补差", amount.group) if amount.group else (DEDUCT, amount.span.value)
            over_time[key] = value
        amount = amount.amount
    written = {"金额": write(amount), **over_time}
    if benefit.shared is not None:
        limits = {"年度": benefit.shared.year, "累计": benefit.shared.ever}
        given = {key: write(limit) for key, limit in limits.items() if limit is not None}
        written["共用上限"] = {"组": benefit.shared.group, **given}
    if benefit.exclusive:
        written["互斥"] = [_exclusive(item, vocabulary) for item in benefit.exclusive]
    if benefit.instalments:
        percent = vocabulary.units.by_name["%"]
        shares = (vocabulary.units.show(share, percent) for share in benefit.instalments)
        written["分期"] = list(shares)
    return {**written, "待批次": benefit.batch} if benefit.batch else written


def _exclusive(item: Exclusive, vocabulary: Vocabulary) -> dict[str, str]:
    words = vocabulary.words("互斥范围").values()
    scope = next(word.label for word in words if word.id == "project") if item.per_project else ""
    return {"组": item.group, "规则": item.rule, **({"范围": scope} if scope else {})}


class AmountPrinter:
    """Writes amounts in the language of the rules."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.numbers, self.conditions = QuantityPrinter(vocabulary), Printer(vocabulary)

    def __call__(self, amount: Amount) -> Structure:
        """Write an amount."""
        if isinstance(amount, Ceiling):
            said = self.sentence(amount.amount)
            return f"最高 {said}" if said is not None else {"最高": self(amount.amount)}
        said = self.sentence(amount)
        return said if said is not None else self._mapping(amount)

    # --- sentences -------------------------------------------------------------------------------

    def sentence(self, amount: Amount) -> str | None:
        """Write an amount as a sentence; None where it takes a form."""
        if not isinstance(amount, Limited):
            return self._total(amount)
        parts = [self._total(amount.amount)]
        for word, limits in ((FLOOR, amount.floors), (CAP, amount.caps)):
            for limit in limits:
                said = self._total(limit)
                parts.append(None if said is None else f"{word} {said}")
        return None if None in parts else ", ".join(part for part in parts if part)

    def _total(self, amount: Amount) -> str | None:
        if isinstance(amount, Added):
            return self._joined(amount.parts, " + ", self._product)
        if isinstance(amount, Less):
            left, right = self._total(amount.left), self._product(amount.right)
            return None if left is None or right is None else f"{left} - {right}"
        return self._product(amount)

    def _product(self, amount: Amount) -> str | None:
        if isinstance(amount, Product):
            return self._joined(amount.parts, " × ", self._factor)
        return self._factor(amount)

    def _factor(self, amount: Amount) -> str | None:
        if isinstance(amount, Added | Less | Product):
            inner = self._total(amount)
            return None if inner is None else f"({inner})"
        if isinstance(amount, Steps):
            value, step = self._factor(amount.value), self._factor(amount.step)
            return None if value is None else f"{value} 每满 {step}"
        return self._atom(amount)

    def _atom(self, amount: Amount) -> str | None:
        if isinstance(amount, Decided):
            return f"待认定 {amount.name}".strip()
        if isinstance(amount, Elsewhere):
            return f"另行规定 {amount.reason}".strip()
        if not isinstance(amount, Given):
            return None
        if isinstance(amount.quantity, Constant):
            unit = self.vocabulary.units.find(amount.quantity.unit or amount.unit)
            assert unit is not None
            return self.vocabulary.units.show(amount.quantity.value, unit)
        return self.numbers.text(amount.quantity)

    @staticmethod
    def _joined(
        parts: tuple[Amount, ...], joint: str, write: Callable[[Amount], str | None]
    ) -> str | None:
        said = [write(part) for part in parts]
        return None if None in said else joint.join(part for part in said if part)

    # --- forms -----------------------------------------------------------------------------------

    def _mapping(self, amount: Amount) -> dict[str, Any]:
        if isinstance(amount, Limited):
            limits = {FLOOR: amount.floors, CAP: amount.caps}
            given = {key: self.several(some) for key, some in limits.items() if some}
            return {**self._form(amount.amount), **given}
        if isinstance(amount, Remaining):
            return {
                **self._form(amount.amount),
                f"{amount.span.value}上限": self.several(amount.caps),
            }
        if isinstance(amount, Product):
            return self._times(amount)
        return self._form(amount)

    def _times(self, amount: Product) -> dict[str, Any]:
        """Write a product around its last factor that takes a form."""
        forms = [n for n, part in enumerate(amount.parts) if self._product(part) is None]
        before, after = amount.parts[: forms[-1]], amount.parts[forms[-1] + 1 :]
        written = self._form(amount.parts[forms[-1]])
        for key, parts in ((BASE, before), (FACTOR, after)):
            if parts:
                written[key] = self(parts[0] if len(parts) == 1 else product(*parts))
        return written

    def _form(self, amount: Amount) -> dict[str, Any]:
        writers: dict[type[Amount], Callable[[Any], dict[str, Any]]] = {
            Tiered: self._tiered,
            Sliced: self._sliced,
            Cases: self._cases,
            PerRecord: self._per_record,
            Ceiling: lambda node: {"最高": self(node.amount)},
            Added: lambda node: {"和": self._each(node.parts)},
            Greatest: lambda node: {"取最大": self._each(node.parts)},
            Least: lambda node: {"取最小": self._each(node.parts)},
            ByYear: lambda node: {
                "逐年": self._each(node.years),
                "自": node.since,
                **({"计年": "上年度"} if node.back else {}),
            },
        }
        assert not isinstance(amount, Outstanding)  # a key of the measure, never of an amount
        writer = writers.get(type(amount))
        return writer(amount) if writer else {"金额": self(amount)}

    def _each(self, parts: tuple[Amount, ...]) -> list[Structure]:
        return [self(part) for part in parts]

    def several(self, parts: tuple[Amount, ...]) -> Structure:
        """Write one amount as itself and several as a list."""
        return self(parts[0]) if len(parts) == 1 else self._each(parts)

    def _tiered(self, node: Tiered) -> dict[str, Any]:
        rows: list[Any] = [
            [f"{band.order.value} {self._atom(band.bound)}", self(band.amount)]
            for band in node.bands
        ]
        if node.otherwise is not None:
            rows.append([REST, self(node.otherwise)])
        return {"阶梯": self._total(node.value), BANDS: rows}

    def _sliced(self, node: Sliced) -> dict[str, Any]:
        rows = [
            [self._atom(item.upto) if item.upto else REST, self(item.rate)] for item in node.slices
        ]
        return {"累进": self._total(node.value), BANDS: rows}

    def _cases(self, node: Cases) -> dict[str, Any]:
        rows: list[Any] = []
        for case in node.cases:
            name = {"名称": case.name} if case.name else {}
            rows.append({**name, "当": self.conditions(case.guard), "则": self(case.amount)})
        if node.otherwise is not None:
            rows.append({REST: self(node.otherwise)})
        return {"情形": rows}

    def _per_record(self, node: PerRecord) -> dict[str, Any]:
        inner = AmountPrinter(self.vocabulary.inside_record(node.records))
        condition = {"条件": inner.conditions(node.condition)} if node.condition else {}
        return {"逐项": node.records, **condition, "每项": inner(node.amount)}

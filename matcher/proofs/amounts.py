"""The bands and cases of an amount: which no company that meets the measure reaches, whom they leave out.

In: a measure that states an amount. Out: `Flaw`, with a company for whom the text gives no amount though
it meets the measure. Amounts of single records, and bands of a value that is itself calculated, are not
looked into.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import z3

from matcher.documents.model import Measure
from matcher.language.diagnostics import Place
from matcher.language.printer import QuantityPrinter
from matcher.proofs.solving import Prover
from matcher.proofs.tiers import GAP, UNREACHABLE
from matcher.proofs.witnesses import Wanted, Witness, Witnesses
from matcher.proofs.wording import said
from matcher.tree import Compare, Condition
from matcher.tree.amounts import Amount, Cases, Given, PerRecord, Tiered, children
from matcher.vocabulary.model import Vocabulary

Tiers = tuple[tuple[str, Condition], ...]


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing found of an amount."""

    code: str
    message: str
    hint: str
    place: Place | None
    witness: Witness | None = None


def amount_flaws(measure: Measure, vocabulary: Vocabulary, as_of: date) -> Iterator[Flaw]:
    """Look into every 阶梯, 情形 and 表 of a measure's amount."""
    if measure.benefit is None:
        return
    for node in _plain(measure.benefit.amount):
        tiers = _tiers(node, vocabulary)
        if tiers:
            yield from _Flaws(measure, node, tiers, vocabulary, as_of).found()


def _plain(node: Amount) -> Iterator[Amount]:
    """Walk an amount, except what is said of single records."""
    if not isinstance(node, PerRecord):
        yield node
        for child in children(node):
            yield from _plain(child)


def _tiers(node: Amount, vocabulary: Vocabulary) -> Tiers:
    """Give bands and cases as conditions, each with its name."""
    if isinstance(node, Cases):
        named = ((case.name or said(case.guard, vocabulary), case.guard) for case in node.cases)
        return tuple(named)
    if not isinstance(node, Tiered) or not isinstance(node.value, Given):
        return ()
    numbers, found = QuantityPrinter(vocabulary), []
    for band in node.bands:
        guard = Compare(node.value.quantity, band.order, band.bound.quantity)
        found.append((f"{band.order.value} {numbers.text(band.bound.quantity)}", guard))
    return tuple(found)


class _Flaws:
    def __init__(
        self,
        measure: Measure,
        node: Amount,
        tiers: Tiers,
        vocabulary: Vocabulary,
        as_of: date,
    ) -> None:
        self.measure, self.node, self.tiers, self.vocabulary = measure, node, tiers, vocabulary
        guards = [guard for _, guard in tiers]
        self.prover = Prover([measure.condition, *guards], vocabulary, as_of)
        self.met = self.prover.said(measure.condition).met
        self.guards = [self.prover.said(guard) for guard in guards]

    def found(self) -> Iterator[Flaw]:
        place = self.node.place or self.measure.place
        before: list[z3.BoolRef] = []
        for (name, _), guard in zip(self.tiers, self.guards, strict=True):
            if self.prover.never(self.met, guard.met, *before):
                message = f"金额的“{name}”走不到:符合这项措施的企业都不在这里"
                yield Flaw(UNREACHABLE, message, "删去这一档,或改正它的界限", place)
            before.append(z3.Not(guard.met))
        left_out = self._left_out()
        if left_out is not None:
            message = "有的企业符合这项措施,却不在任何一档:没有金额可给"
            hint = "补上“其余”或这一档;原文确没有写的,写“已核”并说明理由"
            yield Flaw(GAP, message, hint, place, left_out)

    def _left_out(self) -> Witness | None:
        """Find a company that meets the measure and none of the tiers."""
        assert isinstance(self.node, Cases | Tiered)
        if self.node.otherwise is not None:
            return None
        formulas = [self.met, *(guard.unmet for guard in self.guards)]
        if self.prover.never(*formulas):
            return None
        wanted = [Wanted.met(self.measure.condition, self.vocabulary)]
        wanted += [Wanted.unmet(guard, self.vocabulary) for _, guard in self.tiers]
        return Witnesses(self.prover).find(formulas, wanted)

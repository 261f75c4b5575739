"""What can be proven of the rules for every company at once: parts that decide nothing, measures twice.

In: a catalogue and a date. Out: `Found`, each with its place, a sentence and, where a company shows the
point, a witness. What the author of a measure has confirmed (已核) is left out; a confirmation that
answers nothing is itself reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

import z3

from matcher.catalogue import Catalogue
from matcher.documents.measures import bind_judgements
from matcher.documents.model import Confirmed, Document, Measure
from matcher.language.diagnostics import Diagnostic, Place
from matcher.language.keys import PROOFS
from matcher.logic import Verdict
from matcher.proofs.amounts import amount_flaws
from matcher.proofs.solving import Prover, steadily
from matcher.proofs.tiers import OVERLAP, grading_faults, score_faults
from matcher.proofs.witnesses import Wanted, Witness, Witnesses
from matcher.proofs.wording import said
from matcher.readers.formula_amounts import Said
from matcher.tree import AllOf, AnyOf, AtLeast, Condition, Not, When
from matcher.vocabulary.model import Vocabulary

STALE = "stale-confirmation"
_KINDS = PROOFS | {STALE: "已核失效", OVERLAP: "重叠"}
Formulas = tuple[z3.BoolRef, ...]


@dataclass(frozen=True, slots=True)
class Found(Diagnostic):
    """Something proven of one rule."""

    measure: str = ""
    other: str = ""
    witness: Witness | None = None
    verdict: Verdict | None = None

    @property
    def kind(self) -> str:
        """The Chinese name of the code."""
        return _KINDS[self.code]

    def answered_by(self, confirmed: Confirmed) -> bool:
        """Say whether a confirmation speaks of this."""
        return confirmed.finding == self.kind and confirmed.other in ("", self.other)


@dataclass(frozen=True, slots=True)
class Subject:
    """A condition to look into: of a measure, a standard, or one that others refer to."""

    name: str
    condition: Condition
    place: Place | None
    clause: str = ""
    measure: str = ""


@steadily()
def assure(catalogue: Catalogue, as_of: date) -> list[Found]:
    """Report what can be proven of all rules of a catalogue, in the order of the files."""
    found = [*_tiers(catalogue.vocabulary, as_of)]
    for subject in _shared(catalogue):
        found += Assurance(subject, catalogue.vocabulary, as_of).found()
    for document in catalogue.documents:
        found += _of_document(document, catalogue.vocabulary, as_of)
    return sorted(found, key=lambda one: one.place.order if one.place else ("", 0, 0))


def _shared(catalogue: Catalogue) -> Iterator[Subject]:
    for name, condition in catalogue.vocabulary.named.items():
        yield Subject(f"条件“{name}”", condition, condition.place)
    for standard in catalogue.standards:
        yield Subject(f"认定标准 {standard.id}", standard.condition, standard.place)
    for general in catalogue.general:
        yield Subject(f"通行条件“{general.name}”", general.exclusion, general.exclusion.place)


def _of_document(document: Document, vocabulary: Vocabulary, as_of: date) -> Iterator[Found]:
    clauses = {item.id: clause.said for clause in document.clauses for item in clause.measures}
    found: dict[str, list[Found]] = {measure.id: [] for measure in document.measures}
    for measure in document.measures:
        subject = Subject(
            f"措施 {measure.id}", measure.condition, measure.place, clauses[measure.id], measure.id
        )
        found[measure.id] += Assurance(subject, vocabulary, as_of).found()
        found[measure.id] += _of_amount(measure, vocabulary, as_of, clauses[measure.id])
    for one in _duplicates(document, vocabulary, as_of, clauses):
        found[one.measure].append(one)
    for measure in document.measures:
        yield from _unconfirmed(measure, found[measure.id], clauses[measure.id])


def _of_amount(
    measure: Measure, vocabulary: Vocabulary, as_of: date, clause: str
) -> Iterator[Found]:
    for flaw in amount_flaws(measure, vocabulary, as_of):
        verdict = flaw.witness.verdicts[0] if flaw.witness else None
        yield Found(
            flaw.code,
            flaw.message,
            flaw.place,
            flaw.hint,
            clause,
            measure=measure.id,
            witness=flaw.witness,
            verdict=verdict,
        )


def _unconfirmed(measure: Measure, found: list[Found], clause: str) -> Iterator[Found]:
    """Leave out what is confirmed, and report confirmations of what is not found."""
    for one in found:
        if not any(one.answered_by(confirmed) for confirmed in measure.confirmed):
            yield one
    for confirmed in measure.confirmed:
        if not any(one.answered_by(confirmed) for one in found):
            beside = f"(与 {confirmed.other})" if confirmed.other else ""
            yield Found(
                STALE,
                f"措施 {measure.id} 已没有“{confirmed.finding}”{beside}",
                confirmed.place,
                "删去这条“已核”",
                clause,
                measure=measure.id,
            )


# --- one condition -------------------------------------------------------------------------------


class Assurance:
    """Looks into one condition: which of its parts decide something, given all that stands beside them."""

    def __init__(self, subject: Subject, vocabulary: Vocabulary, as_of: date) -> None:
        self.subject, self.vocabulary = subject, vocabulary
        self.prover = Prover([subject.condition], vocabulary, as_of)

    def found(self) -> Iterator[Found]:
        """Report everything of the condition; where it can never be met, only that."""
        condition = self.subject.condition
        if self.prover.never(self._of(condition).met):
            parts = "、".join(self._core(condition))
            message = f"{self.subject.name} 永不成立,没有企业能同时符合:{parts}"
            yield self._report("always-false", message, self.subject.place, "改正其中一条")
        else:
            yield from self._walk(condition, ())

    def _of(self, condition: Condition) -> Said:
        return self.prover.said(condition)

    def _core(self, condition: Condition) -> list[str]:
        """Name a smallest set of parts that already contradict each other."""
        parts = list(condition.children) if isinstance(condition, AllOf) else [condition]
        for part in tuple(parts):
            rest = [other for other in parts if other is not part]
            if rest and self.prover.never(*(self._of(other).met for other in rest)):
                parts = rest
        return [said(part, self.vocabulary) for part in parts]

    def _report(
        self,
        code: str,
        message: str,
        place: Place | None,
        hint: str,
        witness: Witness | None = None,
    ) -> Found:
        subject = self.subject
        verdict = witness.verdicts[0] if witness else None
        return Found(
            code,
            message,
            place or subject.place,
            hint,
            subject.clause,
            measure=subject.measure,
            witness=witness,
            verdict=verdict,
        )

    def _own(self, node: Condition) -> bool:
        """Whether the author of this file wrote the node: the scope, say, is the document's."""
        here, there = self.subject.place, node.place
        return here is not None and there is not None and here.source.name == there.source.name

    def _walk(self, node: Condition, beside: Formulas) -> Iterator[Found]:
        """Look into the parts of a joint; ``beside`` is what holds wherever the node matters."""
        if isinstance(node, AllOf):
            yield from self._all_of(node, beside)
        elif isinstance(node, AnyOf):
            yield from self._any_of(node, beside)
        elif isinstance(node, When):
            yield from self._when(node, beside)
        elif isinstance(node, Not | AtLeast):
            for part in node.children:
                yield from self._part(part, beside)
        # A named condition is looked into once, where it is defined.

    def _part(self, part: Condition, beside: Formulas) -> Iterator[Found]:
        """A part that alone is always or never met, else what stands below it."""
        reading = self._of(part)
        if self._own(part) and self.prover.never(*beside, reading.met):
            message = f"这一条永不成立:{self._said(part)}"
            yield self._report("unreachable", message, part.place, "删去或改正这一条")
        elif self._own(part) and self.prover.never(*beside, z3.Not(reading.met)):
            message = f"这一条总是成立:{self._said(part)}"
            yield self._report("always-true", message, part.place, "删去这一条")
        else:
            yield from self._walk(part, beside)

    def _all_of(self, node: AllOf, beside: Formulas) -> Iterator[Found]:
        left = list(node.parts)
        for part in node.parts:
            others = [other for other in left if other is not part]
            context = (*beside, *(self._of(other).met for other in others))
            met = self._of(part).met
            if not self._own(part):
                continue
            if not self.prover.never(*context, z3.Not(met)):
                yield from self._walk(part, context)
                continue
            left.remove(part)
            if self.prover.never(z3.Not(met)):
                message = f"这一条总是成立:{self._said(part)}"
                yield self._report("always-true", message, part.place, "删去这一条,或改正它")
            else:
                message = f"其余条件已经包含这一条:{self._said(part)}"
                hint = "删去这一条;原文写了两遍的,写“已核”并说明理由"
                yield self._report("redundant", message, part.place, hint)

    def _any_of(self, node: AnyOf, beside: Formulas) -> Iterator[Found]:
        left = list(node.parts)
        for part in node.parts:
            others = [other for other in left if other is not part]
            context = (*beside, *(z3.Not(self._of(other).met) for other in others))
            met = self._of(part).met
            if not self._own(part):
                continue
            if self.prover.never(*beside, met):
                left.remove(part)
                message = f"任一中的这一支永不成立:{self._said(part)}"
                yield self._report("unreachable", message, part.place, "删去或改正这一支")
            elif self.prover.never(*context, met):
                left.remove(part)
                yield self._covered(part, others, beside)
            else:
                # A part that decides nothing only because another branch fails is how texts
                # write tiers (不足 2000 万元的增长 20%,以上的增长 10%): not worth a word.
                yield from self._walk(part, beside)

    def _covered(self, part: Condition, others: Sequence[Condition], beside: Formulas) -> Found:
        """A branch inside the others; shown by a company that meets one of them and not it."""
        wide = others[0] if len(others) == 1 else AnyOf(tuple(others))
        wanted = [
            Wanted.met(self.subject.condition, self.vocabulary),
            Wanted.unmet(part, self.vocabulary),
        ]
        formulas = [*beside, self._of(wide).met, self._of(part).unmet]
        formulas.append(self._of(self.subject.condition).met)
        return self._report(
            "redundant",
            f"符合这一支的,都已符合任一中的其他支:{self._said(part)}",
            part.place,
            "删去这一支,或改正较宽的一支;原文并列写出的,写“已核”并说明理由",
            Witnesses(self.prover).find(formulas, wanted),
        )

    def _when(self, node: When, beside: Formulas) -> Iterator[Found]:
        guard, then = self._of(node.guard), self._of(node.then)
        if not self._own(node):
            return
        if self.prover.never(*beside, guard.met):
            message = f"“当”的情形不会出现:{self._said(node.guard)}"
            yield self._report("unreachable", message, node.place, "删去这一条,或改正“当”")
        elif self.prover.never(*beside, guard.met, z3.Not(then.met)):
            message = f"在“当”的情形下,“则”总是成立:{self._said(node.then)}"
            yield self._report("redundant", message, node.place, "删去这一条,或改正“则”")
        elif self.prover.never(*beside, guard.met, then.met):
            message = f"在“当”的情形下,“则”永不成立:{self._said(node.then)}"
            yield self._report("unreachable", message, node.place, "改正“当”或“则”")
        else:
            yield from self._walk(node.guard, beside)
            yield from self._walk(node.then, (*beside, guard.met))

    def _said(self, node: Condition) -> str:
        return said(node, self.vocabulary)


# --- measures against each other -----------------------------------------------------------------


def _benefit(measure: Measure) -> tuple[object, ...]:
    """What a measure gives, in the words of its author."""
    return (
        measure.beneficiary,
        measure.kind,
        frozenset(measure.instruments),
        measure.benefit_basis,
        measure.target_title,
        measure.target_level,
    )


def _duplicates(
    document: Document, vocabulary: Vocabulary, as_of: date, clauses: dict[str, str]
) -> Iterator[Found]:
    """Pairs of measures that give the same to the same companies."""
    alike: dict[tuple[object, ...], list[Measure]] = {}
    for measure in document.measures:
        alike.setdefault(_benefit(measure), []).append(measure)
    for group in alike.values():
        if len(group) > 1:
            unbound = {item.id: bind_judgements(item.condition, "") for item in group}
            prover = Prover(unbound.values(), vocabulary, as_of)
            for first, second in combinations(group, 2):
                one, two = (prover.said(unbound[item.id]).met for item in (first, second))
                if prover.never(z3.Xor(one, two)):
                    yield Found(
                        "same-measure",
                        f"措施 {second.id}“{second.title}”与 {first.id}“{first.title}”给的相同,"
                        "条件也等同",
                        second.place,
                        "合并成一项;原文确是两项的,写“已核”并说明理由",
                        clauses[second.id],
                        measure=second.id,
                        other=first.id,
                    )


# --- terms ---------------------------------------------------------------------------------------


def _tiers(vocabulary: Vocabulary, as_of: date) -> Iterator[Found]:
    for label, term in vocabulary.terms.items():
        if term.score is not None:
            for fault in score_faults(term.score, vocabulary, as_of):
                yield Found(fault.code, f"派生指标“{label}”{fault.message}", None, fault.hint)
        if term.grading is not None:
            for fault in grading_faults(term.grading, vocabulary, as_of):
                yield Found(fault.code, f"派生指标“{label}”{fault.message}", None, fault.hint)

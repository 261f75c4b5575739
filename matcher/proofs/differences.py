"""Two versions of the rules: what came, went, was only reworded, or means something else now.

In: two catalogues and a date. Out: `Change`, one for each rule that is not the same; a change of meaning
comes with companies that only one of the two versions takes, each confirmed by evaluate under both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from enum import Enum

import z3

from matcher.catalogue import Catalogue
from matcher.documents.model import Measure
from matcher.documents.standards import Standard
from matcher.logic import Verdict
from matcher.proofs.solving import Prover, joined
from matcher.proofs.witnesses import Wanted, Witness, Witnesses
from matcher.readers.formula_amounts import Said
from matcher.readers.formulas import Formulas
from matcher.vocabulary.model import Vocabulary

Rule = Measure | Standard


# The keys of rule files by the fields they are read into.
_KEYS = {
    "title": "名称",
    "english": "英文",
    "beneficiary": "对象",
    "scope": "适用",
    "kind": "类型",
    "quote": "依据",
    "instruments": "支持方式",
    "benefit_basis": "兑付依据",
    "benefit": "金额",
    "lead_departments": "牵头单位",
    "other_departments": "配合单位",
    "target_title": "目标资质",
    "target_level": "目标级别",
    "for_all": "面向全体",
    "commitments": "承诺",
    "reading": "解读",
    "doubt": "存疑",
    "refines": "细化",
    "source": "来源",
    "first_day": "施行期间",
    "last_day": "施行期间",
    "document": "文件",
    "number": "文号",
    "article": "条号",
    "checked": "核对",
    "attribute": "称号",
    "level": "级别",
    "renew_by": "次年更新",
    "renew_years": "复核周期",
    "report_by": "每年填报",
}


class Kind(Enum):
    """How a rule differs between two versions."""

    ADDED = "新增"
    REMOVED = "删去"
    REWORDED = "条件不变"
    WIDER = "放宽"
    NARROWER = "收窄"
    DIFFERENT = "有宽有窄"
    OPEN = "不能判定"


@dataclass(frozen=True, slots=True)
class Change:
    """One rule that is not the same; ``gained`` meets only the new version, ``lost`` only the old."""

    kind: Kind
    rule: Rule
    words: tuple[str, ...] = ()
    gained: Witness | None = None
    lost: Witness | None = None


# What of a rule is not what it says: where it stands, and what its meaning is worked out from.
_NO_WORDS = frozenset({"place", "spans", "condition", "own", "exclusions", "confirmed"})


def changes(old: Catalogue, new: Catalogue, as_of: date) -> Iterator[Change]:
    """Compare every measure and standard, in the order of the new version, then what went."""
    before, after = _rules(old), _rules(new)
    comparing = _Comparing(old, new, as_of)
    for id_, rule in after.items():
        change = comparing(before[id_], rule) if id_ in before else Change(Kind.ADDED, rule)
        if change is not None:
            yield change
    for id_, rule in before.items():
        if id_ not in after:
            yield Change(Kind.REMOVED, rule)


def _rules(catalogue: Catalogue) -> dict[str, Rule]:
    rules: list[Rule] = [*catalogue.measures, *catalogue.standards]
    return {item.id: item for item in rules}


def _reworded(old: Rule, new: Rule) -> tuple[str, ...]:
    """List the fields that say something else."""
    names = [item.name for item in fields(new) if item.name not in _NO_WORDS]
    changed = [name for name in names if getattr(old, name) != getattr(new, name)]
    return tuple(dict.fromkeys(_KEYS.get(name, name) for name in changed))


class _Comparing:
    def __init__(self, old: Catalogue, new: Catalogue, as_of: date) -> None:
        self.old, self.new, self.as_of = old.vocabulary, new.vocabulary, as_of
        self.words = joined(self.old, self.new)
        self.same_words = self.old is self.new or self.old == self.new

    def __call__(self, old: Rule, new: Rule) -> Change | None:
        """Compare two versions of one rule; None where nothing changed."""
        words = _reworded(old, new)
        if self.same_words and old.condition == new.condition:
            return Change(Kind.REWORDED, new, words) if words else None
        prover = Prover([old.condition, new.condition], self.words, self.as_of)
        # A leaf may be equal and its term not, so each version has a reader of its own.
        before = Formulas(prover.facts, prover.formulas.free)(old.condition)
        after = prover.said(new.condition)
        none_gained = prover.never(after.met, z3.Not(before.met))
        none_lost = prover.never(before.met, z3.Not(after.met))
        if none_gained and none_lost:
            return Change(Kind.REWORDED, new, words) if words else None
        earlier, later = (old, self.old, before), (new, self.new, after)
        gained = None if none_gained else _between(prover, later, earlier)
        lost = None if none_lost else _between(prover, earlier, later)
        return Change(_kind(gained, lost, none_gained, none_lost), new, words, gained, lost)


_Version = tuple[Rule, Vocabulary, Said]


def _between(prover: Prover, taking: _Version, other: _Version) -> Witness | None:
    """Find a company that one version takes and the other refuses, or at least leaves open."""
    wanted = [
        Wanted.met(taking[0].condition, taking[1]),
        Wanted(other[0].condition, frozenset({Verdict.UNMET, Verdict.OPEN}), other[1]),
    ]
    witnesses, met = Witnesses(prover), taking[2].met
    refused = witnesses.find([met, other[2].unmet], wanted)
    return refused or witnesses.find([met, z3.Not(other[2].met)], wanted)


def _kind(gained: Witness | None, lost: Witness | None, none_gained: bool, none_lost: bool) -> Kind:
    """Say which way the meaning went: only what a proof or a company shows."""
    if gained and lost:
        return Kind.DIFFERENT
    if gained and none_lost:
        return Kind.WIDER
    return Kind.NARROWER if lost and none_gained else Kind.OPEN

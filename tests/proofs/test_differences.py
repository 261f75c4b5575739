"""What changed between two versions of the rules, and a company for every change of meaning."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

pytest.importorskip("z3")

from matcher.catalogue import Catalogue
from matcher.documents.model import Measure
from matcher.documents.standards import Standard
from matcher.logic import Verdict
from matcher.proofs.differences import _KEYS, _NO_WORDS, Change, Kind, changes
from matcher.proofs.witnesses import Witness
from matcher.readers.evaluate import evaluate
from matcher.tree import AllOf, Condition
from tests.proofs.reading import DAY, condition, with_measure

ONE = "hefei-2025/1.4"


def asking(catalogue: Catalogue, text: str) -> Catalogue:
    """Give a version in which a measure asks for something else beside scope and beneficiary."""
    parts = catalogue.by_id[ONE].condition.children[:2]
    return with_measure(catalogue, ONE, condition=AllOf((*parts, condition(text))))


def between(old: Catalogue, new: Catalogue) -> Change:
    (change,) = changes(old, new, DAY)
    return change


def holds(
    witness: Witness | None, taking: Condition, refusing: Condition, catalogue: Catalogue
) -> None:
    """A witness stands by itself: one version takes it, the other does not."""
    assert witness is not None
    for one, verdict in ((taking, Verdict.MET), (refusing, Verdict.UNMET)):
        assert evaluate(one, witness.profile, DAY, catalogue.vocabulary).verdict is verdict


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("从业人员 ≥ 10 人", "从业人员 ≥ 9 人", Kind.WIDER),
        ("从业人员 ≥ 10 人", "从业人员 > 10 人", Kind.NARROWER),
        ("从业人员 ≥ 10 人", "营业收入 ≥ 100 万元", Kind.DIFFERENT),
        ("行业 属于 C39", "行业 属于 制造业", Kind.WIDER),
        ("研发投入强度 ≥ 5%", "研发投入强度 ≥ 5.01%", Kind.NARROWER),
        ("成立年限 ≥ 3 年", "成立年限 ≥ 2 年", Kind.WIDER),
        ("资质 含 高新技术企业", "绿色工厂 级别 不低于 省级", Kind.DIFFERENT),
        ("科技型中小企业得分 ≥ 60 分", "科技型中小企业得分 ≥ 50 分", Kind.WIDER),
        ("企业规模 属于 (小型、微型)", "中小企业", Kind.WIDER),
        ("近 3 年 曾获 国家级科技奖励", "近 1 年 曾获 国家级科技奖励", Kind.NARROWER),
        ("2024 年 首次纳入 规上工业", "2025 年 首次纳入 规上工业", Kind.DIFFERENT),
        ("项目 中有一项 满足: {设备投资额 ≥ 500 万元}", "民营企业", Kind.DIFFERENT),
    ],
)
def test_a_change_of_meaning(old: str, new: str, kind: Kind, catalogue: Catalogue) -> None:
    before, after = asking(catalogue, old), asking(catalogue, new)

    change = between(before, after)

    assert change.kind is kind
    earlier, later = (one.by_id[ONE].condition for one in (before, after))
    if kind in (Kind.WIDER, Kind.DIFFERENT):
        holds(change.gained, later, earlier, catalogue)
    if kind in (Kind.NARROWER, Kind.DIFFERENT):
        holds(change.lost, earlier, later, catalogue)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("从业人员 ≥ 10 人", "非: {非: 从业人员 ≥ 10 人}"),
        ("民营企业", "- 民营企业\n- 民营企业"),
        ("资质 含任一 (高新技术企业、绿色工厂)", "任一: [资质 含 绿色工厂, 资质 含 高新技术企业]"),
        ("企业规模 属于 (中型、小型、微型)", "中小企业"),
    ],
)
def test_another_way_to_say_the_same_is_no_change(old: str, new: str, catalogue: Catalogue) -> None:
    assert list(changes(asking(catalogue, old), asking(catalogue, new), DAY)) == []


def test_words_that_changed_are_named(catalogue: Catalogue) -> None:
    change = between(
        catalogue, with_measure(catalogue, ONE, title="另一个名称", reading="另一读法")
    )

    assert (change.kind, change.words) == (Kind.REWORDED, ("名称", "解读"))


def test_rules_that_came_and_went(catalogue: Catalogue) -> None:
    first, *others = catalogue.documents
    fewer = replace(catalogue, documents=(first,))
    gone = {measure.id for document in others for measure in document.measures}

    removed = {change.rule.id for change in changes(catalogue, fewer, DAY)}
    added = list(changes(fewer, catalogue, DAY))

    assert removed == gone
    assert {change.rule.id for change in added} == gone
    assert {change.kind for change in added} == {Kind.ADDED}


def test_every_field_is_words_or_meaning() -> None:
    """A field that nobody named would show its English name to an officer."""
    names = {item.name for rule in (Measure, Standard) for item in fields(rule)}
    assert names - set(_KEYS) - _NO_WORDS == {"id", "clause"}

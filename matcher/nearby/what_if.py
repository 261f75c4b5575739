"""Some facts of a profile changed -> the measures gained and lost, with the conditions that turned.

Changes are written as in a company file: ``研发费用=500 万元``, ``资质=[高新技术企业]``, ``注册地=不清楚``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from matcher.documents.model import Measure
from matcher.finding import Delivery, Finding, Matcher
from matcher.language.diagnostics import Diagnostic
from matcher.language.profiles import (
    FILED,
    CompanyFile,
    attribute_named,
    read_company,
    read_company_node,
)
from matcher.language.source import Mapping, Scalar, fail
from matcher.logic import Truth, Verdict
from matcher.profile import FactKey, Profile
from matcher.readers.evaluate import Outcome
from matcher.tree import Leaf
from matcher.values import ValueFault
from matcher.vocabulary.model import Vocabulary

_SOURCE = "--set"


@dataclass(frozen=True, slots=True)
class Turned:
    """A condition that comes out otherwise."""

    leaf: Leaf
    before: Truth
    after: Truth


@dataclass(frozen=True, slots=True)
class Effect:
    """A measure whose verdict or delivery would be another one, and why."""

    measure: Measure
    before: tuple[Verdict, Delivery | None]
    after: tuple[Verdict, Delivery | None]
    turned: tuple[Turned, ...]


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What a change of facts would bring and cost; ``changed`` are the facts that would differ."""

    as_of: date
    changed: tuple[FactKey, ...]
    gained: tuple[Effect, ...]
    lost: tuple[Effect, ...]
    otherwise: tuple[Effect, ...]


def what_if(matcher: Matcher, before: Profile, after: Profile, as_of: date) -> WhatIf:
    """Match a profile as it is and as it would be, and list what differs.

    Gained and lost are measures that are met in one of the two only; every other change of a verdict or
    of the delivery stands in ``otherwise``.
    """
    keys = dict.fromkeys((*before.facts, *after.facts))
    changed = tuple(key for key in keys if before.value(key) != after.value(key))
    now, then = (matcher.match(one, as_of).findings for one in (before, after))
    effects = [
        Effect(one.measure, _said(one), _said(two), tuple(_turned(one.outcome, two.outcome)))
        for one, two in zip(now, then, strict=True)
        if _said(one) != _said(two)
    ]
    met = Verdict.MET
    return WhatIf(
        as_of,
        changed,
        tuple(one for one in effects if one.after[0] is met and one.before[0] is not met),
        tuple(one for one in effects if one.before[0] is met and one.after[0] is not met),
        tuple(one for one in effects if (one.before[0] is met) is (one.after[0] is met)),
    )


def _said(finding: Finding) -> tuple[Verdict, Delivery | None]:
    return finding.verdict, finding.delivery


def _turned(before: Outcome, after: Outcome) -> Iterator[Turned]:
    """Walk the leaves that come out otherwise; both outcomes are of one condition."""
    pairs = zip(before.leaves(), after.leaves(), strict=True)
    seen: set[Leaf] = set()
    for one, two in pairs:
        assert isinstance(one.node, Leaf)
        if one.truth is not two.truth and one.node not in seen:
            seen.add(one.node)
            yield Turned(one.node, one.truth, two.truth)


def changed_profile(
    profile: Profile, settings: Sequence[str], vocabulary: Vocabulary, as_of: date
) -> tuple[Profile, tuple[Diagnostic, ...]]:
    """Give a profile with ``指标=值`` settings made, all of them declared, and notes on them.

    Raises `ValueFault` on a setting without 「=」, and what `read_company` raises on a wrong value.
    """
    lines = [f"{FILED}: {(profile.filed or as_of).isoformat()}"]
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not (name.strip() and equals and value.strip()):
            hint = "写成 研发费用=500 万元"
            raise ValueFault("wrong-shape", f"{_SOURCE}:“{setting}”不是“指标=值”", hint)
        lines.append(f"{name.strip()}: {value.strip()}")
    read = read_company("\n".join(lines), _SOURCE, vocabulary, as_of)
    named = [line.partition(":")[0] for line in lines]
    return _changed(profile, read, named, vocabulary, as_of), read.warnings


def changed_by_node(
    profile: Profile, changes: Mapping, vocabulary: Vocabulary, as_of: date
) -> tuple[Profile, tuple[Diagnostic, ...]]:
    """Give a profile with some facts as a company file writes them, all of them declared, and notes on them.

    Raises what `read_company_node` raises; the changed facts are of the profile's own 填报日期.
    """
    for key, _ in changes.pairs:
        if key.text in (FILED, "filed_on"):
            raise fail("duplicate-key", "填报日期是画像的,不能假设", key.place, "换一天看用基准日")
    day = Scalar((profile.filed or as_of).isoformat(), changes.place)
    dated = Mapping(((Scalar(FILED, changes.place), day), *changes.pairs), changes.place)
    read = read_company_node(dated, vocabulary, as_of)
    named = [key.text for key, _ in changes.pairs]
    return _changed(profile, read, named, vocabulary, as_of), read.warnings


def _changed(
    profile: Profile,
    read: CompanyFile,
    names: Sequence[str],
    vocabulary: Vocabulary,
    as_of: date,
) -> Profile:
    """Put what was read over a profile; what goes unsaid beside it changes nothing."""
    filed = (profile.filed or as_of).isoformat()
    presumed = read_company(f"{FILED}: {filed}", _SOURCE, vocabulary, as_of).profile.facts
    named = {found.label for name in names if (found := attribute_named(name, vocabulary))}
    made = {
        key: fact
        for key, fact in read.profile.facts.items()
        if key not in presumed or key.attribute in named
    }
    kept = {key: fact for key, fact in profile.facts.items() if key not in read.profile.unsure}
    return replace(profile, facts={**kept, **made})

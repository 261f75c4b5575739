"""Changes in sentences of either language, with distances in the unit of the figure.

Each sentence stands once for both languages side by side and is filled with the same numbers, dates and
names. Names without an English label stay Chinese.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from matcher import tree
from matcher.nearby.changes import Change, Changes
from matcher.profile import Activity, FactKey, Profile, Stage, Tenure
from matcher.readers.prose import EN, Prose, Wording
from matcher.tree import Leaf, State
from matcher.vocabulary.model import JUDGEMENT, Kind

SENTENCES = {
    "confirm": (
        "先确认:{condition}({names}未填)",
        "Confirm first: {condition} (not given: {names})",
    ),
    "wait": (
        "{condition}:{on} 达到(只须等待)",
        "{condition}: reached on {on}, by waiting alone",
    ),
    "stage": ("{name}达到“{stage}”", "{name}: reach {stage}"),
    "records": ("{name}增加到符合:{leaf}", "{name}: add until this is met: {leaf}"),
    "otherwise": ("{name}由“{now}”变为“{then}”", "{name}: from {now} to {then}"),
    "must": ("{name}须为 {must}(现在{now})", "{name}: must be {must} (now {now})"),
    "short": (
        "{name}还差 {gap}(现在 {now},须达到 {must})",
        "{name}: {gap} short (now {now}, must reach {must})",
    ),
    "over": (
        "{name}超出 {gap}(现在 {now},须降到 {must})",
        "{name}: {gap} too much (now {now}, must fall to {must})",
    ),
    "plan": ("计划开展“{name}”", "plan: {name}"),
    "begin": ("开展“{name}”", "begin: {name}"),
    "complete": ("完成“{name}”", "complete: {name}"),
    "stop": ("停止“{name}”", "stop: {name}"),
    "leave": ("移出{list}“{name}”", "come off {list}: {name}"),
    "enter": ("纳入{level}“{name}”", "be registered as: {name}{level}"),
    "obtain": ("取得{level}“{name}”", "obtain: {name}{level}"),
    "again": ("重新取得{level}“{name}”", "obtain again: {name}{level}"),
    "level": ("{level}", " ({level})"),
    "decided": (
        "未满足“{leaf}”,由部门决定,不能靠企业自己改变",
        "Not met: {leaf}. A department decides this; a company cannot change it by itself",
    ),
    "fixed": (
        "{name}不符,不能靠努力改变:{leaf}",
        "{name} does not fit, and no effort changes that: {leaf}",
    ),
}
"""What is said, in Chinese and in English; both name the same values."""
_STEPS = {State.PLANNED: "plan", State.DOING: "begin", State.DONE: "complete"}


def _say(id_: str, wording: Wording, **values: object) -> str:
    return SENTENCES[id_][wording.language == EN].format(**values)


def say_confirming(changes: Changes, wording: Wording) -> Iterator[str]:
    """Say what may be so already: each condition once, with the facts that nobody has given."""
    asked: dict[tuple[Leaf, bool], list[FactKey]] = {}
    for change in changes:
        if change.key.attribute == JUDGEMENT:
            yield wording.missing(change.key)
        else:
            asked.setdefault((change.leaf, change.wanted), []).append(change.key)
    for (leaf, wanted), keys in asked.items():
        names = (", " if wording.language == EN else "、").join(
            map(wording.fact, dict.fromkeys(keys))
        )
        yield _say("confirm", wording, condition=_condition(leaf, wanted, wording), names=names)


def _condition(leaf: Leaf, wanted: bool, wording: Wording) -> str:
    return Prose(wording.vocabulary, wording.language)(leaf if wanted else tree.Not(leaf))


def say_change(change: Change, profile: Profile, wording: Wording) -> str:
    """Say one change that has to come about: how far, until when, what to obtain or to begin."""
    name, now, then = wording.fact(change.key), profile.value(change.key), change.value
    if change.on is not None:
        condition = _condition(change.leaf, change.wanted, wording)
        return _say("wait", wording, condition=condition, on=change.on)
    if isinstance(then, Tenure):
        return _obtain(change, then, profile, wording)
    if isinstance(then, Activity):
        member = wording.member(change.key.attribute, change.key.member or "")
        return _say(_STEPS.get(then.state, "stop"), wording, name=member)
    if isinstance(then, Stage):
        return _say("stage", wording, name=name, stage=then.current)
    kind = wording.vocabulary.attributes[change.key.attribute].kind
    if kind is Kind.NUMBER and isinstance(then, int | Fraction):
        return _figure(change, name, profile, wording)
    if kind is Kind.RECORDS and isinstance(change.leaf, tree.Records):
        return _say("records", wording, name=name, leaf=wording.leaf(change.leaf))
    before, after = wording.value(change.key, now), wording.value(change.key, then)
    return _say("otherwise", wording, name=name, now=before, then=after)


def _figure(change: Change, name: str, profile: Profile, wording: Wording) -> str:
    now, then = profile.value(change.key), change.value
    said = {"name": name, "now": wording.value(change.key, now)}
    must = wording.value(change.key, then)
    if not isinstance(now, int | Fraction) or not isinstance(then, int | Fraction):
        return _say("must", wording, must=must, **said)
    gap = wording.value(change.key, abs(Fraction(then) - Fraction(now)))
    return _say("short" if then > now else "over", wording, gap=gap, must=must, **said)


def _obtain(change: Change, then: Tenure, profile: Profile, wording: Wording) -> str:
    name = wording.member(change.key.attribute, change.key.member or "")
    if not change.wanted:
        listed = wording.attribute(change.key.attribute)
        return _say("leave", wording, list=listed, name=name)
    now, level = profile.value(change.key), then.spells[-1].level
    how = "enter"
    if wording.vocabulary.attributes[change.key.attribute].kind is Kind.TITLES:
        how = "again" if isinstance(now, Tenure) and now.spells else "obtain"
    graded = _say("level", wording, level=wording.level(level)) if level else ""
    return _say(how, wording, name=name, level=graded)


def say_fixed(leaf: Leaf, profile: Profile, wording: Wording) -> str:
    """Say a condition that stands against the company and that no effort changes."""
    attribute = getattr(leaf, "attribute", "")
    if isinstance(leaf, tree.Judged | tree.Listed):
        return _say("decided", wording, leaf=wording.leaf(leaf))
    subject = wording.attribute(attribute) if attribute else wording.leaf(leaf)
    return _say("fixed", wording, name=subject, leaf=wording.leaf(leaf))

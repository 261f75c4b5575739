"""Changes and effects in Chinese sentences, with distances in the unit of the figure."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from matcher import tree
from matcher.nearby.changes import Change, Changes
from matcher.profile import Activity, FactKey, Profile, Stage, Tenure
from matcher.readers.prose import Prose, Wording
from matcher.tree import Leaf, State
from matcher.vocabulary.model import JUDGEMENT, Kind

_STEPS = {State.PLANNED: "计划开展", State.DOING: "开展", State.DONE: "完成"}


def say_confirming(changes: Changes, wording: Wording) -> Iterator[str]:
    """Say what may be so already: each condition once, with the facts that nobody has given."""
    asked: dict[tuple[Leaf, bool], list[FactKey]] = {}
    for change in changes:
        if change.key.attribute == JUDGEMENT:
            yield wording.missing(change.key)
        else:
            asked.setdefault((change.leaf, change.wanted), []).append(change.key)
    for (leaf, wanted), keys in asked.items():
        names = "、".join(wording.fact(key) for key in dict.fromkeys(keys))
        yield f"先确认:{_condition(leaf, wanted, wording)}({names}未填)"


def _condition(leaf: Leaf, wanted: bool, wording: Wording) -> str:
    return Prose(wording.vocabulary)(leaf if wanted else tree.Not(leaf))


def say_change(change: Change, profile: Profile, wording: Wording) -> str:
    """Say one change that has to come about: how far, until when, what to obtain or to begin."""
    name, now = wording.fact(change.key), profile.value(change.key)
    if change.on is not None:
        return f"{_condition(change.leaf, change.wanted, wording)}:{change.on} 达到(只须等待)"
    if isinstance(change.value, Tenure):
        return _obtain(change, profile, wording)
    if isinstance(change.value, Activity):
        return f"{_STEPS.get(change.value.state, '停止')}“{change.key.member}”"
    if isinstance(change.value, Stage):
        return f"{name}达到“{change.value.current}”"
    kind = wording.vocabulary.attributes[change.key.attribute].kind
    if kind is Kind.NUMBER and isinstance(change.value, int | Fraction):
        return _figure(change, name, profile, wording)
    if kind is Kind.RECORDS and isinstance(change.leaf, tree.Records):
        return f"{name}增加到符合:{wording.leaf(change.leaf)}"
    said = wording.value(change.key, now), wording.value(change.key, change.value)
    return f"{name}由“{said[0]}”变为“{said[1]}”"


def _figure(change: Change, name: str, profile: Profile, wording: Wording) -> str:
    now, then = profile.value(change.key), change.value
    must = wording.value(change.key, then)
    if not isinstance(now, int | Fraction) or not isinstance(then, int | Fraction):
        return f"{name}须为 {must}(现在{wording.value(change.key, now)})"
    gap = wording.value(change.key, abs(Fraction(then) - Fraction(now)))
    said = "还差" if then > now else "超出"
    how = "须达到" if then > now else "须降到"
    return f"{name}{said} {gap}(现在 {wording.value(change.key, now)},{how} {must})"


def _obtain(change: Change, profile: Profile, wording: Wording) -> str:
    label = f"“{wording.member(change.key.attribute, change.key.member or '')}”"
    assert isinstance(change.value, Tenure)
    titled = wording.vocabulary.attributes[change.key.attribute].kind is Kind.TITLES
    if not change.wanted:
        return f"移出{change.key.attribute}{label}"
    now = profile.value(change.key)
    again = isinstance(now, Tenure) and bool(now.spells)
    level = change.value.spells[-1].level or ""
    return f"{('重新' if again else '') + '取得' if titled else '纳入'}{level}{label}"


def say_fixed(leaf: Leaf, profile: Profile, wording: Wording) -> str:
    """Say a condition that stands against the company and that no effort changes."""
    attribute = getattr(leaf, "attribute", "")
    if isinstance(leaf, tree.Judged | tree.Listed):
        return f"未满足“{wording.leaf(leaf)}”,由部门决定,不能靠企业自己改变"
    subject = wording.attribute(attribute) if attribute else wording.leaf(leaf)
    return f"{subject}不符,不能靠努力改变:{wording.leaf(leaf)}"

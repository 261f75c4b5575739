"""What `mianshen near` and `mianshen what-if` print."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import click

from matcher.catalogue import Catalogue
from matcher.finding import Delivery
from matcher.language.profiles import NAME
from matcher.logic import Verdict
from matcher.nearby.nearness import Nearness, Way
from matcher.nearby.what_if import Effect, WhatIf
from matcher.nearby.wording import say_change, say_confirming, say_fixed
from matcher.profile import Profile
from matcher.readers.prose import Wording, truth_mark
from matcher.terminal import FOOTER


def print_near(
    found: Sequence[Nearness],
    profile: Profile,
    catalogue: Catalogue,
    day: date,
    *,
    one: bool = False,
) -> None:
    """Print the ways to each measure, the nearest measures first; for a single one, all there is."""
    wording = Wording(catalogue.vocabulary)
    within = sorted((item for item in found if item.ways), key=lambda i: len(i.ways[0].changes))
    apart = [item for item in found if not item.ways]
    click.echo(
        f"{profile.text(NAME) or '(未填名称)'}  按 {day} 的规则和数据(规则版本 {catalogue.version})"
    )
    click.echo(
        f"没有符合的 {len(found)} 项:能够达到 {len(within)} 项,不能靠努力改变 {len(apart)} 项"
    )
    for item in within:
        _print_ways(item, profile, wording, one=one)
    if one:
        for item in apart:
            _print_fixed(item, profile, wording)
    elif apart:
        click.echo("\n不能靠努力改变的,逐项原因:mianshen near 文件 --measure 编号")
    click.echo("\n每一组都按其他情况不变计算。" + FOOTER)


def _head(item: Nearness, wording: Wording) -> str:
    verdict = wording.word_by_id("结论", item.finding.verdict.value)
    return f"\n{item.measure.id}  {item.measure.title}({verdict})"


def _print_ways(item: Nearness, profile: Profile, wording: Wording, *, one: bool) -> None:
    click.echo(click.style(_head(item, wording), bold=True))
    shown = item.ways if one else item.ways[:1]
    for number, way in enumerate(shown, start=1):
        lines = list(_lines(way, profile, wording))
        click.echo(f"  {number}. {';'.join(lines)}" if one else f"  {';'.join(lines)}")
    if len(shown) < len(item.ways):
        click.echo(f"  另有 {len(item.ways) - len(shown)} 种办法")


def _lines(way: Way, profile: Profile, wording: Wording) -> Iterator[str]:
    for change in way.change:
        yield say_change(change, profile, wording)
    yield from say_confirming(way.confirm, wording)


def _print_fixed(item: Nearness, profile: Profile, wording: Wording) -> None:
    click.echo(click.style(_head(item, wording), bold=True))
    for leaf in item.fixed:
        click.echo(f"  {say_fixed(leaf, profile, wording)}")
    if not item.fixed:
        click.echo("  没有找到能够达到的办法")


def print_what_if(found: WhatIf, before: Profile, after: Profile, catalogue: Catalogue) -> None:
    """Print which facts are taken to change, then what is gained, lost and otherwise."""
    wording = Wording(catalogue.vocabulary)
    for key in found.changed:
        was, would = wording.value(key, before.value(key)), wording.value(key, after.value(key))
        click.echo(f"假设 {wording.fact(key)}:{was} → {would}")
    for title, effects in (
        ("多出", found.gained),
        ("失去", found.lost),
        ("结论或兑现方式变化", found.otherwise),
    ):
        if effects:
            click.echo("\n" + click.style(f"{title} {len(effects)} 项", bold=True))
        for effect in effects:
            _print_effect(effect, wording)
    if not (found.gained or found.lost or found.otherwise):
        click.echo("\n没有一项措施因此变化")
    click.echo(f"\n{FOOTER}")


def _print_effect(effect: Effect, wording: Wording) -> None:
    sides = " → ".join(_side(side, wording) for side in (effect.before, effect.after))
    click.echo(f"{effect.measure.id}  {effect.measure.title}:{sides}")
    for turned in effect.turned:
        marks = f"{truth_mark(turned.before)} → {truth_mark(turned.after)}"
        click.echo(f"    {marks}  {wording.leaf(turned.leaf)}")


def _side(side: tuple[Verdict, Delivery | None], wording: Wording) -> str:
    verdict, delivery = side
    said = wording.word_by_id("结论", verdict.value)
    return f"{said}·{delivery.value}" if delivery else said

"""What the commands print: rich tables on a terminal, plain lines when piped."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import click
import yaml
from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from matcher.catalogue import Catalogue
from matcher.documents.model import BY_RULES, DIRECTIONAL, Measure, coverage
from matcher.finding import Finding, Matching
from matcher.language.amount_printer import print_benefit
from matcher.language.diagnostics import Diagnostic
from matcher.language.profiles import NAME
from matcher.logic import Verdict
from matcher.path import GrowthPath, Rung, Standing
from matcher.profile import Profile
from matcher.readers.evaluate import Outcome
from matcher.readers.prose import EN, ZH, Prose, Wording, joint_text, own_values, truth_mark
from matcher.tree import Leaf

if TYPE_CHECKING:
    from matcher.bench import Report

FOOTER = "本结果是按公开条文的比对,不是审批决定。查询和申报均不收费,无需中介。"
_STYLES = {Verdict.MET: "green", Verdict.OPEN: "yellow", Verdict.UNMET: "dim"}


def _table(title: str, columns: Iterable[str], rows: Iterable[tuple[str, ...]]) -> None:
    """Print a table; tab-separated lines without a title where the output is no terminal."""
    if not sys.stdout.isatty():
        for row in rows:
            click.echo("\t".join(row))
        return
    table = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)


def print_measures(catalogue: Catalogue) -> None:
    """List all measures."""
    rows = (
        (item.id, item.title, item.beneficiary, item.kind, item.benefit_basis)
        for item in catalogue.measures
    )
    _table(
        f"{len(catalogue.measures)} 项支持措施", ("编号", "名称", "对象", "类型", "兑付依据"), rows
    )


def print_coverage(catalogue: Catalogue) -> None:
    """Say how much of each text is accounted for, and list what is not."""
    for document in catalogue.documents:
        counted = coverage(document)
        missing = counted.characters - counted.covered
        click.echo(
            f"{document.id}  全文 {counted.characters} 字:措施依据 {counted.measures},"
            f"非措施 {counted.passages},未交代 {missing}"
        )
        for span in counted.uncovered:
            click.echo(f"  未交代 {span.start}-{span.end}:{document.text[span.start : span.end]}")


def print_vocabulary(catalogue: Catalogue) -> None:
    """List all attributes."""
    rows = (
        (
            item.label,
            item.id,
            item.kind.value,
            item.unit.name if item.unit else "",
            item.custodian,
            "可核验" if item.attestable else "",
        )
        for item in catalogue.vocabulary.attributes.values()
    )
    _table("指标", ("名称", "编号", "类型", "单位", "主管部门", "核验"), rows)


def print_bench(report: Report) -> None:
    """Print the figures of a benchmark, then the other engines as ratios."""
    click.echo(
        f"Python {report.python},规则版本 {report.rules_version},"
        f"{report.measures} 项措施,{report.profiles} 家示例企业"
    )
    rows = [
        (item.name, f"{item.median:.3f}", f"{item.p95:.3f}", str(item.runs), item.target)
        for item in report.figures
    ]
    _table("", ("项目", "中位 ms", "95% ms", "次数", "目标"), rows)
    others = [
        (
            item.figure.name,
            f"{item.figure.median:.3f}",
            f"{item.figure.p95:.3f}",
            f"{item.measures} / {report.measures}",
            f"{item.ratio:.1f} 倍",
        )
        for item in report.beside
    ]
    if others:
        _table("", ("其他引擎", "中位 ms", "95% ms", "能说的措施", "是本引擎的"), others)
    for reason in report.left_out:
        click.echo(f"未比较 {reason}")


def print_warnings(warnings: Iterable[Diagnostic]) -> None:
    """Print notes on stderr, so that piped results stay clean."""
    for warning in warnings:
        click.echo(f"提醒 {warning.render()}\n", err=True)


def delivery_text(finding: Finding) -> str:
    """Say the delivery with what design's table adds to it."""
    if finding.achieved:
        return "引导(已达成)"
    if finding.delivery is None:
        directional = finding.measure.benefit_basis == DIRECTIONAL
        return "方向性表述,待细则" if directional else ""
    said = finding.delivery.value
    if said == "免申即享" and finding.measure.benefit_basis == BY_RULES:
        return f"{said}(金额待细则)"
    if finding.automatic_if_checked:
        return f"{said}(经部门数据核实后可免申即享)"
    return said


def verdict_text(finding: Finding, wording: Wording) -> str:
    """Say a verdict; a finding that only waits for a department says so."""
    if finding.verdict is Verdict.OPEN and len(finding.awaiting) == len(finding.missing) > 0:
        return f"条件已具备,待{'、'.join(finding.awaiting)}认定"
    return wording.word_by_id("结论", finding.verdict.value)


def print_matching(
    matching: Matching, profile: Profile, catalogue: Catalogue, *, show_all: bool = False
) -> None:
    """Print a match in three groups, 符合 first."""
    wording = Wording(catalogue.vocabulary)
    name = profile.text(NAME) or "(未填名称)"
    click.echo(f"{name}  按 {matching.as_of} 的规则和数据(规则版本 {catalogue.version})")
    counts = {v: sum(item.verdict is v for item in matching.findings) for v in Verdict}
    said = " · ".join(
        f"{wording.word_by_id('结论', verdict.value)} {counts[verdict]}"
        for verdict in (Verdict.MET, Verdict.OPEN, Verdict.UNMET)
    )
    general = matching.findings[0].general.value if matching.findings else "unknown"
    click.echo(
        f"{said},共 {len(matching.findings)} 项;通行条件:{wording.word_by_id('通行结论', general)}"
    )
    for document in matching.not_in_force:
        click.echo(f"不在施行期:{document.title}({document.id})")
    for verdict in (Verdict.MET, Verdict.OPEN, Verdict.UNMET):
        if verdict is Verdict.UNMET and not show_all:
            continue
        group = [item for item in matching.findings if item.verdict is verdict]
        if group:
            _print_group(verdict, group, wording)
    if not show_all and counts[Verdict.UNMET]:
        click.echo(
            f"\n其余 {counts[Verdict.UNMET]} 项不符合,加 --all 逐项看;"
            "单项原因:mianshen explain 编号 文件"
        )
    click.echo(f"\n{FOOTER}")


def _print_group(verdict: Verdict, group: list[Finding], wording: Wording) -> None:
    title = f"{wording.word_by_id('结论', verdict.value)} {len(group)} 项"
    click.echo("\n" + click.style(title, bold=True))
    rows = [
        (
            truth_mark(verdict.truth),
            item.measure.id,
            item.measure.title,
            delivery_text(item) if verdict is not Verdict.UNMET else "",
            _why(item, wording),
        )
        for item in group
    ]
    _table("", ("", "编号", "措施", "兑现", "还缺 / 原因"), rows)


def _why(finding: Finding, wording: Wording) -> str:
    if finding.verdict is Verdict.OPEN:
        return ";".join(wording.missing(key) for key in finding.missing[:4]) + (
            f" 等 {len(finding.missing)} 项" if len(finding.missing) > 4 else ""
        )
    if finding.whatever:
        return wording.whatever(finding.whatever, finding.verdict)
    if finding.verdict is Verdict.UNMET:
        return ";".join(failing(finding.outcome, wording)[:2])
    if finding.to_prove:
        return "需佐证:" + "、".join(wording.fact(key) for key in finding.to_prove[:4])
    return ""


def failing(outcome: Outcome, wording: Wording) -> list[str]:
    """Say the leaves that decide against."""
    prose = Prose(wording.vocabulary, wording.language)
    no = "不满足:" if wording.language == ZH else "not met: "
    parts = outcome.parts or (outcome,)
    return [no + prose(part.node) for part in parts if part.truth is False]


def explain_measure(measure: Measure, catalogue: Catalogue, language: str) -> None:
    """Print one measure: its quote, what it gives, whom it is for, how it was read."""
    prose = Prose(catalogue.vocabulary, language)
    document = catalogue.document(measure.document)
    assert document is not None
    zh = language == ZH
    click.echo(click.style(f"{measure.id}  {measure.title}", bold=True))
    click.echo(f"{document.title} {document.number} 条款{measure.clause}")
    click.echo(f"{'依据' if zh else 'Source'}:「{measure.quote}」")
    click.echo(
        f"{'对象' if zh else 'For'}:{measure.beneficiary}  "
        f"{'兑付依据' if zh else 'Basis of benefit'}:{measure.benefit_basis}  "
        f"{'支持方式' if zh else 'Instruments'}:{'、'.join(measure.instruments) or '—'}"
    )
    click.echo(f"{'条件' if zh else 'Conditions'}:{prose(measure.condition)}")
    if measure.benefit is not None:
        click.echo(_written(print_benefit(measure.benefit, catalogue.vocabulary)))
    if measure.for_all:
        click.echo(f"面向全体:{measure.for_all}")
    if measure.reading:
        click.echo(f"{'解读' if zh else 'Reading'}:{measure.reading}")
    if measure.doubt:
        click.echo(f"存疑:{measure.doubt.taken} {measure.doubt.reason}")
    if measure.departments:
        click.echo(f"{'单位' if zh else 'Departments'}:{'、'.join(measure.departments)}")


def _written(benefit: dict[str, Any]) -> str:
    """Write what a measure pays as its rule file does."""
    text: str = yaml.safe_dump(benefit, allow_unicode=True, sort_keys=False, width=100)
    return text.rstrip()


def explain_finding(
    matching: Matching, profile: Profile, catalogue: Catalogue, language: str
) -> None:
    """Print why one measure came out as it did, leaf by leaf."""
    wording = Wording(catalogue.vocabulary, language)
    if not matching.findings:
        click.echo(f"按 {matching.as_of},这份文件不在施行期")
        return
    finding = matching.findings[0]
    delivery = delivery_text(finding)
    label = f"{verdict_text(finding, wording)}{' · ' + delivery if delivery else ''}"
    tree = Tree(Text(label, style=_STYLES[finding.verdict]))
    for part in finding.outcome.parts or (finding.outcome,):
        _grow(tree, part, profile, wording)
    Console(width=None if sys.stdout.isatty() else 200, highlight=False).print(tree)
    for key in finding.missing:
        click.echo(wording.missing(key))
    if finding.whatever:
        click.echo(wording.whatever(finding.whatever, finding.verdict))
    if finding.to_prove:
        names = "、".join(
            f"{wording.fact(key)}({wording.custodian(key)})" for key in finding.to_prove
        )
        click.echo(f"{'Evidence needed: ' if language == EN else '需佐证:'}{names}")


def _grow(tree: Tree, outcome: Outcome, profile: Profile, wording: Wording) -> None:
    mark = truth_mark(outcome.truth)
    if isinstance(outcome.node, Leaf) and outcome.judgement is not None:
        values = own_values(profile, outcome.judgement.used, wording)
        said = f"{mark} {wording.leaf(outcome.node)}"
        if values:
            said += f"  [{';'.join(values)}]"
        basis = outcome.node.note.basis
        if basis and basis != "原文":
            said += f"({basis})"
        if outcome.judgement.why:
            said += f"({outcome.judgement.why})"
        tree.add(Text(said))
        return
    branch = tree.add(Text(f"{mark} {joint_text(outcome.node, wording.language)}"))
    for part in outcome.parts:
        _grow(branch, part, profile, wording)


def print_path(path: GrowthPath, profile: Profile, catalogue: Catalogue) -> None:
    """Print a growth path: title by title, where the company stands and what it would unlock."""
    wording = Wording(catalogue.vocabulary)
    name = profile.text(NAME) or "(未填名称)"
    click.echo(f"{name}  按 {path.as_of} 施行的认定标准(规则版本 {catalogue.version})")
    ladder = ""
    for rung in path.rungs:
        if rung.ladder != ladder:
            ladder = rung.ladder
            click.echo("\n" + click.style(f"{ladder}阶梯", bold=True))
        standard = rung.standard
        unchecked = "" if standard.checked else ",标准待核对,结论仅供参考"
        click.echo(f"{_standing_text(rung)}  {standard.level}{standard.title}")
        click.echo(f"  标准:{standard.number} {standard.article}{unchecked}")
        for line in _rung_lines(rung, path.as_of, profile, wording):
            click.echo(f"  {line}")
    click.echo(f"\n{FOOTER}")


def _standing_text(rung: Rung) -> str:
    if rung.standing is Standing.READY and rung.awaiting:
        return f"{rung.standing.value},待{'、'.join(rung.awaiting)}认定"
    return rung.standing.value


def _rung_lines(rung: Rung, day: date, profile: Profile, wording: Wording) -> Iterator[str]:
    if rung.standing is Standing.HELD:
        if rung.valid_to:
            yield f"有效期至 {rung.valid_to}"
        elif rung.standard.attribute == wording.vocabulary.titles.label:
            yield "证书没有写明有效期"
        if rung.report_by:
            yield f"每年填报,下一次不晚于 {rung.report_by}"
    if rung.renewal_due and rung.renew_by is not None:
        late = rung.renew_by < day
        yield f"更新期限 {rung.renew_by} {'已过' if late else '将到'},须重新申请、复核或更新"
    if rung.expired_on:
        yield f"已于 {rung.expired_on} 到期"
    prose = Prose(wording.vocabulary)
    for part in rung.unmet:
        used = tuple(key for key in part.used() if profile.knows(key))
        values = ";".join(own_values(profile, used, wording))
        yield f"不满足:{prose(part.node)}" + (f"  [{values}]" if values else "")
    for key in rung.missing:
        yield wording.missing(key)
    for item in rung.unlocks:
        before, after = (
            wording.word_by_id("结论", verdict.value) for verdict in (item.before, item.after)
        )
        yield f"取得后:{item.measure.id} {item.measure.title}({before} → {after})"

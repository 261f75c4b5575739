"""The engine's commands: measures, coverage, vocabulary, match, check, explain and their imports.

Exit codes: 0 done, 1 `check` or `coverage` found defects, 2 bad input. Tables are drawn on a terminal
and plain when piped.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import click

from matcher.amounts_cli import amounts
from matcher.batch_cli import batch
from matcher.catalogue import Catalogue, load
from matcher.command_input import (
    CHINA,
    DEFECTS,
    Day,
    as_of_option,
    attest_option,
    catalogue_of,
    company_of,
    echo_json,
    fail,
    include_option,
    industries,
    json_option,
    today,
)
from matcher.documents.model import coverage
from matcher.language.diagnostics import Problems, SourceError, did_you_mean
from matcher.language.profiles import CompanyFile
from matcher.locations import data_folder, rules_folder
from matcher.near_cli import near, what_if_command
from matcher.proofs_cli import diff, prove, with_proofs
from matcher.values import ValueFault

__all__ = ["CHINA", "fail", "main", "today"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--rules", metavar="DIR", help="规则目录(默认 MIANSHEN_RULES,否则随程序所附)。")
@click.version_option(package_name="mianshen")
@click.pass_context
def main(ctx: click.Context, rules: str | None) -> None:
    """免申:哪些支持措施适合哪家企业,为什么,还缺什么。"""
    ctx.obj = rules


@main.command()
@json_option
@click.pass_context
def measures(ctx: click.Context, as_json: bool) -> None:
    """列出全部支持措施。"""
    from matcher.report import measure_json

    catalogue = catalogue_of(ctx)
    if as_json:
        echo_json([measure_json(item, catalogue.vocabulary) for item in catalogue.measures])
        return
    from matcher.terminal import print_measures

    print_measures(catalogue)


@main.command(name="coverage")
@json_option
@click.pass_context
def coverage_command(ctx: click.Context, as_json: bool) -> None:
    """检查原文是否逐字有交代;有遗漏时退出码为 1。"""
    from matcher.report import coverage_json

    catalogue = catalogue_of(ctx)
    if as_json:
        echo_json([coverage_json(document) for document in catalogue.documents])
    else:
        from matcher.terminal import print_coverage

        print_coverage(catalogue)
    if any(coverage(document).uncovered for document in catalogue.documents):
        raise click.exceptions.Exit(DEFECTS)


@main.group(invoke_without_command=True)
@json_option
@click.pass_context
def vocabulary(ctx: click.Context, as_json: bool) -> None:
    """列出指标、派生指标和它们的选项。"""
    if ctx.invoked_subcommand is not None:
        return
    from matcher.report import vocabulary_json

    catalogue = catalogue_of(ctx)
    if as_json:
        echo_json(vocabulary_json(catalogue.vocabulary))
        return
    from matcher.terminal import print_vocabulary

    print_vocabulary(catalogue)


@vocabulary.command(name="import-industries")
@click.argument("file")
def import_industries(file: str) -> None:
    """装入完整的 GB/T 4754 行业表(CSV:code,name,parent)。"""
    count = _imported(lambda holdings: holdings.import_industries(Path(file)))
    click.echo(f"已装入 {count} 个行业代码")


@main.command()
@click.argument("file", metavar="FILE|-")
@as_of_option
@json_option
@attest_option
@click.option("--engine", type=click.Choice(["evaluate", "durable"]), default="evaluate")
@click.option("--no-general", is_flag=True, help="不看通行条件(此时不给免申即享)。")
@click.option("--all", "show_all", is_flag=True, help="连不符合的也逐项列出。")
@include_option
@click.pass_context
def match(
    ctx: click.Context,
    file: str,
    as_of: date | None,
    as_json: bool,
    attest: tuple[str, ...],
    engine: str,
    no_general: bool,
    show_all: bool,
    include: tuple[str, ...],
) -> None:
    """比对一家企业(YAML 或 JSON 文件,- 为标准输入)。"""
    from matcher.finding import Matcher

    catalogue, day = catalogue_of(ctx, include), as_of or today()
    company = company_of(file, catalogue, day, attest)
    if engine == "durable":
        _match_durable(catalogue, company, day, as_json)
        return
    matching = Matcher(catalogue, general=not no_general).match(company.profile, day)
    if as_json:
        from matcher.report import matching_json

        echo_json(matching_json(matching, company.profile, catalogue, company.warnings))
        return
    from matcher.terminal import print_matching, print_warnings

    print_warnings(company.warnings)
    print_matching(matching, company.profile, catalogue, show_all=show_all)


@main.command()
@click.argument("file", metavar="FILE|-")
@as_of_option
@json_option
@attest_option
@click.pass_context
def path(
    ctx: click.Context, file: str, as_of: date | None, as_json: bool, attest: tuple[str, ...]
) -> None:
    """国家称号的成长路径:已有、可申请、还差什么,取得后多出哪些措施。"""
    from matcher.finding import Matcher
    from matcher.path import growth_path

    catalogue, day = catalogue_of(ctx), as_of or today()
    company = company_of(file, catalogue, day, attest)
    found = growth_path(Matcher(catalogue), company.profile, day)
    if as_json:
        from matcher.report import path_json

        echo_json(path_json(found, company.profile, catalogue, company.warnings))
        return
    from matcher.terminal import print_path, print_warnings

    print_warnings(company.warnings)
    print_path(found, company.profile, catalogue)


def _match_durable(catalogue: Catalogue, company: CompanyFile, day: date, as_json: bool) -> None:
    """Show which measures durable_rules fires for a company."""
    from matcher.readers import durable

    if not durable.available():
        raise fail(f"不能用 durable_rules:{durable.why_not()}")
    asleep = {item.id for item in catalogue.documents if not item.in_force(day)}
    inside = [item for item in catalogue.measures if item.document not in asleep]
    fired, unsayable = durable.match(inside, catalogue.vocabulary, company.profile, day)
    if as_json:
        echo_json(
            {
                "as_of": day.isoformat(),
                "engine": "durable_rules",
                "met": fired,
                "cannot_say": unsayable,
            }
        )
        return
    click.echo(f"durable_rules 触发 {len(fired)} 项(只能说“符合”;说不出的 {len(unsayable)} 项):")
    for id_ in fired:
        click.echo(f"  ✓ {id_}  {catalogue.by_id[id_].title}")


@main.command()
@click.argument("path", required=False)
@with_proofs
@click.pass_context
def check(
    ctx: click.Context,
    path: str | None,
    proofs: bool,
    save_case: str | None,
    boundaries: str | None,
    as_of: date | None,
) -> None:
    """检查规则文件,一次报告全部错误;有错误时退出码为 1。"""
    folder = rules_folder(path or ctx.obj)
    if not (folder / "vocabulary").is_dir():
        raise fail(f"{folder}:不是规则目录(里面应有 vocabulary/)")
    problems = Problems()
    try:
        catalogue = load(folder, problems, industries=industries(), include=None)
    except SourceError as error:
        click.echo(str(error))
        raise click.exceptions.Exit(DEFECTS) from error
    for diagnostic in problems:
        click.echo(diagnostic.render() + "\n")
    if problems.errors:
        click.echo(f"{len(problems.errors)} 处错误")
        raise click.exceptions.Exit(DEFECTS)
    standards = f"{len(catalogue.standards)} 份认定标准," if catalogue.standards else ""
    click.echo(
        f"没有错误:{len(catalogue.documents)} 份文件,{len(catalogue.measures)} 项措施,"
        f"{standards}规则版本 {catalogue.version}"
    )
    prove(catalogue, as_of, proofs=proofs, save_case=save_case, boundaries=boundaries)


@main.command()
@click.argument("measure")
@click.argument("file", metavar="[FILE]", required=False)
@as_of_option
@attest_option
@include_option
@click.option("--english", is_flag=True, help="Explain in English.")
@click.pass_context
def explain(
    ctx: click.Context,
    measure: str,
    file: str | None,
    as_of: date | None,
    attest: tuple[str, ...],
    include: tuple[str, ...],
    english: bool,
) -> None:
    """解释一项措施;给了企业文件时,逐条说明为什么。"""
    from matcher.terminal import explain_finding, explain_measure, print_warnings

    catalogue, day = catalogue_of(ctx, include), as_of or today()
    found = catalogue.by_id.get(measure)
    if found is None:
        raise fail(f"没有编号为“{measure}”的措施。{did_you_mean(measure, catalogue.by_id)}")
    language = "en" if english else "zh"
    explain_measure(found, catalogue, language)
    if file is None:
        return
    from matcher.finding import Matcher

    company = company_of(file, catalogue, day, attest)
    print_warnings(company.warnings)
    matching = Matcher(catalogue).match(company.profile, day, [found])
    explain_finding(matching, company.profile, catalogue, language)


main.add_command(amounts)
main.add_command(batch)
main.add_command(near)
main.add_command(what_if_command)
main.add_command(diff)


@main.group()
def lists() -> None:
    """部门维护的名单。"""


@lists.command(name="import")
@click.argument("name")
@click.argument("file")
@click.option("--as-of", "as_of", type=Day(), required=True, help="名单的日期。")
@click.option("--source", required=True, help="名单的出处。")
@click.pass_context
def import_list(ctx: click.Context, name: str, file: str, as_of: date, source: str) -> None:
    """装入一份名单(CSV,有信用代码或企业名称列)。"""
    member = _member(catalogue_of(ctx), "列入名单", name, "名单")
    count = _imported(lambda holdings: holdings.import_list(member, Path(file), as_of, source))
    click.echo(f"已装入“{member.label}”{as_of} 版,{count} 家")


@main.group()
def parameters() -> None:
    """会变的参数(LPR、平均增速等)。"""


@parameters.command(name="set")
@click.argument("name")
@click.argument("value")
@click.option("--from", "first_day", type=Day(), required=True, help="从哪天起。")
@click.pass_context
def set_parameter(ctx: click.Context, name: str, value: str, first_day: date) -> None:
    """记下一个参数从某天起的值。"""
    catalogue = catalogue_of(ctx)
    member = _member(catalogue, "参数", name, "参数")
    _imported(
        lambda holdings: holdings.set_parameter(member, value, first_day, catalogue.vocabulary)
    )
    click.echo(f"已记下 {member.label} = {value},自 {first_day} 起")


def _member(catalogue: Catalogue, attribute: str, name: str, what: str) -> Any:
    member = catalogue.vocabulary.member(attribute, name)
    if member is None:
        names = [item.label for item in catalogue.vocabulary.attributes[attribute].members]
        raise fail(f"没有名为“{name}”的{what}。{did_you_mean(name, names)}")
    return member


def _imported(work: Callable[[Any], Any]) -> Any:
    """Run an import; whatever is wrong with its input ends with a sentence and exit code 2."""
    from matcher.holdings import Holdings, ImportFault

    try:
        return work(Holdings(data_folder()))
    except (ImportFault, ValueFault) as error:
        hint = getattr(error, "hint", "")
        raise fail(f"{error}{'。' + hint if hint else ''}") from error
    except OSError as error:
        raise fail(
            f"写不进 {data_folder()}({error.strerror});可用 MIANSHEN_DATA 换一个目录"
        ) from error


@main.command()
@click.argument(
    "kind", type=click.Choice(["document", "clause", "national", "standard"]), required=False
)
@click.option("--write", "folder", metavar="DIR", help="写到这个目录(规则目录里的 schema/)。")
@click.pass_context
def schema(ctx: click.Context, kind: str | None, folder: str | None) -> None:
    """给编辑器用的 JSON Schema:写规则文件时补全并检查键和词。"""
    from matcher.language import schema as schemas

    catalogue = catalogue_of(ctx)
    if folder is not None:
        for path in schemas.write(catalogue.vocabulary, Path(folder)):
            click.echo(f"已写 {path}")
        return
    made = schemas.schemas(catalogue.vocabulary)
    echo_json(made[kind] if kind else made)


@main.command(name="new-document")
@click.argument("text")
@click.option("--id", "id_", required=True, help="文件编号,如 huainan-2026-12(英文、数字、短横)。")
@click.option("--title", default="", help="文件名称。")
@click.option("--issued", type=Day(), default=None, help="印发日期。")
@click.option("--region", default="", help="适用地区,如 淮南市。")
@click.pass_context
def new_document(
    ctx: click.Context, text: str, id_: str, title: str, issued: date | None, region: str
) -> None:
    """为一份新的政策原文建好目录,拆出条款,把全部文字列为未交代。"""
    from matcher.documents.scaffold import ScaffoldFault, new_folder

    try:
        made = new_folder(Path(text), rules_folder(ctx.obj), id_, title, issued, region)
    except ScaffoldFault as fault:
        raise fail(str(fault)) from fault
    click.echo(f"已建 {made.folder}:{made.clauses} 条,{made.characters} 字待交代")
    click.echo("下一步:逐条填写“措施”和“非措施”,再运行 mianshen check 和 mianshen coverage")


@main.command()
@json_option
@click.option("--rounds", type=click.IntRange(10), default=200, help="每家企业计时几轮。")
@click.pass_context
def bench(ctx: click.Context, as_json: bool, rounds: int) -> None:
    """在示例企业上测速,并与 GoRules ZEN、durable_rules 同台比较。"""
    from matcher.bench import run

    report = run(rules_folder(ctx.obj), rounds)
    if as_json:
        echo_json(report.as_json())
        return
    from matcher.terminal import print_bench

    print_bench(report)

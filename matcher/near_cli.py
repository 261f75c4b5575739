"""The commands `mianshen near` and `mianshen what-if`: what stands between a company and a measure."""

from __future__ import annotations

from datetime import date

import click

from matcher.command_input import (
    as_of_option,
    attest_option,
    catalogue_of,
    company_of,
    echo_json,
    fail,
    json_option,
    today,
)
from matcher.language.diagnostics import SourceError, did_you_mean
from matcher.values import ValueFault


@click.command()
@click.argument("file", metavar="FILE|-")
@click.option("--measure", metavar="编号", help="只看这一项措施。")
@as_of_option
@json_option
@attest_option
@click.pass_context
def near(
    ctx: click.Context,
    file: str,
    measure: str | None,
    as_of: date | None,
    as_json: bool,
    attest: tuple[str, ...],
) -> None:
    """还差哪些:每项没有符合的措施,最少要确认、等待或改变什么。"""
    from matcher.finding import Matcher
    from matcher.nearby.nearness import nearness

    catalogue, day = catalogue_of(ctx), as_of or today()
    if measure is not None and measure not in catalogue.by_id:
        raise fail(f"没有编号为“{measure}”的措施。{did_you_mean(measure, catalogue.by_id)}")
    company = company_of(file, catalogue, day, attest)
    chosen = [catalogue.by_id[measure]] if measure is not None else None
    found = nearness(Matcher(catalogue), company.profile, day, chosen)
    if as_json:
        from matcher.nearby.report import near_json

        echo_json(near_json(found, company, catalogue, day))
        return
    from matcher.nearby.terminal import print_near
    from matcher.terminal import print_warnings

    print_warnings(company.warnings)
    print_near(found, company.profile, catalogue, day, one=measure is not None)


@click.command(name="what-if")
@click.argument("file", metavar="FILE|-")
@click.option(
    "--set",
    "settings",
    multiple=True,
    required=True,
    metavar="指标=值",
    help="假设这项指标是这个值,如 '研发费用=500 万元'(可多次;写法同企业文件)。",
)
@as_of_option
@json_option
@attest_option
@click.pass_context
def what_if_command(
    ctx: click.Context,
    file: str,
    settings: tuple[str, ...],
    as_of: date | None,
    as_json: bool,
    attest: tuple[str, ...],
) -> None:
    """假如几项指标变了:多出哪些措施,失去哪些,为什么。"""
    from matcher.finding import Matcher
    from matcher.nearby.what_if import changed_profile, what_if

    catalogue, day = catalogue_of(ctx), as_of or today()
    company = company_of(file, catalogue, day, attest)
    try:
        after, notes = changed_profile(company.profile, settings, catalogue.vocabulary, day)
    except SourceError as error:
        raise fail(str(error)) from error
    except ValueFault as fault:
        raise fail(f"{fault}。{fault.hint}") from fault
    found = what_if(Matcher(catalogue), company.profile, after, day)
    if as_json:
        from matcher.nearby.report import what_if_json

        echo_json(what_if_json(found, company, after, catalogue, notes))
        return
    from matcher.nearby.terminal import print_what_if
    from matcher.terminal import print_warnings

    print_warnings((*company.warnings, *notes))
    print_what_if(found, company.profile, after, catalogue)

"""The command over amounts: what a company is due by each measure it meets, and what it may have together."""

from __future__ import annotations

from datetime import date

import click

from matcher.command_input import (
    as_of_option,
    attest_option,
    catalogue_of,
    company_of,
    echo_json,
    include_option,
    json_option,
    today,
)


@click.command()
@click.argument("file", metavar="FILE|-")
@as_of_option
@json_option
@attest_option
@include_option
@click.option("--english", is_flag=True, help="Calculate in English.")
@click.pass_context
def amounts(
    ctx: click.Context,
    file: str,
    as_of: date | None,
    as_json: bool,
    attest: tuple[str, ...],
    include: tuple[str, ...],
    english: bool,
) -> None:
    """逐项算出金额(写明算法的措施),并给出可以一起享受的最好组合。"""
    from matcher.finding import Matcher
    from matcher.payable.account import account
    from matcher.payable.telling import account_json, print_account
    from matcher.terminal import print_warnings

    catalogue, day = catalogue_of(ctx, include), as_of or today()
    company = company_of(file, catalogue, day, attest)
    language = "en" if english else "zh"
    found = account(Matcher(catalogue), company.profile, day, company.ledger, language)
    if as_json:
        echo_json(account_json(found, company.profile, catalogue))
        return
    print_warnings(company.warnings)
    print_account(found, catalogue, language)

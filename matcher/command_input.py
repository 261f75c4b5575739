"""What every command starts from: today's date, the rules, a company file, and how to refuse one.

Exit codes: 0 done, 1 `check` or `coverage` found defects, 2 bad input.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from matcher.catalogue import Catalogue, load
from matcher.documents.load import DOCUMENT_FILE
from matcher.language.diagnostics import SourceError, did_you_mean
from matcher.language.profiles import Channel, CompanyFile, read_company
from matcher.locations import SAMPLES, data_folder, rules_folder
from matcher.values import ValueFault, parse_date

DEFECTS, BAD_INPUT = 1, 2
CHINA = ZoneInfo("Asia/Shanghai")
MAX_COMPANY_BYTES = 256 * 1024


def today() -> date:
    """Give today's date in China: the one place where the program reads the clock for a match."""
    return datetime.now(CHINA).date()


def fail(message: str) -> click.exceptions.Exit:
    """Say what is wrong on stderr and give the exit to raise."""
    click.echo(message, err=True)
    return click.exceptions.Exit(BAD_INPUT)


class Day(click.ParamType[date]):
    """A date option."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read the date, or say how to write it."""
        if isinstance(value, date):
            return value
        try:
            return parse_date(str(value))
        except ValueFault as fault:
            self.fail(f"{fault}。{fault.hint}", param, ctx)


def catalogue_of(ctx: click.Context, include: tuple[str, ...] = ()) -> Catalogue:
    """Load the rules that a command works with; mistakes in them are bad input.

    ``include`` names the documents to add that are samples and otherwise left out.
    """
    folder = rules_folder(ctx.obj)
    if not (folder / "vocabulary").is_dir():
        raise fail(f"{folder}:不是规则目录(里面应有 vocabulary/)。用 --rules 指定")
    check_include(folder, include)
    try:
        return load(folder, industries=industries(), include=include)
    except SourceError as error:
        click.echo(str(error), err=True)
        raise fail(f"规则有 {len(error.diagnostics)} 处错误,请先用 mianshen check 改正") from error


def check_include(folder: Path, include: tuple[str, ...]) -> None:
    """Refuse the name of a sample document that there is not."""
    for name in include:
        if not (folder / name / DOCUMENT_FILE).is_file():
            known = [path.parent.name for path in sorted(folder.glob(f"*/{DOCUMENT_FILE}"))]
            raise fail(f"--include:没有“{name}”这份文件。{did_you_mean(name, known)}")


def industries() -> str | None:
    """Give the industry table of this deployment, where a complete one was imported."""
    from matcher.holdings import Holdings

    return Holdings(data_folder()).industries()


def echo_json(value: object) -> None:
    """Print JSON with Chinese kept readable."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def read_input(source: str) -> tuple[str, str]:
    """Read a company file or standard input, refusing what is too long before it is read."""
    name = "标准输入" if source == "-" else source
    try:
        if source == "-":
            raw = sys.stdin.buffer.read(MAX_COMPANY_BYTES + 1)
        else:
            with Path(source).open("rb") as file:
                raw = file.read(MAX_COMPANY_BYTES + 1)
    except OSError as error:
        raise fail(f"{name}:读不到文件({error.strerror})") from error
    if len(raw) > MAX_COMPANY_BYTES:
        raise fail(f"{name}:企业文件超过 {MAX_COMPANY_BYTES // 1024} KiB,请只保留这家企业的指标")
    try:
        return raw.decode("utf-8-sig"), name
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise fail(f"{name}:{line}:不是 UTF-8 编码,请另存为 UTF-8 后再试") from error


def company_of(
    source: str, catalogue: Catalogue, as_of: date, attest: tuple[str, ...]
) -> CompanyFile:
    """Read a company file, with lists and parameters of this deployment added."""
    from matcher.holdings import Holdings

    text, name = read_input(source)
    known = catalogue.vocabulary.words("部门")
    for custodian in attest:
        if custodian not in known and custodian != "all":
            hint = did_you_mean(custodian, known)
            raise fail(f"--attest:没有名为“{custodian}”的部门。{hint}")
    everything = "all" in attest
    channel = Channel(frozenset(attest), everything, judgements=everything)
    try:
        company = read_company(text, name, catalogue.vocabulary, as_of, channel)
    except SourceError as error:
        click.echo(str(error), err=True)
        raise click.exceptions.Exit(BAD_INPUT) from error
    profile = Holdings(data_folder()).enrich(company.profile, catalogue.vocabulary, as_of)
    return replace(company, profile=profile)


as_of_option = click.option("--as-of", type=Day(), default=None, help="基准日,默认今天(北京时间)。")
json_option = click.option("--json", "as_json", is_flag=True, help="输出 JSON。")
include_option = click.option(
    "--include",
    multiple=True,
    envvar=SAMPLES,
    metavar="文件",
    help=f"连这份样例文件也算上(如 examples),可多次;也可写在 {SAMPLES}。",
)
attest_option = click.option(
    "--attest",
    multiple=True,
    metavar="部门",
    help="采信这些部门的来源(可多次;all 为全部)。只有已核验的数据才可以用。",
)

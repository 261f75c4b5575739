"""The commands over whole registries: batch, batch map, batch explain.

Exit codes: 0 done, 2 bad input (nothing is written), 3 broken off (``--resume`` goes on), 130 Ctrl-C.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from matcher.command_input import as_of_option, catalogue_of, echo_json, fail, json_option, today
from matcher.language.diagnostics import SourceError
from matcher.locations import data_folder, rules_folder

if TYPE_CHECKING:
    from matcher.registry.batch import Progress
    from matcher.registry.engines import Engine

BROKEN_OFF, CANCELLED = 3, 130
ENGINES = ("polars", "duckdb", "postgres", "spark")
LOG_EVERY = 5.0  # seconds between log lines where there is no terminal


class _Batch(click.Group):
    """`batch INPUT …` is `batch run INPUT …`: an argument that is no subcommand is the input."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.commands:
            args = ["run", *args]
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        first = args[0] if args else ""
        if first.startswith("-") and first not in ("-h", "--help"):
            args = ["run", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_Batch)
def batch() -> None:
    """比对整份企业登记表。

    batch 输入 -o 目录:直接运行(同 batch run)。输入可以是 CSV、XLSX、Parquet 文件,或
    postgresql://…?table=… 的表。
    """


@batch.command()
@click.argument("source", metavar="输入")
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path), help="输出目录。")
@click.option("--mapping", type=click.Path(path_type=Path), help="列映射(batch map 写出的 YAML)。")
@as_of_option
@click.option("--engine", type=click.Choice(ENGINES), default="polars", show_default=True)
@click.option(
    "--measures", multiple=True, metavar="编号", help="只比对这些措施,可多次;可写文件或条款。"
)
@click.option("--open", "with_open", is_flag=True, help="连待补充的也写进 findings.parquet。")
@click.option("--near", is_flag=True, help="写 near.parquet:只差一项可改变的条件的企业。")
@click.option("--previous", type=click.Path(path_type=Path), help="上一次的输出目录:写出变化。")
@click.option("--resume", is_flag=True, help="接着做中断的那次。")
@click.option("--sheet", help="XLSX 的工作表。")
@click.option("--no-general", is_flag=True, help="不看通行条件(此时不给免申即享)。")
@click.option("--database", envvar="MIANSHEN_DATABASE_URL", help="--engine postgres 用的数据库。")
@click.option("--spark-master", default="local[*]", show_default=True, help="Spark 的 master。")
@json_option
@click.pass_context
def run(
    ctx: click.Context,
    source: str,
    out: Path,
    mapping: Path | None,
    as_of: date | None,
    engine: str,
    measures: tuple[str, ...],
    with_open: bool,
    near: bool,
    previous: Path | None,
    resume: bool,
    sheet: str | None,
    no_general: bool,
    database: str | None,
    spark_master: str,
    as_json: bool,
) -> None:
    """比对一份登记表,结果写进输出目录。"""
    from matcher.holdings import Holdings
    from matcher.registry.batch import Request
    from matcher.registry.batch import run as run_batch

    catalogue = catalogue_of(ctx)
    request = Request(
        source=source,
        out=out,
        as_of=as_of or today(),
        mapping=mapping,
        sheet=sheet,
        measures=measures,
        with_open=with_open,
        resume=resume,
        previous=previous,
        general=not no_general,
        near=near,
    )
    with _said(), _progress() as progress:
        maker = _engine(engine, source, database, spark_master)
        rules = rules_folder(ctx.find_root().obj)
        report = run_batch(request, catalogue, rules, Holdings(data_folder()), maker, progress)
    if as_json:
        echo_json(report)
    else:
        _print_report(report, out)


def _engine(name: str, source: str, database: str | None, master: str) -> Callable[[], Engine]:
    from matcher.registry.engines import DuckDBEngine, PolarsEngine, PostgresEngine, SparkEngine

    if name == "postgres":
        address = database or (source if source.startswith("postgres") else "")
        if not address:
            raise fail(
                "--engine postgres 需要 --database postgresql://…,或以 postgresql:// 的表为输入"
            )
        # A wrong address is said before hours of cleaning, not after them.
        PostgresEngine(address).close()
        return lambda: PostgresEngine(address)
    if name == "spark":
        return lambda: SparkEngine(master)
    return {"polars": PolarsEngine, "duckdb": DuckDBEngine}[name]


@contextmanager
def _said() -> Iterator[None]:
    """Turn what stops a run into a sentence and an exit code."""
    from matcher.registry.batch import Interrupted
    from matcher.registry.faults import RegistryFault

    try:
        yield
    except SourceError as error:
        click.echo(str(error), err=True)
        raise fail(f"映射有 {len(error.diagnostics)} 处错误,请先改正") from error
    except RegistryFault as error:
        raise fail(str(error)) from error
    except Interrupted as error:
        click.echo(str(error), err=True)
        raise click.exceptions.Exit(BROKEN_OFF) from error
    except KeyboardInterrupt as error:
        click.echo("已停止。加 --resume 可以接着做", err=True)
        raise click.exceptions.Exit(CANCELLED) from error


@contextmanager
def _progress() -> Iterator[Progress]:
    """Show a bar with rows a second and time left on a terminal, else a log line now and then."""
    if sys.stderr.isatty():
        with _bar() as progress:
            yield progress
    else:
        yield _Log().progress()


@contextmanager
def _bar() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, ProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars
    from rich.text import Text

    from matcher.registry.batch import Progress

    class Speed(ProgressColumn):
        def render(self, task: Any) -> Text:
            # Over the whole step: a short one is over before the bar has two samples.
            return Text(f"{task.completed / max(task.elapsed or 0, 1e-3):,.0f} 行/秒")

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f}/{task.total:,.0f} 行"),
        Speed(),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=Console(stderr=True)) as bars:
        tasks: list[Any] = []
        yield Progress(
            lambda text: bars.console.print(text, markup=False, highlight=False),
            lambda name, rows: tasks.append(bars.add_task(name, total=rows)),
            lambda rows: bars.advance(tasks[-1], rows),
        )


class _Log:
    """Progress as lines on stderr."""

    def __init__(self) -> None:
        self.name, self.total, self.done = "", 0, 0
        self.began = self.said_at = 0.0

    def progress(self) -> Progress:
        """Give the progress that a run reports to."""
        from matcher.registry.batch import Progress

        return Progress(lambda text: click.echo(text, err=True), self.start, self.advance)

    def start(self, name: str, rows: int) -> None:
        """Begin a step."""
        self.name, self.total, self.done = name, rows, 0
        self.began = self.said_at = time.monotonic()

    def advance(self, rows: int) -> None:
        """Note rows; say so when the last line is some time ago, and at the end."""
        self.done += rows
        now = time.monotonic()
        if now - self.said_at >= LOG_EVERY or self.done >= self.total:
            self.said_at = now
            speed = self.done / max(now - self.began, 1e-3)
            click.echo(f"{self.name}:{self.done:,}/{self.total:,} 行,{speed:,.0f} 行/秒", err=True)


def _print_report(report: dict[str, Any], out: Path) -> None:
    counts = report["counts"]
    click.echo(
        f"输入 {counts['rows']:,} 行 = 采用 {counts['accepted']:,} + 退回 {counts['rejected']:,}"
    )
    for reason, count in list(report["rejections"].items())[:10]:
        click.echo(f"  退回 {count:,}:{reason}")
    for warning, count in list(report["warnings"].items())[:10]:
        click.echo(f"  提醒 {count:,} 行:{warning}")
    click.echo(
        f"{len(report['measures'])} 项措施:符合 {counts['met']:,} 项次,待补充 {counts['open']:,} 项次;"
        f"{counts['with_met']:,} 家至少符合一项,{counts['automatic']:,} 家可免申即享"
    )
    for refused in report["refused_measures"]:
        click.echo(f"  未比对:{refused}")
    if "changes" in report:
        changes = report["changes"]
        click.echo(
            f"与上一次相比:新符合 {changes['newly_met']:,},不再符合 {changes['no_longer_met']:,},"
            f"新待补充 {changes['newly_open']:,}"
        )
        for remark in changes["remarks"]:
            click.echo(f"  {remark}")
    click.echo(f"结果在 {out}:findings.parquet、summary.xlsx、summary.html、rejected.csv、run.json")


@batch.command(name="map")
@click.argument("source", metavar="输入")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="写到这个文件;不写就打印。")
@click.option("--sheet", help="XLSX 的工作表。")
@click.pass_context
def map_columns(ctx: click.Context, source: str, out: Path | None, sheet: str | None) -> None:
    """写出一份列映射,核对后用 --mapping 交给 batch。"""
    from matcher.holdings import write_whole
    from matcher.registry.recognise import write_mapping
    from matcher.registry.samples import samples_of
    from matcher.registry.sources import open_source
    from matcher.registry.synonyms import load_words

    catalogue = catalogue_of(ctx)
    with _said(), open_source(source, sheet) as opened:
        words = load_words(rules_folder(ctx.find_root().obj), catalogue.vocabulary)
        text = write_mapping(opened.columns, samples_of(opened), catalogue.vocabulary, words)
    if out is None:
        click.echo(text, nl=False)
        return
    if out.exists():
        raise fail(f"{out}:文件已经存在。请换一个名字,或先移走它")
    try:
        write_whole(out, text)
    except OSError as error:
        raise fail(f"{out}:写不进({error.strerror})") from error
    click.echo(f"已写 {out}。核对后运行 mianshen batch {source} -o 目录 --mapping {out}")


@batch.command()
@click.argument("folder", metavar="输出目录", type=click.Path(path_type=Path))
@click.argument("code", metavar="信用代码")
@click.argument("measure", metavar="措施")
@click.option("--english", is_flag=True, help="Explain in English.")
@click.pass_context
def explain(ctx: click.Context, folder: Path, code: str, measure: str, english: bool) -> None:
    """说明一次比对里某家企业某项措施的全部理由。"""
    from matcher.finding import Matcher
    from matcher.language.diagnostics import did_you_mean
    from matcher.registry.explaining import company_of_run
    from matcher.terminal import explain_finding, explain_measure

    catalogue = catalogue_of(ctx)
    found = catalogue.by_id.get(measure)
    if found is None:
        raise fail(f"没有编号为“{measure}”的措施。{did_you_mean(measure, catalogue.by_id)}")
    with _said():
        company = company_of_run(folder, code, catalogue.vocabulary)
    if company.rules_version != catalogue.version:
        click.echo(
            f"注意:比对时的规则是 {company.rules_version},现在是 {catalogue.version},理由按现在的规则说明",
            err=True,
        )
    language = "en" if english else "zh"
    explain_measure(found, catalogue, language)
    matcher = Matcher(catalogue, general=company.general)
    matching = matcher.match(company.profile, company.as_of, [found])
    explain_finding(matching, company.profile, catalogue, language)

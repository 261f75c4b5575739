"""The command `mianshen watch`: the one process that looks at changed companies.

Exit codes: 0 stopped or drained, 2 bad settings, 3 another process has the lease (``--once``), 75 out of
memory: start it again, the inbox knows where it was.
"""

from __future__ import annotations

import logging
import signal
import sys
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from matcher.cli import main
from matcher.command_input import catalogue_of, fail, include_option, today
from matcher.locations import rules_folder

if TYPE_CHECKING:
    from webapp.services.cases.moves import Casework
    from webapp.services.watch.worker import Worker

LOGGER = logging.getLogger("mianshen.watch")
TAKEN, OUT_OF_MEMORY = 3, 75


@main.command()
@click.option("--once", is_flag=True, help="处理完现有的变化就退出。")
@click.option(
    "--engine",
    type=click.Choice(["durable", "evaluate"]),
    default=None,
    help="规则引擎;不写时装了 durable_rules 就用它。",
)
@click.option("--set-aside", "listed", is_flag=True, help="列出多次失败、搁置一旁的变化。")
@click.option("--again", is_flag=True, help="把搁置的变化重新放回去。")
@include_option
@click.pass_context
def watch(
    ctx: click.Context,
    once: bool,
    engine: str | None,
    listed: bool,
    again: bool,
    include: tuple[str, ...],
) -> None:
    """盯着部门数据的变化:新符合的措施立事项,不再符合的在付款前停下。"""
    from webapp.casework import casework

    catalogue = catalogue_of(ctx, include)
    with casework(catalogue, rules_folder(ctx.find_root().obj)) as work:
        if listed or again:
            _set_aside(work, again=again)
            return
        worker = _worker(work, engine)
        try:
            if once:
                _drain(worker)
            else:
                _run(worker)
        except MemoryError:
            click.echo("内存不够,已退出;重新启动后从收件箱接着做", err=True)
            raise click.exceptions.Exit(OUT_OF_MEMORY) from None
        tally = worker.tally
        click.echo(
            f"处理了 {tally.events} 条变化:立事项 {tally.opened} 件,变动 {tally.moved} 件,"
            f"失败 {tally.failed} 次"
        )


def _worker(work: Casework, engine: str | None) -> Worker:
    from matcher.readers.durable import why_not
    from webapp.services.watch.engine import make_engine
    from webapp.services.watch.worker import Clock, Worker

    if engine == "durable" and why_not():
        raise fail(why_not())
    name = "evaluate" if engine == "evaluate" else ""
    catalogue = work.prover.catalogue
    clock = Clock(lambda: datetime.now(UTC), today)
    return Worker(work, lambda: make_engine(catalogue, name), clock)


def _drain(worker: Worker) -> None:
    if not worker.drain():
        click.echo("另一个进程正在盯着,这一个没有做任何事", err=True)
        raise click.exceptions.Exit(TAKEN)


def _run(worker: Worker) -> None:
    """Work until SIGTERM or Ctrl-C; the company at hand is finished first."""
    from webapp.operations.lines import Line, configure

    stop = threading.Event()

    def end(*_: Any) -> None:
        stop.set()

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, end)
    configure()
    if sys.stderr.isatty():
        click.echo("正在盯着部门数据的变化(按 Ctrl+C 停止)", err=True)
    LOGGER.info(Line(event="watch begins"))
    worker.run(stop)
    LOGGER.info(Line(event="watch ends"))


def _set_aside(work: Casework, *, again: bool) -> None:
    from webapp.services.watch import inbox
    from webapp.services.watch.worker import waiting_of

    if again:
        with work.database.writing() as session:
            click.echo(f"放回 {inbox.try_again(session)} 条")
        return
    with work.database.reading() as session:
        lines = waiting_of(inbox.set_aside(session))
    for line in lines:
        click.echo(line)
    click.echo(f"搁置 {len(lines)} 条" if lines else "没有搁置的变化")

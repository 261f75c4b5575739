"""The command `mianshen jobs`: the process that does what was ordered, and a look at the orders.

Exit codes: 0 stopped or done, 2 bad settings or an unknown job.
"""

from __future__ import annotations

import signal
import sys
import threading
from datetime import UTC, datetime
from typing import Any

import click

from matcher.cli import main
from matcher.command_input import fail, include_option

SHOWN = 50


@main.group()
def jobs() -> None:
    """后台任务:整份登记表的比对、邮件、盯着变化。"""


@jobs.command()
@click.option(
    "--workers", type=click.IntRange(1, 16), default=2, show_default=True, help="同时做几件。"
)
@click.option("--once", is_flag=True, help="做完现在该做的就退出。")
@include_option
@click.pass_context
def work(ctx: click.Context, workers: int, once: bool, include: tuple[str, ...]) -> None:
    """做后台任务,直到 SIGTERM 或 Ctrl+C;手上的任务停在能接着做的地方。"""
    from webapp.jobs import runner_of
    from webapp.operations.lines import configure
    from webapp.operations.starting import database_of
    from webapp.serving import application
    from webapp.shared import EXTENSION

    app = application(ctx, include)
    shared = app.extensions[EXTENSION]
    runner = runner_of(shared)
    try:
        if once:
            click.echo(f"做了 {_drain(runner)} 件")
            return
        shared.bell.answer(runner)
        configure()
        stop = threading.Event()

        def end(*_: Any) -> None:
            stop.set()

        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, end)
        threads = shared.bell.consumer(workers)
        threads.start()
        if sys.stderr.isatty():
            click.echo("正在做后台任务(按 Ctrl+C 停止)", err=True)
        shared.bell.sweep()
        stop.wait()
        shared.bell.stop(threads)
    finally:
        database_of(app).close()


def _drain(runner: Any) -> int:
    """Do the chores, and jobs until none is due."""
    from webapp.services.jobs import queue

    for one in runner.chores:
        one(runner.now())
    done = 0
    while True:
        with runner.database.reading() as session:
            found = queue.due(session, runner.now())
        worked = [job for job in found if runner.work(job) is not None]
        if not worked:
            return done
        done += len(worked)


@jobs.command(name="list")
@click.option("--all", "everything", is_flag=True, help="连做完的也列出。")
def list_jobs(everything: bool) -> None:
    """列出任务:编号、种类、状态、进度、失败的原因。"""
    from sqlalchemy import select

    from webapp.casework import opened
    from webapp.services.jobs.queue import OPEN, State
    from webapp.tables.jobs import Job

    wanted = select(Job).order_by(Job.id.desc()).limit(SHOWN)
    if not everything:
        wanted = wanted.where(Job.state.in_((*OPEN, State.FAILED.value)))
    with opened() as database, database.reading() as session:
        rows = session.scalars(wanted).all()
        for job in rows:
            far = f" {job.step} {job.reached:,}/{job.total:,}" if job.total else ""
            why = f" {job.failure}" if job.failure else ""
            click.echo(f"{job.id} {job.kind} {job.state} 第 {job.tries} 次{far}{why}")
    click.echo(f"{len(rows)} 件" if rows else "没有任务")


@jobs.command()
@click.argument("number", type=click.IntRange(min=1))
def cancel(number: int) -> None:
    """取消一件任务:等着的马上取消,正在做的停在下一步。"""
    from webapp.casework import opened
    from webapp.services.jobs import queue

    with opened() as database, database.writing() as session:
        done = queue.cancel(session, number, datetime.now(UTC))
    if not done:
        raise fail(f"没有编号为 {number} 的、还没有做完的任务")
    click.echo(f"任务 {number} 已取消,或将停在下一步")


@jobs.command()
@click.argument("number", type=click.IntRange(min=1))
def again(number: int) -> None:
    """让失败的任务从头再试。"""
    from webapp.casework import opened
    from webapp.services.jobs import queue

    with opened() as database, database.writing() as session:
        done = queue.try_again(session, number, datetime.now(UTC))
    if not done:
        raise fail(f"没有编号为 {number} 的、失败了的任务")
    click.echo(f"任务 {number} 已放回")

"""`mianshen cases`: the table of their life, making a recorded finding again, sweeping evidence."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from matcher.cli import fail, main
from matcher.locations import data_folder


@main.group()
def cases() -> None:
    """免申即享事项:生命周期、复现结论、清理佐证文件。"""


@cases.command()
@click.option(
    "--write", "target", type=click.Path(path_type=Path, dir_okay=False), help="写到文件。"
)
def lifecycle(target: Path | None) -> None:
    """列出事项的状态和每一步(Markdown)。"""
    from webapp.services.cases.drawing import lifecycle_page

    if target is None:
        click.echo(lifecycle_page())
        return
    target.write_text(lifecycle_page(), encoding="utf-8")
    click.echo(f"已写入 {target}")


@cases.command()
@click.argument("finding", type=click.IntRange(min=1))
def replay(finding: int) -> None:
    """用当时的规则、事实和日期重做一条结论,逐字节比对。"""
    from webapp.database import Database
    from webapp.services.cases.replay import replay as again
    from webapp.settings import database_url

    database = Database(database_url())
    try:
        with database.reading() as session:
            made = again(session, finding)
    finally:
        database.close()
    if made is None:
        raise fail(f"没有编号为 {finding} 的结论")
    if not made.same:
        raise fail(f"结论 {finding}({made.measure})重做后不同:{'、'.join(made.differences)}")
    click.echo(f"结论 {finding}({made.measure},规则 {made.rules_version})重做后逐字节相同")


@cases.command("sweep-evidence")
@click.option("--all", "sure", is_flag=True, help="库里一个文件也没有登记时也删。")
def sweep_evidence(sure: bool) -> None:
    """清理佐证文件:没有登记的、写了一半的、搁置过期的。每天运行一次。"""
    from webapp.casework import opened, sentence
    from webapp.services.cases.refusals import Refused
    from webapp.services.evidence import FOLDER, Store

    try:
        with opened() as database:
            store = Store(data_folder() / FOLDER)
            swept = store.tidy(database, datetime.now(UTC), sure=sure)
    except Refused as refused:
        raise fail(sentence(refused)) from refused
    click.echo(
        f"已清理:没有登记的文件 {swept.unnamed} 个,没有提交的文件 {swept.waited} 个,"
        f"共 {swept.bytes} 字节"
    )

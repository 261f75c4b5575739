"""`mianshen cases`: the table of their life, and making a recorded finding again."""

from __future__ import annotations

from pathlib import Path

import click

from matcher.cli import fail, main


@main.group()
def cases() -> None:
    """免申即享事项:生命周期、复现结论。"""


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

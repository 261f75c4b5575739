"""`mianshen audit`: checking the audit chain, and the heads of its days that are kept elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from matcher.cli import fail, main, today

if TYPE_CHECKING:
    from webapp.database import Database

_FILE = click.Path(path_type=Path, dir_okay=False)
FLAWS = {
    "head_forged": "链头的签名不符,不是本系统签发的,或密钥换过",
    "head_differs": "与另存的链头不一致,这之前的记录被整个改写过",
    "tail_cut": "另存的链头在这里,库里的记录却到不了,末尾被截去",
    "end_differs": "链尾的登记与最后一条记录不一致",
    "gap": "前面缺了记录,或插入过记录",
    "broken": "与前一条接不上,前面的记录被换过",
    "changed": "内容与它的摘要不符,被改过",
}


@main.group()
def audit() -> None:
    """审计记录:核对、每日链头。"""


@audit.command()
@click.option("--heads", type=_FILE, help="另存的链头文件;没有它,截去的末尾看不出来。")
def verify(heads: Path | None) -> None:
    """逐条核对审计记录;有一条被改、被删、被插入,都指出位置。"""
    from webapp.services.audit.verify import Signer, read_heads
    from webapp.services.audit.verify import verify as check
    from webapp.settings import secret_keys

    try:
        kept = read_heads(heads) if heads else []
    except (OSError, ValueError) as error:
        raise fail(str(error)) from error
    with _database() as database, database.reading() as session:
        found = check(session, Signer(*(key.encode() for key in secret_keys())), kept)
    for flaw in found.flaws:
        click.echo(f"第 {flaw.place} 条:{FLAWS[flaw.code]}", err=True)
    if found.flaws:
        raise fail(f"审计记录有 {len(found.flaws)} 处不对")
    click.echo(f"审计记录 {found.entries} 条,链头 {found.heads} 个,核对无误")


@audit.command()
@click.option("--write", "target", type=_FILE, help="追加到文件,请放在另一台机器上。")
def head(target: Path | None) -> None:
    """签下到昨天为止的链头,每天一次;印在付款清单上或交另一处保存。"""
    from webapp.services.audit.verify import Signer, keep_head, write_heads
    from webapp.settings import secret_keys

    with _database() as database, database.writing() as session:
        kept = keep_head(session, Signer(*(key.encode() for key in secret_keys())), today())
    if kept is None:
        click.echo("到昨天为止还没有审计记录")
        return
    if target is not None:
        write_heads(target, [kept])
    click.echo(f"{kept.day} 第 {kept.place} 条 {kept.hash} {kept.signature}")


@contextmanager
def _database() -> Iterator[Database]:
    from webapp.database import Database
    from webapp.settings import database_url

    database = Database(database_url())
    try:
        yield database
    finally:
        database.close()

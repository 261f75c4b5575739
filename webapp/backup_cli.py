"""`mianshen backup` and `mianshen restore`: a whole installation into a folder, and back into an empty one.

Exit codes: 0 done, 1 done but something is amiss that was so before, 2 not done, nothing left behind.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from matcher.cli import fail, main
from matcher.locations import data_folder

if TYPE_CHECKING:
    from webapp.database import Database

_FOLDER = click.Path(path_type=Path, file_okay=False)
AMISS = 1


@main.command()
@click.argument("folder", type=_FOLDER)
def backup(folder: Path) -> None:
    """把数据库和数据目录备份到一个新目录;网页和后台照常运行。密钥不在备份里,请另外保存。"""
    from webapp.operations.backup import backup as make

    with _database(there=True) as database:
        made = make(database, data_folder(), _keys()[0], folder, datetime.now(UTC))
    click.echo(f"已备份到 {folder}:{made.files:,} 个文件,{made.bytes / 1e6:,.1f} MB")
    if made.missing or made.damaged:
        click.echo(
            f"但库里登记的证据文件有 {made.missing} 个不在数据目录里,{made.damaged} 个内容与登记不符;"
            "请从更早的备份里找回",
            err=True,
        )
        raise click.exceptions.Exit(AMISS)


@main.command()
@click.argument("folder", type=_FOLDER)
def restore(folder: Path) -> None:
    """把一份备份恢复到空的数据库和空的数据目录;先核对清单,后核对审计记录。"""
    from webapp.audit_cli import FLAWS
    from webapp.operations.restore import restore as put_back

    with _database(there=False) as database:
        found = put_back(folder, database, data_folder(), _keys())
    click.echo(f"已恢复 {found.made_at} 的备份:{found.files:,} 个文件与清单相符")
    if found.before != found.after:
        click.echo(f"数据库已升级:{found.before} → {found.after}")
    if found.missing:
        click.echo(f"库里登记的证据文件有 {found.missing} 个备份里没有", err=True)
    for flaw in found.audit.flaws:
        click.echo(f"第 {flaw.place} 条:{FLAWS[flaw.code]}", err=True)
    if found.audit.flaws or found.missing:
        raise click.exceptions.Exit(AMISS)
    click.echo(f"审计记录 {found.audit.entries} 条,链头 {found.audit.heads} 个,核对无误")


def _keys() -> tuple[str, ...]:
    """Give the keys there are; where there is none, none is made."""
    from webapp.operations.manifest import BackupFault
    from webapp.settings import KEY, KEY_FILE, secret_keys

    place = data_folder() / KEY_FILE
    if KEY not in os.environ and not place.is_file():
        raise BackupFault(f"没有密钥:请先设置 {KEY},或把当时的密钥文件放到 {place}")
    return secret_keys()


@contextmanager
def _database(*, there: bool) -> Iterator[Database]:
    """Open the database as it is, of whatever revision; what is wrong ends with a sentence."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import SQLAlchemyError

    from webapp.database import Database
    from webapp.operations.manifest import BackupFault
    from webapp.operations.starting import said
    from webapp.settings import SettingsFault, database_url

    try:
        url = make_url(database_url())
        if there and url.get_backend_name() == "sqlite" and not Path(str(url.database)).is_file():
            raise BackupFault(f"没有数据库 {url.database};请看 MIANSHEN_DATABASE 和 MIANSHEN_DATA")
        database = Database(database_url())
        try:
            yield database
        finally:
            database.close()
    except (BackupFault, SettingsFault) as fault:
        raise fail(str(fault)) from fault
    except (SQLAlchemyError, OSError, ImportError) as error:
        raise fail(f"数据库不能用:{said(error)}") from error


__all__ = ["backup", "restore"]

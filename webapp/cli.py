"""The command `mianshen`: the engine's commands plus those of the web application.

Flask, SQLAlchemy and the pages are imported only by the commands that need them.
"""

from __future__ import annotations

import errno
import logging
import socket
import sys
from contextlib import ExitStack, closing
from pathlib import Path
from time import monotonic
from typing import Any

import click

from matcher.cli import fail, main
from matcher.command_input import catalogue_of, include_option
from webapp.limits import MAX_BATCH_BYTES, MAX_BODY_BYTES

__all__ = ["main"]

HOST, PORT, PORTS_TRIED = "127.0.0.1", 5000, 20
# Larger than the limit of the application, which answers with a page instead of a closed line.
SERVER_MAX_BODY = MAX_BATCH_BYTES + 4 * MAX_BODY_BYTES


@main.command()
@click.option("--host", default=HOST, show_default=True, help="监听的地址。")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=None,
    help=f"端口;不写时从 {PORT} 起找一个空的。",
)
@click.option("--jobs/--no-jobs", default=True, show_default=True, help="也在这里做后台任务。")
@include_option
@click.pass_context
def serve(
    ctx: click.Context, host: str, port: int | None, jobs: bool, include: tuple[str, ...]
) -> None:
    """启动网页,在浏览器里填写和查看结果。"""
    from waitress.server import create_server

    from webapp.operations.lines import configure
    from webapp.operations.starting import database_of
    from webapp.serving import application, jobs_of

    # On a terminal somebody looks at the pages, not at a line for each request.
    configure(logging.WARNING if sys.stderr.isatty() else logging.INFO)
    with _listen(host, port) as listening:
        app = application(ctx, include)
        click.echo(f"免申已启动: {_address(listening, host)}  (按 Ctrl+C 停止)")
        server = create_server(app, sockets=[listening], max_request_body_size=SERVER_MAX_BODY)
        try:
            with jobs_of(app, wanted=jobs):
                server.run()
        finally:
            server.close()
            database_of(app).close()


def _listen(host: str, port: int | None) -> socket.socket:
    """Open the port, or the next free one where none was asked for."""
    tried = [port] if port is not None else list(range(PORT, PORT + PORTS_TRIED))
    for candidate in tried:
        try:
            return _bind(host, candidate)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise fail(f"不能监听 {host}:{candidate}({error.strerror})") from error
    if port is not None:
        raise fail(f"端口 {port} 已被占用。换一个 --port,或不写 --port 让程序自己找")
    raise fail(f"端口 {tried[0]} 到 {tried[-1]} 都被占用,请用 --port 指定一个")


def _bind(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    opened = socket.socket(family, kind, protocol)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(address)
        opened.listen()
    except OSError:
        opened.close()
        raise
    return opened


def _address(listening: socket.socket, host: str) -> str:
    port = listening.getsockname()[1]
    shown = HOST if host in ("0.0.0.0", "::", "") else host  # noqa: S104 (what people type)
    return f"http://[{shown}]:{port}/" if ":" in shown else f"http://{shown}:{port}/"


@main.group()
def database() -> None:
    """网页的数据库。"""


@database.command()
def upgrade() -> None:
    """把数据库升级到这个版本的结构。"""
    from sqlalchemy.exc import SQLAlchemyError

    from webapp.database import Database
    from webapp.operations.starting import said
    from webapp.settings import database_url

    try:
        with closing(Database(database_url())) as opened:
            before, after = opened.upgrade()
    except (SQLAlchemyError, OSError, ImportError) as error:
        raise fail(f"数据库升级失败,没有改动:{said(error)}") from error
    click.echo(
        f"数据库已是 {after}" if before == after else f"数据库已升级:{before or '空'} → {after}"
    )


class Whole(click.ParamType[int]):
    """A whole number between two bounds, both included."""

    name = "INTEGER"

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high = low, high

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read the number, or say which ones there are."""
        text = str(value)
        if text.isascii() and text.isdigit() and len(text) <= len(str(self.high)):
            number = int(text)
            if self.low <= number <= self.high:
                return number
        place = param.opts[0] if param else self.name
        raise fail(f"{place}:“{text}”不行,应是 {self.low:,} 到 {self.high:,} 之间的整数")


@main.group()
def seed() -> None:
    """生成合成数据,供试用和测性能。"""


@seed.command()
@click.option("--rows", type=Whole(1, 10**8), default=1_000_000, show_default=True, help="企业数。")
@click.option(
    "--seed", "number", type=Whole(0, 2**63 - 1), default=7, show_default=True, help="种子。"
)
@click.option("--missing", type=Whole(0, 60), default=20, show_default=True, help="平均缺失,%。")
@click.option("-o", "--output", required=True, metavar="FILE.parquet|.csv", help="写到哪里。")
@click.option("--mapping", metavar="FILE.yaml", help="另写一份说明各列含义的对应表。")
@click.pass_context
def registry(
    ctx: click.Context, rows: int, number: int, missing: int, output: str, mapping: str | None
) -> None:
    """生成一份合成的企业登记表:企业和数字都是编造的,同一个种子每次都一样。"""
    from seeds.files import fault_of, whole_file
    from seeds.registry import FORMATS, column_count, mapping_yaml, write_registry

    target = Path(output)
    suffix = target.suffix.lower()
    if suffix not in FORMATS:
        raise fail(f"{output}:不知道写成什么格式,文件名请以 {' 或 '.join(FORMATS)} 结尾")
    if mapping and Path(mapping).absolute() == target.absolute():
        raise fail(f"{mapping}:--mapping 和 -o 是同一个文件,请换一个名字")
    began, place = monotonic(), mapping or output
    try:
        with ExitStack() as files:
            if mapping:
                text = mapping_yaml(vocabulary=catalogue_of(ctx).vocabulary)
                files.enter_context(whole_file(Path(mapping))).write(text.encode())
            place = output
            file = files.enter_context(whole_file(target))
            watched = sys.stderr.isatty()
            with click.progressbar(
                length=rows, label="生成", file=sys.stderr, hidden=not watched
            ) as bar:
                write_registry(file, suffix, rows, number, missing, bar.update)
    except OSError as error:
        raise fail(f"{place}:写不了({fault_of(error)}),什么也没有留下") from error
    shape = f"{rows:,} 家合成企业,{column_count()} 列"
    click.echo(f"已写出 {output}:{shape},用时 {monotonic() - began:.1f} 秒")


# The commands of accounts, of departments' facts and of the watch hang themselves onto `main`.
from webapp import (  # noqa: E402
    audit_cli,  # noqa: F401
    backup_cli,  # noqa: F401
    cases_cli,  # noqa: F401
    demo_cli,  # noqa: F401
    facts_cli,  # noqa: F401
    jobs_cli,  # noqa: F401
    keys_cli,  # noqa: F401
    users_cli,  # noqa: F401
    watch_cli,  # noqa: F401
)

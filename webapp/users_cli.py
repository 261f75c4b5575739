"""`mianshen users`: the first administrator, further accounts, disabling, one-time passwords, expiry, a new key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from matcher.cli import fail, main

if TYPE_CHECKING:
    from webapp.services.people.accounts import Accounts

KINDS = {
    "sessions": "过期登录 {n} 个",
    "guesses": "试错计数 {n} 行",
    "users": "无企业核准的账号 {n} 个",
    "contacts": "联系方式 {n} 处",
    "accounts": "收款账号 {n} 个",
    "followed": "关注 {n} 项",
    "mails": "邮件记录 {n} 条",
    "mailboxes": "邮箱 {n} 个",
    "mailbox_links": "邮箱确认链接 {n} 个",
    "followed_links": "退订链接 {n} 个",
    "seconds": "动态码 {n} 个",
    "lines": "付款明细 {n} 行",
    "heads": "审计链头 {n} 个",
    "spares": "备用码 {n} 个",
    "recoveries": "恢复码 {n} 个",
}
"""What is deleted or sealed anew, counted."""


@main.group()
def users() -> None:
    """账号:第一位管理员、新增、停用、重设、换密钥。"""


@users.command()
@click.option("--login", required=True, help="登录名。")
@click.option("--name", required=True, help="姓名。")
def first(login: str, name: str) -> None:
    """设第一位管理员,显示一次性密码;已有管理员时不设。"""
    from webapp.services.people import users as service

    with accounts_here() as (accounts, now):
        password = service.first(accounts, login, name, now)
    _hand_over(password)


@users.command()
@click.option("--login", required=True, help="登录名。")
@click.option("--name", required=True, help="姓名。")
@click.option(
    "--role", "labels", multiple=True, required=True, help="角色,可写多次,如 --role 经办。"
)
def add(login: str, name: str, labels: tuple[str, ...]) -> None:
    """新增工作人员账号,显示一次性密码。"""
    from webapp.services.people import users as service
    from webapp.services.people.roles import LABELS, STAFF, SYSTEM

    known = {LABELS[role][0]: role for role in LABELS if role in STAFF}
    wrong = [label for label in labels if label not in known]
    if wrong:
        raise fail(f"没有“{wrong[0]}”这个角色,可用的有:{'、'.join(known)}")
    with accounts_here() as (accounts, now):
        roles = [known[label] for label in labels]
        password = service.add(accounts, SYSTEM, login, name, roles, now)
    _hand_over(password)


@users.command()
@click.argument("login")
def disable(login: str) -> None:
    """停用一个账号,登录立即退出。"""
    from webapp.services.people import users as service
    from webapp.services.people.roles import SYSTEM

    with accounts_here() as (accounts, now):
        service.disable(accounts, SYSTEM, _number(accounts, login), now)
    click.echo(f"已停用:{login}")


@users.command()
@click.argument("login")
@click.option("--second", is_flag=True, help="动态码也重设(手机和备用码都丢了)。")
def reset(login: str, second: bool) -> None:
    """重设一个账号的密码,显示一次性密码。"""
    from webapp.services.people import users as service
    from webapp.services.people.roles import SYSTEM

    with accounts_here() as (accounts, now):
        password = service.reset(accounts, SYSTEM, _number(accounts, login), second, now)
    _hand_over(password)


@users.command()
def expire() -> None:
    """删去到期的:过期登录、没用上的账号、了结已久的联系方式和收款账号、停了的关注和用不上的邮箱。每天运行一次。"""
    from webapp.services.people import erasure

    with accounts_here() as (accounts, now):
        found = erasure.expire(accounts, now)
    click.echo("已删除:" + _counted(found))


@users.command("rotate-keys")
def rotate_keys() -> None:
    """换密钥之后:把旧密钥封存的全部用新密钥重新封存。可随时停下、重来。"""
    from webapp.services.rekeying import seal_anew
    from webapp.settings import OLDER_KEYS, secret_keys

    with accounts_here() as (accounts, now):
        found = seal_anew(accounts.database, secret_keys(), now)
    click.echo("已用新密钥重新封存:" + _counted(found.done))
    if any(found.digests.values()):
        click.echo(
            f"只存摘要、不能重新封存:{_counted(found.digests)};"
            f"其中换密钥之前的,旧密钥还写在 {OLDER_KEYS} 里时才有效"
        )
    shut = {kind: n for kind, n in found.shut.items() if n}
    if shut:
        raise fail(f"现有的密钥打不开:{_counted(shut)}。把当时的密钥加进 {OLDER_KEYS} 后再运行一次")


def _counted(numbers: dict[str, int]) -> str:
    return ",".join(KINDS[kind].format(n=n) for kind, n in numbers.items())


def _number(accounts: Accounts, login: str) -> int:
    from webapp.services.people.users import by_login

    with accounts.database.reading() as session:
        return by_login(session, login).id


def _hand_over(password: str) -> None:
    from webapp.limits import ONE_TIME_PASSWORD

    click.echo(f"一次性密码(只显示这一次,{ONE_TIME_PASSWORD.days} 天内有效):\n{password}")
    click.echo("首次登录时要换成自己的密码,并开启动态码。")


@contextmanager
def accounts_here() -> Iterator[tuple[Accounts, datetime]]:
    """Give the accounts of this installation and the present moment; what is wrong ends with a sentence."""
    from sqlalchemy.exc import SQLAlchemyError

    from webapp.casework import opened, sentence
    from webapp.services.cases.refusals import Refused
    from webapp.services.people.accounts import accounts_of
    from webapp.services.people.passwords import Passwords
    from webapp.settings import SettingsFault, password_policy, secret_keys

    try:
        key, *older = secret_keys()
        passwords = Passwords(password_policy())
        with opened() as database:
            yield accounts_of(database, key, passwords, older), datetime.now(UTC)
    except Refused as refused:
        raise fail(sentence(refused)) from refused
    except SettingsFault as error:
        raise fail(str(error)) from error
    except SQLAlchemyError as error:
        raise fail(f"数据库不能用:{str(getattr(error, 'orig', None) or error).strip()}") from error


__all__ = ["users"]

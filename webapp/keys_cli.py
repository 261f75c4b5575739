"""`mianshen keys`: API keys for other systems, made, listed and revoked."""

from __future__ import annotations

import click

from matcher.cli import fail, main
from matcher.command_input import CHINA, catalogue_of, echo_json, json_option
from webapp.limits import KEY_DAY, KEY_DAYS, KEY_MINUTE
from webapp.users_cli import accounts_here

STATES = {"open": "有效", "expired": "已过期", "revoked": "已停用"}


@main.group()
def keys() -> None:
    """接口密钥:发放、列出、停用。"""


@keys.command()
@click.option("--name", required=True, help="给哪个系统。")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    help="可以做什么,可写多次:match_many、companies_see、cases_see、facts_import。",
)
@click.option("--custodian", default="", help="代表哪个部门(facts_import 必写)。")
@click.option("--per-minute", default=KEY_MINUTE, show_default=True, help="每分钟几次。")
@click.option("--per-day", default=KEY_DAY, show_default=True, help="每天几次。")
@click.option("--days", default=KEY_DAYS, show_default=True, help="有效几天。")
@click.pass_context
def add(
    ctx: click.Context,
    name: str,
    scopes: tuple[str, ...],
    custodian: str,
    per_minute: int,
    per_day: int,
    days: int,
) -> None:
    """发放一把密钥,只显示这一次。"""
    from webapp.services.people.keys import Wanted
    from webapp.services.people.keys import add as add_key
    from webapp.services.people.roles import SCOPES, SYSTEM

    known = [scope.value for scope in SCOPES]
    wrong = [scope for scope in scopes if scope not in known]
    if wrong:
        raise fail(f"没有“{wrong[0]}”这项权限,可用的有:{'、'.join(known)}")
    wanted = Wanted(name, frozenset(scopes), custodian, per_minute, per_day, days)
    vocabulary = catalogue_of(ctx).vocabulary
    with accounts_here() as (accounts, now):
        number, secret = add_key(accounts, SYSTEM, wanted, vocabulary, now)
    click.echo(f"第 {number} 号密钥(只显示这一次,{days} 天内有效):\n{secret}")


@keys.command(name="list")
@json_option
def list_keys(as_json: bool) -> None:
    """列出全部密钥。"""
    from webapp.services.people.keys import listed

    with accounts_here() as (accounts, now), accounts.database.reading() as session:
        found = listed(session)
    if as_json:
        echo_json(
            [
                {
                    "id": key.id,
                    "name": key.name,
                    "shown": key.shown,
                    "scopes": list(key.scopes),
                    "custodian": key.custodian or None,
                    "per_minute": key.per_minute,
                    "per_day": key.per_day,
                    "expires_at": key.expires_at.isoformat(),
                    "last_used_at": key.last_used_at.isoformat() if key.last_used_at else None,
                    "state": key.state(now),
                }
                for key in found
            ]
        )
        return
    for key in found:
        until = key.expires_at.astimezone(CHINA).date()
        rights = "、".join(key.scopes) or "目录和比对"
        speaks = f",代表{key.custodian}" if key.custodian else ""
        click.echo(
            f"{key.id}  {key.name}  {key.shown}…  {rights}{speaks}  至 {until}  {STATES[key.state(now)]}"
        )
    if not found:
        click.echo("还没有密钥。")


@keys.command()
@click.argument("number", type=click.IntRange(1))
def revoke(number: int) -> None:
    """停用一把密钥,立即生效。"""
    from webapp.services.cases.refusals import Missing
    from webapp.services.people.keys import revoke as revoke_key
    from webapp.services.people.roles import SYSTEM

    with accounts_here() as (accounts, now):
        try:
            revoke_key(accounts, SYSTEM, number, now)
        except Missing as missing:
            raise fail(f"没有第 {number} 号密钥") from missing
    click.echo(f"已停用第 {number} 号密钥")


__all__ = ["keys"]

"""`mianshen demo`: fill an empty installation with invented people, companies and cases, to try the desk."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from matcher.cli import main
from matcher.command_input import catalogue_of, fail, today
from matcher.locations import SAMPLES, rules_folder


@main.command()
@click.pass_context
def demo(ctx: click.Context) -> None:
    """放入演示数据:每种角色一个账号,编造的企业,每个环节一件事项;只用于空的数据库。"""
    from webapp.casework import casework
    from webapp.services.cases.refusals import Refused
    from webapp.services.demo import DOCUMENT, prepare
    from webapp.services.people.accounts import accounts_of
    from webapp.services.people.passwords import Passwords
    from webapp.services.people.roles import LABELS
    from webapp.services.workdays import UnknownYear
    from webapp.settings import password_policy, secret_key
    from webapp.texts import LANGUAGES, Texts

    catalogue = catalogue_of(ctx, (DOCUMENT,))
    with casework(catalogue, rules_folder(ctx.find_root().obj)) as work:
        accounts = accounts_of(work.database, secret_key(), Passwords(password_policy()))
        try:
            logins = prepare(work, accounts, datetime.now(UTC), today())
        except UnknownYear as unknown:
            raise fail(str(unknown)) from unknown
        except Refused as refused:
            sentence = Texts().get(LANGUAGES[0], f"refused.{refused.code}", **refused.values)
            raise fail(sentence) from refused
    click.echo("演示数据已放好:企业、事项和金额都是编造的,所据条款是示例,不是现行规定。")
    click.echo("登录名     角色       密码(只显示这一次;工作人员的是一次性密码)")
    for one in logins:
        click.echo(f"{one.login:<10} {LABELS[one.role][0]:<8} {one.password}")
    click.echo(f"启动:{SAMPLES}={DOCUMENT} mianshen serve,打开后点右上角“登录”。")
    click.echo("工作人员首次登录要换密码并开启动态码(任何 TOTP 应用都可以)。")


__all__ = ["demo"]

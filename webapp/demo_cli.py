"""`mianshen demo`: fill an empty installation with invented people, companies and cases, to try the desk."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from matcher.cli import main
from matcher.command_input import catalogue_of, fail, today
from matcher.locations import SAMPLES, data_folder, rules_folder


@main.command()
@click.pass_context
def demo(ctx: click.Context) -> None:
    """放入演示数据:每种角色一个账号,编造的企业,每个环节一件事项;只用于空的数据库。"""
    from webapp.casework import WORKDAYS, casework, sentence
    from webapp.services.cases.refusals import Refused
    from webapp.services.demo import DOCUMENT, prepare
    from webapp.services.people.accounts import accounts_of
    from webapp.services.people.passwords import Passwords
    from webapp.services.people.roles import LABELS
    from webapp.services.workdays import FOLDER, UnknownYear
    from webapp.settings import password_policy, secret_keys

    catalogue = catalogue_of(ctx, (DOCUMENT,))
    with casework(catalogue, rules_folder(ctx.find_root().obj)) as work:
        key, *older = secret_keys()
        accounts = accounts_of(work.database, key, Passwords(password_policy()), older)
        day = today()
        try:
            made = prepare(work, accounts, datetime.now(UTC), day)
        except UnknownYear as unknown:
            where = data_folder() / WORKDAYS / f"{unknown.year}.yaml"
            raise fail(f"{unknown},写成 {where}(格式照 {FOLDER} 里的文件)") from unknown
        except Refused as refused:
            raise fail(sentence(refused)) from refused
    click.echo("演示数据已放好:企业、事项和金额都是编造的,所据条款是示例,不是现行规定。")
    click.echo("登录名     角色       密码(只显示这一次;工作人员的是一次性密码)")
    for one in made.logins:
        click.echo(f"{one.login:<10} {LABELS[one.role][0]:<8} {one.password}")
    if made.day != day:
        click.echo(
            f"事项停在 {made.day} 这一天:从今天算,同一年里还没有过完的公示期,或者下一年的工作日历不在手上"
            f"(放进 {data_folder() / WORKDAYS})。期限会显示为已过。"
        )
    click.echo(f"启动:{SAMPLES}={DOCUMENT} mianshen serve,打开后点右上角“登录”。")
    click.echo("工作人员首次登录要换密码并开启动态码(任何 TOTP 应用都可以)。")


__all__ = ["demo"]

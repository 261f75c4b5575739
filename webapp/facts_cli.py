"""The commands `mianshen facts …`: what custodians send is taken into the registry.

Exit codes: 0 done (rows may have been rejected), 2 bad input (nothing more was taken).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from matcher.cli import main
from matcher.command_input import (
    Day,
    as_of_option,
    catalogue_of,
    echo_json,
    fail,
    include_option,
    json_option,
    today,
)
from matcher.locations import rules_folder

if TYPE_CHECKING:
    from webapp.services.registry.reading import RowFault
    from webapp.services.registry.sending import Report

HEAD = ("行号", "列", "原值", "原因", "怎么改")


@main.group()
def facts() -> None:
    """部门数据。"""


@facts.command("import")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--custodian", required=True, metavar="部门", help="数据是哪个部门的,如 科技局。")
@as_of_option
@click.option("--valid-to", type=Day(), default=None, help="这份数据有效到哪一天。")
@click.option("--mapping", type=click.Path(path_type=Path), help="列映射(batch map 写出的 YAML)。")
@click.option("--sheet", help="XLSX 的工作表。")
@click.option(
    "--register/--report", "registers", default=None, help="登记表里没有的企业:登记或退回。"
)
@click.option("--rejected", type=click.Path(path_type=Path), help="退回的行写到哪里。")
@click.option("--dry-run", "dry", is_flag=True, help="只检查,什么也不改。")
@include_option
@json_option
@click.pass_context
def import_(
    ctx: click.Context,
    path: Path,
    custodian: str,
    as_of: date | None,
    valid_to: date | None,
    mapping: Path | None,
    sheet: str | None,
    registers: bool | None,
    rejected: Path | None,
    dry: bool,
    include: tuple[str, ...],
    as_json: bool,
) -> None:
    """取入一个部门的数据:只有它保管的指标算已核验;不对的行退回,写明怎么改。"""
    from webapp.casework import casework
    from webapp.services.people.roles import SYSTEM
    from webapp.services.registry.imports import take
    from webapp.services.registry.sending import Office, Sending

    catalogue = catalogue_of(ctx, include)
    day = today()
    sending = Sending(path, custodian, as_of or day, mapping, sheet, valid_to, registers, dry)
    target = rejected or path.with_name(f"{path.stem}.rejected.csv")
    with _said(), casework(catalogue, rules_folder(ctx.find_root().obj)) as work:
        office = Office(work.database, work.sealer, catalogue, work.prover.rules)
        with _rejected(target) as reject:
            report = take(office, sending, SYSTEM, reject, lambda: datetime.now(UTC), day)
    _print(report, sending.custodian, target, dry=dry, as_json=as_json)


@contextmanager
def _said() -> Iterator[None]:
    """Turn what stops an import into a sentence."""
    from matcher.language.diagnostics import SourceError
    from matcher.registry.faults import RegistryFault
    from webapp.services.registry.sending import ImportFault

    try:
        yield
    except SourceError as error:
        click.echo(str(error), err=True)
        raise fail(f"有 {len(error.diagnostics)} 处错误,请先改正") from error
    except (ImportFault, RegistryFault) as error:
        raise fail(str(error)) from error


@contextmanager
def _rejected(target: Path) -> Iterator[Callable[[RowFault], None]]:
    """Write rejected rows beside, whole or not at all; without any there is no file."""
    from matcher.registry.rejected import FORMULA

    new = target.with_name(f".{target.name}.new")
    count = 0
    try:
        with new.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEAD)

            def reject(fault: RowFault) -> None:
                nonlocal count
                count += 1
                cells = (fault.column, fault.value, fault.reason, fault.repair)
                writer.writerow(
                    [fault.row, *(f"'{one}" if re.match(FORMULA, one) else one for one in cells)]
                )

            yield reject
        if count:
            new.replace(target)
    except OSError as error:
        raise fail(f"{target}:写不进({error.strerror})") from error
    finally:
        new.unlink(missing_ok=True)


def _print(report: Report, custodian: str, target: Path, *, dry: bool, as_json: bool) -> None:
    if as_json:
        echo_json(_json(report, target))
        return
    head = "检查完毕,没有改动" if dry else "已取入"
    learned = report.learned
    click.echo(
        f"{head}:{report.rows} 行,采用 {report.accepted},退回 {report.rejected};"
        f"新事实 {learned.new},已知 {learned.same},更旧 {learned.outdated},冲突 {learned.conflicts}"
    )
    if report.resumed_after and not dry:
        click.echo(f"从上次停下的第 {report.resumed_after} 行之后接着取")
    if report.created or report.renamed:
        click.echo(f"新登记企业 {report.created} 家,更名 {report.renamed} 家")
    if report.reported:
        click.echo(f"不由{custodian}保管,只作转报、不算已核验:{'、'.join(report.reported)}")
    if report.left_out:
        click.echo(f"要另行登记文号并由两人办理,没有取入:{'、'.join(report.left_out)}")
    for sentence, count in sorted(report.warnings.items()):
        click.echo(f"提示:{sentence}({count} 行)")
    if report.faults:
        click.echo(f"退回的行和改法在 {target}")


def _json(report: Report, target: Path) -> dict[str, Any]:
    learned = report.learned
    return {
        "rows": report.rows,
        "accepted": report.accepted,
        "rejected": report.rejected,
        "created": report.created,
        "renamed": report.renamed,
        "new": learned.new,
        "same": learned.same,
        "outdated": learned.outdated,
        "conflicts": learned.conflicts,
        "reported": list(report.reported),
        "left_out": list(report.left_out),
        "warnings": dict(sorted(report.warnings.items())),
        "resumed_after": report.resumed_after,
        "rejected_file": str(target) if report.faults else "",
    }

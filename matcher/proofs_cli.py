"""The commands that prove things of rules: `check --proofs`, `check --boundaries` and `diff`.

In: catalogues and a date. Out: findings with places and companies, case files. Without z3 they say in one
line how to get it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from matcher.catalogue import Catalogue, load
from matcher.command_input import (
    DEFECTS,
    as_of_option,
    echo_json,
    fail,
    industries,
    json_option,
    today,
)
from matcher.documents.load import DOCUMENT_FILE
from matcher.language.diagnostics import SourceError

if TYPE_CHECKING:
    from matcher.proofs.differences import Change
    from matcher.proofs.witnesses import Witness

INSTALL = "证明要用 z3:pip install 'mianshen[proofs]'"

save_option = click.option(
    "--save-case", metavar="FILE", help="把举出的企业写成用例,接在文件末尾。"
)
_OPTIONS: list[Callable[[Any], Any]] = [
    click.option("--proofs", is_flag=True, help="再用 z3 证明:永不成立、走不到、多余、重复。"),
    save_option,
    click.option("--boundaries", metavar="DIR", help="给每个数值门槛写上下几个用例。"),
    as_of_option,
]


def with_proofs(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of this module."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def need_z3() -> None:
    """Stop with one line where z3 is not installed."""
    if find_spec("z3") is None:
        raise fail(INSTALL)


def prove(
    catalogue: Catalogue,
    as_of: date | None,
    *,
    proofs: bool,
    save_case: str | None,
    boundaries: str | None,
) -> None:
    """Do what the options of `check` ask for, once the rules are free of mistakes."""
    if not (proofs or boundaries or save_case):
        return
    need_z3()
    if boundaries is not None:
        from matcher.proofs.cases import write_boundaries

        for path, count in write_boundaries(catalogue, as_of or today(), Path(boundaries)):
            click.echo(f"已写 {path}:{count} 个用例")
    if proofs or save_case:
        _assure(catalogue, as_of or today(), save_case)


def _assure(catalogue: Catalogue, as_of: date, save_case: str | None) -> None:
    from matcher.proofs.assurance import assure
    from matcher.proofs.cases import case_of, save

    found = assure(catalogue, as_of)
    for one in found:
        click.echo(one.render())
        if one.witness is not None:
            _show("符合整条而不符合这一支的企业", one.witness)
        click.echo()
    cases = [case for one in found if (case := case_of(one, catalogue.vocabulary)) is not None]
    if save_case is not None:
        save(Path(save_case), cases)
        click.echo(f"已把 {len(cases)} 个用例写到 {save_case}")
    if found:
        click.echo(f"证明发现 {len(found)} 处")
        raise click.exceptions.Exit(DEFECTS)
    click.echo("证明没有发现问题")


def _show(title: str, witness: Witness) -> None:
    click.echo(f"   {title}:")
    for line in witness.text.splitlines():
        click.echo(f"     {line}")


@click.command()
@click.argument("old")
@click.argument("new")
@as_of_option
@json_option
@save_option
def diff(old: str, new: str, as_of: date | None, as_json: bool, save_case: str | None) -> None:
    """两版规则的差别:新增、删去、只改文字,还是含义变了(举出一家企业)。

    OLD 和 NEW 是规则目录,或其中一份文件的目录。
    """
    need_z3()
    from matcher.proofs.cases import cases_of, save
    from matcher.proofs.differences import changes

    before, after = _catalogue(old), _catalogue(new)
    found = list(changes(before, after, as_of or today()))
    if save_case is not None:
        save(Path(save_case), [case for one in found for case in cases_of(one, after.vocabulary)])
    if as_json:
        echo_json([_change_json(change) for change in found])
        return
    for change in found:
        _print_change(change)
    click.echo(f"共 {len(found)} 处不同" if found else "两版规则没有不同")


def _catalogue(path: str) -> Catalogue:
    """Load a rules folder, or one document of it by its folder."""
    folder = Path(path)
    single = (folder / DOCUMENT_FILE).is_file()
    rules = folder.parent if single else folder
    if not (rules / "vocabulary").is_dir():
        raise fail(f"{path}:不是规则目录(里面应有 vocabulary/),也不是其中一份文件的目录")
    try:
        catalogue = load(rules, industries=industries(), include=None)
    except SourceError as error:
        click.echo(str(error), err=True)
        raise fail(
            f"{path} 有 {len(error.diagnostics)} 处错误,请先用 mianshen check 改正"
        ) from error
    if not single:
        return catalogue
    documents = tuple(item for item in catalogue.documents if rules / item.id == folder)
    return replace(catalogue, documents=documents, standards=())


def _print_change(change: Change) -> None:
    words = f"(改动:{'、'.join(change.words)})" if change.words else ""
    click.echo(f"{change.kind.value}  {change.rule.id}  {change.rule.title}{words}")
    if change.gained is not None:
        _show("新版符合、旧版不符合的企业", change.gained)
    if change.lost is not None:
        _show("旧版符合、新版不符合的企业", change.lost)


def _change_json(change: Change) -> dict[str, Any]:
    return {
        "id": change.rule.id,
        "change": change.kind.name.lower(),
        "words": list(change.words),
        "gained": change.gained.company if change.gained else None,
        "lost": change.lost.company if change.lost else None,
    }

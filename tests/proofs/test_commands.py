"""The commands: what they print, what they write, how they end."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from matcher import proofs_cli
from matcher.catalogue import Catalogue
from matcher.proofs_cli import INSTALL
from tests.casefiles import Case, cases_of, company_of
from tests.conftest import ROOT, RULES
from webapp.cli import main

DAY = "2025-09-01"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.mark.parametrize(
    "arguments", [("check", "--proofs"), ("check", "--boundaries", "x"), ("diff", RULES, RULES)]
)
def test_without_z3_one_line_says_how_to_get_it(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proofs_cli, "find_spec", lambda name: None)

    result = run(*arguments)

    assert result.exit_code == 2
    assert result.stderr.strip() == INSTALL


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """A copy of the rules in which one measure of Hefei asks for two people instead of one."""
    pytest.importorskip("z3")
    shutil.copytree(RULES, tmp_path / "rules")
    shutil.copytree(ROOT / "seeds" / "policies", tmp_path / "seeds" / "policies")
    (path,) = (tmp_path / "rules" / "hefei-2025").glob("13-*.yaml")
    text = path.read_text(encoding="utf-8")
    old = "高层次人才人数 ≥ 1 人"
    assert old in text
    path.write_text(text.replace(old, "高层次人才人数 ≥ 2 人", 1), encoding="utf-8")
    return tmp_path / "rules"


def test_diff_shows_a_company_and_writes_its_case(
    changed: Path, tmp_path: Path, catalogue: Catalogue
) -> None:
    saved = tmp_path / "cases.yaml"

    result = run("diff", RULES, changed, "--as-of", DAY, "--save-case", saved)

    assert result.exit_code == 0
    assert "收窄  hefei-2025/13.2" in result.output
    assert "旧版符合、新版不符合的企业" in result.output
    (case,) = cases_of(saved)
    assert isinstance(case, Case)
    assert (case.measure, case.verdict) == ("hefei-2025/13.2", "不符合")
    assert company_of(case.said["企业"], catalogue.vocabulary).profile.facts


def test_diff_of_one_document(changed: Path) -> None:
    result = run("diff", RULES / "hefei-2025", changed / "hefei-2025", "--as-of", DAY, "--json")
    assert [(one["id"], one["change"]) for one in yaml.safe_load(result.output)] == [
        ("hefei-2025/13.2", "narrower")
    ]

    same = run("diff", RULES / "bozhou-2025-38", changed / "bozhou-2025-38", "--as-of", DAY)
    assert same.output == "两版规则没有不同\n"


def test_diff_needs_a_rules_folder(tmp_path: Path) -> None:
    pytest.importorskip("z3")
    result = run("diff", RULES, tmp_path)
    assert result.exit_code == 2
    assert "不是规则目录" in result.stderr


def test_a_branch_inside_another_fails_the_check_and_becomes_a_case(
    changed: Path, tmp_path: Path, catalogue: Catalogue
) -> None:
    (path,) = (changed / "hefei-2025").glob("01-*.yaml")
    text = path.read_text(encoding="utf-8")
    # The lint of `check` sees equal sentences; that one titled company is the other takes a proof.
    wider = "        - 资质 含任一 (科技型中小企业、绿色工厂)\n"
    old = "        - 资质 含 科技型中小企业\n"
    assert old in text
    path.write_text(text.replace(old, old + wider, 1), encoding="utf-8")
    saved = tmp_path / "cases.yaml"

    result = run("check", changed, "--proofs", "--as-of", DAY, "--save-case", saved)

    assert result.exit_code == 1
    assert "多余 [redundant]: 符合这一支的,都已符合任一中的其他支" in result.output
    assert f"{path.name}:" in result.output
    (case,) = cases_of(saved)
    assert (case.measure, case.verdict) == ("hefei-2025/1.4", "符合")

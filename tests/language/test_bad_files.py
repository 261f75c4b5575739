"""Every mistake has its whole message beside it: place, line, caret, clause and repair."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from matcher.catalogue import Catalogue, load
from matcher.language.diagnostics import KINDS, Problems, display_width
from matcher.language.source import MAX_BYTES, MAX_NODES
from matcher.vocabulary.model import Vocabulary
from tests.conftest import RULES
from tests.language.harness import (
    BAD,
    company_diagnostics,
    diagnostics,
    folder,
    rendered,
)
from webapp.cli import main

CLAUSES = sorted((BAD / "clauses").glob("*.yaml"))
DOCUMENTS = sorted(path for path in (BAD / "documents").iterdir() if path.is_dir())
VOCABULARIES = sorted((BAD / "vocabulary").glob("*.yaml"))
COMPANIES = sorted((BAD / "companies").glob("*.yaml"))


@pytest.fixture(scope="module")
def vocabulary(catalogue: Catalogue) -> Vocabulary:
    return catalogue.vocabulary


def expect(golden: Path, said: str) -> None:
    """Compare with the message kept beside the file; UPDATE_GOLDENS=1 writes it anew."""
    if os.environ.get("UPDATE_GOLDENS"):
        golden.write_text(said, encoding="utf-8")
    assert said == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", CLAUSES, ids=lambda path: path.stem)
def test_a_broken_clause_file(path: Path, tmp_path: Path, vocabulary: Vocabulary) -> None:
    expect(path.with_suffix(".txt"), diagnostics(folder(tmp_path, path), vocabulary))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_broken_document(path: Path, tmp_path: Path, vocabulary: Vocabulary) -> None:
    rules = folder(tmp_path, *sorted(path.iterdir()))

    expect(path.with_suffix(".txt"), diagnostics(rules, vocabulary))


@pytest.mark.parametrize("path", VOCABULARIES, ids=lambda path: path.stem)
def test_a_broken_vocabulary(path: Path, tmp_path: Path) -> None:
    rules = folder(tmp_path, vocabulary=True)
    (rules / "vocabulary" / path.name).write_bytes(path.read_bytes())
    problems = Problems()
    load(rules, problems)

    expect(path.with_suffix(".txt"), rendered(problems))


@pytest.mark.parametrize("path", COMPANIES, ids=lambda path: path.stem)
def test_a_broken_company_file(path: Path, vocabulary: Vocabulary) -> None:
    expect(path.with_suffix(".txt"), company_diagnostics(path, vocabulary))


# --- what all messages have in common ---------------------------------------------------------------

GOLDENS = sorted(BAD.glob("*/*.txt"))
HEAD = re.compile(
    r"^(?P<file>[^:\n]+):(?P<line>\d+):(?P<column>\d+): \S+ \[(?P<code>[\w-]+)\]: .+$"
)


def test_every_code_has_a_golden() -> None:
    said = {code for path in GOLDENS for code in re.findall(r"\[([a-z-]+)\]: ", path.read_text())}

    assert said == set(KINDS)


def test_no_golden_is_empty() -> None:
    assert [path.name for path in GOLDENS if not path.read_text().strip()] == []


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_message_has_a_place_and_a_caret_under_it(path: Path) -> None:
    for message in path.read_text(encoding="utf-8").strip().split("\n\n"):
        lines = message.split("\n")
        head = HEAD.match(lines[0])
        assert head, lines[0]
        if len(lines) < 4 or "| " not in lines[2]:
            continue  # an empty or unreadable file has no line to show
        shown, caret = lines[2].split("| ", 1)[1], lines[3].split("| ", 1)[1]
        column = int(head["column"]) - 1
        if not shown.startswith("…"):
            assert display_width(shown[:column]) == len(caret) - len(caret.lstrip())


def test_nearly_every_message_says_how_to_repair() -> None:
    messages = [m for path in GOLDENS for m in path.read_text().strip().split("\n\n")]
    without = [message.split("\n")[0] for message in messages if "建议: " not in message]

    # A word that resembles nothing has no nearest word, and its table is short enough to be known.
    assert len(without) <= len(messages) // 50, without


# --- the command --------------------------------------------------------------------------------------


def check(rules: Path) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["check", str(rules)])
    return result.exit_code, result.output


def test_the_check_prints_what_the_goldens_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIANSHEN_DATA", str(tmp_path / "data"))
    path = next(path for path in CLAUSES if path.stem.endswith("several-mistakes"))
    code, output = check(folder(tmp_path, path, vocabulary=True))

    assert code == 1
    assert output == path.with_suffix(".txt").read_text(encoding="utf-8") + "4 处错误\n"


def test_one_run_reports_the_mistakes_of_all_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIANSHEN_DATA", str(tmp_path / "data"))
    rules = folder(tmp_path, *CLAUSES, vocabulary=True)
    _, output = check(rules)

    named = set(re.findall(r"^rules/demo/([^:]+\.yaml):", output, re.MULTILINE))
    assert {path.name for path in CLAUSES} <= named


def test_a_broken_vocabulary_file_is_not_drowned_by_the_rules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIANSHEN_DATA", str(tmp_path / "data"))
    rules = folder(tmp_path, *CLAUSES, vocabulary=True)
    (rules / "vocabulary" / "指标-基本信息.yaml").write_text("指标: [\n", encoding="utf-8")
    code, output = check(rules)

    assert code == 1
    assert "rules/vocabulary/指标-基本信息.yaml:1:5: 文件格式 [yaml]" in output
    assert "rules/demo/" not in output


# --- files too large to keep --------------------------------------------------------------------------


def limit_message(text: str, tmp_path: Path, vocabulary: Vocabulary) -> str:
    rules = folder(tmp_path)
    (rules / "demo" / "一.yaml").write_text(text, encoding="utf-8")
    return diagnostics(rules, vocabulary)


def test_a_file_at_the_limit_is_read_and_one_byte_more_is_refused(
    tmp_path: Path, vocabulary: Vocabulary
) -> None:
    head = "条款: 一\n标题: 支持企业创新\n#"
    fits = head + "x" * (MAX_BYTES - len(head.encode()))

    assert limit_message(fits, tmp_path / "a", vocabulary) == ""
    assert limit_message(fits + "x", tmp_path / "b", vocabulary) == (
        "rules/demo/一.yaml:1:1: 超出限制 [limit]: 文件超过 256 KiB\n"
        "   |\n 1 | 条款: 一\n   | ^^\n   建议: 请拆成几个文件\n\n"
    )


def test_too_many_nodes(tmp_path: Path, vocabulary: Vocabulary) -> None:
    text = "条款: 一\n标题: 支持企业创新\n措施: [" + "a," * MAX_NODES + "]\n"

    assert f"[limit]: 内容超过 {MAX_NODES} 项" in limit_message(text, tmp_path, vocabulary)


def test_the_shipped_rules_have_no_mistakes() -> None:
    problems = Problems()
    load(RULES, problems)

    assert rendered(problems) == ""

"""Builds small rules folders around one mistake and writes what the check says of it."""

from __future__ import annotations

import shutil
from pathlib import Path

from matcher.catalogue import read_rules
from matcher.language.diagnostics import Problems, SourceError
from matcher.language.profiles import read_company
from matcher.vocabulary.model import Vocabulary
from tests.conftest import AS_OF, RULES

BAD = Path(__file__).parent / "bad"
# A text made up for these tests.
TEXT = """示例市促进产业发展若干措施(虚构,仅作示例)
一、支持企业创新。对高新技术企业给予奖补。对瞪羚企业给予奖补。本文仅作示例。
二、支持技术改造。对企业开展技术改造给予补助。
"""
DOCUMENT = """\
编号: demo
名称: 示例措施(虚构)
印发日期: 2026-03-01
原文: 原文.txt
范围: 注册地 属于 淮南市
"""
SECOND = "条款: 二\n标题: 支持技术改造\n"


def folder(tmp_path: Path, *files: Path, vocabulary: bool = False) -> Path:
    """Make a rules folder with one made-up document and the given files in it."""
    rules = tmp_path / "rules"
    demo = rules / "demo"
    demo.mkdir(parents=True)
    (demo / "原文.txt").write_text(TEXT, encoding="utf-8")
    (demo / "document.yaml").write_text(DOCUMENT, encoding="utf-8")
    (demo / "二.yaml").write_text(SECOND, encoding="utf-8")
    shutil.copytree(RULES / "national", rules / "national")
    if vocabulary:
        shutil.copytree(RULES / "vocabulary", rules / "vocabulary")
    for file in files:
        shutil.copy(file, demo / file.name)
    return rules


def diagnostics(rules: Path, vocabulary: Vocabulary) -> str:
    """Read a rules folder with a vocabulary that was read before, and render every mistake."""
    problems = Problems()
    read_rules(rules, vocabulary, problems)
    return rendered(problems)


def rendered(problems: Problems) -> str:
    """Write mistakes as `mianshen check` does."""
    return "".join(item.render() + "\n\n" for item in problems)


def company_diagnostics(path: Path, vocabulary: Vocabulary) -> str:
    """Read a company file and render its mistakes, or the notes that come with it."""
    try:
        company = read_company(path.read_text(encoding="utf-8"), path.name, vocabulary, AS_OF)
    except SourceError as error:
        return "".join(item.render() + "\n\n" for item in error.diagnostics)
    return "".join(item.render() + "\n\n" for item in company.warnings)

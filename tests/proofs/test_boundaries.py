"""The companies around every number of the shipped rules and standards, kept as cases.

Write them anew with ``mianshen check --boundaries tests/cases/boundaries --as-of 2026-05-01``.
"""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from matcher.catalogue import Catalogue, load
from matcher.profile import FactKey
from matcher.readers.evaluate import evaluate
from matcher.readers.prose import Wording
from tests.casefiles import CASES, RECORDED
from tests.conftest import ROOT, RULES
from tests.proofs.reading import condition
from tests.strategies import shipped

FOLDER = CASES / "boundaries"
DAY = date(2026, 5, 1)
KEYS = {"说明", "基准日", "企业", "结论"}


def files() -> dict[str, list[dict[str, Any]]]:
    return {
        path.stem: yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - it makes only text
        for path in sorted(FOLDER.glob("*.yaml"))
    }


KEPT = files()


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """All rules, the samples too, as `check` reads them."""
    return load(RULES, include=None)


@pytest.mark.parametrize("name", KEPT)
def test_a_company_beside_a_number_gets_its_verdict(name: str, catalogue: Catalogue) -> None:
    from matcher.language.profiles import read_company
    from matcher.proofs.companies import yaml_text

    rules = {item.id: item for item in (*catalogue.measures, *catalogue.standards)}
    wording = Wording(catalogue.vocabulary)
    for case in KEPT[name]:
        (rule,) = set(case) - KEYS
        day = date.fromisoformat(case["基准日"])
        text = yaml_text(case["企业"])
        company = read_company(text, name, catalogue.vocabulary, day, RECORDED)
        condition_ = rules[case[rule]].condition
        verdict = evaluate(condition_, company.profile, day, catalogue.vocabulary).verdict
        assert wording.word_by_id("结论", verdict.value) == case["结论"], case


def test_the_kept_cases_are_those_that_the_rules_give(tmp_path: Path) -> None:
    """In a process of its own: which figures z3 picks depends on what it was asked before.

    It does not depend on what else the program did, and so not on when garbage was collected: here that is at
    other moments than where the cases were written.
    """
    pytest.importorskip("z3")
    start = "kept = [[number] for number in range(54_321)]; from webapp.cli import main; main()"
    options = ("check", str(RULES), "--boundaries", str(tmp_path), "--as-of", DAY.isoformat())

    done = subprocess.run([sys.executable, "-c", start, *options], cwd=ROOT, capture_output=True)

    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    made = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    kept = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
    assert made == kept


REVENUE, PEOPLE = FactKey("营业收入", None, DAY.year - 1), FactKey("从业人员", None, DAY.year - 1)


@pytest.mark.parametrize(
    ("text", "key", "values", "verdicts"),
    [
        ("营业收入 ≥ 2000 万元", REVENUE, (-1, 0, 1), "不符合 符合 符合"),
        ("营业收入 超过 2000 万元", REVENUE, (-1, 0, 1), "不符合 不符合 符合"),
        ("营业收入 ≤ 2000 万元", REVENUE, (-1, 0, 1), "符合 符合 不符合"),
        ("营业收入 不足 2000 万元", REVENUE, (-1, 0, 1), "符合 不符合 不符合"),
        ("非: 营业收入 不足 2000 万元", REVENUE, (-1, 0, 1), "不符合 符合 符合"),
    ],
)
def test_a_number_from_both_sides(
    text: str, key: FactKey, values: tuple[int, ...], verdicts: str
) -> None:
    """A 分 to either side of 2000 万元; which side the number itself is on is what 以上 means."""
    pytest.importorskip("z3")
    from matcher.proofs.boundaries import edges
    from matcher.proofs.cases import _said

    vocabulary = shipped().vocabulary
    (edge,) = edges(condition(text), vocabulary, DAY)

    assert tuple(edge.companies) == values
    said = [_said(verdict, vocabulary) for _, verdict in edge.companies.values()]
    assert said == verdicts.split()
    figures = [company["年度"]["2025"]["营业收入"] for company, _ in edge.companies.values()]
    assert figures == ["1999.999999 万元", "2000 万元", "2000.000001 万元"]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("从业人员 介于 10 至 300 人", 2),
        ("成立年限 ≥ 3 年", 1),
        ("成立日期 早于 2024-01-01", 1),
        ("高新技术企业 剩余有效期 ≥ 180 天", 1),
        ("近 3 年 每年 研发费用 ≥ 100 万元", 1),
        ("营业收入 同比增长 ≥ 15%", 1),
        ("- 从业人员 ≥ 10 人\n- 从业人员 ≥ 20 人", 1),  # only the higher number decides
        ("任一: [民营企业, 资质 含 高新技术企业]", 0),
    ],
)
def test_how_many_numbers_decide(text: str, count: int) -> None:
    pytest.importorskip("z3")
    from matcher.proofs.boundaries import edges

    found = list(edges(condition(text), shipped().vocabulary, DAY))

    assert len(found) == count
    for edge in found:
        assert len({verdict for _, verdict in edge.companies.values()}) == 2

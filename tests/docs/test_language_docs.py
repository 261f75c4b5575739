"""The documents on the rule language are true: commands run, examples parse, tables match the code."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import yaml

from matcher.catalogue import Catalogue, load
from matcher.finding import Matcher
from matcher.language.amount_printer import AmountPrinter
from matcher.language.amounts import AmountReader
from matcher.language.conditions import ConditionReader
from matcher.language.diagnostics import KINDS, Problems
from matcher.language.keys import AMOUNT_FORMS, AMOUNT_LIMITS, BENEFIT_KEYS, STRUCTURE
from matcher.language.leaves import AMOUNT, CONDITION, LeafGrammar
from matcher.language.profiles import read_company
from matcher.language.source import Node, Scalar, Sequence, read_yaml
from matcher.readers.prose import Wording
from tests.conftest import AS_OF
from tests.docs.walkthrough import DOCS, run, steps_of
from tests.language.harness import folder, rendered

WALKS = ["writing-a-rule.md", "writing-a-rule.zh-CN.md"]


@pytest.fixture
def walk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to follow a walk-through in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MIANSHEN_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MIANSHEN_RULES", "my-rules")
    return tmp_path


@pytest.mark.parametrize("name", WALKS)
def test_every_command_of_the_walk_through_says_what_the_page_says(name: str, walk: Path) -> None:
    commands = 0
    for step in steps_of((DOCS / name).read_text(encoding="utf-8")):
        assert run(step, walk) == step.output, step.command
        commands += step.command.startswith("mianshen")

    assert commands >= 7


@pytest.mark.parametrize("name", WALKS)
def test_the_cases_of_the_walk_through_come_out_as_they_say(name: str, walk: Path) -> None:
    for step in steps_of((DOCS / name).read_text(encoding="utf-8")):
        run(step, walk)
    catalogue = load(walk / "my-rules")
    matcher, wording, day = Matcher(catalogue), Wording(catalogue.vocabulary), date(2026, 4, 1)
    cases = yaml.load((walk / "cases" / "01.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
    for case in cases:
        text = yaml.safe_dump(case["企业"], allow_unicode=True)
        company = read_company(text, "case", catalogue.vocabulary, day)
        (finding,) = matcher.match(company.profile, day, [catalogue.by_id[case["措施"]]]).findings
        assert wording.word_by_id("结论", finding.verdict.value) == case["结论"], case["说明"]
        if "缺少" in case:
            years = {key.period for key in finding.missing}
            assert years == {day.year - 1}
            assert [f"上年度 {key.attribute}" for key in finding.missing] == case["缺少"]

    assert {case["结论"] for case in cases} == {"符合", "不符合", "待补充"}


def test_the_two_walk_throughs_take_the_same_steps() -> None:
    first, second = (list(steps_of((DOCS / name).read_text(encoding="utf-8"))) for name in WALKS)

    assert first == second


# --- reference of all forms ---------------------------------------------------------------------------

REFERENCE = (DOCS / "language.zh-CN.md").read_text(encoding="utf-8")
BLOCK = r"^```yaml {}\n(.*?)^```$"


def blocks(kind: str) -> list[str]:
    return re.findall(BLOCK.format(kind), REFERENCE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("block", blocks("condition"), ids=lambda text: text.split("\n")[0])
def test_every_example_of_the_reference_parses(block: str, catalogue: Catalogue) -> None:
    vocabulary, problems = catalogue.vocabulary, Problems()
    node = read_yaml(block, "language.zh-CN.md", problems)
    assert isinstance(node, Sequence)
    reader = ConditionReader(vocabulary, LeafGrammar(vocabulary.units), problems)
    conditions = [reader.read(item) for item in node]

    assert rendered(problems) == ""
    assert None not in conditions


@pytest.mark.parametrize("block", blocks("amount"), ids=lambda text: text.split("\n")[0])
def test_every_amount_of_the_reference_reads_and_reads_back(
    block: str, catalogue: Catalogue
) -> None:
    vocabulary, problems = catalogue.vocabulary, Problems()
    node = read_yaml(block, "language.zh-CN.md", problems)
    assert isinstance(node, Sequence)
    reader = AmountReader(ConditionReader(vocabulary, LeafGrammar(vocabulary.units), problems))
    for item in node:
        found = reader.read(item)
        assert found is not None, rendered(problems)
        printed = yaml.dump(AmountPrinter(vocabulary)(found.amount), allow_unicode=True)
        again = read_yaml(printed, "打印.yaml", problems)
        assert again is not None
        assert reader.read(again) == found, printed
    assert rendered(problems) == ""


def test_the_reference_names_every_key_of_an_amount() -> None:
    for key in (*AMOUNT_FORMS, *AMOUNT_LIMITS, *BENEFIT_KEYS):
        assert key in REFERENCE


def test_the_terms_of_the_reference_load(tmp_path: Path) -> None:
    (block,) = blocks("term")
    rules = folder(tmp_path, vocabulary=True)
    (rules / "vocabulary" / "示例.yaml").write_text(block, encoding="utf-8")
    problems = Problems()
    catalogue = load(rules, problems)

    assert rendered(problems) == ""
    assert {"人均营业收入", "民营规上工业", "用工规模", "创新得分"} <= set(
        catalogue.vocabulary.terms
    )


def test_the_company_of_the_reference_is_read(catalogue: Catalogue) -> None:
    (block,) = blocks("company")
    company = read_company(block, "企业.yaml", catalogue.vocabulary, AS_OF)

    # The source it claims is not believed from a company, and the page says so.
    assert {item.code for item in company.warnings} == {"not-attested"}


def test_the_reference_names_every_structure_key() -> None:
    for key in STRUCTURE:
        assert f"`{key}`" in REFERENCE


def test_the_reference_shows_every_rule_of_the_grammar(catalogue: Catalogue) -> None:
    grammar_file = Path(load.__code__.co_filename).parent / "language" / "leaf.lark"
    rules = set(re.findall(r"-> (\w+)$", grammar_file.read_text(encoding="utf-8"), re.MULTILINE))
    grammar = LeafGrammar(catalogue.vocabulary.units)
    shown: set[str] = set()
    for kind, start in (("condition", CONDITION), ("amount", AMOUNT)):
        for block in blocks(kind):
            for scalar in scalars(read_yaml(block, "reference", Problems())):
                tree = grammar.parse(scalar, Problems(), start)
                if tree is not None:
                    shown |= {str(node.data) for node in tree.iter_subtrees()}

    assert rules - shown == set()


def scalars(node: Node | None) -> Iterator[Scalar]:
    if isinstance(node, Scalar):
        yield node
    elif isinstance(node, Sequence):
        for item in node:
            yield from scalars(item)
    elif node is not None:
        for _, value in node.pairs:
            yield from scalars(value)


# --- tables -------------------------------------------------------------------------------------------


def rows(name: str) -> list[list[str]]:
    text = (DOCS / name).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return cells[2:]


def test_every_code_is_explained_once() -> None:
    table = rows("errors.md")

    assert [(row[0].strip("`"), row[1]) for row in table] == list(KINDS.items())
    assert all(len(row) == 4 and all(row) for row in table)


def amount(said: str) -> int:
    number, _, unit = said.partition(" ")
    return int(number) * {"": 1, "KiB": 2**10, "MiB": 2**20}[unit]


@pytest.mark.parametrize("row", rows("limits.md"), ids=lambda row: row[0])
def test_every_limit_is_that_of_the_code(row: list[str]) -> None:
    module, _, name = row[2].strip("`").rpartition(".")

    assert getattr(importlib.import_module(module), name) == amount(row[1])

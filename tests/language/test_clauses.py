"""The condition side of 44 real clauses of some forty places can be written, printed and read back."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from matcher.catalogue import Catalogue, read_rules
from matcher.language.conditions import ConditionReader
from matcher.language.diagnostics import Place, Problems, SourceFile
from matcher.language.leaves import LeafGrammar
from matcher.language.printer import print_condition
from matcher.language.source import read_yaml
from matcher.readers.prose import Prose
from matcher.tree import Condition
from matcher.vocabulary.model import Vocabulary
from tests.language.harness import folder, rendered

FILE = Path(__file__).parent / "clauses" / "conditions.yaml"
NAMES = [row["名称"] for row in yaml.safe_load(FILE.read_text(encoding="utf-8"))["条件定义"]]


@pytest.fixture(scope="module")
def problems() -> Problems:
    return Problems()


@pytest.fixture(scope="module")
def conditions(
    catalogue: Catalogue, problems: Problems, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Condition]:
    """Read the file as the national conditions of a rules folder are read."""
    rules = folder(tmp_path_factory.mktemp("clauses"))
    (rules / "national" / FILE.name).write_bytes(FILE.read_bytes())
    vocabulary = catalogue.vocabulary
    before = dict(vocabulary.named)
    read_rules(rules, vocabulary, problems)
    found = {name: vocabulary.named[name] for name in NAMES if name in vocabulary.named}
    vocabulary.named.clear()
    vocabulary.named.update(before)
    return found


def test_all_44_are_there() -> None:
    assert [name.split()[0] for name in NAMES] == [f"C{number:02}" for number in range(1, 45)]


def test_none_has_a_mistake(conditions: dict[str, Condition], problems: Problems) -> None:
    assert rendered(problems) == ""
    assert list(conditions) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_condition_reads_back_from_its_printed_form(
    name: str, conditions: dict[str, Condition], catalogue: Catalogue
) -> None:
    condition = conditions[name]
    printed = yaml.dump(print_condition(condition, catalogue.vocabulary), allow_unicode=True)

    assert read_back(printed, catalogue.vocabulary) == condition


@pytest.mark.parametrize("name", NAMES)
def test_a_condition_can_be_said_in_both_languages(
    name: str, conditions: dict[str, Condition], catalogue: Catalogue
) -> None:
    for language in ("zh", "en"):
        assert Prose(catalogue.vocabulary, language)(conditions[name]).strip()


def read_back(text: str, vocabulary: Vocabulary) -> Condition | None:
    problems = Problems()
    node = read_yaml(text, "打印.yaml", problems)
    assert node is not None
    reader = ConditionReader(vocabulary, LeafGrammar(vocabulary.units), problems)
    condition = reader.read(node)
    assert rendered(problems) == "", Place(SourceFile("打印.yaml", text), 1, 1)
    return condition

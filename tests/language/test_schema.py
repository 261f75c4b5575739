"""The JSON Schema says what the reader says: every shipped file passes, a wrong key does not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from matcher.catalogue import Catalogue
from matcher.language.keys import CLAUSE_KEYS, DOCUMENT_KEYS, MEASURE_KEYS, NATIONAL_KEYS, Table
from matcher.language.schema import schemas, text_of
from tests.conftest import RULES
from tests.language.harness import BAD
from webapp.cli import main

FILES = sorted(
    path
    for pattern in ("*/*.yaml", "national/标准/*.yaml")
    for path in RULES.glob(pattern)
    if path.parent.name not in ("vocabulary", "registry")
)


class EditorLoader(yaml.SafeLoader):
    """Reads YAML as editors do: numbers and booleans, but no dates."""


EditorLoader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if not pair[0].endswith("timestamp")]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def kind_of(path: Path) -> str:
    if path.parent.name in ("national", "标准"):
        return "national" if path.parent.name == "national" else "standard"
    return "document" if path.name == "document.yaml" else "clause"


@pytest.fixture(scope="module")
def validators(catalogue: Catalogue) -> dict[str, Draft202012Validator]:
    made = schemas(catalogue.vocabulary)
    for schema in made.values():
        Draft202012Validator.check_schema(schema)
    return {name: Draft202012Validator(schema) for name, schema in made.items()}


@pytest.mark.parametrize("loader", [EditorLoader, yaml.BaseLoader], ids=["typed", "text"])
@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_shipped_file_validates(
    path: Path, loader: type[yaml.SafeLoader], validators: dict[str, Draft202012Validator]
) -> None:
    content = yaml.load(path.read_text(encoding="utf-8"), loader)  # noqa: S506, both are safe

    assert [error.message for error in validators[kind_of(path)].iter_errors(content)] == []


def clause(**measure: Any) -> dict[str, Any]:
    """Make a clause file that validates, but for what is given."""
    plain = {
        "编号": "1.1",
        "名称": "某项支持",
        "依据": "某句原文。",
        "支持方式": ["补助"],
        "兑付依据": "另行规定",
        "条件": "民营企业",
    }
    return {"条款": "一", "标题": "某条", "措施": [plain | measure]}


def test_the_plain_clause_validates(validators: dict[str, Draft202012Validator]) -> None:
    assert validators["clause"].is_valid(clause())
    assert validators["clause"].is_valid({"条款": 1, "标题": "某条", "措施": None, "非措施": None})


@pytest.mark.parametrize(
    "measure",
    [
        {"条见": "民营企业"},
        {"兑付依据": "另行规则"},
        {"支持方式": ["补助金"]},
        {"对象": "公司"},
        {"目标资质": "高新企业"},
        {"条件": {"任意": ["民营企业"]}},
        {"条件": {"任一": []}},
        {"条件": {"当": "民营企业"}},
        {"条件": {"至少": {"项数": 0, "其中": ["民营企业"]}}},
        {"条件": {"条件": "民营企业", "性知": "原文"}},
        {"条件": {"引用": "没有定义的条件"}},
        {"条件": ""},
        {"施行期间": {"自": "2025年"}},
        {"第": 0},
        {"名称": ["某项支持"]},
    ],
    ids=str,
)
def test_a_wrong_key_or_word_does_not(
    measure: dict[str, Any], validators: dict[str, Draft202012Validator]
) -> None:
    assert not validators["clause"].is_valid(clause(**measure))


@pytest.mark.parametrize("missing", ["编号", "名称", "兑付依据"])
def test_a_needed_key_is_needed(missing: str, validators: dict[str, Draft202012Validator]) -> None:
    content = clause()
    del content["措施"][0][missing]

    assert not validators["clause"].is_valid(content)


@pytest.mark.parametrize(
    "condition",
    [
        ["民营企业", {"任一": ["外贸企业", {"非": "电商经营"}]}],
        {"全部": ["民营企业"]},
        {"至少": {"项数": 2, "其中": ["民营企业", "外贸企业"]}},
        {"当": "民营企业", "则": {"全部": ["外贸企业"]}},
        {"引用": "规模以上企业"},
        {"项目 中有一项 满足": ["总投资额 ≥ 500 万元"]},
        {"子公司 中至少 2 家 满足": "持股比例 超过 50%"},
        {"条件": "民营企业", "依据": "民营", "性质": "隐含", "解读": "说明"},
        {"任一": ["民营企业"], "非": "外贸企业"},
    ],
    ids=str,
)
def test_every_structure_validates(
    condition: Any, validators: dict[str, Draft202012Validator]
) -> None:
    assert validators["clause"].is_valid(clause(条件=condition))


# --- one list of keys -----------------------------------------------------------------------------------


def tables(keys: Table) -> Iterator[Table]:
    yield keys
    for key in keys.values():
        if key.inner is not None:
            yield from tables(key.inner)


@pytest.mark.parametrize(
    ("name", "keys"),
    [("clause", CLAUSE_KEYS), ("document", DOCUMENT_KEYS), ("national", NATIONAL_KEYS)],
)
def test_the_schema_lists_the_keys_of_the_reader(
    name: str, keys: Table, catalogue: Catalogue
) -> None:
    text = json.dumps(schemas(catalogue.vocabulary)[name], ensure_ascii=False)

    assert list(schemas(catalogue.vocabulary)[name]["properties"]) == list(keys)
    for table in tables(keys):
        for key in table.values():
            assert f'"{key.name}"' in text
            assert key.help


def test_files_with_unknown_keys_fail_both_the_reader_and_the_schema(
    validators: dict[str, Draft202012Validator],
) -> None:
    broken = list((BAD / "clauses").glob("*unknown-key-of*.yaml"))

    assert len(broken) == 3
    for path in broken:
        content = yaml.load(path.read_text(encoding="utf-8"), EditorLoader)  # noqa: S506
        assert not validators["clause"].is_valid(content)
        assert "[unknown-key]" in path.with_suffix(".txt").read_text(encoding="utf-8")


def test_the_shipped_schema_is_up_to_date(catalogue: Catalogue) -> None:
    """`mianshen schema --write rules/schema` writes it."""
    for name, schema in schemas(catalogue.vocabulary).items():
        path = RULES / "schema" / f"{name}.json"
        assert path.read_text(encoding="utf-8") == text_of(schema)


def test_the_command_prints_and_writes_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, catalogue: Catalogue
) -> None:
    monkeypatch.setenv("MIANSHEN_DATA", str(tmp_path / "data"))
    printed = CliRunner().invoke(main, ["schema", "clause"])
    everything = CliRunner().invoke(main, ["schema"])
    written = CliRunner().invoke(main, ["schema", "--write", str(tmp_path / "out")])

    made = schemas(catalogue.vocabulary)
    assert json.loads(printed.stdout) == made["clause"]
    assert json.loads(everything.stdout) == made
    assert written.exit_code == 0
    assert sorted(path.stem for path in (tmp_path / "out").iterdir()) == sorted(made)


def test_measure_keys_have_the_words_of_their_lists(catalogue: Catalogue) -> None:
    for key in MEASURE_KEYS.values():
        if key.words and key.name != "目标资质":
            assert catalogue.vocabulary.words(key.words), key.name

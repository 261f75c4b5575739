"""YAML text to nodes: limits at the limit and one over, places that hold, nothing but text."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.language.diagnostics import Problems, SourceError
from matcher.language.source import (
    MAX_DEPTH,
    MAX_NODES,
    Mapping,
    Scalar,
    Sequence,
    read_mapping,
    read_yaml,
)


def read(text: str) -> object:
    return read_yaml(text, "测试.yaml", Problems())


def refused(text: str) -> str:
    with pytest.raises(SourceError) as caught:
        read(text)
    (diagnostic,) = caught.value.diagnostics
    return f"{diagnostic.code} {diagnostic.place}"


def scalar(text: str, key: str = "键") -> Scalar:
    node = read(text)
    assert isinstance(node, Mapping)
    found = node.get(key)
    assert isinstance(found, Scalar)
    return found


@pytest.mark.parametrize("said", ["1.40", "yes", "2025-02-28", "null", "0x1F", "1_000", "~", "是"])
def test_every_scalar_stays_text(said: str) -> None:
    assert scalar(f"键: {said}\n").text == said


def test_a_list_at_the_node_limit_is_read_and_one_more_is_not() -> None:
    fits = "[" + "a," * (MAX_NODES - 1) + "]"

    node = read(fits)
    assert isinstance(node, Sequence)
    assert len(node.items) == MAX_NODES - 1
    assert refused("[" + "a," * MAX_NODES + "]").startswith("limit")


def test_lists_nest_to_the_depth_limit_and_no_further() -> None:
    def nested(depth: int) -> str:
        return "[" * (depth - 1) + "a" + "]" * (depth - 1)

    assert isinstance(read(nested(MAX_DEPTH)), Sequence)
    assert refused(nested(MAX_DEPTH + 1)) == f"limit 测试.yaml:1:{MAX_DEPTH + 1}"


def test_many_brackets_end_at_the_limit_not_in_the_stack() -> None:
    assert refused("[" * 100_000).startswith("limit")
    assert refused("{a: " * 50_000).startswith("limit")


def test_size_counts_bytes() -> None:
    text = "键: 值"

    assert isinstance(read_yaml(text, "a", Problems(), max_bytes=len(text.encode())), Mapping)
    with pytest.raises(SourceError):
        read_yaml(text, "a", Problems(), max_bytes=len(text.encode()) - 1)


@pytest.mark.parametrize(
    ("text", "line", "column", "found"),
    [
        ("键: 资质 含 某某\n", 1, 9, "某某"),
        ('键: "资质 含 某某"\n', 1, 10, "某某"),
        ("键: '资质 含 某某'\n", 1, 10, "某某"),
        ("列:\n  - 键: 资质 含 某某\n", 2, 13, "某某"),
        ("{列: [{键: 资质 含 某某}]}\n", 1, 15, "某某"),
    ],
)
def test_a_part_of_a_scalar_stands_where_it_is_written(
    text: str, line: int, column: int, found: str
) -> None:
    node = read(text)
    while not isinstance(node, Scalar):
        assert isinstance(node, Mapping | Sequence)
        node = node.pairs[0][1] if isinstance(node, Mapping) else node.items[0]
    place = node.part(node.text.index(found), len(found))

    assert (place.line, place.column) == (line, column)
    assert place.source.lines[line - 1][column - 1 :].startswith(found)


@pytest.mark.parametrize("text", ['键: "a\\u0062 c"\n', "键: a\n  b c\n", "键: |\n  b c\n"])
def test_a_scalar_written_otherwise_is_marked_as_a_whole(text: str) -> None:
    node = scalar(text)

    assert node.part(node.text.index("c"), 1) == node.place


@pytest.mark.parametrize(
    "character", ["\0", "\x07", "\x85", "\u200b", "\u202e", "\u2066", "\u2028"]
)
def test_characters_that_nobody_sees_are_refused(character: str) -> None:
    assert refused(f"一: 1\n键: a{character}b\n") == "yaml 测试.yaml:2:5"


def test_a_byte_order_mark_at_the_start_is_no_mistake() -> None:
    assert scalar("\ufeff键: 值\n").text == "值"


def test_windows_line_ends_are_read(tmp_path: Path) -> None:
    (tmp_path / "一.yaml").write_bytes("键: 值\r\n又: 二\r\n".encode())
    problems = Problems()
    node = read_mapping(tmp_path / "一.yaml", problems)

    assert node is not None
    assert [key.text for key, _ in node.pairs] == ["键", "又"]
    assert list(problems) == []


def test_aliases_cost_nothing() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]

    assert refused("\n".join(lines)) == "yaml 测试.yaml:1:5"


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    assert read_or_refused(text)


def read_or_refused(text: str) -> bool:
    try:
        node = read_yaml(text, "任意.yaml", Problems())
    except SourceError as error:
        return all(item.message and item.place and item.render() for item in error.diagnostics)
    return node is None or isinstance(node, Scalar | Sequence | Mapping)


@given(data=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "任意.yaml"
        path.write_bytes(data)
        problems = Problems()
        node = read_mapping(path, problems)

    assert node is not None or problems.errors


def test_a_file_that_is_not_there_is_a_mistake_not_an_exception(tmp_path: Path) -> None:
    problems = Problems()

    assert read_mapping(tmp_path / "没有.yaml", problems) is None
    assert [item.message for item in problems] == ["读不到文件(没有这个文件)"]

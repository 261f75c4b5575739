"""JSON profiles: what JSON leaves open is refused, and all else reads as the same text in a company file."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.catalogue import Catalogue
from matcher.language.diagnostics import SourceError
from matcher.language.json_nodes import nodes_of, pointer_of, read_json
from matcher.language.profiles import CompanyFile, read_company, read_company_node
from matcher.language.source import MAX_DEPTH
from tests.conftest import AS_OF, SEEDS

Read = Callable[[str], CompanyFile]


def refused(data: bytes) -> tuple[str, str]:
    """Give the code and the pointer of what is wrong with a text."""
    with pytest.raises(SourceError) as caught:
        read_json(data)
    (wrong,) = caught.value.diagnostics
    return wrong.code, pointer_of(wrong.place)


def test_a_number_stays_as_it_was_written() -> None:
    text = b'{"a": 0.10, "b": 1e400, "c": 12345678901234567890, "d": [true, null, "x"]}'
    assert read_json(text) == {
        "a": "0.10",
        "b": "1e400",
        "c": "12345678901234567890",
        "d": [True, None, "x"],
    }


@pytest.mark.parametrize(
    ("text", "code", "pointer"),
    [
        ('{"a": {"b": 1, "b": 2}}', "duplicate-key", "/a/b"),
        ('{"a": [1, NaN]}', "bad-number", "/a/1"),
        ('{"a": -Infinity}', "bad-number", "/a"),
        ('{"x/y": "\\u200b"}', "yaml", "/x~1y"),
        ('{"a": "\\ud800"}', "yaml", "/a"),
        ('{"a\\u0000": 1}', "yaml", ""),
        ('{"a": 1', "yaml", ""),
        ('{"a": 1} x', "yaml", ""),
        ("", "yaml", ""),
        ("[" * 100_000, "limit", ""),
        ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), "limit", "/0" * MAX_DEPTH),
    ],
)
def test_what_json_leaves_open_is_refused_with_its_pointer(
    text: str, code: str, pointer: str
) -> None:
    assert refused(text.encode()) == (code, pointer)


def test_another_encoding_is_refused() -> None:
    assert refused('{"名称": "甲"}'.encode("gb18030")) == ("yaml", "")


def test_the_deepest_text_that_is_read() -> None:
    assert read_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)


def test_mistakes_of_a_company_are_named_by_pointer(catalogue: Catalogue) -> None:
    profile = {
        "职工人数": 10,
        "last_year": {"营业收入": 500, "研发费用": "5 斤"},
        "资质": ["高新技术企业", "高新企业证"],
    }
    node = nodes_of(read_json(json.dumps({"profile": profile}).encode())["profile"], "/profile")

    with pytest.raises(SourceError) as caught:
        read_company_node(node, catalogue.vocabulary, AS_OF)
    assert [(item.code, pointer_of(item.place)) for item in caught.value.diagnostics] == [
        ("unknown-attribute", "/profile/职工人数"),
        ("missing-unit", "/profile/last_year/营业收入"),
        ("wrong-unit", "/profile/last_year/研发费用"),
        ("unknown-member", "/profile/资质/1"),
    ]


def test_a_contradiction_names_both_places(catalogue: Catalogue) -> None:
    node = nodes_of({"营业收入": "5 万元", "revenue": "6 万元"})

    with pytest.raises(SourceError) as caught:
        read_company_node(node, catalogue.vocabulary, AS_OF)
    (wrong,) = caught.value.diagnostics
    assert (pointer_of(wrong.place), wrong.hint) == ("/revenue", "与/营业收入核对,只留一个")


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-10, 10**9)
    | st.sampled_from(
        ["高新技术企业", "合肥市", "不清楚", "5 万元", "10%", "2024-01-01", "没有", ""]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["名称", "取得日期", "2024", "技术改造", "值"]), inner)
    ),
    max_leaves=6,
)
keys = st.sampled_from(
    ["注册地", "titles", "营业收入", "从业人员", "事项", "filed_on", "last_year", "不清楚", "甲乙"]
)


@given(profile=st.dictionaries(keys, values, max_size=5))
def test_nodes_read_as_the_same_text_does(catalogue: Catalogue, profile: dict[str, Any]) -> None:
    """A profile sent as JSON is the company that the same text is as a file, mistakes included."""
    text = json.dumps(profile, ensure_ascii=False)

    def outcome(read: Callable[[], CompanyFile]) -> object:
        try:
            return read().profile
        except SourceError as error:
            return sorted((item.code, item.message) for item in error.diagnostics)

    words = catalogue.vocabulary
    node = nodes_of(read_json(text.encode()))
    assert outcome(lambda: read_company_node(node, words, AS_OF)) == outcome(
        lambda: read_company(text, "", words, AS_OF)
    )


def test_the_demo_companies_read_the_same(catalogue: Catalogue) -> None:
    import yaml

    for path in sorted((SEEDS / "companies").glob("*.yaml")):
        text = path.read_text("utf-8")
        given = yaml.load(text, yaml.BaseLoader)  # noqa: S506 - everything stays text
        node = nodes_of(given)
        one = read_company_node(node, catalogue.vocabulary, AS_OF)
        assert one.profile == read_company(text, path.name, catalogue.vocabulary, AS_OF).profile

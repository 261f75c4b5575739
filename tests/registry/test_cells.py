"""A column reads the same whether each text stands in its row or once in a list of distinct texts."""

from __future__ import annotations

import polars as pl
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from matcher.registry.cells import coded, saying
from matcher.registry.sources import tidy

WORDS = frozenset({"", "-", "无", "null"})
TEXTS = st.lists(
    st.sampled_from([None, "-", "无", "NULL", "没有", "合肥市", "x" * 40]), max_size=30
)


def shared(columns: dict[str, list[str | None]]) -> pl.DataFrame:
    """Hold the texts of several columns in one list, as a Parquet file of dictionaries is read."""
    texts = [pl.Series(column, dtype=pl.String).to_arrow() for column in columns.values()]
    arrays = [one.cast(pa.string()).dictionary_encode() for one in texts]
    return pl.DataFrame(pl.from_arrow(pa.Table.from_arrays(arrays, names=list(columns))))


@given(TEXTS, TEXTS)
def test_each_cell_gets_the_answer_of_its_own_text(
    one: list[str | None], other: list[str | None]
) -> None:
    height = min(len(one), len(other))
    frame = shared({"a": one[:height], "b": other[:height]})
    for name, texts in (("a", one), ("b", other)):
        column = coded(frame.get_column(name))
        assert column.texts.n_unique() == len(column.texts)
        answers = pl.DataFrame({"text": column.texts})
        assert column.spread(answers).get_column("text").to_list() == texts[:height]


@given(TEXTS)
def test_words_are_found_however_a_column_holds_its_texts(texts: list[str | None]) -> None:
    expected = [text is not None and text.lower() in WORDS for text in texts]
    plain = pl.Series(texts, dtype=pl.String)
    few = plain.cast(pl.Categorical(pl.Categories.random()))
    assert saying(plain, WORDS, any_case=True).to_list() == expected
    assert saying(few, WORDS, any_case=True).to_list() == expected


@given(st.lists(st.sampled_from([None, "", " ", " 合肥 ", "合肥", "\u3000亳州"]), max_size=20))
def test_texts_are_stripped_however_a_column_holds_them(texts: list[str | None]) -> None:
    expected = [(text or "").strip() or None for text in texts]
    for frame in (pl.DataFrame({"a": texts}, schema={"a": pl.String}), shared({"a": texts})):
        assert tidy(frame).get_column("a").cast(pl.String).to_list() == expected


def test_many_different_texts_stay_in_their_rows() -> None:
    frame = tidy(pl.DataFrame({"many": [f" {n}" for n in range(2000)], "few": ["是", "否"] * 1000}))
    assert frame.schema["many"] == pl.String
    assert isinstance(frame.schema["few"], pl.Categorical)
    assert frame.get_column("many")[7] == "7"

"""Opening sources in tests: what is said on refusal, and all rows whatever the chunks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from matcher.registry.sources import RegistryFault, Source, open_source


def refusal(given: str | Path, sheet: str | None = None) -> str:
    """Give the sentence with which an input is refused, without the place it begins with."""
    with pytest.raises(RegistryFault) as caught:
        open_source(str(given), sheet)
    said = str(caught.value)
    assert said.startswith(str(given)), said
    assert "。" in said, "no repair"
    return said.removeprefix(str(given)).removeprefix(":")


def rows_of(source: Source, size: int = 1000, first_row: int = 1) -> list[tuple[Any, ...]]:
    """Give the rows from one on, having checked sizes and numbers of the chunks."""
    chunks = list(source.chunks(size, first_row))
    expected = first_row
    for chunk in chunks:
        assert chunk.first_row == expected
        assert chunk.frame.columns == [column.name for column in source.columns]
        expected += chunk.frame.height
    assert all(chunk.frame.height == size for chunk in chunks[:-1])
    assert all(0 < chunk.frame.height <= size for chunk in chunks[-1:])
    assert expected == max(source.rows + 1, first_row)
    return [row for chunk in chunks for row in chunk.frame.rows()]

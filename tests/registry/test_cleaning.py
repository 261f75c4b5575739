"""A cleaned chunk: its shape, and a real registry of which no row is lost."""

from __future__ import annotations

from pathlib import Path

from matcher.layout import BRANCH, CODE, NAME, ROW
from matcher.registry.amounts import NO_RATE
from matcher.registry.codes import BAD_DIGIT
from matcher.registry.places import COARSE
from matcher.registry.sources import Chunk, open_source
from tests.registry.tables import Desk, reasons

# --- the shape of a cleaned chunk -----------------------------------------------------------------


def test_every_row_comes_back_in_the_types_of_the_layout(desk: Desk) -> None:
    """Bad rows too; a bad cell is NULL and the fault names column, value, reason and repair."""
    cleaned, cleaner = desk.clean(
        {"企业名称": ["甲公司", "乙公司"], "注册资金": ["12万元", "一点"]}
    )

    columns = cleaner.layout.columns(desk.vocabulary)
    assert cleaned.facts.columns == list(columns)
    assert cleaned.facts.columns[:4] == [ROW, CODE, NAME, BRANCH]
    assert cleaned.facts["registered_capital"].to_list() == [12_000_000, None]
    assert cleaned.faults.to_dicts() == [
        {
            "row_number": 2,
            "column": "注册资金",
            "value": "一点",
            "reason": "不是一个数",
            "repair": "写成 1200 或 1,200.5 这样的数",
        }
    ]


def test_rows_are_numbered_from_the_chunk(desk: Desk) -> None:
    cleaner, frame = desk.cleaner({"成立日期": ["2018-01-01", "x"]})

    cleaned = cleaner.clean(Chunk(101, frame))

    assert cleaned.facts[ROW].to_list() == [101, 102]
    assert reasons(cleaned) == {102: "不是日期"}


def test_an_empty_chunk_is_cleaned(desk: Desk) -> None:
    cleaner, frame = desk.cleaner(
        {
            "企业名称": ["甲"],
            "注册资金": ["1"],
            "注册地": ["合肥"],
            "成立日期": ["2018-01-01"],
            "企业资质": ["无"],
        }
    )

    assert cleaner.clean(Chunk(1, frame.clear())).facts.height == 0


# --- a real registry ------------------------------------------------------------------------------


def test_a_real_registry_loses_no_row(desk: Desk, reference_data: Path) -> None:
    source = open_source(str(reference_data / "registry-sample.csv"))
    cleaner, _ = desk.cleaner({column.name: [""] for column in source.columns})
    accepted, bad, warnings = 0, [], set()
    for chunk in source.chunks(5_000):
        cleaned = cleaner.clean(chunk)
        refused = cleaned.faults["row_number"].unique()
        accepted += cleaned.facts.height - len(refused)
        bad += cleaned.faults.to_dicts()
        warnings |= set(cleaned.warnings)

    assert accepted + len({fault["row_number"] for fault in bad}) == 14_606
    assert accepted > 0.97 * 14_606
    assert [(fault["value"], fault["reason"]) for fault in bad] == [
        ("1,0000000(万)", "逗号的位置不对")
    ]
    assert warnings == {
        f"统一社会信用代码:{BAD_DIGIT}",
        "企业类型:写法不在选项里,按未知处理",
        f"注册资本:{NO_RATE}",
        f"注册地:{COARSE}",
    }

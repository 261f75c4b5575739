"""CSV files as departments have them: encodings, quotes, widths, sizes; hostile ones refused."""

from __future__ import annotations

import csv
import hashlib
import io
import subprocess
import sys
import weakref
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.registry import limits
from matcher.registry.limits import MAX_CELL, MAX_COLUMNS
from matcher.registry.sources import RegistryFault, open_source
from matcher.registry.streams import Feed, Stream
from tests.registry.opening import refusal, rows_of

HEADER = "企业名称,信用代码\n"
ROWS = "合肥甲科技有限公司,91340100MA2N000001\n亳州乙药业有限公司,91341600MA2N000002\n"
READ = [
    ("合肥甲科技有限公司", "91340100MA2N000001"),
    ("亳州乙药业有限公司", "91341600MA2N000002"),
]


def file_of(folder: Path, content: bytes | str, name: str = "名册.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("codec", "said"),
    [
        ("utf-8", "CSV(UTF-8)"),
        ("utf-8-sig", "CSV(UTF-8)"),
        ("gb18030", "CSV(GB18030)"),
    ],
)
def test_the_encoding_is_found_and_said(tmp_path: Path, codec: str, said: str) -> None:
    content = (HEADER + ROWS).encode(codec)
    source = open_source(str(file_of(tmp_path, content)))

    assert source.format == said
    assert [column.name for column in source.columns] == ["企业名称", "信用代码"]
    assert source.rows == 2
    assert rows_of(source) == READ
    assert source.digest() == hashlib.sha256(content).hexdigest()


def test_two_byte_characters_prove_no_encoding(tmp_path: Path) -> None:
    """“路” in GB18030 has the bytes of “·” in UTF-8; the next line tells."""
    content = "name,code\n路,1\n".encode("gb18030") + ROWS.encode("gb18030")
    source = open_source(str(file_of(tmp_path, content)))
    assert source.format == "CSV(GB18030)"
    assert rows_of(source) == [("路", "1"), *READ]


def test_characters_beyond_two_bytes_of_gb18030(tmp_path: Path) -> None:
    content = "企业名称,字\n甲,𠮷\n乙,㐂€\n".encode("gb18030")
    source = open_source(str(file_of(tmp_path, content)))
    assert rows_of(source) == [("甲", "𠮷"), ("乙", "㐂€")]


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends(tmp_path: Path, delimiter: str, line_end: str) -> None:
    content = (HEADER + ROWS).replace(",", delimiter).replace("\n", line_end)
    assert rows_of(open_source(str(file_of(tmp_path, content)))) == READ


def test_cells_are_stripped_and_empty_ones_null(tmp_path: Path) -> None:
    content = 'a,b,c\n 甲\u3000, ,""\n"  ",00120,1e5\n\n,,\n乙,"x ""y""",z'
    source = open_source(str(file_of(tmp_path, content)))
    assert rows_of(source) == [
        ("甲", None, None),
        (None, "00120", "1e5"),
        (None, None, None),
        ("乙", 'x "y"', "z"),
    ]
    types = [type_ for chunk in source.chunks(2) for type_ in chunk.frame.dtypes]
    assert all(isinstance(type_, pl.String | pl.Categorical) for type_ in types)


def test_quoted_line_breaks_over_the_edges_of_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = [(f"公司{n}", f"一\n二,\r\n“三”{'字' * (n % 23)}", 'q"q') for n in range(500)]
    text = io.StringIO(newline="")
    csv.writer(text).writerows([("a", "b", "c"), *written])
    path = file_of(tmp_path, text.getvalue())
    for block in (160, 257, 1024):
        monkeypatch.setattr(limits, "CSV_BLOCK_BYTES", block)
        source = open_source(str(path))
        assert source.rows == 500
        assert rows_of(source, size=7) == [
            tuple(cell.replace("\r\n", "\n") for cell in row) for row in written
        ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "文件是空的"),
        ("\n\n", "只有空行"),
        (HEADER, "只有表头,没有数据行"),
        (HEADER.strip(), "只有表头,没有数据行"),
        ("a,,b, \n1,2,3,4\n", "表头第 2、4 列没有名称"),
        ("a,b,a,b,c\n1,2,3,4,5\n", "表头里 “a”、“b” 出现了不止一次"),
        ("a,b\n1,2\n3\n", "表头有 2 列,但第 3 行有 1 格。"),
        ('a,b\n"1\n1",2\n\n3,4,5\n6\n7,8\n', "表头有 2 列,但第 5 行有 3 格、第 6 行有 1 格。"),
        ("a,b\n" + "1\n" * 9, "第 2 行有 1 格、第 3 行有 1 格、第 4 行有 1 格、第 5 行有 1 格、第 6 行有 1 格 等"),
        ("a,b\n1,2\n3,\0\n", "第 3 行有空字符"),
        ('a,b\n1,2\n3,"4\n5,6\n', "第 3 行有一个双引号没有配对"),
        ('a,b\n1,2\n3,4\n5,"6', "第 4 行有一个双引号没有配对"),
        ('a,b\n1,2\n"3,4\n5,6\n', "第 3 行有一个双引号没有配对"),
        ('a,b\n1,"' + "2,3\n" * 1_500_000, "第 2 行有一个双引号没有配对"),
        ('a,"b\n1,2\n', "双引号没有配对"),
        (f"a,b\n1,2\n3,{'长' * (MAX_CELL + 1)}\n", "第 3 行“b”有 4001 个字符,一格最多 4000 个"),
        (",".join(f"c{n}" for n in range(MAX_COLUMNS + 1)) + "\n1\n", "有 301 列,最多 300 列"),
        ("a,b\n" + "x" * (5 * 1024**2), "第 2 行超过 2 MiB"),
        ((HEADER + ROWS).encode("utf-16"), "是 UTF-16 编码"),
    ],
)  # fmt: skip
def test_what_is_refused(tmp_path: Path, content: bytes | str, said: str) -> None:
    assert said in refusal(file_of(tmp_path, content))


def test_a_cell_and_a_header_at_their_limits(tmp_path: Path) -> None:
    header = ",".join(f"c{n}" for n in range(MAX_COLUMNS))
    row = ",".join(["长" * MAX_CELL, *["1"] * (MAX_COLUMNS - 1)])
    source = open_source(str(file_of(tmp_path, f"{header}\n{row}\n")))
    assert len(source.columns) == MAX_COLUMNS
    assert rows_of(source)[0][0] == "长" * MAX_CELL


MIXED = [
    ("utf-8", "gb18030", "第 4 行是 GB18030 编码,而第 1 行是 UTF-8"),
    ("gb18030", "utf-8", "第 4 行是 UTF-8 编码,而第 1 行是 GB18030"),
]


@pytest.mark.parametrize(("first", "second", "said"), MIXED)
def test_mixed_encodings_name_the_first_line_that_differs(
    tmp_path: Path, first: str, second: str, said: str
) -> None:
    # An even number of characters in UTF-8 would also read as GB18030.
    content = (HEADER + ROWS).encode(first) + "安徽丙电子,1\n,2\n".encode(second)
    assert said in refusal(file_of(tmp_path, content))
    content = (HEADER + ROWS).encode(first) + "安徽丙丁,1\n".encode(second) + ROWS.encode(first)
    assert said in refusal(file_of(tmp_path, content))


def test_a_refused_file_is_let_go_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that still reads when Python ends takes the process down, exit code and all."""
    lent: list[weakref.ref[Stream]] = []
    lend = Feed.lend

    def noted(feed: Feed, stream: Stream) -> None:
        lent.append(weakref.ref(stream))
        lend(feed, stream)

    monkeypatch.setattr(Feed, "lend", noted)
    content = (HEADER + ROWS).encode() + "安徽丙丁,1\n".encode("gb18030")
    assert "GB18030" in refusal(file_of(tmp_path, content))
    assert lent and all(stream() is None for stream in lent)


def test_bytes_of_no_encoding(tmp_path: Path) -> None:
    content = (HEADER + ROWS).encode() + b"\xff\xfe,1\n"
    assert "第 4 行既不是 UTF-8 也不是 GB18030" in refusal(file_of(tmp_path, content))


def test_no_file_no_rights_and_other_files(tmp_path: Path) -> None:
    assert "没有这个文件" in refusal(tmp_path / "x.csv")
    assert "压缩文件" in refusal(file_of(tmp_path, b"\x1f\x8b\x08\x00", "名册.csv.gz"))
    assert "只有 XLSX 文件才有工作表" in refusal(file_of(tmp_path, HEADER + ROWS), "一")


def test_a_file_that_changes_after_opening_is_refused(tmp_path: Path) -> None:
    path = file_of(tmp_path, HEADER + ROWS)
    source = open_source(str(path))
    path.write_text(HEADER + ROWS + ROWS, encoding="utf-8")
    with pytest.raises(RegistryFault, match="读取期间文件被改动了"):
        list(source.chunks(10))


def test_reading_may_stop_halfway(tmp_path: Path) -> None:
    path = file_of(tmp_path, "a,b\n" + "甲,2\n" * 1_000_000)
    chunks = open_source(str(path)).chunks(10)
    assert next(chunks).frame.height == 10
    del chunks


PIECES = [
    "a",
    "b",
    "甲",
    "乙",
    ",",
    ";",
    "\t",
    '"',
    "\n",
    "\r\n",
    " ",
    "\u3000",
    "路",
    "·",
    "1",
    "é",
]
CELLS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@given(
    rows=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=25),
    codec=st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]),
    line_end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    size=st.integers(1, 30),
    first_row=st.integers(1, 30),
    block=st.integers(400, 700),
)
def test_any_content_comes_back_in_chunks_of_any_size(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, str, str]],
    codec: str,
    line_end: str,
    quoting: int,
    size: int,
    first_row: int,
    block: int,
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=line_end, quoting=quoting)
    writer.writerows([("企业名称", "b", "c"), *rows])
    path = file_of(tmp_path_factory.getbasetemp(), text.getvalue().encode(codec))
    expected = [tuple(cell.replace("\r\n", "\n").strip() or None for cell in row) for row in rows]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "CSV_BLOCK_BYTES", block)
        source = open_source(str(path))
        assert rows_of(source) == expected
        assert rows_of(source, size, first_row) == expected[first_row - 1 :]


def test_memory_stays_flat(tmp_path: Path) -> None:
    """A file of 160 MB is read within 130 MB beyond what the program itself takes."""
    line = ("合肥市高新区某某科技有限公司," * 6)[:-1] + "\n"
    path = tmp_path / "large.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("a,b,c,d,e,f\n")
        for _ in range(62):
            file.write(line * 10_000)
    program = """
import resource, sys
from matcher.registry import delimited
from matcher.registry.sources import open_source
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
before = peak()
source = open_source(sys.argv[1])
assert sum(chunk.frame.height for chunk in source.chunks(20_000)) == source.rows == 620_000
print(peak() - before)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 130


def test_the_real_sample(reference_data: Path) -> None:
    source = open_source(str(reference_data / "registry-sample.csv"))
    assert (source.format, source.rows, len(source.columns)) == ("CSV(UTF-8)", 14_606, 10)
    rows = rows_of(source, 1000)
    assert rows[0][:2] == ("安徽省肥西县医药公司", "91340123149345103W")
    assert rows_of(source, 333, 14_000) == rows[13_999:]

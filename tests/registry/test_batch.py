"""A batch run from input to published files: nothing lost, nothing half-done, and it can go on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from matcher.catalogue import Catalogue
from matcher.finding import Matcher
from matcher.registry import staging
from matcher.registry.explaining import company_of_run
from seeds.registry import tables
from tests.conftest import RULES
from tests.registry.conftest import ROWS, Run, findings_of, report_of

AS_OF = date(2025, 9, 1)


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
def test_every_finding_is_what_the_matcher_says(
    engine: str, batch: Run, registry: tuple[Path, Path], tmp_path: Path, catalogue: Catalogue
) -> None:
    source, mapping = registry
    out = tmp_path / "out"
    done = batch(source, "-o", out, "--mapping", mapping, "--as-of", AS_OF, "--open",
                 "--engine", engine)  # fmt: skip
    assert done.exit_code == 0, done.output
    page = (out / "summary.html").read_text(encoding="utf-8")
    assert all(document.title in page for document in catalogue.documents)
    found = findings_of(out)
    report = report_of(out)
    assert report["counts"]["rows"] == ROWS
    assert report["counts"]["findings"] == found.height
    assert found.height == report["counts"]["met"] + report["counts"]["open"]
    said = {(code, measure): rest for code, measure, *rest in found.iter_rows()}
    codes = pl.read_ipc(out / "facts" / "*.arrow").get_column("credit_code")
    for code in codes.gather_every(ROWS // 25):
        company = company_of_run(out, code, catalogue.vocabulary)
        for finding in Matcher(catalogue).match(company.profile, AS_OF).findings:
            expected = [finding.verdict.name, finding.delivery and finding.delivery.value]
            if expected[0] == "UNMET":
                assert (code, finding.measure.id) not in said
            else:
                assert said[code, finding.measure.id] == expected


HEADER = "统一社会信用代码,企业名称,注册地,成立日期,注册资本(万元),高新技术企业\n"
ONE = '91340100MA2MR0GJ1D,甲公司,合肥市蜀山区,2018/3/5,"2,600",是\n'


def codes(count: int) -> list[str]:
    found: list[str] = []
    for table in tables(count, 3, 20):
        found += pl.DataFrame(pl.from_arrow(table)).get_column("统一社会信用代码").to_list()
    return found


def test_every_row_ends_accepted_or_rejected(batch: Run, tmp_path: Path) -> None:
    a, b, c, d, e = codes(5)
    lines = [
        f"{a},甲,合肥市,2018-03-05,100,是",
        f"{b},乙,合肥市,2018年3月5日,100,否",
        f"{b},乙,合肥市,2018年3月5日,100,否",
        f"{c},丙,亳州市,2019-01-01,5,是",
        f"{c},丙,亳州市,2019-01-01,6,是",
        f"{d},=1+1,合肥市,2019-13-01,5,是",
        "123,戊,合肥市,2019-01-01,5,是",
        f"{e},己分公司,合肥市,,,",
        ",庚,合肥市,2019-01-01,5,是",
    ]
    source = tmp_path / "in.csv"
    source.write_text(HEADER + "\n".join(lines) + "\n", encoding="gb18030")
    done = batch(source, "-o", tmp_path / "out", "--as-of", AS_OF)
    assert done.exit_code == 0, done.output
    assert "GB18030" in done.output
    counts = report_of(tmp_path / "out")["counts"]
    assert (counts["rows"], counts["accepted"], counts["rejected"]) == (9, 3, 6)
    assert counts["branches"] == 1
    kept = pl.read_ipc(tmp_path / "out" / "facts" / "*.arrow").get_column("credit_code")
    assert sorted(kept) == sorted([a, b, e])
    rejected = pl.read_parquet(tmp_path / "out" / "rejected.parquet")
    assert rejected.get_column("row_number").to_list() == [3, 4, 5, 6, 7, 9]
    reasons = dict(rejected.select("row_number", "reason").iter_rows())
    assert reasons[3].startswith("重复")
    assert reasons[4].startswith("冲突")
    assert reasons[5].startswith("冲突")
    assert set(HEADER.strip().split(",")) <= set(rejected.columns)
    assert rejected.get_column("repair").str.len_chars().min() > 0
    text = (tmp_path / "out" / "rejected.csv").read_bytes().decode("utf-8-sig")
    assert ",'=1+1," in text
    assert len(text.splitlines()) == 7


def test_columns_named_like_ours_are_kept(batch: Run, tmp_path: Path) -> None:
    header = "统一社会信用代码,row_number,reason,行号,原因\n"
    source = tmp_path / "in.csv"
    source.write_text(f"{header}12,7,own,8,自己的\n{codes(1)[0]},1,,,\n", encoding="utf-8")
    done = batch(source, "-o", tmp_path / "out", "--as-of", AS_OF)
    assert done.exit_code == 0, done.output
    refused = pl.read_parquet(tmp_path / "out" / "rejected.parquet").row(0, named=True)
    assert (refused["row_number"], refused["reason"], refused["原因"]) == ("7", "own", "自己的")
    assert (refused["row_number(比对)"], refused["column"]) == (1, "统一社会信用代码")
    assert refused["reason(比对)"].startswith("不是统一社会信用代码")
    sheet = pl.read_csv(tmp_path / "out" / "rejected.csv").row(0, named=True)
    assert (sheet["行号"], sheet["行号(比对)"], sheet["原因"]) == (8, 1, "自己的")


def test_codes_that_stand_twice_are_settled_across_chunks(
    batch: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "CHUNK", 2)
    a, b, c = codes(3)
    rows = [(a, "甲"), (b, "乙"), (a, "甲"), (c, "丙"), (b, "另一家"), (a, "甲")]
    source = tmp_path / "in.csv"
    lines = "\n".join(f"{code},{name}" for code, name in rows)
    source.write_text(f"统一社会信用代码,企业名称\n{lines}\n", encoding="utf-8")
    done = batch(source, "-o", tmp_path / "out", "--as-of", AS_OF)
    assert done.exit_code == 0, done.output
    refused = pl.read_parquet(tmp_path / "out" / "rejected.parquet").sort("row_number")
    kinds = [reason.partition(":")[0] for reason in refused.get_column("reason")]
    assert list(zip(refused.get_column("row_number"), kinds, strict=True)) == [
        (2, "冲突"),
        (3, "重复"),
        (5, "冲突"),
        (6, "重复"),
    ]
    assert refused.get_column("企业名称").to_list() == ["乙", "甲", "另一家", "甲"]
    assert report_of(tmp_path / "out")["counts"]["accepted"] == 2


def test_a_faulty_row_makes_its_code_doubtful(batch: Run, tmp_path: Path) -> None:
    """Which of two rows is the company's cannot be known because one of them is also unreadable."""
    (a,) = codes(1)
    source = tmp_path / "in.csv"
    rows = f"{a},甲,合肥市,2018-03-05,100,是\n{a},甲,合肥市,2018-03-05,一百,是\n"
    source.write_text(HEADER + rows, encoding="utf-8")
    assert batch(source, "-o", tmp_path / "out", "--as-of", AS_OF).exit_code == 0
    counts = report_of(tmp_path / "out")["counts"]
    assert (counts["accepted"], counts["rejected"]) == (0, 2)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "空的"),
        (HEADER, "没有"),
        ("企业名称,注册地\n甲,合肥市\n", "信用代码"),
        ("统一社会信用代码,社会信用代码\na,b\n", "两列"),
        (HEADER + "a,b\n", "2"),
    ],
    ids=["empty", "header only", "no code", "two columns one fact", "wrong width"],
)
def test_bad_input_is_refused_and_nothing_written(
    content: str, said: str, batch: Run, tmp_path: Path
) -> None:
    source = tmp_path / "in.csv"
    source.write_text(content, encoding="utf-8")
    done = batch(source, "-o", tmp_path / "out", "--as-of", AS_OF)
    assert done.exit_code == 2
    assert said in done.output
    assert not (tmp_path / "out").exists()


def test_an_output_folder_is_never_written_over(
    batch: Run, registry: tuple[Path, Path], tmp_path: Path
) -> None:
    source, mapping = registry
    arguments = (source, "-o", tmp_path / "out", "--mapping", mapping, "--as-of", AS_OF)
    assert batch(*arguments).exit_code == 0
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")}
    for more in ((), ("--resume",)):
        again = batch(*arguments, *more)
        assert again.exit_code == 2
        assert "已有一次完成的比对" in again.output
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")}
    assert batch(source, "-o", tmp_path / "new", "--resume").exit_code == 2


def test_measures_can_be_chosen(batch: Run, registry: tuple[Path, Path], tmp_path: Path) -> None:
    source, mapping = registry
    arguments = (source, "--mapping", mapping, "--as-of", AS_OF)
    assert batch(*arguments, "-o", tmp_path / "a", "--measures", "hefei-2025/1").exit_code == 0
    assert {m.split(".")[0] for m in report_of(tmp_path / "a")["measures"]} == {"hefei-2025/1"}
    wrong = batch(*arguments, "-o", tmp_path / "b", "--measures", "hefei-2025/99")
    assert wrong.exit_code == 2
    assert "hefei-2025/99" in wrong.output
    early = batch(source, "-o", tmp_path / "c", "--mapping", mapping, "--as-of", "2020-01-01")
    assert early.exit_code == 2


def test_what_changed_since_the_last_run(batch: Run, tmp_path: Path) -> None:
    a, b, c = codes(3)

    def run(name: str, rows: list[str], *more: object) -> Path:
        source = tmp_path / f"{name}.csv"
        source.write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
        done = batch(source, "-o", tmp_path / name, "--as-of", AS_OF, "--open", *more)
        assert done.exit_code == 0, done.output
        return tmp_path / name

    first = run("first", [f"{a},甲,合肥市,,,否", f"{b},乙,合肥市,,,是"])
    rows = [f"{a},甲,合肥市,,,是", f"{b},乙,合肥市,,,", f"{c},丙,亳州市,,,"]
    second = run("second", rows, "--previous", first)
    changes = pl.read_parquet(second / "changes.parquet")
    of = {(r["credit_code"], r["measure"]): r["change"] for r in changes.iter_rows(named=True)}
    assert of[a, "hefei-2025/1.4"] == "newly_met"
    assert of[b, "hefei-2025/1.4"] == "no_longer_met"
    assert "newly_open" in {change for (code, _), change in of.items() if code == c}
    assert report_of(second)["changes"]["newly_met"] == sum(
        change == "newly_met" for change in of.values()
    )


def test_one_row_is_explained_in_full(
    batch: Run, registry: tuple[Path, Path], tmp_path: Path
) -> None:
    source, mapping = registry
    out = tmp_path / "out"
    assert batch(source, "-o", out, "--mapping", mapping, "--as-of", AS_OF, *FEW).exit_code == 0
    code, measure = findings_of(out).row(0)[:2]
    told = batch("explain", out, code, measure)
    assert told.exit_code == 0
    assert measure in told.output
    assert "符合" in told.output
    assert batch("explain", out, "91340100MA2MR0GJ1D", measure).exit_code == 2
    assert batch("explain", out, code, "hefei-2025/0.0").exit_code == 2
    assert batch("explain", tmp_path, code, measure).exit_code == 2


def test_a_mapping_is_written_to_be_confirmed(batch: Run, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text(HEADER.replace("注册地", "登记住所哪个县") + ONE, encoding="utf-8")
    target = tmp_path / "mapping.yaml"
    assert batch("map", source, "-o", target).exit_code == 0
    assert "统一社会信用代码" in target.read_text(encoding="utf-8")
    assert batch("map", source, "-o", target).exit_code == 2
    done = batch(source, "-o", tmp_path / "out", "--mapping", target, "--as-of", AS_OF)
    assert done.exit_code == 0, done.output


# --- interrupted runs ----------------------------------------------------------------------------


def _same(one: Path, other: Path) -> bool:
    return findings_of(one).equals(findings_of(other)) and (
        report_of(one)["counts"] == report_of(other)["counts"]
    )


FEW = ("--measures", "hefei-2025/1")
"""What is asked where it does not matter what is asked: all measures take seconds to plan."""
SMALL_CHUNKS = """
import sys
from matcher.registry import staging, batch
staging.CHUNK = batch.CHUNK = 200
from webapp.cli import main
main(sys.argv[1:])
"""


@pytest.mark.parametrize("chunks_before", [1, 9])
def test_a_killed_run_goes_on_where_it_was(
    chunks_before: int, batch: Run, registry: tuple[Path, Path], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("matcher.registry.staging.CHUNK", 200)
    monkeypatch.setattr("matcher.registry.batch.CHUNK", 200)
    source, mapping = registry
    common = ["--mapping", str(mapping), "--as-of", str(AS_OF), *FEW]
    assert batch(source, "-o", tmp_path / "whole", *common).exit_code == 0

    arguments = ["--rules", str(RULES), "batch", str(source), "-o", str(tmp_path / "out"), *common]
    process = subprocess.Popen([sys.executable, "-c", SMALL_CHUNKS, *arguments])
    state = tmp_path / "out" / ".run" / "state.json"
    while process.poll() is None:
        if state.exists() and len(json.loads(state.read_text())["chunks"]) >= chunks_before:
            break
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()

    assert not (tmp_path / "out" / "run.json").exists()
    assert not (tmp_path / "out" / "findings.parquet").exists()
    again = batch(source, "-o", tmp_path / "out", *common)
    assert again.exit_code == 2
    assert "--resume" in again.output
    moved = batch(source, "-o", tmp_path / "out", "--as-of", "2025-10-01", "--mapping", mapping,
                  "--resume")  # fmt: skip
    assert moved.exit_code == 2
    assert "基准日" in moved.output
    resumed = batch(source, "-o", tmp_path / "out", *common, "--resume")
    assert resumed.exit_code == 0, resumed.output
    assert _same(tmp_path / "whole", tmp_path / "out")
    assert not (tmp_path / "out" / ".run").exists()


def test_a_full_disk_is_said_and_survived(
    batch: Run, registry: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A limit on the size of files stands for a disk that takes no more."""
    source, mapping = registry
    common = ["--mapping", str(mapping), "--as-of", str(AS_OF), *FEW]
    limited = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))\n"
        "from webapp.cli import main\n"
        "main(sys.argv[1:])\n"
    )
    arguments = ["--rules", str(RULES), "batch", str(source), "-o", str(tmp_path / "out"), *common]
    done = subprocess.run(
        [sys.executable, "-c", limited, *arguments], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    assert "--resume" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out" / "run.json").exists()
    resumed = batch(source, "-o", tmp_path / "out", *common, "--resume")
    assert resumed.exit_code == 0, resumed.output


def test_ctrl_c_ends_cleanly(registry: tuple[Path, Path], tmp_path: Path) -> None:
    source, mapping = registry
    arguments = ["--rules", str(RULES), "batch", str(source), "-o", str(tmp_path / "out"),
                 "--mapping", str(mapping), "--as-of", str(AS_OF)]  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-c", SMALL_CHUNKS, *arguments], stderr=subprocess.PIPE, text=True
    )
    state = tmp_path / "out" / ".run" / "state.json"
    while process.poll() is None and not (
        state.exists() and json.loads(state.read_text())["chunks"]
    ):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode == 130
    assert "Traceback" not in said
    assert "--resume" in said


def test_two_runs_cannot_write_one_folder(
    batch: Run, registry: tuple[Path, Path], tmp_path: Path
) -> None:
    from matcher.registry.faults import RegistryFault
    from matcher.registry.runs import RunFolder

    held = RunFolder(tmp_path / "out", {"a": 1}, resume=False)
    with pytest.raises(RegistryFault, match="另一个比对"):
        RunFolder(tmp_path / "out", {"a": 1}, resume=True)
    held.close()
    RunFolder(tmp_path / "out", {"a": 1}, resume=True).close()
    with pytest.raises(RegistryFault, match="a变了"):
        RunFolder(tmp_path / "out", {"a": 2}, resume=True)


def test_the_same_input_gives_the_same_files(
    batch: Run, registry: tuple[Path, Path], tmp_path: Path
) -> None:
    source, mapping = registry
    for name in ("one", "two"):
        done = batch(source, "-o", tmp_path / name, "--mapping", mapping, "--as-of", AS_OF)
        assert done.exit_code == 0
    for name in ("findings.parquet", "summary.xlsx", "summary.html", "rejected.csv"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert staging.CHUNK >= 1

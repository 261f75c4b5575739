"""What the commands answer, and how they answer bad input: a sentence, the place, the repair, exit 2."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.conftest import RULES, SEEDS

DEMO = SEEDS / "companies" / "demo.yaml"


def write(folder: Path, text: str) -> Path:
    path = folder / "company.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_match_prints_counts_that_add_up(run: Run) -> None:
    result = run("match", DEMO, "--as-of", "2025-09-01")

    assert result.exit_code == 0
    assert "合肥示例微电子有限公司" in result.stdout
    assert "本结果是按公开条文的比对,不是审批决定" in result.stdout


def test_explain_shows_the_quote_and_the_reasons(run: Run) -> None:
    result = run("explain", "hefei-2025/1.4", DEMO, "--as-of", "2025-09-01")

    assert result.exit_code == 0
    assert "「鼓励企业争创科技型中小企业和高新技术企业" in result.stdout
    assert "✓ 持有有效的“高新技术企业”" in result.stdout
    assert "需佐证" in result.stdout


def test_explain_in_english(run: Run) -> None:
    result = run("explain", "hefei-2025/1.4", DEMO, "--as-of", "2025-09-01", "--english")

    assert "holds: High-tech enterprise" in result.stdout


def test_explain_an_unknown_measure_names_the_nearest(run: Run) -> None:
    result = run("explain", "hefei-2025/1.44")

    assert result.exit_code == 2
    assert "是否想写“hefei-2025/1.4”" in result.stderr


def test_a_claimed_source_is_kept_as_declared_and_said_so(run: Run, tmp_path: Path) -> None:
    company = write(
        tmp_path,
        "注册地: 合肥市\n资质: [{名称: 高新技术企业, 取得日期: 2024-10-16, 来源: 科技局}]\n",
    )

    declared = run("match", company, "--as-of", "2025-09-01", "--json")
    (finding,) = [
        item
        for item in json.loads(declared.stdout)["findings"]
        if item["measure"] == "hefei-2025/1.4"
    ]
    assert finding["delivery"] == "快申快享"
    warnings = json.loads(declared.stdout)["warnings"]
    assert any("未采信,按企业申报处理" in warning for warning in warnings)


def test_attested_facts_prove_delivery_without_application(run: Run, tmp_path: Path) -> None:
    company = write(
        tmp_path,
        """统一社会信用代码: {值: 91340100MA0000001K, 来源: 市场监管局}
注册地: {值: 合肥市, 来源: 市场监管局}
资质: [{名称: 高新技术企业, 取得日期: 2024-10-16, 来源: 科技局}]
信用名单:
  失信被执行人: {值: 没有, 来源: 人民法院}
  严重违法失信名单: {值: 没有, 来源: 市场监管局}
""",
    )

    result = run("match", company, "--as-of", "2025-09-01", "--json", "--attest", "all")

    assert result.exit_code == 0, result.stderr
    (finding,) = [
        item
        for item in json.loads(result.stdout)["findings"]
        if item["measure"] == "hefei-2025/1.4"
    ]
    assert finding["general"] == "clear"
    assert finding["delivery"] == "免申即享"


@pytest.mark.parametrize(
    ("text", "place", "sentence"),
    [
        ("", "1:1", "企业文件是空的"),
        ("注册地: 合肥市\n职工人数: 10 人\n", "2:1", "没有名为“职工人数”的指标"),
        ("从业人员: abc\n", "1:7", "“abc”不是数量"),
        ("上年度: {营业收入: 9600}\n", "1:13", "“9600”没有单位"),
        ("上年度: {营业收入: 30 人}\n", "1:13", "单位“人”不合"),
        ("成立日期: 2025-02-30\n", "1:7", "没有“2025-02-30”这一天"),
        ("成立日期: 2026-01-01\n填报日期: 2025-09-01\n", "1:7", "晚于填报日期"),
        ("注册地: 合肥市\n注册地: 亳州市\n", "2:1", "在第 1 行已经写过"),
        ("a: &x [1]\nb: *x\n", "1:4", "不能用 YAML 的锚点"),
        ("注册地: 火星市\n", "1:6", "没有名为“火星市”的地区"),
        ("统一社会信用代码: 123\n", "1:11", "不是统一社会信用代码"),
        ("企业规模: 小型\n", "1:1", "由其他指标算出,不能直接填"),
    ],
)
def test_bad_company_files_are_refused_with_place_and_repair(
    run: Run, tmp_path: Path, text: str, place: str, sentence: str
) -> None:
    path = write(tmp_path, text)

    result = run("match", path, "--as-of", "2025-09-01", "--json")

    assert result.exit_code == 2
    assert result.stdout == ""
    assert f"{path}:{place}:" in result.stderr
    assert sentence in result.stderr


def test_a_profile_of_50_megabytes_is_refused_unread(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "big.yaml"
    with path.open("wb") as file:
        file.truncate(50 * 2**20)

    result = run("match", path)

    assert result.exit_code == 2
    assert "超过 256 KiB" in result.stderr


def test_a_missing_file_and_a_wrong_encoding(run: Run, tmp_path: Path) -> None:
    assert run("match", tmp_path / "none.yaml").exit_code == 2

    path = tmp_path / "gb.yaml"
    path.write_bytes("注册地: 合肥市".encode("gb18030"))
    result = run("match", path)
    assert result.exit_code == 2
    assert "不是 UTF-8 编码" in result.stderr


def test_an_odd_check_digit_only_warns(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path, "统一社会信用代码: 91340100MA0000001X\n注册地: 合肥市\n")

    result = run("match", path, "--as-of", "2025-09-01")

    assert result.exit_code == 0
    assert "校验位不符" in result.stderr


def test_check_passes_on_the_shipped_rules(run: Run) -> None:
    result = run("check")

    assert result.exit_code == 0
    assert "没有错误" in result.stdout


def test_check_reports_the_mistakes_of_all_files_in_one_run(run: Run, tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    shutil.copytree(RULES, rules)
    shutil.copytree(SEEDS, tmp_path / "seeds")
    broken = sorted((rules / "hefei-2025").glob("0[12]-*.yaml"))
    for path in broken:
        path.write_text(
            path.read_text(encoding="utf-8").replace("    兑付依据: ", "    兑付依具: ", 1),
            encoding="utf-8",
        )

    result = run("check", rules)

    assert result.exit_code == 1
    for path in broken:
        assert f"hefei-2025/{path.name}:" in result.stdout
    assert result.stdout.count("是否想写“兑付依据”?") == 2


def test_a_list_answers_once_it_is_loaded(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "list.csv"
    table.write_text("企业名称,统一社会信用代码\n示例,91340100MA0000001K\n", encoding="utf-8")
    name = "重点产业链企业名单"

    loaded = run("lists", "import", name, table, "--as-of", "2025-06-01", "--source", "示例文件")
    assert loaded.exit_code == 0, loaded.stderr
    match = json.loads(run("match", DEMO, "--as-of", "2025-09-01", "--json").stdout)

    assert f"列入“{name}”" in json.dumps(match, ensure_ascii=False)
    missing = {fact["member"] for item in match["findings"] for fact in item["missing"]}
    assert name not in missing


def test_a_list_without_a_key_column_is_refused_and_nothing_kept(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "list.csv"
    table.write_text("电话\n0551\n", encoding="utf-8")

    result = run(
        "lists", "import", "重点产业链企业名单", table, "--as-of", "2025-06-01", "--source", "x"
    )

    assert result.exit_code == 2
    assert "没有“统一社会信用代码”或“企业名称”列" in result.stderr
    assert not (tmp_path / "data").exists()


def test_industries_import_and_refusal(run: Run, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text("code,name,parent\nC,制造业,\n39,电子,C\n", encoding="utf-8")
    bad.write_text("code,name\nC,制造业\n", encoding="utf-8")

    assert run("vocabulary", "import-industries", good).exit_code == 0
    refused = run("vocabulary", "import-industries", bad)

    assert refused.exit_code == 2
    assert "缺少列 parent" in refused.stderr


def test_switching_the_general_conditions_off_never_pays_without_application(
    run: Run, tmp_path: Path
) -> None:
    result = run("match", DEMO, "--as-of", "2025-09-01", "--json", "--no-general")

    findings = json.loads(result.stdout)["findings"]
    assert {item["general"] for item in findings} == {"unknown"}
    assert "免申即享" not in {item["delivery"] for item in findings}

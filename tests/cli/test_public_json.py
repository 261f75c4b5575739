"""The JSON shapes are a public contract: fields may be added, never renamed."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run
from tests.conftest import SEEDS

DEMO = SEEDS / "companies" / "demo.yaml"


def test_measures(run: Run) -> None:
    measures = json.loads(run("measures", "--json").stdout)

    texts = {
        "hefei-2025": (SEEDS / "policies" / "hefei-2025.txt").read_bytes().decode(),
        "bozhou-2025-38": (SEEDS / "policies" / "bozhou-2025-38.txt").read_bytes().decode(),
    }
    assert {item["document"] for item in measures} == set(texts)
    for item in measures:
        assert {
            "id",
            "document",
            "clause",
            "title",
            "beneficiary",
            "quote",
            "spans",
            "instruments",
            "benefit_basis",
            "kind",
            "departments",
            "conditions",
        } <= set(item)
        pieces = [texts[item["document"]][start:end] for start, end in item["spans"]]
        assert pieces, item["id"]
        assert "…".join(pieces) == item["quote"]


def test_bozhou_measures_name_their_departments(run: Run) -> None:
    measures = json.loads(run("measures", "--json").stdout)

    bozhou = [item for item in measures if item["document"] == "bozhou-2025-38"]
    assert all(item["departments"] for item in bozhou)
    first = next(item for item in bozhou if item["clause"] == "1")
    assert first["departments"] == [
        "市发展改革委",
        "市工业和信息化局",
        "各县、区人民政府",
        "亳州高新区管委会",
        "亳芜现代产业园区管委会",
    ]


def test_coverage_accounts_for_every_character(run: Run) -> None:
    result = run("coverage", "--json")

    assert result.exit_code == 0
    for item in json.loads(result.stdout):
        text = (SEEDS / "policies" / f"{item['document']}.txt").read_bytes().decode()
        assert item["characters"] == sum(not character.isspace() for character in text)
        assert item["covered"] == item["characters"]
        assert item["uncovered"] == []


def test_vocabulary(run: Run) -> None:
    attributes = json.loads(run("vocabulary", "--json").stdout)

    by_label = {item["label"]: item for item in attributes}
    for item in attributes:
        assert {"id", "label", "type", "unit", "values", "custodian", "attestable"} <= set(item)
    assert by_label["研发费用"]["unit"] == "万元"
    assert by_label["研发费用"]["custodian"] == "税务局"
    assert "高新技术企业" in [value["label"] for value in by_label["资质"]["values"]]


def test_match(run: Run) -> None:
    result = run("match", DEMO, "--as-of", "2025-09-01", "--json")

    assert result.exit_code == 0
    match = json.loads(result.stdout)
    assert match["as_of"] == "2025-09-01"
    assert len(match["rules_version"]) == 12
    assert match["company"]["name"] == "合肥示例微电子有限公司"
    assert match["not_in_force"] == []
    for finding in match["findings"]:
        assert finding["verdict"] in ("met", "unmet", "open")
        assert finding["general"] in ("clear", "hit", "unknown")
        assert {"measure", "delivery", "missing", "awaiting", "reasons"} <= set(finding)
        assert bool(finding["missing"]) is (finding["verdict"] == "open")
        for fact in finding["missing"]:
            wanted = {"attribute", "member", "period", "label", "custodian", "attestable"}
            assert wanted <= set(fact)


def test_the_worked_example_of_the_design(run: Run) -> None:
    match = json.loads(run("match", DEMO, "--as-of", "2025-09-01", "--json").stdout)

    (finding,) = [item for item in match["findings"] if item["measure"] == "hefei-2025/1.4"]
    assert finding["verdict"] == "met"
    assert finding["delivery"] == "快申快享"
    assert finding["benefit_basis"] == "另行规定"


def test_a_document_not_yet_in_force_gives_no_findings(run: Run) -> None:
    match = json.loads(run("match", DEMO, "--as-of", "2025-03-01", "--json").stdout)

    assert match["not_in_force"] == ["bozhou-2025-38"]
    assert {item["document"] for item in match["findings"]} == {"hefei-2025"}


def test_json_and_english_ids_say_the_same(run: Run, tmp_path: Path) -> None:
    chinese = tmp_path / "a.yaml"
    chinese.write_text(
        "注册地: 合肥市\n资质: [高新技术企业]\n填报日期: 2025-09-01\n", encoding="utf-8"
    )
    english = {
        "registered_region": "合肥市",
        "titles": ["high_tech_enterprise"],
        "filed_on": "2025-09-01",
    }

    first = run("match", chinese, "--as-of", "2025-09-01", "--json")
    second = run("match", "-", "--as-of", "2025-09-01", "--json", stdin=json.dumps(english))

    assert json.loads(first.stdout)["findings"] == json.loads(second.stdout)["findings"]


def test_amounts(run: Run, tmp_path: Path) -> None:
    company = tmp_path / "企业.yaml"
    company.write_text(
        "主体类别: [企业]\n注册地: 合肥市\n资质: [科技型中小企业]\n"
        "可加计扣除研发费用: 500 万元\n已领: []\n",
        encoding="utf-8",
    )
    result = run("amounts", company, "--as-of", "2025-03-01", "--include", "examples", "--json")
    data = json.loads(result.stdout)

    assert result.exit_code == 0
    assert {"as_of", "rules_version", "company", "amounts", "combination"} <= set(data)
    entry = next(item for item in data["amounts"] if item["measure"] == "examples/03.1")
    assert {"title", "verdict", "figure", "missing", "pending", "lines"} <= set(entry)
    # 500 × 15% = 75 万元
    assert (entry["figure"], entry["low_fen"], entry["high_fen"]) == ("due", 75_000_000, 75_000_000)
    assert data["combination"]["total_fen"] == 75_000_000
    assert {"had", "lost", "open"} <= set(data["combination"])


def test_a_sample_that_is_none_is_named(run: Run) -> None:
    result = run("amounts", DEMO, "--include", "example")

    assert result.exit_code == 2
    assert "没有“example”这份文件" in result.stderr
    assert "examples" in result.stderr

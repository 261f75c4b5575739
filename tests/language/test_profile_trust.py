"""Company files: trust comes from the channel, not from what the file claims."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from matcher.language.profiles import Channel, CompanyFile
from matcher.profile import Assurance, FactKey
from tests.language.companies import HIGH_TECH, Reading
from webapp.cli import main

CLAIMED = """\
资质: [{名称: 高新技术企业, 取得日期: 2024-10-16, 来源: 科技局}]
研发费用: {值: 300 万元, 来源: 税务局}
"""


def assurance(file: CompanyFile, key: FactKey) -> Assurance:
    return file.profile.facts[key].assurance


def test_a_company_cannot_attest_for_itself(read: Reading) -> None:
    file = read(CLAIMED)

    assert assurance(file, HIGH_TECH) is Assurance.DECLARED
    assert [item.code for item in file.warnings] == ["not-attested", "not-attested"]
    assert "“资质 高新技术企业”写的来源“科技局”未采信" in file.warnings[0].message


def test_a_channel_attests_only_for_its_custodian(read: Reading) -> None:
    file = read(CLAIMED, Channel(frozenset({"科技局"})))

    assert assurance(file, HIGH_TECH) is Assurance.ATTESTED
    assert assurance(file, FactKey("研发费用", None, 2024)) is Assurance.DECLARED
    assert [item.place.line for item in file.warnings if item.place] == [2]


def test_a_channel_does_not_attest_what_another_department_keeps(read: Reading) -> None:
    file = read("研发费用: {值: 300 万元, 来源: 科技局}", Channel(frozenset({"科技局"})))

    assert assurance(file, FactKey("研发费用", None, 2024)) is Assurance.DECLARED
    assert file.warnings[0].hint == "这项指标由税务局保管"


def test_nothing_is_attested_without_a_claimed_source(read: Reading) -> None:
    file = read("资质: [高新技术企业]", Channel(frozenset({"科技局"})))

    assert assurance(file, HIGH_TECH) is Assurance.DECLARED


def test_a_source_for_the_whole_file_counts_for_that_custodian_alone(read: Reading) -> None:
    text = "来源: 科技局\n资质: [高新技术企业]\n研发费用: 300 万元"
    believed, doubted = read(text, Channel(frozenset({"科技局"}))), read(text)

    assert assurance(believed, HIGH_TECH) is Assurance.ATTESTED
    assert assurance(believed, FactKey("研发费用", None, 2024)) is Assurance.DECLARED
    assert believed.warnings == ()
    assert assurance(doubted, HIGH_TECH) is Assurance.DECLARED
    assert [item.code for item in doubted.warnings] == ["not-attested"]


def test_what_is_only_planned_is_never_attested(read: Reading) -> None:
    text = "事项: {技术改造: {状态: 打算, 来源: 工信局}}"

    file = read(text, Channel(everything=True))
    assert assurance(file, FactKey("事项", "技术改造")) is Assurance.DECLARED


def test_a_judgement_counts_only_from_who_records_judgements(read: Reading) -> None:
    text, key = "认定: {运转成效: 是}", FactKey("主管部门认定", "运转成效")

    assert not read(text).profile.knows(key)
    assert [item.code for item in read(text).warnings] == ["not-attested"]
    assert read(text, Channel(judgements=True)).profile.value(key) is True


def test_the_command_attests_for_the_named_departments(match: CliRunner, tmp_path: Path) -> None:
    path = tmp_path / "企业.yaml"
    path.write_text(CLAIMED, encoding="utf-8")
    plain = match.invoke(main, ["match", str(path), "--as-of", "2025-09-01"])
    attested = match.invoke(
        main, ["match", str(path), "--as-of", "2025-09-01", "--attest", "科技局"]
    )

    said = plain.stdout + plain.stderr
    assert "“资质 高新技术企业”写的来源“科技局”未采信" in said
    said = attested.stdout + attested.stderr
    assert "资质 高新技术企业" not in said.split("未采信")[0]
    assert "“2024 年 研发费用”写的来源“税务局”未采信" in said

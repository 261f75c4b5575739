"""Company files in JSON: English ids read as the Chinese file does."""

from __future__ import annotations

import json

import pytest

from tests.language.companies import Reading


@pytest.fixture
def json_company(read: Reading) -> dict[str, object]:
    """Name the ids as the vocabulary does."""
    attributes, member = read.vocabulary.attributes, read.vocabulary.activities.member("技术改造")
    assert member is not None
    states = list(read.vocabulary.words("事项状态").values())
    return {
        "name": "某某微电子有限公司",
        "credit_code": "91340100MA0000001K",
        attributes["注册地"].id: "合肥市",
        "filed_on": "2025-09-01",
        "last_year": {attributes["营业收入"].id: "9600 万元", attributes["从业人员"].id: 126},
        attributes["资质"].id: [
            {"name": "high_tech_enterprise", "from": "2024-10-16", "to": "2027-10-15"}
        ],
        attributes["事项"].id: {member.id: states[2].id},
        "answered": [read.vocabulary.words("主题")["研发与成果转化"].id],
        "unsure": [attributes["高层次人才人数"].id],
    }


CHINESE = """\
名称: 某某微电子有限公司
统一社会信用代码: 91340100MA0000001K
注册地: 合肥市
填报日期: 2025-09-01
上年度: {营业收入: 9600 万元, 从业人员: 126}
资质: [{名称: 高新技术企业, 取得日期: 2024-10-16, 有效期至: 2027-10-15}]
事项: {技术改造: 在做}
已答完: [研发与成果转化]
不清楚: [高层次人才人数]
"""


@pytest.mark.parametrize("indent", [None, 2, "\t"])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_json_with_english_ids_reads_as_the_chinese_file(
    json_company: dict[str, object], indent: int | str | None, ascii_only: bool, read: Reading
) -> None:
    text = json.dumps(json_company, ensure_ascii=ascii_only, indent=indent)

    assert read(text).profile == read(CHINESE).profile


def test_json_writes_rare_characters_as_two_escapes(read: Reading) -> None:
    text = json.dumps({"name": "安徽𠮷祥有限公司"})

    assert "\\ud842" in text
    assert read(text).profile.text("企业名称") == "安徽𠮷祥有限公司"


def test_json_nothing_is_no_answer(read: Reading) -> None:
    assert read.codes('{"revenue": null}') == ["wrong-shape"]

"""`mianshen new-document`: a folder that checks clean and hides nothing, or no folder at all."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.catalogue import Catalogue, load
from matcher.documents.headings import find_numbering, label_of
from matcher.documents.model import coverage
from matcher.documents.scaffold import MAX_TEXT_BYTES, NewFolder, ScaffoldFault, new_folder
from matcher.language.diagnostics import Problems
from tests.conftest import SEEDS
from tests.language.harness import folder, rendered

ISSUED = date(2026, 3, 1)


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return folder(tmp_path, vocabulary=True)


def made(
    rules: Path, text: str | bytes, id_: str = "new-2026", region: str = "淮南市"
) -> NewFolder:
    path = rules.parent / "原稿.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return new_folder(path, rules, id_, "某市若干措施(虚构)", ISSUED, region)


def checked(rules: Path) -> Catalogue:
    problems = Problems()
    catalogue = load(rules, problems)
    assert rendered(problems) == ""
    return catalogue


@pytest.mark.parametrize(("name", "clauses"), [("hefei-2025", 16), ("bozhou-2025-38", 30)])
def test_a_real_text_becomes_a_clean_folder(name: str, clauses: int, rules: Path) -> None:
    source = SEEDS / "policies" / f"{name}.txt"
    new = new_folder(source, rules, "again", "", None, "淮南市")
    document = checked(rules).document("again")

    assert document is not None
    assert (new.clauses, len(document.clauses)) == (clauses, clauses)
    assert (new.folder / "原文.txt").read_bytes() == source.read_bytes()
    counted = coverage(document)
    assert new.characters == counted.characters
    assert counted.measures == 0
    headings = sum(clause.passages[0].spans[0].end - clause.passages[0].spans[0].start
                   for clause in document.clauses)  # fmt: skip
    departments = counted.passages - headings
    assert counted.characters == counted.passages + sum(
        len("".join(document.text[slice(*span)].split())) for span in counted.uncovered
    )
    assert departments >= 0


TEXTS = {
    "一、…。": "某市若干措施\n一、支持创新。给予补助。\n二、支持技改。给予奖励。\n",
    "第一条 …": "某市办法\n第一条 为了促进发展,制定本办法。\n第二条 对企业给予补助。\n第三条 自印发之日起施行。\n",
    "第1条": "某市办法\n第1条 给予补助。\n第2条 给予奖励。\n",
    "1.…。": "某市若干措施\n1.支持创新。给予补助。\n2.支持技改。给予奖励。\n",
    "1. …": "某市若干措施\n1. 支持创新\n给予补助。\n2. 支持技改\n给予奖励。\n",
    "(一)…": "某市若干措施\n(一)支持创新。给予补助。\n(二)支持技改。给予奖励。\n",
    "全角(一)": "某市若干措施\n\uff08一\uff09支持创新。给予补助。\n\uff08二\uff09支持技改。给予奖励。\n",
    "一、 without a full stop": "某市若干措施\n一、支持创新\n给予补助。\n二、支持技改\n给予奖励。\n",
    "Windows lines": "某市若干措施\r\n一、支持创新。给予补助。\r\n二、支持技改。给予奖励。\r\n",
    "long first sentences": "某市若干措施\n1.对"
    + "很" * 60
    + "长的一句话给予补助。\n2.给予奖励。\n",
}


CLAUSES = {"第一条 …": 3}


@pytest.mark.parametrize("name", TEXTS)
def test_each_way_of_numbering_clauses(name: str, rules: Path) -> None:
    text = TEXTS[name]
    new = made(rules, text)
    document = checked(rules).document("new-2026")

    assert document is not None
    assert new.clauses == len(document.clauses) == CLAUSES.get(name, 2)
    starts = [document.text[clause.span.start :][:3] for clause in document.clauses]
    assert all(any(mark in start for mark in "一二三123") for start in starts)
    uncovered = "".join(document.text[slice(*span)] for span in coverage(document).uncovered)
    assert "给予补助" in uncovered


def test_the_first_sentence_of_an_article_is_not_taken_for_a_title(rules: Path) -> None:
    made(rules, TEXTS["第一条 …"])
    document = checked(rules).document("new-2026")
    assert document is not None

    uncovered = [document.text[slice(*span)].strip() for span in coverage(document).uncovered]
    assert any("为了促进发展,制定本办法。" in piece for piece in uncovered)


def test_numbers_inside_sections_are_the_clauses_when_they_run_on() -> None:
    text = "标题\n一、甲\n1.支持创新。给予补助。\n2.支持技改。给予补助。\n二、乙\n3.支持人才。给予补助。\n"

    assert find_numbering(text).format == "{条款}.{标题}。"
    assert len(find_numbering(text).headings) == 3


def test_numbers_that_start_anew_in_each_section_are_not() -> None:
    text = "标题\n一、甲\n1.支持创新。给予补助。\n2.支持技改。\n二、乙\n1.支持人才。给予补助。\n"

    assert [heading.number for heading in find_numbering(text).headings] == ["一", "二"]


def test_more_than_ten_clauses() -> None:
    numerals = [
        *"一二三四五六七八九十",
        "十一",
        "十二",
        *(f"十{n}" for n in "三四五六七八九"),
        "二十",
        "二十一",
    ]
    text = "标题\n" + "".join(f"{number}、支持某事。给予补助。\n" for number in numerals)

    assert [heading.number for heading in find_numbering(text).headings] == numerals


def test_a_text_without_clauses_is_one_clause(rules: Path) -> None:
    new = made(rules, "某市关于某事的通知\n对企业给予补助。\n")
    document = checked(rules).document("new-2026")

    assert document is not None
    assert new.clauses == len(document.clauses) == 1


def test_without_a_region_the_place_is_left_to_fill_in(rules: Path) -> None:
    new = made(rules, TEXTS["一、…。"], region="")

    assert "# 适用地区" in (new.folder / "document.yaml").read_text(encoding="utf-8")
    assert checked(rules).document("new-2026") is not None


def test_the_date_under_the_signature_is_found(rules: Path) -> None:
    path = rules.parent / "原稿.txt"
    path.write_text("一、甲。乙。\n二、丙。丁。\n某市人民政府\n2026年3月1日\n", encoding="utf-8")
    new_folder(path, rules, "new-2026", "", None, "")
    document = checked(rules).document("new-2026")

    assert document is not None
    assert document.issued == ISSUED
    assert document.title == "一、甲。乙。"


def test_names_that_yaml_would_read_otherwise_are_quoted(rules: Path) -> None:
    made(rules, "标题\n一、“三新”: 甲 # 乙。给予补助。\n二、[丙]。给予补助。\n")
    document = checked(rules).document("new-2026")

    assert document is not None
    assert [clause.title for clause in document.clauses] == ["“三新”: 甲 # 乙", "[丙]"]


# --- refusals -------------------------------------------------------------------------------------------

GOOD = TEXTS["一、…。"]


def refused(rules: Path, text: str | bytes = GOOD, **changes: str) -> str:
    before = sorted(path.name for path in rules.iterdir())
    with pytest.raises(ScaffoldFault) as caught:
        made(rules, text, **changes)
    assert sorted(path.name for path in rules.iterdir()) == before
    return str(caught.value)


@pytest.mark.parametrize(
    "id_", ["", "Huainan", "淮南", "a b", "../x", "a/b", "-a", "a--b", ".", "x" * 61]
)
def test_ids_with_other_characters_are_refused(id_: str, rules: Path) -> None:
    assert "只写小写英文、数字和短横" in refused(rules, id_=id_)


def test_an_existing_folder_is_left_alone(rules: Path) -> None:
    assert "已经有了" in refused(rules, id_="demo")
    assert "已经有了" in refused(rules, id_="national")


def test_an_empty_text_is_refused(rules: Path) -> None:
    assert "文件是空的" in refused(rules, "")
    assert "文件是空的" in refused(rules, " \n\u3000\n")


def test_another_encoding_is_refused_with_its_line(rules: Path) -> None:
    said = refused(rules, b"ASCII\n" + GOOD.encode("gb18030"))

    assert said.endswith("原稿.txt:2:不是 UTF-8 编码,请另存为 UTF-8 后再试")


def test_characters_that_no_quote_could_repeat_are_refused(rules: Path) -> None:
    assert "原稿.txt:2:有看不见的字符(U+200B)" in refused(
        rules, GOOD.replace("支持创新", "支持\u200b创新")
    )


def test_a_text_at_the_limit_is_read_and_one_byte_more_is_not(rules: Path) -> None:
    filler = GOOD + "x" * (MAX_TEXT_BYTES - len(GOOD.encode()))

    assert "原文超过 2 MiB" in refused(rules, filler + "x")
    assert made(rules, filler).clauses == 2


def test_a_text_that_is_not_there_is_refused(rules: Path) -> None:
    with pytest.raises(ScaffoldFault, match="没有这个文件"):
        new_folder(rules / "没有.txt", rules, "new-2026", "", ISSUED, "")


def test_an_unknown_region_is_refused_with_the_nearest(rules: Path) -> None:
    assert refused(rules, region="合淝市") == "地区“合淝市”没有收录。是否想写“合肥市”?"
    assert "不止一处" in refused(rules, region="吉林")


def test_half_a_likeness_is_no_near_word(rules: Path) -> None:
    assert refused(rules, region="火星市") == "地区“火星市”没有收录。"


def test_a_text_without_a_date_asks_for_one(rules: Path) -> None:
    path = rules.parent / "原稿.txt"
    path.write_text(GOOD, encoding="utf-8")
    with pytest.raises(ScaffoldFault, match="--issued"):
        new_folder(path, rules, "new-2026", "", None, "")


def test_a_folder_without_vocabulary_is_no_rules_folder(tmp_path: Path) -> None:
    with pytest.raises(ScaffoldFault, match="不是规则目录"):
        new_folder(tmp_path / "原稿.txt", tmp_path, "new-2026", "", ISSUED, "")


def test_nothing_half_made_stays_behind(rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(source: object, target: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "rename", broken)

    assert "写不进" in refused(rules)


@given(st.text(alphabet="一二三十、.。第条()12\n 支持创新", max_size=60))
def test_any_text_is_numbered_without_an_exception(text: str) -> None:
    if text.strip():
        numbering = find_numbering(text)
        assert numbering.headings
        assert all(label_of(heading) for heading in numbering.headings)

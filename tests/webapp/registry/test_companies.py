"""Companies and their names: folded for search, kept when they change, read as pinyin initials."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import insert

from tests.webapp.registry.conftest import CODES, NOW, Registry
from webapp.services.desk.search import search
from webapp.services.people.roles import SYSTEM
from webapp.services.registry.companies import (
    fold_name,
    former_names,
    initials_of,
    missing_names,
    rename,
)
from webapp.tables.registry import CompanyRow


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("合肥(高新)智造 A 公司", "合肥高新智造a公司"),
        ("合肥(高新)智造Ａ公司", "合肥高新智造a公司"),
        ("3M·中国", "3m中国"),
    ],
)
def test_names_are_folded_for_search(name: str, folded: str) -> None:
    assert fold_name(name) == folded


def test_initials_read_whole_words_and_keep_letters() -> None:
    assert initials_of("重庆银行A股份") == "cqyhagf"  # 重庆 is chóng, 银行 is háng


def test_a_renamed_company_is_found_by_its_old_name_too(registry: Registry) -> None:
    company = registry.company()
    with registry.office.work.database.writing() as session:
        row = session.get_one(CompanyRow, company)
        assert rename(session, row, "深圳新名有限公司", date(2026, 2, 1), SYSTEM, NOW)
        assert not rename(session, row, "深圳新名有限公司", date(2026, 2, 1), SYSTEM, NOW)
    with registry.office.work.database.reading() as session:
        (by_old,) = search(session, "示例科技").hits
        (by_new,) = search(session, "深圳新名").hits
        assert (by_old.name, by_old.former) == ("深圳新名有限公司", "深圳示例科技有限公司")
        assert by_new.former == ""
        assert [one.until for one in former_names(session, company)] == [date(2026, 2, 1)]


def test_companies_from_elsewhere_become_findable(registry: Registry) -> None:
    with registry.office.work.database.writing() as session:
        session.execute(
            insert(CompanyRow).values(
                code=CODES[2],
                name="直接写入有限公司",
                region="",
                industry="",
                status="",
                created_at=NOW,
            )
        )
    with registry.office.work.database.writing() as session:
        assert missing_names(session) == 1
        assert missing_names(session) == 0
        assert [one.name for one in search(session, "zjxr").hits] == ["直接写入有限公司"]

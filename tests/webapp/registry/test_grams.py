"""Names found by their pieces are those that hold the words, and no others, on both databases."""

from __future__ import annotations

import random
from datetime import date

import pytest
from sqlalchemy import select

from tests.webapp.registry.conftest import CODES, NOW
from webapp.database import Database
from webapp.services.people.roles import SYSTEM
from webapp.services.registry import grams
from webapp.services.registry.companies import add_former_name, initials_of, register
from webapp.tables.registry import CompanyName, NameGram

PARTS = (
    "合肥",
    "云岭",
    "云",
    "岭",
    "药业",
    "业",
    "科技",
    "3m",
    "a",
    "abc",
    "é",
    "𬭩",
    "有限",
    "公司",
)
FORMS = ("", "有限公司", "公司", "厂")


def drawn(seed: int, count: int) -> list[str]:
    """Make names of few parts, so that every piece comes often and in every place."""
    draw = random.Random(seed)  # noqa: S311 (a seed must give the same again)
    return [
        "".join(draw.choices(PARTS, k=draw.randint(1, 5))) + draw.choice(FORMS)
        for _ in range(count)
    ]


def entered(database: Database, names: list[str]) -> dict[int, str]:
    """Enter names as earlier ones of one company; gives them by key."""
    with database.writing() as session:
        company = register(session, CODES[0], "甲", SYSTEM, NOW).id
        for name in names:
            add_former_name(session, company, name, date(2024, 1, 1))
    with database.reading() as session:
        rows = session.execute(select(CompanyName.id, CompanyName.name)).all()
        return {row.id: row.name for row in rows}


def pieces(database: Database) -> list[tuple[str, int]]:
    """Give every piece that is kept."""
    with database.reading() as session:
        return [(row.gram, row.name_id) for row in session.scalars(select(NameGram))]


def holds(name: str, words: str) -> bool:
    """The plain definition: words stand in a name, or letters in its initials, two at their beginning."""
    initials = initials_of(name)
    letters = words in initials if len(words) > 2 else initials.startswith(words)
    return words in name or (words.isascii() and letters)


def asked(names: list[str], seed: int) -> list[str]:
    """Give words that stand in names or initials, and some that stand nowhere."""
    draw = random.Random(seed)  # noqa: S311 (a seed must give the same again)
    words = {
        *"云有公司业am",
        "有限公司",
        "限公",
        "公司有限",
        "岭云岭云",
        "yx",
        "yxg",
        "xgs",
        "没有",
    }
    for name in draw.sample(names, 40):
        for text in (name, initials_of(name)):
            start = draw.randrange(len(text))
            words.add(text[start : start + draw.randint(1, 6)])
    return sorted(words)


@pytest.mark.parametrize(("counted", "share"), [(grams.COUNTED, grams.SHARE), ((5, 20), 7)])
def test_pieces_find_what_the_plain_definition_finds(
    database: Database, monkeypatch: pytest.MonkeyPatch, counted: tuple[int, ...], share: int
) -> None:
    """However long the lists of pieces are; of more than is wanted at least so many."""
    monkeypatch.setattr(grams, "COUNTED", counted)
    monkeypatch.setattr(grams, "SHARE", share)
    names = entered(database, drawn(7, 200))
    found_some = 0
    with database.reading() as session:
        for words in asked(list(names.values()), 11):
            right = {id_ for id_, name in names.items() if holds(name, words)}
            for most in (10, 1_000):
                rows = grams.holding(session, select(CompanyName.id), words, most)
                found = {row.id for row in rows}
                assert found <= right, words
                assert len(found) >= min(most, len(right)), words
            found_some += bool(right)
    assert found_some > 40


def test_the_migration_makes_the_pieces_that_the_program_keeps(database: Database) -> None:
    entered(database, drawn(5, 50))
    kept = pieces(database)
    database.downgrade("0009")
    database.upgrade()
    assert sorted(pieces(database)) == sorted(kept)

"""The tables of following come and go with data in them, and leave earlier notices as they were."""

from __future__ import annotations

from sqlalchemy import inspect, select, text

from tests.webapp.following.conftest import Square
from webapp.tables.cases import Notice

TABLES = {"subscriptions", "mailboxes", "mails", "rules_seen"}


def tables(square: Square) -> set[str]:
    return set(inspect(square.database.engine).get_table_names())


def test_down_and_up_again_with_data(square: Square) -> None:
    company = square.company()
    square.follow(company, by_mail=True)
    square.reader(company)
    square.new_rules()
    square.work()
    with square.database.writing() as session:
        session.add(Notice(company_id=company, kind="case.notify", made_at=square.office.now))
    square.database.downgrade("0014")
    assert not tables(square) & TABLES
    with square.database.reading() as session:
        kinds = session.scalars(text("SELECT kind FROM notices ORDER BY id")).all()
    assert kinds == ["following.rules", "case.notify"]
    square.database.upgrade()
    assert tables(square) >= TABLES
    with square.database.reading() as session:
        assert session.scalars(select(Notice.key)).all() == [None, None]
    square.work()
    assert square.follow(company)

"""Numbers of lists and payment files: counted within a year, however many there are."""

from __future__ import annotations

from datetime import date

import pytest

from tests.webapp.casework.conftest import TODAY, Office
from webapp.services.cases.numbers import next_number
from webapp.services.people.roles import Role
from webapp.tables.cases import Publicity


@pytest.mark.parametrize(
    ("there", "wanted"),
    [
        ([], "G2026-0001"),
        (["G2026-0001"], "G2026-0002"),
        (["G2025-0007"], "G2026-0001"),
        (["G2026-9998", "G2026-9999"], "G2026-10000"),
        # As texts 9999 comes after 10000, so the next one would be a number that is taken.
        (["G2026-9999", "G2026-10000"], "G2026-10001"),
    ],
)
def test_the_next_number_of_a_year(office: Office, there: list[str], wanted: str) -> None:
    with office.work.database.writing() as session:
        for number in there:
            row = Publicity(number=number, title="示例", first_day=TODAY, last_day=TODAY)
            row.made_by, row.made_at = office.people[Role.HANDLER].id, office.now
            session.add(row)
        session.flush()
        assert next_number(session, Publicity.number, "G", date(2026, 12, 31)) == wanted

"""Canary values through every form of companies and strangers; afterwards nobody finds them who should not."""

from __future__ import annotations

import io
import logging

import pytest
from sqlalchemy import inspect, text

from tests.webapp.city import NAME, City
from tests.webapp.html import parse
from tests.webapp.mine.test_correcting import fact
from tests.webapp.publicity.test_evidence import PDF
from webapp.models import Base
from webapp.operations.lines import Lines

ACCOUNT = "6230987654321098765"
BANK = "金丝雀银行"
PERSON, PHONE = "金丝雀张三", "13912345678"
WORDS, APPEAL_WORDS, GROUNDS = "金丝雀的异议", "金丝雀的申诉", "金丝雀的依据"
FILE = "金丝雀的身份证.pdf"
SECRET = (ACCOUNT, BANK, PERSON, PHONE, WORDS, APPEAL_WORDS, GROUNDS, FILE)
KEPT = {
    BANK: {"case_accounts"},
    WORDS: {"appeals"},
    APPEAL_WORDS: {"appeals"},
    GROUNDS: {"facts"},
    FILE: {"evidence"},
}
"""Where a value may stand in clear: in the one table that is for it. Numbers and contacts stand nowhere."""


def test_what_is_typed_is_found_where_it_belongs_and_nowhere_else(
    city: City, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    company = city.company()
    case = city.notified(company)
    owner, stranger = city.browser(city.owners[company]), city.visitor()
    place = fact(city.office, company, "注册地")
    (field,) = [
        one.get("name")
        for one in parse(owner.get(f"/my/{company}/facts/{place}").text).all("input")
        if one.get("name").startswith("a_") and one.get("type") != "checkbox"
    ]
    assert (
        owner.post(
            f"/my/{company}/facts/{place}", data={field: "合肥市", "words": GROUNDS}
        ).status_code
        == 303
    )

    contact = {"name": PERSON, "reach": PHONE, "disputed": "other", "then": "send"}
    sent = {
        **contact,
        "key": "a",
        "seen": city.office.case(case).version,
        "statement": APPEAL_WORDS,
    }
    appeal = owner.post(f"/my/{company}/cases/{case}/appeal", data=sent)
    assert appeal.status_code == 303
    city.answered(1, False, "维持")

    account = {"holder": NAME, "bank": BANK, "number": ACCOUNT, "promise": "yes", "key": "c"}
    address = f"/my/{company}/cases/{case}/confirm"
    wrong = owner.post(address, data={**account, "seen": "1", "number": f"{ACCOUNT}x"})
    assert wrong.status_code == 422
    seen = city.office.case(case).version
    assert owner.post(address, data={**account, "seen": seen}).status_code == 303
    city.publicised([case])

    objected = stranger.post(
        f"/appeals/new?case={case}&kind=objection",
        data={**contact, "key": "b", "statement": WORDS, "files": [(io.BytesIO(PDF), FILE)]},
    )
    assert objected.status_code == 303

    seen_by_strangers = [
        stranger.get(one).data.decode("utf-8", "replace")
        for one in (
            "/publicity",
            "/publicity/G2026-0001",
            "/publicity/G2026-0001.csv",
            f"/appeals/new?case={case}",
            f"/appeals/new?case={case}&kind=objection",
            appeal.location,
            objected.location,
            "/sitemap",
            "/readyz",
            "/metrics",
        )
    ]
    logged = [Lines().format(record) for record in caplog.records]
    assert any('"mianshen.web"' in line for line in logged)
    addresses = [appeal.location, objected.location]
    for value in SECRET:
        for where in (*seen_by_strangers, *logged, *addresses):
            assert value not in where, value
    assert tables_with(city) == {value: KEPT.get(value, set()) for value in SECRET}


def tables_with(city: City) -> dict[str, set[str]]:
    """Name the tables in which a value stands in clear, the audit among those that are searched."""
    found: dict[str, set[str]] = {value: set() for value in SECRET}
    engine = city.office.work.database.engine
    names = inspect(engine).get_table_names()
    assert "audit_entries" in names
    assert set(Base.metadata.tables) <= set(names)
    with engine.connect() as connection:
        for table in names:
            rows = connection.execute(text(f'SELECT * FROM "{table}"')).all()  # noqa: S608 (our own names)
            told = " ".join(str(value) for row in rows for value in row)
            for value in SECRET:
                if value in told:
                    found[value].add(table)
    return found

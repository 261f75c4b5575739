"""Casework on both databases, with the sample document (样例), whose measures state amounts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from matcher.catalogue import Catalogue
from tests.conftest import RULES
from webapp.database import Database
from webapp.limits import TERMS
from webapp.services.audit.chain import Sealer
from webapp.services.cases.moves import Casework, Moved, Wish, move
from webapp.services.cases.opening import open_case
from webapp.services.cases.proof import Prover
from webapp.services.people.roles import SYSTEM, Actor, Role
from webapp.services.registry.facts import stored_facts
from webapp.services.vault import Vault
from webapp.services.workdays import FOLDER, Workdays
from webapp.tables.cases import CaseRow
from webapp.tables.money import Budget
from webapp.tables.people import User
from webapp.tables.registry import CompanyRow, FactRow

HIGH_TECH = "examples/14.1"
"""龙岗区: a high-tech enterprise recognised last year gets 10 万元 the first time, 5 万元 again."""
TODAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
KEY = b"only-for-tests-" * 4
RECOGNISED = {
    "注册地": "深圳市",
    "外省县区": "龙岗区",
    "主体类别": {"企业": "是"},
    "资质": {"高新技术企业": {"取得日期": "2025-11-20", "有效期至": "2028-11-19", "首次": "是"}},
    "信用名单": {"失信被执行人": "没有", "严重违法失信名单": "没有"},
}


@dataclass
class Office:
    """An office with people, companies and a clock, for tests that move cases."""

    work: Casework
    people: dict[Role, Actor]
    today: date = TODAY
    now: datetime = NOW
    keys: Iterator[int] = field(default_factory=count)

    def company(self, code: str, name: str, facts: dict[str, Any] | None = None) -> int:
        """Register a company with facts that their custodians attest."""
        with self.work.database.writing() as session:
            row = CompanyRow(code=code, name=name, created_at=self.now)
            session.add(row)
            session.flush()
            vocabulary = self.work.prover.catalogue.vocabulary
            given = RECOGNISED if facts is None else facts
            for attribute, member, period, value in stored_facts(given):
                custodian, attestable = vocabulary.custodian(attribute, member or None)
                assert attestable, attribute
                session.add(
                    FactRow(
                        company_id=row.id,
                        attribute=attribute,
                        member=member,
                        period=period,
                        value=value,
                        assurance="attested",
                        custodian=custodian,
                        received_at=self.now,
                    )
                )
            return row.id

    def learn(self, company: int, attribute: str, member: str, value: Any) -> None:
        """Let a custodian say something else of a fact from now on."""
        with self.work.database.writing() as session:
            old = session.scalars(
                select(FactRow).filter_by(
                    company_id=company, attribute=attribute, member=member, known_until=None
                )
            ).one()
            old.known_until = self.now
            session.flush()
            session.add(
                FactRow(
                    company_id=company,
                    attribute=attribute,
                    member=member,
                    value=json.dumps(value, ensure_ascii=False),
                    assurance="attested",
                    custodian=old.custodian,
                    received_at=self.now,
                )
            )

    def budget(self, measure: str, fen: int, year: int = TODAY.year) -> int:
        """Set what may be spent on a measure in a year."""
        with self.work.database.writing() as session:
            row = Budget(
                measure_id=measure, period=year, total_fen=fen, document_no="示例〔2026〕1号"
            )
            session.add(row)
            session.flush()
            return row.id

    def open(self, company: int, measure: str = HIGH_TECH) -> int:
        """Open a case on a company's proof."""
        with self.work.database.writing() as session:
            proof = self.work.prover.prove(session, company, measure, self.today)
            assert proof is not None
            case = open_case(session, self.work, company, proof, self.now)
            assert case is not None
            return case

    def case(self, id_: int) -> CaseRow:
        """Give a case as it stands."""
        with self.work.database.reading() as session:
            row = session.get_one(CaseRow, id_)
            session.expunge(row)
            return row

    def do(self, case: int, action: str, role: Role | Actor, **details: Any) -> Moved:
        """Move a case as somebody who sees it as it is now."""
        actor = role if isinstance(role, Actor) else self.people[role]
        reason = str(details.pop("reason", ""))
        wish = Wish(case, action, self.case(case).version, f"k{next(self.keys)}", reason, details)
        return move(self.work, actor, wish, self.now, self.today)

    def owner(self, company: int) -> Actor:
        """Give somebody who acts for a company."""
        person = self.people[Role.COMPANY]
        return Actor(person.id, person.name, person.roles, frozenset({company}))


@pytest.fixture
def office(database: Database, sample_catalogue: Catalogue) -> Office:
    """An office with one person in each role and nothing to do yet."""
    people: dict[Role, Actor] = {Role.SYSTEM: SYSTEM}
    with database.writing() as session:
        for role in Role:
            if role is not Role.SYSTEM:
                row = User(
                    login=role.value,
                    name=role.value,
                    password_hash="-",
                    password_at=NOW,
                    created_at=NOW,
                )
                session.add(row)
                session.flush()
                people[role] = Actor(row.id, role.value, frozenset({role}))
    work = Casework(
        database,
        Prover(sample_catalogue, Path(RULES)),
        Sealer(KEY),
        Vault(KEY),
        Workdays.read(FOLDER),
        TERMS,
    )
    return Office(work, people)

"""The watch on both databases: companies whose facts change, and workers that look."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.webapp.casework.conftest import HIGH_TECH, NOW, RECOGNISED, Office, office
from webapp.services.registry.facts import stored_facts
from webapp.services.registry.learning import Telling, Told, learn
from webapp.services.watch import inbox
from webapp.services.watch.engine import DurableEngine, Engine, EvaluateEngine
from webapp.services.watch.lease import LASTS
from webapp.services.watch.worker import Clock, Worker
from webapp.tables.cases import CaseRow
from webapp.tables.registry import CompanyRow
from webapp.tables.watch import InboxEvent

__all__ = ["HIGH_TECH", "LASTS", "NOW", "office"]

ENGINES: dict[str, Callable[[Any], Engine]] = {
    "evaluate": EvaluateEngine,
    "durable_rules": DurableEngine,
}


@dataclass
class Watching:
    """An office whose registry is watched."""

    office: Office
    engines: dict[str, Engine] = field(default_factory=dict)

    def worker(self, engine: str | Engine = "evaluate") -> Worker:
        """Give a new worker process."""
        clock = Clock(lambda: self.office.now, lambda: self.office.today)
        made = self._engine(engine) if isinstance(engine, str) else engine
        return Worker(self.office.work, lambda: made, clock)

    def _engine(self, name: str) -> Engine:
        if name not in self.engines:
            self.engines[name] = ENGINES[name](self.office.work.prover.catalogue)
        return self.engines[name]

    def company(self, facts: dict[str, Any] | None = None) -> int:
        """Register a company and let its custodians say what they know of it."""
        with self.office.work.database.writing() as session:
            count = session.scalar(select(func.count()).select_from(CompanyRow)) or 0
            code = f"91440300MA{count:07d}0"[:18]
            row = CompanyRow(code=code, name=f"企业{count}", created_at=self.office.now)
            session.add(row)
            session.flush()
            company = row.id
        self.learn(company, RECOGNISED if facts is None else facts)
        return company

    def learn(self, company: int, facts: dict[str, Any]) -> None:
        """Let custodians say something new; the event is written in the same commit."""
        vocabulary = self.office.work.prover.catalogue.vocabulary
        by_custodian: dict[str, list[Told]] = {}
        for attribute, member, period, value in stored_facts(facts):
            custodian, attestable = vocabulary.custodian(attribute, member or None)
            told = Told(attribute, member, period, value, attestable)
            by_custodian.setdefault(custodian, []).append(told)
        with self.office.work.database.writing() as session:
            for custodian, told_facts in by_custodian.items():
                telling = Telling(custodian, None, self.office.now)
                learn(session, {company: told_facts}, telling, vocabulary)

    def later(self, days: int = 0, **parts: int) -> None:
        """Let time pass."""
        self.office.now += timedelta(days=days, **parts)
        self.office.today += timedelta(days=days)

    def cases(self) -> dict[tuple[int, str], str]:
        """Give the state of every case by company and measure."""
        with self.office.work.database.reading() as session:
            rows = session.scalars(select(CaseRow))
            return {(row.company_id, row.measure_id): row.state for row in rows}

    def waiting(self) -> int:
        """Count the events that wait."""
        with self.office.work.database.reading() as session:
            return inbox.count_waiting(session)

    def not_done(self) -> int:
        """Count the events that are not done, set aside or not."""
        with self.office.work.database.reading() as session:
            counted = select(func.count()).where(InboxEvent.done_at.is_(None))
            return session.scalar(counted) or 0


@pytest.fixture
def watching(office: Office) -> Watching:
    """A watched registry without companies."""
    return Watching(office)


def random_facts(seed: int) -> dict[str, Any]:
    """Make the facts of a company near what the sample measures ask; a seed gives the same ones."""
    draw = random.Random(seed)  # noqa: S311 (a seed must give the same again)
    facts: dict[str, Any] = {
        "注册地": "深圳市",
        "外省县区": draw.choice(["龙岗区", "龙岗区", "南山区"]),
        "主体类别": {"企业": "是"},
        "信用名单": {
            "失信被执行人": draw.choice(["没有", "没有", "没有", "是"]),
            "严重违法失信名单": draw.choice(["没有", "没有", "没有", "是"]),
        },
    }
    granted = draw.choice(["2025-11-20", "2025-02-03", "2023-06-30", None])
    if granted:
        title = {"取得日期": granted, "首次": draw.choice(["是", "否"])}
        facts["资质"] = {"高新技术企业": title}
        if draw.random() < 0.5:
            facts["资质"]["专精特新中小企业"] = {"取得日期": "2025-06-01"}
    if draw.random() < 0.7:
        revenue = draw.choice([800, 2_000, 25_000, 120_000])
        facts["年度"] = {"2025": {"营业收入": f"{revenue} 万元"}, "2024": {"营业收入": "900 万元"}}
    if draw.random() < 0.5:
        facts["规上状态"] = {"规上工业": {"列入日期": draw.choice(["2025-03-01", "2024-05-01"])}}
    return facts

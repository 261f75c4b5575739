"""The registry written out for a batch run: what it says is what cases are proved on, and never more."""

from __future__ import annotations

import json
import random
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from matcher.catalogue import Catalogue
from matcher.finding import Delivery, Matcher
from matcher.holdings import Holdings
from matcher.language.diagnostics import SourceError
from matcher.language.profiles import Channel
from matcher.logic import Verdict
from matcher.registry.batch import Progress, Request, run
from matcher.registry.engines import PolarsEngine
from matcher.registry.limits import MAX_COLUMNS
from matcher.registry.runs import read_report
from matcher.vocabulary.model import Attribute, Kind, Member
from tests.conftest import RULES
from tests.webapp.registry.conftest import NOW, TODAY, Registry, office, registry
from tests.webapp.registry.test_decisions import approved
from webapp.services.people.roles import Role
from webapp.services.registry import cells, export
from webapp.services.registry.decisions import NewJudgement, NewList, NewParameter
from webapp.services.registry.facts import StoredFact, known, profile_from, read_rows
from webapp.tables.people import Consent
from webapp.tables.registry import CompanyRow, FactRow

__all__ = ["office", "registry"]

COMPANIES = 120
DAYS = ("2021-03-01", "2023-06-30", "2024-11-20", "2025-11-20", "2026-01-15")
PLACES = ("合肥市", "蜀山区", "亳州市", "谯城区", "深圳市")


def fact(draw: random.Random, attribute: Attribute, member: Member | None) -> Any:
    """Make a value of an attribute as a company file writes it; None where the kind has none here."""
    kind = attribute.kind
    if kind in (Kind.TITLES, Kind.STATUS):
        return tenure(draw, kind, member)
    if kind is Kind.NUMBER and attribute.unit is not None:
        return f"{draw.choice([0, 1, 3, 8, 20, 300, 2_000, 40_000])} {attribute.unit.name}"
    if kind is Kind.STAGE:
        return draw.choice(["没有", *attribute.stages_of(member)])
    made: dict[Kind, list[Any]] = {
        Kind.YES_NO: ["是", "否", "不适用"],
        Kind.SET: ["是", "没有"]
        if member is None or member.label != "企业"
        else ["是"] * 9 + ["没有"],
        Kind.DATE: list(DAYS),
        Kind.CHOICE: [one.label for one in attribute.members],
        Kind.REGION: list(PLACES),
        Kind.INDUSTRY: ["2720", "6520", "3562"],
        Kind.ACTIVITIES: [
            "没有",
            "打算",
            "在做",
            {"状态": "已完成", "完成日期": draw.choice(DAYS)},
        ],
        Kind.RANK: ["1/100", "40/100", "3"],
    }
    return draw.choice(made[kind]) if kind in made else None


def tenure(draw: random.Random, kind: Kind, member: Member | None) -> Any:
    begins, ends = ("取得日期", "有效期至") if kind is Kind.TITLES else ("列入日期", "移出日期")

    def spell() -> dict[str, str]:
        start = date.fromisoformat(draw.choice(DAYS))
        told = {begins: start.isoformat()}
        if draw.random() < 0.7:
            told[ends] = (start + timedelta(days=draw.choice([300, 700, 1_095]))).isoformat()
        if draw.random() < 0.3:
            told["首次"] = draw.choice(["是", "否"])
        if member and member.levels and draw.random() < 0.7:
            told["级别"] = draw.choice(member.levels)
        return told

    return draw.choice(["没有", "从未", "是", spell(), spell(), [spell(), spell()]])


def told_of(draw: random.Random, catalogue: Catalogue) -> list[tuple[str, str, str, Any]]:
    """Make facts of a company: attribute, member, period, value."""
    found: list[tuple[str, str, str, Any]] = []
    for attribute in catalogue.vocabulary.attributes.values():
        if catalogue.vocabulary.term(attribute.label) is not None or not attribute.in_form:
            continue
        members: list[Member | None] = list(attribute.members) or [None]
        if attribute.kind in (Kind.CHOICE, Kind.NUMBER):
            members = [None]
        for member in members:
            value = fact(draw, attribute, member)
            if value is None or draw.random() < 0.35:
                continue
            yearly = attribute.yearly and attribute.kind is Kind.NUMBER
            for period in ("2025", "2024") if yearly else ("",):
                found.append((attribute.label, member.label if member else "", period, value))
    return plausible(draw, found, catalogue)


def plausible(
    draw: random.Random, found: list[tuple[str, str, str, Any]], catalogue: Catalogue
) -> list[tuple[str, str, str, Any]]:
    """Leave figures out until none is larger than the whole that it is a part of."""
    attributes = catalogue.vocabulary.attributes
    while True:
        rows = [
            StoredFact(
                attribute,
                member,
                period,
                "",
                "declared",
                json.dumps(value),
                "",
                "",
                "",
                NOW.isoformat(),
            )
            for attribute, member, period, value in found
        ]
        try:
            read_rows(rows, "", catalogue.vocabulary, TODAY, Channel())
        except SourceError:
            figures = [one for one in found if attributes[one[0]].kind is Kind.NUMBER]
            gone = draw.sample(figures, -(-len(figures) // 4))
            found = [one for one in found if one not in gone]
        else:
            return found


def furnish(registry: Registry, count: int = COMPANIES) -> None:
    """Fill the registry with companies of which departments know much at random."""
    catalogue = registry.office.work.prover.catalogue
    draw = random.Random(20)  # noqa: S311 (a seed must give the same again)
    with registry.office.work.database.writing() as session:
        for number in range(count):
            start = draw.choice(["91340100", "91340100", "52341600"])
            code = f"{start}MAX{number:06}0"
            company = CompanyRow(code=code, name=f"随机企业{number}", created_at=NOW)
            session.add(company)
            session.flush()
            for attribute, member, period, value in told_of(draw, catalogue):
                custodian, attestable = catalogue.vocabulary.custodian(attribute, member or None)
                session.add(
                    FactRow(
                        company_id=company.id,
                        attribute=attribute,
                        member=member,
                        period=period,
                        value=json.dumps(value, ensure_ascii=False),
                        assurance="attested" if attestable else "declared",
                        custodian=custodian if attestable else "",
                        received_at=NOW,
                        valid_to=TODAY - timedelta(1) if draw.random() < 0.05 else None,
                    )
                )


def quarrel(registry: Registry) -> None:
    """Let sources disagree, companies take consents back, and departments decide."""
    for company in range(1, 21):
        registry.tell(company, "税务局", "成立日期", '"2019-02-03"')
        registry.tell(company, "发展改革委", "资质", '"没有"', "高新技术企业", attested=False)
    people = registry.office.people
    with registry.office.work.database.writing() as session:
        for company in range(15, 40):
            own = {"company_id": company, "given_by": people[Role.DESK].id, "given_at": NOW}
            session.add(Consent(custodian="科技局", ended_at=NOW, **own))
            session.add(Consent(custodian="市场监管局", **own))
    decide(registry)


def decide(registry: Registry) -> None:
    day, document = date(2026, 2, 1), "科〔2026〕3号"
    for company in range(30, 60):
        approved(registry, "judgement", NewJudgement(company, "科技型企业", True, day, document))
    for company in range(50, 60):
        one = NewJudgement(company, "科技型企业", False, day, document, "hefei-2025/1.4")
        approved(registry, "judgement", one)
    code = [(f"91340100MAX{number:06}0", "") for number in range(20)]
    for name in ("重点产业链企业名单", "失信被执行人", "经营异常名录"):
        approved(registry, "list", NewList(name, day, document, tuple(code)))
    approved(registry, "parameter", NewParameter("全市平均增速", "5%", day, document))


def ran(registry: Registry, folder: Path) -> Path:
    """Write the registry out and match it."""
    catalogue, database = registry.office.work.prover.catalogue, registry.office.work.database
    heard: list[int] = []
    source = folder / "input.parquet"
    text = export.write_registry(database, catalogue, TODAY, source, heard.append)
    mapping, out = folder / "mapping.yaml", folder / "out"
    mapping.write_text(text, encoding="utf-8")
    request = Request(str(source), out, TODAY, mapping=mapping, with_open=True)
    holdings = Holdings(folder / export.HOLDINGS)
    report = run(request, catalogue, Path(RULES), holdings, PolarsEngine, Progress())
    assert sum(heard) == report["counts"]["accepted"] == report["counts"]["rows"]
    return out


def verdicts(out: Path) -> dict[tuple[str, str], tuple[str, str | None]]:
    names = (pl.col(name).cast(pl.String) for name in ("measure", "verdict", "delivery"))
    found = pl.read_parquet(out / "findings.parquet").select("credit_code", *names)
    return {(code, measure): (said, how) for code, measure, said, how in found.iter_rows()}


@pytest.fixture
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "SLICE", 50)


@pytest.mark.usefixtures("small_slices")
def test_the_run_says_what_attested_facts_prove_or_that_it_is_open(
    registry: Registry, tmp_path: Path
) -> None:
    furnish(registry)
    quarrel(registry)
    out = ran(registry, tmp_path)
    said, matched = verdicts(out), read_report(out)["measures"]
    work = registry.office.work
    matcher, vocabulary = Matcher(work.prover.catalogue), work.prover.catalogue.vocabulary
    seen: Counter[tuple[str, str]] = Counter()
    with work.database.reading() as session:
        for company in session.query(CompanyRow):
            facts = known(session, company.id, TODAY)
            profile = profile_from(facts, vocabulary, TODAY).attested()
            for finding in matcher.match(profile, TODAY).findings:
                if finding.measure.id not in matched:
                    continue  # what asks for records has no place in a table, and the report says so
                verdict, delivery = said.get((company.code, finding.measure.id), ("UNMET", None))
                seen[finding.verdict.name, verdict] += 1
                place = (company.code, finding.measure.id, finding.verdict, verdict)
                assert verdict in (finding.verdict.name, "OPEN"), place
                if delivery == Delivery.AUTOMATIC.value:
                    assert finding.delivery is Delivery.AUTOMATIC, place
    assert seen["MET", "MET"] > 300
    assert seen["UNMET", "UNMET"] > 1_000
    assert seen["MET", "OPEN"] + seen["UNMET", "OPEN"] < 0.05 * seen.total()
    assert set(Verdict.__members__) == {first for first, _ in seen}


def test_only_attested_facts_of_custodians_go_in(registry: Registry, tmp_path: Path) -> None:
    company = registry.company()
    registry.tell(company, "", "注册资本", '"3 万元"', attested=False)
    registry.tell(company, "市场监管局", "注册地", '"合肥市"')
    catalogue, target = registry.office.work.prover.catalogue, tmp_path / "own.parquet"
    text = export.write_registry(
        registry.office.work.database, catalogue, TODAY, target, lambda _: None
    )
    columns = {entry["列"]: entry for entry in yaml.safe_load(text)["列"]}
    written = pl.read_parquet(target)
    assert set(written.columns) == set(columns)
    assert "注册资本" not in written.columns
    assert written.row(0, named=True)["注册地"] == "340100"
    assert columns["注册地"]["来源"] == "市场监管局"
    assert columns["注册地"]["日期"] == TODAY
    # Nobody vouches for what kind of body it is, and nothing is taken for granted.
    assert written.row(0, named=True)["主体类别 企业"] == "不清楚"


def test_an_empty_registry_is_a_table_without_rows(registry: Registry, tmp_path: Path) -> None:
    target = tmp_path / "own.parquet"
    work = registry.office.work
    export.write_registry(work.database, work.prover.catalogue, TODAY, target, lambda _: None)
    assert pl.read_parquet(target).height == 0


@pytest.mark.usefixtures("small_slices")
def test_a_wide_registry_keeps_whole_facts(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "MAX_COLUMNS", 12)
    furnish(registry, 8)
    target, work = tmp_path / "own.parquet", registry.office.work
    text = export.write_registry(
        work.database, work.prover.catalogue, TODAY, target, lambda _: None
    )
    kept = [entry for entry in yaml.safe_load(text)["列"] if entry.get("指标") == "资质"]
    parts: dict[str, set[str]] = {}
    for entry in kept:
        parts.setdefault(entry["项"], set()).add(entry.get("部分", ""))
    assert len(pl.read_parquet(target).columns) <= 12 < MAX_COLUMNS
    assert all("" in own for own in parts.values())


def test_words_are_those_that_files_use(catalogue: Catalogue) -> None:
    labels = {member.label for attribute in catalogue.vocabulary.attributes.values()
              for member in attribute.members}  # fmt: skip
    assert not labels & {cells.UNSURE, cells.NEVER}

"""A finished run of synthetic companies, and cases of theirs at any stage."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path

import polars as pl
from sqlalchemy.orm import Session

from matcher.catalogue import Catalogue
from matcher.holdings import Holdings
from matcher.registry.batch import Progress, Request, run
from matcher.registry.engines import PolarsEngine
from seeds.registry import mapping_yaml, tables
from tests.conftest import RULES
from webapp.database import Database
from webapp.services.batches.store import REGISTRY, State, places
from webapp.services.dashboard.cube import write_aggregates
from webapp.services.dashboard.stored import Stored
from webapp.tables.batches import BatchRun
from webapp.tables.cases import CaseEvent, CaseRow, FactSnapshot, FindingRow
from webapp.tables.registry import CompanyRow, RuleVersion

AS_OF = date(2025, 9, 1)
MOMENT = datetime(2025, 9, 2, 4, tzinfo=UTC)
COMPANIES, SEED, MISSING = 400, 7, 20
TOKEN = "A" * 22
STEPS = ("notify", "confirm", "pay")
_AFTER = {"notify": "notified", "remind": "notified", "confirm": "confirmed", "pay": "paid"}
_numbers = count(1)


def make_run(folder: Path, catalogue: Catalogue, rows: int = COMPANIES) -> Path:
    """Match synthetic companies as the desk does, and count what came of it; gives the output folder."""
    folder.mkdir(parents=True, exist_ok=True)
    source, mapping, out = folder / "input.parquet", folder / "mapping.yaml", folder / "out"
    drawn = [pl.DataFrame(pl.from_arrow(one)) for one in tables(rows, SEED, MISSING)]
    pl.concat(drawn).write_parquet(source)
    mapping.write_text(mapping_yaml(), encoding="utf-8")
    request = Request(str(source), out, AS_OF, mapping=mapping, with_open=True)
    run(request, catalogue, RULES, Holdings(folder / "holdings"), PolarsEngine, Progress())
    write_aggregates(out, catalogue)
    return out


def place_run(
    database: Database, data: Path, out: Path, token: str = TOKEN, source: str = REGISTRY
) -> None:
    """Put a finished run where the application looks for it."""
    here = places(data, token)
    shutil.copytree(out, here.out)
    with database.writing() as session:
        session.add(
            BatchRun(
                token=token,
                name="全库比对",
                source=source,
                state=State.DONE,
                as_of=AS_OF,
                made_at=MOMENT,
            )
        )


def findings_of(out: Path, delivery: str = "免申即享") -> list[tuple[str, str]]:
    """Give the code and measure of each finding with a delivery."""
    names = pl.col("measure", "delivery").cast(pl.String)
    found = pl.read_parquet(out / "findings.parquet").select("credit_code", names)
    wanted = found.filter(pl.col("delivery") == delivery).sort("credit_code", "measure")
    return [(code, measure) for code, measure, _ in wanted.iter_rows()]


def outcome_table(out: Path) -> pl.DataFrame:
    """Give every finding that is written, with the place and the trade of its company."""
    names = pl.col("measure", "verdict", "delivery").cast(pl.String)
    return pl.read_parquet(out / "findings.parquet").select("credit_code", names)


def register(session: Session, code: str, name: str = "示例企业") -> CompanyRow:
    """Put a company of a run into the registry, or give the one that is there."""
    known = session.query(CompanyRow).filter_by(code=code).one_or_none()
    if known is None:
        known = CompanyRow(code=code, name=name, created_at=MOMENT)
        session.add(known)
        session.flush()
    return known


def add_case(
    session: Session,
    code: str,
    measure: str,
    steps: Sequence[str] = (),
    *,
    state: str = "",
    year: int = AS_OF.year,
    due_on: date | None = None,
    budget: int | None = None,
) -> int:
    """Write a case that made some steps, whatever its proof says."""
    company = register(session, code)
    case = CaseRow(
        company_id=company.id,
        measure_id=measure,
        period=year,
        state=state or (_AFTER[steps[-1]] if steps else "found"),
        finding_id=_finding(session, company.id, measure),
        due_on=due_on,
        budget_id=budget,
        opened_at=MOMENT,
        moved_at=MOMENT,
    )
    session.add(case)
    session.flush()
    before = "frozen"
    for place, action in enumerate(steps, 1):
        after = _AFTER[action]
        session.add(
            CaseEvent(
                case_id=case.id,
                place=place,
                action=action,
                before=before,
                after=after,
                role="system",
                at=MOMENT,
            )
        )
        before = after
    return case.id


def _finding(session: Session, company: int, measure: str) -> int:
    if session.get(RuleVersion, "r") is None:
        session.add(RuleVersion(version="r", packed=b"", stored_at=MOMENT))
    number = next(_numbers)
    snapshot = FactSnapshot(company_id=company, digest=f"{number:064}", facts="[]", known_at=MOMENT)
    session.add(snapshot)
    session.flush()
    row = FindingRow(
        company_id=company,
        measure_id=measure,
        rules_version="r",
        snapshot_id=snapshot.id,
        as_of=AS_OF,
        verdict="met",
        general="clear",
        told="{}",
        digest=f"{number:064}",
        made_at=MOMENT,
    )
    session.add(row)
    session.flush()
    return row.id


def stored(out: Path) -> Stored:
    """Open the counts of a run."""
    found = Stored.of(out)
    assert found is not None
    return found

"""How far a registry is carried: in the registry → decidable → met → without applying → notified → confirmed → paid.

The first four stages are counts of the run. The later ones are cases of the same year, joined by credit code and
measure, and counted only for findings that the run itself calls 免申即享, each stage within the one before. So no
stage can be larger than the one above it; cases that lie outside are counted apart and said in a remark.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from matcher.registry.outcomes import AUTOMATIC
from webapp.services.dashboard import lookup
from webapp.services.dashboard.cube import CELLS
from webapp.services.dashboard.figures import Figure, Show, at_most, rounded
from webapp.services.dashboard.reach import ANY_MET, DECIDED_KINDS, whole
from webapp.services.dashboard.stored import Scope, Stored, total
from webapp.services.memo import Memo
from webapp.tables.cases import CaseEvent, CaseRow
from webapp.tables.registry import CompanyRow

STAGES = ("inside", "decided", "met", "automatic", "notified", "confirmed", "paid")
NOTIFIED, CONFIRMED, PAID = 1, 2, 3
_ACTIONS = {"notify": NOTIFIED, "remind": NOTIFIED, "confirm": CONFIRMED}
_TAKEN_BACK = "recovered"
_PAID_STATE = "paid"
KEPT, KEPT_SECONDS = 64, 3_600.0


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: companies, and findings (项次)."""

    name: str
    companies: Figure
    findings: Figure


@dataclass(frozen=True, slots=True)
class Funnel:
    """All stages, and how many notified cases of the year are of no such finding of this run."""

    stages: tuple[Stage, ...]
    outside: Figure


@dataclass(frozen=True, slots=True)
class _Cases:
    """Cases that are inside: the row of their company and how far they came; and how many are outside."""

    rows: NDArray[Any]
    levels: NDArray[Any]
    outside: int


class Funnels:
    """Makes funnels; how far cases are is worked out anew when one of them has moved."""

    def __init__(self) -> None:
        self._kept: Memo[_Cases] = Memo(KEPT, KEPT_SECONDS)

    def of(self, session: Session, stored: Stored, scope: Scope, show: Show, salt: str) -> Funnel:
        """Count the stages of a scope; ``salt`` is what counts of cases are rounded by."""
        first = _of_run(stored, scope, show)
        cases = self._cases(session, stored)
        inside = _inside(stored, scope, cases)
        stages = [*first]
        for name, level in (("notified", NOTIFIED), ("confirmed", CONFIRMED), ("paid", PAID)):
            rows = cases.rows[inside & (cases.levels >= level)]
            own = f"{salt}:{name}:{scope.county}:{scope.section}"
            before = stages[-1]
            stages.append(
                Stage(
                    name,
                    at_most(_shown(len(np.unique(rows)), own + ":c", show), before.companies),
                    at_most(_shown(len(rows), own + ":f", show), before.findings),
                )
            )
        return Funnel(tuple(stages), _shown(cases.outside, f"{salt}:outside", show))

    def _cases(self, session: Session, stored: Stored) -> _Cases:
        newest = session.scalar(select(func.max(CaseEvent.id))) or 0
        key = f"{stored.folder}:{stored.stamp}:{newest}:{id(session.get_bind())}".encode()
        known = self._kept.get(key)
        if known is None:
            known = _joined(session, stored)
            self._kept.put(key, known)
        return known


def _of_run(stored: Stored, scope: Scope, show: Show) -> list[Stage]:
    reached = whole(stored, scope, show)
    cells = scope.of(stored.table(CELLS))

    def findings(kinds: Sequence[int]) -> Figure:
        return total(cells, pl.col("outcome").is_in(kinds), show)

    every = total(cells, pl.lit(True), show)
    decided = at_most(findings(DECIDED_KINDS), every)
    met = at_most(findings(ANY_MET), decided)
    automatic = at_most(findings((AUTOMATIC,)), met)
    return [
        Stage("inside", reached.companies, every),
        Stage("decided", reached.decided, decided),
        Stage("met", reached.met, met),
        Stage("automatic", reached.automatic, automatic),
    ]


def _joined(session: Session, stored: Stored) -> _Cases:
    """Join the cases of the run's year that were notified with what the run says of them."""
    levels = _levels(session, date.fromisoformat(stored.about["as_of"]).year)
    rows = lookup.rows_of(stored, [code for code, _ in levels])
    measures = {id_: place for place, id_ in enumerate(stored.measures)}
    of_measure = np.array([measures.get(id_, lookup.NOWHERE) for _, id_ in levels], np.int64)
    inside = np.zeros(len(rows), np.bool_)
    for measure in np.unique(of_measure[(rows >= 0) & (of_measure >= 0)]):
        here = np.flatnonzero((of_measure == measure) & (rows >= 0))
        inside[here] = lookup.outcomes(stored, int(measure))[rows[here]] == AUTOMATIC
    reached = np.array(list(levels.values()), np.int64)
    return _Cases(rows[inside], reached[inside], int((~inside).sum()))


def _levels(session: Session, year: int) -> dict[tuple[str, str], int]:
    """Give how far each case of a year came that was notified, by code and measure; each step after the others."""
    found = select(
        CompanyRow.code, CaseRow.measure_id, CaseRow.state, CaseEvent.action, CaseEvent.after
    )
    wanted = (
        found.join(CaseRow, CaseRow.company_id == CompanyRow.id)
        .join(CaseEvent, CaseEvent.case_id == CaseRow.id)
        .where(CaseRow.period == year)
        .where(CaseEvent.action.in_(_ACTIONS) | (CaseEvent.after == _PAID_STATE))
        .distinct()
    )
    steps: dict[tuple[str, str], set[int]] = {}
    for code, measure, state, action, after in session.execute(wanted):
        own = steps.setdefault((code, measure), set())
        if after != _PAID_STATE:
            own.add(_ACTIONS[action])
        elif state != _TAKEN_BACK:
            own.add(PAID)
    levels = {key: next(n for n in range(4) if n + 1 not in own) for key, own in steps.items()}
    return {key: level for key, level in levels.items() if level}


def _inside(stored: Stored, scope: Scope, cases: _Cases) -> NDArray[np.bool_]:
    kept = np.ones(len(cases.rows), np.bool_)
    for name, wanted in (("county", scope.county), ("section", scope.section)):
        if wanted is not None:
            kept &= lookup.groups(stored, name)[cases.rows] == wanted
    return kept


def _shown(n: int, salt: str, show: Show) -> Figure:
    return show(n, rounded(n, salt))

"""Figures that are read when they are asked for: what waits, where cases stand, whether the watch works.

To add one, write a `Gauge` into `GAUGES`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from webapp.limits import FIGURES_KEPT
from webapp.operations.health import disk_free
from webapp.operations.kept import Kept
from webapp.operations.lines import Line, failure_of
from webapp.operations.waiting import age, count_set_aside, oldest_waiting
from webapp.services.cases.lifecycle import STATES
from webapp.services.following.outbox import count_unsent, oldest_unsent
from webapp.services.jobs.queue import State, oldest_due
from webapp.services.watch.inbox import count_waiting
from webapp.services.watch.lease import LASTS
from webapp.services.watch.worker import WORK
from webapp.shared import Portal
from webapp.tables.cases import CaseRow
from webapp.tables.jobs import Job
from webapp.tables.watch import Lease

LOGGER = logging.getLogger("mianshen.metrics")
Figure = float | Mapping[str, float] | None
"""One number, one for each value of the label, or nothing to say yet."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """A figure of the database; ``label`` names what tells several numbers apart."""

    name: str
    help: str
    read: Callable[[Session, datetime], Figure]
    label: str = ""

    def family(self, figure: Figure) -> GaugeMetricFamily:
        """Give the figure as Prometheus wants it."""
        made = GaugeMetricFamily(self.name, self.help, labels=[self.label] if self.label else [])
        for value, number in figure.items() if isinstance(figure, Mapping) else [("", figure)]:
            if number is not None:
                made.add_metric([value] if self.label else [], number)
        return made


class Stored(Collector):
    """The figures of one installation, read anew when the last ones are some seconds old."""

    def __init__(self, shared: Portal) -> None:
        self._shared = shared
        self._kept = Kept(self._read, FIGURES_KEPT)

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Give all figures; without a database those that need none."""
        yield from self._kept.get()

    def _read(self) -> list[GaugeMetricFamily]:
        made = [
            GaugeMetricFamily(
                "mianshen_disk_free_ratio", "Free share of the disk.", disk_free(self._shared)
            )
        ]
        try:
            with self._shared.database.reading() as session:
                made += [one.family(one.read(session, self._shared.now())) for one in GAUGES]
            up = 1
        except SQLAlchemyError as error:
            LOGGER.warning(
                Line(event="no figures", **failure_of((type(error), error, error.__traceback__)))
            )
            up = 0
        told = "Whether the figures of the database could be read."
        return [GaugeMetricFamily("mianshen_database_up", told, up), *made]


def _cases(session: Session, _: datetime) -> Mapping[str, float]:
    counted = session.execute(
        select(CaseRow.state, func.count().label("n")).group_by(CaseRow.state)
    )
    return dict.fromkeys(STATES, 0.0) | {row.state: float(row.n) for row in counted}


def _heartbeat(session: Session, _: datetime) -> float | None:
    lease = session.get(Lease, WORK)
    return None if lease is None else (lease.until - LASTS).timestamp()


def _jobs(session: Session, _: datetime) -> Mapping[str, float]:
    counted = session.execute(select(Job.state, func.count().label("n")).group_by(Job.state))
    return dict.fromkeys(State, 0.0) | {row.state: float(row.n) for row in counted}


GAUGES: tuple[Gauge, ...] = (
    Gauge(
        "mianshen_inbox_waiting",
        "Changes that wait for the watch.",
        lambda session, _: count_waiting(session),
    ),
    Gauge(
        "mianshen_inbox_oldest_seconds",
        "How long the oldest of them has waited.",
        lambda session, now: age(oldest_waiting(session), now),
    ),
    Gauge(
        "mianshen_inbox_set_aside",
        "Changes that failed too often and wait for people.",
        lambda session, _: count_set_aside(session),
    ),
    Gauge("mianshen_jobs", "Jobs by where they stand.", _jobs, "state"),
    Gauge(
        "mianshen_jobs_oldest_seconds",
        "How long the oldest job that is due has waited.",
        lambda session, now: age(oldest_due(session, now), now),
    ),
    Gauge(
        "mianshen_mails_waiting",
        "Mails that were written and not sent yet.",
        lambda session, _: count_unsent(session),
    ),
    Gauge(
        "mianshen_mails_oldest_seconds",
        "How long the oldest of them has waited.",
        lambda session, now: age(oldest_unsent(session), now),
    ),
    Gauge("mianshen_cases", "Cases by where they stand.", _cases, "state"),
    Gauge(
        "mianshen_watch_heartbeat_timestamp_seconds",
        "When the watch last renewed its lease.",
        _heartbeat,
    ),
)

"""Figures for Prometheus: requests and matching, counted in this process and its fellows.

Under gunicorn each worker writes to a file of its own (``PROMETHEUS_MULTIPROC_DIR``, set by
``deploy/gunicorn.conf.py``) and whoever is asked adds them up. The file belongs to a place among the
workers, not to a process: a worker that takes another's place counts on where that one ended, so
workers may come and go for months and the files stay as many as there are places.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import date

from flask import Flask, Response
from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, values
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from matcher.profile import Profile
from webapp import logs
from webapp.services.matching import Matchmaker, Results

FOLDER, PLACE = "PROMETHEUS_MULTIPROC_DIR", "MIANSHEN_WORKER"
"""Where workers keep their counts, and the place of this one among them."""
SEVERAL = FOLDER in os.environ
if SEVERAL:
    # To be chosen before the first figure is made.
    values.ValueClass = values.MultiProcessValue(  # type: ignore[no-untyped-call]
        lambda: os.environ.get(PLACE) or os.getpid()
    )

disable_created_metrics()  # type: ignore[no-untyped-call]
_OWN = None if SEVERAL else CollectorRegistry()
REQUESTS = Counter(
    "mianshen_requests",
    "Requests by route template, method and class of status.",
    ("route", "method", "status"),
    registry=_OWN,
)
SECONDS = Histogram(
    "mianshen_request_seconds",
    "Seconds until a request was answered.",
    ("route", "method"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=_OWN,
)
MATCHING = Histogram(
    "mianshen_matching_seconds",
    "Seconds until one company was matched against all measures, near misses and all.",
    buckets=(0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1),
    registry=_OWN,
)


class TimedMatchmaker(Matchmaker):
    """A matchmaker whose time is taken."""

    def results_of(self, profile: Profile, as_of: date, *, judged: bool) -> Results:
        """Match a profile at a date."""
        with MATCHING.time():
            return super().results_of(profile, as_of, judged=judged)


def install(app: Flask) -> None:
    """Count each request of an application; `webapp.logs` has to be installed before."""
    app.after_request(_count)


def _count(response: Response) -> Response:
    route, method = logs.route(), logs.method()
    with suppress(OSError):  # where counts cannot be written, pages are still answered
        REQUESTS.labels(route, method, f"{response.status_code // 100}xx").inc()
        SECONDS.labels(route, method).observe(logs.taken())
    return response


def exposition(accepted: str, *more: Collector) -> tuple[bytes, str]:
    """Give all figures as text, with its media type: those of all workers, and what is read just now."""
    registry = CollectorRegistry()
    if SEVERAL:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        for figure in (REQUESTS, SECONDS, MATCHING):
            registry.register(figure)
    for collector in more:
        registry.register(collector)
    encode, media_type = choose_encoder(accepted)
    return encode(registry), media_type

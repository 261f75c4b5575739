"""Shapes of whole registries that another system has matched."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from webapp.api.shapes.common import Asked, Day, Page, Paged, Told
from webapp.limits import MAX_TEXT

State = Literal["looking", "new", "checking", "checked", "running", "done", "failed"]


class BatchAsked(Asked):
    """How a registry is to be matched; the registry itself is the body."""

    as_of: Day | None = Field(None, description="api.says.as_of")
    name: str = Field("", max_length=MAX_TEXT, description="api.says.batch_name")
    document: list[str] = Field(default_factory=list, description="api.says.batch_document")


class Sent(Told):
    """A registry that came in; its ``id`` is what to ask for next."""

    id: str
    name: str
    state: State


class Reached(Told):
    """How far the job at hand is: its step, and rows of all rows (0 where they are not counted)."""

    step: str
    reached: int
    total: int


class BatchMeasure(Told):
    """How many companies came to what for one measure."""

    measure: str
    met: int
    open: int
    unmet: int
    deliveries: dict[str, int]


class BatchCounts(Told):
    """What a finished run counted: rows = accepted + rejected."""

    rows: int
    accepted: int
    rejected: int
    with_met: int
    automatic: int
    met: int
    open: int


class Batch(Told):
    """A registry on its way: ``done`` has counts, ``failed`` says why in ``detail``."""

    id: str
    name: str
    state: State
    as_of: str
    made_at: str
    rules_version: str | None
    detail: str | None
    progress: Reached | None
    counts: BatchCounts | None


class BatchDetail(Batch):
    """A registry with the counts of each measure, and why rows were refused."""

    measures: list[BatchMeasure]
    rejections: dict[str, int]


class Batches(Page[Batch]):
    """Registries that the key sent, the newest first."""


class BatchFindingsAsked(Paged):
    """Which findings of a run are asked for."""

    measure: str = Field("", max_length=64, description="api.says.measure")
    verdict: Literal["", "met", "open"] = Field("", description="api.says.batch_verdict")


class BatchFinding(Told):
    """One company and one measure that it meets, or that is open for it."""

    credit_code: str
    measure: str
    verdict: Literal["met", "open"]
    delivery: str | None


class BatchFindings(Page[BatchFinding]):
    """A page of findings, in the order of measures and companies."""

"""Shapes of the catalogue: measures, documents, vocabulary, coverage."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from webapp.api.shapes.common import Page, Paged, Told
from webapp.limits import MAX_SEARCH


class MeasuresAsked(Paged):
    """Which measures are asked for; values of one filter are alternatives, filters narrow each other."""

    q: str = Field("", max_length=MAX_SEARCH, description="api.says.q")
    kind: list[str] = Field([], description="api.says.filter")
    department: list[str] = Field([], description="api.says.filter")
    region: list[str] = Field([], description="api.says.filter")
    delivery: list[str] = Field([], description="api.says.filter")
    basis: list[str] = Field([], description="api.says.filter")
    document: list[str] = Field([], description="api.says.filter")
    beneficiary: list[str] = Field([], description="api.says.filter")


class WordsAsked(Paged):
    """Which attributes are asked for."""

    q: str = Field("", max_length=MAX_SEARCH, description="api.says.q_words")


class Doubt(Told):
    """How an ambiguous passage is taken, and why."""

    taken: str
    reason: str


class Measure(Told):
    """One support measure, its conditions and the sentence it rests on."""

    id: str
    document: str
    clause: str
    title: str
    english_title: str | None
    beneficiary: str
    scope: str
    quote: str
    spans: list[tuple[int, int]]
    instruments: list[str]
    benefit_basis: str
    kind: str
    departments: list[str]
    lead_departments: list[str]
    conditions: Any
    own_conditions: Any
    exclusions: list[Any]
    target_title: str | None
    target_level: str | None
    for_all: str | None
    commitments: list[str]
    reading: str | None
    doubt: Doubt | None
    refines: str | None


class Standing(Told):
    """Whether a measure counts today: in_force, later or ended, and the day on which that turns."""

    id: str
    day: str | None


class MeasureDetail(Measure):
    """A measure with what it pays and whether it counts today."""

    benefit: dict[str, Any] | None
    standing: Standing


class FacetValue(Told):
    """One value of a filter and how many measures it would leave."""

    id: str
    label: str
    count: int
    chosen: bool


class Measures(Page[Measure]):
    """A page of measures; ``facets`` are the values of each filter."""

    facets: dict[str, list[FacetValue]]


class Document(Told):
    """A policy document."""

    id: str
    title: str
    english_title: str | None
    number: str
    issuer: str
    issued: str
    in_force_from: str
    last_day: str | None
    source: str | None
    sample: bool
    measures: int


class Clause(Told):
    """A clause of a document, its place in the text and its measures."""

    number: str
    title: str
    english_title: str | None
    span: tuple[int, int]
    measures: list[str]


class Coverage(Told):
    """How much of a text is accounted for, in characters; ``uncovered`` is start, end and the words."""

    document: str
    characters: int
    covered: int
    measures: int
    other: int
    uncovered: list[tuple[int, int, str]]


class DocumentDetail(Document):
    """A document with its whole text."""

    text: str
    clauses: list[Clause]
    coverage: Coverage


class Documents(Page[Document]):
    """A page of documents, the latest first."""


class Coverages(Page[Coverage]):
    """The coverage of each document."""


class Member(Told):
    """One option, title, activity or list of an attribute."""

    id: str
    label: str
    english: str | None
    definition: str | None
    example: str | None
    topic: str | None
    custodian: str | None
    attestable: bool
    levels: list[str]
    months_valid: int | None


class Attribute(Told):
    """One fact that a profile can hold."""

    id: str
    label: str
    english: str | None
    type: str
    unit: str | None
    yearly: bool
    values: list[Member]
    stages: list[str]
    custodian: str | None
    attestable: bool
    evidence: list[str]
    question: str | None
    help: str | None
    group: str | None
    in_form: bool
    derived: bool


class Vocabulary(Page[Attribute]):
    """A page of the vocabulary."""

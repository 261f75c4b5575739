"""Shapes of what is worked out for a profile: matches, questions, what-if, the growth path."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from webapp.api.shapes.common import (
    Asked,
    Day,
    Flag,
    General,
    Language,
    Note,
    Profile,
    Told,
    Verdict,
    Whole,
)
from webapp.limits import MAX_MANY


class Options(Asked):
    """On which day a profile is matched, and in which language sentences are."""

    as_of: Day | None = Field(None, description="api.says.as_of")
    language: Language | None = Field(None, description="api.says.language")


class MatchAsked(Options):
    """One profile to match."""

    profile: Profile
    reasons: Flag = Field(True, description="api.says.reasons")


class ManyAsked(Options):
    """Many profiles to match; each comes to verdicts, or to what is wrong with it."""

    profiles: list[Profile] = Field(min_length=1, max_length=MAX_MANY)


class QuestionsAsked(Options):
    """A profile of which more is to be known."""

    profile: Profile
    measure: str | None = Field(None, max_length=64, description="api.says.measure")
    limit: Whole = Field(5, ge=1, le=50, description="api.says.questions")


class WhatIfAsked(Options):
    """A profile, and facts that could be otherwise, written as in a profile."""

    profile: Profile
    changes: Profile


class PathAsked(Options):
    """A profile whose growth path is wanted."""

    profile: Profile


class Fact(Told):
    """One fact about a company: an attribute, of it a member, of a year or a period."""

    attribute: str
    member: str | None
    member_id: str | None
    period: int | tuple[str, str] | None
    label: str
    label_en: str
    custodian: str | None
    attestable: bool


class KnownFact(Fact):
    """A fact that a verdict rests on, with its value in words."""

    value: str
    assurance: Literal["attested", "declared"]


class Reason(Told):
    """One condition and what it comes to, with its parts."""

    verdict: Verdict
    basis: str
    text: str
    text_en: str
    quote: str | None = None
    reading: str | None = None
    condition: str | dict[str, Any] | None = None
    facts: list[KnownFact] | None = None
    remark: str | None = None
    parts: list[Reason] | None = None


class Said(Told):
    """The words for a finding, in the language of the answer."""

    verdict: str
    general: str
    delivery: str | None


class Finding(Told):
    """What one measure comes to."""

    measure: str
    title: str
    document: str
    clause: str
    quote: str
    benefit_basis: str
    kind: str
    verdict: Verdict
    general: General
    delivery: str | None
    missing: list[Fact]
    whatever: list[Fact]
    awaiting: list[str]
    to_prove: list[Fact]
    automatic_if_checked: bool
    excluded: bool
    achieved: bool
    reasons: list[Reason]
    said: Said


class Company(Told):
    """Who a profile says that it is."""

    name: str | None
    credit_code: str | None


class Worked(Told):
    """What was worked out, for whom and under which rules."""

    as_of: str
    rules_version: str
    company: Company
    warnings: list[Note]


class Counts(Told):
    """How many measures come to each verdict."""

    met: int
    unmet: int
    open: int


class Match(Worked):
    """Verdicts of all measures in force, by id; with reasons also all findings."""

    filed_on: str | None
    not_in_force: list[str]
    measures_not_in_force: list[str]
    counts: Counts
    general: General
    verdicts: dict[str, Verdict]
    findings: list[Finding] | None = None


class Verdicts(Told):
    """The verdicts of one of many profiles."""

    company: Company
    filed_on: str | None
    counts: Counts
    general: General
    verdicts: dict[str, Verdict]
    warnings: list[Note]


class OneOfMany(Told):
    """What one profile came to, or why it could not be read."""

    match: Verdicts | None = None
    errors: list[Note] | None = None


class Many(Told):
    """What many profiles came to, in their order."""

    as_of: str
    rules_version: str
    not_in_force: list[str]
    measures_not_in_force: list[str]
    results: list[OneOfMany]


class Question(Told):
    """A fact worth asking for, with what its answer can bring."""

    fact: Fact
    question: str | None
    help: str | None
    least: int
    most: int
    alone: list[str]
    measures: list[str]
    money: bool
    cost: int
    related: list[Fact]
    example: str | None


class Questions(Worked):
    """The questions worth asking next, the best first; ``open`` findings are not yet decided."""

    open: int
    questions: list[Question]


class ChangedFact(Fact):
    """A fact that would be otherwise."""

    before: str
    after: str


class Turned(Told):
    """A condition that comes out otherwise."""

    condition: str
    before: Verdict
    after: Verdict


class Effect(Told):
    """A measure whose verdict or delivery would be another one."""

    measure: str
    title: str
    before: Verdict
    after: Verdict
    delivery_before: str | None
    delivery_after: str | None
    turned: list[Turned]


class WhatIf(Worked):
    """What the changes would bring and cost."""

    changed: list[ChangedFact]
    gained: list[Effect]
    lost: list[Effect]
    otherwise: list[Effect]


class Standard(Told):
    """The standard of a national title, in one version."""

    id: str
    attribute: str
    title: str
    level: str | None
    document: str | None
    number: str
    article: str
    from_: str | None = Field(alias="from")
    to: str | None
    checked: bool
    source: str
    reading: str | None
    doubt: str | None


class Unmet(Reason):
    """A condition of a standard that is not met."""

    said: str


class Unlock(Told):
    """A measure that the title would decide otherwise."""

    measure: str
    title: str
    document: str
    before: Verdict
    after: Verdict


class Rung(Told):
    """One title of a ladder, and where the company stands."""

    title: str
    ladder: str
    standing: str
    verdict: Verdict
    standard: Standard
    valid_to: str | None
    renew_by: str | None
    report_by: str | None
    renewal_due: bool
    expired_on: str | None
    missing: list[Fact]
    awaiting: list[str]
    unmet: list[Unmet]
    unlocks: list[Unlock]


class Path(Worked):
    """The growth path: titles held, within reach or out of it, and what they unlock."""

    filed_on: str | None
    rungs: list[Rung]
    not_in_force: list[Standard]

"""Shapes of the registry and of cases: what keys with a scope may read, and facts that departments tell."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from webapp.api.shapes.common import Asked, Day, Page, Paged, Profile, Told
from webapp.limits import MAX_SEARCH

CODE = 18


class CompaniesAsked(Paged):
    """Which companies are sought."""

    q: str = Field(min_length=1, max_length=MAX_SEARCH, description="api.says.q_company")
    county: str = Field("", max_length=12, description="api.says.county")


class Hit(Told):
    """A company that was found; ``former_name`` is the earlier name that it was found by."""

    credit_code: str
    name: str
    former_name: str | None
    region: str | None
    industry: str | None
    status: str | None


class Companies(Page[Hit]):
    """Companies that a search finds; ``more`` than were counted, ``near`` where only a like name was found."""

    more: bool
    near: bool


class FormerName(Told):
    """An earlier name, and until when the company had it."""

    name: str
    until: str


class Source(Told):
    """What one source says of a fact.

    ``value`` is written as in a company file, ``said`` in words; both are null where the key may not see them
    (``covered``) or the company withholds them (``withheld``). ``custodian`` null is the company itself.
    """

    custodian: str | None
    attested: bool
    value: str | None
    said: str | None
    noted_on: str
    valid_to: str | None
    over: bool
    covered: bool
    withheld: bool


class Known(Told):
    """One fact that is known of a company, with every source; ``conflict`` says whether they disagree."""

    attribute: str
    member: str | None
    period: str | None
    label: str
    sources: list[Source]
    conflict: Literal["open", "proposed", "settled"] | None


class CompanyDetail(Told):
    """A company of the registry with its facts."""

    credit_code: str
    name: str
    region: str | None
    industry: str | None
    founded: str | None
    status: str | None
    former_names: list[FormerName]
    facts: list[Known]


class FactsAsked(Asked):
    """What a department tells of a company, as of a day."""

    as_of: Day = Field(description="api.says.facts_as_of")
    valid_to: Day | None = Field(None, description="api.says.valid_to")
    facts: Profile


class Learned(Told):
    """What became of the facts: new, known already, or older than what is known."""

    credit_code: str
    custodian: str
    as_of: str
    valid_to: str | None
    new: int
    same: int
    outdated: int
    conflicts: int


class CasesAsked(Paged):
    """Which cases are asked for."""

    show: Literal["open", "every"] = Field("open", description="api.says.show")
    due: Literal["", "overdue", "today", "soon"] = Field("", description="api.says.due")
    measure: str = Field("", max_length=64, description="api.says.measure")
    company: str = Field("", max_length=CODE, description="api.says.company")


class Case(Told):
    """One measure on its way to one company."""

    id: int
    version: int
    credit_code: str
    company: str
    measure: str
    period: int
    state: str
    state_said: str
    amount_fen: int | None
    due_on: str | None
    working_days_left: int | None


class Cases(Page[Case]):
    """A page of cases, what is due first before the others."""


class Event(Told):
    """One move of a case."""

    action: str
    said: str
    before: str
    after: str
    role: str
    at: str


class Rested(Told):
    """The finding that a case rests on."""

    as_of: str
    rules_version: str
    verdict: str
    general: str
    delivery: str | None
    frozen: bool


class CaseDetail(Case):
    """A case with the finding that it rests on and all that was done with it."""

    opened_at: str
    moved_at: str
    finding: Rested
    events: list[Event]

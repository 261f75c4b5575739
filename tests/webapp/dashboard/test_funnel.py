"""The funnel joins a run with the cases of its year, and never grows from one stage to the next."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

import pytest

from tests.webapp.dashboard.runs import (
    AS_OF,
    COMPANIES,
    STEPS,
    add_case,
    findings_of,
    outcome_table,
    stored,
)
from webapp.database import Database
from webapp.services.dashboard.figures import Show, exactly, roughly
from webapp.services.dashboard.funnel import STAGES, Funnel, Funnels
from webapp.services.dashboard.stored import Scope
from webapp.tables.cases import CaseRow


def funnel(
    database: Database, out: Path, scope: Scope | None = None, show: Show = exactly
) -> Funnel:
    with database.reading() as session:
        return Funnels().of(session, stored(out), scope or Scope(), show, "salt")


def counts(found: Funnel) -> dict[str, tuple[int, int]]:
    return {stage.name: (stage.companies.n, stage.findings.n) for stage in found.stages}


def test_without_cases_it_ends_with_the_run(database: Database, out: Path) -> None:
    found = counts(funnel(database, out))
    table, automatic = outcome_table(out), findings_of(out)
    assert tuple(found) == STAGES
    assert found["inside"] == (COMPANIES, COMPANIES * len(stored(out).measures))
    met = table.filter(table["verdict"] == "MET")
    assert found["met"] == (met["credit_code"].n_unique(), met.height)
    assert found["automatic"] == (len({code for code, _ in automatic}), len(automatic))
    assert [found[name] for name in STAGES[4:]] == [(0, 0)] * 3


def test_cases_count_as_far_as_they_came(database: Database, out: Path) -> None:
    first, second, third, fourth = findings_of(out)[:4]
    with database.writing() as session:
        add_case(session, *first)
        add_case(session, *second, STEPS[:1])
        add_case(session, *third, STEPS[:2])
        add_case(session, *fourth, STEPS)
    found = counts(funnel(database, out))
    assert found["notified"][1] == 3
    assert found["confirmed"][1] == 2
    assert found["paid"] == (1, 1)
    assert funnel(database, out).outside.n == 0


def test_what_lies_outside_the_run_is_said_apart(database: Database, out: Path) -> None:
    one, other = findings_of(out)[:2]
    unmet = findings_of(out, "快申快享")[0]
    with database.writing() as session:
        add_case(session, "91340100MA2ABCDE0X", one[1], STEPS)  # a company that the run had not
        add_case(session, *unmet, STEPS[:2])  # met, but not without applying
        add_case(session, one[0], "gone/1.1", STEPS)  # a measure that was not matched
        add_case(session, *one, STEPS, year=AS_OF.year - 1)  # the year before
        add_case(session, *other, STEPS)
    found = funnel(database, out)
    assert counts(found)["paid"] == (1, 1)
    assert found.outside.n == 3


def test_money_that_came_back_is_not_paid(database: Database, out: Path) -> None:
    one = findings_of(out)[0]
    with database.writing() as session:
        case = add_case(session, *one, STEPS)
    held = Funnels()
    with database.reading() as session:
        before = held.of(session, stored(out), Scope(), exactly, "salt")
    assert counts(before)["paid"] == (1, 1)
    with database.writing() as session:
        session.get_one(CaseRow, case).state = "recovered"
        add_case(session, *findings_of(out)[1], STEPS[:1])
    with database.reading() as session:
        after = held.of(session, stored(out), Scope(), exactly, "salt")
    assert counts(after)["paid"] == (0, 0)
    assert counts(after)["confirmed"] == (1, 1)
    assert counts(after)["notified"][1] == 2


def test_paid_without_a_yes_is_no_further_than_the_notice(database: Database, out: Path) -> None:
    with database.writing() as session:
        add_case(session, *findings_of(out)[0], ("notify", "pay"))
    found = counts(funnel(database, out))
    assert (found["notified"], found["confirmed"], found["paid"]) == ((1, 1), (0, 0), (0, 0))


@pytest.mark.parametrize("show", [exactly, roughly])
@pytest.mark.parametrize("seed", range(4))
def test_it_never_grows(database: Database, out: Path, show: Show, seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 (a seed must give the same again)
    findings = findings_of(out) + findings_of(out, "快申快享")
    with database.writing() as session:
        for code, measure in draw.sample(findings, min(60, len(findings))):
            add_case(session, code, measure, STEPS[: draw.randrange(4)])
    counts_of = stored(out)
    places = [None, *range(len(counts_of.counties))]
    for scope in [Scope(county) for county in places] + [Scope(2, n) for n in range(3)]:
        stages = funnel(database, out, scope, show).stages
        for before, after in pairwise(stages):
            assert after.companies.n <= before.companies.n, (scope, after.name)
            assert after.findings.n <= before.findings.n, (scope, after.name)
            assert after.companies.n <= after.findings.n or show is roughly


def test_places_add_up_to_the_whole(database: Database, out: Path) -> None:
    with database.writing() as session:
        for code, measure in findings_of(out)[:20]:
            add_case(session, code, measure, STEPS[:2])
    whole = counts(funnel(database, out))
    parts = [counts(funnel(database, out, Scope(n))) for n in range(len(stored(out).counties))]
    for name in STAGES:
        assert sum(part[name][0] for part in parts) == whole[name][0]
        assert sum(part[name][1] for part in parts) == whole[name][1]

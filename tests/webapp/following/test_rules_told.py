"""A change of the rules is told to those whose theme it touches: once a version, however the job fares."""

from __future__ import annotations

import json
import random
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.webapp.casework.conftest import HIGH_TECH
from tests.webapp.following.conftest import Square, changed, retitled
from tests.webapp.watch.crash import run_killed
from webapp.database import Database
from webapp.services import failpoints
from webapp.services.following import rounds
from webapp.services.following.rounds import RULES, ask_rules
from webapp.services.following.themes import Theme
from webapp.services.jobs import queue
from webapp.services.jobs.queue import LEASE, State
from webapp.services.people.roles import Role
from webapp.tables.cases import Notice
from webapp.tables.following import RulesSeen
from webapp.tables.jobs import Job

GRANTS, LAND = Theme("kind", "direct_grant"), Theme("kind", "land")
CHANGED = ("rules", [f"changed {HIGH_TECH}"])


def new_rules(square: Square, version: str = "second") -> None:
    square.office.now += timedelta(minutes=1)
    square.rules(changed(square.catalogue, version, retitled(HIGH_TECH, f"改名的奖励 {version}")))


def test_the_first_rules_that_are_seen_are_told_to_nobody(square: Square) -> None:
    company = square.company()
    square.follow(company)
    square.work()
    assert square.told(company) == []
    with square.database.reading() as session:
        job = queue.by_key(session, f"{RULES}:{square.catalogue.version}")
        assert job is not None
        assert (job.state, json.loads(job.result)) == ("done", {"changes": 0, "told": 0})


def test_each_is_told_what_belongs_to_the_theme(square: Square) -> None:
    company = square.company()
    square.follow(company)
    square.follow(company, GRANTS)
    square.follow(company, LAND)
    desk = square.house.person(Role.DESK, second=True)
    square.follow(None, Theme("document", "examples"), who=desk)
    square.follow(None, Theme("document", "hefei-2025"), who=desk)
    new_rules(square)
    square.work()
    assert square.told(company) == [CHANGED, CHANGED], "for everything, and for grants"
    assert square.told(None, desk) == [CHANGED]
    with square.database.reading() as session:
        details = [json.loads(one) for one in session.scalars(select(Notice.details))]
    assert {one["changed"][0]["title"] for one in details} == {"改名的奖励 second"}


def test_new_ones_and_ended_ones_are_named_by_what_they_were_called(square: Square) -> None:
    company = square.company()
    whole = square.catalogue
    square.rules(changed(whole, "fewer", without={HIGH_TECH}))
    square.work()
    square.follow(company, GRANTS)
    square.office.now += timedelta(minutes=1)
    square.rules(changed(whole, "more"))
    square.work()
    square.office.now += timedelta(minutes=1)
    square.rules(changed(whole, "fewer again", without={HIGH_TECH}))
    square.work()
    assert square.told(company) == [
        ("rules", [f"new {HIGH_TECH}"]),
        ("rules", [f"ended {HIGH_TECH}"]),
    ]


def test_a_version_is_told_once_however_often_its_job_runs(square: Square) -> None:
    company = square.company()
    square.follow(company)
    new_rules(square)
    square.work()
    with square.database.writing() as session:
        job = session.scalars(select(Job).where(Job.key == f"{RULES}:second")).one()
        again = queue.order(
            session, RULES, "the same again", json.loads(job.about), square.office.now
        )
    assert square.runner().work(again) is State.DONE
    square.work()
    assert square.told(company) == [CHANGED]


def test_going_back_to_rules_that_were_seen_is_told_to_nobody(square: Square) -> None:
    """Two processes with different rules, as during an upgrade, tell one change, not one a minute."""
    company = square.company()
    square.follow(company)
    first = square.catalogue
    new_rules(square)
    second = square.catalogue
    for rules in (second, first, second, first):
        square.rules(rules)
        square.work()
    assert square.told(company) == [CHANGED]


def test_whoever_began_after_the_change_is_not_told_of_it(square: Square) -> None:
    company = square.company()
    new_rules(square)
    with square.database.writing() as session:
        ask_rules(session, square.catalogue, square.office.now)
    square.office.now += timedelta(seconds=1)
    square.follow(company)
    square.work()
    assert square.told(company) == []


def test_long_lists_are_cut_and_say_how_many_there_are(
    square: Square, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.services.following.telling.MAX_TOLD", 3)
    company = square.company()
    square.follow(company, Theme("document", "examples"))
    gone = {one.id for one in square.catalogue.measures if one.document == "examples"}
    square.office.now += timedelta(minutes=1)
    square.rules(changed(square.catalogue, "empty", without=gone))
    square.work()
    with square.database.reading() as session:
        (details,) = (json.loads(one) for one in session.scalars(select(Notice.details)))
    assert len(details["ended"]) == 3
    assert 3 < details["counts"]["ended"] == details["n"] <= len(gone), (
        "some are over by themselves"
    )


def test_two_that_see_new_rules_at_once_order_one_job(square: Square) -> None:
    new_rules(square)
    for _ in range(2):
        square.ask()
    with square.database.reading() as session:
        assert session.scalars(select(RulesSeen.version).order_by(RulesSeen.id)).all()[1:] == [
            "second"
        ]
        assert len(session.scalars(select(Job.id).where(Job.key == f"{RULES}:second")).all()) == 1


def test_killed_at_random_places_everybody_is_told_once(
    square: Square, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "SLICE", 2)
    companies = [square.company() for _ in range(7)]
    for company in companies:
        square.follow(company)
    draw = random.Random(3)  # noqa: S311 (a seed must give the same again)
    url = square.database.engine.url.render_as_string(hide_password=False)
    killed = 0
    for version in ("second", "third", "fourth"):
        new_rules(square, version)
        square.ask()
        for _ in range(2):

            def work() -> None:
                runner = square.runner(Database(url))
                with runner.database.reading() as session:
                    found = queue.due(session, square.office.now)
                for job in found:
                    runner.work(job)

            killed += run_killed(work, failpoints.ANY, draw.randint(1, 6))
            square.office.now += LEASE
        square.do()
    assert killed >= 3
    for company in companies:
        assert square.told(company) == [CHANGED] * 3

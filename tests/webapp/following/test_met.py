"""What a company newly meets is told those who follow for it: in the commit of the watch's look, once."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.webapp.casework.conftest import HIGH_TECH, RECOGNISED
from tests.webapp.following.conftest import Square, changed, retitled
from tests.webapp.watch.conftest import LASTS
from tests.webapp.watch.crash import run_killed
from webapp.database import Database
from webapp.services import failpoints
from webapp.services.following.met import met_now
from webapp.services.following.themes import Theme
from webapp.services.registry.learning import Telling, Told, learn
from webapp.services.watch import inbox
from webapp.services.watch.worker import Clock, Worker
from webapp.tables.following import Subscription
from webapp.tables.watch import InboxEvent

GRANTS, LAND = Theme("kind", "direct_grant"), Theme("kind", "land")
WITHOUT = {**RECOGNISED, "资质": {"高新技术企业": "没有"}}
LOST = {"资质": {"高新技术企业": "没有"}}
RECOGNITION = {"资质": RECOGNISED["资质"]}
VETOED = {"信用名单": {"失信被执行人": "是"}}
CLEARED = {"信用名单": {"失信被执行人": "没有"}}
MET = ("met", [f"met {HIGH_TECH}"])


def learn_later(square: Square, company: int, facts: dict[str, object]) -> None:
    """Let a custodian say something, and the watch look."""
    square.watching.later(seconds=1)
    square.watching.learn(company, facts)
    square.look()


def only_grants(square: Square) -> None:
    """Leave one measure that the facts of these tests decide, so that what is told is short."""
    ours = {HIGH_TECH}
    others = {one.id for one in square.catalogue.measures if one.id not in ours}
    square.rules(changed(square.catalogue, "short", without=others))
    square.work()


@pytest.fixture(autouse=True)
def _short(square: Square) -> None:
    only_grants(square)


def test_what_is_met_as_one_begins_is_no_news(square: Square) -> None:
    company = square.company()
    with square.database.reading() as session:
        met = met_now(session, square.catalogue, company, square.office.today)
    assert HIGH_TECH in met
    square.follow(company)
    square.look()
    assert square.told(company) == []


def test_what_is_newly_met_is_told_once(square: Square) -> None:
    company = square.company(WITHOUT)
    square.follow(company)
    learn_later(square, company, RECOGNITION)
    assert square.told(company) == [MET]
    for _ in range(3):
        square.watching.later(days=1)
        square.look()
    assert square.told(company) == [MET]


def test_it_is_told_again_only_where_it_was_not_met_in_between(square: Square) -> None:
    company = square.company(WITHOUT)
    square.follow(company)
    for _ in range(2):
        learn_later(square, company, RECOGNITION)
    assert square.told(company) == [MET]
    learn_later(square, company, LOST)
    assert square.told(company) == [MET]
    learn_later(square, company, RECOGNITION)
    assert square.told(company) == [MET, MET]


def test_only_what_belongs_to_the_theme_is_told(square: Square) -> None:
    company = square.company(WITHOUT)
    square.follow(company, GRANTS)
    square.follow(company, LAND)
    learn_later(square, company, RECOGNITION)
    assert square.told(company) == [MET]


def test_everybody_who_follows_is_told_and_only_for_the_own_company(square: Square) -> None:
    one, two = square.company(WITHOUT), square.company(WITHOUT)
    square.follow(one)
    square.follow(two)
    learn_later(square, one, RECOGNITION)
    assert square.told(one) == [MET]
    assert square.told(two) == []


def test_while_a_prevailing_condition_excludes_the_company_nothing_is_met(square: Square) -> None:
    company = square.company({**WITHOUT, **VETOED})
    square.follow(company)
    learn_later(square, company, RECOGNITION)
    assert square.told(company) == []
    learn_later(square, company, CLEARED)
    assert square.told(company) == [MET]


def test_what_only_the_company_says_is_not_told(square: Square) -> None:
    company = square.company(WITHOUT)
    square.follow(company)
    vocabulary = square.catalogue.vocabulary
    with square.database.writing() as session:
        told = Told("资质", "高新技术企业", "", '{"取得日期": "2025-11-20"}', False)
        learn(session, {company: [told]}, Telling("", None, square.office.now), vocabulary)
    square.look()
    assert square.told(company) == []


def test_new_rules_under_which_a_company_meets_a_measure_are_found_by_the_sweep(
    square: Square,
) -> None:
    company = square.company()
    whole = square.catalogue
    square.rules(changed(whole, "fewer", without={HIGH_TECH}))
    square.follow(company)
    square.look()
    square.watching.later(days=1)
    square.rules(changed(whole, "more", retitled(HIGH_TECH, "又有了")))
    square.look()
    assert square.told(company) == [MET]


def test_a_day_on_which_a_measure_begins_is_found(square: Square) -> None:
    begins = square.office.today + timedelta(days=2)

    def later(one: object) -> object:
        return replace(one, first_day=begins)  # type: ignore[type-var]

    square.rules(changed(square.catalogue, "later", later))  # type: ignore[arg-type]
    company = square.company()
    square.follow(company)
    square.look()
    square.watching.later(days=1)
    square.look()
    assert square.told(company) == []
    square.watching.later(days=1)
    square.look()
    assert square.told(company) == [MET]


def test_whoever_no_longer_acts_for_the_company_is_not_told(square: Square) -> None:
    company = square.company(WITHOUT)
    square.follow(company)
    with square.database.writing() as session:
        session.execute(update(Subscription).values(ended_at=square.office.now))
    learn_later(square, company, RECOGNITION)
    assert square.told(company) == []


def test_the_same_event_twice_tells_once(square: Square) -> None:
    company = square.company(WITHOUT)
    square.follow(company)
    square.look()
    square.watching.later(seconds=1)
    square.watching.learn(company, RECOGNITION)
    with square.database.writing() as session:
        inbox.note(session, [company], "facts", "the same", square.office.now)
        inbox.note(session, [company], "facts", "the same", square.office.now)
    square.look()
    with square.database.writing() as session:  # as if its mark had been lost
        session.execute(update(InboxEvent).values(done_at=None))
    square.look()
    assert square.told(company) == [MET]


def test_a_change_at_the_moment_of_beginning_does_not_slip_by(square: Square) -> None:
    """Whoever begins asks for a look, which finds what was learned before the row could be seen."""
    company = square.company(WITHOUT)
    square.follow(company)
    with square.database.reading() as session:
        kinds = session.scalars(select(InboxEvent.kind).where(InboxEvent.done_at.is_(None))).all()
    assert kinds == ["following"]


def test_killed_at_random_places_it_is_told_once(square: Square) -> None:
    companies = [square.company(WITHOUT) for _ in range(4)]
    for company in companies:
        square.follow(company)
    square.look()
    draw = random.Random(11)  # noqa: S311 (a seed must give the same again)
    url = square.database.engine.url.render_as_string(hide_password=False)
    wanted, killed = 0, 0
    for n in range(6):
        for company in companies:
            square.watching.later(seconds=1)
            square.watching.learn(company, LOST if n % 2 else RECOGNITION)
        wanted += 1 - n % 2
        square.office.now += LASTS

        def work() -> None:
            database = Database(url)
            work = replace(square.office.work, database=database)
            clock = Clock(lambda: square.office.now, lambda: square.office.today)
            engine = square.watching.worker().make_engine()
            Worker(work, lambda: engine, clock).drain()

        killed += run_killed(work, failpoints.ANY, draw.randint(1, 8))
        square.office.now += LASTS
        square.look()
    assert killed >= 3
    for company in companies:
        assert square.told(company) == [MET] * wanted
    with square.database.reading() as session:
        for met in session.scalars(select(Subscription.met)):
            assert HIGH_TECH not in json.loads(met)

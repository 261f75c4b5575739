"""What a company saw at its last visit, on both databases."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from matcher.catalogue import Catalogue
from tests.webapp.conftest import NOON, TODAY
from webapp.database import Database
from webapp.services import profiles, visits
from webapp.services.matching import Matchmaker, Results
from webapp.services.questions import Group, Questionnaire
from webapp.services.visits import Since

HELD = {"注册地": "合肥市", "资质": {"高新技术企业": "有"}}
NOT_HELD = {"注册地": "合肥市", "资质": {"高新技术企业": "没有"}}
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture(scope="module")
def found(catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Results]:
    """The results of a company without and with a title, today."""
    matchmaker = Matchmaker(catalogue, Path(tmp_path_factory.mktemp("data")))
    return {
        name: matchmaker.results({"填报日期": "2026-11-22", **facts}, TODAY, judged=True)
        for name, facts in (("without", NOT_HELD), ("with", HELD))
    }


@pytest.fixture
def token(database: Database) -> str:
    return profiles.create(database, {"填报日期": "2026-11-22"}, NOON)


class Visitor:
    """One company that looks at its results."""

    def __init__(self, database: Database, token: str, catalogue: Catalogue) -> None:
        self.database, self.token = database, token
        self.questionnaire = Questionnaire(catalogue.vocabulary)
        self.rules = "v1"

    def sees(self, results: Results, day: date = TODAY) -> Since | None:
        seen = replace(results, as_of=day)
        return visits.visit(self.database, self.token, seen, self.rules, self.questionnaire)


@pytest.fixture
def visitor(database: Database, token: str, catalogue: Catalogue) -> Visitor:
    return Visitor(database, token, catalogue)


def test_a_first_visit_has_nothing_to_compare(visitor: Visitor, found: dict[str, Results]) -> None:
    assert visitor.sees(found["without"]) is None
    assert visitor.sees(found["with"]) is None, "the same day is the same visit"


def test_another_day_is_told_what_is_new_all_through_the_visit(
    visitor: Visitor, found: dict[str, Results]
) -> None:
    visitor.sees(found["without"])
    for _ in range(2):
        since = visitor.sees(found["with"], TOMORROW)
        assert since is not None
        assert since.day == TODAY
        gained = {item.measure.id for item in since.gained}
        before = {item.measure.id for item in found["without"].met}
        assert gained == {item.measure.id for item in found["with"].met} - before
        assert gained
        assert (since.rules_changed, since.questions) == (False, ())


def test_what_is_no_longer_met_is_told_as_well(visitor: Visitor, found: dict[str, Results]) -> None:
    visitor.sees(found["with"])
    since = visitor.sees(found["without"], TOMORROW)
    assert since is not None
    met = {item.measure.id for item in found["without"].met}
    assert set(since.lost) == {item.measure.id for item in found["with"].met} - met
    assert since.lost


def test_a_visit_is_compared_with_the_end_of_the_one_before(
    visitor: Visitor, found: dict[str, Results]
) -> None:
    visitor.sees(found["without"])
    visitor.sees(found["with"])
    since = visitor.sees(found["with"], TOMORROW)
    assert since is not None
    assert since.gained == since.lost == ()


def test_new_rules_are_told_on_the_same_day_and_not_again_on_the_next(
    visitor: Visitor, found: dict[str, Results]
) -> None:
    visitor.sees(found["with"])
    visitor.rules = "v2"
    since = visitor.sees(found["with"])
    assert since is not None
    assert since.rules_changed
    assert since.questions == ()
    later = visitor.sees(found["with"], TOMORROW)
    assert later is not None
    assert not later.rules_changed


def test_questions_that_are_new_or_asked_otherwise_are_named(
    visitor: Visitor, found: dict[str, Results]
) -> None:
    groups = visitor.questionnaire.groups
    first, *others = groups[0].questions
    reworded = replace(first, attribute=replace(first.attribute, question="现在换了问法?"))
    hinted = replace(others[0], attribute=replace(others[0].attribute, help="只是提示变了"))
    now = (Group(groups[0].word, (reworded, hinted, *others[1:])), *groups[1:])
    without_one = (Group(groups[0].word, groups[0].questions[:-1]), *groups[1:])
    new = groups[0].questions[-1]

    visitor.questionnaire.groups = without_one
    visitor.sees(found["with"])
    visitor.rules, visitor.questionnaire.groups = "v2", now
    since = visitor.sees(found["with"])
    assert since is not None
    assert since.questions == (reworded, new)


def test_it_goes_with_the_profile_and_holds_ids_alone(
    visitor: Visitor, found: dict[str, Results], database: Database, token: str
) -> None:
    visitor.sees(found["with"])
    with database.reading() as session:
        (seen,) = session.execute(text("SELECT seen FROM visits")).scalars()
    kept = json.loads(seen)
    assert set(kept) == {"day", "rules", "met", "questions"}
    assert kept["met"] == sorted(item.measure.id for item in found["with"].met)
    assert len(seen.encode()) < 6000

    profiles.remove(database, token)
    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM visits")).scalar() == 0
    assert visitor.sees(found["with"], TOMORROW) is None
    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM visits")).scalar() == 0


def test_a_second_look_that_shows_the_same_writes_nothing(
    visitor: Visitor, found: dict[str, Results], database: Database
) -> None:
    visitor.sees(found["with"])
    with database.writing() as session:
        # Who wrote now would wait for this writer, in vain.
        session.execute(text("UPDATE visits SET before = seen"))
        assert visitor.sees(found["with"]) is None

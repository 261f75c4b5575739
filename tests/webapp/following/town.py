"""A city whose people follow things, for tests of its pages: other rules, jobs done, pages read."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select
from werkzeug.test import TestResponse

from matcher.catalogue import Catalogue
from tests.webapp.city import City
from tests.webapp.html import Element, parse
from webapp.jobs import chore, runner_of
from webapp.services.jobs import queue
from webapp.shared import EXTENSION, Portal
from webapp.tables.following import Subscription

THEME = "kind:direct_grant"


def shared(city: City) -> Portal:
    found = city.app.extensions[EXTENSION]
    assert isinstance(found, Portal)
    return found


def install(city: City, catalogue: Catalogue) -> None:
    """Let the city have other rules from now on."""
    city.clock.now += timedelta(minutes=1)
    city.app.extensions[EXTENSION] = replace(shared(city), catalogue=catalogue)


def work(city: City) -> None:
    """Do what a process that does jobs does within a minute or two."""
    portal = shared(city)
    runner = runner_of(portal)
    for _ in range(3):
        chore(portal, city.clock.now)
        with portal.database.reading() as session:
            found = queue.due(session, city.clock.now)
        for job in found:
            runner.work(job)


def page(response: TestResponse, status: int = 200) -> Element:
    assert response.status_code == status, response.status
    return parse(response.text)


def words(response: TestResponse, status: int = 200) -> str:
    return " ".join(page(response, status).all("main")[0].text().split())


def rows(city: City) -> list[Subscription]:
    with shared(city).database.reading() as session:
        found = session.scalars(select(Subscription).order_by(Subscription.id)).all()
        session.expunge_all()
        return list(found)

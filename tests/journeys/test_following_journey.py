"""A company follows grants: it confirms its address, is told of a change, and stops by the mail's link."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from matcher.catalogue import Catalogue
from tests.journeys.city import ENGLISH, PHONE, WIDE, Walk
from tests.webapp.casework.conftest import HIGH_TECH
from tests.webapp.following import town
from tests.webapp.following.conftest import ADDRESS, SENDER, changed, retitled
from tests.webapp.following.mailserver import MailServer, text_of
from webapp.services.following import delivery
from webapp.services.people.roles import Role
from webapp.settings import MailService
from webapp.shared import EXTENSION
from webapp.texts import Texts

pytestmark = pytest.mark.journey

TITLE = "国家高新技术企业认定奖励(2026 年修订)"


@dataclass
class Following:
    """A walk in a city that sends mails; its links lead to where it is served."""

    walk: Walk
    server: MailServer
    language: str

    def say(self, key: str, **values: object) -> str:
        return Texts().get(self.language, key, **values)

    def open(self) -> None:
        """Let the city send mails, now that it is known where it is served, and see its rules."""
        city, site = self.walk.city, self.walk.visit.address
        service = MailService("smtp", "127.0.0.1", self.server.port, "", "", SENDER, site)
        city.app.extensions[EXTENSION] = replace(town.shared(city), mail=service)
        town.work(city)

    def new_rules(self) -> None:
        """Let the city have other rules from now on, and do what a process that does jobs does then."""
        city = self.walk.city
        rules = town.shared(city).catalogue
        other = changed(rules, "revised", retitled(HIGH_TECH, TITLE), without={"examples/15.1"})
        town.install(city, other)
        town.work(city)

    def link(self) -> str:
        """Give the address of the link in the newest mail, without the site."""
        site = self.walk.visit.address
        found = re.findall(rf"{re.escape(site)}(/mail/\S+)", text_of(self.server.kept[-1]))
        return str(found[-1])


@pytest.fixture
def following(
    request: pytest.FixtureRequest,
    browser: Browser,
    sample_catalogue: Catalogue,
    tmp_path: Path,
    shots: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Following]:
    """A city with one visitor and a mail server; the parameter is how the visitor reads."""
    monkeypatch.setattr(delivery, "MAIL_PACE", 0)
    setting = request.param
    with (
        MailServer().open() as server,
        Walk.begun(browser, sample_catalogue, setting, tmp_path, shots) as walk,
    ):
        made = Following(walk, server, setting.language)
        made.open()
        yield made


@pytest.mark.parametrize("following", [WIDE, PHONE, ENGLISH], indirect=True, ids=str)
def test_follow_confirm_be_told_and_stop(following: Following) -> None:
    walk, page, say = following.walk, following.walk.visit.page, following.say
    company = walk.city.company()
    walk.sign_in(company)
    walk.go("/measures?kind=direct_grant", "measures")
    walk.follow(say("following.follow"), "chosen")
    expect(page.get_by_role("radio", name=re.compile("直接奖补|Direct"))).to_be_checked()
    page.get_by_label(say("following.by_mail")).check()
    walk.press(say("following.begin"), "address")
    page.get_by_label(say("following.address")).fill("finance")
    walk.press(say("following.mail_ask"), "no-address")
    assert say("refused.address_shape") in walk.words
    page.get_by_label(say("following.address")).fill(ADDRESS)
    walk.press(say("following.mail_ask"), "asked")
    town.work(walk.city)
    walk.go(following.link(), "question")
    walk.press(say("following.confirm"), "confirmed")
    assert say("following.confirmed_text", address="f***@company.example.cn") in walk.words

    following.new_rules()
    walk.go(f"/my/{company}/notices", "told")
    assert TITLE in walk.words
    assert TITLE in text_of(following.server.kept[-1])
    walk.go(f"/my/{company}/following", "list")
    walk.go(following.link(), "end")
    walk.press(say("following.end"), "ended")
    assert say("following.ended_title") in walk.words
    walk.go(f"/my/{company}/following", "none")
    assert say("following.none") in walk.words


@pytest.mark.parametrize("following", [WIDE], indirect=True, ids=str)
def test_staff_follow_a_document_and_stop(following: Following) -> None:
    walk, page, say = following.walk, following.walk.visit.page, following.say
    walk.set("mianshen", walk.city.token(walk.city.office.people[Role.HANDLER]))
    walk.go("/account/following", "empty")
    walk.press(say("following.begin"), "nothing-chosen")
    page.locator("summary", has_text=say("facets.document")).click()
    page.get_by_label(re.compile("样例|示例")).last.check()
    walk.press(say("following.begin"), "begun")
    following.new_rules()
    walk.go("/account", "account")
    walk.follow(say("following.staff_title"), "told")
    assert TITLE in walk.words
    walk.press(say("mine.read_all", n=1), "read")
    walk.press(say("following.end"), "ended")
    assert say("following.none") in walk.words

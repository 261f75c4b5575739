"""People who follow themes, on both databases, with a real mail server and jobs that a test does by hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email.headerregistry import Address
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from matcher.catalogue import Catalogue
from matcher.documents.model import Measure
from tests.webapp.accounts.conftest import CountingPasswords, House
from tests.webapp.casework.conftest import HIGH_TECH, KEY, Office, office
from tests.webapp.city import City, sample_clock
from tests.webapp.following import town
from tests.webapp.following.mailserver import MailServer, text_of
from tests.webapp.watch.conftest import Watching
from webapp.database import Database
from webapp.services.following import delivery, mailbox
from webapp.services.following.delivery import sending
from webapp.services.following.letters import Letters
from webapp.services.following.outbox import MAIL, ask_mail
from webapp.services.following.post import SmtpPost
from webapp.services.following.rounds import DAY, RULES, ask_day, ask_rules, day_told, rules_told
from webapp.services.following.subscriptions import Follower, Wish, follow
from webapp.services.following.themes import Theme
from webapp.services.jobs import queue
from webapp.services.jobs.runner import Runner
from webapp.services.notices import told
from webapp.services.people.accounts import accounts_of
from webapp.services.people.roles import Actor, Role
from webapp.settings import MailService
from webapp.tables.following import Mail
from webapp.texts import Texts

__all__ = ["office"]

SITE = "https://policy.example.gov.cn"
SENDER = Address("免申", "noreply", "policy.example.gov.cn")
ADDRESS = "finance@company.example.cn"
_LINK = re.compile(rf"{re.escape(SITE)}/mail/(?:confirm|end)/([\w-]+)")


@dataclass
class Square:
    """Where people follow things: companies that are watched, accounts, jobs, mails."""

    watching: Watching
    house: House
    server: MailServer
    catalogue: Catalogue
    service: MailService
    owners: dict[int, Actor] = field(default_factory=dict)

    @property
    def office(self) -> Office:
        return self.watching.office

    @property
    def database(self) -> Database:
        return self.office.work.database

    @property
    def follower(self) -> Follower:
        return Follower(self.house.accounts, self.office.work.vault, self.catalogue)

    # --- people ------------------------------------------------------------------------------------

    def company(self, facts: Mapping[str, object] | None = None) -> int:
        """Register a company, with a person who acts for it; nothing waits for the watch."""
        company = self.watching.company(None if facts is None else dict(facts))
        self.owners[company] = self.house.person(Role.COMPANY, companies=(company,))
        self.look()
        return company

    def follow(
        self,
        company: int | None,
        theme: Theme | None = None,
        by_mail: bool = False,
        who: Actor | None = None,
        language: str = "zh",
    ) -> bool:
        """Let a company's person, or somebody else, follow a theme."""
        actor = who or self.owners[company or 0]
        wish = Wish(company, theme or Theme(), by_mail, language)
        return follow(self.follower, actor, wish, self.office.now, self.office.today)

    def reader(self, company: int, address: str = ADDRESS) -> Actor:
        """Let a company's person have an address that is confirmed by the link of the mail."""
        actor = self.owners[company]
        self.named(actor, address)
        mailbox.confirm(self.house.accounts, self.link(), "", self.office.now)
        return actor

    def named(self, actor: Actor, address: str = ADDRESS, language: str = "zh") -> None:
        """Let somebody name an address, and send the mail with the link."""
        mailbox.name_address(self.follower, actor, address, language, self.office.now)
        self.work()

    def link(self) -> str:
        """Give the token of the link in the newest mail."""
        (token,) = set(_LINK.findall(text_of(self.server.kept[-1])))
        return str(token)

    def told(self, company: int | None, who: Actor | None = None) -> list[tuple[str, list[str]]]:
        """List what a person was told, the oldest first: the kind, and the measures that it names."""
        actor = who or self.owners[company or 0]
        with self.database.reading() as session:
            found = told(session, company, actor.id)
        return [
            (
                one.kind.removeprefix("following."),
                [
                    f"{kind} {measure['id']}"
                    for kind in ("met", "new", "changed", "ended")
                    for measure in one.details.get(kind, ())
                ],
            )
            for one in reversed(found)
            if one.kind.startswith("following.")
        ]

    # --- work --------------------------------------------------------------------------------------

    def look(self) -> None:
        """Let the watch look at all that waits."""
        assert self.watching.worker().drain()

    def rules(self, catalogue: Catalogue) -> None:
        """Install other rules, for the pages, the watch and the jobs."""
        self.catalogue = catalogue
        prover = type(self.office.work.prover)(catalogue, self.office.work.prover.rules)
        self.office.work = replace(self.office.work, prover=prover)
        self.watching.engines.clear()

    def new_rules(self, title: str = "改名的奖励") -> None:
        """Install rules a minute later in which one measure has another title."""
        self.office.now += timedelta(minutes=1)
        self.rules(changed(self.catalogue, title, retitled(HIGH_TECH, title)))

    def runner(self, database: Database | None = None) -> Runner:
        """Give what would be a process that does jobs."""
        letters = Letters(Texts(), self.catalogue, self.office.work.vault, SITE)
        kinds = {
            RULES: rules_told,
            DAY: day_told(self.catalogue),
            MAIL: sending(letters, lambda: SmtpPost(self.service)),
        }
        return Runner(database or self.database, kinds, lambda: self.office.now, beat=60)

    def ask(self) -> None:
        """Order what is due, as is done each minute."""
        with self.database.writing() as session:
            ask_rules(session, self.catalogue, self.office.now)
            ask_day(session, self.office.today, self.office.now)
            ask_mail(session, self.office.now)

    def work(self) -> list[queue.State | None]:
        """Order and do what is due, a few times."""
        done: list[queue.State | None] = []
        for _ in range(3):
            self.ask()
            done += self.do()
        return done

    def do(self) -> list[queue.State | None]:
        """Do the jobs that are due."""
        runner = self.runner()
        with self.database.reading() as session:
            found = queue.due(session, self.office.now)
        return [runner.work(job) for job in found]

    def mails(self) -> list[tuple[str, str]]:
        """List the mails of the outbox: where each stands, and what the server said."""
        with self.database.reading() as session:
            rows = session.execute(select(Mail.state, Mail.failure).order_by(Mail.id))
            return [(state, failure) for state, failure in rows]


@pytest.fixture
def server() -> Iterator[MailServer]:
    """A mail server that takes everything."""
    with MailServer().open() as opened:
        yield opened


@pytest.fixture
def square(
    office: Office,
    sample_catalogue: Catalogue,
    server: MailServer,
    monkeypatch: pytest.MonkeyPatch,
) -> Square:
    """A place without companies whose first rules were seen."""
    monkeypatch.setattr(delivery, "MAIL_PACE", 0)
    house = House(accounts_of(office.work.database, KEY.decode(), CountingPasswords()), office.now)
    service = MailService("smtp", "127.0.0.1", server.port, "", "", SENDER, SITE)
    made = Square(Watching(office), house, server, sample_catalogue, service)
    made.work()
    return made


def changed(
    catalogue: Catalogue,
    version: str,
    change: Callable[[Measure], Measure] = lambda one: one,
    without: Collection[str] = (),
) -> Catalogue:
    """Give the rules as another version, with measures changed or left out."""

    def measures(of: tuple[Measure, ...]) -> tuple[Measure, ...]:
        return tuple(change(one) for one in of if one.id not in without)

    documents = tuple(
        replace(
            document,
            clauses=tuple(
                replace(clause, measures=measures(clause.measures)) for clause in document.clauses
            ),
        )
        for document in catalogue.documents
    )
    return replace(catalogue, version=version, documents=documents)


def retitled(id_: str, title: str) -> Callable[[Measure], Measure]:
    """Give a change that gives one measure another title."""
    return lambda one: replace(one, title=title) if one.id == id_ else one


@pytest.fixture
def reader(square: Square) -> int:
    """A company whose person follows everything by mail; the mail with the link is gone."""
    company = square.company()
    square.follow(company, by_mail=True)
    square.reader(company)
    square.server.kept.clear()
    square.server.asked.clear()
    return company


# --- pages -----------------------------------------------------------------------------------------


@pytest.fixture
def city(
    tmp_path: Path, sample_catalogue: Catalogue, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[City]:
    """A city that sends mails, without form tokens."""
    monkeypatch.setattr(delivery, "MAIL_PACE", 0)
    service = MailService("smtp", "127.0.0.1", server.port, "", "", SENDER, SITE)
    more = {"WTF_CSRF_ENABLED": False, "MAIL": service}
    made = City.built(tmp_path, sample_catalogue, sample_clock(), **more)
    town.work(made)
    yield made
    town.shared(made).database.close()


@pytest.fixture
def company(city: City) -> int:
    return city.company()


@pytest.fixture
def owner(city: City, company: int) -> FlaskClient:
    return city.browser(city.owners[company])

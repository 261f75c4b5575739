"""The worker: cases open and stop by themselves, each event counts once, and one process works."""

from __future__ import annotations

import threading
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, update

from matcher.profile import Profile
from tests.webapp.casework.conftest import RECOGNISED
from tests.webapp.casework.test_life import FEN
from tests.webapp.watch.conftest import ENGINES, HIGH_TECH, Watching, random_facts
from webapp.services.cases.refusals import Refused
from webapp.services.people.roles import Role
from webapp.services.registry.decisions import Desk, NewParameter, approve, enter
from webapp.services.registry.facts import known, profile_from
from webapp.services.watch import inbox, sweeps
from webapp.services.watch.glance import Glance
from webapp.services.watch.lease import LeaseLost
from webapp.services.watch.review import CREDIT_GONE, PROOF_GONE
from webapp.tables.cases import CaseEvent, CaseRow
from webapp.tables.registry import CompanyRow
from webapp.tables.watch import InboxEvent, Sweep

LOST = {"资质": {"高新技术企业": "没有"}}
DEFAULTER = {"信用名单": {"失信被执行人": "是"}}


def drained(watching: Watching, engine: str = "evaluate") -> Any:
    worker = watching.worker(engine)
    assert worker.drain()
    return worker.tally


def reasons(watching: Watching) -> list[tuple[str, str, str]]:
    with watching.office.work.database.reading() as session:
        rows = session.scalars(select(CaseEvent).order_by(CaseEvent.id))
        return [(row.action, row.reason, row.role) for row in rows]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_newly_met_measure_opens_a_case(watching: Watching, engine: str) -> None:
    company = watching.company()
    drained(watching, engine)
    assert watching.cases() == {(company, HIGH_TECH): "found"}
    assert watching.not_done() == 0


@pytest.mark.parametrize("engine", ENGINES)
def test_declared_facts_and_credit_entries_open_nothing(watching: Watching, engine: str) -> None:
    watching.company({"注册地": "深圳市"})
    bad = watching.company()
    watching.learn(bad, DEFAULTER)
    drained(watching, engine)
    assert watching.cases() == {}


def test_both_engines_open_the_same_cases(watching: Watching) -> None:
    """The contract of all engines: the same hits on the same facts, as `evaluate` proves them."""
    companies = [watching.company(random_facts(seed)) for seed in range(40)]
    work, today = watching.office.work, watching.office.today
    hits: dict[str, list[set[str]]] = {}
    for name in ENGINES:
        engine = watching._engine(name)
        with work.database.reading() as session:
            profiles: list[Profile] = [
                profile_from(known(session, one, today), work.prover.catalogue.vocabulary, today)
                for one in companies
            ]
        hits[name] = [engine.met(profile.attested(), today) for profile in profiles]
    assert hits["evaluate"] == hits["durable_rules"]
    assert 5 < sum(map(bool, hits["evaluate"])) < 40
    drained(watching, "durable_rules")
    opened = watching.cases()
    assert opened
    assert set(opened) <= {
        (company, measure)
        for company, met in zip(companies, hits["evaluate"], strict=True)
        for measure in met
    }


def test_a_case_whose_proof_is_gone_is_suspended_by_the_program(watching: Watching) -> None:
    one, two = watching.company(), watching.company()
    drained(watching)
    watching.later(hours=1)
    watching.learn(one, LOST)
    watching.learn(two, DEFAULTER)
    drained(watching)
    assert watching.cases() == {(one, HIGH_TECH): "suspended", (two, HIGH_TECH): "suspended"}
    assert [line for line in reasons(watching) if line[0] == "suspend"] == [
        ("suspend", PROOF_GONE, "system"),
        ("suspend", CREDIT_GONE, "system"),
    ]
    drained(watching)  # a suspended case is left to people
    assert len([line for line in reasons(watching) if line[0] == "suspend"]) == 2


def test_the_budget_stays_reserved_while_a_case_is_suspended(watching: Watching) -> None:
    office = watching.office
    office.budget(HIGH_TECH, FEN)
    company = watching.company()
    drained(watching)
    with office.work.database.reading() as session:
        case = session.scalars(select(CaseRow.id)).one()
    for action in ("compare", "vet", "freeze", "notify"):
        office.do(case, action, Role.HANDLER)
    watching.later(hours=1)
    watching.learn(company, LOST)
    drained(watching)
    assert office.case(case).state == "suspended"
    assert office.case(case).budget_id is not None


def test_the_same_event_counts_once(watching: Watching) -> None:
    company = watching.company()
    database = watching.office.work.database
    for _ in range(3):
        with database.writing() as session:
            inbox.note(session, [company], "facts", "same", watching.office.now)
    with database.reading() as session:
        assert len(inbox.waiting(session, 10)) == 1 + len(
            session.scalars(select(InboxEvent.id).where(InboxEvent.key.startswith("facts:"))).all()
        )
    drained(watching)
    with database.writing() as session:
        inbox.note(session, [company], "facts", "same", watching.office.now)
    assert watching.waiting() == 0


def test_events_in_any_order_and_twice_come_to_the_same(watching: Watching) -> None:
    company = watching.company()
    database = watching.office.work.database
    with database.writing() as session:
        for key in ("c", "a", "b", "a"):
            inbox.note(session, [company], "facts", key, watching.office.now)
    drained(watching)
    assert watching.cases() == {(company, HIGH_TECH): "found"}


def test_what_changed_about_one_company_is_one_look(
    watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many events of others wait between; all of its own are done with it."""
    monkeypatch.setattr("webapp.services.watch.worker.BATCH", 2)
    company, *others = [watching.company(random_facts(seed)) for seed in range(4)]
    drained(watching)
    with watching.office.work.database.writing() as session:
        for key, some in (("a", [company]), ("b", others), ("c", [company])):
            inbox.note(session, some, "facts", key, watching.office.now)
    looks = []
    engine = watching._engine("evaluate")

    class Counting:
        name = "counting"

        def met(self, attested: Profile, as_of: date) -> set[str]:
            looks.append(attested)
            return engine.met(attested, as_of)

    assert watching.worker(Counting()).drain()
    assert len(looks) == 1 + len(others)
    assert watching.not_done() == 0


def test_an_event_for_an_unknown_company_is_refused(watching: Watching) -> None:
    database, now = watching.office.work.database, watching.office.now
    with database.writing() as session, pytest.raises(Refused, match="company_unknown"):
        inbox.note_code(session, "91440300MA0000009X", "facts", "x", now)


class Failing:
    """An engine that cannot read one company."""

    name = "failing"

    def __init__(self, failures: int, error: type[Exception] = ValueError) -> None:
        self.left, self.error = failures, error

    def met(self, attested: Profile, as_of: date) -> set[str]:
        if self.left:
            self.left -= 1
            raise self.error("秘密的值")
        return {HIGH_TECH}


def test_an_event_that_fails_again_and_again_is_set_aside_and_blocks_nobody(
    watching: Watching,
) -> None:
    bad = watching.company()
    with watching.office.work.database.writing() as session:
        session.execute(update(InboxEvent).values(done_at=watching.office.now))
        inbox.note(session, [bad], "facts", "bad", watching.office.now)
        inbox.sweep(session, "day:2026-03-01", "day", watching.office.now)
        session.execute(update(Sweep).values(done_at=watching.office.now))
    worker = watching.worker(Failing(inbox.MAX_TRIES))
    with watching.office.work.database.writing() as session:
        for begin in (sweeps.begin_day, sweeps.begin_rules):
            about: Any = watching.office.today
            if begin is sweeps.begin_rules:
                about = watching.office.work.prover.catalogue.version
            begin(session, about, watching.office.now)
        session.execute(update(Sweep).values(done_at=watching.office.now))
    assert worker.drain()
    with watching.office.work.database.reading() as session:
        (aside,) = inbox.set_aside(session)
        assert aside.tries == inbox.MAX_TRIES
        assert aside.failure.startswith("ValueError test_worker.py:")
        assert "秘密" not in aside.failure
    good = watching.company()
    assert worker.drain()
    assert watching.cases() == {(good, HIGH_TECH): "found"}
    with watching.office.work.database.writing() as session:
        assert inbox.try_again(session) == 1
    assert worker.drain()
    assert (bad, HIGH_TECH) in watching.cases()


def test_out_of_memory_ends_the_worker_and_the_event_waits(watching: Watching) -> None:
    company = watching.company()
    with pytest.raises(MemoryError):
        watching.worker(Failing(1, MemoryError)).drain()
    assert watching.waiting() > 0
    watching.later(minutes=1)  # the lease of the process that is gone has run out
    drained(watching)
    assert watching.cases() == {(company, HIGH_TECH): "found"}


def test_a_second_worker_waits_until_the_first_is_gone(watching: Watching) -> None:
    company = watching.company()
    first, second = watching.worker(), watching.worker()
    assert first._ready()
    assert not second.drain()
    assert watching.cases() == {}
    watching.later(minutes=1)
    assert second._ready()  # the first did not renew its lease
    with pytest.raises(LeaseLost):
        first.step()  # it commits nothing any more
    assert second.drain()
    assert watching.cases() == {(company, HIGH_TECH): "found"}


def test_a_worker_stops_when_told_to_and_gives_its_lease_back(watching: Watching) -> None:
    watching.company()
    stop = threading.Event()
    worker = watching.worker()
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    for _ in range(200):
        if watching.cases():
            break
        stop.wait(0.05)
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    assert watching.cases()
    assert watching.worker().drain()


def test_a_day_ends_terms_and_measures(watching: Watching, monkeypatch: pytest.MonkeyPatch) -> None:
    """Overdue confirmations lapse and cases of measures out of force expire, without any new fact."""
    office = watching.office
    office.budget(HIGH_TECH, 10 * FEN)
    one, two = watching.company(), watching.company()
    drained(watching)
    with office.work.database.reading() as session:
        cases = dict(session.execute(select(CaseRow.company_id, CaseRow.id)).all())
    for action in ("compare", "vet", "freeze", "notify"):
        office.do(cases[one], action, Role.HANDLER)
    watching.later(21)
    monkeypatch.setattr(office.work.prover, "prove", out_of_force_for(office.work.prover, two))
    drained(watching)
    assert office.case(cases[one]).state == "lapsed"
    assert office.case(cases[two]).state == "expired"


def out_of_force_for(prover: Any, company: int) -> Any:
    prove = prover.prove

    def changed(session: Any, of: int, id_: str, as_of: date) -> Any:
        return None if of == company else prove(session, of, id_, as_of)

    return changed


def test_a_day_looks_at_those_for_whom_a_date_has_come_or_gone(watching: Watching) -> None:
    title = {"取得日期": "2023-03-05", "有效期至": "2026-03-04"}
    ends = watching.company({"资质": {"高新技术企业": title}})
    watching.company({"注册地": "深圳市"})
    under_way = watching.company()
    drained(watching)
    looked_at: dict[date, set[int]] = {}
    for _ in range(4):
        watching.later(1)
        drained(watching)
        with watching.office.work.database.reading() as session:
            key = f"day:{watching.office.today}:"
            events = select(InboxEvent.company_id).where(InboxEvent.key.startswith(key))
            looked_at[watching.office.today] = set(session.scalars(events)) - {under_way}
    assert looked_at == {
        date(2026, 3, 3): set(),
        date(2026, 3, 4): {ends},
        date(2026, 3, 5): {ends},  # the title ended yesterday
        date(2026, 3, 6): {ends},  # an anniversary was yesterday
    }


def of_bad_credit(watching: Watching) -> int:
    """Register a company that meets a measure and gets no case: a look at everybody takes it up again."""
    return watching.company(RECOGNISED | DEFAULTER)


def test_after_missed_days_and_on_the_first_of_a_month_everybody_is_looked_at(
    watching: Watching,
) -> None:
    of_bad_credit(watching)
    watching.company({"注册地": "深圳市"})  # nothing could be found for it
    drained(watching)
    watching.later(1)
    assert drained(watching).events == 0
    watching.later(2)
    assert drained(watching).events == 1
    watching.later((date(2026, 3, 31) - watching.office.today).days)
    drained(watching)
    watching.later(1)
    assert drained(watching).events == 1


def test_awaiting_rules_goes_on_once_an_amount_is_stated_and_a_budget_set(
    watching: Watching,
) -> None:
    office = watching.office
    company = watching.company()
    drained(watching)
    with office.work.database.writing() as session:
        case = session.scalars(select(CaseRow)).one()
        case.state, case.amount_fen = "awaiting_rules", None
        inbox.note(session, [company], "rules", "new", office.now)
        id_ = case.id
    drained(watching)
    assert office.case(id_).state == "awaiting_rules"  # no budget yet: nothing failed either
    assert watching.not_done() == 0
    office.budget(HIGH_TECH, FEN)
    with office.work.database.writing() as session:
        inbox.note(session, [company], "rules", "again", office.now)
    drained(watching)
    assert (office.case(id_).state, office.case(id_).amount_fen) == ("notified", FEN)


def test_a_sweep_reaches_every_company_a_slice_at_a_time(
    watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeps, "SLICE", 3)
    companies = [of_bad_credit(watching) for _ in range(8)]
    drained(watching)
    with watching.office.work.database.writing() as session:
        inbox.sweep(session, "list:1", "everybody", watching.office.now)
        inbox.sweep(session, "list:1", "everybody", watching.office.now)
    assert drained(watching).events == len(companies)
    with watching.office.work.database.reading() as session:
        assert sweeps.pending(session) is None
        assert session.scalars(select(CompanyRow.id)).all() == companies


def test_a_slice_that_is_written_a_second_time_adds_nothing(watching: Watching) -> None:
    """As after a crash whose outcome was not known, or by a worker that had already gone on."""
    company = of_bad_credit(watching)
    drained(watching)
    database, now = watching.office.work.database, watching.office.now
    with database.writing() as session:
        inbox.sweep(session, "list:1", "everybody", now)
    glance = Glance(watching.office.work.prover.catalogue, watching.office.today)
    with database.reading() as session:
        found = sweeps.next_slice(session, glance)
    assert found is not None and found.chosen == {company}
    for _ in range(2):
        with database.writing() as session:
            sweeps.write(session, found, now)
    assert watching.waiting() == 1


def test_on_the_day_a_parameter_begins_to_count_everybody_is_looked_at(
    watching: Watching,
) -> None:
    office = watching.office
    of_bad_credit(watching)
    drained(watching)
    work = office.work
    desk = Desk(work.database, work.sealer, work.prover.catalogue.vocabulary)
    new = NewParameter("LPR一年期", "3.1%", date(2026, 3, 4), "公告")
    id_ = enter(desk, office.people[Role.HANDLER], new, office.now, office.today)
    approve(desk, office.people[Role.REVIEWER], "parameter", id_, office.now)
    assert drained(watching).events == 1
    watching.later(1)
    assert drained(watching).events == 0
    watching.later(1)
    assert drained(watching).events == 1

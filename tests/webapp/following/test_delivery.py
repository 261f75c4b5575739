"""The outbox and a real mail server: what a mail says, what the server may say, and that each goes out once."""

from __future__ import annotations

import logging
import smtplib
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.webapp.casework.conftest import HIGH_TECH, RECOGNISED
from tests.webapp.following.conftest import ADDRESS, SITE, Square, changed
from tests.webapp.following.mailserver import MailServer, free_port, text_of
from tests.webapp.watch.crash import run_killed
from webapp.database import Database
from webapp.limits import MAIL_LATER, MAIL_LIFE, MAX_REFUSALS
from webapp.operations.lines import Lines
from webapp.services.following import post
from webapp.services.following.letters import END_PATH
from webapp.services.following.outbox import MAIL, ask_mail
from webapp.services.following.subscriptions import unsubscribe
from webapp.services.jobs import queue
from webapp.services.jobs.queue import LEASE, WAITS, State
from webapp.tables.cases import Notice
from webapp.tables.following import Mail, Mailbox, Subscription
from webapp.tables.jobs import Job
from webapp.tables.registry import CompanyRow

WITHOUT = {**RECOGNISED, "资质": {"高新技术企业": "没有"}}


# --- what a mail says ------------------------------------------------------------------------------


def test_a_mail_names_company_theme_and_titles_and_can_be_ended(
    square: Square, reader: int
) -> None:
    square.new_rules()
    square.work()
    (mail,) = square.server.kept
    with square.database.reading() as session:
        name, code = session.execute(select(CompanyRow.name, CompanyRow.code)).one()
    text = text_of(mail)
    assert mail["From"] == "免申 <noreply@policy.example.gov.cn>"
    assert mail["Subject"] == "您关注的“全部支持措施”有 1 项变化"
    for words in (
        name,
        "改名的奖励",
        f"{SITE}/measures/{HIGH_TECH}",
        f"{SITE}/my/{reader}/notices",
    ):
        assert words in text
    assert code not in text
    assert "2025-11-20" not in text
    assert (mail["Content-Type"], mail["Auto-Submitted"]) == (
        'text/plain; charset="utf-8"',
        "auto-generated",
    )
    assert mail["Content-Language"] == "zh"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = str(mail["List-Unsubscribe"])
    assert link == f"<{SITE}{END_PATH}/{square.link()}>"
    assert str(mail["Message-ID"]).endswith("@policy.example.gov.cn>")


def test_measures_newly_met_are_told_in_english_to_whoever_reads_english(square: Square) -> None:
    gloss = lambda one: replace(one, english="A reward")  # noqa: E731
    square.rules(changed(square.catalogue, "english", gloss))
    company = square.company(WITHOUT)
    square.follow(company, by_mail=True, language="en")
    square.reader(company)
    square.watching.later(seconds=1)
    square.watching.learn(company, {"资质": RECOGNISED["资质"]})
    square.look()
    square.work()
    mail = square.server.kept[-1]
    text = text_of(mail)
    assert str(mail["Subject"]).endswith(": measures newly met: 1")
    assert "Newly met:\n- 国家高新技术企业认定奖励 (A reward)\n" in text
    assert f"{SITE}{END_PATH}/{square.link()}?lang=en" in text
    assert mail["Content-Language"] == "en"


def test_a_name_cannot_put_anything_into_the_head_of_a_mail(square: Square) -> None:
    company = square.company(WITHOUT)
    square.follow(company, by_mail=True)
    square.reader(company)
    with square.database.writing() as session:
        session.execute(update(CompanyRow).values(name="企业\r\nBcc: thief@example.cn"))
    square.watching.later(seconds=1)
    square.watching.learn(company, {"资质": RECOGNISED["资质"]})
    square.look()
    square.work()
    mail = square.server.kept[-1]
    assert str(mail["Subject"]).startswith("企业 Bcc: thief@example.cn:新符合")
    assert mail["Bcc"] is None
    assert set(square.server.asked) == {ADDRESS}


def test_a_mail_that_cannot_be_written_holds_up_no_other(square: Square, reader: int) -> None:
    other = square.company()
    square.follow(other, by_mail=True)
    square.reader(other, "second@company.example.cn")
    square.server.kept.clear()
    square.new_rules()
    square.ask()
    square.do()
    with square.database.writing() as session:
        first = session.scalars(select(Notice).order_by(Notice.id)).first()
        assert first is not None
        first.details = "no JSON"
    square.work()
    assert [str(one["To"]) for one in square.server.kept] == ["second@company.example.cn"]
    assert square.mails()[-2:] == [("waiting", ""), ("sent", "")]
    square.office.now += MAIL_LIFE + timedelta(minutes=1)
    square.work()
    assert square.mails()[-2] == ("late", "")


# --- what the server may say -----------------------------------------------------------------------


def test_an_address_that_is_refused_for_good_is_given_up_after_a_few(
    square: Square, reader: int
) -> None:
    square.server.says[ADDRESS] = ["550 5.1.1 no such user"]
    for n in range(MAX_REFUSALS):
        square.new_rules(f"改 {n}")
        square.work()
    assert square.mails()[1:] == [("refused", "550")] * MAX_REFUSALS
    with square.database.reading() as session:
        assert session.scalars(select(Mailbox)).one().failed_at == square.office.now
    square.server.says.clear()
    square.new_rules("又改")
    square.work()
    assert len(square.mails()) == MAX_REFUSALS + 1, "no mail is written any more"
    assert len(square.told(reader)) == MAX_REFUSALS + 1, "the app goes on"
    square.named(square.owners[reader])
    assert len(square.server.kept) == 1, "it can be asked again"


def test_one_that_is_taken_in_between_clears_the_count(square: Square, reader: int) -> None:
    square.server.says[ADDRESS] = ["550 no", "250 OK", "550 no", "550 no", "250 OK"]
    for n in range(5):
        square.new_rules(f"改 {n}")
        square.work()
    assert [state for state, _ in square.mails()[1:]] == [
        "refused", "sent", "refused", "refused", "sent",
    ]  # fmt: skip


def test_an_address_that_refuses_the_very_first_mail_is_said_to_be_wrong(square: Square) -> None:
    company = square.company()
    square.server.says[ADDRESS] = ["550 no such user"]
    square.named(square.owners[company])
    with square.database.reading() as session:
        box = session.scalars(select(Mailbox)).one()
        assert (box.refusals, box.failed_at) == (1, square.office.now)


def test_a_text_that_is_refused_says_nothing_of_the_address(square: Square, reader: int) -> None:
    square.server.to_text = ["554 5.7.1 looks like spam"]
    square.new_rules()
    square.work()
    assert square.mails()[1:] == [("refused", "554")]
    with square.database.reading() as session:
        assert session.scalars(select(Mailbox)).one().refusals == 0


@pytest.mark.parametrize("answer", ["451 4.7.1 greylisted", "421 too busy", "hang up"])
def test_what_is_put_off_is_sent_later(square: Square, reader: int, answer: str) -> None:
    other = square.company()
    square.follow(other, by_mail=True)
    square.reader(other, "second@company.example.cn")
    square.server.kept.clear()
    square.server.says[ADDRESS] = [answer, answer, "250 OK"]
    square.new_rules()
    square.work()
    assert [str(one["To"]) for one in square.server.kept] == ["second@company.example.cn"]
    for minutes in MAIL_LATER[:2]:
        assert square.mails()[-2][0] == "waiting"
        square.work()
        square.office.now += timedelta(minutes=minutes)
    square.work()
    assert [str(one["To"]) for one in square.server.kept][1:] == [ADDRESS]
    assert square.mails()[-2] == ("sent", "")


def test_what_cannot_be_sent_for_days_is_given_up(square: Square, reader: int) -> None:
    square.server.says[ADDRESS] = ["450 try later"]
    square.new_rules()
    square.work()
    made = square.office.now
    while square.office.now < made + MAIL_LIFE + timedelta(hours=12):
        square.office.now += timedelta(hours=6)
        square.work()
    assert square.mails()[-1] == ("late", "450")
    assert len(square.server.asked) <= len(MAIL_LATER) + 3
    assert len(square.told(reader)) == 1


def test_a_server_that_is_down_costs_nothing_but_time(
    square: Square, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = square.company()
    square.follow(company, by_mail=True)
    square.reader(company)
    square.service = replace(square.service, port=free_port())
    square.new_rules()
    square.ask()
    square.do()  # the rules are told, the mail is written
    square.ask()
    assert square.do() == [State.WAITING]
    square.office.now += timedelta(seconds=WAITS[0])
    assert square.do() == [State.WAITING]
    with MailServer(port=square.service.port).open() as back:
        square.office.now += timedelta(seconds=WAITS[1])
        assert square.do() == [State.DONE]
        assert len(back.kept) == 1
    with square.database.reading() as session:
        job = session.scalars(select(Job).where(Job.kind == MAIL).order_by(Job.id.desc())).first()
        assert job is not None and job.tries == 3
        assert session.scalars(select(Mail.tries).order_by(Mail.id.desc())).first() == 1


def test_after_an_outage_of_an_hour_a_new_order_goes_on(square: Square, reader: int) -> None:
    service, square.service = square.service, replace(square.service, port=free_port())
    square.new_rules()
    square.work()
    for seconds in (*WAITS, 60):
        square.office.now += timedelta(seconds=seconds)
        square.work()
    with square.database.reading() as session:
        states = session.scalars(select(Job.state).where(Job.kind == MAIL)).all()
    assert "failed" in states
    square.service = service
    square.office.now += timedelta(seconds=WAITS[-1])
    square.work()
    assert len(square.server.kept) == 1


def test_a_sender_that_is_refused_is_nobodys_fault(square: Square, reader: int) -> None:
    square.new_rules()
    square.ask()
    square.do()

    def refuse(*_: object) -> None:
        raise smtplib.SMTPSenderRefused(553, b"not yours", "noreply@policy.example.gov.cn")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(smtplib.SMTP, "sendmail", refuse)
        square.ask()
        assert square.do() == [State.WAITING]
    assert square.mails()[-1] == ("waiting", "")


# --- each once -------------------------------------------------------------------------------------


def test_many_mails_go_through_few_connections(
    square: Square, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(post, "MAILS_AT_ONCE", 3)
    for n in range(7):
        company = square.company()
        square.follow(company, by_mail=True)
        square.reader(company, f"p{n}@company.example.cn")
    square.server.connections = 0
    square.server.kept.clear()
    square.new_rules()
    square.work()
    assert len(square.server.kept) == 7
    assert square.server.connections == 3
    assert len({str(one["Message-ID"]) for one in square.server.kept}) == 7


def test_mails_are_paced(square: Square, reader: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.services.following.delivery.MAIL_PACE", 0.2)
    waited = []
    runner = square.runner()
    monkeypatch.setattr(runner.stopping, "wait", waited.append)
    square.new_rules()
    square.ask()
    square.do()
    square.ask()
    with square.database.reading() as session:
        (job,) = queue.due(session, square.office.now)
    runner.work(job)
    assert waited == [0.2]


def test_two_orders_at_once_are_one_job(square: Square, reader: int) -> None:
    square.new_rules()
    square.ask()
    square.do()
    url = square.database.engine.url.render_as_string(hide_password=False)
    second = Database(url)
    with square.database.writing() as one:
        first_job = ask_mail(one, square.office.now)
        found = []

        def other() -> None:
            with second.writing() as two:
                found.append(ask_mail(two, square.office.now))

        thread = threading.Thread(target=other)
        thread.start()
        thread.join(0.3)
    thread.join()
    second.close()
    assert found[0] in (None, first_job), "the second sees the first, or gets it"
    with square.database.reading() as session:
        waiting = select(Job.id).where(Job.kind == MAIL, Job.state.in_(queue.OPEN))
        assert session.scalars(waiting).all() == [first_job]


def test_killed_between_the_servers_yes_and_the_commit_it_is_sent_once_more_under_the_same_id(
    square: Square, reader: int
) -> None:
    square.new_rules()
    square.ask()
    square.do()
    square.ask()
    url = square.database.engine.url.render_as_string(hide_password=False)

    def work() -> None:
        runner = square.runner(Database(url))
        with runner.database.reading() as session:
            found = queue.due(session, square.office.now)
        for job in found:
            runner.work(job)

    assert run_killed(work, "mail.answered", 1)
    assert square.mails()[-1] == ("waiting", "")
    square.office.now += LEASE
    square.do()
    square.work()
    one, two = square.server.kept
    assert one["Message-ID"] == two["Message-ID"]
    assert text_of(one) == text_of(two)
    assert square.mails()[-1] == ("sent", "")


def test_nothing_goes_out_once_somebody_said_no(square: Square, reader: int) -> None:
    square.new_rules()
    square.ask()
    square.do()
    with square.database.reading() as session:
        token = square.office.work.vault.open(
            session.scalars(select(Subscription)).one().token_sealed
        )
    unsubscribe(square.house.accounts, token, "", square.office.now)
    square.work()
    assert square.server.kept == []
    assert square.mails()[-1] == ("moot", "")


def test_a_mail_whose_notice_is_gone_is_gone_too(square: Square, reader: int) -> None:
    square.new_rules()
    square.ask()
    square.do()
    with square.database.writing() as session:
        session.delete(session.scalars(select(Notice)).one())
    square.work()
    assert (square.server.kept, len(square.mails())) == ([], 1)


def test_what_was_sealed_with_a_key_that_is_gone_is_not_sent(square: Square, reader: int) -> None:
    with square.database.writing() as session:
        session.execute(update(Mailbox).values(address_sealed="something else"))
    square.new_rules()
    square.work()
    assert (square.server.kept, square.mails()[-1]) == ([], ("moot", ""))


# --- logs ----------------------------------------------------------------------------------------


def test_no_log_line_holds_an_address_or_what_the_server_said_of_it(
    square: Square, reader: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    square.server.says[ADDRESS] = ["550 no such user finance@company.example.cn"]
    square.new_rules()
    square.work()
    square.server.says[ADDRESS] = ["450 finance@company.example.cn is busy"]
    square.new_rules("再改")
    square.work()
    square.service = replace(square.service, port=free_port())
    square.new_rules("三改")
    square.work()
    ours = [one for one in caplog.records if one.name.startswith("mianshen")]
    assert ours, "the failed job is logged"
    for record in ours:
        assert "company.example.cn" not in Lines().format(record)
        assert "company.example.cn" not in record.getMessage()
    with square.database.reading() as session:
        for job in session.scalars(select(Job)):
            assert "example.cn" not in f"{job.failure} {job.result} {job.about}"

"""An address gets one mail and nothing else until its link was followed; it stands in one place, sealed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.webapp.accounts.test_erasure import everything
from tests.webapp.following.conftest import ADDRESS, SITE, Square
from tests.webapp.following.mailserver import text_of
from webapp.limits import MAIL_CONFIRM, MAIL_KEPT, MAIL_WAITS, MAX_ADDRESS
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.following import mailbox, retention
from webapp.services.following.mailbox import State
from webapp.services.people import erasure
from webapp.services.people.guessing import TooSoon
from webapp.tables.following import Mail, Mailbox

OTHER = "other@company.example.cn"


def change_rules(square: Square, title: str = "改名的奖励") -> None:
    square.new_rules(title)
    square.work()


def state(square: Square, company: int) -> tuple[State, str]:
    person = int(square.owners[company].id or 0)
    with square.database.reading() as session:
        shown = mailbox.shown(session, square.office.work.vault, person)
    return shown.state, shown.masked


def confirm(square: Square, token: str) -> None:
    mailbox.confirm(square.house.accounts, token, "", square.office.now)


def test_nothing_but_the_question_is_sent_before_the_yes(square: Square) -> None:
    company = square.company()
    square.follow(company, by_mail=True)
    assert state(square, company) == (State.NONE, "")
    change_rules(square)
    assert square.server.kept == []

    square.named(square.owners[company])
    assert state(square, company) == (State.ASKED, "f***@company.example.cn")
    change_rules(square, "再改")
    (question,) = square.server.kept
    assert question["Subject"] == "请确认:用这个邮箱接收惠企政策变化"
    assert "List-Unsubscribe" not in question
    assert f"{SITE}/mail/confirm/" in text_of(question)

    confirm(square, square.link())
    confirm(square, square.link())
    assert state(square, company) == (State.CONFIRMED, "f***@company.example.cn")
    change_rules(square, "三改")
    assert len(square.server.kept) == 2
    assert "三改" in square.server.texts()[ADDRESS][1]
    assert [kind for kind, _ in square.told(company)] == ["rules"] * 3, "in the app all along"


def test_a_link_that_was_changed_or_is_over_confirms_nothing(square: Square) -> None:
    company = square.company()
    square.named(square.owners[company])
    token = square.link()
    for tampered in (token[:-1], token + "A", token.swapcase(), ""):
        with pytest.raises(Missing):
            confirm(square, tampered)
    square.office.now += MAIL_CONFIRM + timedelta(seconds=1)
    with pytest.raises(Refused, match="mail_link_over"):
        confirm(square, token)
    square.office.now -= timedelta(seconds=1)
    confirm(square, token)
    square.office.now += MAIL_CONFIRM
    confirm(square, token)
    assert state(square, company)[0] is State.CONFIRMED


def test_another_address_has_to_be_confirmed_anew_and_the_old_link_is_void(square: Square) -> None:
    company = square.company()
    square.follow(company, by_mail=True)
    square.reader(company)
    old = square.link()
    square.named(square.owners[company], OTHER)
    assert state(square, company) == (State.ASKED, "o***@company.example.cn")
    change_rules(square)
    assert [str(one["To"]) for one in square.server.kept] == [ADDRESS, OTHER]
    with pytest.raises(Missing):
        confirm(square, old)
    confirm(square, square.link())
    change_rules(square, "再改")
    assert [str(one["To"]) for one in square.server.kept] == [ADDRESS, OTHER, OTHER]


def test_a_question_that_was_not_sent_yet_gives_way_to_the_newer_one(square: Square) -> None:
    actor = square.owners[square.company()]
    now = square.office.now
    mailbox.name_address(square.follower, actor, ADDRESS, "zh", now)
    mailbox.name_address(square.follower, actor, OTHER, "zh", now)
    square.work()
    assert [str(one["To"]) for one in square.server.kept] == [OTHER]
    assert square.mails() == [("moot", ""), ("sent", "")]


def test_the_question_can_be_sent_again_but_not_without_end(square: Square) -> None:
    company = square.company()
    square.named(square.owners[company])
    most = MAIL_WAITS[0][0]
    for _ in range(most - 1):
        square.office.now += timedelta(minutes=2)
        mailbox.ask_again(square.follower, square.owners[company], "en", square.office.now)
    square.work()
    assert square.server.kept[-1]["Subject"].startswith("Please confirm")
    with pytest.raises(TooSoon):
        mailbox.ask_again(square.follower, square.owners[company], "zh", square.office.now)
    stranger = square.owners[square.company()]
    with pytest.raises(TooSoon):
        mailbox.name_address(square.follower, stranger, ADDRESS.upper(), "zh", square.office.now)
    square.office.now += timedelta(minutes=MAIL_WAITS[0][1] + 1)
    mailbox.ask_again(square.follower, square.owners[company], "zh", square.office.now)


def test_an_address_that_is_taken_back_is_gone(square: Square) -> None:
    company = square.company()
    square.follow(company, by_mail=True)
    actor = square.reader(company)
    mailbox.take_back(square.house.accounts, actor, square.office.now)
    with pytest.raises(Missing):
        mailbox.ask_again(square.follower, actor, "zh", square.office.now)
    change_rules(square)
    assert len(square.server.kept) == 1
    assert [kind for kind, _ in square.told(company)] == ["rules"]


@pytest.mark.parametrize(
    "address",
    [
        "", "a", "a@b", "@b.cn", "a@", "a b@c.cn", "a@b..cn", ".a@b.cn", "a.@b.cn", "a@-b.cn", "a@b.c",
        "a@b.cn\nBcc: c@d.cn", "a@b.cn, c@d.cn", "王@例子.cn", "a@b.cn>", '"a b"@c.cn', "a@[127.0.0.1]",
        "a" * 65 + "@b.cn", "a@" + "b" * 64 + ".cn", "a@" + "b." * 126 + "cn",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(address: str) -> None:
    assert not mailbox.is_address(address)


@pytest.mark.parametrize(
    "address",
    ["a@b.cn", "first.last+tag@mail.example.com.cn", "a_b-c@1.2.cn", "o'neil@xn--fiq228c.cn"],
)
def test_addresses_at_the_limits_are_taken(address: str) -> None:
    assert mailbox.is_address(address)
    local = "a" * 64
    hosts = ".".join(["b" * 63] * 2)
    longest = f"{local}@{hosts}.{'c' * (MAX_ADDRESS - len(local) - len(hosts) - 5)}.cn"
    assert len(longest) == MAX_ADDRESS
    assert mailbox.is_address(longest)
    assert not mailbox.is_address(longest.replace("@", "@b"))


def test_the_address_stands_in_one_place_and_sealed(square: Square) -> None:
    company = square.company()
    square.follow(company, by_mail=True)
    square.reader(company)
    change_rules(square)
    assert len(square.server.kept) == 2
    for words in (ADDRESS, "company.example.cn"):
        assert words not in everything(square.house)
    with square.database.reading() as session:
        row = session.scalars(select(Mailbox)).one()
        assert square.office.work.vault.open(row.address_sealed) == ADDRESS
        assert row.token_sealed == "", "the link is used up"


def expire(square: Square) -> dict[str, int]:
    return erasure.expire(square.house.accounts, square.office.now)


def test_addresses_and_mails_are_forgotten_after_their_time(square: Square) -> None:
    company, other = square.company(), square.company()
    square.follow(company, by_mail=True)
    square.reader(company)
    square.named(square.owners[other], OTHER)
    change_rules(square)
    sent = square.office.now
    square.office.now = sent + MAIL_CONFIRM
    assert expire(square)["mailboxes"] == 1, "the one that was never confirmed"
    square.office.now = sent + MAIL_KEPT
    assert (expire(square)["mails"], len(square.mails())) == (2, 1)
    square.office.now += timedelta(seconds=1)
    assert (expire(square)["mails"], expire(square)["mailboxes"]) == (1, 0)
    assert square.mails() == []

    person = int(square.owners[company].id or 0)
    with square.database.writing() as session:
        retention.end(session, retention.Subscription.user_id == person, square.office.now)
    assert expire(square)["mailboxes"] == 0
    square.office.now += MAIL_KEPT + timedelta(seconds=1)
    assert expire(square)["mailboxes"] == 1


def test_an_account_that_is_closed_leaves_no_address_and_gets_no_mail(square: Square) -> None:
    company = square.company()
    square.follow(company, by_mail=True)
    actor = square.reader(company)
    erasure.erase_person(square.house.accounts, actor, int(actor.id or 0), square.office.now)
    with square.database.reading() as session:
        assert session.scalars(select(Mailbox)).all() == []
        assert session.scalars(select(Mail)).all() == []
    change_rules(square)
    assert len(square.server.kept) == 1

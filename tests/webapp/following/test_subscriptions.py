"""Following begins and ends once, is one's own, and counts as long as there is a ground for it."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.webapp.following.conftest import Square
from webapp.limits import MAX_FOLLOWED, SUBSCRIPTION_KEPT
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.following import retention
from webapp.services.following.subscriptions import live, own, unfollow, unsubscribe
from webapp.services.following.themes import Theme
from webapp.services.people import memberships, users
from webapp.services.people.roles import Actor, Role
from webapp.services.vault import Unreadable, Vault
from webapp.tables.following import Subscription
from webapp.tables.people import Membership

GRANTS = Theme("kind", "direct_grant")


def rows(square: Square) -> list[Subscription]:
    with square.database.reading() as session:
        found = session.scalars(select(Subscription).order_by(Subscription.id)).all()
        session.expunge_all()
        return list(found)


def count_live(square: Square) -> int:
    with square.database.reading() as session:
        return len(session.scalars(live()).all())


def expire(square: Square) -> dict[str, int]:
    with square.database.writing() as session:
        return retention.expire(session, square.office.now)


def test_a_theme_is_followed_once_and_told_as_chosen_last(square: Square) -> None:
    company = square.company()
    assert square.follow(company, GRANTS)
    assert not square.follow(company, GRANTS, by_mail=True, language="en")
    assert square.follow(company)
    one, two = rows(square)
    assert (one.facet, one.value, one.by_mail, one.language) == ("kind", "direct_grant", True, "en")
    assert (two.facet, two.value) == ("", "")


def test_a_double_click_begins_once(square: Square) -> None:
    company = square.company()
    start = threading.Barrier(4)
    begun = []

    def click() -> None:
        start.wait()
        begun.append(square.follow(company, GRANTS))

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(begun) == [False, False, False, True]
    assert len(rows(square)) == 1


def test_only_for_ones_own_company_and_as_staff(square: Square) -> None:
    one, two = square.company(), square.company()
    desk = square.house.person(Role.DESK, second=True)
    for who, company in ((square.owners[one], two), (desk, one), (square.owners[one], None)):
        with pytest.raises(Missing):
            square.follow(company, who=who)
    assert square.follow(None, who=desk)
    assert square.follow(None, GRANTS, who=desk)
    assert not square.follow(None, GRANTS, who=desk)


def test_at_the_limit_and_one_over(square: Square, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.services.following.subscriptions.MAX_FOLLOWED", 2)
    assert MAX_FOLLOWED == 50
    company = square.company()
    assert square.follow(company, GRANTS)
    assert square.follow(company)
    with pytest.raises(Refused, match="following_full"):
        square.follow(company, Theme("kind", "land"))
    assert not square.follow(company, GRANTS), "what is followed already may still be changed"


def test_ending_is_ones_own_to_do_and_may_be_done_twice(square: Square) -> None:
    one, two = square.company(), square.company()
    for company in (one, two):
        square.follow(company)
    mine, theirs = rows(square)
    accounts, now = square.house.accounts, square.office.now
    with pytest.raises(Missing):
        unfollow(accounts, square.owners[one], one, theirs.id, now)
    with pytest.raises(Missing):
        unfollow(accounts, square.owners[one], two, theirs.id, now)
    for _ in range(2):
        unfollow(accounts, square.owners[one], one, mine.id, now)
    assert [row.ended_at is None for row in rows(square)] == [False, True]
    assert square.follow(one), "it may begin anew"


def test_a_link_ends_what_it_names_and_no_other(square: Square) -> None:
    company = square.company()
    square.follow(company)
    square.follow(company, GRANTS)
    one, _ = rows(square)
    token = square.office.work.vault.open(one.token_sealed)
    accounts, now = square.house.accounts, square.office.now
    deeds = len(square.house.deeds())
    for tampered in (token[:-1], token + "a", token[::-1], "", str(one.id)):
        with pytest.raises(Missing):
            unsubscribe(accounts, tampered, "", now)
    assert len(square.house.deeds()) == deeds, "strangers write nothing into the audit"
    assert unsubscribe(accounts, token, "", now)
    assert not unsubscribe(accounts, token, "", now)
    assert [row.ended_at is None for row in rows(square)] == [False, True]
    assert square.house.deeds()[-1] == ("following.end", "done")
    assert len(square.house.deeds()) == deeds + 1


def test_a_copy_of_the_table_opens_no_link(square: Square) -> None:
    square.follow(square.company())
    (row,) = rows(square)
    token = square.office.work.vault.open(row.token_sealed)
    assert token not in f"{row.token_hash} {row.token_sealed}"
    assert len(token) >= 43, "256 bits"
    with pytest.raises(Unreadable):
        Vault(b"another key").open(row.token_sealed)


def leave(square: Square, actor: Actor) -> None:
    with square.database.reading() as session:
        member = session.scalars(select(Membership.id).filter_by(user_id=actor.id)).one()
    memberships.end(square.house.accounts, actor, member, square.office.now)


def test_without_a_ground_nothing_counts_and_the_daily_sweep_ends_it(square: Square) -> None:
    company = square.company()
    square.follow(company)
    desk, admin = square.house.person(Role.DESK, second=True), square.house.person(Role.ADMIN)
    square.follow(None, who=desk)
    assert count_live(square) == 2
    leave(square, square.owners[company])
    users.disable(square.house.accounts, admin, int(desk.id or 0), square.office.now)
    assert count_live(square) == 0
    assert expire(square)["followed"] == 2
    assert all(row.ended_at == square.office.now and row.met == "[]" for row in rows(square))
    with square.database.reading() as session:
        assert own(session, int(desk.id or 0), None) == []


def test_what_ended_long_ago_is_forgotten(square: Square) -> None:
    company = square.company()
    square.follow(company)
    (row,) = rows(square)
    square.follow(company, GRANTS)
    unfollow(square.house.accounts, square.owners[company], company, row.id, square.office.now)
    square.office.now += SUBSCRIPTION_KEPT
    assert expire(square)["followed"] == 0
    square.office.now += timedelta(seconds=1)
    assert expire(square)["followed"] == 1
    with square.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Subscription)) == 1

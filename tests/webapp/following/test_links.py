"""The links of mails: a button confirms or ends, mail programs end by themselves, anything else finds nothing."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.webapp.city import CODE, NAME, City
from tests.webapp.following.conftest import ADDRESS, SITE
from tests.webapp.following.mailserver import MailServer, text_of
from tests.webapp.following.town import THEME, page, rows, shared, words, work

LINK = re.compile(rf"{SITE}(/mail/\w+/[\w-]+)")


@pytest.mark.parametrize("english", [False, True])
def test_a_link_of_a_mail_ends_a_subscription_by_its_button(
    city: City, company: int, owner: FlaskClient, english: bool
) -> None:
    owner.get(f"/my/{company}/following?lang={'en' if english else 'zh'}")
    owner.post(f"/my/{company}/following", data={"theme": THEME, "how": "app"})
    (row,) = rows(city)
    token = shared(city).casework.vault.open(row.token_sealed)
    link = f"/mail/end/{token}" + ("?lang=en" if english else "")
    visitor = city.visitor()
    response = visitor.get(link)
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    said = words(response)
    assert ("Stop following?" if english else "不再关注?") in said
    assert NAME not in said and CODE not in said
    assert rows(city)[0].ended_at is None, "opening a link changes nothing"
    (form,) = page(response).all("main")[0].all("form")
    done = visitor.post(form.get("action") or link, data=form.values())
    assert ("You no longer follow this" if english else "已不再关注") in words(done)
    assert rows(city)[0].ended_at == city.clock.now
    for again in (visitor.post(link), visitor.get(link)):
        assert ("You no longer follow this" if english else "已不再关注") in words(again)


def test_a_mail_program_ends_it_with_one_post_and_without_a_token(
    tmp_path: Path, city: City, company: int, owner: FlaskClient
) -> None:
    owner.post(f"/my/{company}/following", data={"theme": "all", "how": "app"})
    token = shared(city).casework.vault.open(rows(city)[0].token_sealed)
    city.app.config["WTF_CSRF_ENABLED"] = True
    sent = city.visitor().post(f"/mail/end/{token}", data={"List-Unsubscribe": "One-Click"})
    assert sent.status_code == 200, "no redirect (RFC 8058)"
    assert rows(city)[0].ended_at is not None
    assert city.visitor().post(f"/mail/confirm/{token}").status_code == 400


def test_a_link_that_was_changed_says_so_and_nothing_else(
    city: City, company: int, owner: FlaskClient
) -> None:
    owner.post(f"/my/{company}/following", data={"theme": "all", "how": "app"})
    token = shared(city).casework.vault.open(rows(city)[0].token_sealed)
    for kind in ("confirm", "end"):
        for tampered in (token[:-1], token + "x", "nothing"):
            if kind == "confirm":
                tampered = token
            for answer in (
                city.visitor().get(f"/mail/{kind}/{tampered}"),
                city.visitor().post(f"/mail/{kind}/{tampered}"),
            ):
                assert "没有这个链接" in words(answer, 404)
    assert rows(city)[0].ended_at is None


def test_a_link_that_came_too_late_leads_on(
    city: City, company: int, owner: FlaskClient, server: MailServer
) -> None:
    owner.post("/account/mail", data={"address": ADDRESS})
    work(city)
    (link,) = LINK.findall(text_of(server.kept[0]))
    city.clock.now += timedelta(days=3, seconds=1)
    for answer in (city.visitor().get(link), city.visitor().post(link)):
        assert "链接已过期" in words(answer, 410)

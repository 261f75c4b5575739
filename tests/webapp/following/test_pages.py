"""The pages of following: begin from a measure list, see, end, name an address, be told."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from matcher.catalogue import Catalogue
from tests.webapp.casework.conftest import HIGH_TECH
from tests.webapp.city import NAME, OTHER_CODE, OTHER_NAME, City, sample_clock
from tests.webapp.following.conftest import ADDRESS, SITE, changed, retitled
from tests.webapp.following.mailserver import MailServer, text_of
from tests.webapp.following.town import THEME, install, page, rows, shared, words, work
from webapp.people import EXTENSION as PEOPLE
from webapp.services.cases.refusals import Missing
from webapp.services.people import erasure
from webapp.services.people.roles import Role
from webapp.shared import EXTENSION
from webapp.tables.following import Mailbox

LINK = re.compile(rf"{SITE}(/mail/\w+/[\w-]+)")


def test_the_list_of_measures_leads_to_following_its_one_facet(
    city: City, company: int, owner: FlaskClient
) -> None:
    def link(query: str) -> list[str]:
        shown = page(city.visitor().get(f"/measures?{query}"))
        return [one.get("href") for one in shown.all("a") if one.get("href").startswith("/follow")]

    assert link("kind=direct_grant") == ["/follow/kind/direct_grant"]
    assert link("document=examples") == ["/follow/document/examples"]
    for query in (
        "",
        "q=奖励",
        "kind=direct_grant&kind=land",
        "delivery=application",
        "kind=land&q=地",
    ):
        assert link(query) == []
    asked = city.visitor().get("/follow/kind/direct_grant")
    assert asked.location == "/login"
    assert owner.get("/follow/kind/direct_grant").location == (
        f"/my/{company}/following?theme=kind:direct_grant"
    )
    desk = city.browser(city.office.people[Role.DESK])
    assert desk.get("/follow").location == "/account/following"
    assert owner.get("/follow/kind/nothing").status_code == 404
    assert owner.get("/follow/delivery/application").status_code == 404


def test_whoever_acts_for_several_companies_is_asked_for_which(city: City, company: int) -> None:
    other = city.office.company(OTHER_CODE, OTHER_NAME)
    person = city.house.person(Role.COMPANY, companies=(company, other))
    shown = page(city.browser(person).get("/follow/kind/direct_grant"))
    links = [one.get("href") for one in shown.all("main")[0].all("a")]
    assert links == [f"/my/{one}/following?theme=kind:direct_grant" for one in (company, other)]
    nobody = city.house.person(Role.COMPANY)
    assert city.browser(nobody).get("/follow").location == "/my"


def test_a_theme_is_chosen_beforehand_followed_and_ended(
    city: City, company: int, owner: FlaskClient
) -> None:
    where = f"/my/{company}/following"
    shown = page(owner.get(f"{where}?theme={THEME}"))
    (form,) = [one for one in shown.all("form") if one.get("action") == where]
    assert form.values()["theme"] == THEME
    offered = [one.get("value") for one in form.all("input") if one.get("name") == "theme"]
    assert offered[:2] == [THEME, "all"], "what was chosen stands first"
    assert len(offered) == len(set(offered))
    assert owner.get(f"{where}?theme=kind:nothing").status_code == 404

    assert owner.post(where, data={**form.values(), "how": "app"}).location == where
    assert "直接奖补" in words(owner.get(where))
    assert "只在站内" in words(owner.get(where))
    assert owner.post(where, data={"theme": THEME, "how": "app"}).status_code == 303
    assert len(rows(city)) == 1

    (end,) = [
        one for one in page(owner.get(where)).all("form") if one.get("action").endswith("/end")
    ]
    for _ in range(2):
        assert owner.post(end.get("action")).location == where
    assert "还没有关注" in words(owner.get(where))


def test_nothing_chosen_is_a_mistake_that_is_named(company: int, owner: FlaskClient) -> None:
    response = owner.post(f"/my/{company}/following", data={"theme": "", "how": "mail"})
    shown = page(response, 422)
    (summary,) = shown.all(class_="error-summary")
    (link,) = summary.all("a")
    assert shown.by_id(link.get("href").removeprefix("#")) is not None
    assert "请选一项" in summary.text()
    held = [one for one in shown.all("form") if one.get("action").endswith("/following")]
    assert held[0].values()["how"] == "mail", "what was chosen is kept"
    assert owner.post(f"/my/{company}/following", data={"theme": "kind:x"}).status_code == 422


def test_following_by_mail_leads_to_the_address_until_there_is_one(
    city: City, company: int, owner: FlaskClient, server: MailServer
) -> None:
    where = f"/my/{company}/following"
    assert owner.post(where, data={"theme": "all", "how": "mail"}).location == "/account/mail"
    assert "还没有可用的邮箱" in words(owner.get(where))
    wrong = owner.post("/account/mail", data={"address": "nobody", "then": "name"})
    assert 'value="nobody"' in wrong.text
    assert "完整的邮箱地址" in words(wrong, 422)
    assert owner.post("/account/mail", data={"address": f" {ADDRESS} "}).location == "/account/mail"
    assert "f***@company.example.cn 等您确认" in words(owner.get("/account/mail"))
    work(city)
    (mail,) = server.kept
    (link,) = LINK.findall(text_of(mail))

    stranger = city.visitor()
    shown = words(stranger.get(link))
    assert "用这个邮箱接收通知?" in shown
    assert NAME not in shown
    assert stranger.post(link).location == link
    assert "邮箱已确认" in words(stranger.get(link))
    assert "邮件发到 f***@company.example.cn" in words(owner.get("/account/mail"))
    assert owner.post(where, data={"theme": THEME, "how": "mail"}).location == where

    install(
        city, changed(city.app.extensions[EXTENSION].catalogue, "2", retitled(HIGH_TECH, "改名"))
    )
    work(city)
    assert len(server.kept) == 3
    assert "改名" in text_of(server.kept[-1])
    assert owner.post("/account/mail", data={"then": "end"}).status_code == 303
    assert "还没有填邮箱" in words(owner.get("/account/mail"))
    assert owner.post("/account/mail", data={"then": "again"}).status_code == 303


def test_too_many_questions_wait(city: City, owner: FlaskClient, company: int) -> None:
    for n in range(3):
        owner.post("/account/mail", data={"address": f"a{n}@example.cn"})
    over = owner.post("/account/mail", data={"address": "b@example.cn"})
    assert over.status_code == 429
    assert int(over.headers["Retry-After"]) > 0


def test_what_others_follow_does_not_exist(city: City, company: int, owner: FlaskClient) -> None:
    other = city.company(OTHER_NAME, OTHER_CODE)
    theirs = city.browser(city.owners[other])
    theirs.post(f"/my/{other}/following", data={"theme": "all", "how": "app"})
    desk = city.browser(city.office.people[Role.DESK])
    desk.post("/account/following", data={"theme": "all", "how": "app"})
    one, two = rows(city)
    for where in (f"/my/{other}/following/{one.id}/end", f"/my/{company}/following/{one.id}/end"):
        assert owner.post(where).status_code == 404
    assert owner.post(f"/my/{company}/following/{two.id}/end").status_code == 404
    assert desk.post(f"/account/following/{one.id}/end").status_code == 404
    assert owner.get("/account/following").status_code == 403
    assert owner.get(f"/my/{other}/following").status_code == 404
    assert all(row.ended_at is None for row in rows(city))


def test_notices_stand_among_the_companys_for_that_person_alone(
    city: City, company: int, owner: FlaskClient
) -> None:
    colleague = city.browser(city.house.person(Role.COMPANY, companies=(company,)))
    owner.post(f"/my/{company}/following", data={"theme": THEME, "how": "app"})
    catalogue = shared(city).catalogue
    install(
        city, changed(catalogue, "2", retitled(HIGH_TECH, "改名的奖励"), without={"examples/15.1"})
    )
    work(city)
    shown = page(owner.get(f"/my/{company}/notices"))
    text = " ".join(shown.all("main")[0].text().split())
    assert "关注的支持措施有变化" in text
    assert "关注:直接奖补" in text
    assert "有变化 改名的奖励" in text
    assert "1 条未读" in " ".join(shown.all(class_="unread")[0].text().split())
    assert not page(colleague.get(f"/my/{company}/notices")).all(class_="unread")
    assert "关注" not in words(colleague.get(f"/my/{company}/notices"))
    assert "1 条通知未读" in words(owner.get("/my"))
    assert "未读" not in words(colleague.get("/my"))
    (form,) = [one for one in shown.all("form") if re.search(r"/notices/\d+$", one.get("action"))]
    assert colleague.post(form.get("action")).status_code == 404
    assert owner.post(form.get("action")).location == f"/my/{company}/notices"
    assert not page(owner.get(f"/my/{company}/notices")).all(class_="unread")


def test_staff_are_told_on_a_page_of_their_own(city: City) -> None:
    desk = city.browser(city.office.people[Role.DESK])
    desk.post("/account/following", data={"theme": THEME, "how": "app"})
    catalogue = shared(city).catalogue
    install(city, changed(catalogue, "2", retitled(HIGH_TECH, "改名的奖励")))
    work(city)
    for begin in ("/account", "/desk"):
        assert "1 条通知未读" in words(desk.get(begin))
    assert "改名的奖励" in words(desk.get("/account/following"))
    assert desk.get("/account/following?page=2").status_code == 404
    assert desk.post("/account/following/read").location == "/account/following"
    for begin in ("/account", "/desk"):
        assert "未读" not in words(desk.get(begin))
    handler = city.browser(city.office.people[Role.HANDLER])
    assert "改名的奖励" not in words(handler.get("/account/following"))


def test_staff_who_may_see_cases_are_told_how_many_were_opened(city: City) -> None:
    for role in (Role.HANDLER, Role.ADMIN):
        browser = city.browser(city.office.people[role])
        browser.post("/account/following", data={"theme": THEME, "how": "app"})
        browser.post("/account/following", data={"theme": "kind:land", "how": "app"})
    city.office.open(city.company())
    city.office.open(city.company(OTHER_NAME, OTHER_CODE))
    work(city)
    handler = city.browser(city.office.people[Role.HANDLER])
    assert "新开事项" not in words(handler.get("/account/following"))
    city.on(city.clock.today + timedelta(days=1))
    for _ in range(2):
        work(city)
    handler = city.browser(city.office.people[Role.HANDLER])
    told = words(handler.get("/account/following"))
    assert told.count("有新开的免申即享事项") == 1
    assert "2026-03-02 新开事项 2 件" in told
    assert NAME not in told
    admin = city.browser(city.office.people[Role.ADMIN])
    assert "新开的免申即享事项" not in words(admin.get("/account/following"))


def test_without_a_mail_server_no_mail_is_offered(
    tmp_path: Path, sample_catalogue: Catalogue
) -> None:
    city = City.built(tmp_path, sample_catalogue, sample_clock(), WTF_CSRF_ENABLED=False, MAIL=None)
    company = city.company()
    owner = city.browser(city.owners[company])
    shown = page(owner.get(f"/my/{company}/following"))
    assert "邮件" not in shown.all("form")[-1].text()
    assert not [one for one in shown.all("a") if one.get("href") == "/account/mail"]
    assert owner.get("/account/mail").location == "/follow"
    owner.post(f"/my/{company}/following", data={"theme": "all", "how": "mail"})
    assert [row.by_mail for row in rows(city)] == [False]
    work(city)
    shared(city).database.close()


def test_erasing_the_company_ends_what_is_followed_and_forgets_what_was_told(
    city: City, company: int, owner: FlaskClient
) -> None:
    owner.post(f"/my/{company}/following", data={"theme": "all", "how": "app"})
    install(city, changed(shared(city).catalogue, "2", retitled(HIGH_TECH, "改名的奖励")))
    work(city)
    assert "改名的奖励" in words(owner.get(f"/my/{company}/notices"))
    accounts = city.app.extensions[PEOPLE].accounts
    erasure.erase_company(
        accounts, shared(city).evidence, city.owners[company], company, frozenset(), city.clock.now
    )
    (row,) = rows(city)
    assert (row.ended_at, row.met) == (city.clock.now, "[]")
    assert "改名的奖励" not in words(owner.get(f"/my/{company}/notices"))
    with pytest.raises(Missing):
        erasure.erase_company(
            accounts,
            shared(city).evidence,
            city.office.people[Role.DESK],
            company,
            frozenset(),
            city.clock.now,
        )


def test_an_address_that_failed_is_said_so(city: City, company: int, owner: FlaskClient) -> None:
    owner.post("/account/mail", data={"address": ADDRESS})
    with shared(city).database.writing() as session:
        session.execute(update(Mailbox).values(failed_at=city.clock.now))
    assert "退回了邮件,已停发" in words(owner.get("/account/mail"))
    assert owner.post("/account/mail", data={"then": "again"}).status_code == 303
    assert "等您确认" in words(owner.get("/account/mail"))

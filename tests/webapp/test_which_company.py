"""The first box: which company is meant, and what a stranger may see of it."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.webapp.conftest import NOON
from tests.webapp.html import parse
from webapp.services.people.roles import SYSTEM
from webapp.services.registry.companies import add_former_name, register
from webapp.shared import Portal

CODE, NAME = "91340100MA2ABCDE0X", "安徽云岭药业有限公司"
OTHER_CODE, OTHER_NAME = "91340100MA2FGHJK12", "合肥云岭茶业有限公司"


@pytest.fixture(autouse=True)
def companies(app: Flask) -> None:
    """Two companies of the same word, one of which had another name."""
    held: Portal = app.extensions["mianshen"]
    with held.database.writing() as session:
        first = register(session, CODE, NAME, SYSTEM, NOON)
        first.region, first.founded, first.status = "340104", date(2011, 5, 6), "存续"
        register(session, OTHER_CODE, OTHER_NAME, SYSTEM, NOON)
        add_former_name(session, first.id, "安徽望湖制药有限公司", date(2020, 1, 1))


def begin(client: FlaskClient, typed: str, **more: str) -> TestResponse:
    return client.post("/start", data={"company": typed, **more})


def filled(client: FlaskClient, response: TestResponse) -> tuple[str, str]:
    """Give the code and the name with which the form begins."""
    assert response.status_code == 303, response.text
    page = parse(client.get(response.location).text)
    boxes = page.by_id("q-uscc-text"), page.by_id("q-name-text")
    return boxes[0].get("value"), boxes[1].get("value")  # type: ignore[union-attr]


@pytest.mark.parametrize("typed", [NAME, f" {NAME} ", "安徽云岭药业有限公司", CODE, CODE.lower()])
def test_a_whole_name_and_a_code_are_known_at_once(client: FlaskClient, typed: str) -> None:
    assert filled(client, begin(client, typed)) == (CODE, NAME)


def test_of_several_the_visitor_chooses(client: FlaskClient) -> None:
    response = begin(client, "云岭药业")
    page = parse(response.text)
    assert response.status_code == 200
    assert NAME in page.text()
    assert "蜀山区" in page.text()
    assert "成立于 2011 年" in page.text()
    assert filled(client, begin(client, "云岭药业", asked="1", chosen=CODE)) == (CODE, NAME)


def test_none_of_them_goes_on_with_what_was_typed(client: FlaskClient) -> None:
    assert filled(client, begin(client, "云岭药业", asked="1", chosen="")) == ("", "云岭药业")


@pytest.mark.parametrize("forged", ["91340100MA2ZZZZZ9X", "<b>", "0"])
def test_a_company_that_is_none_goes_on_with_what_was_typed(
    client: FlaskClient, forged: str
) -> None:
    assert filled(client, begin(client, "云岭药业", asked="1", chosen=forged)) == ("", "云岭药业")


def test_choosing_nothing_asks_again_and_keeps_what_was_typed(client: FlaskClient) -> None:
    response = begin(client, "云岭药业", asked="1")
    page = parse(response.text)
    assert response.status_code == 422
    assert "请选一家" in page.text()
    assert "错误" in page.all("title")[0].text()
    assert 'name="company" value="云岭药业"' in response.text


def test_an_earlier_name_is_offered_never_taken(client: FlaskClient) -> None:
    response = begin(client, "安徽望湖制药有限公司")
    assert response.status_code == 200
    assert NAME in response.text
    assert "安徽望湖制药有限公司" in response.text


def test_a_company_that_is_not_there_hinders_nobody(client: FlaskClient) -> None:
    response = begin(client, "黄山毛峰茶业有限公司")
    assert "不影响填写" in client.get(response.location).text
    assert filled(client, begin(client, "黄山毛峰茶业有限公司")) == ("", "黄山毛峰茶业有限公司")


@pytest.mark.parametrize("typed", ["云岭", "公司", "有限公司", "9134", "%", "__"])
def test_a_few_signs_list_no_companies(client: FlaskClient, typed: str) -> None:
    response = begin(client, typed)
    assert response.status_code == 303, response.text


def test_nothing_but_the_public_identity_is_shown(client: FlaskClient) -> None:
    text = begin(client, "云岭药业").text
    assert "存续" not in text
    assert parse(text).by_id("choice-1") is not None

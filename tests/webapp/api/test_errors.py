"""Whatever goes wrong under /api answers in one shape, with the place of what is wrong, and changes nothing."""

from __future__ import annotations

import io
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from matcher.language.members import MAX_SPELLS
from matcher.language.profiles import MAX_MISTAKES
from tests.webapp.api.conftest import DEMO, System, World, places, problem
from webapp.limits import MAX_JSON_BYTES, MAX_MANY_BYTES, MAX_PROFILE_VALUES

JSON = "application/json"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/documents/nothing", 404),
        ("GET", "/measures/hefei-2025/9.9", 404),
        ("DELETE", "/measures", 405),
        ("GET", "/match", 405),
        ("PUT", "/companies/91340100MA2ABCDE0X/facts", 405),
    ],
)
def test_what_there_is_not(anyone: System, method: str, path: str, status: int) -> None:
    response = anyone.send(method, path)
    told = problem(response, status)
    assert told["instance"]
    assert response.headers["Cache-Control"] == "no-store"
    if status == 405:
        assert response.headers["Allow"]


def test_the_root_of_the_api_has_the_same_shape(anyone: System) -> None:
    for path in ("/api/", "/api/v2/measures", "/api/v1"):
        problem(anyone.client.get(path), 404)
    assert anyone.client.get("/apis").mimetype == "text/html"


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ('{"profile": {"a": NaN}}', "/profile/a", "bad-number"),
        ('{"profile": {"a": 1, "a": 2}}', "/profile/a", "duplicate-key"),
        ('{"profile": {"a": "\\u0000"}}', "/profile/a", "yaml"),
        ('{"profile": ' + "[" * 30 + "]" * 30 + "}", "/profile" + "/0" * 19, "limit"),
    ],
)
def test_what_json_leaves_open(anyone: System, body: str, pointer: str, code: str) -> None:
    told = problem(anyone.send("POST", "/match", data=body, content_type=JSON), 422)
    (wrong,) = told["errors"]
    assert (wrong["pointer"], wrong["code"]) == (pointer, code)


@pytest.mark.parametrize("body", ["", "{", "{}{}", "[" * 50_000, '{"企": 1}'])
def test_json_that_is_none(anyone: System, body: str) -> None:
    data = body.encode("gb18030")
    told = problem(anyone.send("POST", "/match", data=data, content_type=JSON), 400)
    assert places(told) == [("body", "")]


@pytest.mark.parametrize("body", ["[]", "1", '"x"', "null", '{"profile": []}', '{"profile": null}'])
def test_json_of_another_shape(anyone: System, body: str) -> None:
    told = problem(anyone.send("POST", "/match", data=body, content_type=JSON), 422)
    assert places(told) in ([("body", "")], [("body", "/profile")])


@pytest.mark.parametrize(
    "given",
    [
        {"data": "{}"},
        {"data": "{}", "content_type": "text/plain"},
        {"data": {"profile": "x"}},
        {"data": {"file": (io.BytesIO(b"{}"), "a.json")}, "content_type": "multipart/form-data"},
        {"data": "{}", "content_type": JSON, "headers": {"Content-Encoding": "gzip"}},
    ],
)
def test_another_type_of_content(anyone: System, given: dict[str, Any]) -> None:
    problem(anyone.send("POST", "/match", **given), 415)


class Unread(io.RawIOBase):
    """A body that nobody may read."""

    def read(self, size: int = -1) -> bytes:
        raise AssertionError("it was read")


@pytest.mark.parametrize("size", [MAX_JSON_BYTES + 1, 10**12])
def test_a_huge_body_is_refused_before_it_is_read(anyone: System, size: int) -> None:
    environ = {"CONTENT_LENGTH": str(size), "wsgi.input": Unread()}
    response = anyone.send("POST", "/match", content_type=JSON, environ_overrides=environ)
    assert "256 KiB" in problem(response, 413)["detail"]


def test_a_body_of_unknown_length_is_read_up_to_its_limit(anyone: System) -> None:
    body = io.BytesIO(b" " * (MAX_JSON_BYTES + 10))
    environ = {"wsgi.input": body, "wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
    problem(anyone.send("POST", "/match", content_type=JSON, environ_overrides=environ), 413)
    assert body.tell() <= MAX_JSON_BYTES + 1


def test_bodies_at_their_limits(world: World) -> None:
    start, end = b'{"profile": {}', b"}"
    body = start + b" " * (MAX_JSON_BYTES - len(start) - 1) + end
    system = world.key("match_many")
    assert system.send("POST", "/match", data=body, content_type=JSON).status_code == 200

    many = b'{"profiles": [{}]' + b" " * (MAX_MANY_BYTES - 18) + b"}"
    sent = system.send("POST", "/match/batch", data=many, content_type=JSON)
    assert sent.status_code == 200
    sent = system.send("POST", "/match/batch", data=many + b" ", content_type=JSON)
    problem(sent, 413)


@pytest.mark.parametrize(
    ("profile", "code", "told"),
    [
        ({f"职工{n}": 1 for n in range(1_900)}, "limit", MAX_MISTAKES + 1),
        ({"事项": dict.fromkeys(map(str, range(1_900)), "在做")}, "limit", MAX_MISTAKES + 1),
        ({"资质": [{"name": "高新技术企业"}] * (MAX_SPELLS + 1)}, "limit", 1),
        ({"industry": ["6520"] * MAX_PROFILE_VALUES}, "limit", 1),
    ],
)
def test_a_profile_of_which_much_is_wrong_costs_little(
    anyone: System, profile: dict[str, Any], code: str, told: int
) -> None:
    errors = problem(anyone.post("/match", {"profile": profile}), 422)["errors"]
    assert (len(errors), code in {one["code"] for one in errors}) == (told, True)


def test_a_field_that_does_not_exist_is_named_with_the_nearest(anyone: System) -> None:
    body = {"profile": DEMO, "reason": False, "as_off": "2026-01-01"}
    told = problem(anyone.post("/match", body), 422)
    assert {one["pointer"]: one["repair"] for one in told["errors"]} == {
        "/reason": "是否想写“reasons”?",
        "/as_off": "是否想写“as_of”?",
    }


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"reasons": "no"}, "/reasons"),
        ({"reasons": 1}, "/reasons"),
        ({"as_of": "2026-13-01"}, "/as_of"),
        ({"as_of": "1899-12-31"}, "/as_of"),
        ({"as_of": "2026-W01"}, "/as_of"),
        ({"as_of": 20260101}, "/as_of"),
        ({"language": "de"}, "/language"),
    ],
)
def test_an_option_that_cannot_be(anyone: System, more: dict[str, Any], pointer: str) -> None:
    told = problem(anyone.post("/match", {"profile": {}, **more}), 422)
    assert places(told) == [("body", pointer)]


@pytest.mark.parametrize(
    ("query", "pointers"),
    [
        ("limit=101", {"/limit"}),
        ("limit=0&page=0", {"/limit", "/page"}),
        ("page=x", {"/page"}),
        ("page=1&page=2&pag=3", {"/page", "/pag"}),
        ("q=%00", {"/q"}),
        ("q=" + "x" * 61, {"/q"}),
        ("kind=nothing&region=x", {"/kind", "/region"}),
        ("lang=en", {"/lang"}),
        ("a[b]=1&=2&x/y=3", {"/a[b]", "/", "/x~1y"}),
    ],
)
def test_a_query_that_cannot_be(anyone: System, query: str, pointers: set[str]) -> None:
    told = problem(anyone.get(f"/measures?{query}"), 422)
    assert {one["pointer"] for one in told["errors"]} == pointers
    assert {one["in"] for one in told["errors"]} == {"query"}


def test_sentences_of_a_problem_are_in_both_languages(anyone: System) -> None:
    body = {"profile": {}, "reason": 1}
    chinese = problem(anyone.post("/match", body), 422)
    english = problem(anyone.post("/match", body, headers={"Accept-Language": "en"}), 422)
    assert chinese["detail"] == "有 1 处要改,见 errors。"
    assert english["detail"] == "1 places have to be mended, see errors."
    assert english["errors"][0]["repair"] == "Did you mean “reasons”?"
    english = problem(anyone.get("/nothing", headers={"Accept-Language": "en-US"}), 404)
    assert english["title"] == "Not found"


def test_a_fault_and_an_outage(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.app.config["PROPAGATE_EXCEPTIONS"] = False
    system = world.key("cases_see")

    def fails(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError("合肥某某公司的秘密")

    monkeypatch.setattr("webapp.services.cases.queue.page_items", fails)
    response = system.get("/cases")
    assert "秘密" not in response.text
    problem(response, 500)

    def unreachable(*_: Any, **__: Any) -> Any:
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr("webapp.services.cases.queue.page_items", unreachable)
    response = system.get("/cases")
    problem(response, 503)
    assert int(response.headers["Retry-After"]) > 0


def test_a_host_that_is_not_ours(config: dict[str, Any]) -> None:
    from webapp import create_app

    app = create_app({**config, "TRUSTED_HOSTS": ["mianshen.example"]})
    response = app.test_client().get("/api/v1/measures", base_url="http://other.example")
    problem(response, 400)
    app.extensions["mianshen"].database.close()

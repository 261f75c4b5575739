"""Every page and every form of the portal, found by its addresses: what is added is walked too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.webapp.conftest import Company
from tests.webapp.html import Element, parse

TEXTS = frozenset({"", "text", "search", "email", "number", "tel"})
SCRIPT = re.compile(r"^\s*javascript:", re.I)


@dataclass(frozen=True, slots=True)
class Control:
    """One control of a form: its name, the values it offers, and what it holds as the page comes."""

    name: str
    kind: str
    values: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    most: int | None = None
    """How many characters a browser lets people type."""

    @property
    def is_text(self) -> bool:
        """Whether people type into it."""
        return self.kind == "text"


@dataclass(frozen=True, slots=True)
class Form:
    """One form as it stands on a page."""

    page: str
    action: str
    method: str
    controls: tuple[Control, ...] = field(default=(), repr=False)

    def held(self) -> dict[str, list[str]]:
        """Give what a browser would send of it untouched."""
        return {one.name: list(one.held) for one in self.controls if one.held}

    def texts(self, typed: str = "") -> dict[str, list[str]]:
        """Give what a browser would send of a text typed into every control that takes one."""
        return {one.name: [typed[: one.most]] for one in self.controls if one.is_text}

    def of(self, one: Company, other: Company) -> Form:
        """Give the same form as it stands on the pages of another company."""
        page, action = (text.replace(one.token, other.token) for text in (self.page, self.action))
        return replace(self, page=page, action=action)


def portal_rules(app: Flask, method: str) -> list[Rule]:
    """List the addresses of the portal that take a method."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("portal.")]
    return [rule for rule in rules if method in (rule.methods or ())]


def addresses(app: Flask, company: Company, method: str = "GET") -> list[str]:
    """Give an address of every rule; a rule with something in it that is not known here fails."""
    groups = [group.id for group in app.extensions["mianshen"].questionnaire.groups]
    known = {"token": company.token, "code": "A" * 24, "id_": "hefei-2025/1.4"}
    found: dict[str, None] = {}
    with app.test_request_context():
        for rule in portal_rules(app, method):
            for group in groups if "group" in rule.arguments else [""]:
                values = {**known, "group": group}
                if rule.endpoint == "portal.document":
                    values["id_"] = "hefei-2025"
                if rule.endpoint == "portal.revoke":
                    values["id_"] = "1"
                path = app.url_map.bind("localhost").build(
                    rule.endpoint, {name: values[name] for name in rule.arguments}
                )
                found[path] = None
    return list(found)


def forms(app: Flask, company: Company) -> Iterator[Form]:
    """Give every form of every page, each once."""
    seen = set()
    for address in addresses(app, company):
        response = company.client.get(address)
        if response.mimetype != "text/html" or response.status_code != 200:
            continue
        for element in parse(response.text).all("form"):
            form = _form(element, address)
            shape = (form.action, form.method, tuple(form.controls))
            if shape not in seen:
                seen.add(shape)
                yield form


def _form(element: Element, address: str) -> Form:
    action = element.get("action") or address
    controls: dict[str, Control] = {}
    for item in element.walk():
        name = item.get("name")
        if not name or item.tag not in ("input", "select", "textarea", "button"):
            continue
        one = _control(item, name)
        before = controls.get(name, Control(name, one.kind))
        controls[name] = replace(
            one, values=before.values + one.values, held=before.held + one.held
        )
    return Form(address, action, element.get("method") or "get", tuple(controls.values()))


def _control(item: Element, name: str) -> Control:
    kind, value = item.get("type"), item.get("value")
    if item.tag == "select":
        options = item.all("option")
        chosen = [one.get("value") for one in options if "selected" in one.attributes]
        offered = tuple(one.get("value") for one in options)
        return Control(name, "choice", offered, tuple(chosen[:1] or offered[:1]))
    if item.tag == "button":
        return Control(name, "button", (value,))
    if kind in ("radio", "checkbox"):
        return Control(name, "choice", (value,), (value,) if "checked" in item.attributes else ())
    if kind == "file":
        return Control(name, "file")
    if kind == "hidden":
        return Control(name, "hidden", (), (value,))
    assert item.tag == "textarea" or kind in TEXTS, (name, kind)
    most = int(item.get("maxlength")) if item.get("maxlength") else None
    return Control(name, "text", (), (value,), most)


class Walked:
    """An application with one company that has results, and all forms that it meets."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.company = self.newcomer()
        self.forms = list(forms(app, self.company))

    def newcomer(self) -> Company:
        """Start a company and tell where it is."""
        client = self.app.test_client()
        started = client.post("/start", data={"company": ""})
        company = Company(client, started.location.split("/")[2])
        company.save("basics", registered_region="合肥市")
        return company

    def groups(self) -> list[Form]:
        """List the forms of the groups of questions."""
        ids = [group.id for group in self.app.extensions["mianshen"].questionnaire.groups]
        pages = {self.company.url(id_) for id_ in ids}
        return [form for form in self.forms if form.page in pages and form.method == "post"]


def send(company: Company, form: Form, data: dict[str, list[str]]) -> TestResponse:
    """Send a form as a browser does."""
    action = urlsplit(form.action)
    path = action.path + (f"?{action.query}" if action.query else "")
    if form.method == "get":
        return company.client.get(action.path, query_string=data)
    return company.client.post(path, data=data)


def nothing_strange(page: Element) -> None:
    """Check that a page holds no code but our files, and leads nowhere by a script."""
    for item in page.walk():
        assert item.tag not in ("style", "iframe", "object", "embed", "base"), item.tag
        assert "style" not in item.attributes, item.attributes
        assert not [name for name in item.attributes if name.startswith("on")], item.attributes
        assert not SCRIPT.match(item.get("href") or item.get("src") or item.get("action"))
        if item.tag == "script":
            assert item.get("src").startswith("/static/")
            assert not item.text()
        if item.tag == "img":
            assert item.get("src").startswith(("/static/", "data:")), item.attributes

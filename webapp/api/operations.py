"""What the API can do: one table row an operation, from which both its route and its documentation are made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import BaseModel

from webapp.access import needs
from webapp.api.reading import body_of, query_of
from webapp.limits import MAX_JSON_BYTES
from webapp.services.people.roles import Permission

View = Callable[..., ResponseReturnValue]
BODY_PROBLEMS = (400, 413, 415, 422)
KEY_PROBLEMS = (401, 403)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: its address, who may use it, what it reads and what it answers.

    ``name`` is its id for clients and the key of its texts. ``query`` and ``body`` are handed to the view
    under these names. ``problems`` are further statuses that it may answer. ``once`` asks for an
    Idempotency-Key, ``most`` is the size of its body, ``tag`` the group that it is shown in. ``files`` are the media
    types of a body that is a file, which the view reads itself; the document names the first.
    """

    name: str
    rule: str
    view: View
    answer: type[BaseModel]
    tag: str
    method: str = "GET"
    permission: Permission = Permission.PUBLIC
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    status: int = 200
    tagged: bool = False
    once: bool = False
    files: tuple[str, ...] = ()
    most: int = MAX_JSON_BYTES
    problems: tuple[int, ...] = ()

    @property
    def statuses(self) -> tuple[int, ...]:
        """The statuses of the problems that it may answer, in order."""
        found = {429, 500, 503, 401, *self.problems}
        if self.permission is not Permission.PUBLIC:
            found |= set(KEY_PROBLEMS)
        if self.query is not None:
            found.add(422)
        if self.body is not None or self.files:
            found |= set(BODY_PROBLEMS)
        if self.once:
            found |= {400, 409, 422}
        return tuple(sorted(found))


def add_to(blueprint: Blueprint, operations: tuple[Operation, ...]) -> None:
    """Register the operations, each with the permission that it needs."""
    for one in operations:
        blueprint.add_url_rule(
            one.rule, one.name, needs(one.permission)(_reading(one)), methods=[one.method]
        )


def _reading(operation: Operation) -> View:
    """Read query and body as the operation says before its view is asked."""

    @wraps(operation.view)
    def view(**arguments: Any) -> ResponseReturnValue:
        if operation.query is not None:
            arguments["query"] = query_of(operation.query)
        if operation.body is not None:
            arguments["body"] = body_of(operation.body)
        return operation.view(**arguments)

    return view

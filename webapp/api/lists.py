"""Lists of the API: one page at a time with a Link header to the others, and what has not changed is not sent again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Response, request

from webapp.api.shapes.common import Paged
from webapp.api.working import Json, answered
from webapp.portal.validators import held, tag_of, tagged
from webapp.problems import language

T = TypeVar("T")


def listed(items: Sequence[T], asked: Paged, told: Callable[[T], Json], **more: object) -> Response:
    """Answer one page of a list that is at hand; a page beyond the last is empty."""
    first = (asked.page - 1) * asked.limit
    cut = [told(item) for item in items[first : first + asked.limit]]
    return page(cut, len(items), asked, **more)


def page(items: Sequence[Any], total: int, asked: Paged, **more: object) -> Response:
    """Answer one page whose things were cut out already."""
    pages = max(1, -(-total // asked.limit))
    told = {"items": list(items), "total": total, "page": asked.page, "pages": pages, **more}
    response = answered(told)
    others = {"first": 1, "prev": asked.page - 1, "next": asked.page + 1, "last": pages}
    response.headers["Link"] = ", ".join(
        f'<{_address(number)}>; rel="{name}"'
        for name, number in others.items()
        if 1 <= number <= pages
    )
    return response


def _address(number: int) -> str:
    """Give the address of another page of the list; all else of its address stays."""
    given = [(name, value) for name, value in request.args.items(multi=True) if name != "page"]
    return f"{request.path}?{urlencode([*given, ('page', number)])}"


def unchanging(view: Callable[..., Response]) -> Callable[..., Response]:
    """Give what is made of the rules alone a strong ETag, and answer 304 where the caller has it."""

    @wraps(view)
    def answer(**arguments: Any) -> Response:
        tag = tag_of("api", language())
        response = held(tag)
        if response is None:
            response = view(**arguments)
            if response.status_code == 200:
                tagged(response, tag)
        response.vary.add("Accept-Language")
        return response

    return answer

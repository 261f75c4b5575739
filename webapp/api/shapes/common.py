"""What the shapes of requests and answers share."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, RootModel, StrictBool
from pydantic_core import PydanticCustomError

from matcher.language.json_nodes import Figure
from matcher.values import ValueFault, parse_date
from webapp.limits import MAX_PAGE, MAX_PAGES, PAGE_SIZE

T = TypeVar("T")


class Asked(BaseModel):
    """What a request says; a field that does not exist is named."""

    model_config = ConfigDict(extra="forbid")


class Told(BaseModel):
    """What an answer holds; further fields may be added."""


def _day(given: Any) -> Any:
    if not isinstance(given, str):
        return given
    try:
        return parse_date(given)
    except ValueFault as fault:
        raise PydanticCustomError("bad_date", "{said}", {"said": str(fault)}) from fault


def _whole(given: Any) -> Any:
    """Take a number of JSON that is whole; a text with digits in it is none."""
    if isinstance(given, Figure) and (number := float(given)).is_integer():
        return int(number)
    raise PydanticCustomError("int_type", "")


Day = Annotated[date, BeforeValidator(_day)]
Whole = Annotated[int, BeforeValidator(_whole)]
Flag = StrictBool
Language = Literal["zh", "en"]
Verdict = Literal["met", "unmet", "open"]
General = Literal["clear", "hit", "unknown"]


class Profile(RootModel[dict[str, Any]]):
    """A company file in JSON; what it may hold is written from the vocabulary."""


class Paged(Asked):
    """Which page of a list is asked for."""

    page: int = Field(1, ge=1, le=MAX_PAGES, description="api.says.page")
    limit: int = Field(PAGE_SIZE, ge=1, le=MAX_PAGE, description="api.says.limit")


class Page(Told, Generic[T]):
    """One page of a list; the Link header leads to the others."""

    items: list[T]
    total: int
    page: int
    pages: int


class Fault(Told):
    """One thing wrong: where in the request (JSON pointer), what, and how to repair it."""

    where: Literal["body", "query", "path", "header"] = Field(alias="in")
    pointer: str
    detail: str
    code: str | None = None
    repair: str | None = None


class Problem(Told):
    """What goes wrong (RFC 9457); ``instance`` is the number of the request."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[Fault] | None = None
    successors: list[str] | None = None


class Note(Told):
    """Something in a profile that deserves a second look; it is used as it stands."""

    pointer: str
    detail: str
    code: str
    repair: str | None = None

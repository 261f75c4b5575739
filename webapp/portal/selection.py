"""What the address of the results asks for: a group and its page, filters, suppositions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import abort, request, url_for

from webapp.services.facets import Choice, Facet
from webapp.services.matching import GROUPS
from webapp.services.narrowing import NAMES, Chosen

MAX_VALUES = 12
"""Values of one filter, or suppositions, that an address may hold."""


def page_number() -> int:
    """Read ?page=, 1 where there is none."""
    text = request.args.get("page", "1")
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 6 else abort(404)


@dataclass(frozen=True, slots=True)
class Selection:
    """What part of the results is looked at; everything in it stands in the address."""

    token: str
    group: str
    chosen: Chosen
    supposed: tuple[str, ...]

    @property
    def narrowed(self) -> bool:
        """Whether any filter is set."""
        return any(self.chosen.values())

    def arguments(self, page: int = 1) -> dict[str, Any]:
        """Give the query of the address; what goes without saying is left out."""
        values: dict[str, Any] = {"group": self.group, **self.chosen, "if": list(self.supposed)}
        values["page"] = page if page > 1 else ""
        return {name: value for name, value in values.items() if value}

    def address(self, page: int = 1, **more: Any) -> str:
        """Give the address of this selection."""
        return url_for("portal.results", token=self.token, **self.arguments(page), **more)

    def at(self, group: str) -> Selection:
        """Give the same selection of another group; "" for all of them."""
        return replace(self, group=group)

    def toggled(self, facet: Facet, choice: Choice) -> Selection:
        """Give the selection with a value chosen, or no longer chosen."""
        held = self.chosen[facet.name]
        changed = tuple(one for one in held if one != choice.id)
        ids = changed if choice.chosen else (*held, choice.id)
        return replace(self, chosen={**self.chosen, facet.name: ids})

    def supposing(self, id_: str) -> Selection:
        """Give the selection with a step supposed, or no longer supposed."""
        changed = tuple(one for one in self.supposed if one != id_)
        added = changed if id_ in self.supposed else (*self.supposed, id_)
        return replace(self, supposed=added)

    def plain(self) -> Selection:
        """Give the selection without filters."""
        return replace(self, chosen=dict.fromkeys(NAMES, ()))

    def real(self) -> Selection:
        """Give the selection without suppositions."""
        return replace(self, supposed=())


def selection(token: str) -> Selection:
    """Read what the address asks for; a group that does not exist is not found."""
    group = request.args.get("group", "")
    if group and group not in GROUPS:
        abort(404)
    return Selection(
        token=token,
        group=group,
        chosen={name: tuple(request.args.getlist(name)[:MAX_VALUES]) for name in NAMES},
        supposed=tuple(dict.fromkeys(request.args.getlist("if")[:MAX_VALUES])),
    )

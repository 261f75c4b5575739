"""A refusal of a service -> a sentence in the language of the request: what stands against it, what to do."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import cast

from webapp.pages import language, text
from webapp.services.cases.columns import COLUMNS, Column
from webapp.services.cases.lifecycle import MOVES, STATES
from webapp.services.cases.refusals import Refused
from webapp.services.people.roles import LABELS, Role
from webapp.shared import portal
from webapp.texts import LANGUAGES


def said(refused: Refused) -> str:
    """Put a refusal into words."""
    return text(
        f"refused.{refused.code}",
        **{name: word(name, value) for name, value in refused.values.items()},
    )


def word(name: str, value: object) -> object:
    """Give a value of a refusal as people know it: roles, states, columns, moves and measures by their names."""
    if name in ("roles", "actions"):
        named = role_name if name == "roles" else move_name
        joint = "、" if language() == LANGUAGES[0] else ", "
        return joint.join(named(str(one)) for one in cast("Iterable[object]", value))
    if name == "state":
        return state_name(str(value))
    if name == "action":
        return move_name(str(value))
    if name == "column":
        return _of(COLUMNS[Column(str(value))])
    if name == "measure":
        measure = portal().catalogue.by_id.get(str(value))
        return value if measure is None else measure.title
    return value.isoformat() if isinstance(value, date) else value


def role_name(role: str) -> str:
    """Give the name of a role; of none, an empty text."""
    return _of(LABELS[Role(role)]) if role else ""


def state_name(state: str) -> str:
    """Give the name of a case's state."""
    known = STATES.get(state)
    return state if known is None else _of((known.chinese, known.english))


def move_name(action: str) -> str:
    """Give the name of a move; the opening of a case is none of the table's."""
    known = next((move for move in MOVES if move.action == action), None)
    if known is not None:
        return _of((known.chinese, known.english))
    return text(f"cases.did.{action}") if portal().texts.has(f"cases.did.{action}") else action


def _of(pair: tuple[str, str]) -> str:
    return pair[LANGUAGES.index(language())]

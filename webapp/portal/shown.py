"""What a page of the form showed, carried by the form itself, so that a save can tell what was changed.

The text is signed for one profile and one page: what the browser sends back is what the page held.
"""

from __future__ import annotations

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer

from webapp.services.profiles import Facts
from webapp.services.questions import Answer, Group, answer
from webapp.settings import signing_keys


def answers_of(facts: Facts, group: Group, year: int) -> dict[str, Answer | None]:
    """Give the answers to the questions of a group by label, None where there is none."""
    return {item.attribute.label: answer(facts, item.attribute, year) for item in group.questions}


def sign(token: str, group: Group, year: int, answers: dict[str, Answer | None]) -> str:
    """Write what a page shows, packed and signed."""
    given = {label: item for label, item in answers.items() if item is not None}
    return _serializer(token, group).dumps([year, given])


def read(token: str, group: Group, year: int, text: str | None) -> dict[str, Answer | None]:
    """Read what a page showed; nothing where it is not ours, or speaks of the figures of another year.

    A page that showed nothing overwrites nothing: what is stored and typed otherwise is asked about.
    """
    try:
        then, given = _serializer(token, group).loads(text or "")
    except BadData:
        then, given = None, {}
    shown = given if then == year else {}
    return {item.attribute.label: shown.get(item.attribute.label) for item in group.questions}


def _serializer(token: str, group: Group) -> URLSafeSerializer:
    return URLSafeSerializer(signing_keys(current_app.config), salt=f"shown:{token}:{group.id}")

"""The vocabulary: all facts that a profile can hold, with their options, units and custodians."""

from __future__ import annotations

from flask import Response

from matcher.report import attribute_json
from matcher.vocabulary.model import Attribute
from webapp.api.lists import listed, unchanging
from webapp.api.shapes.catalogue import WordsAsked
from webapp.api.working import Json
from webapp.services.search import plain
from webapp.shared import portal


@unchanging
def vocabulary(query: WordsAsked) -> Response:
    """List attributes and terms whose names or options hold the words, in the order of the vocabulary."""
    words = portal().catalogue.vocabulary
    sought = plain(query.q).text
    found = [one for one in words.attributes.values() if not sought or _holds(one, sought)]

    def told(attribute: Attribute) -> Json:
        return attribute_json(attribute, words)

    return listed(found, query, told)


def _holds(attribute: Attribute, sought: str) -> bool:
    own = (attribute.label, attribute.id, attribute.english.name, *attribute.aliases)
    members = (
        name
        for one in attribute.members
        for name in (one.label, one.id, one.english.name, *one.aliases)
    )
    return any(sought in plain(name).text for name in (*own, *members))

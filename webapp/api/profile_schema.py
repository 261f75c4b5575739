"""The vocabulary -> what a profile in JSON may hold, as JSON Schema.

Every key is known, its value only described: how a figure, a title or an activity is written is the reader's to
say (docs/language.zh-CN.md), in more ways than a schema could list. Chinese labels and English ids are both keys.
"""

from __future__ import annotations

from typing import Any

from matcher.language.profiles import CODE, FILED, NAME
from matcher.readers.prose import EN
from matcher.vocabulary.model import Attribute, Kind, Vocabulary
from webapp.problems import text

Json = dict[str, Any]
_EXAMPLES: dict[Kind, Any] = {
    Kind.YES_NO: True,
    Kind.DATE: "2019-05-20",
    Kind.REGION: "合肥市蜀山区",
    Kind.INDUSTRY: "6520 集成电路设计",
}
EXAMPLE: Json = {
    "name": "合肥示例微电子有限公司",
    "registered_region": "合肥市蜀山区",
    "industry": "6520",
    "titles": [{"name": "high_tech_enterprise", "from": "2024-10-16"}],
    "last_year": {"revenue": "9600 万元", "employees": 126},
    "filed_on": "2025-09-01",
}
"""A small profile that can be read under the shipped rules."""


def profile_schema(vocabulary: Vocabulary, language: str) -> Json:
    """Write the schema, with titles and questions in a language."""
    given = [one for one in vocabulary.attributes.values() if one.label not in vocabulary.terms]
    properties = {one.id: _attribute(one, language) for one in given}
    properties["name"] = {"title": NAME}
    properties["credit_code"] = {"title": CODE}
    properties["filed_on"] = {"title": FILED, "examples": ["2025-09-01"]}
    return {
        "type": "object",
        "title": "Profile",
        "description": text("api.says.profile"),
        "properties": dict(sorted(properties.items())),
        "examples": [EXAMPLE],
    }


def _attribute(attribute: Attribute, language: str) -> Json:
    english = attribute.english if language == EN else None
    told: Json = {"title": (english and english.name) or attribute.label}
    question = (english and english.question) or attribute.question
    if question:
        told["description"] = question
    if attribute.kind is Kind.NUMBER and attribute.unit is not None:
        told["examples"] = [f"100 {attribute.unit.name}"]
    elif attribute.kind in _EXAMPLES:
        told["examples"] = [_EXAMPLES[attribute.kind]]
    elif attribute.members:
        told["examples"] = [[attribute.members[0].id]]
    return told

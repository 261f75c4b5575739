"""The public JSON shapes of near, what-if and the next questions; fields may be added, never renamed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from matcher.catalogue import Catalogue
from matcher.language.diagnostics import Diagnostic
from matcher.language.profiles import CODE, NAME, CompanyFile
from matcher.logic import Verdict
from matcher.nearby.changes import Change, effort
from matcher.nearby.nearness import Nearness, Way
from matcher.nearby.questions import NextQuestion
from matcher.nearby.what_if import Effect, WhatIf
from matcher.nearby.wording import say_change, say_confirming, say_fixed
from matcher.profile import Profile
from matcher.readers.prose import EN, ZH, Wording
from matcher.report import Json, fact_json


def _heading(
    company: CompanyFile, catalogue: Catalogue, day: date, notes: Sequence[Diagnostic] = ()
) -> Json:
    profile = company.profile
    return {
        "as_of": day.isoformat(),
        "rules_version": catalogue.version,
        "company": {"name": profile.text(NAME) or None, "credit_code": profile.text(CODE) or None},
        "warnings": [item.render() for item in (*company.warnings, *notes)],
    }


def near_json(
    found: Sequence[Nearness], company: CompanyFile, catalogue: Catalogue, day: date
) -> Json:
    """Give how near a company is as `mianshen near --json` prints it."""
    profile, wording = company.profile, Wording(catalogue.vocabulary)
    return {
        **_heading(company, catalogue, day),
        "measures": [
            {
                "measure": item.measure.id,
                "title": item.measure.title,
                "verdict": item.finding.verdict.value,
                "ways": [_way_json(way, profile, wording) for way in item.ways],
                "fixed": [
                    {"condition": wording.leaf(leaf), "said": say_fixed(leaf, profile, wording)}
                    for leaf in item.fixed
                ],
            }
            for item in found
        ],
    }


def _way_json(way: Way, profile: Profile, wording: Wording) -> Json:
    return {
        "confirm": list(say_confirming(way.confirm, wording)),
        "change": [say_change(change, profile, wording) for change in way.change],
        "facts": [_change_json(change, profile, wording) for change in way.changes],
    }


def _change_json(change: Change, profile: Profile, wording: Wording) -> Json:
    return {
        **fact_json(change.key, wording.vocabulary),
        "effort": effort(change, profile).name.lower(),
        "now": wording.value(change.key, profile.value(change.key)),
        "then": wording.value(change.key, change.value),
        "reached_on": change.on.isoformat() if change.on else None,
    }


def what_if_json(
    found: WhatIf,
    company: CompanyFile,
    after: Profile,
    catalogue: Catalogue,
    notes: Sequence[Diagnostic] = (),
    language: str = ZH,
) -> Json:
    """Give what a change would bring as `mianshen what-if --json` prints it."""
    wording = Wording(catalogue.vocabulary, language)
    return {
        **_heading(company, catalogue, found.as_of, notes),
        "changed": [
            {
                **fact_json(key, catalogue.vocabulary),
                "before": wording.value(key, company.profile.value(key)),
                "after": wording.value(key, after.value(key)),
            }
            for key in found.changed
        ],
        "gained": [_effect_json(item, wording) for item in found.gained],
        "lost": [_effect_json(item, wording) for item in found.lost],
        "otherwise": [_effect_json(item, wording) for item in found.otherwise],
    }


def _effect_json(effect: Effect, wording: Wording) -> Json:
    (before, delivered), (after, delivers) = effect.before, effect.after
    return {
        "measure": effect.measure.id,
        "title": effect.measure.title,
        "before": before.value,
        "after": after.value,
        "delivery_before": delivered.value if delivered else None,
        "delivery_after": delivers.value if delivers else None,
        "turned": [
            {
                "condition": wording.leaf(item.leaf),
                "before": Verdict.of(item.before).value,
                "after": Verdict.of(item.after).value,
            }
            for item in effect.turned
        ],
    }


def question_json(question: NextQuestion, wording: Wording) -> Json:
    """Give one question worth asking next, with what its answer can bring."""
    key, vocabulary = question.key, wording.vocabulary
    attribute = vocabulary.attributes[key.attribute]
    english = attribute.english if wording.language == EN else None
    return {
        "fact": fact_json(key, vocabulary),
        "question": (english and english.question) or attribute.question or None,
        "help": (english and english.help) or attribute.help or None,
        "least": question.least,
        "most": question.most,
        "alone": [measure.id for measure in question.alone],
        "measures": [measure.id for measure in question.measures],
        "money": question.money,
        "cost": question.cost,
        "related": [fact_json(other, vocabulary) for other in question.related],
        "example": None if question.example is None else wording.value(key, question.example),
    }

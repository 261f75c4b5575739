"""The public JSON shapes of measures, coverage, vocabulary, findings and growth paths.

Fields may be added freely and are never renamed; the contract tests hold them.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from matcher.catalogue import Catalogue
from matcher.documents.model import Document, Measure, coverage
from matcher.documents.standards import Standard
from matcher.finding import Finding, Matching
from matcher.language.diagnostics import Diagnostic
from matcher.language.printer import print_condition
from matcher.language.profiles import CODE, NAME
from matcher.logic import Verdict
from matcher.path import GrowthPath, Rung
from matcher.profile import FactKey, Profile
from matcher.readers.evaluate import Outcome
from matcher.readers.prose import EN, ZH, Prose, Wording, joint_text
from matcher.tree import Days, Leaf
from matcher.vocabulary.model import Attribute, Member, Vocabulary

Json = dict[str, Any]


def measure_json(measure: Measure, vocabulary: Vocabulary) -> Json:
    """Give one measure as `mianshen measures --json` lists it."""
    own = print_condition(measure.own, vocabulary) if measure.own else None
    return {
        "id": measure.id,
        "document": measure.document,
        "clause": measure.clause,
        "title": measure.title,
        "english_title": measure.english or None,
        "beneficiary": measure.beneficiary,
        "scope": measure.scope,
        "quote": measure.quote,
        "spans": [list(span) for span in measure.spans],
        "instruments": list(measure.instruments),
        "benefit_basis": measure.benefit_basis,
        "kind": measure.kind,
        "departments": list(measure.departments),
        "lead_departments": list(measure.lead_departments),
        "conditions": print_condition(measure.condition, vocabulary),
        "own_conditions": own,
        "exclusions": [print_condition(item, vocabulary) for item in measure.exclusions],
        "target_title": measure.target_title or None,
        "target_level": measure.target_level or None,
        "for_all": measure.for_all or None,
        "commitments": list(measure.commitments),
        "reading": measure.reading or None,
        "doubt": None
        if measure.doubt is None
        else {"taken": measure.doubt.taken, "reason": measure.doubt.reason},
        "refines": measure.refines or None,
    }


def coverage_json(document: Document) -> Json:
    """Give one document's coverage as `mianshen coverage --json` lists it."""
    counted = coverage(document)
    return {
        "document": document.id,
        "characters": counted.characters,
        "covered": counted.covered,
        "measures": counted.measures,
        "other": counted.passages,
        "uncovered": [
            [span.start, span.end, document.text[span.start : span.end]]
            for span in counted.uncovered
        ],
    }


def vocabulary_json(vocabulary: Vocabulary) -> list[Json]:
    """Give every attribute and term as `mianshen vocabulary --json` lists them."""
    return [attribute_json(item, vocabulary) for item in vocabulary.attributes.values()]


def attribute_json(attribute: Attribute, vocabulary: Vocabulary) -> Json:
    """Give one attribute or term with its options."""
    return {
        "id": attribute.id,
        "label": attribute.label,
        "english": attribute.english.name or None,
        "type": attribute.kind.value,
        "unit": attribute.unit.name if attribute.unit else None,
        "yearly": attribute.yearly,
        "values": [_member_json(item, attribute, vocabulary) for item in attribute.members],
        "stages": list(attribute.stages),
        "custodian": attribute.custodian or None,
        "attestable": attribute.attestable,
        "evidence": list(attribute.evidence),
        "question": attribute.question or None,
        "help": attribute.help or None,
        "group": attribute.group or None,
        "in_form": attribute.in_form,
        "derived": attribute.label in vocabulary.terms,
    }


def _member_json(member: Member, attribute: Attribute, vocabulary: Vocabulary) -> Json:
    custodian, attestable = vocabulary.custodian(attribute.label, member.label)
    return {
        "id": member.id,
        "label": member.label,
        "english": member.english.name or None,
        "definition": member.definition or None,
        "example": member.example or None,
        "topic": member.topic or None,
        "custodian": custodian or None,
        "attestable": attestable,
        "levels": list(member.levels),
        "months_valid": member.months_valid,
    }


def fact_json(key: FactKey, vocabulary: Vocabulary) -> Json:
    """Give one fact that is missing or to be proved."""
    known = vocabulary.remembered.get(key)
    if known is None:
        known = vocabulary.remembered[key] = _fact_words(key, vocabulary)
    return dict(known)


def _fact_words(key: FactKey, vocabulary: Vocabulary) -> Json:
    custodian, attestable = vocabulary.custodian(key.attribute, key.member)
    attribute = vocabulary.attributes[key.attribute]
    member = vocabulary.member(key.attribute, key.member) if key.member else None
    period: Any = key.period
    if isinstance(period, Days):
        period = [period.first.isoformat(), period.last.isoformat()]
    return {
        "attribute": attribute.id,
        "member": key.member,
        "member_id": member.id if member else None,
        "period": period,
        "label": Wording(vocabulary).fact(key),
        "label_en": Wording(vocabulary, EN).fact(key),
        "custodian": custodian or None,
        "attestable": attestable,
    }


def reason_json(outcome: Outcome, profile: Profile, vocabulary: Vocabulary) -> Json:
    """Give one node of a finding's reasons, with its parts below it."""
    node = outcome.node
    reason: Json = {"verdict": outcome.verdict.value, "basis": node.note.basis or "原文"}
    if node.note.quote:
        reason["quote"] = node.note.quote
    if node.note.reading:
        reason["reading"] = node.note.reading
    if isinstance(node, Leaf) and outcome.judgement is not None:
        zh = Wording(vocabulary)
        reason |= _leaf_words(node, vocabulary)
        reason["facts"] = [
            {
                **fact_json(key, vocabulary),
                "value": zh.value(key, profile.value(key)),
                "assurance": profile.facts[key].assurance.value,
            }
            for key in outcome.judgement.used
            if key in profile.facts
        ]
        if outcome.judgement.why:
            reason["remark"] = outcome.judgement.why
        return reason
    reason["text"], reason["text_en"] = joint_text(node), joint_text(node, EN)
    reason["parts"] = [reason_json(part, profile, vocabulary) for part in outcome.parts]
    return reason


def _leaf_words(node: Leaf, vocabulary: Vocabulary) -> Json:
    """Say a leaf in both languages and as it is written; equal leaves are worded once."""
    known: Json | None = vocabulary.remembered.get(node)
    if known is None:
        known = vocabulary.remembered[node] = {
            "text": Wording(vocabulary).leaf(node),
            "text_en": Wording(vocabulary, EN).leaf(node),
            "condition": print_condition(node, vocabulary),
        }
    return known


def finding_json(finding: Finding, profile: Profile, vocabulary: Vocabulary) -> Json:
    """Give one finding as `mianshen match --json` lists it."""
    measure = finding.measure
    return {
        "measure": measure.id,
        "title": measure.title,
        "document": measure.document,
        "clause": measure.clause,
        "quote": measure.quote,
        "benefit_basis": measure.benefit_basis,
        "kind": measure.kind,
        "verdict": finding.verdict.value,
        "general": finding.general.value,
        "delivery": finding.delivery.value if finding.delivery else None,
        "missing": [fact_json(key, vocabulary) for key in finding.missing],
        "whatever": [fact_json(key, vocabulary) for key in finding.whatever],
        "awaiting": list(finding.awaiting),
        "to_prove": [fact_json(key, vocabulary) for key in finding.to_prove],
        "automatic_if_checked": finding.automatic_if_checked,
        "excluded": finding.excluded,
        "achieved": finding.achieved,
        "reasons": [
            reason_json(part, profile, vocabulary)
            for part in finding.outcome.parts or (finding.outcome,)
        ],
    }


def matching_json(
    matching: Matching,
    profile: Profile,
    catalogue: Catalogue,
    warnings: tuple[Diagnostic, ...] = (),
) -> Json:
    """Give a whole match as `mianshen match --json` prints it."""
    vocabulary = catalogue.vocabulary
    counts = {verdict.value: 0 for verdict in Verdict}
    for finding in matching.findings:
        counts[finding.verdict.value] += 1
    return {
        "as_of": matching.as_of.isoformat(),
        "rules_version": catalogue.version,
        "company": {"name": profile.text(NAME) or None, "credit_code": profile.text(CODE) or None},
        "filed_on": _day(profile.filed),
        "not_in_force": [document.id for document in matching.not_in_force],
        "measures_not_in_force": [item.id for item in matching.measures_not_in_force],
        "counts": counts,
        "warnings": [item.render() for item in warnings],
        "findings": [finding_json(item, profile, vocabulary) for item in matching.findings],
    }


def standard_json(standard: Standard) -> Json:
    """Give one version of a standard: where it stands, its period, whether a person checked it."""
    return {
        "id": standard.id,
        "attribute": standard.attribute,
        "title": standard.title,
        "level": standard.level or None,
        "document": standard.document or None,
        "number": standard.number,
        "article": standard.article,
        "from": _day(standard.first_day),
        "to": _day(standard.last_day),
        "checked": standard.checked,
        "source": standard.source,
        "reading": standard.reading or None,
        "doubt": standard.doubt or None,
    }


def path_json(
    path: GrowthPath,
    profile: Profile,
    catalogue: Catalogue,
    warnings: tuple[Diagnostic, ...] = (),
    language: str = ZH,
) -> Json:
    """Give a growth path as `mianshen path --json` prints it."""
    return {
        "as_of": path.as_of.isoformat(),
        "rules_version": catalogue.version,
        "company": {"name": profile.text(NAME) or None, "credit_code": profile.text(CODE) or None},
        "filed_on": _day(profile.filed),
        "warnings": [item.render() for item in warnings],
        "rungs": [_rung_json(rung, profile, catalogue.vocabulary, language) for rung in path.rungs],
        "not_in_force": [standard_json(item) for item in path.not_in_force],
    }


def _rung_json(rung: Rung, profile: Profile, vocabulary: Vocabulary, language: str) -> Json:
    prose = Prose(vocabulary, language)
    return {
        "title": rung.standard.title,
        "ladder": rung.ladder,
        "standing": rung.standing.value,
        "verdict": rung.outcome.verdict.value,
        "standard": standard_json(rung.standard),
        "valid_to": _day(rung.valid_to),
        "renew_by": _day(rung.renew_by),
        "report_by": _day(rung.report_by),
        "renewal_due": rung.renewal_due,
        "expired_on": _day(rung.expired_on),
        "missing": [fact_json(key, vocabulary) for key in rung.missing],
        "awaiting": list(rung.awaiting),
        "unmet": [
            {"said": prose(part.node), **reason_json(part, profile, vocabulary)}
            for part in rung.unmet
        ],
        "unlocks": [
            {
                "measure": item.measure.id,
                "title": item.measure.title,
                "document": item.measure.document,
                "before": item.before.value,
                "after": item.after.value,
            }
            for item in rung.unlocks
        ],
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None

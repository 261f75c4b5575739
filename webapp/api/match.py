"""Profiles -> verdicts: of one with reasons or without, of many without."""

from __future__ import annotations

from datetime import date

from flask import Response

from matcher.finding import Brief, Finding
from matcher.language.diagnostics import SourceError
from matcher.logic import Verdict
from matcher.readers.prose import Wording
from matcher.report import finding_json
from webapp.api.shapes.findings import ManyAsked, MatchAsked
from webapp.api.working import Json, Work, answered, company, day_of, notes, read, work_of
from webapp.limits import MAX_MANY_MISTAKES
from webapp.pages import wording
from webapp.shared import portal


def match(body: MatchAsked) -> Response:
    """Match one profile against all measures in force."""
    work = work_of(body.profile, body)
    matcher = portal().matchmaker.matcher
    told = {
        **_frame(work.as_of),
        **_brief(work, matcher.brief(work.profile, work.as_of)),
    }
    if body.reasons:
        words, found = wording(), matcher.match(work.profile, work.as_of).findings
        told["findings"] = [_finding(item, work, words) for item in found]
    return answered(told)


def match_many(body: ManyAsked) -> Response:
    """Match up to 1,000 profiles; one that cannot be read does not stop the others."""
    day, matcher = day_of(body), portal().matchmaker.matcher
    results: list[Json] = []
    for place, sent in enumerate(body.profiles):
        try:
            work = read(sent, day, f"/profiles/{place}", MAX_MANY_MISTAKES)
        except SourceError as error:
            results.append({"errors": notes(error.diagnostics)})
        else:
            results.append({"match": _brief(work, matcher.brief(work.profile, day))})
    return answered({**_frame(day), "results": results})


def _frame(day: date) -> Json:
    """Say under which rules and on which day, and name what is not in force on it."""
    catalogue = portal().catalogue
    asleep = [item.id for item in catalogue.documents if not item.in_force(day)]
    apart = [
        item.id
        for document in catalogue.documents
        if document.in_force(day)
        for item in document.measures
        if not item.in_period(day)
    ]
    return {
        "as_of": day.isoformat(),
        "rules_version": catalogue.version,
        "not_in_force": asleep,
        "measures_not_in_force": apart,
    }


def _brief(work: Work, brief: Brief) -> Json:
    verdicts = {id_: verdict.value for id_, verdict in brief.verdicts.items()}
    counts = dict.fromkeys((verdict.value for verdict in Verdict), 0)
    for said in verdicts.values():
        counts[said] += 1
    filed = work.profile.filed
    return {
        "company": company(work.profile),
        "filed_on": filed.isoformat() if filed else None,
        "warnings": notes(work.file.warnings),
        "counts": counts,
        "general": brief.general.value,
        "verdicts": verdicts,
    }


def _finding(finding: Finding, work: Work, words: Wording) -> Json:
    delivery = finding.delivery
    said = {
        "verdict": words.word_by_id("结论", finding.verdict.value),
        "general": words.word_by_id("通行结论", finding.general.value),
        "delivery": words.word("兑现方式", delivery.value) if delivery else None,
    }
    return {**finding_json(finding, work.profile, words.vocabulary), "said": said}

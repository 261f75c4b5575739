"""A profile -> the facts that are worth asking for next."""

from __future__ import annotations

from flask import Response

from matcher.logic import Verdict
from matcher.nearby.questions import next_questions
from matcher.nearby.report import question_json
from webapp.api.reading import invalid
from webapp.api.shapes.findings import QuestionsAsked
from webapp.api.working import answered, company, notes, work_of
from webapp.pages import text, wording
from webapp.problems import Wrong
from webapp.shared import portal


def next_question(body: QuestionsAsked) -> Response:
    """List the questions that can settle most, over all measures or for one."""
    catalogue = portal().catalogue
    if body.measure is not None and body.measure not in catalogue.by_id:
        wrong = Wrong("/measure", text("api.no_measure", id=body.measure), "unknown-name")
        raise invalid([wrong])
    work = work_of(body.profile, body)
    chosen = None if body.measure is None else [catalogue.by_id[body.measure]]
    findings = portal().matchmaker.matcher.match(work.profile, work.as_of, chosen).findings
    questions = next_questions(findings, work.profile, work.as_of, catalogue.vocabulary)
    words = wording()
    return answered(
        {
            "as_of": work.as_of.isoformat(),
            "rules_version": catalogue.version,
            "company": company(work.profile),
            "warnings": notes(work.file.warnings),
            "open": sum(item.verdict is Verdict.OPEN for item in findings),
            "questions": [question_json(item, words) for item in questions[: body.limit]],
        }
    )

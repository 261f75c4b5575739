"""Witnesses and edges as test cases in the form of tests/cases/.

The case of a witness stands among those of its clause. That of an edge states its date (基准日) too, and
belongs to a measure (措施) or a standard (标准).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from matcher.catalogue import Catalogue
from matcher.documents.model import Measure
from matcher.documents.standards import Standard
from matcher.logic import Verdict
from matcher.proofs.assurance import Found
from matcher.proofs.boundaries import SIDES, edges
from matcher.proofs.companies import Flow, yaml_text
from matcher.proofs.differences import Change
from matcher.proofs.solving import steadily
from matcher.proofs.witnesses import Witness
from matcher.vocabulary.model import Vocabulary

VERDICTS, DAY = "结论", "基准日"
Case = dict[str, Any]


def case_of(found: Found, vocabulary: Vocabulary) -> Case | None:
    """Make a case of what a witness shows of a measure; None without one."""
    if found.witness is None or not found.measure:
        return None
    return _case(found.message, found.measure, found.witness, found.witness.verdicts[0], vocabulary)


def cases_of(change: Change, vocabulary: Vocabulary) -> Iterator[Case]:
    """Make the cases of a measure's change, as the new version judges them."""
    id_ = change.rule.id
    if isinstance(change.rule, Measure) and change.gained is not None:
        verdict = change.gained.verdicts[0]
        yield _case("这一版起符合", id_, change.gained, verdict, vocabulary)
    if isinstance(change.rule, Measure) and change.lost is not None:
        verdict = change.lost.verdicts[1]
        yield _case("这一版起不再符合", id_, change.lost, verdict, vocabulary)


def _case(
    text: str, measure: str, witness: Witness, verdict: Verdict, vocabulary: Vocabulary
) -> Case:
    return {
        "说明": text,
        "措施": measure,
        "企业": Flow(witness.company),
        VERDICTS: _said(verdict, vocabulary),
    }


def _said(verdict: Verdict, vocabulary: Vocabulary) -> str:
    words = vocabulary.words(VERDICTS).values()
    return next(word.label for word in words if word.id == verdict.value)


def save(path: Path, cases: Iterable[Case]) -> None:
    """Add cases at the end of a file."""
    made = list(cases)
    if made:
        with path.open("a", encoding="utf-8") as file:
            file.write(yaml_text(made))


def write_boundaries(catalogue: Catalogue, as_of: date, folder: Path) -> Iterator[tuple[Path, int]]:
    """Write the edges of every measure and standard, one file for each document or standard."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, cases in boundary_cases(catalogue, as_of).items():
        path = folder / f"{name}.yaml"
        path.write_text(yaml_text(cases), encoding="utf-8")
        yield path, len(cases)


@steadily()
def boundary_cases(catalogue: Catalogue, as_of: date) -> dict[str, list[Case]]:
    """Make the cases of all edges, by the name of their file; rules without edges have none."""
    made: dict[str, list[Case]] = {}
    for measure in catalogue.measures:
        made.setdefault(measure.document, []).extend(_cases(measure, catalogue.vocabulary, as_of))
    for standard in catalogue.standards:
        day = _day(standard, as_of)
        made[standard.id] = list(_cases(standard, catalogue.vocabulary, day))
    return {name: cases for name, cases in made.items() if cases}


def _day(standard: Standard, as_of: date) -> date:
    """Judge by a day on which the standard counts: the nearest to the wanted one."""
    if standard.in_force(as_of):
        return as_of
    ended = standard.last_day is not None and standard.last_day < as_of
    return (standard.last_day if ended else standard.first_day) or as_of


def _cases(rule: Measure | Standard, vocabulary: Vocabulary, as_of: date) -> Iterator[Case]:
    what = "措施" if isinstance(rule, Measure) else "标准"
    for edge in edges(rule.condition, vocabulary, as_of):
        for side, (company, verdict) in edge.companies.items():
            yield {
                "说明": f"{edge.text}:{SIDES[side]}",
                what: rule.id,
                DAY: as_of.isoformat(),
                "企业": Flow(company),
                VERDICTS: _said(verdict, vocabulary),
            }

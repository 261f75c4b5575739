"""Conditions and catalogues for proofs, read from the sentences of a rule file."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from matcher.catalogue import Catalogue
from matcher.documents.model import Measure
from matcher.language.conditions import ConditionReader
from matcher.language.diagnostics import Problems
from matcher.language.leaves import LeafGrammar
from matcher.language.source import read_yaml
from matcher.proofs.assurance import Assurance, Found, Subject
from matcher.tree import Condition
from tests.strategies import shipped

DAY = date(2025, 9, 1)


def condition(text: str) -> Condition:
    """Read the 条件 of a rule file with the shipped vocabulary; the lint of `check` does not look."""
    problems = Problems()
    node = read_yaml(text, "rule.yaml", problems)
    vocabulary = shipped().vocabulary
    assert node is not None
    read = ConditionReader(vocabulary, LeafGrammar(vocabulary.units), problems).read(node)
    problems.raise_if_any()
    assert read is not None
    return read


def proven(text: str) -> list[Found]:
    """Look into one condition."""
    read = condition(text)
    assert read.place is not None
    subject = Subject("条件", read, read.place)
    return list(Assurance(subject, shipped().vocabulary, DAY).found())


def with_measure(catalogue: Catalogue, id_: str, **change: object) -> Catalogue:
    """Give a catalogue in which one measure is different."""

    def changed(measure: Measure) -> Measure:
        return replace(measure, **change) if measure.id == id_ else measure  # type: ignore[arg-type]

    documents = []
    for document in catalogue.documents:
        clauses = [
            replace(clause, measures=tuple(map(changed, clause.measures)))
            for clause in document.clauses
        ]
        documents.append(replace(document, clauses=tuple(clauses)))
    return replace(catalogue, documents=tuple(documents))

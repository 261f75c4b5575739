"""Whole companies: every measure of a document comes out as its text says, none left over."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from matcher.catalogue import Catalogue
from matcher.finding import Matcher
from matcher.logic import Verdict
from tests.casefiles import CASES, company_of
from tests.conftest import AS_OF

KEYS = {"说明", "企业", "符合", "待补充", "其余"}


def companies() -> list[tuple[str, dict[str, object]]]:
    """Read the companies of every document."""
    found = []
    for path in sorted(CASES.glob("*/companies.yaml")):
        rows = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        for row in rows:
            assert set(row) == KEYS, f"{path}: {row.get('说明')}"
            found.append((path.parent.name, row))
    return found


COMPANIES = companies()


@pytest.mark.parametrize(
    ("document", "row"), COMPANIES, ids=[f"{document} {row['说明']}" for document, row in COMPANIES]
)
def test_a_company_gets_exactly_its_findings(
    document: str, row: dict[str, object], catalogue: Catalogue, matcher: Matcher
) -> None:
    company = company_of(row["企业"], catalogue.vocabulary)
    (found,) = [item for item in catalogue.documents if item.id == document]

    findings = matcher.match(company.profile, AS_OF, found.measures).findings

    said = {
        verdict: {item.measure.id for item in findings if item.verdict is verdict}
        for verdict in Verdict
    }
    assert row["其余"] == "不符合"
    assert said[Verdict.MET] == set(row["符合"] or [])  # type: ignore[call-overload]
    assert said[Verdict.OPEN] == set(row["待补充"] or [])  # type: ignore[call-overload]
    assert sum(len(ids) for ids in said.values()) == len(found.measures)


def test_there_are_ten_companies_for_each_document(catalogue: Catalogue) -> None:
    for document in catalogue.documents:
        count = sum(name == document.id for name, _ in COMPANIES)
        assert count >= 10, document.id


def test_case_folders_are_those_of_the_documents(catalogue: Catalogue) -> None:
    folders = {path.name for path in Path(CASES).iterdir() if path.is_dir()}
    assert folders - {"boundaries"} == {document.id for document in catalogue.documents}

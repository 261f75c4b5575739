"""Every measure gives the verdict that its text gives: the cases beside each clause."""

from __future__ import annotations

from collections import defaultdict

import pytest

from matcher.catalogue import Catalogue
from matcher.finding import Matcher
from matcher.readers.prose import Wording
from tests.casefiles import Case, company_of, measure_cases, said_fact
from tests.conftest import AS_OF

CASES = measure_cases()


@pytest.mark.parametrize("case", CASES, ids=[case.place for case in CASES])
def test_a_case_comes_out_as_the_text_says(
    case: Case, catalogue: Catalogue, matcher: Matcher
) -> None:
    trusted = case.said.get("采信") == "是"
    company = company_of(case.said["企业"], catalogue.vocabulary, trusted=trusted)
    measure = catalogue.by_id[case.measure]

    (finding,) = matcher.match(company.profile, AS_OF, [measure]).findings

    wording = Wording(catalogue.vocabulary)
    assert wording.word_by_id("结论", finding.verdict.value) == case.verdict
    if "缺少" in case.said:
        assert {said_fact(key) for key in finding.missing} == set(case.said["缺少"] or [])
    if "兑现" in case.said:
        delivery = finding.delivery.value if finding.delivery else None
        assert delivery == case.said["兑现"]
    if "通行" in case.said:
        assert finding.general.value == case.said["通行"]


def test_every_measure_has_a_met_an_unmet_and_an_open_case(catalogue: Catalogue) -> None:
    verdicts: dict[str, set[str]] = defaultdict(set)
    for case in CASES:
        verdicts[case.measure].add(case.verdict)

    for measure in catalogue.measures:
        wanted = {"符合", "不符合", "待补充"}
        if measure.own is None and measure.for_all:
            wanted.discard("待补充")  # the place alone decides, and a case may leave it out
        assert wanted <= verdicts[measure.id], f"{measure.id} {measure.title}"


def test_no_case_speaks_of_an_unknown_measure(catalogue: Catalogue) -> None:
    assert {case.measure for case in CASES} <= set(catalogue.by_id)

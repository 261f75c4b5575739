"""The quickest way in which a benefit can reach a company, before anything is known of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from matcher.catalogue import Catalogue, load
from matcher.documents.model import DIRECTIONAL, NO_MONEY
from matcher.finding import GUIDING, Delivery, Matcher
from matcher.profile import Profile
from tests.webapp.conftest import TODAY
from webapp.services.facets import Facets
from webapp.services.reachable import DELIVERIES, quickest


@pytest.mark.parametrize(
    ("id_", "way"),
    [
        # A title that the 科技局 keeps: departments can confirm all of it.
        ("hefei-2025/1.4", "automatic"),
        # A list that a department keeps, and a loan that another can confirm.
        ("hefei-2025/14.1", "automatic"),
        # What the company alone can say.
        ("hefei-2025/14.2", "express"),
        # A department decides.
        ("hefei-2025/1.5", "application"),
        ("hefei-2025/11.3", "service"),
        ("hefei-2025/4.5", "guidance"),
        ("hefei-2025/3.1", ""),
    ],
)
def test_the_way_follows_from_the_basis_and_the_conditions(
    catalogue: Catalogue, id_: str, way: str
) -> None:
    assert quickest(catalogue.by_id[id_], catalogue.vocabulary) == way


def test_the_way_is_none_that_the_engine_would_never_give(catalogue: Catalogue) -> None:
    words = catalogue.vocabulary.words(DELIVERIES)
    for measure in catalogue.measures:
        way = quickest(measure, catalogue.vocabulary)
        if measure.kind == GUIDING:
            assert way == words[Delivery.GUIDANCE.value].id
        elif measure.benefit_basis == NO_MONEY:
            assert way == words[Delivery.SERVICE.value].id
        elif measure.benefit_basis == DIRECTIONAL:
            assert way == ""
        else:
            assert way in {
                words[one.value].id
                for one in (Delivery.AUTOMATIC, Delivery.EXPRESS, Delivery.APPLICATION)
            }


def test_what_waits_for_a_judgement_is_never_quicker_than_an_application() -> None:
    samples = load(Path("rules"), include=None)
    nothing = Profile(filed=TODAY)
    for finding in Matcher(samples).match(nothing, TODAY).findings:
        judged = (
            finding.missing
            and set(finding.awaiting)
            and len(finding.awaiting) == len(finding.missing)
        )
        if judged and finding.delivery is Delivery.APPLICATION:
            assert quickest(finding.measure, samples.vocabulary) == "application", (
                finding.measure.id
            )


def test_measures_can_be_narrowed_by_it(catalogue: Catalogue) -> None:
    facets = Facets(catalogue)
    assert facets.knows("delivery", "automatic")
    nothing = dict.fromkeys(
        ("kind", "department", "region", "basis", "document", "beneficiary"), ()
    )
    found = facets.narrow(catalogue.measures, {**nothing, "delivery": ("automatic",)})
    ids = {"hefei-2025/1.4", "hefei-2025/13.2", "hefei-2025/13.4", "hefei-2025/14.1"}
    assert ids == {one.id for one in found}

"""Two versions of the rules: what is new, changed and ended, and what is no change."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from matcher.catalogue import Catalogue
from matcher.documents.model import Measure, Span
from tests.webapp.casework.conftest import HIGH_TECH, TODAY
from tests.webapp.following.conftest import changed, retitled
from webapp.services.following.versions import FORM, compare, digest_of, listing_of

OTHER = "examples/15.1"


@pytest.fixture(scope="module")
def listing(sample_catalogue: Catalogue) -> dict[str, object]:
    return listing_of(sample_catalogue)


def kinds(before: object, after: Catalogue, today: date = TODAY) -> dict[str, str]:
    found = compare(before, listing_of(after), today)  # type: ignore[arg-type]
    return {one.id: one.kind for one in found}


def test_the_same_rules_under_another_version_have_no_change(
    sample_catalogue: Catalogue, listing: object
) -> None:
    assert kinds(listing, changed(sample_catalogue, "again")) == {}


def test_what_a_measure_says_is_compared_and_not_how_it_is_explained_or_where_it_stands(
    sample_catalogue: Catalogue, listing: object
) -> None:
    def moved(one: Measure) -> Measure:
        return replace(one, spans=(Span(1, 2),), reading="另一种说法", english="Another gloss")

    assert kinds(listing, changed(sample_catalogue, "v", moved)) == {}
    said = kinds(listing, changed(sample_catalogue, "v", retitled(HIGH_TECH, "改名的奖励")))
    assert said == {HIGH_TECH: "changed"}
    lead = changed(
        sample_catalogue,
        "v",
        lambda one: replace(one, lead_departments=()) if one.lead_departments else one,
    )
    assert set(kinds(listing, lead).values()) == {"changed"}


def test_measures_come_and_go(sample_catalogue: Catalogue, listing: object) -> None:
    fewer = changed(sample_catalogue, "v", without={HIGH_TECH})
    assert kinds(listing, fewer) == {HIGH_TECH: "ended"}
    assert kinds(listing_of(fewer), sample_catalogue) == {HIGH_TECH: "new"}


def test_a_last_day_that_is_over_ends_a_measure(
    sample_catalogue: Catalogue, listing: object
) -> None:
    def ending(one: Measure) -> Measure:
        return replace(one, last_day=TODAY) if one.id == HIGH_TECH else one

    over = changed(sample_catalogue, "v", ending)
    assert kinds(listing, over) == {HIGH_TECH: "changed"}
    assert kinds(listing, over, date(2026, 3, 3)) == {HIGH_TECH: "ended"}
    assert kinds(listing_of(over), over, date(2026, 3, 3)) == {}


def test_the_themes_before_and_after_both_count(
    sample_catalogue: Catalogue, listing: dict[str, object]
) -> None:
    def other_kind(one: Measure) -> Measure:
        return replace(one, instruments=("用地",)) if one.id == HIGH_TECH else one

    (change,) = compare(listing, listing_of(changed(sample_catalogue, "v", other_kind)), TODAY)
    assert {"kind:direct_grant", "kind:land", "document:examples"} <= change.themes


def test_listings_of_two_forms_only_say_what_came_and_went(
    sample_catalogue: Catalogue, listing: dict[str, object]
) -> None:
    older = {**listing, "form": FORM - 1}
    other = changed(sample_catalogue, "v", retitled(HIGH_TECH, "改名的奖励"), without={OTHER})
    assert kinds(older, other) == {OTHER: "ended"}


def test_the_form_is_raised_when_digests_would_differ_for_the_same_measure(
    sample_catalogue: Catalogue,
) -> None:
    """Whoever changes what is digested or how conditions are printed raises `FORM`, then this digest."""
    found = digest_of(sample_catalogue.by_id[HIGH_TECH], sample_catalogue)
    assert (FORM, found) == (1, "b320d62f3f6fe0b17b8b1de181e4c5d3")

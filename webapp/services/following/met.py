"""Which measures a company meets on what departments vouch for, as its own pages show them under 符合.

Wider than what the watch opens cases for: services and rights count too. While a prevailing condition (通行)
excludes the company nothing counts as met.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from matcher.catalogue import Catalogue
from matcher.finding import GUIDING, in_force
from matcher.profile import Profile
from webapp.services.registry.facts import known, profile_from


def met_by(catalogue: Catalogue, attested: Profile, today: date) -> frozenset[str]:
    """Give the measures in force whose conditions attested facts meet, but for those that only point the way."""
    *truths, excluded = catalogue.compiled(attested, today)
    if excluded is True:
        return frozenset()
    standing = {one.id for one in in_force(catalogue, today) if one.kind != GUIDING}
    return frozenset(
        measure.id
        for measure, truth in zip(catalogue.measures, truths, strict=True)
        if truth is True and measure.id in standing
    )


def met_now(session: Session, catalogue: Catalogue, company: int, today: date) -> frozenset[str]:
    """Give what a company meets on what is known of it now."""
    profile = profile_from(known(session, company, today), catalogue.vocabulary, today)
    return met_by(catalogue, profile.attested(), today)

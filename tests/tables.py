"""Profiles as facts tables, for tests of everything that reads a whole registry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import polars as pl

from matcher.layout import MAX_NUMBER, Layout
from matcher.profile import NOT_APPLICABLE, Profile
from matcher.registry.encoding import encode, scale
from matcher.registry.series import TYPES
from matcher.values import whole
from matcher.vocabulary.model import Kind, Vocabulary


def storable(profile: Profile, vocabulary: Vocabulary, filed: date | None) -> Profile:
    """Give a profile as a table can hold it: no records, numbers at their scale and within bounds."""
    facts = {}
    for key, fact in profile.facts.items():
        attribute = vocabulary.attributes[key.attribute]
        if attribute.kind is Kind.RECORDS:
            continue
        numeric = attribute.kind in (Kind.NUMBER, Kind.PARAMETER)
        if numeric and fact.value is not NOT_APPLICABLE:
            assert isinstance(fact.value, int | Fraction)
            member = attribute.member(key.member) if key.member else None
            factor = scale(attribute, member, vocabulary)
            stored = min(int(Fraction(fact.value) * factor // 1), MAX_NUMBER)
            fact = replace(fact, value=whole(Fraction(stored, factor)))
        facts[key] = fact
    return Profile(facts, filed)


def write_table(
    profiles: Sequence[Profile], vocabulary: Vocabulary, filed: date | None, path: Path
) -> Layout:
    """Write profiles as one part of a facts table."""
    layout, rows = encode(profiles, vocabulary, filed)
    columns = layout.columns(vocabulary)
    schema = {name: TYPES[kind] for name, kind in columns.items()}
    pl.DataFrame(rows, schema=schema).write_parquet(path)
    return layout

"""Making a recorded finding again from its rules, its facts and its day, to the byte."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.catalogue import Catalogue, load
from matcher.finding import Matcher
from matcher.report import finding_json
from webapp.services.audit.chain import canonical
from webapp.services.registry.facts import facts_of, profile_from
from webapp.services.rules import unpack
from webapp.tables.cases import FactSnapshot, FindingRow
from webapp.tables.registry import RuleVersion


@dataclass(frozen=True, slots=True)
class Replay:
    """A finding as recorded and as made again. ``differences`` name the parts that are not the same."""

    finding: int
    measure: str
    rules_version: str
    differences: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Say whether every byte is the same."""
        return not self.differences


def replay(session: Session, finding: int) -> Replay | None:
    """Make a finding again; None where there is none of this number."""
    row = session.get(FindingRow, finding)
    if row is None:
        return None
    snapshot = session.get_one(FactSnapshot, row.snapshot_id)
    packed = session.scalars(
        select(RuleVersion.packed).where(RuleVersion.version == row.rules_version)
    ).one()
    catalogue = unpacked(packed)
    profile = profile_from(facts_of(snapshot.facts), catalogue.vocabulary, row.as_of)
    measure = catalogue.by_id[row.measure_id]
    (again,) = Matcher(catalogue).match(profile, row.as_of, [measure]).findings
    told = canonical(finding_json(again, profile, catalogue.vocabulary)).decode()
    differences = (
        () if told == row.told else tuple(_differing(json.loads(row.told), json.loads(told)))
    )
    return Replay(finding, row.measure_id, row.rules_version, differences)


@lru_cache(maxsize=2)
def unpacked(packed: bytes) -> Catalogue:
    """Read packed rules, samples (样例) included: they were left out, if so, before a case was opened."""
    with tempfile.TemporaryDirectory() as folder:
        return load(unpack(packed, Path(folder)), include=None)


def _differing(one: Any, two: Any, place: str = "") -> Iterator[str]:
    """Name the places at which two JSON values differ."""
    if isinstance(one, dict) and isinstance(two, dict):
        for key in sorted(one.keys() | two.keys()):
            yield from _differing(one.get(key), two.get(key), f"{place}.{key}".lstrip("."))
    elif isinstance(one, list) and isinstance(two, list) and len(one) == len(two):
        for number, (left, right) in enumerate(zip(one, two, strict=True)):
            yield from _differing(left, right, f"{place}[{number}]")
    elif one != two:
        yield place

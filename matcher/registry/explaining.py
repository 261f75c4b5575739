"""One company of a finished run, as the profile its row stands for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from matcher.layout import CODE
from matcher.profile import Profile
from matcher.registry.batch import layout_of
from matcher.registry.encoding import decode
from matcher.registry.faults import RegistryFault
from matcher.registry.runs import ARROW, FACTS, read_report
from matcher.values import fold
from matcher.vocabulary.model import Vocabulary


@dataclass(frozen=True, slots=True)
class Company:
    """A company of a run, with what the run went by."""

    profile: Profile
    as_of: date
    rules_version: str
    general: bool


def company_of_run(folder: Path, code: str, vocabulary: Vocabulary) -> Company:
    """Find a company by its credit code; `RegistryFault` where the run did not accept it."""
    report = read_report(folder)
    wanted = fold(code).replace(" ", "").upper()
    rows = pl.scan_ipc(folder / FACTS / f"*{ARROW}").filter(pl.col(CODE) == wanted).collect()
    if rows.is_empty():
        raise RegistryFault(
            f"{folder}:没有采用信用代码为“{wanted}”的企业。请核对代码,或看 rejected.csv 里有没有退回"
        )
    profile = decode(rows.row(0, named=True), layout_of(folder), vocabulary)
    return Company(
        profile,
        date.fromisoformat(report["as_of"]),
        report["rules_version"],
        report["general"],
    )

"""Rules kept under their version, so that a decision can be made again when the rules have moved on."""

from __future__ import annotations

import io
import tarfile
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from webapp.tables.registry import RuleVersion

KINDS = (".yaml", ".csv", ".txt")
TEXTS = Path("seeds") / "policies"
"""Where the texts lie that the documents name, beside the rules folder."""


@lru_cache(maxsize=4)
def packed(rules: Path) -> bytes:
    """Pack a rules folder with its texts; the same files give the same bytes."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:xz") as archive:
        for folder, name in ((rules, Path("rules")), (rules.parent / TEXTS, TEXTS)):
            for path in sorted(folder.rglob("*")):
                if path.suffix in KINDS:
                    entry = tarfile.TarInfo(str(name / path.relative_to(folder)))
                    entry.size = path.stat().st_size
                    with path.open("rb") as file:
                        archive.addfile(entry, file)
    return buffer.getvalue()


def store_rules(session: Session, version: str, rules: Path, now: datetime) -> None:
    """Keep the rules under their version, once."""
    known = session.scalars(
        select(RuleVersion.version).where(RuleVersion.version == version)
    ).one_or_none()
    if known is None:
        session.execute(
            insert(RuleVersion).values(version=version, packed=packed(rules), stored_at=now)
        )


def unpack(data: bytes, target: Path) -> Path:
    """Write packed rules into a folder and give that of the rules; no name leads out of it."""
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:xz") as archive:
        archive.extractall(target, filter="data")
    return target / "rules"

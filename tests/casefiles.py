"""The YAML cases of tests/cases/: a company, a measure, and the verdict the text gives it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

from matcher.language.profiles import Channel, CompanyFile, read_company
from matcher.profile import FactKey
from matcher.vocabulary.model import Vocabulary
from tests.conftest import AS_OF

CASES = Path(__file__).parent / "cases"
KEYS = {"说明", "措施", "企业", "结论", "缺少", "兑现", "采信", "通行"}
# A case states the facts as the departments would have them on record, judgements included;
# everything else a company said itself, unless the case says 采信.
RECORDED = Channel(judgements=True)
TRUSTED = Channel(everything=True, judgements=True)


@dataclass(frozen=True)
class Case:
    """One case with the place it stands in."""

    place: str
    said: dict[str, object]

    @property
    def measure(self) -> str:
        return str(self.said["措施"])

    @property
    def verdict(self) -> str:
        return str(self.said["结论"])


def cases_of(path: Path) -> list[Case]:
    """Read one case file; a key that nobody checks is a mistake in the case."""
    name = f"{path.parent.name}/{path.name}"
    rows = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) or []
    cases = []
    for number, row in enumerate(rows, 1):
        unknown = set(row) - KEYS
        assert not unknown, f"{name} case {number}: unknown keys {unknown}"
        cases.append(Case(f"{name}:{number} {row['说明']}", row))
    return cases


def measure_cases() -> list[Case]:
    """Read the cases of every clause."""
    return [case for path in sorted(CASES.glob("*/[0-9]*.yaml")) for case in cases_of(path)]


def company_of(said: object, vocabulary: Vocabulary, *, trusted: bool = False) -> CompanyFile:
    """Read the company of a case through the reader that every company file goes through."""
    text = yaml.dump(said, allow_unicode=True, Dumper=_PlainDumper)
    channel = TRUSTED if trusted else RECORDED
    return read_company(text, "case", vocabulary, AS_OF, channel)


class _PlainDumper(yaml.SafeDumper):
    """Writes no anchors: the reader refuses them."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def said_fact(key: FactKey) -> str:
    """Name a fact as the cases do: 上年度 before a yearly figure, the member after a space."""
    period = "上年度 " if key.period == AS_OF.year - 1 else f"{key.period} " if key.period else ""
    return f"{period}{key.attribute}{' ' + key.member if key.member else ''}"

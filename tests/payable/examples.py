"""The worked cases of rules/examples: reads them, and works each out as the command line does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from matcher.catalogue import load
from matcher.documents.model import Measure
from matcher.finding import Matcher
from matcher.language.diagnostics import Problems
from matcher.language.profiles import Channel, read_company
from matcher.language.source import Mapping, Node, read_yaml
from matcher.logic import Verdict
from matcher.payable.due import Due, due
from matcher.payable.telling import Telling
from matcher.profile import Fact, FactKey, Profile
from matcher.readers.prose import ZH
from matcher.values import parse_date
from matcher.vocabulary.model import PARAMETER, Vocabulary
from tests.conftest import RULES

FILES = sorted(Path(__file__).parent.glob("examples-*.yaml"))
# Everything stays text, as in a company file.
GROUPS = [
    group
    for file in FILES
    for group in yaml.load(file.read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506, makes no objects
]
CASES = [
    pytest.param(group, case, id=f"{group['措施']} {case['说明']}")
    for group in GROUPS
    for case in group["例"]
]
WITH_SUM = [item for item in CASES if "金额" in item.values[1]]
EXACT = [item for item in WITH_SUM if item.values[1]["金额"].startswith(("应得", "最高"))]
DEFAULT_DAY, NOT_STATED, OUT_OF_FORCE = "2025-03-01", "不填", "不在施行期间"
VERDICTS = {Verdict.MET: "符合", Verdict.UNMET: "不符合", Verdict.OPEN: "待补充"}
# What a test says is recorded is recorded: judgements too.
CHANNEL = Channel(judgements=True)


@cache
def examples() -> Matcher:
    """A matcher over the shipped rules and the examples."""
    return Matcher(load(RULES, include={"examples"}))


def measures() -> list[Measure]:
    """The measures of the examples."""
    return [item for item in examples().catalogue.measures if item.document == "examples"]


def company_text(group: dict[str, Any], case: dict[str, Any]) -> str:
    """Write the company: the group's, with the changes of the case; ``项目/栏`` changes each record."""
    said: dict[str, Any] = {"主体类别": ["企业"], **group["企业"]}
    for key, value in case.get("另", {}).items():
        name, slash, column = key.partition("/")
        if slash:
            said[name] = [changed(record, column, value) for record in said[name]]
        else:
            said = changed(said, name, value)
    judged = dict.fromkeys(case.get("认定", group.get("认定", [])), "是")
    judged |= dict.fromkeys(case.get("不认定", []), "没有")
    if judged:
        said["认定"] = judged
    return yaml.dump(said, allow_unicode=True)


def changed(mapping: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    rest = {name: old for name, old in mapping.items() if name != key}
    return rest if value == NOT_STATED else {**rest, key: value}


def with_parameters(profile: Profile, given: dict[str, str], words: Vocabulary) -> Profile:
    for name, text in given.items():
        parameter = words.attributes[PARAMETER].member(name)
        assert parameter is not None, name
        value = words.units.parse(text, words.parameter_unit(parameter))
        profile = profile.with_fact(FactKey(PARAMETER, name), Fact(value))
    return profile


class Worked:
    """One case, worked out: its verdict, and its figure as the command line writes it."""

    def __init__(self, group: dict[str, Any], case: dict[str, Any]) -> None:
        self.matcher = examples()
        self.words = self.matcher.catalogue.vocabulary
        self.day: date = parse_date(case.get("基准日", group.get("基准日", DEFAULT_DAY)))
        text = company_text(group, case)
        company = read_company(text, case["说明"], self.words, self.day, CHANNEL)
        given = case.get("参数", group.get("参数", {}))
        self.profile = with_parameters(company.profile, given, self.words)
        self.ledger = company.ledger
        self.measure = self.matcher.catalogue.by_id[f"examples/{group['措施']}"]

    @property
    def verdict(self) -> str:
        matching = self.matcher.match(self.profile, self.day, [self.measure])
        if self.measure in matching.measures_not_in_force:
            return OUT_OF_FORCE
        return VERDICTS[matching.findings[0].verdict]

    def due(self, language: str = ZH) -> Due | None:
        return due(self.measure, self.profile, self.day, self.words, self.ledger, language)

    def sum(self) -> str:
        found = self.due()
        return Telling(self.words, ZH).sum(found) if found else ""


def printed(structure: Any, problems: Problems) -> Node:
    node = read_yaml(yaml.dump({"写": structure}, allow_unicode=True), "打印.yaml", problems)
    assert isinstance(node, Mapping)
    return node.pairs[0][1]


def less_known(profile: Profile) -> Iterator[Profile]:
    """Give the profile without one fact, and without one field of one record, for each there is."""
    for key, fact in profile.facts.items():
        rest = {other: kept for other, kept in profile.facts.items() if other != key}
        yield replace(profile, facts=rest)
        rows = fact.value if isinstance(fact.value, tuple) else ()
        for number, row in enumerate(rows):
            for smaller in less_known(row) if isinstance(row, Profile) else ():
                records = (*rows[:number], smaller, *rows[number + 1 :])
                yield profile.with_fact(key, replace(fact, value=records))

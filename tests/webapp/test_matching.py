"""Stored facts to findings: the groups, what each asks for, and whose facts are used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from matcher.catalogue import Catalogue
from matcher.finding import Matcher
from matcher.holdings import Holdings
from matcher.logic import Verdict
from matcher.nearby.changes import applied
from matcher.profile import FactKey
from matcher.readers.prose import Wording
from matcher.vocabulary.model import DECIDED_BY_OTHERS
from tests.webapp.conftest import TODAY
from webapp.services.matching import GROUPS, Matchmaker, Results
from webapp.services.near import NEAR
from webapp.services.profiles import Facts
from webapp.services.questions import Questionnaire
from webapp.services.reasons import Explainer, Reason

FILED = {"填报日期": TODAY.isoformat()}
HEFEI: Facts = {**FILED, "注册地": "合肥市", "行业": "6520", "资质": {"高新技术企业": "有"}}
COMPANIES: dict[str, Facts] = {
    "nothing known": FILED,
    "a high-tech company in Hefei": HEFEI,
    "a factory in Bozhou": {**FILED, "注册地": "亳州市谯城区", "行业": "2730", "从业人员": "40 人"},
    "elsewhere": {**FILED, "注册地": "芜湖市", "拟投资地": "不适用"},
}


@pytest.fixture
def matchmaker(catalogue: Catalogue, tmp_path: Path) -> Matchmaker:
    return Matchmaker(catalogue, tmp_path)


@pytest.fixture
def results(matchmaker: Matchmaker) -> Callable[[str], Results]:
    return lambda name: matchmaker.results(COMPANIES[name], TODAY, judged=True)


@pytest.mark.parametrize("name", COMPANIES)
def test_groups_are_disjoint_complete_and_equal_the_command_line(
    catalogue: Catalogue, results: Callable[[str], Results], name: str
) -> None:
    found = results(name)
    grouped = {group: [item.measure.id for item in found.group(group)] for group in GROUPS}
    together = [id_ for ids in grouped.values() for id_ in ids]
    assert sorted(together) == sorted(item.id for item in catalogue.measures)
    assert found.total == len(together)

    for item in Matcher(catalogue).match(found.profile, TODAY).findings:
        fitting = {Verdict.MET: ["met"], Verdict.OPEN: ["open"]}.get(item.verdict, ["near", "rest"])
        assert item.measure.id in [id_ for group in fitting for id_ in grouped[group]]
        assert found.group_of(item) in fitting


@pytest.mark.parametrize("name", COMPANIES)
def test_what_a_company_is_asked_to_complete_can_be_answered_in_the_form(
    catalogue: Catalogue, results: Callable[[str], Results], name: str
) -> None:
    found = results(name)
    questionnaire = Questionnaire(catalogue.vocabulary)
    explainer = Explainer(Wording(catalogue.vocabulary), questionnaire, found.profile)
    for item in found.open:
        assert any(explainer.need(key).group for key in item.missing), item.measure.id
    for item in found.awaiting:
        assert not any(explainer.need(key).group for key in item.missing), item.measure.id


@pytest.mark.parametrize("name", COMPANIES)
def test_every_settled_finding_shows_a_leaf_that_settles_it(
    catalogue: Catalogue, results: Callable[[str], Results], name: str
) -> None:
    found = results(name)
    explainer = Explainer(
        Wording(catalogue.vocabulary), Questionnaire(catalogue.vocabulary), found.profile
    )

    def leaves(reason: Reason) -> list[Reason]:
        below = [leaf for part in reason.parts for leaf in leaves(part)]
        return below if reason.joint else [reason]

    for item in (*found.met, *found.unmet):
        shown = leaves(explainer.reason(item.outcome))
        assert shown, item.measure.id
        assert all(leaf.verdict != "open" for leaf in shown), item.measure.id
    for item in found.unmet:
        assert explainer.failing(item.outcome), item.measure.id


def test_a_department_list_is_not_told_to_whoever_types_a_name(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    member = catalogue.vocabulary.attributes["列入名单"].members[0]
    table = tmp_path / "list.csv"
    table.write_text("企业名称\n某某公司\n", encoding="utf-8")
    Holdings(tmp_path).import_list(member, table, TODAY, "公告")

    facts = {**FILED, "企业名称": "某某公司"}
    profile = Matchmaker(catalogue, tmp_path).profile(facts, TODAY)
    assert not profile.knows(FactKey("列入名单", member.label))
    assert profile.text("企业名称") == "某某公司"


def test_parameters_of_the_deployment_are_used(catalogue: Catalogue, tmp_path: Path) -> None:
    member = catalogue.vocabulary.attributes["参数"].members[0]
    Holdings(tmp_path).set_parameter(member, "3 %", TODAY, catalogue.vocabulary)
    profile = Matchmaker(catalogue, tmp_path).profile(FILED, TODAY)
    assert profile.knows(FactKey("参数", member.label))


def test_a_question_names_the_measures_that_turn_on_it(matchmaker: Matchmaker) -> None:
    reach = matchmaker.reach(TODAY)
    assert "hefei-2025/1.4" in {item.id for item in reach["资质"]}
    assert len(reach["注册地"]) > len(reach["资质"])
    assert matchmaker.reach(TODAY) is reach


@pytest.mark.parametrize("name", COMPANIES)
def test_one_step_away_means_met_after_at_most_two_changes(
    catalogue: Catalogue, results: Callable[[str], Results], name: str
) -> None:
    """Nothing that a department decides is among the changes; what is not near has no such way."""
    found = results(name)
    matcher, attributes = Matcher(catalogue), catalogue.vocabulary.attributes
    for item in found.near:
        for way in found.all_ways[item.measure.id]:
            assert 1 <= len(way.changes) <= NEAR
            assert way.change, item.measure.id
            kinds = {attributes[change.key.attribute].kind for change in way.changes}
            assert not kinds & DECIDED_BY_OTHERS
            if all(change.on is None for change in way.changes):
                then = applied(found.profile, way.changes)
                (after,) = matcher.match(then, TODAY, [item.measure]).findings
                assert after.verdict is Verdict.MET, item.measure.id
    assert not {item.measure.id for item in found.rest} & set(found.all_ways)

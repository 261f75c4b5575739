"""Profiles that other systems send: matched as the command line does, and nothing of them is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from matcher.catalogue import Catalogue
from matcher.finding import Matcher
from matcher.language.profiles import read_company
from matcher.report import matching_json
from tests.conftest import SEEDS
from tests.webapp.api.conftest import DEMO, HIGH_TECH, System, World, places, problem
from tests.webapp.conftest import TODAY
from webapp.limits import MAX_MANY_MISTAKES


def test_a_profile_is_matched_as_on_the_command_line(anyone: System, catalogue: Catalogue) -> None:
    text = (SEEDS / "companies" / "demo.yaml").read_text("utf-8")
    profile = yaml.load(text, yaml.BaseLoader)  # noqa: S506 - everything stays text
    company = read_company(text, "", catalogue.vocabulary, TODAY)
    matching = Matcher(catalogue).match(company.profile, TODAY)
    expected = matching_json(matching, company.profile, catalogue)

    told = anyone.answer("match", anyone.post("/match", {"profile": profile}))
    for finding in told["findings"]:
        assert set(finding.pop("said")) == {"verdict", "general", "delivery"}
    assert told["findings"] == expected["findings"]
    for name in ("as_of", "rules_version", "company", "filed_on", "counts", "not_in_force"):
        assert told[name] == expected[name]
    assert told["verdicts"] == {one["measure"]: one["verdict"] for one in told["findings"]}


def test_without_reasons_the_verdicts_are_the_same(anyone: System) -> None:
    full = anyone.post("/match", {"profile": DEMO}).get_json()
    brief = anyone.answer("match", anyone.post("/match", {"profile": DEMO, "reasons": False}))

    assert "findings" not in brief
    assert brief == {name: value for name, value in full.items() if name != "findings"}
    assert brief["verdicts"][HIGH_TECH] == "met"


def test_the_day_decides_what_is_in_force(anyone: System) -> None:
    body = {"profile": {}, "as_of": "2025-03-01", "reasons": False}
    told = anyone.answer("match", anyone.post("/match", body))
    assert told["as_of"] == "2025-03-01"
    assert told["not_in_force"] == ["bozhou-2025-38"]
    assert all(id_.startswith("hefei-2025/") for id_ in told["verdicts"])


@pytest.mark.parametrize(
    ("body", "headers", "word"),
    [
        ({}, {}, "符合"),
        ({}, {"Accept-Language": "en-GB,zh;q=0.5"}, "Met"),
        ({"language": "zh"}, {"Accept-Language": "en"}, "符合"),
        ({"language": "en"}, {}, "Met"),
    ],
)
def test_sentences_are_in_the_language_that_is_asked_for(
    anyone: System, body: dict[str, Any], headers: dict[str, str], word: str
) -> None:
    told = anyone.post("/match", {"profile": DEMO, **body}, headers=headers).get_json()
    (finding,) = [one for one in told["findings"] if one["measure"] == HIGH_TECH]
    assert finding["said"]["verdict"] == word


def test_what_a_profile_claims_of_its_sources_counts_for_nothing(world: World) -> None:
    """Not even with a key that may attest: this profile is stored nowhere and asked by anybody."""
    key = world.key("facts_import", custodian="科技局")
    profile = {**DEMO, "来源": "科技局", "信用名单": "没有"}
    told = key.post("/match", {"profile": profile}).get_json()
    assert not [one for one in told["findings"] if one["delivery"] == "免申即享"]
    (note,) = told["warnings"]
    assert (note["pointer"], note["code"]) == ("/profile/来源", "not-attested")


def test_everything_wrong_with_a_profile_is_named_with_its_place(anyone: System) -> None:
    profile = {
        "职工人数": 10,
        "last_year": {"revenue": 500, "employees": "10.5"},
        "titles": ["high_tech_enterprise", "hightech"],
        "filed_on": "2026-02-30",
    }
    told = problem(anyone.post("/match", {"profile": profile}), 422)
    assert sorted((one["pointer"], one["code"]) for one in told["errors"]) == [
        ("/profile/filed_on", "bad-date"),
        ("/profile/last_year/employees", "bad-number"),
        ("/profile/last_year/revenue", "missing-unit"),
        ("/profile/titles/1", "unknown-member"),
        ("/profile/职工人数", "unknown-attribute"),
    ]
    (near,) = [one["repair"] for one in told["errors"] if one["code"] == "unknown-attribute"]
    assert near.startswith("是否想写“")


def test_figures_are_read_as_texts_with_their_unit(anyone: System) -> None:
    for revenue in ("3000 万元", "３，０００ 万元", "0.3 亿元", "30000000 元"):
        body = {"profile": {**DEMO, "last_year": {"revenue": revenue}}, "reasons": False}
        assert anyone.post("/match", body).status_code == 200, revenue
    body = {"profile": {**DEMO, "last_year": {"employees": 126}}}
    assert anyone.post("/match", body).status_code == 200


def test_many_profiles_and_one_that_cannot_be_read(world: World) -> None:
    key = world.key("match_many")
    profiles = [DEMO, {"职工人数": 1}, {}, {f"职工{n}": 1 for n in range(50)}]
    told = key.answer("match_many", key.post("/match/batch", {"profiles": profiles}))

    alone = key.post("/match", {"profile": DEMO, "reasons": False}).get_json()
    first, second, third, last = told["results"]
    assert first["match"] == {name: alone[name] for name in first["match"]}
    assert [one["pointer"] for one in second["errors"]] == ["/profiles/1/职工人数"]
    assert set(third["match"]["verdicts"]) == set(alone["verdicts"])
    assert len(last["errors"]) == MAX_MANY_MISTAKES + 1


def test_a_thousand_profiles_and_one_more(world: World) -> None:
    key = world.key("match_many")
    told = key.post("/match/batch", {"profiles": [{}] * 1_000}).get_json()
    assert len(told["results"]) == 1_000
    told = problem(key.post("/match/batch", {"profiles": [{}] * 1_001}), 422)
    assert places(told) == [("body", "/profiles")]
    assert "1000" in told["errors"][0]["detail"]


def test_the_next_question_settles_something(anyone: System) -> None:
    body = {"profile": {"registered_region": "合肥市"}, "limit": 3}
    told = anyone.answer("next_question", anyone.post("/next-question", body))
    assert told["open"] > 0
    assert len(told["questions"]) == 3
    assert all(one["question"] for one in told["questions"])

    body |= {"measure": HIGH_TECH, "language": "en"}
    told = anyone.answer("next_question", anyone.post("/next-question", body))
    assert {id_ for one in told["questions"] for id_ in one["measures"]} == {HIGH_TECH}
    assert told["questions"][0]["question"].isascii()

    told = problem(anyone.post("/next-question", {"profile": {}, "measure": "hefei-2025/9.9"}), 422)
    assert places(told) == [("body", "/measure")]


def test_what_a_change_would_bring(anyone: System) -> None:
    body: dict[str, Any] = {
        "profile": {"registered_region": "合肥市", "titles": {"高新技术企业": "没有"}},
        "changes": {"titles": ["高新技术企业"]},
    }
    told = anyone.answer("what_if", anyone.post("/what-if", body))
    assert HIGH_TECH in [one["measure"] for one in told["gained"]]
    assert [one["member"] for one in told["changed"]] == ["高新技术企业"]

    told = problem(anyone.post("/what-if", {**body, "changes": {"revenue": 5}}), 422)
    assert places(told) == [("body", "/changes/revenue")]
    assert places(problem(anyone.post("/what-if", {**body, "changes": {}}), 422)) == [
        ("body", "/changes")
    ]
    told = problem(anyone.post("/what-if", {**body, "changes": {"filed_on": "2026-01-01"}}), 422)
    assert places(told) == [("body", "/changes/filed_on")]


def test_the_growth_path(anyone: System) -> None:
    told = anyone.answer("path", anyone.post("/path", {"profile": DEMO}))
    held = [one["title"] for one in told["rungs"] if one["standing"] == "已有"]
    assert held == ["高新技术企业"]
    english = anyone.post("/path", {"profile": DEMO, "language": "en"}).get_json()
    said = [one["said"] for rung in english["rungs"] for one in rung["unmet"]]
    assert any(any("a" <= sign <= "z" for sign in sentence) for sentence in said)


def test_nothing_that_was_sent_is_kept(both: World) -> None:
    """A profile leaves no trace in the database but the number of requests."""
    from sqlalchemy import inspect, text

    system = both.anyone()
    mark = "合肥独一无二制品有限公司"
    for path in ("/match", "/path", "/next-question"):
        assert system.post(path, {"profile": {**DEMO, "name": mark}}).status_code == 200
    with both.database.reading() as session:
        for table in inspect(both.database.engine).get_table_names():
            rows = session.execute(text(f'SELECT * FROM "{table}"')).all()  # noqa: S608 - our tables
            assert mark not in json.dumps([list(map(str, row)) for row in rows], ensure_ascii=False)

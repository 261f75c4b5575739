"""Some facts changed: what is gained and lost is what two matches say."""

from __future__ import annotations

import json

import pytest

from matcher.finding import Delivery, Matcher
from matcher.language.profiles import read_company
from matcher.logic import Verdict
from matcher.nearby.what_if import changed_profile, what_if
from matcher.profile import FactKey
from matcher.values import ValueFault
from tests.cli.conftest import Run
from tests.cli.conftest import run as run
from tests.conftest import AS_OF, SEEDS

DEMO = SEEDS / "companies" / "demo.yaml"
COMPANY = "注册地: 合肥市\n资质: {高新技术企业: 没有, 科技型中小企业: 没有}\n"


def test_a_title_gained(matcher: Matcher) -> None:
    before = read_company(COMPANY, "company", matcher.vocabulary, AS_OF).profile
    after, _ = changed_profile(before, ["资质=[高新技术企业]"], matcher.vocabulary, AS_OF)

    found = what_if(matcher, before, after, AS_OF)

    (gained,) = [item for item in found.gained if item.measure.id == "hefei-2025/1.4"]
    assert gained.before == (Verdict.UNMET, None)
    assert gained.after == (Verdict.MET, Delivery.EXPRESS)
    assert [(item.before, item.after) for item in gained.turned] == [(False, True)]
    assert found.lost == ()
    assert found.changed == (FactKey("资质", "高新技术企业"),)


def test_a_move_loses_what_the_city_gives(matcher: Matcher) -> None:
    before = read_company(COMPANY.replace("科技型中小企业: 没有", "科技型中小企业: 有"), "c",
                          matcher.vocabulary, AS_OF).profile  # fmt: skip
    after, _ = changed_profile(before, ["注册地=亳州市"], matcher.vocabulary, AS_OF)

    found = what_if(matcher, before, after, AS_OF)

    assert "hefei-2025/1.4" in {item.measure.id for item in found.lost}
    assert all(item.measure.document != "hefei-2025" for item in found.gained)
    back = what_if(matcher, after, before, AS_OF)
    assert {e.measure.id for e in back.gained} == {e.measure.id for e in found.lost}


def test_not_sure_takes_a_fact_away(matcher: Matcher) -> None:
    before = read_company(COMPANY, "company", matcher.vocabulary, AS_OF).profile
    after, _ = changed_profile(before, ["注册地=不清楚"], matcher.vocabulary, AS_OF)

    assert not after.knows(FactKey("注册地"))
    assert after.knows(FactKey("资质", "高新技术企业"))


def test_the_same_facts_change_nothing(matcher: Matcher) -> None:
    before = read_company(COMPANY, "company", matcher.vocabulary, AS_OF).profile
    after, _ = changed_profile(before, ["注册地=合肥市"], matcher.vocabulary, AS_OF)
    found = what_if(matcher, before, after, AS_OF)
    assert not (found.changed or found.gained or found.lost or found.otherwise)


def test_a_setting_without_a_value_is_refused(matcher: Matcher) -> None:
    before = read_company(COMPANY, "company", matcher.vocabulary, AS_OF).profile
    with pytest.raises(ValueFault, match="不是“指标=值”"):
        changed_profile(before, ["研发费用"], matcher.vocabulary, AS_OF)


def test_the_command(run: Run) -> None:
    told = run("what-if", DEMO, "--as-of", "2025-09-01", "--set", "注册地=亳州市")
    assert told.exit_code == 0
    assert "失去" in told.stdout
    assert "假设 注册地" in told.stdout

    given = json.loads(
        run("what-if", DEMO, "--as-of", "2025-09-01", "--set", "研发费用=1 万元", "--json").stdout
    )
    assert {"as_of", "changed", "gained", "lost", "otherwise"} <= set(given)
    assert [item["label"] for item in given["changed"]] == ["2024 年度 研发费用"]


@pytest.mark.parametrize(
    ("setting", "sentence"), [("研发费用", "不是“指标=值”"), ("职工=3", "职工")]
)
def test_bad_settings_end_with_two(run: Run, setting: str, sentence: str) -> None:
    told = run("what-if", DEMO, "--as-of", "2025-09-01", "--set", setting)
    assert told.exit_code == 2
    assert sentence in told.stderr

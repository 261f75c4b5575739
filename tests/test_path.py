"""The growth path: held, ready, open or short, by the day; and what a title would unlock."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from matcher.catalogue import Catalogue
from matcher.finding import Matcher
from matcher.logic import Verdict
from matcher.path import Rung, Standing, growth_path
from matcher.profile import Profile
from tests.conftest import SEEDS
from tests.standards import HIGH_TECH, NEW, OLD, SPECIALISED, Company, changed, profile_of
from webapp.cli import main

DEMO = SEEDS / "companies" / "demo.yaml"


def rung_of(title: str, company: Company, matcher: Matcher, day: date = NEW) -> Rung:
    profile = profile_of(company, matcher.catalogue, day)
    rungs = growth_path(matcher, profile, day).rungs
    return next(rung for rung in rungs if rung.standard.title == title)


def test_nothing_but_judgements_left_is_ready(matcher: Matcher) -> None:
    waiting = changed(HIGH_TECH, {"认定": None})
    rung = rung_of("高新技术企业", waiting, matcher)

    assert rung.standing is Standing.READY
    assert rung.outcome.verdict is Verdict.OPEN
    assert rung.awaiting == ("高企知识产权核心支持", "高企重点支持领域", "高企创新能力评价")


def test_open_names_the_facts_and_short_the_conditions(matcher: Matcher) -> None:
    unknown = rung_of("高新技术企业", changed(HIGH_TECH, {"居民企业": None}), matcher)
    abroad = rung_of("高新技术企业", changed(HIGH_TECH, {"居民企业": "否"}), matcher)

    assert unknown.standing is Standing.OPEN
    assert [key.attribute for key in unknown.missing] == ["居民企业"]
    assert abroad.standing is Standing.SHORT
    assert [part.used()[0].attribute for part in abroad.unmet] == ["居民企业"]


def test_the_version_of_the_day_decides(matcher: Matcher) -> None:
    company = changed(SPECIALISED, {"年度": {"2025": {"主营业务收入": "9449 万元"}}})

    assert rung_of("专精特新小巨人", company, matcher, OLD).standing is Standing.READY
    after = rung_of("专精特新小巨人", company, matcher, NEW)
    assert after.standing is Standing.SHORT
    assert after.standard.number == "工信部企业〔2026〕2号"


@pytest.mark.parametrize(
    ("day", "due"),
    [(date(2026, 12, 1), False), (date(2026, 12, 2), True), (date(2027, 5, 31), True)],
)
def test_a_certificate_keeps_its_own_validity(day: date, due: bool, matcher: Matcher) -> None:
    """Granted in 2024 by the standard of 2022, it runs for three years all the same."""
    rung = rung_of("专精特新中小企业", SPECIALISED, matcher, day)

    assert rung.standing is Standing.HELD
    assert rung.valid_to == rung.renew_by == date(2027, 5, 31)
    assert rung.renewal_due is due
    assert rung.unlocks == ()


def test_the_day_after_its_last_day_a_title_is_gone(matcher: Matcher) -> None:
    rung = rung_of("专精特新中小企业", SPECIALISED, matcher, date(2027, 6, 1))

    assert rung.standing is not Standing.HELD
    assert rung.expired_on == date(2027, 5, 31)


def test_a_number_of_the_science_register_is_renewed_next_spring(matcher: Matcher) -> None:
    company = changed(HIGH_TECH, {"资质": [{"名称": "科技型中小企业", "取得日期": "2025-06-12"}]})
    rung = rung_of("科技型中小企业", company, matcher, date(2025, 10, 2))

    assert (rung.valid_to, rung.renew_by) == (None, date(2026, 3, 31))
    assert rung.renewal_due


def test_unlocked_is_what_a_match_with_the_title_says(
    matcher: Matcher, catalogue: Catalogue
) -> None:
    company = changed(HIGH_TECH, {"资质": {"高新技术企业": "没有", "科技型中小企业": "没有"}})
    rung = rung_of("高新技术企业", company, matcher)

    unlocked = {item.measure.id: (item.before, item.after) for item in rung.unlocks}
    assert unlocked["hefei-2025/1.4"] == (Verdict.UNMET, Verdict.MET)
    assert not any(id_.startswith("bozhou") for id_ in unlocked)


@pytest.mark.parametrize(
    ("title", "level", "obtained", "day", "renew_by", "due", "report_by"),
    [
        # 工信部政法〔2023〕93号: four years.
        ("工业设计中心", "国家级", "2023-05-01", "2026-11-01", "2027-04-30", True, None),
        ("工业设计中心", "国家级", "2023-05-01", "2026-10-31", "2027-04-30", False, None),
        # 工信部联科〔2010〕540号: reviewed every three years, a report by 30 April.
        (
            "国家技术创新示范企业",
            None,
            "2024-01-01",
            "2026-04-30",
            "2026-12-31",
            False,
            "2026-04-30",
        ),
        (
            "国家技术创新示范企业",
            None,
            "2024-01-01",
            "2026-07-04",
            "2026-12-31",
            True,
            "2027-04-30",
        ),
        # 国家发展改革委等2016年第34号令: evaluated every two years.
        ("企业技术中心", "国家级", "2025-01-01", "2026-07-04", "2026-12-31", True, None),
        # 工信部政法〔2023〕138号: three years, an update by 31 May.
        ("制造业单项冠军", None, "2024-01-01", "2026-04-01", "2026-12-31", False, "2026-05-31"),
        # 工信部企业〔2022〕63号: three years, an update by 30 April.
        ("创新型中小企业", None, "2023-06-01", "2026-03-31", "2026-05-31", True, "2026-04-30"),
    ],
)
def test_what_is_held_has_to_be_kept_up(
    title: str,
    level: str | None,
    obtained: str,
    day: str,
    renew_by: str,
    due: bool,
    report_by: str | None,
    matcher: Matcher,
) -> None:
    held = {"名称": title, "取得日期": obtained} | ({"级别": level} if level else {})
    company = changed(HIGH_TECH, {"资质": [held]})
    rung = rung_of(title, company, matcher, date.fromisoformat(day))

    assert rung.standing is Standing.HELD
    assert (rung.renew_by, rung.renewal_due) == (date.fromisoformat(renew_by), due)
    assert rung.report_by == (date.fromisoformat(report_by) if report_by else None)


def test_a_profile_that_says_nothing_is_open_everywhere(
    matcher: Matcher, catalogue: Catalogue
) -> None:
    path = growth_path(matcher, Profile(), NEW)

    assert {rung.standing for rung in path.rungs} == {Standing.OPEN}
    assert len(path.rungs) + len(path.not_in_force) == len(catalogue.standards)


def test_the_path_leaves_every_finding_as_it_was(matcher: Matcher, catalogue: Catalogue) -> None:
    profile = profile_of(HIGH_TECH, catalogue, NEW)
    before = [item.verdict for item in matcher.match(profile, NEW).findings]
    growth_path(matcher, profile, NEW)

    assert [item.verdict for item in matcher.match(profile, NEW).findings] == before


def run(*arguments: object, folder: Path) -> tuple[int, str, str]:
    environment = {"MIANSHEN_DATA": str(folder / "data")}
    result = CliRunner(env=environment).invoke(main, [str(item) for item in arguments])
    return result.exit_code, result.stdout, result.stderr


def test_the_command_speaks_to_people(tmp_path: Path) -> None:
    code, said, _ = run("path", DEMO, "--as-of", "2026-03-31", folder=tmp_path)

    assert code == 0
    assert "已有  高新技术企业" in said
    assert "工信部企业〔2022〕63号 附件3,标准待核对,结论仅供参考" in said
    assert "更新期限 2026-03-31 将到" in said
    assert "已于 2026-02-28 到期" in said
    ladders = [line for line in said.splitlines() if line.endswith("阶梯")]
    assert ladders == [
        "两业融合阶梯",
        "优质中小企业阶梯",
        "研发平台阶梯",
        "科技阶梯",
        "上市阶梯",
        "纳统阶梯",
    ]


def test_the_command_speaks_to_programs(tmp_path: Path) -> None:
    company = tmp_path / "company.yaml"
    company.write_text(yaml.safe_dump(HIGH_TECH, allow_unicode=True), encoding="utf-8")
    code, said, _ = run("path", company, "--as-of", "2026-04-01", "--json", folder=tmp_path)

    assert code == 0
    path = json.loads(said)
    assert {"as_of", "rules_version", "company", "rungs", "not_in_force"} <= set(path)
    assert len(path["not_in_force"]) == 2
    for rung in path["rungs"]:
        assert {"title", "ladder", "standing", "standard", "missing", "unmet", "unlocks"} <= set(
            rung
        )
        assert {"attribute", "level", "number", "article", "from", "to", "checked"} <= set(
            rung["standard"]
        )


def test_bad_input_ends_with_two(tmp_path: Path) -> None:
    code, _, said = run("path", tmp_path / "none.yaml", folder=tmp_path)

    assert code == 2
    assert "读不到文件" in said

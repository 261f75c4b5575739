"""Company files: sets are known member by member; titles, stages and records have their days."""

from __future__ import annotations

from datetime import date

from matcher.profile import Activity, Assurance, FactKey, Spell, Stage, Tenure
from matcher.tree import State
from tests.conftest import AS_OF
from tests.language.companies import HIGH_TECH, WAN, Reading

# --- sets, member by member ---------------------------------------------------------------------------


def test_a_list_says_nothing_of_the_rest(read: Reading) -> None:
    text = "上市计划: [科创板]"

    assert read.value(text, "上市计划", "科创板") is True
    assert read.value(text, "上市计划", "主板") is None


def test_a_mapping_answers_each_member(read: Reading) -> None:
    text = "上市计划: {科创板: 是, 主板: 没有, 港股: 不清楚}"

    assert read.value(text, "上市计划", "主板") is False
    assert read.value(text, "上市计划", "港股") is None
    assert FactKey("上市计划", "港股") in read(text).profile.unsure


def test_none_at_all_answers_every_member(read: Reading) -> None:
    profile = read("上市计划: 都没有").profile

    members = read.vocabulary.attributes["上市计划"].members
    assert {profile.value(FactKey("上市计划", one.label)) for one in members} == {False}


def test_one_bad_member_is_reported_with_the_others(read: Reading) -> None:
    assert read.codes("上市计划: {科创版: 是, 主板: 三月}") == ["unknown-member", "unknown-member"]


def test_activities_have_a_state_and_a_bare_list_means_planned(read: Reading) -> None:
    listed = read("事项: [技术改造]").profile
    stated = read(
        "事项: {技术改造: 在做, 数字化改造: 没有, 使用算力: {状态: 已完成, 完成日期: 2025-03-01}}"
    ).profile

    assert listed.value(FactKey("事项", "技术改造")) == Activity(State.PLANNED)
    assert stated.value(FactKey("事项", "技术改造")) == Activity(State.DOING)
    assert stated.value(FactKey("事项", "数字化改造")) == Activity(State.NONE)
    done = Activity(State.DONE, date(2025, 3, 1))
    assert stated.value(FactKey("事项", "使用算力")) == done


def test_answered_to_the_end_per_topic(read: Reading) -> None:
    profile = read("事项: [科技成果转化]\n已答完: [研发与成果转化]").profile

    for member in read.vocabulary.activities.members:
        value = profile.value(FactKey("事项", member.label))
        if member.label == "科技成果转化":
            assert value == Activity(State.PLANNED)
        elif member.topic == "研发与成果转化":
            assert value == Activity(State.NONE)
        else:
            assert value is None


def test_unsure_members_stay_unknown_in_a_finished_topic(read: Reading) -> None:
    profile = read("不清楚: [产学研合作攻关]\n已答完: [研发与成果转化]").profile

    assert profile.value(FactKey("事项", "产学研合作攻关")) is None


def test_titles_are_complete_per_custodian(read: Reading) -> None:
    profile = read("资质: [高新技术企业]\n资质已查: [科技局]").profile

    for member in read.vocabulary.titles.members:
        known = profile.knows(FactKey("资质", member.label))
        assert known is (member.custodian == "科技局" or member.label == "高新技术企业")


# --- titles, statuses, stages, records ----------------------------------------------------------------


def tenure(read: Reading, text: str) -> Tenure:
    value = read(text).profile.value(HIGH_TECH)
    assert isinstance(value, Tenure)
    return value


def test_a_bare_title_is_declared_as_held(read: Reading) -> None:
    file = read("资质: [高新技术企业]")

    assert tenure(read, "资质: [高新技术企业]").held(AS_OF)
    assert file.profile.facts[HIGH_TECH].assurance is Assurance.DECLARED


def test_without_an_end_the_term_of_the_vocabulary_applies(read: Reading) -> None:
    value = tenure(read, "资质: [{名称: 高新技术企业, 取得日期: 2022-10-16}]")

    assert value.spells == (Spell(date(2022, 10, 16), date(2025, 10, 15)),)
    assert value.held(date(2025, 10, 15))
    assert not value.held(date(2025, 10, 16))


def test_an_expired_title_is_not_held(read: Reading) -> None:
    value = tenure(read, "资质: [{名称: 高新技术企业, 取得日期: 2020-10-16, 有效期至: 2023-10-15}]")

    assert not value.held(AS_OF)


def test_a_newer_certificate_continues_an_expired_one(read: Reading) -> None:
    value = tenure(
        read,
        "资质:\n"
        "  - {名称: 高新技术企业, 取得日期: 2020-10-16, 有效期至: 2023-10-15}\n"
        "  - {名称: 高企, 取得日期: 2023-11-30}\n",
    )

    assert len(value.spells) == 2
    assert value.held(AS_OF)


def test_no_title_is_known_from_the_day_it_is_said(read: Reading) -> None:
    assert tenure(read, "资质: {高新技术企业: 没有}") == Tenure((), clear_since=AS_OF)
    assert tenure(read, "资质: {高新技术企业: 从未}") == Tenure((), clear_since=date.min)


def test_a_level_beside_a_title(read: Reading) -> None:
    value = read("资质: {绿色工厂: 省级}").profile.value(FactKey("资质", "绿色工厂"))

    assert value == Tenure((Spell(level="省级"),))
    assert read.codes("资质: {绿色工厂: 镇级}") == ["unknown-member"]
    assert read.codes("资质: {高新技术企业: 省级}") == ["unknown-member"]


def test_a_status_with_intervals(read: Reading) -> None:
    value = read(
        "信用名单: {失信被执行人: {列入日期: 2023-05-01, 移出日期: 2024-05-01}}"
    ).profile.value(FactKey("信用名单", "失信被执行人"))

    assert value == Tenure((Spell(date(2023, 5, 1), date(2024, 5, 1)),))


def test_stages_with_dates_and_without(read: Reading) -> None:
    text = "上市阶段: {科创板: {股改: 2024-12-20, 辅导备案: 2025-06-30}, 主板: 没有, 港股: 受理}"

    dated = Stage("辅导备案", (("股改", date(2024, 12, 20)), ("辅导备案", date(2025, 6, 30))))
    assert read.value(text, "上市阶段", "科创板") == dated
    assert read.value(text, "上市阶段", "主板") == Stage()
    assert read.value(text, "上市阶段", "港股") == Stage("受理")


def test_records(read: Reading) -> None:
    rows = read.value(
        "项目:\n  - {项目名称: 一期, 总投资额: 5000 万元}\n  - {项目名称: 二期, 竣工日期: 2025-03-01}",
        "项目",
    )
    assert isinstance(rows, tuple)

    first, second = rows
    assert first.value(FactKey("总投资额")) == 5000 * WAN
    assert second.value(FactKey("总投资额")) is None
    assert read.value("项目: 没有", "项目") == ()
    assert read.codes("项目: [{投资额度: 3 万元}]") == ["unknown-key"]

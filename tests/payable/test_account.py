"""The account of a company: what is met pays, what implements a measure is what gets paid."""

from __future__ import annotations

from dataclasses import replace

import pytest

from matcher.catalogue import Catalogue, read_rules
from matcher.finding import Matcher
from matcher.language.diagnostics import Problems
from matcher.language.profiles import read_company
from matcher.payable.account import Account, account
from matcher.payable.due import Figure
from matcher.payable.telling import Telling, account_json
from tests.conftest import AS_OF
from tests.language.harness import folder, rendered
from tests.payable.amounts import WAN

CLAUSE = """\
条款: 一
标题: 支持企业创新
措施:
  - 编号: "1.1"
    名称: 高新技术企业奖补
    依据: 对高新技术企业给予奖补。
    支持方式: 直接奖补
    兑付依据: 另行规定
    条件: [资质 含 高新技术企业]
  - 编号: "1.2"
    名称: 瞪羚企业奖补
    依据: 对瞪羚企业给予奖补。
    支持方式: 直接奖补
    兑付依据: 金额明确
    条件: [资质 含 瞪羚企业]
    金额: 30 万元
    互斥: {组: 称号奖补, 规则: 就高}
    分期: [50%, 30%, 20%]
  - 编号: "1.3"
    名称: 高新技术企业奖补(实施细则)
    细化: demo/1.1
    来源: 实施细则(虚构)
    支持方式: 直接奖补
    兑付依据: 金额明确
    条件: [研发费用 ≥ 100 万元]
    金额: 研发费用 × 5%, 不超过 20 万元
    互斥: {组: 称号奖补, 规则: 就高}
"""
COMPANY = "主体类别: [企业]\n注册地: 淮南市\n资质: [高新技术企业, 瞪羚企业]\n"


@pytest.fixture(scope="module")
def matcher(catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Matcher:
    file = tmp_path_factory.mktemp("account") / "一.yaml"
    file.write_text(CLAUSE, encoding="utf-8")
    problems = Problems()
    _, _, documents = read_rules(folder(file.parent, file), catalogue.vocabulary, problems)
    assert rendered(problems) == ""
    (document,) = documents
    # The text is of March 2026; the tests look at an earlier day.
    return Matcher(replace(catalogue, documents=(replace(document, first_day=AS_OF),)))


def accounted(matcher: Matcher, text: str) -> Account:
    company = read_company(text, "企业.yaml", matcher.vocabulary, AS_OF)
    return account(matcher, company.profile, AS_OF, company.ledger)


def test_what_implements_a_measure_is_what_gets_paid(matcher: Matcher) -> None:
    found = accounted(matcher, "注册地: 淮南市\n资质: [高新技术企业]\n上年度: {研发费用: 200 万元}")
    (entry,) = (entry for entry in found.entries if entry.counts)

    assert (entry.due.measure.id, entry.due.exact) == ("demo/1.3", 10 * WAN)
    assert entry.due.measure.quote == "对高新技术企业给予奖补。"
    # Its parent states no amount, and needs none.
    assert found.without_amount == 0


def test_without_what_implements_it_a_measure_states_no_amount(matcher: Matcher) -> None:
    found = accounted(matcher, "注册地: 淮南市\n资质: [高新技术企业]\n上年度: {研发费用: 50 万元}")

    assert not [entry for entry in found.entries if entry.counts]
    assert found.without_amount == 1


def test_of_two_that_exclude_each_other_the_higher_one_counts(matcher: Matcher) -> None:
    found = accounted(matcher, COMPANY + "上年度: {研发费用: 500 万元}")

    assert found.combination.total == 30 * WAN
    (lost,) = found.combination.lost
    assert (lost.item.due.measure.id, lost.group, lost.rule) == ("demo/1.3", "称号奖补", "就高")
    said = list(Telling(matcher.vocabulary, "zh").lines(found))
    assert "可以一起享受的:合计 30 万元" in said
    assert any("demo/1.3" in line and "就高,只给 demo/1.2" in line for line in said)


def test_instalments_add_up(matcher: Matcher) -> None:
    found = accounted(matcher, COMPANY)
    entry = next(entry for entry in found.entries if entry.due.measure.id == "demo/1.2")

    assert entry.due.instalments == (15 * WAN, 9 * WAN, 6 * WAN)
    assert "第 1 期 15 万元" in entry.due.lines


def test_what_is_still_open_shows_what_is_at_stake_and_counts_nothing(matcher: Matcher) -> None:
    found = accounted(matcher, "注册地: 淮南市\n资质: [高新技术企业]")
    entry = next(entry for entry in found.entries if entry.due.measure.id == "demo/1.3")

    assert (entry.counts, entry.due.figure, entry.due.high) == (False, Figure.FACTS, 20 * WAN)
    assert found.combination.total == 0


def test_the_account_as_data_counts_in_fen(matcher: Matcher) -> None:
    text = COMPANY + "上年度: {研发费用: 500 万元}"
    company = read_company(text, "企业.yaml", matcher.vocabulary, AS_OF)
    found = account(matcher, company.profile, AS_OF, company.ledger)
    data = account_json(found, company.profile, matcher.catalogue)

    assert data["combination"]["total_fen"] == 30 * WAN
    assert [item["measure"] for item in data["combination"]["had"]] == ["demo/1.2"]
    assert data["combination"]["lost"][0]["for"][0]["measure"] == "demo/1.2"
    assert {item["figure"] for item in data["amounts"]} == {"due"}

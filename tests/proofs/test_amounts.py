"""What proofs find of amounts: bands that nobody reaches, companies that fall between them."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("z3")

from matcher.catalogue import Catalogue, load, read_rules
from matcher.language.diagnostics import Problems
from matcher.language.keys import PROOFS
from matcher.logic import Verdict
from matcher.payable.due import Figure, due
from matcher.proofs.amounts import Flaw, amount_flaws
from matcher.proofs.assurance import assure
from tests.conftest import AS_OF, RULES
from tests.language.harness import folder, rendered

MEASURE = """\
条款: 一
标题: 支持企业创新
措施:
  - 编号: "1.1"
    名称: 高新技术企业奖补
    依据: 对高新技术企业给予奖补。
    支持方式: 直接奖补
    兑付依据: 金额明确
    条件:
      - 资质 含 高新技术企业
      - 营业收入 ≥ 1 亿元
    金额:
"""
BANDS = """\
      阶梯: 营业收入
      档:
        - [≥ {high}, 50 万元]
        - [≥ {low}, 20 万元]
"""


def flaws(tmp_path: Path, catalogue: Catalogue, amount: str) -> list[Flaw]:
    file = tmp_path / "一.yaml"
    file.write_text(MEASURE + amount, encoding="utf-8")
    problems = Problems()
    _, _, documents = read_rules(folder(tmp_path, file), catalogue.vocabulary, problems)
    assert rendered(problems) == ""
    (document,) = documents
    return list(amount_flaws(document.measures[0], catalogue.vocabulary, AS_OF))


def test_bands_that_meet_the_condition_leave_nobody_out(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    assert flaws(tmp_path, catalogue, BANDS.format(high="5 亿元", low="1 亿元")) == []


def test_a_gap_is_shown_by_a_company_without_an_amount(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    (found,) = flaws(tmp_path, catalogue, BANDS.format(high="5 亿元", low="2 亿元"))
    assert PROOFS[found.code] == "漏档"
    assert found.witness is not None
    assert found.witness.verdicts == (Verdict.MET, Verdict.UNMET, Verdict.UNMET)


def test_a_band_below_the_condition_is_never_reached(tmp_path: Path, catalogue: Catalogue) -> None:
    (found,) = flaws(tmp_path, catalogue, BANDS.format(high="1 亿元", low="5000 万元"))
    assert (found.code, "≥ 5000 万元" in found.message) == ("unreachable", True)


def test_a_case_that_the_condition_rules_out_is_never_reached(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    cases = """\
      情形:
        - {名称: 不是高新技术企业, 当: {非: 资质 含 高新技术企业}, 则: 10 万元}
        - {其余: 20 万元}
"""
    (found,) = flaws(tmp_path, catalogue, cases)
    assert (found.code, "不是高新技术企业" in found.message) == ("unreachable", True)


def test_no_company_that_meets_a_sample_is_left_without_an_amount() -> None:
    """The 44 samples state an amount for every company that meets them, or say that they do not."""
    assert [one.message for one in assure(load(RULES, include={"examples"}), AS_OF)] == []


def test_the_witness_of_a_gap_is_paid_nothing(tmp_path: Path, catalogue: Catalogue) -> None:
    (found,) = flaws(tmp_path, catalogue, BANDS.format(high="5 亿元", low="2 亿元"))
    assert found.witness is not None
    problems = Problems()
    _, _, documents = read_rules(tmp_path / "rules", catalogue.vocabulary, problems)
    paid = due(documents[0].measures[0], found.witness.profile, AS_OF, catalogue.vocabulary)
    assert paid is not None and paid.figure is Figure.NONE

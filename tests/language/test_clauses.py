"""The condition side of 44 real clauses of some forty places can be written, printed and read back."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from matcher.catalogue import Catalogue, read_rules
from matcher.language.conditions import ConditionReader
from matcher.language.diagnostics import Problems
from matcher.language.leaves import LeafGrammar
from matcher.language.printer import print_condition
from matcher.language.profiles import read_company
from matcher.language.source import read_yaml
from matcher.logic import Verdict
from matcher.profile import Profile
from matcher.readers.evaluate import evaluate
from matcher.readers.prose import Prose
from matcher.tree import Condition
from matcher.vocabulary.model import Vocabulary
from tests.language.harness import folder, rendered

FILE = Path(__file__).parent / "clauses" / "conditions.yaml"
NAMES = [row["名称"] for row in yaml.safe_load(FILE.read_text(encoding="utf-8"))["条件定义"]]


@pytest.fixture(scope="module")
def problems() -> Problems:
    return Problems()


@pytest.fixture(scope="module")
def conditions(
    catalogue: Catalogue, problems: Problems, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Condition]:
    """Read the file as the national conditions of a rules folder are read."""
    rules = folder(tmp_path_factory.mktemp("clauses"))
    (rules / "national" / FILE.name).write_bytes(FILE.read_bytes())
    vocabulary = catalogue.vocabulary
    before = dict(vocabulary.named)
    read_rules(rules, vocabulary, problems)
    found = {name: vocabulary.named[name] for name in NAMES if name in vocabulary.named}
    vocabulary.named.clear()
    vocabulary.named.update(before)
    return found


def test_all_44_are_there() -> None:
    assert [name.split()[0] for name in NAMES] == [f"C{number:02}" for number in range(1, 45)]


def test_none_has_a_mistake(conditions: dict[str, Condition], problems: Problems) -> None:
    assert rendered(problems) == ""
    assert list(conditions) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_condition_reads_back_from_its_printed_form(
    name: str, conditions: dict[str, Condition], catalogue: Catalogue
) -> None:
    condition = conditions[name]
    printed = yaml.dump(print_condition(condition, catalogue.vocabulary), allow_unicode=True)

    assert read_back(printed, catalogue.vocabulary) == condition


@pytest.mark.parametrize("name", NAMES)
def test_a_condition_can_be_said_in_both_languages(
    name: str, conditions: dict[str, Condition], catalogue: Catalogue
) -> None:
    for language in ("zh", "en"):
        assert Prose(catalogue.vocabulary, language)(conditions[name]).strip()


def read_back(text: str, vocabulary: Vocabulary) -> Condition | None:
    problems = Problems()
    node = read_yaml(text, "打印.yaml", problems)
    assert node is not None
    reader = ConditionReader(vocabulary, LeafGrammar(vocabulary.units), problems)
    condition = reader.read(node)
    assert rendered(problems) == ""
    return condition


# --- and they mean something ----------------------------------------------------------------------------

AS_OF = date(2025, 9, 1)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_met_or_unmet_on_ignorance(
    name: str, conditions: dict[str, Condition], catalogue: Catalogue
) -> None:
    outcome = evaluate(conditions[name], Profile(), AS_OF, catalogue.vocabulary)

    assert outcome.verdict is Verdict.OPEN
    assert outcome.missing()


COMPANIES = {
    "C06": "注册地: 长丰县\n"
    "项目: [{项目类别: [技术改造项目], 总投资额: 1000 万元, 设备投资额: 600 万元}]",
    "C13": "亩均评价: 不适用\n单位能耗产出评价: 不适用",
    "C18": "上市阶段: {创业板: 股改}",
    "C20": "注册地: 北京市\n流片事项: [工程产品首轮流片]\n流片产线: 境外产线\n流片制程: 14 纳米",
    "C26": "上年度: {地方经济贡献: 3000 万元, 营业收入: 5 亿元}\n年度: {2023: {营业收入: 4 亿元}}\n"
    "控股子公司数: 3\n区外控股子公司数: 2\n新设为更名分拆: 否\n"
    "子公司: [{持股比例: 51%}, {持股比例: 100%}, {持股比例: 60%}]",
    "C31": "营业收入: {2024: 3 亿元, 2023: 2 亿元}",
    "C35": "作品: [{制作身份: 第一制作方, 作品类型: 电视剧, 境外成交额: 600 万元, 成交日期: 2024-05-01}]",
    "C40": "规上状态: [限上零售业]\n零售额: {2024: 4600 万元, 2023: 4000 万元}\n"
    "统计月报按时报送: 是\n已享同类奖补: 否",
    "C43": "失业保险缴费月数: 12\n参保职工人数: 28\n裁员率: 18%",
    "C44": "行业: 6520\n上年度: {从业人员: 200, 营业收入: 900 万元, 新招用人数: 16}\n新招用合同期限: 1 年",
}


@pytest.mark.parametrize("number", COMPANIES)
def test_a_company_at_the_threshold_meets_the_clause(
    number: str, conditions: dict[str, Condition], catalogue: Catalogue
) -> None:
    company = read_company(COMPANIES[number], number, catalogue.vocabulary, AS_OF)
    condition = next(item for name, item in conditions.items() if name.startswith(number))
    outcome = evaluate(condition, company.profile, AS_OF, catalogue.vocabulary)

    assert outcome.verdict is Verdict.MET, outcome.missing()

"""The contract of cleaning: a row means what a company file of the same content means."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from matcher.language.profiles import CODE, Channel, read_company
from matcher.profile import FactKey, Profile
from tests.conftest import AS_OF, seeds
from tests.registry.tables import CODES, FILED, Desk

MAPPING = """
填报日期: 2025-06-30
列:
  - {列: 统一社会信用代码, 指标: 统一社会信用代码, 来源: 市场监管局, 日期: 2025-06-30}
  - {列: 名称, 指标: 企业名称}
  - {列: 成立, 指标: 成立日期, 来源: 工商局, 日期: 2025-06-30}
  - {列: 收入(万元), 指标: 营业收入, 来源: 税务局, 日期: 2025-06-30}
  - {列: 前年收入, 指标: 营业收入, 年度: 2023, 单位: 元}
  - {列: 人数, 指标: 从业人员}
  - {列: 占有率, 指标: 细分市场占有率}
  - {列: 民企, 指标: 民营企业}
  - {列: 类型, 指标: 企业类型}
  - {列: 信用等级, 指标: 纳税信用等级, 来源: 税务局, 日期: 2025-06-30}
  - {列: 地区, 指标: 注册地}
  - {列: 行业, 指标: 行业}
  - {列: 排名, 指标: 亩均效益}
  - {列: 高企, 指标: 资质, 项: 高新技术企业, 来源: 科技局, 日期: 2025-06-30}
  - {列: 高企起, 指标: 资质, 项: 高新技术企业, 部分: 取得日期, 来源: 科技局, 日期: 2025-06-30}
  - {列: 高企止, 指标: 资质, 项: 高新技术企业, 部分: 有效期至, 来源: 科技局, 日期: 2025-06-30}
  - {列: 工厂, 指标: 资质, 项: 绿色工厂}
  - {列: 失信, 指标: 信用名单, 项: 失信被执行人}
  - {列: 事故, 指标: 重大事件, 项: 重大安全事故}
  - {列: 基地, 指标: 事项, 项: 建设中试基地, 来源: 科技局, 日期: 2025-06-30}
  - {列: 孵化, 指标: 事项, 项: 建设孵化载体}
  - {列: 孵化完成, 指标: 事项, 项: 建设孵化载体, 部分: 完成日期}
  - {列: 科创板备案, 指标: 上市阶段, 项: 科创板, 部分: 辅导备案}
  - {列: 科创板受理, 指标: 上市阶段, 项: 科创板, 部分: 受理}
  - {列: 主板, 指标: 上市阶段, 项: 主板}
  - {列: 产业链, 指标: 产业链}
  - {列: 认证, 指标: 管理体系认证, 完整: 是}
  - {列: 主体, 指标: 主体类别}
"""
CHANNEL = Channel(frozenset({"市场监管局", "税务局", "科技局"}))
ATTESTED = {
    "成立": "市场监管局",
    "收入(万元)": "税务局",
    "信用等级": "税务局",
    "高企": "科技局",
    "基地": "科技局",
}
UNKNOWN = ("", "-", "不清楚", None)


class Company:
    """One made-up company, as the cells of a row and as a company file."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.cells: dict[str, str | None] = {}
        self.file: dict[str, Any] = {"填报日期": "2025-06-30"}
        code = chance.choice(CODES)
        self.cells[CODE] = code
        self.file[CODE] = {"值": code, "来源": "市场监管局"}
        self.cells["名称"] = self.file["企业名称"] = "某某（合肥）公司"
        self.plain()
        self.titles()
        self.activities()
        self.stages()
        self.lists()

    def maybe(self, *columns: str) -> bool:
        """Leave some cells empty."""
        for column in columns:
            self.cells[column] = self.chance.choice(UNKNOWN)
        return self.chance.random() < 0.75

    def say(self, column: str, cell: str, key: str, value: Any) -> None:
        """Write one answer both ways."""
        self.cells[column] = cell
        source = ATTESTED.get(column)
        self.file[key] = {"值": value, "来源": source} if source else value

    def day(self, first: date, last: date) -> date:
        """Draw a day."""
        return first + timedelta(self.chance.randrange((last - first).days + 1))

    def written(self, day: date) -> str:
        """Write a day in one of the usual ways."""
        ways = (
            "{0:%Y-%m-%d}",
            "{0.year}/{0.month}/{0.day}",
            "{0:%Y%m%d}",
            "{0.year}年{0.month}月{0.day}日",
        )
        return self.chance.choice((*ways, "{0:%Y-%m-%d} 00:00:00")).format(day)

    def plain(self) -> None:
        """Answer what is one value a company."""
        pick = self.chance.choice
        if self.maybe("成立"):
            day = self.day(date(1990, 1, 1), FILED)
            self.say("成立", self.written(day), "成立日期", day.isoformat())
        if self.maybe("收入(万元)"):
            amount = self.chance.randrange(90_000_000) / 100
            cell = pick([f"{amount}", f"{amount:,.2f}(万元)", f"{amount}万元人民币", f"{amount}万"])
            self.say("收入(万元)", cell, "营业收入", f"{amount} 万元")
        if self.maybe("前年收入"):
            amount = self.chance.randrange(10**9)
            self.cells["前年收入"] = pick([f"{amount}", f"{amount:,}", f"{amount}元"])
            self.file["年度"] = {"2023": {"营业收入": f"{amount} 元"}}
        if self.maybe("人数"):
            staff = self.chance.randrange(3000)
            self.say(
                "人数", pick([f"{staff}", f"{staff}人", f"{staff}.0"]), "从业人员", f"{staff} 人"
            )
        if self.maybe("占有率"):
            share = pick(["不适用", f"{self.chance.randrange(1000) / 10}%"])
            self.say("占有率", share, "细分市场占有率", share)
        if self.maybe("民企"):
            yes = self.chance.random() < 0.5
            cell = pick(["是", "Y", "1", "√"] if yes else ["否", "N", "0", "×"])
            self.say("民企", cell, "民营企业", "是" if yes else "否")
        if self.maybe("类型"):
            form = pick(["有限责任公司", "股份有限公司", "合伙企业"])
            self.say("类型", form + pick(["", "(自然人投资或控股)"]), "企业类型", form)
        if self.maybe("信用等级"):
            grade = pick("ABMCD") + "级"
            self.say("信用等级", grade, "纳税信用等级", grade)
        if self.maybe("地区"):
            place = pick(["合肥市", "安徽省亳州市谯城区", "合肥高新区", "340104", "上海"])
            self.say("地区", place, "注册地", place)
        if self.maybe("行业"):
            trade = pick(["6520", "C39", "3973 集成电路制造", "I", "批发业"])
            self.say("行业", trade, "行业", trade)
        if self.maybe("排名"):
            rank = pick(["3/120", "7", "1/1"])
            self.say("排名", rank, "亩均效益", rank)

    def titles(self) -> None:
        """Answer titles and statuses."""
        titles: dict[str, Any] = {}
        if self.maybe("高企", "高企起", "高企止"):
            titles["高新技术企业"] = self._dated_title()
        if self.maybe("工厂"):
            level = self.chance.choice(["市级", "省级", "国家级", "是", "没有", "从未"])
            self.cells["工厂"] = titles["绿色工厂"] = level
        self.file["资质"] = titles
        for column, attribute, member in (
            ("失信", "信用名单", "失信被执行人"),
            ("事故", "重大事件", "重大安全事故"),
        ):
            if self.maybe(column):
                said = self.chance.choice(["是", "没有", "从未"])
                self.cells[column] = said
                self.file[attribute] = {member: said}

    def _dated_title(self) -> Any:
        if self.chance.random() < 0.4:
            held = self.chance.random() < 0.5
            self.cells["高企"] = self.chance.choice(["是", "有"] if held else ["否", "无", "没有"])
            return {"值": "是" if held else "没有", "来源": "科技局"}
        start = self.day(date(2015, 1, 1), FILED)
        end = start + timedelta(self.chance.randrange(2000))
        self.cells["高企起"] = self.written(start)
        days = {"取得日期": start.isoformat(), "来源": "科技局"}
        if self.chance.random() < 0.5:
            self.cells["高企止"] = self.written(end)
            days["有效期至"] = end.isoformat()
        self.cells["高企"] = self.chance.choice(["是", ""])
        return days

    def activities(self) -> None:
        """Answer activities; a plan stays the company's own word."""
        activities: dict[str, Any] = {}
        if self.maybe("基地"):
            state = self.chance.choice(["打算", "在做", "已完成", "没有"])
            self.cells["基地"] = state
            activities["建设中试基地"] = {"值": state, "来源": "科技局"}
        if self.maybe("孵化", "孵化完成"):
            day = self.day(date(2020, 1, 1), FILED)
            self.cells["孵化完成"] = self.written(day)
            self.cells["孵化"] = self.chance.choice(["已完成", ""])
            activities["建设孵化载体"] = {"状态": "已完成", "完成日期": day.isoformat()}
        self.file["事项"] = activities

    def stages(self) -> None:
        """Answer listings."""
        listings: dict[str, Any] = {}
        if self.maybe("科创板备案", "科创板受理"):
            first = self.day(date(2022, 1, 1), FILED)
            later = self.day(first, FILED)
            self.cells["科创板备案"], self.cells["科创板受理"] = (
                self.written(first),
                self.written(later),
            )
            listings["科创板"] = {"辅导备案": first.isoformat(), "受理": later.isoformat()}
        if self.maybe("主板"):
            self.cells["主板"] = listings["主板"] = self.chance.choice(["没有", "过会", "上市"])
        self.file["上市阶段"] = listings

    def lists(self) -> None:
        """Answer sets: one that says nothing of the rest, one that is complete, and 主体类别."""
        if self.maybe("产业链"):
            chains = self.chance.sample(["集成电路", "人工智能", "新能源", "生物医药"], 2)
            self.say("产业链", ";".join(chains), "产业链", chains)
        if self.maybe("认证"):
            held = self.chance.sample(["质量管理体系", "环境管理体系", "能源管理体系"], 2)
            self.say("认证", "、".join(held), "管理体系认证", held)
            self.file["已答完"] = ["管理体系认证"]
        if self.maybe("主体"):
            kind = self.chance.choice(["企业", "高校院所", "合作社及农户"])
            self.say("主体", kind, "主体类别", [kind])
        elif self.cells["主体"] == "不清楚":
            self.file["主体类别"] = "不清楚"


def known(profile: Profile) -> dict[FactKey, tuple[Any, Any]]:
    """Give what is known and how surely."""
    return {key: (fact.value, fact.assurance) for key, fact in profile.facts.items()}


@pytest.mark.parametrize("seed", seeds(4))
def test_a_row_means_what_a_company_file_means(desk: Desk, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - reproducible data, no secret
    companies = [Company(chance) for _ in range(100)]
    names = list(companies[0].cells)
    columns = {
        name: pl.Series([company.cells[name] for company in companies], dtype=pl.String)
        for name in names
    }

    cleaned, cleaner = desk.clean(columns, MAPPING)

    assert cleaned.faults.to_dicts() == []
    rows = desk.profiles(cleaned, cleaner)
    for company, row in zip(companies, rows, strict=True):
        text = json.dumps(company.file, ensure_ascii=False)
        read = read_company(text, "企业.json", desk.vocabulary, AS_OF, CHANNEL)
        assert known(row) == known(read.profile), text
        assert row.filed == read.profile.filed

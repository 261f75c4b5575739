"""Companies that meet a national standard in every respect, to be spoiled in one."""

from __future__ import annotations

from datetime import date
from typing import Any

import yaml

from matcher.catalogue import Catalogue
from matcher.documents.standards import Standard
from matcher.language.profiles import Channel, read_company
from matcher.profile import Profile

OLD, NEW = date(2026, 3, 31), date(2026, 4, 1)
Company = dict[str, Any]

CLEAN: Company = {
    "填报日期": "2026-03-01",
    "成立日期": "2016-05-20",
    "注册地": "合肥市",
    "居民企业": "是",
    "产品在禁限目录": "否",
    "信用名单": "没有",
    "重大事件": "没有",
}
TECH_SME: Company = CLEAN | {
    "查账征收": "是",
    "研发费用单独归集": "是",
    "适用加计扣除": "是",
    "上年度": {
        "从业人员": "100 人",
        "科技人员": "30 人",
        "营业收入": "5000 万元",
        "资产总额": "8000 万元",
        "研发费用": "200 万元",
        "成本费用": "4000 万元",
    },
    "Ⅰ类知识产权": "0 件",
    "Ⅱ类知识产权": "3 件",
    "资质": {"高新技术企业": "没有", "国家级科技奖励": "没有"},
    "国家级科技奖励名次": "不适用",
    "研发机构级别": "没有研发机构",
    "主导制定标准数": "0 项",
}
HIGH_TECH: Company = CLEAN | {
    "Ⅰ类知识产权": "1 件",
    "年度": {
        "2025": {
            "营业收入": "5000 万元",
            "研发费用": "250 万元",
            "境内研发费用": "150 万元",
            "从业人员": "100 人",
            "科技人员": "10 人",
            "高新技术产品收入": "3000 万元",
            "总收入": "5000 万元",
        },
        "2024": {"营业收入": "4000 万元", "研发费用": "200 万元", "境内研发费用": "120 万元"},
        "2023": {"营业收入": "3000 万元", "研发费用": "150 万元", "境内研发费用": "90 万元"},
    },
    "认定": {"高企知识产权核心支持": "是", "高企重点支持领域": "是", "高企创新能力评价": "是"},
}
SPECIALISED: Company = CLEAN | {
    "行业": "3973 集成电路制造",
    "资质": [{"名称": "专精特新中小企业", "取得日期": "2024-06-01"}],
    "细分市场从事年限": "3 年",
    "细分市场占有率": "10%",
    "核心业务信息化": "是",
    "管理体系认证": ["质量管理体系"],
    "自主品牌": "是",
    "研发机构级别": "自建未认定",
    "应用的Ⅰ类知识产权": "4 件",
    "应用的自有Ⅰ类知识产权": "4 件",
    "年度": {
        "2025": {
            "从业人员": "120 人",
            "营业收入": "10500 万元",
            "主营业务收入": "9450 万元",
            "研发费用": "600 万元",
            "资产总额": "10000 万元",
            "负债总额": "7000 万元",
            "专精特新发展评价得分": "60 分",
        },
        "2024": {"营业收入": "10200 万元", "主营业务收入": "9000 万元", "研发费用": "600 万元"},
        "2023": {"营业收入": "9500 万元", "主营业务收入": "8500 万元"},
    },
    "认定": {
        "六基或产业链关键环节": "是",
        "关键环节填补空白": "是",
        "产品填补国内空白": "是",
        "小巨人重点领域": "是",
        "细分市场位居前列": "是",
        "专精特新评价得分达标": "是",
    },
}


# Scores 20 for innovation, 20 for growth and 20 for specialisation: 60 points, none to spare.
INNOVATIVE: Company = CLEAN | {
    "行业": "3973 集成电路制造",
    "Ⅰ类知识产权": "1 件",
    "自主研发Ⅰ类知识产权": "1 件",
    "高价值Ⅰ类知识产权": "0 件",
    "Ⅱ类知识产权": "0 件",
    "战新产业": "没有",
    "研发机构级别": "市级认定",
    "资质": {
        "高新技术企业": "没有",
        "国家技术创新示范企业": "没有",
        "国家知识产权优势企业": "没有",
        "国家知识产权示范企业": "没有",
        "国家级科技奖励": "从未",
        "省级科技奖励": "从未",
    },
    "年度": {
        "2025": {
            "从业人员": "60 人",
            "营业收入": "2000 万元",
            "主营业务收入": "1260 万元",
            "研发费用": "20 万元",
            "资产总额": "1000 万元",
            "负债总额": "550 万元",
            "股权融资额": "499 万元",
        },
        "2024": {"主营业务收入": "1200 万元", "股权融资额": "0 万元"},
        "2023": {"股权融资额": "0 万元"},
    },
}
CHAMPION: Company = CLEAN | {
    "细分市场从事年限": "10 年",
    "单项产品全球占有率名次": "前三名",
    "资质": {"专精特新中小企业": "没有", "专精特新小巨人": "没有"},
    "年度": {
        "2025": {"主营业务收入": "40000 万元"},
        "2024": {"主营业务收入": "40000 万元"},
        "2023": {"主营业务收入": "40000 万元"},
    },
    "认定": {
        "单项冠军新产品": "否",
        "单项冠军工艺先进": "是",
        "单项冠军无否决情形": "是",
    },
}
# A large manufacturer with centres of its own, at every threshold of the titles for them.
CENTRES: Company = CLEAN | {
    "行业": "3973 集成电路制造",
    "资质": [
        {"名称": "企业技术中心", "取得日期": "2020-01-01", "级别": "省级"},
        {"名称": "工业设计中心", "取得日期": "2023-01-01", "级别": "省级"},
    ],
    "省级企业技术中心年限": "2 年",
    "设计成果总数": "99 件",
    "年度": {
        "2025": {
            "从业人员": "300 人",
            "营业收入": "5000 万元",
            "资产总额": "4000 万元",
            "净利润": "1 万元",
            "研发费用": "1500 万元",
            "全时研发人员": "150 人",
            "研发仪器设备原值": "2000 万元",
            "服务收入": "1500 万元",
            "设计人员": "50 人",
            "有学历职称的设计人员": "25 人",
            "设计成果授权数": "15 件",
            "工业设计服务收入": "0 万元",
        },
        "2024": {"净利润": "1 万元", "设计成果授权数": "15 件"},
        "2023": {"净利润": "1 万元", "设计成果授权数": "15 件"},
    },
    "认定": {
        "技术创新示范评审": "是",
        "企业技术中心评价": "是",
        "服务型制造示范评审": "是",
        "工业设计中心评审": "是",
    },
}
# Meets no test of any board; each test below is met by a change of its own figures.
LISTING: Company = CLEAN | {
    "新三板层级": "创新层",
    "连续挂牌月数": "12 个月",
    "股东人数": "200 人",
    "实收资本": "3000 万元",
    "预计市值": "1 亿元",
    "年度": {
        "2025": {
            "营业收入": "2900 万元",
            "研发费用": "0 万元",
            "孰低净利润": "-100 万元",
            "经营活动现金流净额": "-100 万元",
            "加权平均净资产收益率": "8%",
            "净资产": "5000 万元",
            "股权融资额": "0 万元",
        },
        "2024": {
            "营业收入": "2900 万元",
            "研发费用": "0 万元",
            "孰低净利润": "-100 万元",
            "经营活动现金流净额": "0 万元",
            "加权平均净资产收益率": "8%",
            "股权融资额": "0 万元",
        },
        "2023": {
            "营业收入": "2900 万元",
            "研发费用": "0 万元",
            "孰低净利润": "-100 万元",
            "经营活动现金流净额": "0 万元",
        },
    },
    "认定": {
        "科创属性": "是",
        "科创板第五套标准": "否",
        "创业板定位": "是",
        "创新层净资产收益率": "是",
    },
}


def changed(company: Company, change: Company) -> Company:
    """Give a company with some facts replaced; yearly figures one by one, None takes a fact away."""
    made = dict(company)
    for key, value in change.items():
        if value is None:
            made.pop(key, None)
        elif isinstance(value, dict) and isinstance(made.get(key), dict):
            made[key] = changed(made[key], value)
        else:
            made[key] = value
    return made


def profile_of(company: Company, catalogue: Catalogue, day: date) -> Profile:
    """Read a company as a file of its own."""
    text = yaml.safe_dump(company, allow_unicode=True)
    everything = Channel(frozenset(), True, judgements=True)
    return read_company(text, "company", catalogue.vocabulary, day, everything).profile


def standard_of(title: str, catalogue: Catalogue, day: date) -> Standard:
    """Give the one version of a standard that counts on a day."""
    (found,) = (item for item in catalogue.standards if item.title == title and item.in_force(day))
    return found

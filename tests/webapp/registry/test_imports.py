"""What a custodian sends: good rows go in, bad rows come back, a stopped import goes on where it stopped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, select

from matcher.language.profiles import FILED
from matcher.profile import Assurance, FactKey
from matcher.registry.faults import RegistryFault
from tests.webapp.registry.conftest import CODES, Registry
from webapp.services.audit.verify import Signer, verify
from webapp.services.cases.refusals import Refused
from webapp.services.desk.search import search
from webapp.services.questions import Questionnaire
from webapp.services.registry import imports
from webapp.services.registry.learning import Told
from webapp.services.registry.reading import Line, Lines
from webapp.services.registry.sending import ImportFault
from webapp.services.spreadsheet import template
from webapp.tables.audit import AuditEntry
from webapp.tables.people import UserCustodian
from webapp.tables.registry import CompanyRow, FactImport, FactRow

HNTE = FactKey("资质", "高新技术企业")
HEAD = "统一社会信用代码,企业名称,高新技术企业,技术合同成交额(万元),研发费用(万元)\n"
MAPPING = """
新企业: {new}
列:
  - 列: 统一社会信用代码
    指标: 统一社会信用代码
  - 列: 企业名称
    指标: 企业名称
  - 列: 高新技术企业
    指标: 资质
    项: 高新技术企业
    部分: 取得日期
  - {{列: 技术合同成交额(万元), 指标: 技术合同成交额, 年度: 2025, 单位: 万元}}
  - {{列: 研发费用(万元), 指标: 研发费用, 年度: 2025, 单位: 万元}}
"""


def rows(*lines: str) -> str:
    return HEAD + "".join(f"{line}\n" for line in lines)


def mapping(registry: Registry, new: str = "退回") -> Path:
    return registry.write("mapping.yaml", MAPPING.format(new=new))


def test_only_what_the_custodian_keeps_is_attested(registry: Registry) -> None:
    company = registry.company()
    file = registry.write("a.csv", rows(f"{CODES[0]},深圳示例科技有限公司,2025-11-20,120,300"))
    report = registry.take(file, "科技局", mapping=mapping(registry))
    assert (report.accepted, report.rejected, registry.faults) == (1, 0, [])
    assert report.reported == ("研发费用",)  # 税务局 keeps it
    facts = registry.profile(company).facts
    assert facts[HNTE].assurance is Assurance.ATTESTED
    assert facts[HNTE].value.held(registry.office.today)
    assert facts[FactKey("技术合同成交额", None, 2025)].assurance is Assurance.ATTESTED
    spent = facts[FactKey("研发费用", None, 2025)]
    assert (spent.assurance, spent.value) == (Assurance.DECLARED, 300_000_000)
    assert registry.events() == [(company, "facts")]


def test_a_file_that_is_half_right_is_half_taken(registry: Registry) -> None:
    good, other = registry.company(), registry.company(CODES[1], "第二示例有限公司")
    file = registry.write(
        "half.csv",
        rows(
            f"{CODES[0]},深圳示例科技有限公司,2025-11-20,,",
            f"{CODES[1]},第二示例有限公司,2027-01-01,,",  # a day that has not come
            f"{CODES[2]},没有登记有限公司,2025-01-01,,",
            "12,短代码有限公司,2025-01-01,,",
            f"{CODES[0]},深圳示例科技有限公司,2024-01-01,,",  # contradicts row 1
        ),
    )
    report = registry.take(file, "科技局", mapping=mapping(registry))
    assert (report.rows, report.accepted, report.rejected) == (5, 1, 4)
    told = {
        fault.row: (fault.column, fault.reason, bool(fault.repair)) for fault in registry.faults
    }
    assert told[2][0] == "高新技术企业"
    assert told[3] == ("统一社会信用代码", "登记表里没有这家企业", True)
    assert told[4][0] == "统一社会信用代码"
    assert told[5][1] == "与第 1 行是同一家企业,内容不同"
    assert all(repair for _, _, repair in told.values())
    assert HNTE in registry.profile(good).facts
    assert HNTE not in registry.profile(other).facts


def test_the_mapping_may_register_new_companies(registry: Registry) -> None:
    file = registry.write(
        "new.csv", rows(f"{CODES[2]},新企业有限公司,2025-11-20,,", f"{CODES[1]},,,,")
    )
    report = registry.take(file, "科技局", mapping=mapping(registry, "登记"))
    assert (report.created, report.accepted, report.rejected) == (1, 1, 1)
    (fault,) = registry.faults
    assert fault.reason == "新企业没有名称,不能登记"


def test_many_new_companies_are_registered_at_once_each_with_its_audit_entry(
    registry: Registry,
) -> None:
    names = {code: f"云岭{code[-3:]}药业有限公司" for code in CODES}
    text = rows(*(f"{code},{name},2025-11-20,," for code, name in names.items()))
    file = registry.write("new.csv", text)
    report = registry.take(file, "科技局", mapping=mapping(registry, "登记"))
    assert (report.created, report.accepted) == (3, 3)
    with registry.office.work.database.reading() as session:
        found = {hit.id: (hit.code, hit.name) for hit in search(session, "云岭").hits}
        entered = select(AuditEntry.object_id).filter_by(action="company.register")
        assert sorted(session.scalars(entered)) == sorted(map(str, found))
        assert verify(session, Signer(b"k" * 32)).flaws == ()
    assert dict(found.values()) == names


def test_the_same_file_counts_once(registry: Registry) -> None:
    registry.company()
    file = registry.write("a.csv", rows(f"{CODES[0]},深圳示例科技有限公司,2025-11-20,,"))
    registry.take(file, "科技局", mapping=mapping(registry))
    again = file.rename(file.with_name("another-name.csv"))
    with pytest.raises(ImportFault, match="已经取过"):
        registry.take(again, "科技局", mapping=mapping(registry))
    registry.take(again, "工信局", mapping=mapping(registry))  # another custodian may send it too


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"as_of": date(2026, 3, 3)}, "还没有到"),
        ({"custodian": "不存在局"}, "没有名为"),
        ({"valid_to": date(2026, 1, 1)}, "早于数据日期"),
    ],
)
def test_what_cannot_be_taken_is_refused_before_anything(
    registry: Registry, options: dict[str, Any], said: str
) -> None:
    file = registry.write("a.csv", rows(f"{CODES[0]},深圳示例科技有限公司,2025-11-20,,"))
    given = {"custodian": "科技局", "mapping": mapping(registry), **options}
    with pytest.raises(ImportFault, match=said):
        registry.take(file, **given)
    assert imported(registry) == 0


def speak_for(registry: Registry, *custodians: str) -> None:
    """Let the person of the data departments speak for some departments alone."""
    with registry.office.work.database.writing() as session:
        session.execute(delete(UserCustodian).where(UserCustodian.custodian.not_in(custodians)))


@pytest.mark.parametrize("dry", [True, False])
def test_nobody_takes_over_what_another_department_sends(registry: Registry, dry: bool) -> None:
    company = registry.company()
    speak_for(registry, "工信局")
    file = registry.write("a.csv", rows(f"{CODES[0]},深圳示例科技有限公司,2025-11-20,,"))
    with pytest.raises(Refused, match="custodian_not_yours"):
        registry.take(file, "科技局", mapping=mapping(registry), dry=dry)
    assert imported(registry) == 0
    assert registry.rows(company, "资质") == []


def test_who_speaks_for_a_department_no_longer_is_stopped_at_the_next_rows(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "UNIT", 1)
    companies = [registry.company(), registry.company(CODES[1], "第二示例有限公司")]
    file = registry.write("a.csv", rows(*(f"{code},,2025-11-20,," for code in CODES[:2])))

    def taken(place: str) -> None:
        if place == "import.after-commit":
            speak_for(registry, "工信局")

    monkeypatch.setattr(imports.failpoints, "reach", taken)
    with pytest.raises(Refused, match="custodian_not_yours"):
        registry.take(file, "科技局", mapping=mapping(registry))
    assert [len(registry.rows(one, "资质")) for one in companies] == [1, 0]


def imported(registry: Registry) -> int:
    with registry.office.work.database.reading() as session:
        return session.scalar(select(func.count()).select_from(FactImport)) or 0


def test_a_dry_run_tells_everything_and_changes_nothing(registry: Registry) -> None:
    company = registry.company()
    line = f"{CODES[0]},深圳示例科技有限公司,2025-11-20,,"
    file = registry.write("a.csv", rows(line, f"{CODES[2]},无此企业,,,"))
    report = registry.take(file, "科技局", mapping=mapping(registry), dry=True)
    assert (report.accepted, report.rejected, report.learned.new) == (1, 1, 1)
    assert len(registry.faults) == 1
    assert registry.rows(company, "资质") == []
    assert (registry.events(), imported(registry)) == ([], 0)


class Killed(BaseException):
    """Stands for the end of the process."""


@contextmanager
def killed_at(monkeypatch: pytest.MonkeyPatch, place: str, count: int) -> Iterator[None]:
    passed = []

    def reach(name: str) -> None:
        passed.append(name)
        if passed.count(place) == count:
            raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(imports.failpoints, "reach", reach)
        with pytest.raises(Killed):
            yield


@pytest.mark.parametrize("place", ["import.before-commit", "import.after-commit"])
def test_an_import_that_was_killed_goes_on_and_nothing_counts_twice(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setattr(imports, "UNIT", 3)
    codes = [f"91440300MA{n:07d}0"[:18] for n in range(10)]
    for code in codes[:9]:
        registry.company(code, f"企业{code}")
    file = registry.write("a.csv", rows(*(f"{code},企业{code},2025-11-20,," for code in codes)))
    with killed_at(monkeypatch, place, 2):
        registry.take(file, "科技局", mapping=mapping(registry))
    report = registry.take(file, "科技局", mapping=mapping(registry))
    assert report.resumed_after == (3 if place == "import.before-commit" else 6)
    assert (report.accepted, report.rejected) == (9, 1)
    assert [fault.row for fault in registry.faults] == [10]  # told again, complete
    with registry.office.work.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(FactRow)) == 9
        assert verify(session, Signer(b"k" * 32)).flaws == ()
    assert len(registry.events()) == 9


def test_an_import_goes_on_where_it_stopped_however_large_its_pieces_are_now(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program may have been replaced by a newer one in between."""
    codes = [f"91440300MA{n:07d}0"[:18] for n in range(10)]
    for code in codes:
        registry.company(code, f"企业{code}")
    file = registry.write("a.csv", rows(*(f"{code},企业{code},2025-11-20,," for code in codes)))
    monkeypatch.setattr(imports, "UNIT", 3)
    with killed_at(monkeypatch, "import.after-commit", 1):
        registry.take(file, "科技局", mapping=mapping(registry))
    monkeypatch.setattr(imports, "UNIT", 4)
    report = registry.take(file, "科技局", mapping=mapping(registry))
    assert (report.resumed_after, report.accepted) == (3, 10)
    assert len(registry.events()) == 10


@pytest.mark.parametrize("done", [0, 4])
def test_a_piece_has_so_many_rows_or_facts_unless_one_row_has_more(done: int) -> None:
    facts = [1, 1, 9, 0, 2, 2, 2, 1, 1, 1]
    told = Told("资质", "高新技术企业", "", '"是"', True)
    good = [Line(row, "", "", (told,) * count) for row, count in enumerate(facts, 1)]
    pieces = list(Lines(1, 10, good, []).cut(4, 5, done))
    assert [row for piece in pieces for row in range(piece.first, piece.last + 1)] == [
        *range(1, 11)
    ]
    assert [line.row for piece in pieces for line in piece.good] == [*range(1, 11)]
    for piece in pieces:
        assert len(piece.good) <= 4
        assert len(piece.good) == 1 or sum(len(line.facts) for line in piece.good) <= 5
    assert done in {0, *(piece.last for piece in pieces)}
    assert len(pieces) <= 5


def test_going_on_with_another_reading_is_refused(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.company()
    file = registry.write("a.csv", rows(f"{CODES[0]},深圳示例科技有限公司,2025-11-20,,"))
    with killed_at(monkeypatch, "import.before-commit", 1):
        registry.take(file, "科技局", mapping=mapping(registry))
    with pytest.raises(ImportFault, match="同样的"):
        registry.take(
            file,
            "科技局",
            mapping=mapping(registry),
            as_of=registry.office.today - timedelta(days=1),
        )


def test_a_company_file_and_a_list_of_them_are_taken(registry: Registry) -> None:
    one, two = registry.company(), registry.company(CODES[1], "第二示例有限公司")
    text = f"""
- 统一社会信用代码: {CODES[0]}
  资质: {{高新技术企业: {{取得日期: 2025-11-20}}}}
  技术合同成交额: 120 万元
- 统一社会信用代码: {CODES[1]}
  资质: {{高新技术企业: 大概有}}
- 企业名称: 没有代码
"""
    report = registry.take(registry.write("a.yaml", text), "科技局")
    assert (report.accepted, report.rejected) == (1, 2)
    assert registry.profile(one).facts[HNTE].assurance is Assurance.ATTESTED
    assert FactKey("技术合同成交额", None, 2025) in registry.profile(one).facts
    assert [fault.row for fault in registry.faults] == [2, 3]
    assert "资质" in registry.faults[0].column
    assert registry.faults[0].value == "大概有"
    assert HNTE not in registry.profile(two).facts


def test_a_json_file_of_one_company_is_taken(registry: Registry) -> None:
    company = registry.company()
    facts = {"统一社会信用代码": CODES[0], "信用名单": {"科研严重失信": "没有"}}
    report = registry.take(registry.write("a.json", json.dumps(facts)), "科技局")
    assert report.accepted == 1
    key = FactKey("信用名单", "科研严重失信")
    assert registry.profile(company).facts[key].assurance is Assurance.ATTESTED


def test_the_filled_workbook_of_the_portal_is_taken(registry: Registry) -> None:
    company = registry.company()
    questionnaire = Questionnaire(registry.vocabulary)
    filled = {
        FILED: "2026-03-01",
        "统一社会信用代码": CODES[0],
        "成立日期": "2015-05-06",
        "链主企业": "是",
    }
    path = registry.folder / "filled.xlsx"
    path.write_bytes(template(questionnaire, 2025, filled))
    report = registry.take(path, "市场监管局")
    assert (report.accepted, registry.faults) == (1, [])
    facts = registry.profile(company).facts
    assert facts[FactKey("成立日期")].assurance is Assurance.ATTESTED
    assert facts[FactKey("链主企业")].assurance is Assurance.DECLARED  # 工信局 keeps it
    assert report.reported == ("链主企业",)


def test_judgements_and_lists_do_not_come_by_file(registry: Registry) -> None:
    company = registry.company()
    facts = {"统一社会信用代码": CODES[0], "认定": {"运转成效": "是"}, "链主企业": "是"}
    report = registry.take(registry.write("a.json", json.dumps(facts)), "工信局")
    assert report.accepted == 1
    assert FactKey("主管部门认定", "运转成效") not in registry.profile(company).facts


def test_the_keeper_of_names_renames_and_others_only_point_it_out(registry: Registry) -> None:
    company = registry.company()
    file = registry.write("a.csv", rows(f"{CODES[0]},深圳新名有限公司,,,"))
    report = registry.take(file, "科技局", mapping=mapping(registry))
    assert report.warnings[imports.NAMES_DIFFER] == 1
    report = registry.take(file, "市场监管局", mapping=mapping(registry))
    assert report.renamed == 1
    with registry.office.work.database.reading() as session:
        assert session.get_one(CompanyRow, company).name == "深圳新名有限公司"


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.yaml", "只有一句话"), ("a.yaml", "- 一\n- 二\n"), ("a.csv", "")],
)
def test_a_file_that_says_nothing_of_companies_is_refused(
    registry: Registry, name: str, text: str
) -> None:
    with pytest.raises(RegistryFault):
        registry.take(registry.write(name, text), "科技局")

"""Import and export: what a file says is shown first, is declared whatever it claims, and stays exact."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import openpyxl
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from matcher.catalogue import Catalogue
from matcher.language.profiles import read_company
from matcher.profile import Assurance
from tests.webapp.conftest import TODAY, Company
from tests.webapp.html import Element, parse
from webapp.limits import MAX_UPLOAD_BYTES
from webapp.services import spreadsheet
from webapp.services.checking import dump
from webapp.services.importing import as_yaml, merge, understand
from webapp.services.questions import Questionnaire

SAMPLES = sorted((Path(__file__).parents[2] / "seeds" / "companies").glob("*.yaml"))
FILE = """企业名称: 合肥示例微电子有限公司
注册地: 合肥市
资质: [{名称: 高新技术企业, 取得日期: 2024-10-16, 来源: 科技局}]
年度: {2025: {研发费用: 4300 万元}}
事项: {技术改造: 打算}
不清楚: [从业人员]
"""


def send(
    client: FlaskClient, address: str, content: bytes | str, name: str = "企业.yaml"
) -> TestResponse:
    data = content.encode() if isinstance(content, str) else content
    return client.post(address, data={"file": (io.BytesIO(data), name)})


def confirm(client: FlaskClient, shown: TestResponse) -> TestResponse:
    """Send what the page of what was understood offers to save."""
    assert shown.status_code == 200, parse(shown.text).text()
    (form,) = [one for one in parse(shown.text).all("form") if one.get("method") == "post"]
    return client.post(form.get("action"), data=form.values())


def mistakes(response: TestResponse) -> str:
    (summary,) = parse(response.text).all(class_="error-summary")
    return summary.text()


# --- company files -------------------------------------------------------------------------------


def test_nothing_is_saved_before_it_was_shown_and_confirmed(company: Company) -> None:
    before = company.facts
    shown = send(company.client, company.url("import"), FILE)
    page = parse(shown.text)
    assert "还没有保存" in page.text()
    changed = " ".join(item.text() for item in page.all(class_="answers-changed"))
    for said in ("合肥示例微电子有限公司", "高新技术企业", "4300 万元", "不清楚"):
        assert said in changed
    assert company.facts == before

    assert confirm(company.client, shown).location == company.url("answers")
    assert company.facts["资质"] == {"高新技术企业": {"取得日期": "2024-10-16"}}
    assert company.facts["年度"] == {"2025": {"研发费用": "4300 万元", "从业人员": "不清楚"}}


def test_whatever_source_a_file_claims_it_is_declared(
    company: Company, catalogue: Catalogue
) -> None:
    shown = send(company.client, company.url("import"), FILE)
    assert "not-attested" in shown.text
    confirm(company.client, shown)
    assert "科技局" not in json.dumps(company.facts, ensure_ascii=False)
    profile = read_company(dump(company.facts), "", catalogue.vocabulary, TODAY).profile
    assert {fact.assurance for fact in profile.facts.values()} == {Assurance.DECLARED}


def test_a_file_starts_a_new_profile(client: FlaskClient) -> None:
    response = confirm(client, send(client, "/import", FILE))
    company = Company(client, response.location.split("/")[2])
    assert response.location == company.url("answers")
    assert company.facts["企业名称"] == "合肥示例微电子有限公司"
    assert company.page().by_id("recovery-code") is not None


def test_answers_that_a_file_does_not_give_stay(company: Company) -> None:
    company.save("operations", revenue="9600")
    company.save("titles", titles__tech_sme="1")
    confirm(company.client, send(company.client, company.url("import"), FILE))
    assert company.facts["年度"]["2025"]["营业收入"] == "9600 万元"
    assert set(company.facts["资质"]) == {"科技型中小企业", "高新技术企业"}


def test_what_departments_decide_is_left_out_and_named(company: Company) -> None:
    text = "注册地: 合肥市\n已领: [{措施: hefei-2025/1.4, 日期: 2025-03-01, 金额: 10 万元}]\n"
    shown = send(company.client, company.url("import"), text)
    if shown.status_code == 200:
        assert "没有导入" in parse(shown.text).text()
        confirm(company.client, shown)
    assert "已领" not in company.facts


def test_mistakes_come_with_their_line_and_nothing_is_saved(company: Company) -> None:
    before = company.facts
    text = "注册地: 合飞市\n职工人数: 12\n上年度:\n  研发费用: 很多\n"
    response = send(company.client, company.url("import"), text)
    assert response.status_code == 422
    said = mistakes(response)
    assert "有 3 处要改" in said
    for place in ("企业.yaml:1:", "企业.yaml:2:1", "企业.yaml:4:"):
        assert place in said
    assert "^" in said
    assert company.facts == before


def test_a_file_that_contradicts_itself_is_refused(company: Company) -> None:
    company.save("basics", established_on__year="2020", established_on__month="1", established_on__day="1")  # fmt: skip
    response = send(company.client, company.url("import"), "成立日期: 2031-01-01\n")
    assert response.status_code == 422
    assert company.facts["成立日期"] == "2020-01-01"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "请先选一个文件"),
        (b"   \n", "企业文件是空的"),
        ("注册地: 合肥市".encode("gb18030"), "不是 UTF-8"),
        (b"a: &x [1]\nb: *x\n", "锚点"),
        (b"a: !!python/object:os.system x\n", "标签"),
        (b"[" * 5_000, "层次超过"),
        (b"- 1\n- 2\n", "指标: 值"),
        ("备注: 合\u202e肥\n".encode(), "看不见的字符"),
        (b"PK\x03\x04 not a zip", "不是完整的 XLSX"),
        (b"\x00\x01\x02", "看不见的字符"),
    ],
    ids=str,
)
def test_hostile_and_broken_files_are_refused_in_words(
    client: FlaskClient, content: bytes, said: str
) -> None:
    response = send(client, "/import", content)
    assert response.status_code == 422
    assert said in mistakes(response)


def test_a_file_may_have_256_kib_and_not_one_byte_more(client: FlaskClient) -> None:
    text = "注册地: 合肥市\n备注: 略\n#".encode()
    fits = text + b"x" * (MAX_UPLOAD_BYTES - len(text))
    assert send(client, "/import", fits).status_code == 200
    response = send(client, "/import", fits + b"x")
    assert response.status_code == 413
    assert "最多 256 KB" in mistakes(response)


def test_a_script_in_a_file_stays_text(client: FlaskClient) -> None:
    shown = send(client, "/import", "企业名称: '<script>alert(1)</script>'\n")
    assert "<script>alert" not in shown.text
    assert "<script>alert(1)</script>" in parse(shown.text).text()
    wrong = send(client, "/import", "<script>alert(1)</script>: 是\n", "<img src=x>.yaml")
    assert "<script>alert" not in wrong.text
    assert "<img src=x>" not in wrong.text


def test_what_is_saved_is_read_anew(company: Company) -> None:
    """The confirming form can be sent by anybody with anything in it."""
    for sent in ("", "[]", '{"职工人数": "12"}', '{"成立日期": "2031-01-01"}'):
        response = company.client.post(company.url("import/save"), data={"facts": sent})
        assert response.status_code == 422, sent
    assert list(company.facts) == ["填报日期"]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_company_file_means_the_same_after_import_and_export(
    path: Path, catalogue: Catalogue
) -> None:
    vocabulary = catalogue.vocabulary
    # An absence counts from the day of filing, and an import is filed today.
    text = path.read_text(encoding="utf-8").replace("填报日期: 2025-09-01", f"填报日期: {TODAY}")
    found = understand(text, path.name, vocabulary, TODAY)
    for written in (dump(found.facts), as_yaml(found.facts)):
        assert understand(written, "", vocabulary, TODAY).facts == found.facts

    before = read_company(text, "", vocabulary, TODAY).profile
    after = read_company(dump(found.facts), "", vocabulary, TODAY).profile
    assert {key: fact.value for key, fact in before.facts.items()} == {
        key: fact.value for key, fact in after.facts.items()
    }
    assert before.unsure == after.unsure


def test_two_files_are_merged_year_by_year_and_member_by_member() -> None:
    present = {"年度": {"2024": {"营业收入": "1 万元"}}, "资质": {"甲": "有"}, "注册地": "合肥市"}
    added = {"年度": {"2024": {"研发费用": "2 万元"}, "2025": {}}, "资质": {"乙": "没有"}}
    assert merge(present, added) == {
        "年度": {"2024": {"营业收入": "1 万元", "研发费用": "2 万元"}, "2025": {}},
        "资质": {"甲": "有", "乙": "没有"},
        "注册地": "合肥市",
    }


# --- workbooks -----------------------------------------------------------------------------------


def workbook_of(client: FlaskClient, address: str) -> openpyxl.Workbook:
    response = client.get(address)
    assert response.status_code == 200
    return openpyxl.load_workbook(io.BytesIO(response.data))


def cells(book: openpyxl.Workbook) -> dict[tuple[str, str], int]:
    """Give the row of each question and member."""
    rows = book[spreadsheet.SHEET].iter_rows(min_row=2, values_only=True)
    return {(str(row[2]), str(row[3] or "")): place for place, row in enumerate(rows, 2)}


def fill(book: openpyxl.Workbook, filled: dict[tuple[str, str], dict[str, str]]) -> bytes:
    places = cells(book)
    for question, values in filled.items():
        for column, value in values.items():
            at = spreadsheet.COLUMNS.index(column) + 1
            book[spreadsheet.SHEET].cell(places[question], at).value = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_the_template_has_every_question_with_its_choices(
    client: FlaskClient, catalogue: Catalogue
) -> None:
    book = workbook_of(client, "/template.xlsx")
    sheet, places = book[spreadsheet.SHEET], cells(book)
    wanted = {
        (question.attribute.label, member.label)
        for group in Questionnaire(catalogue.vocabulary).groups
        for question in group.questions
        for part in question.parts
        for member in part.members
    }
    assert wanted <= set(places)
    lists = {
        str(area): rule.formula1
        for rule in sheet.data_validations.dataValidation
        for area in rule.sqref.ranges
    }
    assert lists[f"F{places['民营企业', '']}"] == '"是,否,不清楚"'
    assert lists[f"F{places['事项', '技术改造']}"] == '"没有,打算,在做,已完成,不清楚"'
    assert lists[f"F{places['行业', '']}"].startswith("选项!")
    assert sheet.cell(places["研发费用", ""], spreadsheet.COLUMNS.index("单位") + 1).value == "万元"
    assert sheet.cell(places["研发费用", ""], spreadsheet.COLUMNS.index("年度") + 1).value == "2025"


def test_a_filled_template_is_read_cell_by_cell(company: Company) -> None:
    content = fill(
        workbook_of(company.client, "/template.xlsx"),
        {
            ("注册地", ""): {"填写": "合肥市"},
            ("行业", ""): {"填写": "6520 集成电路设计"},
            ("研发费用", ""): {"填写": "１,２００"},
            ("营业收入", ""): {"填写": "0.3 亿元"},
            ("从业人员", ""): {"填写": "0"},
            ("民营企业", ""): {"填写": "不清楚"},
            ("资质", "高新技术企业"): {"填写": "有", "起": "2024-10-16", "止": "2027-10-15"},
            ("资质", "科技型中小企业"): {"填写": "没有"},
            ("事项", "技术改造"): {"填写": "打算"},
        },
    )
    confirm(company.client, send(company.client, company.url("import"), content, "填好.xlsx"))
    assert company.facts == {
        "填报日期": "2026-11-22",
        "注册地": "合肥市",
        "行业": "6520 集成电路设计",
        "年度": {"2025": {"研发费用": "1200 万元", "营业收入": "3000 万元", "从业人员": "0 人"}},
        "民营企业": "不清楚",
        "资质": {
            "高新技术企业": {"取得日期": "2024-10-16", "有效期至": "2027-10-15"},
            "科技型中小企业": "没有",
        },
        "事项": {"技术改造": "打算"},
    }


def test_every_wrong_cell_is_named(company: Company) -> None:
    book = workbook_of(company.client, "/template.xlsx")
    places = cells(book)
    content = fill(
        book,
        {
            ("注册地", ""): {"填写": "合飞市"},
            ("研发费用", ""): {"填写": "很多"},
            ("民营企业", ""): {"填写": "也许"},
            ("资质", "高新技术企业"): {"填写": "有", "起": "2025-01-01", "止": "2024-01-01"},
            ("营业收入", ""): {"填写": "1", "年度": "明年"},
        },
    )
    response = send(company.client, company.url("import"), content, "填好.xlsx")
    said = mistakes(response)
    assert response.status_code == 422
    assert "有 5 处要改" in said
    for question, column in (
        (("注册地", ""), "F"),
        (("研发费用", ""), "F"),
        (("民营企业", ""), "F"),
        (("资质", "高新技术企业"), "H"),
        (("营业收入", ""), "E"),
    ):
        assert f"{column}{places[question]} 格" in said
    assert list(company.facts) == ["填报日期"]


def test_the_filled_template_comes_back_unchanged(company: Company) -> None:
    demo = SAMPLES[1].read_text(encoding="utf-8")
    confirm(company.client, send(company.client, company.url("import"), demo))
    before = company.facts
    content = company.client.get(company.url("answers.xlsx")).data
    shown = send(company.client, company.url("import"), content, "回来.xlsx")
    assert parse(shown.text).all(class_="answers-changed") == []
    confirm(company.client, shown)
    assert company.facts == before


def test_an_empty_template_and_a_foreign_workbook_are_refused(client: FlaskClient) -> None:
    blank = client.get("/template.xlsx").data
    assert "没有内容" in mistakes(send(client, "/import", blank, "空白.xlsx"))

    other = openpyxl.Workbook()
    other.active.append(["甲", "乙"])
    other.active.append(["1", "2"])
    out = io.BytesIO()
    other.save(out)
    assert "没有名为“填写”的工作表" in mistakes(send(client, "/import", out.getvalue(), "x.xlsx"))


def test_a_workbook_that_unpacks_without_end_is_refused(client: FlaskClient) -> None:
    blank = client.get("/template.xlsx").data
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(blank)) as source, zipfile.ZipFile(out, "w") as bomb:
        for name in source.namelist():
            bomb.writestr(name, source.read(name), zipfile.ZIP_DEFLATED)
        bomb.writestr("xl/bomb.xml", b"0" * 60 * 2**20, zipfile.ZIP_DEFLATED)
    assert "压缩炸弹" in mistakes(send(client, "/import", out.getvalue(), "x.xlsx"))


def test_formulas_in_an_answer_are_written_as_text(company: Company) -> None:
    company.save("basics", name='=HYPERLINK("http://example.org","x")')
    book = workbook_of(company.client, company.url("answers.xlsx"))
    cell = book[spreadsheet.SHEET].cell(cells(book)["企业名称", ""], 6)
    assert cell.data_type == "s"


# --- exports -------------------------------------------------------------------------------------


def test_the_yaml_file_reads_back_as_the_json_one(company: Company, catalogue: Catalogue) -> None:
    company.save("basics", name="是: #云岭", registered_region="合肥市")
    text = company.client.get(company.url("facts.yaml")).text
    assert understand(text, "", catalogue.vocabulary, TODAY).facts == company.facts


def test_the_page_links_to_every_file(company: Company) -> None:
    links = {link.get("href") for link in company.page("import").all("a")}
    for name in ("facts.json", "facts.yaml", "answers.xlsx"):
        assert company.url(name) in links
        response = company.client.get(company.url(name))
        assert "attachment" in response.headers["Content-Disposition"]
        assert response.headers["Cache-Control"] == "no-store"
    assert "/template.xlsx" in links


def test_the_page_says_what_it_takes(client: FlaskClient) -> None:
    page: Element = parse(client.get("/import").text)
    assert "xlsx" in page.text()
    assert "最多 256 KB" in page.text()
    assert "都按企业自己填写的算" in page.text()

"""The pages of money and of appeals, from an approved case to books that agree."""

from __future__ import annotations

import io

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests.webapp.desk.demonstration import Stage, opened, words
from tests.webapp.html import Element, parse
from webapp.limits import MAX_UPLOAD_BYTES
from webapp.services.cases import withdrawals
from webapp.services.cases.returns import COLUMNS
from webapp.services.demo import ACCOUNT, BUDGET_FEN, COMPANY_LOGIN, MEASURE
from webapp.services.exports import csv_bytes, yuan
from webapp.tables.audit import AuditEntry
from webapp.tables.cases import Appeal
from webapp.tables.money import Budget, PaymentFile


def send(client: FlaskClient, form: Element, at: str = "", **more: object) -> TestResponse:
    return client.post(form.get("action") or at, data={**form.values(), **more})


def form_with(page: Element, name: str) -> Element:
    return next(form for form in page.all("form") if name in form.values())


def upload(client: FlaskClient, data: bytes, name: str = "回单.csv") -> TestResponse:
    return client.post("/desk/payments/returns", data={"file": (io.BytesIO(data), name)})


def built(stage: Stage, client: FlaskClient) -> str:
    row = stage.case("approved")
    picked = {"case": f"{row.id}:{row.version}"}
    page = parse(client.post("/desk/payments/build", data=picked).text)
    answer = send(client, form_with(page, "then"), "/desk/payments/build")
    assert answer.status_code == 303
    return str(answer.location).rsplit("/", 1)[1]


def budget(stage: Stage) -> Budget:
    with stage.held.database.reading() as session:
        row = session.scalars(select(Budget)).one()
        session.expunge(row)
        return row


# --- files ---------------------------------------------------------------------------------------------


def test_the_confirmation_lists_every_sum_and_the_total(stage: Stage) -> None:
    client, row = stage.browser("caiwu"), stage.case("approved")
    early = stage.case("over")
    picked = {"case": [f"{one.id}:{one.version}" for one in (row, early)]}
    told = words(parse(client.post("/desk/payments/build", data=picked).text))
    assert "付款 1 笔,合计 100,000 元" in told
    assert "不能付款的(1 件)" in told and "不能“报付款”" in told
    assert stage.case("approved").state == "approved"


def test_a_file_that_is_confirmed_twice_is_made_once(stage: Stage) -> None:
    client, row = stage.browser("caiwu"), stage.case("approved")
    picked = {"case": f"{row.id}:{row.version}"}
    page = parse(client.post("/desk/payments/build", data=picked).text)
    form = form_with(page, "then")
    answers = [send(client, form, "/desk/payments/build") for _ in range(2)]
    assert answers[0].location == answers[1].location
    with stage.held.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(PaymentFile)) == 3


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_file_is_handed_out_to_be_saved_and_the_audit_is_told(stage: Stage, kind: str) -> None:
    client = stage.browser("caiwu")
    number = built(stage, client)
    answer = client.post(f"/desk/payments/files/{number}/{kind}")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{number}.{kind}"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    if kind == "csv":
        assert ACCOUNT in answer.data.decode()
    with stage.held.database.reading() as session:
        wanted = select(func.count()).where(
            AuditEntry.action == "payments.download", AuditEntry.object_id == number
        )
        assert session.scalar(wanted) == 1


def test_the_page_of_a_file_shows_the_last_digits_alone(stage: Stage) -> None:
    client = stage.browser("caiwu")
    page = opened(client, f"/desk/payments/files/{built(stage, client)}")
    assert ACCOUNT not in page.text()
    assert ACCOUNT[-4:] in words(page)


def test_a_file_that_there_is_not_is_not_found(stage: Stage) -> None:
    client = stage.browser("caiwu")
    assert client.get("/desk/payments/files/B1999-0001").status_code == 404
    assert client.post("/desk/payments/files/B1999-0001/csv").status_code == 404


# --- returns -------------------------------------------------------------------------------------------


def test_bad_rows_are_named_with_their_repair_and_nothing_is_booked(stage: Stage) -> None:
    client = stage.browser("caiwu")
    number = built(stage, client)
    rows = [
        (number, "1", "100000.00", "成功", "", "2026-03-20"),
        (number, "2", "100000.00", "大概", "", "2026-03-20"),
        (number, "3", "一百", "成功", "", "2026-03-20"),
    ]
    answer = upload(client, csv_bytes(COLUMNS, rows))
    assert answer.status_code == 422
    page = parse(answer.text)
    told = [words(row) for row in page.all("tbody")[0].all("tr")]
    assert told[0].startswith("3") and "大概" in told[0] and "只写 成功" in told[0]
    assert told[1].startswith("4") and "一百" in told[1]
    assert stage.case("approved").state == "filed"


def test_a_good_return_pays_and_the_books_agree(stage: Stage) -> None:
    client = stage.browser("caiwu")
    number, before = built(stage, client), budget(stage)
    data = csv_bytes(COLUMNS, [(number, "1", "100000.00", "成功", "", "2026-03-20")])
    assert "已入账 1 笔:到账 1,失败 0" in words(parse(upload(client, data).text))
    assert "以前导入过" in words(parse(upload(client, data).text))
    assert stage.case("approved").state == "paid"
    after = budget(stage)
    assert after.spent_fen - before.spent_fen == before.reserved_fen - after.reserved_fen == 10**7
    told = words(opened(client, "/desk/reconciliation"))
    assert "已报付款,银行还没有回" in told
    answer = client.get("/desk/reconciliation.csv?year=2026")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "银行到账,5,500000.00" in answer.data.decode("utf-8-sig")


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"", "", "请先选一个文件"),
        (b"a,b\r\n1,2\r\n", "x.csv", "缺少这些列"),
        (b"\x00\x01\x02", "x.xlsx", "文件读不了"),
        (b"x" * (MAX_UPLOAD_BYTES + 1), "x.csv", "文件最大 256 KB"),
    ],
    ids=["none", "columns", "unreadable", "large"],
)
def test_a_file_that_is_no_return_says_what_to_do(
    stage: Stage, data: bytes, name: str, said: str
) -> None:
    answer = upload(stage.browser("caiwu"), data, name)
    assert answer.status_code == 422
    assert said in words(parse(answer.text))


# --- budgets -------------------------------------------------------------------------------------------


def test_a_budget_is_raised_with_a_document_and_never_below_what_is_bound(stage: Stage) -> None:
    client, row = stage.browser("caiwu"), budget(stage)
    form = {"budget": str(row.id), "seen": str(row.total_fen), "document": "合财〔2026〕8号"}
    low = client.post("/desk/budgets", data=form | {"total": "100.00"})
    bound = (row.reserved_fen + row.spent_fen) // 100
    assert low.status_code == 422
    assert f"已占用和已支出之和 {bound}.00 元" in low.text
    assert client.post("/desk/budgets", data=form | {"total": "3000000"}).status_code == 303
    assert budget(stage).total_fen == 300_000_000
    again = client.post("/desk/budgets", data=form | {"total": "4000000"})
    assert again.status_code == 409
    assert budget(stage).total_fen == 300_000_000


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"measure": "no/1.1"}, "没有这项措施"),
        ({"year": "二零二六"}, "四位数字"),
        ({"total": "-5"}, "大于零"),
        ({"document": "  "}, "写文件号"),
        ({"year": "2026"}, "已有预算"),
    ],
)
def test_a_new_budget_that_cannot_be_says_which_part(
    stage: Stage, typed: dict[str, str], said: str
) -> None:
    good = {"measure": MEASURE, "year": "2027", "total": "500000.50", "document": "示例2号"}
    client = stage.browser("caiwu")
    answer = client.post("/desk/budgets", data=good | typed)
    assert answer.status_code == 422
    assert said in words(parse(answer.text))
    assert budget(stage).total_fen == BUDGET_FEN
    assert client.post("/desk/budgets", data=good).status_code == 303


# --- appeals -------------------------------------------------------------------------------------------


def plea_of(stage: Stage, kind: str) -> int:
    with stage.held.database.reading() as session:
        return session.scalars(select(Appeal.id).filter_by(kind=kind)).one()


def proposed(stage: Stage, client: FlaskClient, plea: int, decision: str = "reject") -> None:
    form = {"decision": decision, "reply": "经核实,证书有效。", "then": "propose"}
    assert client.post(f"/desk/appeals/{plea}/propose", data=form).status_code == 303


def test_the_appeals_desk_shows_what_is_due_and_both_sides(stage: Stage) -> None:
    client = stage.browser("fuhe2")
    told = words(opened(client, "/desk/appeals"))
    assert "待答复(2 件)" in told and "还剩" in told
    page = opened(client, f"/desk/appeals/{plea_of(stage, 'objection')}")
    assert "原来的结论" in words(page) and "好像不是去年取得的" in words(page)


def test_a_letter_is_previewed_proposed_and_signed_by_a_second_person(stage: Stage) -> None:
    one, two, plea = stage.browser("fuhe1"), stage.browser("fuhe2"), plea_of(stage, "objection")
    form = {"decision": "reject", "reply": "经核实,证书有效。", "then": "preview"}
    preview = words(parse(one.post(f"/desk/appeals/{plea}/propose", data=form).text))
    assert "经查不成立" in preview and "还没有提出" in preview
    proposed(stage, one, plea)
    page = opened(one, f"/desk/appeals/{plea}")
    assert "要由另一位签字" in words(page) and "示例复核乙" in words(page)
    sign = form_with(opened(two, f"/desk/appeals/{plea}"), "seen")
    assert send(two, sign, then="sign").status_code == 303
    assert stage.case("objected").state == "publicised"
    assert "示例复核甲 提出,示例复核乙 签字" in words(opened(two, f"/desk/appeals/{plea}"))
    assert send(two, sign, then="sign").status_code == 409


def test_what_was_changed_after_it_was_read_is_not_signed(stage: Stage) -> None:
    one, two, plea = stage.browser("fuhe1"), stage.browser("fuhe2"), plea_of(stage, "objection")
    proposed(stage, one, plea)
    sign = form_with(opened(two, f"/desk/appeals/{plea}"), "seen")
    proposed(stage, one, plea, "uphold")
    assert send(two, sign, then="sign").status_code == 409
    assert stage.case("objected").state == "objected"


def test_an_upheld_appeal_starts_the_check_anew(stage: Stage) -> None:
    one, two, plea = stage.browser("fuhe1"), stage.browser("fuhe2"), plea_of(stage, "appeal")
    proposed(stage, one, plea, "uphold")
    sign = form_with(opened(two, f"/desk/appeals/{plea}"), "seen")
    assert send(two, sign, then="sign").status_code == 303
    assert stage.case("appealed").state == "found"


def test_the_handler_reads_who_may_answer_and_cannot(stage: Stage) -> None:
    client, plea = stage.browser("jingban"), plea_of(stage, "objection")
    page = opened(client, f"/desk/appeals/{plea}")
    assert "可以办的:示例复核" in words(page)
    form = {"decision": "reject", "reply": "不成立", "then": "propose"}
    assert client.post(f"/desk/appeals/{plea}/propose", data=form).status_code == 422


def test_an_answer_without_words_or_decision_keeps_what_was_typed(stage: Stage) -> None:
    client, plea = stage.browser("fuhe1"), plea_of(stage, "objection")
    answer = client.post(
        f"/desk/appeals/{plea}/propose", data={"reply": "写好的话", "then": "propose"}
    )
    assert answer.status_code == 422
    assert "写好的话" in answer.text and "先选成立还是不成立" in answer.text
    assert client.get("/desk/appeals/99999").status_code == 404


# --- withdrawn payments ----------------------------------------------------------------------------------


def test_a_stopped_payment_is_told_the_treasury_and_what_the_bank_says_is_shown(
    stage: Stage,
) -> None:
    row, finance = stage.case("filed"), stage.browser("caiwu")
    assert "还没有告诉国库" not in words(opened(finance, "/desk"))
    reviewer = stage.browser("fuhe1")
    page = opened(reviewer, f"/desk/cases/{row.id}")
    form = next(one for one in page.all("form") if one.values().get("action") == "suspend")
    assert send(reviewer, form, why="objection", reason="来电举报").status_code == 303
    assert "1 笔付款已撤回,还没有告诉国库" in words(opened(finance, "/desk"))
    page = opened(finance, "/desk/payments")
    assert "付款已撤回、等银行答复(1 笔)" in words(page) and "还没写进清单" in words(page)
    form = form_with(page, "seen")
    for _ in range(2):
        assert send(finance, form).status_code == 303
    page = opened(finance, "/desk/payments")
    assert "W2026-0001" in words(page) and "还没写进清单" not in words(page)
    for kind in ("csv", "xlsx"):
        answer = finance.post(f"/desk/payments/withdrawals/W2026-0001/{kind}")
        assert answer.headers["Content-Disposition"] == f'attachment; filename="W2026-0001.{kind}"'
    assert finance.post("/desk/payments/withdrawals/W2026-0009/csv").status_code == 404
    assert send(finance, form, key="another").status_code == 422
    shown = words(opened(reviewer, f"/desk/cases/{row.id}"))
    assert "已撤回,等银行答复" in shown and "银行还没有答复" in shown

    with stage.held.database.reading() as session:
        (waiting,) = withdrawals.waiting(session)
    line = (waiting.file, str(waiting.place), yuan(waiting.amount_fen), "成功", "", "2026-03-20")
    told = words(parse(upload(finance, csv_bytes(COLUMNS, [line])).text))
    assert "1 笔已撤回却仍到账" in told
    assert stage.case("filed").state == "owed"
    assert "已撤回的付款仍到账,待追回" in words(opened(finance, "/desk/reconciliation"))
    assert "撤回后仍到账" in words(opened(finance, f"/desk/payments/files/{waiting.file}"))
    board = words(opened(finance, "/desk/cases?view=board&show=recover"))
    assert "待追回" in board


def test_a_recovery_is_appealed_and_waits_until_it_is_answered(stage: Stage) -> None:
    row, owner = stage.case("owed"), stage.browser(COMPANY_LOGIN)
    own = f"/my/{row.company_id}/cases/{row.id}"
    form = opened(owner, f"{own}/appeal").all("form")[-1]
    sent = form.values() | {"statement": "条件一直具备", "disputed": "other", "then": "send"}
    assert owner.post(form.get("action") or f"{own}/appeal", data=sent).status_code == 303
    assert stage.case("owed").state == "disputed"
    told = words(opened(owner, own))
    assert "追回申诉中" in told and "请不要动用这笔款" in told
    shown = opened(stage.browser("caiwu"), f"/desk/cases/{row.id}")
    assert "追回申诉中" in words(shown)
    assert "recover" not in {one.values().get("action") for one in shown.all("form")}
    board = words(opened(stage.browser("fuhe1"), "/desk/cases?view=board&show=appeal"))
    assert "追回申诉中" in board

"""Payment files, what the bank returned, the books compared, and budgets."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from webapp.access import actor
from webapp.desk.cases import MOST
from webapp.desk.common import chosen, download, number, page, refused_page, sent_key, words, work
from webapp.limits import MAX_UPLOAD_BYTES
from webapp.pages import text
from webapp.refusing import said
from webapp.services.cases import budgets as budgeting
from webapp.services.cases import payments as paying
from webapp.services.cases import queue, returns, withdrawals
from webapp.services.cases.picked import Chosen
from webapp.services.cases.reconciling import Reconciliation, reconcile
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.exports import csv_bytes, fen, yuan
from webapp.shared import portal
from webapp.tables.cases import CaseRow
from webapp.tables.money import PaymentFile, PaymentLine, Withdrawal
from webapp.tables.people import User
from webapp.tables.registry import CompanyRow

APPROVED = ("approved",)
FAILED = ("failed",)
FILES_SHOWN = 50


def payments() -> ResponseReturnValue:
    """List what may be paid, what failed, and the files that were made."""
    return page("desk/payments.html", **shown())


def shown() -> dict[str, Any]:
    """Give what the page of payments shows."""
    office, today = work(), portal().today()
    with portal().database.reading() as session:
        files = session.execute(
            select(PaymentFile, User.name)
            .join(User, PaymentFile.made_by == User.id)
            .order_by(PaymentFile.id.desc())
            .limit(FILES_SHOWN)
        ).all()
        values = {
            "approved": queue.in_states(session, APPROVED, office.workdays, today, MOST),
            "failed": queue.in_states(session, FAILED, office.workdays, today, MOST),
            "files": [tuple(row) for row in files],
            "withdrawn": withdrawals.waiting(session),
            "withdrawal_lists": withdrawals.lists(session, FILES_SHOWN),
        }
        session.expunge_all()
    return values


def build() -> ResponseReturnValue:
    """Show which of the ticked cases would be paid and which cannot; make the file."""
    picked = chosen()
    if not picked:
        flash("cases.nothing_chosen")
        return redirect(url_for("desk.payments"), 303)
    if request.form.get("then") != "do":
        return _confirm(picked)
    try:
        made = paying.build(work(), actor(), picked, sent_key(), portal().now(), portal().today())
    except Refused as refused:
        return _confirm(picked, said(refused)), 422
    flash("money.built")
    return redirect(url_for("desk.payment_file", name=made.number), 303)


def _confirm(picked: list[Chosen], problem: str = "") -> str:
    office, today = work(), portal().today()
    refused = paying.rehearse(office, actor(), picked, portal().now(), today)
    with portal().database.reading() as session:
        items = queue.items_of(session, [one.case for one in picked], office.workdays, today)
    able = [
        (items[one.case], one) for one in picked if one.case in items and one.case not in refused
    ]
    return page(
        "desk/payment_confirm.html",
        able=able,
        unable=[
            (items.get(one.case), one, refused[one.case]) for one in picked if one.case in refused
        ],
        total=sum(item.amount_fen or 0 for item, _ in able),
        problem=problem,
    )


def payment_file(name: str) -> ResponseReturnValue:
    """Show one payment file: its lines, with the last digits of accounts alone, and its digest."""
    return page("desk/payment_file.html", **_file(name))


def _file(name: str) -> dict[str, Any]:
    with portal().database.reading() as session:
        row = session.execute(
            select(PaymentFile, User.name)
            .join(User, PaymentFile.made_by == User.id)
            .where(PaymentFile.number == name)
        ).one_or_none()
        if row is None:
            abort(404)
        lines = session.execute(
            select(PaymentLine, CompanyRow, Withdrawal.day)
            .join(CompanyRow, PaymentLine.company_id == CompanyRow.id)
            .outerjoin(Withdrawal, Withdrawal.line_id == PaymentLine.id)
            .where(PaymentLine.file_id == row[0].id)
            .order_by(PaymentLine.place)
        ).all()
        values = {
            "file": row[0],
            "maker": row[1],
            "lines": [
                (
                    line,
                    company,
                    withdrawals.stands(line, withdrawn is not None),
                    work().vault.open(line.number_sealed)[-4:],
                )
                for line, company, withdrawn in lines
            ],
        }
        session.expunge_all()
    return values


def payment_download(name: str, kind: str) -> ResponseReturnValue:
    """Hand a payment file out, with full accounts; the audit is told each time."""
    try:
        data = paying.download(work(), actor(), name, kind, portal().now())
    except Refused as refused:
        return refused_page("desk/payment_file.html", refused, **_file(name))
    return download(data, name, kind)


# --- what the bank returned ---------------------------------------------------------------------------


def take_return() -> ResponseReturnValue:
    """Take in the bank's return file: all of it or nothing."""
    if request.method == "GET":
        return page("desk/returns.html")
    try:
        data, name = _upload()
        taken = returns.take(work(), actor(), data, name, portal().now(), portal().today())
    except returns.BadReturn as refused:
        return refused_page("desk/returns.html", refused, faults=refused.faults)
    except Refused as refused:
        return refused_page("desk/returns.html", refused)
    return page("desk/returns.html", taken=taken)


def _upload() -> tuple[bytes, str]:
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Refused("file_missing")
    data = file.stream.read(MAX_UPLOAD_BYTES + 1)
    if len(data) > MAX_UPLOAD_BYTES:
        raise Refused("file_large", kib=MAX_UPLOAD_BYTES // 1024)
    return data, file.filename


def reconciliation() -> ResponseReturnValue:
    """Compare the books of a year."""
    year, found, years = _books()
    return page("desk/reconcile.html", year=year, books=found, years=years)


def reconciliation_csv() -> Response:
    """Give the comparison of the books as a table."""
    year, found, _ = _books()
    rows = [
        (text(f"money.stage.{stage.name}"), str(stage.cases), yuan(stage.total_fen), "", "")
        for stage in found.stages
    ]
    rows += [
        (
            text(f"money.difference.{one.code}"),
            "",
            "",
            str(one.case or ""),
            " / ".join(
                "—" if sum_ is None else yuan(sum_) for sum_ in (one.first_fen, one.second_fen)
            ),
        )
        for one in found.differences
    ]
    head = [text(f"money.csv.{name}") for name in ("what", "cases", "total", "case", "sums")]
    return download(csv_bytes(head, rows), f"reconciliation-{year}", "csv")


def _books() -> tuple[int, Reconciliation, list[int]]:
    today = portal().today()
    given = request.args.get("year", str(today.year))
    if not (given.isascii() and given.isdigit() and len(given) == 4):
        abort(404)
    with portal().database.reading() as session:
        known = set(session.scalars(select(CaseRow.period).distinct()))
        return (
            int(given),
            reconcile(session, int(given)),
            sorted(known | {today.year}, reverse=True),
        )


# --- budgets -------------------------------------------------------------------------------------------


def budgets() -> ResponseReturnValue:
    """List the budgets; set one more, or change one."""
    if request.method == "GET":
        return page("desk/budgets.html", **_budgets())
    form, office, now = request.form, work(), portal().now()
    total, document = fen(words("total")), words("document")
    try:
        if form.get("budget"):
            budgeting.change(
                office,
                actor(),
                number(form["budget"]),
                number(form.get("seen", "")),
                total,
                document,
                now,
            )
            flash("money.budget_changed")
        else:
            year = words("year")
            budgeting.set_new(
                office,
                actor(),
                words("measure"),
                int(year) if year.isascii() and year.isdigit() and len(year) == 4 else None,
                total,
                document,
                now,
            )
            flash("money.budget_set")
    except Missing:
        abort(404)
    except Refused as refused:
        typed = {name: words(name) for name in ("budget", "measure", "year", "total", "document")}
        return refused_page("desk/budgets.html", refused, **_budgets(), typed=typed)
    return redirect(url_for("desk.budgets"), 303)


def _budgets() -> dict[str, Any]:
    catalogue = work().prover.catalogue
    with portal().database.reading() as session:
        rows = budgeting.budgets(session)
        session.expunge_all()
    stated = [one for one in catalogue.measures if one.benefit is not None or one.refines is None]
    payable = [one for one in stated if one.benefit is not None or _refined(one.id)]
    return {"rows": rows, "payable": payable}


def _refined(measure: str) -> bool:
    """Say whether another measure states the amount of this one."""
    return any(one.refines == measure for one in work().prover.catalogue.measures)

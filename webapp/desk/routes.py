"""The addresses of the desk, each with the permission that it needs."""

from __future__ import annotations

from flask import Blueprint

from webapp.access import needs
from webapp.desk import (
    audit,
    cases,
    check,
    companies,
    conflicts,
    decisions,
    evidence,
    facts,
    keys,
    money,
    notes,
    outreach,
    pleas,
    public_lists,
    retention,
    shell,
    start,
    uploads,
    withdrawals,
)
from webapp.desk.batch_routes import BATCHES
from webapp.desk.registry_routes import REGISTRY as REGISTRY_ROUTES
from webapp.services.cases.refusals import Missing
from webapp.services.people.roles import Permission

MAX_ID = 2**63 - 1  # the largest key that a database takes
COMPANY = f"<int(max={MAX_ID}):company>"
GET, POST, BOTH = ["GET"], ["POST"], ["GET", "POST"]
DESK, SEE, CHECK = Permission.DESK, Permission.COMPANIES_SEE, Permission.COMPANIES_CHECK
NOTE = Permission.NOTES_WRITE

blueprint = Blueprint("desk", __name__, url_prefix="/desk")
blueprint.context_processor(shell.context)
blueprint.register_error_handler(Missing, shell.missing)
blueprint.url_value_preprocessor(uploads.allow_larger)

SERVICE = (
    ("", "start", start.start, GET, DESK),
    ("/companies", "companies", start.companies, GET, SEE),
    ("/companies/new", "company_new", companies.new, BOTH, CHECK),
    ("/call-backs", "call_backs", start.call_backs, GET, NOTE),
    ("/client-view", "client_view", start.client_view, POST, SEE),
    (f"/companies/{COMPANY}", "company", companies.company, GET, SEE),
    (f"/companies/{COMPANY}/sheet", "sheet", companies.sheet, GET, SEE),
    (f"/companies/{COMPANY}/check", "check", check.check, BOTH, CHECK),
    (f"/companies/{COMPANY}/reply", "reply", check.reply, GET, CHECK),
    (f"/companies/{COMPANY}/end", "end", check.end, POST, CHECK),
    (f"/companies/{COMPANY}/notes", "notes", notes.notes, BOTH, NOTE),
    (f"/companies/{COMPANY}/notes/fact", "note_fact", notes.fact, POST, CHECK),
)
"""Companies: search, all about one, check, notes. Each further part has a table of its own below."""

IMPORT, SETTLE = Permission.FACTS_IMPORT, Permission.FACTS_SETTLE
DECIDED, AUDIT, MANAGE = Permission.DECISIONS_SEE, Permission.AUDIT_READ, Permission.USERS_MANAGE

DATA = (
    ("/facts", "facts", facts.facts, BOTH, IMPORT),
    ("/facts/<key>", "fact_file", facts.fact_file, GET, IMPORT),
    ("/facts/<key>/take", "take_file", facts.take_file, POST, IMPORT),
    ("/facts/<key>/rejected.csv", "rejected_rows", facts.rejected_rows, GET, IMPORT),
    ("/conflicts", "conflicts", conflicts.conflicts, GET, SETTLE),
    (f"/conflicts/<int(max={MAX_ID}):conflict>", "conflict", conflicts.conflict, BOTH, SETTLE),
    ("/decisions", "decided", decisions.decided, GET, DECIDED),
    ("/decisions/<kind>", "decisions", decisions.decisions, BOTH, DECIDED),
    (
        f"/decisions/<kind>/<int(max={MAX_ID}):decision>",
        "decision",
        decisions.decision,
        BOTH,
        DECIDED,
    ),
    ("/outreach", "outreach", outreach.outreach, BOTH, NOTE),
    ("/outreach/export.csv", "outreach_export", outreach.export, GET, NOTE),
    ("/audit", "audit", audit.audit, GET, AUDIT),
    ("/audit/verify", "audit_verify", audit.verify, POST, AUDIT),
    ("/audit/heads.csv", "audit_heads", audit.heads, GET, AUDIT),
    ("/retention", "retention", retention.retention, BOTH, MANAGE),
    ("/keys", "keys", keys.keys, BOTH, MANAGE),
    (f"/keys/<int(max={MAX_ID}):key>/revoke", "revoke_key", keys.revoke_key, POST, MANAGE),
)
"""Data and decisions: departments' files, conflicts, decisions, outreach, audit, retention, API keys."""

CASES_SEE, CASES_MOVE, APPEALS = (
    Permission.CASES_SEE,
    Permission.CASES_MOVE,
    Permission.APPEALS_SEE,
)
PUBLISH, PAY, BUDGET = Permission.PUBLICITY_MAKE, Permission.PAYMENTS_MAKE, Permission.BUDGETS_SET
CASE, LISTING = f"<int(max={MAX_ID}):case>", f"<int(max={MAX_ID}):listing>"
PLEA = f"<int(max={MAX_ID}):plea>"

CASEWORK = (
    ("/cases", "cases", cases.cases, GET, CASES_SEE),
    (f"/cases/{CASE}", "case", cases.case, GET, CASES_SEE),
    (f"/cases/{CASE}/print", "case_print", cases.case_print, GET, CASES_SEE),
    (f"/cases/{CASE}/move", "move", cases.move, POST, CASES_MOVE),
    ("/cases/publish", "publish", cases.publish, BOTH, PUBLISH),
    ("/lists", "public_lists", public_lists.public_lists, GET, CASES_SEE),
    (f"/lists/{LISTING}", "public_list", public_lists.public_list, GET, CASES_SEE),
    ("/appeals", "pleas", pleas.pleas, GET, APPEALS),
    (f"/appeals/{PLEA}", "plea", pleas.plea, GET, APPEALS),
    (f"/appeals/{PLEA}/propose", "propose", pleas.propose, POST, APPEALS),
    (f"/appeals/{PLEA}/decide", "decide", pleas.decide, POST, APPEALS),
    (f"/evidence/<int(max={MAX_ID}):evidence_id>", "evidence", evidence.download, GET, CASES_SEE),
    ("/payments", "payments", money.payments, GET, PAY),
    ("/payments/build", "build", money.build, POST, PAY),
    ("/payments/returns", "returns", money.take_return, BOTH, PAY),
    ("/payments/files/<name>", "payment_file", money.payment_file, GET, PAY),
    (
        "/payments/files/<name>/<any(csv, xlsx):kind>",
        "payment_download",
        money.payment_download,
        POST,
        PAY,
    ),
    ("/payments/withdrawals", "withdraw", withdrawals.write, POST, PAY),
    (
        "/payments/withdrawals/<name>/<any(csv, xlsx):kind>",
        "withdrawal_download",
        withdrawals.hand_out,
        POST,
        PAY,
    ),
    ("/reconciliation", "reconciliation", money.reconciliation, GET, PAY),
    ("/reconciliation.csv", "reconciliation_csv", money.reconciliation_csv, GET, PAY),
    ("/budgets", "budgets", money.budgets, BOTH, BUDGET),
)
"""Cases, public lists, appeals, money."""

for rule, name, view, methods, permission in (
    *SERVICE,
    *DATA,
    *CASEWORK,
    *BATCHES,
    *REGISTRY_ROUTES,
):
    blueprint.add_url_rule(rule, name, needs(permission)(view), methods=methods)

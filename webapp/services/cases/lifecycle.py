"""The life of a case: states, moves, guards, roles and deadlines, and nothing else.

This table is the only place that says what may follow what. `moves` reads it, the board groups its
states by column, docs/lifecycle.md is drawn from it. A guard is named here and stands in `guards`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from webapp.services.cases.columns import Column
from webapp.services.people.roles import Role


class Deadline(StrEnum):
    """A term that starts with a state; its working days are a setting, see `webapp.limits`."""

    CHECK = "check"
    CONFIRM = "confirm"
    PUBLICITY = "publicity"
    OBJECTION = "objection"
    APPROVE = "approve"
    PAY = "pay"


@dataclass(frozen=True, slots=True)
class State:
    """Where a case stands.

    ``money`` says that a budget is reserved for it, where its amount is stated. ``back`` is where a case
    returns to after a pause, where it is not the state itself: of a payment that was withdrawn another
    may be filed.
    """

    id: str
    chinese: str
    english: str
    column: Column
    due: Deadline | None = None
    money: bool = False
    back: str = ""


STATES: dict[str, State] = {
    state.id: state
    for state in (
        State("found", "已发现", "Found", Column.CHECK, Deadline.CHECK),
        State("compared", "冲突已核", "No conflict", Column.CHECK, Deadline.CHECK),
        State("vetted", "信用已核", "Credit checked", Column.CHECK, Deadline.CHECK),
        State("frozen", "名单已冻结", "On the list", Column.CHECK, Deadline.CHECK, money=True),
        State("notified", "待企业确认", "Notified", Column.CONFIRM, Deadline.CONFIRM, money=True),
        State("declined", "企业不领取", "Declined", Column.CONFIRM),
        State("lapsed", "逾期未确认", "Not confirmed in time", Column.CONFIRM),
        State("awaiting_rules", "待细则", "Awaiting rules", Column.CONFIRM),
        State("confirmed", "企业已确认", "Confirmed", Column.PUBLIC, Deadline.CHECK, money=True),
        State("publicised", "公示中", "Public", Column.PUBLIC, Deadline.PUBLICITY, money=True),
        State(
            "objected", "公示有异议", "Objected to", Column.PUBLIC, Deadline.OBJECTION, money=True
        ),
        State("approved", "已批准", "Approved", Column.APPROVE, Deadline.PAY, money=True),
        State(
            "filed",
            "已报付款",
            "In a payment file",
            Column.PAY,
            Deadline.PAY,
            money=True,
            back="approved",
        ),
        State("failed", "付款失败", "Payment failed", Column.PAY, Deadline.PAY, money=True),
        State("paid", "已到账", "Paid", Column.PAY),
        State("reconciled", "已对账", "Reconciled", Column.DONE),
        State("archived", "已归档", "Archived", Column.DONE),
        State("suspended", "已暂停", "Suspended", Column.PAUSED, Deadline.CHECK),
        State("appealed", "申诉中", "Under appeal", Column.APPEAL, Deadline.OBJECTION),
        State("withdrawn", "已撤回", "Withdrawn", Column.ENDED),
        State("expired", "政策已失效", "Measure expired", Column.ENDED),
        State("owed", "待追回", "To be recovered", Column.RECOVER, Deadline.PAY),
        State("disputed", "追回申诉中", "Recovery under appeal", Column.APPEAL, Deadline.OBJECTION),
        State("recovered", "已追回", "Recovered", Column.RECOVER),
    )
}
"""All states by id, in the order of a case's life."""

APPEALED = frozenset(one.id for one in STATES.values() if one.column is Column.APPEAL)
"""The states in which a company waits for what comes of its appeal."""
FIRST = "found"
RESUME = "@resume"
"""The state that the case left for a pause or an appeal."""

_CHECKS = ("found", "compared", "vetted", "frozen")
_BEFORE_MONEY = (
    *_CHECKS,
    "notified",
    "lapsed",
    "awaiting_rules",
    "confirmed",
    "publicised",
    "objected",
    "approved",
    "failed",
)
_STAFF = frozenset({Role.HANDLER, Role.REVIEWER})
_PROGRAM = frozenset({Role.SYSTEM})
_HANDLER = frozenset({Role.HANDLER})
_REVIEWER = frozenset({Role.REVIEWER})
_FINANCE = frozenset({Role.FINANCE})
_COMPANY = frozenset({Role.COMPANY})
_PROOF = ("in_force", "proof_holds", "credit_clear")
_CONTESTED = ("freeze", "suspend", "withdraw")


@dataclass(frozen=True, slots=True)
class Move:
    """One way from states to a state.

    ``guards`` must all pass, in this order. ``apart_from`` names earlier moves whose maker may not make
    this one (two-person rule), administrators included. ``reason`` says that words must be given.
    ``amount`` True: only with an amount that a rule states; False: only without one. ``keeps``: the state
    that is left is kept, with its budget, for `RESUME`.
    """

    action: str
    chinese: str
    english: str
    before: tuple[str, ...]
    after: str
    roles: frozenset[Role]
    guards: tuple[str, ...] = ()
    apart_from: tuple[str, ...] = ()
    reason: bool = False
    amount: bool | None = None
    keeps: bool = False


MOVES: tuple[Move, ...] = (
    Move(
        "compare",
        "核过冲突",
        "Clear of conflicts",
        ("found",),
        "compared",
        _HANDLER | _PROGRAM,
        ("in_force", "proof_holds", "no_conflict"),
    ),
    Move(
        "vet", "核过信用", "Credit is clear", ("compared",), "vetted", _HANDLER | _PROGRAM, _PROOF
    ),
    Move(
        "freeze",
        "冻结名单",
        "Put on the list",
        ("vetted",),
        "frozen",
        _HANDLER,
        (*_PROOF, "no_conflict", "budget_left"),
    ),
    Move("notify", "通知企业", "Notify", ("frozen",), "notified", _HANDLER | _PROGRAM),
    Move(
        "confirm",
        "确认领取",
        "Accept",
        ("notified",),
        "confirmed",
        _COMPANY,
        ("in_time", "account_named"),
        amount=True,
    ),
    Move(
        "confirm",
        "确认领取",
        "Accept",
        ("notified",),
        "awaiting_rules",
        _COMPANY,
        ("in_time",),
        amount=False,
    ),
    Move(
        "decline",
        "不领取",
        "Decline",
        ("notified", "lapsed", "awaiting_rules"),
        "declined",
        _COMPANY,
    ),
    Move("lapse", "到期未确认", "Time is over", ("notified",), "lapsed", _PROGRAM, ("overdue",)),
    Move(
        "remind",
        "再次通知",
        "Notify once more",
        ("lapsed",),
        "notified",
        _HANDLER | _PROGRAM,
        (*_PROOF, "not_reminded", "budget_left"),
    ),
    Move(
        "rules_arrive",
        "细则已到",
        "Rules have come",
        ("awaiting_rules",),
        "notified",
        _PROGRAM,
        (*_PROOF, "budget_left"),
        amount=True,
    ),
    Move(
        "publicise",
        "送公示",
        "Make public",
        ("confirmed",),
        "publicised",
        _HANDLER,
        ("proof_holds", "calendar_reaches"),
        amount=True,
    ),
    Move(
        "object", "提出异议", "Object", ("publicised",), "objected", _PROGRAM, ("publicity_open",)
    ),
    Move(
        "dismiss",
        "异议不成立",
        "Objection dismissed",
        ("objected",),
        "publicised",
        _REVIEWER,
        apart_from=("freeze", "publicise"),
        reason=True,
    ),
    Move(
        "approve",
        "批准",
        "Approve",
        ("publicised",),
        "approved",
        _REVIEWER,
        ("publicity_over", "no_open_objection", *_PROOF),
        apart_from=("freeze", "publicise"),
        amount=True,
    ),
    Move(
        "send_back",
        "退回",
        "Send back",
        ("confirmed", "publicised", "objected", "approved"),
        "compared",
        _REVIEWER,
        reason=True,
    ),
    Move(
        "file",
        "报付款",
        "Put into a payment file",
        ("approved",),
        "filed",
        _FINANCE,
        (*_PROOF, "account_named", "budget_reserved"),
        apart_from=("freeze", "publicise", "approve"),
        amount=True,
    ),
    Move("pay", "已到账", "Money arrived", ("filed",), "paid", _FINANCE, ("returned_paid",)),
    Move(
        "fail",
        "付款失败",
        "Payment failed",
        ("filed",),
        "failed",
        _FINANCE,
        ("returned_failed",),
        reason=True,
    ),
    Move(
        "new_account",
        "更正账户",
        "Give another account",
        ("failed",),
        "failed",
        _COMPANY,
        ("account_named",),
    ),
    Move("retry", "重新报付", "Try again", ("failed",), "approved", _FINANCE, _PROOF),
    Move("reconcile", "对账无误", "Reconciled", ("paid",), "reconciled", _FINANCE, ("sums_agree",)),
    Move("archive", "归档", "Archive", ("reconciled", "declined"), "archived", _HANDLER | _PROGRAM),
    Move(
        "suspend",
        "暂停",
        "Suspend",
        (*_BEFORE_MONEY, "filed"),
        "suspended",
        _STAFF | _PROGRAM,
        reason=True,
        keeps=True,
    ),
    Move("resume", "恢复", "Resume", ("suspended",), RESUME, _REVIEWER, ("bank_answered", *_PROOF)),
    Move(
        "arrive",
        "撤回后仍到账",
        "Paid all the same",
        ("suspended",),
        "owed",
        _FINANCE,
        ("returned_paid",),
    ),
    Move(
        "arrive",
        "撤回后仍到账",
        "Paid all the same",
        ("appealed",),
        "disputed",
        _FINANCE,
        ("returned_paid",),
    ),
    Move(
        "stand",
        "核实应付",
        "Payment stands",
        ("owed",),
        "paid",
        _REVIEWER,
        _PROOF,
        apart_from=("freeze", "publicise"),
        reason=True,
    ),
    Move(
        "appeal",
        "申诉",
        "Appeal",
        ("suspended", "withdrawn", "lapsed", "failed", "frozen", "notified"),
        "appealed",
        _COMPANY,
        keeps=True,
    ),
    Move("appeal", "申诉", "Appeal", ("owed",), "disputed", _COMPANY),
    Move(
        "uphold",
        "申诉成立",
        "Appeal upheld",
        ("appealed",),
        "found",
        _REVIEWER,
        ("bank_answered",),
        apart_from=_CONTESTED,
        reason=True,
    ),
    Move(
        "reject",
        "申诉不成立",
        "Appeal rejected",
        ("appealed",),
        RESUME,
        _REVIEWER,
        apart_from=_CONTESTED,
        reason=True,
    ),
    Move(
        "uphold",
        "申诉成立",
        "Appeal upheld",
        ("disputed",),
        "paid",
        _REVIEWER,
        _PROOF,
        apart_from=_CONTESTED,
        reason=True,
    ),
    Move(
        "reject",
        "申诉不成立",
        "Appeal rejected",
        ("disputed",),
        "owed",
        _REVIEWER,
        apart_from=_CONTESTED,
        reason=True,
    ),
    Move(
        "withdraw",
        "撤回",
        "Withdraw",
        (*_BEFORE_MONEY, "suspended"),
        "withdrawn",
        _STAFF,
        ("bank_answered",),
        reason=True,
    ),
    Move(
        "expire",
        "政策失效",
        "Measure is over",
        (*_BEFORE_MONEY, "suspended"),
        "expired",
        _PROGRAM,
        ("not_in_force", "bank_answered"),
    ),
    Move(
        "recover",
        "追回",
        "Recover",
        ("owed", "paid", "reconciled", "archived"),
        "recovered",
        _FINANCE,
        ("money_came",),
        apart_from=("file",),
        reason=True,
    ),
)
"""Every move there is."""


def moves_from(state: str) -> tuple[Move, ...]:
    """List the moves that start at a state."""
    return tuple(move for move in MOVES if state in move.before)


def moves_named(action: str, state: str) -> tuple[Move, ...]:
    """List the moves of a name from a state; two only where the amount tells them apart."""
    return tuple(move for move in moves_from(state) if move.action == action)

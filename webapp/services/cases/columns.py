"""The columns of the board: groups of the states of a case, with their names."""

from __future__ import annotations

from enum import StrEnum


class Column(StrEnum):
    """The columns of the board."""

    CHECK = "check"
    CONFIRM = "confirm"
    PUBLIC = "public"
    APPROVE = "approve"
    PAY = "pay"
    DONE = "done"
    PAUSED = "paused"
    APPEAL = "appeal"
    RECOVER = "recover"
    ENDED = "ended"


COLUMNS: dict[Column, tuple[str, str]] = {
    Column.CHECK: ("核查", "Check"),
    Column.CONFIRM: ("企业确认", "Confirmation"),
    Column.PUBLIC: ("公示", "Publicity"),
    Column.APPROVE: ("批准", "Approval"),
    Column.PAY: ("拨付", "Payment"),
    Column.DONE: ("完成", "Done"),
    Column.PAUSED: ("暂停", "Paused"),
    Column.APPEAL: ("申诉", "Appeal"),
    Column.RECOVER: ("追回", "Recovery"),
    Column.ENDED: ("已结束", "Ended"),
}
"""Each column in Chinese and English, in the order of the board."""

"""已领 of a company file -> `Ledger`: what was paid, for which measure or group, when, for which project."""

from __future__ import annotations

from matcher.language.diagnostics import Problems, did_you_mean
from matcher.language.entries import Entry, entries_of
from matcher.language.source import Node, Scalar
from matcher.payable.ledger import PAID, Ledger, Payment
from matcher.values import MONEY, Unit, Units, ValueFault

_KEYS = ("措施", "组", "金额", "日期", "项目")


class PaymentReader:
    """Reads the payments of one company; an empty list says that nothing was paid."""

    def __init__(self, units: Units, problems: Problems) -> None:
        self.units, self.problems = units, problems
        self.yuan: Unit = next(u for u in units.by_name.values() if u.dimension == MONEY)

    def read(self, node: Node) -> Ledger:
        """Read the ledger; mistakes are reported."""
        if isinstance(node, Scalar) and node.text:
            self.problems.add(
                "wrong-shape",
                f"“{PAID}”应是一列",
                node.place,
                "一笔一行:- {措施: 编号, 金额: 20 万元, 日期: 2024-05-01};没有领过写 []",
            )
        payments = [self._payment(entry) for entry in entries_of(node, PAID, self.problems)]
        return Ledger(tuple(payment for payment in payments if payment is not None))

    def _payment(self, entry: Entry) -> Payment | None:
        to = [text for key in ("措施", "组") if (text := entry.text(key))]
        money, day = entry.scalar("金额", needed=True), entry.day("日期", needed=True)
        project = entry.text("项目")
        for key, _ in entry.node.pairs:
            if key.text not in _KEYS:
                self.problems.add(
                    "unknown-key",
                    f"已领的一笔里没有“{key.text}”",
                    key.place,
                    did_you_mean(key.text, _KEYS),
                )
        if len(to) != 1:
            hint = "一笔写一个:按措施领的写措施编号,按组领的写组名"
            self.problems.add("missing-key", "这一笔领的是哪项措施?", entry.place, hint)
            return None
        fen = self._fen(money) if money is not None else None
        if fen is None or day is None:
            return None
        return Payment(to[0], fen, day, project)

    def _fen(self, node: Scalar) -> int | None:
        try:
            value = self.units.parse(node.text, self.yuan)
        except ValueFault as fault:
            self.problems.add(fault.code, str(fault), node.place, fault.hint)
            return None
        if value < 0 or not isinstance(value, int):
            self.problems.add(
                "bad-number", "已领的金额不能是负数", node.place, "退回的钱不写在这里"
            )
            return None
        return value

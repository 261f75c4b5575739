"""An account in words for the terminal, and as data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from matcher.catalogue import Catalogue
from matcher.language.profiles import CODE, NAME
from matcher.payable.account import Account, Entry
from matcher.payable.due import Due, Figure
from matcher.payable.ledger import PAYMENTS
from matcher.payable.stacking import Item, Lost
from matcher.profile import FactKey, Profile
from matcher.readers.prose import EN, ZH, Wording
from matcher.values import MONEY, Unit
from matcher.vocabulary.model import Vocabulary

SENTENCES: dict[str, dict[str, str]] = {
    "zh": {
        "joint": "、",
        "none": "没有一项符合的措施写明了金额。",
        "open": "(条件还没有全部确认,符合后才算)",
        "missing": "还缺:{facts}",
        "pending": "不由企业的数决定:{what}",
        "paid": "已领记录(没有领过的写“已领: []”)",
        "total": "可以一起享受的:合计 {total}",
        "had": "  ✓ {item} {sum}",
        "group": "  ✗ {item} {sum}:与 {others} 同属“{group}”,{rule},只给 {others}",
        "shared": "  - {item}:与 {others} 共用“{group}”的上限,只计 {left}",
        "undecided": "  ? {items}:只能享受一部分,数额齐了才能定",
        "without": "另有 {count} 项符合的措施没有写金额,以实施细则为准。",
        "up_to": "不超过 {high}",
        "from": "{low} 以上",
        "range": "{low} 至 {high}",
        "unknown": "数额未知",
    },
    EN: {
        "joint": "; ",
        "none": "No measure that is met states an amount.",
        "open": "(not all conditions are confirmed; counts once they are)",
        "missing": "missing: {facts}",
        "pending": "not a matter of the company's figures: {what}",
        "paid": "a record of payments (已领: [] where there was none)",
        "total": "To be had together: {total} in all",
        "had": "  ✓ {item} {sum}",
        "group": "  ✗ {item} {sum}: in one group ({group}) with {others}, {rule}; {others} counts",
        "shared": "  - {item}: shares the limit {group} with {others}, counts {left}",
        "undecided": "  ? {items}: only some can be had; open until the sums are known",
        "without": "{count} more measures are met but state no amount.",
        "up_to": "up to {high}",
        "from": "{low} or more",
        "range": "{low} to {high}",
        "unknown": "an unknown sum",
    },
}


class Telling:
    """Says sums, items and what was lost, in one language."""

    def __init__(self, vocabulary: Vocabulary, language: str) -> None:
        self.vocabulary, self.words = vocabulary, SENTENCES[language]
        self.wording, self.language = Wording(vocabulary, language), language
        self.yuan: Unit = vocabulary.units.by_name["元"]
        assert self.yuan.dimension == MONEY

    def money(self, fen: int) -> str:
        """Write 分 as money; English counts in yuan."""
        if self.language == EN:
            whole, rest = divmod(fen, 100)
            return f"{whole:,}.{rest:02} yuan" if rest else f"{whole:,} yuan"
        return self.vocabulary.units.show_best(fen, self.yuan)

    def sum(self, due: Due) -> str:
        """Write the figure of an amount."""
        if due.figure is Figure.NONE:
            return self.figure(due)
        if due.low == due.high:
            said = self.money(due.low)
        elif due.figure is Figure.CEILING and due.high is not None:
            said = self.money(due.high)
        elif due.high is None:
            key = "from" if due.low else "unknown"
            said = self.words[key].format(low=self.money(due.low))
        else:
            key = "range" if due.low and due.figure is Figure.FACTS else "up_to"
            said = self.words[key].format(low=self.money(due.low), high=self.money(due.high))
        return f"{self.figure(due)} {said}"

    def figure(self, due: Due) -> str:
        """Name the kind of figure."""
        return self.wording.word("金额口径", due.figure.value)

    def fact(self, key: FactKey) -> str:
        """Name a missing fact, or the record of payments."""
        return self.words["paid"] if key == PAYMENTS else self.wording.fact(key)

    def item(self, item: Item) -> str:
        """Name an item of a combination."""
        measure = item.due.measure
        return f"{measure.id} {measure.title}{f'({item.project})' if item.project else ''}"

    def lost(self, lost: Lost) -> str:
        """Say why a sum is not had, or not in full."""
        names = self.words["joint"].join(item.due.measure.id for item in lost.others)
        return self.words["group" if lost.rule else "shared"].format(
            item=self.item(lost.item),
            sum=self.money(lost.item.low),
            others=names,
            group=lost.group,
            rule=self.wording.word("互斥规则", lost.rule) if lost.rule else "",
            left=self.money(lost.left),
        )

    def lines(self, account: Account) -> Iterator[str]:
        """Say the whole account."""
        for entry in account.entries:
            yield from self._entry(entry)
        if not account.entries:
            yield self.words["none"]
        combination = account.combination
        if combination.had or combination.open:
            yield self.words["total"].format(total=self.money(combination.total))
            for item in combination.had:
                sum_ = self.money(item.low) if item.due.exact is not None else self.sum(item.due)
                yield self.words["had"].format(item=self.item(item), sum=sum_)
        yield from (self.lost(item) for item in combination.lost)
        for group in combination.open:
            items = self.words["joint"].join(self.item(item) for item in group)
            yield self.words["undecided"].format(items=items)
        if account.without_amount:
            yield self.words["without"].format(count=account.without_amount)

    def _entry(self, entry: Entry) -> Iterator[str]:
        due = entry.due
        note = "" if entry.counts else self.words["open"]
        yield f"{due.measure.id} {due.measure.title}  {self.sum(due)}{note}"
        yield from (f"    {line}" for line in due.lines)
        if due.missing:
            facts = self.words["joint"].join(self.wording.fact(key) for key in due.missing)
            yield "    " + self.words["missing"].format(facts=facts)
        if due.pending:
            yield "    " + self.words["pending"].format(what=self.words["joint"].join(due.pending))


def print_account(account: Account, catalogue: Catalogue, language: str) -> None:
    """Print an account."""
    for line in Telling(catalogue.vocabulary, language).lines(account):
        click.echo(line)


def account_json(account: Account, profile: Profile, catalogue: Catalogue) -> dict[str, Any]:
    """Give an account as data; all sums in 分."""
    telling, figures = Telling(catalogue.vocabulary, ZH), catalogue.vocabulary.words("金额口径")
    combination = account.combination
    return {
        "as_of": account.as_of.isoformat(),
        "rules_version": catalogue.version,
        "company": {"name": profile.text(NAME) or None, "credit_code": profile.text(CODE) or None},
        "amounts": [
            {
                "measure": entry.due.measure.id,
                "title": entry.due.measure.title,
                "verdict": entry.finding.verdict.value,
                "figure": figures[entry.due.figure.value].id,
                "low_fen": entry.due.low,
                "high_fen": entry.due.high,
                "missing": [telling.fact(key) for key in entry.due.missing],
                "pending": list(entry.due.pending),
                "lines": list(entry.due.lines),
                "instalments_fen": list(entry.due.instalments),
            }
            for entry in account.entries
        ],
        "combination": {
            "total_fen": combination.total,
            "had": [_item_json(item) for item in combination.had],
            "lost": [
                {
                    **_item_json(lost.item),
                    "group": lost.group,
                    "rule": lost.rule,
                    "for": [_item_json(item) for item in lost.others],
                    "left_fen": lost.left,
                }
                for lost in combination.lost
            ],
            "open": [[_item_json(item) for item in group] for group in combination.open],
        },
        "met_without_amount": account.without_amount,
    }


def _item_json(item: Item) -> dict[str, Any]:
    return {
        "measure": item.due.measure.id,
        "project": item.project or None,
        "low_fen": item.low,
        "high_fen": item.high,
    }

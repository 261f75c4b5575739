"""Findings -> what the measures that state an amount come to for the company, in sentences.

The engine works amounts out (`matcher.payable`); here they are put into words for cards, the page of
reasons and the sheet. A measure without an amount has no `Worth`, which is not a worth of zero.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from matcher.finding import Finding, Matcher
from matcher.logic import Verdict
from matcher.payable.account import account_of
from matcher.payable.due import Due, Figure, due
from matcher.payable.ledger import PAYMENTS
from matcher.payable.stacking import Combination, Item, Lost
from matcher.payable.telling import Telling
from matcher.profile import FactKey, Profile
from webapp.services.matching import Results
from webapp.texts import Texts


@dataclass(frozen=True, slots=True)
class Worth:
    """What one measure pays the company, as a page says it.

    ``said`` is the sum with its kind, ``lines`` how it was worked out; ``missing`` are the facts that
    would settle it, ``paid`` says that a record of payments would too, ``pending`` is what no fact settles.
    """

    said: str
    settled: bool
    lines: tuple[str, ...] = ()
    missing: tuple[FactKey, ...] = ()
    paid: bool = False
    pending: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Together:
    """What may be had together of all that is met, and what limits it.

    ``total`` is empty where no sum is settled: that is not a total of zero.
    """

    total: str
    had: tuple[tuple[str, str], ...]
    lost: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    without: int = 0


class Worths:
    """The amounts of one set of results, each worked out when it is asked for."""

    def __init__(self, results: Results, matcher: Matcher, texts: Texts, language: str) -> None:
        self.results, self.matcher = results, matcher
        self.texts, self.language = texts, language
        self.telling = Telling(matcher.vocabulary, language)
        self._known: dict[str, Worth | None] = {}

    def of(self, finding: Finding, profile: Profile | None = None) -> Worth | None:
        """Say what a measure pays; None where it states no amount.

        ``profile`` stands in for that of the results, such as one without the company's figures.
        """
        if profile is not None:
            return self._worth(finding, profile)
        id_ = finding.measure.id
        if id_ not in self._known:
            self._known[id_] = self._worth(finding, self.results.profile)
        return self._known[id_]

    def _worth(self, finding: Finding, profile: Profile) -> Worth | None:
        as_of, vocabulary = self.results.as_of, self.matcher.vocabulary
        found = due(finding.measure, profile, as_of, vocabulary, language=self.language)
        if found is None:
            return None
        said = self._sum(found)
        if finding.verdict is not Verdict.MET and found.figure is not Figure.NONE:
            said = self._text("worth.if_met", sum=said)
        return Worth(
            said=said,
            settled=found.figure in (Figure.DUE, Figure.CEILING),
            lines=found.lines,
            missing=tuple(key for key in found.missing if key != PAYMENTS),
            paid=PAYMENTS in found.missing,
            pending=found.pending,
        )

    def together(self) -> Together | None:
        """Say what may be had together; None where nothing that is met states an amount."""
        met = self.results.met
        if not any(item.measure.benefit for item in met):
            return None
        found = account_of(
            met, self.matcher, self.results.profile, self.results.as_of, language=self.language
        )
        chosen: Combination = found.combination
        return Together(
            total=self.telling.money(chosen.total) if chosen.total else "",
            had=tuple((self._item(item), self._had(item)) for item in chosen.had),
            lost=tuple(map(self._lost, chosen.lost)),
            undecided=tuple(self._items(group) for group in chosen.open),
            without=found.without_amount,
        )

    def _text(self, key: str, **values: object) -> str:
        return self.texts.get(self.language, key, **values)

    def _sum(self, found: Due) -> str:
        """Write a sum; what is due needs no word for its kind, every other kind is named."""
        if found.figure is Figure.DUE:
            return self.telling.money(found.low)
        return self.telling.sum(found)

    def _had(self, item: Item) -> str:
        settled = item.due.figure is Figure.DUE
        return self.telling.money(item.low) if settled else self._sum(item.due)

    def _item(self, item: Item) -> str:
        title = item.due.measure.title
        return f"{title}({item.project})" if item.project else title

    def _items(self, items: Iterable[Item]) -> str:
        return self._text("worth.joint").join(map(self._item, items))

    def _lost(self, lost: Lost) -> str:
        """Say why a sum is not had, or not in full."""
        return self._text(
            "worth.excluded" if lost.rule else "worth.shared",
            item=self._item(lost.item),
            sum=self.telling.money(lost.item.low),
            others=self._items(lost.others),
            group=lost.group,
            rule=self.telling.wording.word("互斥规则", lost.rule) if lost.rule else "",
            left=self.telling.money(lost.left),
        )

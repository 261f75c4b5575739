"""What cannot be true of a company, and what is only worth a second look.

In: one value, or all facts of a file. Out: a `ValueFault` or a diagnostic. Plain contradictions are
refused; what can happen, however seldom, is kept as it was filled in and named in a warning. Which of
the two a case is, and why, stands in docs/errors.md. Nothing is corrected here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from itertools import combinations

from matcher.language.answers import Answers, said
from matcher.profile import FactKey, Spell, Tenure
from matcher.tree import Days
from matcher.values import Number, Units, ValueFault
from matcher.vocabulary.model import Attribute, Kind, PartOf, Vocabulary

IMPLAUSIBLE = "implausible"


def check_amount(value: Number, text: str, attribute: Attribute, units: Units) -> None:
    """Refuse an amount below zero or above its ceiling where the attribute cannot have one."""
    if value < 0 and not attribute.may_be_negative:
        raise ValueFault("bad-number", f"“{text}”小于零", "没有就填 0")
    if attribute.maximum is not None and value > attribute.maximum:
        assert attribute.unit is not None
        most = units.show(attribute.maximum, attribute.unit)
        raise ValueFault("bad-number", f"“{text}”超过 {most}", f"填 0 到 {most} 之间的数")


def check_day(day: date, filed: date) -> None:
    """Refuse a day after the profile's own: what is asked for has happened."""
    if day > filed:
        raise ValueFault(
            "contradiction",
            f"{day} 晚于填报日期 {filed}",
            "核对这个日期和填报日期;还没有发生的不填",
        )


def check_facts(answers: Answers, filed: date) -> None:
    """Compare the facts of one file with each other and with the day it was filled in."""
    _Plausibility(answers, filed).check()


class _Plausibility:
    def __init__(self, answers: Answers, filed: date) -> None:
        self.answers, self.filed = answers, filed
        self.vocabulary: Vocabulary = answers.vocabulary

    def check(self) -> None:
        for key in list(self.answers.claims):
            self._period(key)
            self._tenure(key)
        for pair in self.vocabulary.parts:
            self._part(pair)
        self._gaps()

    def _add(
        self, code: str, key: FactKey, message: str, hint: str, *, warning: bool = False
    ) -> None:
        place = self.answers.claims[key].node.place
        self.answers.problems.add(code, message, place, hint, warning=warning)

    # --- days ------------------------------------------------------------------------------------

    def _period(self, key: FactKey) -> None:
        """A figure of a period that had not begun on the day it was filled in."""
        first = key.period
        if isinstance(first, int):
            first = Days(date(first, 1, 1), date(first, 12, 31))
        if isinstance(first, Days) and first.first > self.filed:
            message = f"填了“{said(key)}”,填报日期 {self.filed} 时这一期还没有开始"
            self._add("contradiction", key, message, "核对年份和填报日期;还没有发生的不填")

    def _tenure(self, key: FactKey) -> None:
        tenure = self.answers.claims[key].value
        if not isinstance(tenure, Tenure):
            return
        for spell in tenure.spells:
            if spell.start is not None and spell.start > self.filed:
                message = f"“{key.member}”的日期 {spell.start} 晚于填报日期 {self.filed}"
                self._add("contradiction", key, message, "核对日期")
        if self.vocabulary.attributes[key.attribute].kind is Kind.TITLES:
            for earlier, later in _overlapping(tenure.spells):
                message = (
                    f"“{key.member}”的两份证书有效期重叠:{earlier.start} 至 {earlier.end},"
                    f"{later.start} 至 {later.end}"
                )
                hint = "核对两份证书上的日期;提前换证的照填,两份都算"
                self._add(IMPLAUSIBLE, key, message, hint, warning=True)

    # --- figures ---------------------------------------------------------------------------------

    def _number(self, key: FactKey) -> Number | None:
        claim = self.answers.claims.get(key)
        value = claim.value if claim is not None else None
        number = isinstance(value, int | Fraction) and not isinstance(value, bool)
        return value if number else None  # type: ignore[return-value]

    def _part(self, pair: PartOf) -> None:
        for key in [key for key in self.answers.claims if key.attribute == pair.part]:
            other = key._replace(attribute=pair.whole)
            part, whole = self._number(key), self._number(other)
            if part is None or whole is None or part <= whole:
                continue
            message = (
                f"“{said(key)}”{self._shown(key, part)} 大于"
                f"“{said(other)}”{self._shown(other, whole)}"
            )
            if pair.refused:
                hint = f"{pair.reason}核对两个数和单位"
                self._add("contradiction", key, message, hint)
            else:
                hint = f"{pair.reason}核对两个数和单位;无误就照填,按填写的数比对"
                self._add(IMPLAUSIBLE, key, message, hint, warning=True)

    def _shown(self, key: FactKey, value: Number) -> str:
        unit = self.vocabulary.attributes[key.attribute].unit
        assert unit is not None
        return f" {self.vocabulary.units.show_best(value, unit)}"

    def _gaps(self) -> None:
        """Years left out between two that are filled in; one answered 不清楚 is not left out."""
        years: dict[str, set[int]] = {}
        for key in (*self.answers.claims, *self.answers.unsure):
            if isinstance(key.period, int):
                years.setdefault(key.attribute, set()).add(key.period)
        for label, known in years.items():
            missing = sorted(set(range(min(known), max(known))) - known)
            later = [key for key in self.answers.claims if key[:3] == (label, None, max(known))]
            if not missing or not later:
                continue
            named = "、".join(f"{year} 年" for year in missing)
            message = f"“{label}”填了 {min(known)} 年和 {max(known)} 年,中间缺 {named}"
            hint = "补上缺的年份,没有填 0,不知道写“不清楚”;缺的按未知处理,不推算"
            self._add(IMPLAUSIBLE, later[0], message, hint, warning=True)


def _overlapping(spells: tuple[Spell, ...]) -> Iterator[tuple[Spell, Spell]]:
    """Give the pairs of dated certificates of one level of which one begins before the other ends."""
    dated = [item for item in spells if item.start is not None and item.end is not None]
    dated.sort(key=lambda item: (item.start or date.min, item.end or date.max))
    for earlier, later in combinations(dated, 2):
        assert later.start is not None and later.end is not None
        if earlier.level == later.level and earlier.overlaps(later.start, later.end):
            yield earlier, later

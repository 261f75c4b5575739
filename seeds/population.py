"""Draws one block of synthetic companies: every column's values, and what of them is missing.

What a company is (place, trade, age, size) is drawn first; the rest follows from it: research from
trade and size, titles from research, statuses from revenue, and so on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from seeds.columns import (
    ACTIVITIES,
    ASSETS,
    COOPERATIVES,
    DATED,
    EMPLOYEES,
    ENDS,
    FOUNDED,
    GRANTED,
    INDUSTRY,
    LEVEL,
    LEVELLED,
    PLACE,
    PLANNED_PLACE,
    RESEARCH,
    REVENUE,
    STAGES,
    TALENTS,
    Column,
)
from seeds.distributions import Distributions, Option, Share
from seeds.draws import MILLION, THOUSAND, Draws, Flags, Ints, fixed, power, times
from seeds.identity import company_names, credit_codes, invented_words

NONE, NOT_APPLICABLE = "没有", "不适用"
_LIMITED, _JOINT_STOCK, _COOPERATIVE = "有限公司", "股份有限公司", "专业合作社"
_MOST_MISSING = 950_000
_YEAR, _THREE_YEARS, _OLDEST = 365, 3 * 365, 45 * 365
_RESEARCH_INTENSITY = 30_000  # 3 %, from which a company counts as one that lives by research
_MOST_TALENTS = 12
_LAST_DAY = 28  # certificates bear a day that every month has


@dataclass(frozen=True)
class Values:
    """The values of one column: whole numbers, yes or no, days, or places in ``words``.

    ``known`` is false where there is nothing to state (a figure before the company began).
    """

    numbers: Ints | Flags
    words: Sequence[str] = ()
    known: Flags | None = None


def _days(day: date) -> int:
    return (day - date(1970, 1, 1)).days


class Population:
    """One block of companies, from ``first_row`` (counted from 0) on."""

    def __init__(self, given: Distributions, draws: Draws, first_row: int) -> None:
        self.given, self.draws, self.first_row = given, draws, first_row
        self.values: dict[str, Values] = {}
        self.traits: dict[str, Flags] = {}
        self.year = given.reference.year - 1
        self._places_and_trades()
        self._figures()
        self._owners()
        self._describe()
        self._above_scale()
        self._options()

    # --- what a company is -----------------------------------------------------------------------

    def _places_and_trades(self) -> None:
        given, draws = self.given, self.draws
        self.place = draws.pick("地点", given.place_weights)
        self.trade = draws.pick_by("行当", given.mix_weights, given.mix_of[self.place])
        self.code = draws.pick_by("行业", given.code_weights, self.trade)
        self.values[PLACE] = Values(self.place, given.places)
        self.values[INDUSTRY] = Values(self.code, given.codes)
        goes = draws.happens("有拟投资地", given.planned_share)
        where = draws.pick("拟投资地", list(given.planned.values()))
        words = (NOT_APPLICABLE, *given.planned)
        self.values[PLANNED_PLACE] = Values(np.where(goes, where + 1, 0), words)
        self.age_z = draws.normal("年龄")
        age = power(given.age[self.trade] + times(self.age_z, given.age_spread))
        self.age = np.minimum(age, _OLDEST)
        self.founded = _days(given.reference) - self.age
        self.values[FOUNDED] = Values(self.founded)

    def _figures(self) -> None:
        given, draws, trade = self.given, self.draws, self.trade
        size = times(self.age_z, given.age_weight) + times(draws.normal("规模"), given.own_weight)
        revenue = given.revenue[trade] + times(size, given.revenue_spread[trade])
        growth = given.growth + times(draws.normal("增长"), given.growth_spread)
        heads = revenue - given.per_head[trade]
        heads += times(draws.normal("人均"), given.per_head_spread)
        assets = revenue + given.assets[trade] + times(draws.normal("资产"), given.assets_spread)
        sells = ~draws.happens("零收入", given.no_revenue)
        self.revenue = np.where(sells, power(revenue), 0)
        self.tier = np.searchsorted(given.tiers, self.revenue, side="right")
        share = given.research_share[trade] * given.research_tiers[self.tier] // THOUSAND
        self.researches = draws.happens("有研发", share) & sells
        log = given.intensity[trade] + times(draws.normal("强度"), given.intensity_spread)
        self.intensity = np.where(self.researches, np.minimum(power(log), given.most_research), 0)
        # What a company has grows about half as fast as what it sells.
        self._yearly(
            EMPLOYEES, np.maximum(power(heads), 1), np.maximum(power(heads - growth // 2), 1)
        )
        before = np.where(sells, power(revenue - growth), 0)
        self._yearly(f"{REVENUE}(万元)", self.revenue, before)
        spent = self.revenue * self.intensity // MILLION
        self._yearly(f"{RESEARCH}(万元)", spent, before * self.intensity // MILLION)
        self._yearly(f"{ASSETS}(万元)", power(assets), power(assets - growth // 2))

    def _yearly(self, header: str, last: Ints, before: Ints) -> None:
        """Note a figure of last year and the year before; none of a year before the company was."""
        for year, name, numbers in (
            (self.year, header, last),
            (self.year - 1, f"{self.year - 1}年{header}", before),
        ):
            self.values[name] = Values(numbers, known=self.founded <= _days(date(year, 12, 31)))

    def _owners(self) -> None:
        owner = self.draws.pick_by("所有制", self.given.owner_weights, self.tier)
        for number, label in enumerate(self.given.owners):
            self._hold(label, owner == number)

    def _describe(self) -> None:
        """Note what shares may depend on."""
        given = self.given
        sections = given.sections[self.code]
        self.traits |= {letter: sections == letter for letter in np.unique(given.sections)}
        self.traits["科技区"] = given.mix_of[self.place] == given.mixes.index("科技")
        self.traits["有研发"] = self.researches
        self.traits["研发"] = self.intensity >= _RESEARCH_INTENSITY
        self.traits["一年"] = self.age >= _YEAR
        self.traits["成熟"] = self.age >= _THREE_YEARS

    # --- what follows from it --------------------------------------------------------------------

    def _hold(self, header: str, held: Flags) -> None:
        self.traits[header] = held
        self.values[header] = Values(held)

    def _share(self, share: Share) -> Ints:
        found: Ints = share.base[self.trade] * share.tiers[self.tier] // THOUSAND
        for name, factor in share.boosts.items():
            found = np.where(self.traits[name], found * factor // THOUSAND, found)
        for name in share.only:
            found = np.where(self.traits[name], found, 0)
        return found

    def _above_scale(self) -> None:
        ripe = self.draws.happens("规上", self.given.above_scale_share) & self.traits["一年"]
        for status, thresholds in self.given.thresholds.items():
            limit = thresholds[self.code]
            self._hold(status, ripe & (limit >= 0) & (self.revenue >= limit))

    def _options(self) -> None:
        given, draws = self.given, self.draws
        eager = power(fixed(10) + times(draws.normal("热度"), given.eagerness))
        for option in given.options:
            share = self._share(option.share)
            if option.attribute == ACTIVITIES:
                share = (share * eager) >> 10
            held = draws.happens(option.header, share)
            self._hold(option.header, held)
            if option.attribute == ACTIVITIES:
                self._graded(option, given.states)
            elif option.attribute == STAGES:
                self._graded(option, given.stages)
            elif option.header in DATED:
                self._certificate(option.header, held)
            elif option.header == LEVELLED:
                level = draws.pick("级别", list(given.levels.values()))
                self.values[LEVELLED + LEVEL] = Values(level, list(given.levels), held)
        many = 1 + draws.below("人才数", _MOST_TALENTS)
        some = draws.happens("有人才", self._share(given.talents))
        self.values[TALENTS] = Values(np.where(some, many, 0))

    def _graded(self, option: Option, grades: Mapping[str, int]) -> None:
        """Say how far something is: nothing, or a grade by its weight."""
        step = 1 + self.draws.pick(f"{option.header} 进度", list(grades.values()))
        numbers = np.where(self.traits[option.header], step, 0)
        self.values[option.header] = Values(numbers, (NONE, *grades))

    def _certificate(self, header: str, held: Flags) -> None:
        """Date a certificate: granted in a month when the company was a year old, then its term."""
        given, draws = self.given, self.draws
        room = np.clip((self.age - _YEAR) // 31, 1, given.certificate["月数"])
        last = np.datetime64(given.reference, "M").astype(np.int64)
        month = last - 1 - draws.below(f"{header} 月", room)
        day = draws.below(f"{header} 日", _LAST_DAY)
        ends = month + given.certificate["有效月"]
        self.values[header + GRANTED] = Values(_first_of(month) + day, known=held)
        self.values[header + ENDS] = Values(_first_of(ends) + day - 1, known=held)

    # --- names and gaps --------------------------------------------------------------------------

    def credit_codes(self) -> pa.Array:
        """Give every company its code."""
        return credit_codes(self.first_row, self.draws.seed, self.traits[COOPERATIVES])

    def names(self) -> pa.Array:
        """Give every company its name."""
        given, draws = self.given, self.draws
        word = given.word_start[self.trade] + draws.below("行业词", given.word_count[self.trade])
        listing = [self.traits[x.header] for x in given.options if x.attribute == STAGES]
        form = np.where(np.any(listing, axis=0), 1, 0)
        form = np.where(self.traits[COOPERATIVES], 2, form)
        return company_names(
            pa.array(given.cities).take(pa.array(given.city_of[self.place])),
            invented_words(self.first_row, draws.rows, draws.seed, given.syllables),
            given.syllables,
            pa.array(given.words).take(pa.array(word)),
            pa.array([_LIMITED, _JOINT_STOCK, _COOPERATIVE]).take(pa.array(form)),
        )

    def gaps(self, missing: int) -> Ints:
        """Give each company's share of missing values; ``missing`` is the table's, in percent.

        One factor a company, so that one that says little says little everywhere.
        """
        own = THOUSAND * 4 // 10 + self.draws.below("缺失", THOUSAND * 12 // 10)
        return (
            self.given.absent_tiers[self.tier]
            * own
            // THOUSAND
            * (missing * MILLION // 100)
            // THOUSAND
        )

    def missing(self, column: Column, gaps: Ints) -> Flags:
        """Say where a column has no value; a certificate's dates are missing with the title too."""
        values = self.values[column.header]
        share = np.minimum(gaps * column.absent // THOUSAND, _MOST_MISSING)
        gone = self.draws.happens(f"缺 {column.header}", share)
        if column.part:
            gone |= self.draws.happens(f"缺 {column.header.removesuffix(column.part)}", share)
        return gone if values.known is None else gone | ~values.known


def _first_of(month: Ints) -> Ints:
    """Give the first day of months counted from January 1970."""
    return month.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)

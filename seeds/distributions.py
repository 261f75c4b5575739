"""seeds/registry.yaml -> the distributions as whole numbers and arrays, ready to draw from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from seeds.draws import MILLION, THOUSAND, Ints, fixed, log2

FILE = Path(__file__).parent / "registry.yaml"
HUNDREDTHS = 100  # money is counted in hundredths of 万元
# GB/T 4754-2017: the last two-digit division of each section.
_LAST_DIVISION = {
    "A": 5, "B": 12, "C": 43, "D": 46, "E": 50, "F": 52, "G": 60, "H": 62, "I": 65, "J": 69,
    "K": 70, "L": 72, "M": 75, "N": 79, "O": 82, "P": 83, "Q": 85, "R": 90,
}  # fmt: skip


def parts(percent: float) -> int:
    """Write a percentage in parts per million."""
    return round(percent * MILLION / 100)


def factors(numbers: Iterator[float] | list[float]) -> Ints:
    """Write factors in thousandths."""
    return np.array([round(number * THOUSAND) for number in numbers], np.int64)


def section(code: str) -> str:
    """Give the letter of the section that an industry code lies in."""
    return next(letter for letter, last in _LAST_DIVISION.items() if int(code[:2]) <= last)


@dataclass(frozen=True)
class Share:
    """How often something holds: by trade, tier and what else holds of the company.

    ``base`` is in parts per million, by trade; ``tiers`` and ``boosts`` are thousandths.
    """

    base: Ints
    tiers: Ints
    boosts: Mapping[str, int]
    only: tuple[str, ...]


@dataclass(frozen=True)
class Option:
    """A column of yes or no, or of how far something is: header, attribute, member, share, absence.

    ``absent`` is the factor of the missing share, in thousandths.
    """

    header: str
    attribute: str
    member: str | None
    share: Share
    absent: int


class Distributions:
    """The distributions of one file."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.reference: date = data["基准日"]
        self.description: str = data["说明"]
        self.syllables: str = data["字号"].replace(" ", "")
        self.tiers = np.array(data["档"], np.int64) * HUNDREDTHS
        self.absent_tiers = factors(data["缺失"]["档"])
        self.absent = {name: round(x * THOUSAND) for name, x in data["缺失倍数"].items()}
        self._places(data["地区"], data["产业结构"], list(data["行当"]))
        self._trades(data["行当"])
        self._business(data["经营"])
        self._above_scale(data["规上"])
        self.planned_share = parts(data["拟投资地"]["占比"])
        self.planned: dict[str, int] = data["拟投资地"]["去向"]
        self.certificate: dict[str, int] = data["证书"]
        self.levels: dict[str, int] = data["绿色工厂级别"]
        self.stages: dict[str, int] = data["阶段"]
        self.states: dict[str, int] = data["事项状态"]
        self.eagerness = fixed(data["热度离散"])
        self.options = tuple(self._options(data["选项"]))

    def _places(
        self, cities: dict[str, Any], mixes: dict[str, dict[str, int]], trades: list[str]
    ) -> None:
        rows = [
            (city, place, weight, mix)
            for city, places in cities.items()
            for place, (weight, mix) in places.items()
        ]
        self.cities = list(cities)
        self.places = [place for _, place, _, _ in rows]
        self.place_weights = [weight for _, _, weight, _ in rows]
        self.city_of = np.array([self.cities.index(city) for city, *_ in rows])
        self.mixes = list(mixes)
        self.mix_of = np.array([self.mixes.index(mix) for *_, mix in rows])
        self.mix_weights = [[mix.get(trade, 0) for trade in trades] for mix in mixes.values()]

    def _trades(self, data: dict[str, dict[str, Any]]) -> None:
        self.trades = list(data)
        rows = list(data.values())
        self.codes = sorted({code for row in rows for code in row["行业"]})
        self.code_weights = [[row["行业"].get(code, 0) for code in self.codes] for row in rows]
        self.sections = np.array([section(code) for code in self.codes])
        self.words = [word for row in rows for word in row["词"]]
        self.word_count = np.array([len(row["词"]) for row in rows])
        self.word_start = np.cumsum(self.word_count) - self.word_count
        self.revenue = np.array([log2(row["营收"] * HUNDREDTHS) for row in rows])
        self.revenue_spread = np.array([fixed(row["离散"]) for row in rows])
        self.per_head = np.array([log2(row["人均"] * HUNDREDTHS) for row in rows])
        self.assets = np.array([log2(row["资产比"]) for row in rows])
        self.research_share = np.array([parts(row["研发"]) for row in rows])
        self.intensity = np.array([log2(parts(row["强度"])) for row in rows])
        self.age = np.array([log2(row["年龄"] * 365.25) for row in rows])

    def _business(self, data: dict[str, Any]) -> None:
        self.age_spread = fixed(data["年龄离散"])
        self.age_weight = fixed(data["老企业更大"])
        self.own_weight = fixed((1 - data["老企业更大"] ** 2) ** 0.5)
        self.no_revenue = parts(data["零收入"])
        self.growth, self.growth_spread = log2(data["增长"]["中位"]), fixed(data["增长"]["离散"])
        self.per_head_spread = fixed(data["人均离散"])
        self.assets_spread = fixed(data["资产离散"])
        self.research_tiers = factors(data["研发档"])
        self.intensity_spread = fixed(data["研发离散"])
        self.most_research = parts(data["研发上限"])
        self.talents = self.share(data["人才"])
        self.owners = list(data["所有制"])
        self.owner_weights = list(zip(*data["所有制"].values(), strict=True))

    def _above_scale(self, data: dict[str, Any]) -> None:
        self.above_scale_share = parts(data["占比"])
        # By status: each industry code's threshold in hundredths of 万元, -1 where none counts.
        self.thresholds = {
            status: np.array([_threshold(code, limits) for code in self.codes])
            for status, limits in data["门槛"].items()
        }

    def share(self, data: dict[str, Any]) -> Share:
        """Read one share."""
        own = data.get("行当", {})
        unknown = set(own) - set(self.trades)
        if unknown:
            raise ValueError(f"{FILE}:没有名为“{'、'.join(sorted(unknown))}”的行当")
        base = np.array([parts(own.get(trade, data["占比"])) for trade in self.trades])
        boosts = {name: round(x * THOUSAND) for name, x in data.get("倍", {}).items()}
        tiers = factors(data.get("档", [1, 1, 1, 1]))
        return Share(base, tiers, boosts, tuple(data.get("只限", ())))

    def _options(self, groups: list[dict[str, Any]]) -> Iterator[Option]:
        for group in groups:
            attribute, absent = group["指标"], round(group["缺失"] * THOUSAND)
            for header, data in group["项"].items():
                member = header.removeprefix(f"{attribute} ") if attribute else None
                share = self.share(data)
                yield Option(header, attribute or header, member, share, absent)


def _threshold(code: str, limits: dict[str, int]) -> int:
    fitting = [
        limit for name, limit in limits.items() if code.startswith(name) or section(code) == name
    ]
    return fitting[0] * HUNDREDTHS if fitting else -1


@cache
def shipped() -> Distributions:
    """Read the distributions that came with the program."""
    return Distributions(yaml.safe_load(FILE.read_text(encoding="utf-8")))

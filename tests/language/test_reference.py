"""The shipped tables and the size term agree with the complete official tables; real rows are read.

Runs where MIANSHEN_REFERENCE_DATA names the folder that holds them.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from matcher.catalogue import Catalogue
from matcher.language.diagnostics import SourceError
from matcher.language.profiles import CompanyFile, read_company
from matcher.logic import Verdict
from matcher.profile import Fact, FactKey, Profile
from matcher.readers.evaluate import evaluate
from matcher.tree import OneOf
from matcher.vocabulary.model import Vocabulary
from tests.conftest import RULES

AS_OF = date(2019, 6, 1)
GRADES = ("large", "medium", "small", "micro")
LABELS = {"large": "大型", "medium": "中型", "small": "小型", "micro": "微型"}
FIGURES = {"employees": "从业人员", "revenue": "营业收入", "assets": "资产总额"}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("shipped", "official"),
    [("industries.csv", "gbt4754-2017.csv"), ("regions.csv", "divisions-anhui.csv")],
)
def test_every_shipped_row_is_official(shipped: str, official: str, reference_data: Path) -> None:
    known = {row["code"]: row for row in rows(reference_data / official)}
    for row in rows(RULES / "vocabulary" / shipped):
        assert {key: known[row["code"]][key] for key in row} == row


# --- enterprise size ------------------------------------------------------------------------------------

Bounds = dict[str, dict[str, int]]


def classes(reference: Path) -> dict[str, tuple[list[str], Bounds]]:
    """Give each class its industry codes and, per figure, the lower bound of each grade."""
    read: dict[str, tuple[list[str], Bounds]] = {}
    for row in rows(reference / "sme-size-2017.csv"):
        _, bounds = read.setdefault(row["class"], (row["gbt4754"].split(), {}))
        bounds[row["indicator"]] = {grade: int(row[f"{grade}_min"]) for grade in GRADES[:3]}
    return read


def expected(bounds: Bounds, figures: dict[str, int]) -> str:
    """Grade by the official rule: all lower bounds of a grade, else one grade down."""
    for grade in GRADES[:3]:
        if all(figures[name] >= bound[grade] for name, bound in bounds.items()):
            return grade
    return "micro"


def graded(catalogue: Catalogue, code: str, figures: dict[str, int]) -> set[str]:
    facts = {FactKey("行业"): Fact((code,))}
    for name, value in figures.items():
        attribute = catalogue.vocabulary.attributes[FIGURES[name]]
        assert attribute.unit is not None
        key = FactKey(attribute.label, None, AS_OF.year - 1)
        facts[key] = Fact(int(value * attribute.unit.factor))
    term = catalogue.vocabulary.terms["企业规模"].grading
    met = set()
    for grade, label in LABELS.items():
        leaf = OneOf("企业规模", (label,), term)
        verdict = evaluate(leaf, Profile(facts), AS_OF, catalogue.vocabulary).verdict
        if verdict is Verdict.MET:
            met.add(grade)
    return met


def test_the_size_term_equals_the_official_table_at_and_around_every_threshold(
    catalogue: Catalogue, reference_data: Path
) -> None:
    """All 30 rows × three thresholds × one below, at and one above, in every industry of the class."""
    checked: dict[str, int] = defaultdict(int)
    for name, (codes, bounds) in classes(reference_data).items():
        for code in codes:
            for figure, grades in bounds.items():
                for bound in grades.values():
                    for value in (bound - 1, bound, bound + 1):
                        # The other figures stand far above, so this one decides.
                        figures = dict.fromkeys(bounds, 10**9) | {figure: value}
                        wanted = expected(bounds, figures)
                        assert graded(catalogue, code, figures) == {wanted}, (name, code, figures)
                        checked[f"{name} {figure}"] += 1
    assert len(checked) == len(rows(reference_data / "sme-size-2017.csv")) == 30


@pytest.mark.parametrize("code", ["J", "P", "84", "S", "T", "53", "704"])
def test_industries_without_a_row_have_no_size(code: str, catalogue: Catalogue) -> None:
    figures = dict.fromkeys(FIGURES, 10**9)

    assert graded(catalogue, code, figures) == set()


# --- credit codes ---------------------------------------------------------------------------------------


def with_code(code: str, vocabulary: Vocabulary) -> CompanyFile:
    return read_company(f"统一社会信用代码: {code}", "企业.yaml", vocabulary, AS_OF)


def test_valid_codes_pass_and_odd_registered_ones_warn(
    catalogue: Catalogue, reference_data: Path
) -> None:
    vectors = rows(reference_data / "uscc-vectors.csv")
    valid = [row["uscc"] for row in vectors if row["valid_gb32100"] == "1"]
    odd = [row["uscc"] for row in vectors if row["valid_gb32100"] == "0"]

    assert (len(valid), len(odd)) == (300, 11)
    for code in valid:
        assert with_code(code, catalogue.vocabulary).warnings == ()
    for code in odd:
        file = with_code(code, catalogue.vocabulary)
        assert [item.code for item in file.warnings] == ["check-digit"]
        assert file.profile.text("统一社会信用代码") == code


# --- the registry sample --------------------------------------------------------------------------------


def test_every_registered_place_is_understood_or_refused_with_a_sentence(
    catalogue: Catalogue, reference_data: Path, record_property: Callable[[str, object], None]
) -> None:
    understood: dict[bool, int] = defaultdict(int)
    known: dict[str, bool] = {}
    for row in rows(reference_data / "registry-sample.csv"):
        place = row["所在省份"] + row["地区"] + row["区县"]
        if place not in known:
            known[place] = place_is_known(place, catalogue.vocabulary)
        understood[known[place]] += 1
        assert known[place] or row["所在省份"] != "安徽", place
    rate = understood[True] / sum(understood.values())
    record_property("understood places", f"{rate:.2%}")

    assert (
        rate > 0.97
    )  # the rest are counties of other provinces, which the shipped table leaves out


def place_is_known(place: str, vocabulary: Vocabulary) -> bool:
    said = refusal(f'注册地: "{place}"', vocabulary)
    assert all(code == "unknown-name" and hint for code, hint in said)
    return not said


def refusal(text: str, vocabulary: Vocabulary) -> list[tuple[str, str]]:
    """Give code and repair of every mistake in a company file."""
    try:
        read_company(text, "企业.json", vocabulary, AS_OF)
    except SourceError as error:
        return [(item.code, item.hint) for item in error.diagnostics]
    return []


def test_every_registered_company_can_be_read(catalogue: Catalogue, reference_data: Path) -> None:
    """Name, code, founding date and place of real companies; JSON keeps the mess as it is."""
    refused = 0
    for row in rows(reference_data / "registry-sample.csv"):
        company = {
            "企业名称": row["企业名称"],
            "统一社会信用代码": row["统一社会信用代码"],
            "成立日期": row["注册日期"],
            "注册地": row["所在省份"] + row["地区"],
        }
        said = refusal(json.dumps(company, ensure_ascii=False), catalogue.vocabulary)
        assert all(hint for _, hint in said), company
        refused += bool(said)
    assert refused < 500  # counties of municipalities and odd spellings of other provinces

"""The stored counts are those of the findings, the facts and the summary of the same run."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from matcher.catalogue import Catalogue
from matcher.finding import Matcher
from matcher.logic import Verdict
from matcher.registry.batch import layout_of
from matcher.registry.encoding import decode
from matcher.vocabulary.model import JUDGEMENT
from tests.webapp.dashboard.runs import AS_OF, COMPANIES, outcome_table, stored
from webapp.services.dashboard import reach
from webapp.services.dashboard.cube import ROUNDED, OtherRules, write_aggregates
from webapp.services.dashboard.figures import exactly
from webapp.services.dashboard.stored import Scope
from webapp.services.matching import waits_only

EVERYWHERE = Scope()


@pytest.fixture(scope="module")
def findings(out: Path, catalogue: Catalogue) -> list[Any]:
    """Match every company of the run by itself: code, profile, findings."""
    layout, matcher = layout_of(out), Matcher(catalogue)
    rows = pl.read_ipc(out / "facts" / "*.arrow")
    found = []
    for row in rows.iter_rows(named=True):
        profile = decode(row, layout, catalogue.vocabulary)
        found.append((row["credit_code"], profile, matcher.match(profile, AS_OF).findings))
    return found


def test_measures_are_counted_as_they_are_found(out: Path) -> None:
    table, counts = outcome_table(out), stored(out)
    rows = {row.id: row for row in reach.by_measure(counts, EVERYWHERE, exactly)}
    assert set(rows) == set(json.loads((out / "run.json").read_text())["measures"])
    for id_, row in rows.items():
        own = table.filter(pl.col("measure") == id_)
        said = own.get_column("verdict").value_counts()
        by = dict(said.iter_rows())
        assert row.met.n == by.get("MET", 0), id_
        assert row.open.n == by.get("OPEN", 0), id_
        assert row.unmet.n == COMPANIES - own.height, id_
        automatic = own.filter(pl.col("delivery") == "免申即享").height
        assert row.automatic.n == automatic, id_


def test_waiting_is_what_departments_alone_decide(
    out: Path, catalogue: Catalogue, findings: list[Any]
) -> None:
    waiting = Counter(
        one.measure.id
        for _, _, found in findings
        for one in found
        if one.verdict is Verdict.OPEN and waits_only(one, catalogue.vocabulary)
    )
    rows = reach.by_measure(stored(out), EVERYWHERE, exactly)
    assert {row.id: row.waiting.n for row in rows if row.waiting.n} == dict(waiting)
    assert waiting


def test_places_add_up_and_agree_with_the_summary(out: Path) -> None:
    counts = stored(out)
    report = json.loads((out / "run.json").read_text())["counts"]
    whole = reach.whole(counts, EVERYWHERE, exactly)
    assert (whole.companies.n, whole.met.n, whole.automatic.n) == (
        report["accepted"],
        report["with_met"],
        report["automatic"],
    )
    for rows in (
        reach.by_county(counts, EVERYWHERE, exactly),
        reach.by_section(counts, EVERYWHERE, exactly),
    ):
        for name in ("companies", "decided", "met", "automatic"):
            assert sum(getattr(row, name).n for row in rows) == getattr(whole, name).n


def test_a_scope_counts_its_companies_alone(out: Path) -> None:
    counts = stored(out)
    county = counts.counties.index("340104")
    wanted = Scope(county)
    (one,) = [r for r in reach.by_county(counts, EVERYWHERE, exactly) if r.id == "340104"]
    assert reach.whole(counts, wanted, exactly).companies == one.companies
    assert {r.id for r in reach.by_county(counts, wanted, exactly)} >= {"340104", "340111"}
    matrix = reach.matrix(counts, wanted, exactly)
    place = matrix.counties.index("340104")
    met = {id_: figures[place].n for id_, figures in matrix.rows}
    for row in reach.by_measure(counts, wanted, exactly):
        assert met[row.id] == row.met.n


def test_gaps_are_what_each_finding_lacks(
    out: Path, catalogue: Catalogue, findings: list[Any]
) -> None:
    """Of each fact: companies held up, companies that it alone would settle, findings, measures."""
    blocked: dict[str, set[str]] = {}
    settled: dict[str, set[str]] = {}
    measures: dict[str, set[str]] = {}
    held: dict[str, int] = {}
    for code, _, found in findings:
        for one in found:
            if one.verdict is not Verdict.OPEN:
                continue
            names = {
                f"{key.attribute}|{key.member or ''}|{key.period or ''}" for key in one.missing
            }
            for name in names:
                blocked.setdefault(name, set()).add(code)
                measures.setdefault(name, set()).add(one.measure.id)
                held[name] = held.get(name, 0) + 1
                if len(names) == 1:
                    settled.setdefault(name, set()).add(code)
    facts, keepers = reach.gaps(stored(out), EVERYWHERE, exactly)
    assert len(facts) == len(blocked)
    for row in facts:
        about = row.about
        name = f"{about['attribute']}|{about['member'] or ''}|{about['period'] or ''}"
        assert row.companies.n == len(blocked[name]), name
        assert row.settled.n == len(settled.get(name, ())), name
        assert row.findings.n == held[name], name
        assert len(row.measures) == len(measures[name]), name
    assert {row.about["attribute"] for row in facts} & {JUDGEMENT}
    by_keeper = {row.about["keeper"]: row for row in keepers}
    for row in facts:
        keeper = by_keeper[row.about["keeper"]]
        assert keeper.companies.n >= row.companies.n
        assert keeper.settled.n >= row.settled.n


def test_titles_are_held_not_held_or_not_known(out: Path, catalogue: Catalogue) -> None:
    layout, rows = layout_of(out), pl.read_ipc(out / "facts" / "*.arrow")
    profiles = [decode(row, layout, catalogue.vocabulary) for row in rows.iter_rows(named=True)]
    for row in reach.titles(stored(out), EVERYWHERE, exactly):
        assert row.held.n + row.not_held.n + row.unknown.n == COMPANIES
        if row.title == "高新技术企业":
            known = [p.facts[k].value for p in profiles for k in p.facts if k.member == row.title]
            assert row.held.n == sum(value.held(AS_OF) for value in known)  # type: ignore[union-attr]
            assert row.unknown.n == COMPANIES - len(known) > 0
            assert row.held.n > 0


def test_every_count_is_stored_rounded_to_fives_too(out: Path) -> None:
    for name in ("cells", "reach", "things", "pairs", "titles"):
        table = stored(out).table(name)
        for column in (one for one in table.columns if one.endswith(ROUNDED)):
            exact, rounded = (
                table.get_column(column.removesuffix(ROUNDED)),
                table.get_column(column),
            )
            assert (rounded % 5 == 0).all()
            assert ((rounded - exact).abs() < 5).all()
            assert rounded.filter(exact % 5 == 0).equals(exact.filter(exact % 5 == 0))


def test_other_rules_are_refused(out: Path, catalogue: Catalogue, tmp_path: Path) -> None:
    other = tmp_path / "out"
    shutil.copytree(out, other)
    report = json.loads((other / "run.json").read_text())
    (other / "run.json").write_text(json.dumps({**report, "rules_version": "other"}))
    with pytest.raises(OtherRules):
        write_aggregates(other, catalogue)


def test_counting_again_replaces_what_was_counted(
    out: Path, catalogue: Catalogue, tmp_path: Path
) -> None:
    other = tmp_path / "out"
    shutil.copytree(out, other)
    (other / "dashboard" / "left.txt").write_text("x")
    write_aggregates(other, catalogue)
    assert not (other / "dashboard" / "left.txt").exists()
    exact = [name for name in stored(out).table("cells").columns if not name.endswith(ROUNDED)]
    again = stored(other).table("cells").select(exact)
    assert again.equals(stored(out).table("cells").select(exact))

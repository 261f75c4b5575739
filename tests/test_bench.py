"""The benchmark measures the same rules everywhere, or says what it left out."""

from __future__ import annotations

import sys
from importlib.util import find_spec

import pytest

from matcher import bench
from matcher.catalogue import Catalogue
from matcher.finding import Matcher
from matcher.profile import Profile
from matcher.readers import durable
from tests.conftest import skip_or_fail


def test_figures_of_our_own_engine(matcher: Matcher, catalogue: Catalogue) -> None:
    profiles = bench.demo_profiles(catalogue)
    assert profiles
    figure = bench.timed("结论", [lambda: matcher.verdicts(profiles[0], bench.AS_OF)], 20)
    assert figure.runs == 20
    assert 0 < figure.median <= figure.p95


def test_other_engines_get_the_rules_they_can_say(catalogue: Catalogue) -> None:
    """ZEN's answers are compared with ours while it is timed; a difference stops the run."""
    profiles = [*bench.demo_profiles(catalogue), Profile()]
    beside, left_out = bench._others(catalogue, profiles, 10)
    assert len(beside) + len(left_out) == 2
    assert all(other.measures >= 0.95 * len(catalogue.measures) for other in beside)
    assert all(other.figure.runs == 3 * len(profiles) for other in beside)


def test_both_engines_are_here() -> None:
    if find_spec("zen") is None:
        skip_or_fail("zen-engine is not installed")
    if not durable.available():
        skip_or_fail(durable.why_not())


def test_a_missing_engine_is_named(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durable, "why_not", lambda: "试试看")
    monkeypatch.setitem(sys.modules, "zen", None)
    beside, left_out = bench._others(catalogue, [Profile()], 10)
    assert beside == []
    assert left_out == [
        "GoRules ZEN:没有安装 zen-engine(pip install 'mianshen[bench]')",
        "durable_rules:试试看",
    ]

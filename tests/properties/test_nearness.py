"""Every set of changes that is shown makes the company meet the measure, and none of it is idle."""

from __future__ import annotations

from fractions import Fraction

import pytest

from matcher.finding import Matcher
from matcher.logic import Verdict
from matcher.nearby.changes import Change, applied
from matcher.nearby.nearness import nearness
from matcher.nearby.search import SHOWN, Search
from matcher.profile import Fact, FactKey, Profile
from matcher.readers.evaluate import Evaluate
from matcher.readers.leaves import LeafJudge
from matcher.readers.measuring import Context
from matcher.readers.settled import settle
from matcher.tree import Condition
from matcher.vocabulary.model import Changing
from tests.conftest import AS_OF, seeds
from tests.standards import NEW
from tests.strategies import Maker, seeded, shipped

VOCABULARY = shipped().vocabulary
HEFEI = (VOCABULARY.regions.find("合肥市")[0].id,)


def unfixed(change: Change, profile: Profile) -> bool:
    """Say whether a change is one that a company can bring about, or time alone."""
    changing = VOCABULARY.attributes[change.key.attribute].changing
    if changing is Changing.EFFORT or not profile.knows(change.key):
        return True
    if changing is Changing.ADDING:
        return change.wanted or change.on is not None
    counted = isinstance(change.value, int | Fraction)
    return changing is Changing.TIME and (change.on is not None or counted)


@pytest.mark.parametrize("seed", seeds(6))
def test_every_way_to_a_shipped_measure_leads_there(seed: int) -> None:
    maker, matcher = seeded(300 + seed), Matcher(shipped())
    profile = maker.profile(*(item.condition for item in shipped().measures), known=seed % 3)
    profile = profile.with_fact(FactKey("主体类别", "企业"), Fact(True))
    profile = profile.with_fact(FactKey("注册地"), Fact(HEFEI))
    ways = 0
    for near in nearness(matcher, profile, AS_OF):
        assert len(near.ways) <= SHOWN
        for way in near.ways:
            ways += 1
            after = applied(profile, way.changes)
            (found,) = matcher.match(after, AS_OF, [near.measure]).findings
            assert found.verdict is Verdict.MET
            assert all(unfixed(change, profile) for change in way.changes)
            for idle in way.changes:
                fewer = tuple(change for change in way.changes if change is not idle)
                (without,) = matcher.match(applied(profile, fewer), AS_OF, [near.measure]).findings
                assert without.verdict is not Verdict.MET
    assert ways > 0


@pytest.mark.parametrize("seed", seeds(12))
def test_every_way_to_a_national_title_leads_there(seed: int) -> None:
    maker = seeded(500 + seed)
    for standard in (item for item in shipped().standards if item.in_force(NEW)):
        profile = maker.profile(standard.condition, known=(seed % 3) + 1)
        held(standard.condition, profile)


@pytest.mark.parametrize("seed", seeds(8))
def test_every_way_through_any_condition_leads_there(seed: int) -> None:
    maker: Maker = seeded(700 + seed)
    for _ in range(25):
        condition = maker.condition(3)
        held(condition, maker.profile(condition))


def held(condition: Condition, profile: Profile) -> None:
    search = Search(condition, LeafJudge(VOCABULARY, Context(profile, AS_OF)))
    for changes in search.found():
        after = Evaluate(VOCABULARY, applied(profile, changes), AS_OF)
        outcome = after(condition)
        settled = settle(outcome, after.judge)
        assert (settled.verdict if settled else outcome.verdict) is Verdict.MET
        assert all(unfixed(change, profile) for change in changes)

"""The worker is killed at random places; the soak run kills it two hundred times."""

from __future__ import annotations

import os

import pytest

from tests.webapp.watch.conftest import ENGINES, Watching
from tests.webapp.watch.crash import check, work_killed
from webapp.services import failpoints

KILLS = int(os.environ.get("MIANSHEN_SOAK_KILLS", "4"))


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_is_lost_and_nothing_done_twice(watching: Watching, engine: str) -> None:
    catalogue = watching.office.work.prover.catalogue
    outcome = work_killed(watching, lambda: ENGINES[engine](catalogue), KILLS, seed=11)
    assert outcome.killed == KILLS
    check(watching)


def test_failpoints_are_refused_outside_development(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(failpoints.SETTING, "watch.looked:1")
    monkeypatch.delenv(failpoints.DEVELOPMENT, raising=False)
    with pytest.raises(failpoints.FailpointFault, match="只用于测试"):
        failpoints.arm_from_environment()


@pytest.mark.parametrize("text", ["watch.looked", "watch.looked:0", "nowhere:1", "watch.looked:x"])
def test_a_failpoint_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(failpoints.SETTING, text)
    monkeypatch.setenv(failpoints.DEVELOPMENT, "1")
    with pytest.raises(failpoints.FailpointFault):
        failpoints.arm_from_environment()
    failpoints.arm({})


def test_without_the_setting_every_place_is_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(failpoints.SETTING, raising=False)
    failpoints.arm_from_environment()
    for place in failpoints.PLACES:
        failpoints.reach(place)

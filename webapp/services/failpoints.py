"""Places where a test may kill the program, to see that nothing is lost and nothing done twice.

``MIANSHEN_FAILPOINTS=watch.effect:3`` kills at the third passage of one place, ``*:7`` at the seventh of
any. The program refuses to start with it unless ``MIANSHEN_DEVELOPMENT=1`` is set too.
"""

from __future__ import annotations

import os
import signal
from collections import Counter

SETTING, DEVELOPMENT = "MIANSHEN_FAILPOINTS", "MIANSHEN_DEVELOPMENT"
ANY = "*"
PLACES = frozenset(
    {
        "following.before-commit",
        "import.before-commit",
        "import.after-commit",
        "jobs.claimed",
        "jobs.done",
        "mail.answered",
        "watch.looked",
        "watch.case-opened",
        "watch.case-moved",
        "watch.before-commit",
        "watch.after-commit",
        "watch.sweep",
    }
)
"""Every place there is; one that is not named here cannot be passed."""
_armed: dict[str, int] = {}
_passed: Counter[str] = Counter()


class FailpointFault(ValueError):
    """The setting cannot be used; the message says why and what to do, in Chinese."""


def arm(places: dict[str, int]) -> None:
    """Kill at the n-th passage of places; an empty mapping disarms them all."""
    unknown = sorted(places.keys() - PLACES - {ANY})
    if unknown:
        raise FailpointFault(f"{SETTING}:没有名为“{unknown[0]}”的故障点")
    _armed.clear()
    _passed.clear()
    _armed.update(places)


def arm_from_environment() -> None:
    """Arm what the environment names; outside development that is refused."""
    text = os.environ.get(SETTING, "")
    if not text:
        return
    if os.environ.get(DEVELOPMENT) != "1":
        raise FailpointFault(f"{SETTING} 只用于测试,会让程序中途退出。请取消这个环境变量")
    places = {}
    for item in text.split(","):
        name, _, count = item.strip().partition(":")
        if not (count.isascii() and count.isdigit() and int(count) > 0):
            raise FailpointFault(f"{SETTING}:“{item}”应写成 名称:次数,如 watch.looked:1")
        places[name] = int(count)
    arm(places)


def reach(place: str) -> None:
    """Pass a place; where it is armed and its turn has come, the process dies at once."""
    if not _armed:
        return
    if place not in PLACES:
        raise FailpointFault(f"{place} is not a known place")
    for name in (place, ANY):
        _passed[name] += 1
        if _passed[name] == _armed.get(name):
            os.kill(os.getpid(), signal.SIGKILL)

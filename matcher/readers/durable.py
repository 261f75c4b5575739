"""durable_rules as a reader: the measures whose rule fires for a company, which means MET and no more.

In: conditions by id and a profile at a date. Out: the ids that fire. `matcher.readers.rulesets` writes
the rules; here they are loaded and run.

What it cannot say: the leaf types of ``DurableWriter.cannot`` (dates inside titles, events, records,
ranks), a comparison of two figures, a score, a bound of 2^52 or more, and a rule past the limits
below. Such a measure is reported as unsayable, never approximated. Verdicts other than MET and all
reasons are those of `matcher.readers.evaluate`.

Limits of durable_rules 2.0.28, as measured; it checks few of them itself and corrupts memory beyond:

- one company may reach about 64 tests of a ruleset, so the rules are spread over several rulesets;
- a rule holds at most 15 joints, and fires once for every way through its 任一 branches;
- ``delete_state`` crashes where no rule had matched, so each ruleset has a rule that always does;
- whole numbers are exact up to 2^63, fractions only as doubles: see ``exact`` in the writer;
- its host starts timer threads that run rules beside the caller; ours starts none. It is not safe from
  several threads at once: a lock keeps callers apart. The state of a company is deleted after it.

It imports on Python 3.11 and 3.12 only, so it is loaded when first used.
"""

from __future__ import annotations

import sys
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from importlib import import_module
from typing import Any

from matcher.documents.model import Measure
from matcher.profile import Profile
from matcher.readers.leaves import LeafJudge
from matcher.readers.measuring import Context
from matcher.readers.rulesets import MAX_JOINTS, DurableWriter, Json, Unsayable
from matcher.tree import Condition
from matcher.vocabulary.model import Vocabulary

MAX_TESTS, MAX_WAYS = 60, 512
_ALWAYS, _COMPANY = "在册", "企业"
_LOCK = threading.Lock()


def why_not() -> str:
    """Say in one line why durable_rules cannot be used here; empty where it can."""
    if sys.version_info >= (3, 13):
        return "durable_rules 只能在 Python 3.11 和 3.12 上运行"
    try:
        import_module("durable.engine")
    except ModuleNotFoundError:
        return "没有安装 durable_rules(pip install 'mianshen[durable]')"
    except ImportError as error:
        return f"durable_rules 装入失败:{error}"
    return ""


def available() -> bool:
    """Say whether durable_rules can be used here."""
    return not why_not()


class DurableRules:
    """Conditions loaded into durable_rules, ready for any profile and date.

    ``unsayable`` gives the reason for each condition that is not among them.
    """

    def __init__(self, conditions: Mapping[str, Condition], vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.unsayable: dict[str, str] = {}
        self._writer = DurableWriter(vocabulary)
        self._rulesets: list[tuple[str, list[str]]] = []
        self._fired: set[str] = set()
        self._host = _quiet_host()
        for number, rules in enumerate(_spread(self._rules(conditions))):
            name = f"r{number}"
            self._rulesets.append((name, sorted({p for m in rules.values() for p in _names(m)})))
            self._host.set_rulesets({name: self._definition(rules)})
        # A ruleset takes a megabyte outside Python's care; nothing below keeps ``self`` alive.
        weakref.finalize(self, _release, self._host).atexit = False

    def _rules(self, conditions: Mapping[str, Condition]) -> Iterator[tuple[str, Json]]:
        for id_, condition in conditions.items():
            try:
                met = self._writer(condition).met
                _refuse_beyond_limits(met)
            except Unsayable as reason:
                self.unsayable[id_] = str(reason)
            else:
                yield id_, met

    def _definition(self, rules: Mapping[str, Json]) -> dict[str, Any]:
        definition = {
            id_: {"all": [{"m": met}], "run": self._firing(id_)} for id_, met in rules.items()
        }
        definition[_ALWAYS] = {"all": [{"m": {_ALWAYS: True}}], "run": lambda _: None}
        return definition

    def _firing(self, id_: str) -> Callable[[Any], None]:
        fired = self._fired
        return lambda _: fired.add(id_)

    def met(self, profile: Profile, as_of: date) -> set[str]:
        """Give the ids whose rule fires for a profile at a date."""
        judge = LeafJudge(self.vocabulary, Context(profile, as_of))
        facts = {name: value(judge) for name, value in self._writer.properties.items()}
        with _LOCK:
            self._fired.clear()
            for ruleset, names in self._rulesets:
                known = {name: facts[name] for name in names if facts[name] is not None}
                self._assert(ruleset, known)
            return set(self._fired)

    def _assert(self, ruleset: str, facts: Mapping[str, Any]) -> None:
        # A failed assertion may leave no state, and deleting what is not there crashes the process,
        # so the state is deleted only once the rule that always fires has made one.
        self._host.assert_fact(ruleset, {"id": "1", "sid": _COMPANY, _ALWAYS: True, **facts})
        self._host.delete_state(ruleset, _COMPANY)


def match(
    measures: Sequence[Measure], vocabulary: Vocabulary, profile: Profile, as_of: date
) -> tuple[list[str], list[str]]:
    """Give the ids of the measures that fire, and of those that durable_rules cannot say."""
    rules = DurableRules({item.id: item.condition for item in measures}, vocabulary)
    met = rules.met(profile, as_of)
    return [item.id for item in measures if item.id in met], list(rules.unsayable)


def _quiet_host() -> Any:
    """Make a host without the timer threads, which would run rules beside the caller."""
    host = import_module("durable.engine").Host
    return type("QuietHost", (host,), {"_run": lambda self: None})()


def _release(host: Any) -> None:
    engine = import_module("durable_rules_engine")
    for ruleset in host._ruleset_list:
        engine.delete_ruleset(ruleset._handle)


def _refuse_beyond_limits(met: Json) -> None:
    if sum(1 for _ in _walk(met)) > MAX_TESTS:
        raise Unsayable(f"more than {MAX_TESTS} tests")
    if sum(_is_joint(node) for node in _walk(met)) > MAX_JOINTS:
        raise Unsayable(f"more than {MAX_JOINTS} joints")
    if _ways(met) > MAX_WAYS:
        raise Unsayable(f"more than {MAX_WAYS} ways to fire")


def _spread(rules: Iterator[tuple[str, Json]]) -> Iterator[dict[str, Json]]:
    """Share the rules out so that no ruleset has more tests than one company may reach."""
    ruleset: dict[str, Json] = {}
    tests = 1
    for id_, met in rules:
        count = sum(1 for _ in _walk(met))
        if ruleset and tests + count > MAX_TESTS:
            yield ruleset
            ruleset, tests = {}, 1
        ruleset[id_] = met
        tests += count
    if ruleset:
        yield ruleset


def _is_joint(node: Json) -> bool:
    return "$and" in node or "$or" in node


def _parts(node: Json) -> list[Json]:
    parts: list[Json] = node.get("$and") or node.get("$or") or []
    return parts


def _walk(node: Json) -> Iterator[Json]:
    yield node
    for part in _parts(node):
        yield from _walk(part)


def _names(node: Json) -> Iterator[str]:
    """List the properties that an expression tests."""
    for test in _walk(node):
        if not _is_joint(test):
            ((name, inner),) = test.items()
            yield next(iter(inner)) if isinstance(inner, dict) else name


def _ways(node: Json) -> int:
    """Count the ways in which an expression can hold; durable_rules walks every one."""
    counts = [_ways(part) for part in _parts(node)]
    if "$and" in node:
        ways = 1
        for count in counts:
            ways *= count
        return ways
    return sum(counts) or 1


if __name__ == "__main__" and not available():
    print(f"{why_not()};--engine durable 不可用,其余功能不变")

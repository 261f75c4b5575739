"""Reads amounts as rule files write them, and works them out for a company file."""

from __future__ import annotations

from datetime import date

from matcher.language.amounts import AmountReader
from matcher.language.conditions import ConditionReader
from matcher.language.diagnostics import Problems
from matcher.language.leaves import LeafGrammar
from matcher.language.profiles import read_company
from matcher.language.source import Mapping, read_yaml
from matcher.payable import due
from matcher.payable.ledger import Ledger
from matcher.payable.worth import Case, Worth
from matcher.profile import Profile
from matcher.readers.evaluate import Evaluate
from matcher.tree.amounts import Amount
from tests.conftest import AS_OF
from tests.language.harness import rendered
from tests.strategies import shipped

VOCABULARY = shipped().vocabulary
GRAMMAR = LeafGrammar(VOCABULARY.units)
YUAN, WAN = 100, 1_000_000
assert due.WORKERS  # what works amounts out is entered by then


def amount_of(text: str) -> Amount:
    """Read one amount: a sentence, or the indented lines of a form."""
    problems = Problems()
    node = read_yaml(f"金额:{' ' if chr(10) not in text else chr(10)}{text}", "金额.yaml", problems)
    assert isinstance(node, Mapping)
    inner = node.get("金额")
    assert inner is not None
    found = AmountReader(ConditionReader(VOCABULARY, GRAMMAR, problems)).read(inner)
    assert found is not None, rendered(problems)
    return found.amount


def company(text: str) -> Profile:
    """Read a company file."""
    return read_company(text, "企业.yaml", VOCABULARY, AS_OF).profile


def worth(
    text: str | Amount,
    of: str | Profile,
    ledger: Ledger | None = None,
    as_of: date = AS_OF,
    language: str = "zh",
) -> Worth:
    """Work out an amount for a company."""
    profile = company(of) if isinstance(of, str) else of
    amount = amount_of(text) if isinstance(text, str) else text
    evaluate = Evaluate(VOCABULARY, profile, as_of)
    return Case(evaluate, "demo/1.1", as_of.year, ledger, language=language).of(amount)

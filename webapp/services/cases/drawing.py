"""The table of a case's life as a page of the documents."""

from __future__ import annotations

from collections.abc import Iterator

from webapp.services.cases.columns import COLUMNS
from webapp.services.cases.lifecycle import MOVES, STATES, Move
from webapp.services.people.roles import LABELS

HEAD = """# The life of a case

Drawn from `webapp/services/cases/lifecycle.py` by `mianshen cases lifecycle --write docs/lifecycle.md`; a test
holds the two together. A move happens in one commit with its event, its audit entry and its money, or not at all.
"""


def lifecycle_page() -> str:
    """Write the states, the moves and a diagram as Markdown."""
    return "\n".join([HEAD, *_diagram(), "", *_states(), "", *_moves(), ""])


def _diagram() -> Iterator[str]:
    yield from ("```mermaid", "stateDiagram-v2")
    for state in STATES.values():
        yield f'    state "{state.chinese}" as {state.id}'
    for move in MOVES:
        if move.after in STATES and len(move.before) <= _DRAWN:
            for before in move.before:
                yield f"    {before} --> {move.after}: {move.chinese}"
    yield "```"
    yield ""
    yield f"Left out of the drawing: moves that start at more than {_DRAWN} states, and those that return."


_DRAWN = 4


def _states() -> Iterator[str]:
    yield "| state | 中文 | column | term | budget | after a pause |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for state in STATES.values():
        term = state.due.value if state.due else ""
        money = "reserved" if state.money else ""
        column = COLUMNS[state.column][0]
        yield f"| {state.id} | {state.chinese} | {column} | {term} | {money} | {state.back} |"


def _moves() -> Iterator[str]:
    yield "| move | 中文 | from | to | who | guards | not by whoever did | reason | amount |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    for move in MOVES:
        yield "| " + " | ".join(_cells(move)) + " |"


def _cells(move: Move) -> Iterator[str]:
    yield move.action
    yield move.chinese
    yield ", ".join(move.before)
    yield "the state left" if move.after not in STATES else move.after
    yield "、".join(LABELS[role][0] for role in sorted(move.roles))
    yield ", ".join(move.guards)
    yield ", ".join(move.apart_from)
    yield "yes" if move.reason else ""
    yield {True: "stated", False: "not stated", None: ""}[move.amount]

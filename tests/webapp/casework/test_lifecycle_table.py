"""The table of a case's life holds together."""

from __future__ import annotations

from tests.conftest import RULES
from webapp.limits import TERMS
from webapp.services.cases import effects
from webapp.services.cases.drawing import lifecycle_page
from webapp.services.cases.guards import GUARDS
from webapp.services.cases.lifecycle import FIRST, MOVES, RESUME, STATES, Deadline, moves_from
from webapp.services.notices import NOTIFIED
from webapp.services.people.roles import Role

ENDS = {"archived", "withdrawn", "expired", "recovered"}


def test_every_move_names_states_guards_and_roles_that_there_are() -> None:
    for move in MOVES:
        assert {*move.before} <= STATES.keys()
        assert move.after in STATES or move.after == RESUME
        assert {*move.guards} <= GUARDS.keys()
        assert {*move.apart_from} <= {other.action for other in MOVES}
        assert move.roles
    assert GUARDS.keys() == {guard for move in MOVES for guard in move.guards}
    assert effects.EFFECTS.keys() <= {move.action for move in MOVES}
    assert {*NOTIFIED} <= {move.action for move in MOVES}
    assert {*TERMS} == {*Deadline}


def test_two_moves_of_a_name_from_a_state_are_told_apart_by_the_amount() -> None:
    for state in STATES:
        for name in {move.action for move in moves_from(state)}:
            amounts = [move.amount for move in moves_from(state) if move.action == name]
            assert amounts in ([None], [True], [False]) or sorted(map(str, amounts)) == [
                "False",
                "True",
            ]


def test_every_state_is_reached_and_every_one_but_an_end_is_left() -> None:
    reached, wave = set(), {FIRST}
    while wave:
        reached |= wave
        wave = {m.after for state in wave for m in moves_from(state) if m.after in STATES} - reached
    assert reached == STATES.keys()
    assert {state for state in STATES if not moves_from(state)} == ENDS - {"archived", "withdrawn"}


def test_money_is_approved_and_paid_by_different_people() -> None:
    by_name = {move.action: move for move in MOVES}
    assert by_name["approve"].roles == {Role.REVIEWER}
    assert {"freeze", "publicise"} <= {*by_name["approve"].apart_from}
    assert {"freeze", "publicise", "approve"} <= {*by_name["file"].apart_from}
    assert Role.ADMIN not in {role for move in MOVES for role in move.roles}


def test_the_proof_is_made_again_before_every_step_towards_money() -> None:
    for move in MOVES:
        if move.action in (
            "freeze",
            "approve",
            "file",
            "retry",
            "resume",
            "remind",
            "rules_arrive",
        ):
            assert {"in_force", "proof_holds", "credit_clear"} <= {*move.guards}, move.action


def test_the_drawn_page_is_up_to_date() -> None:
    page = RULES.parent / "docs" / "lifecycle.md"
    assert page.read_text(encoding="utf-8") == lifecycle_page()

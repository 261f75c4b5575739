"""Cases that somebody picks together for a list or a file: all of them move, or none does.

Each list and file has a number of its own, so the same wish sent again is answered before a new one is made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from webapp.services.audit.chain import Sealer
from webapp.services.cases.moves import Moved, Wish, answered
from webapp.services.cases.refusals import Refused
from webapp.services.people.roles import Actor, Role
from webapp.tables.cases import Answered, CaseRow

MOST = 500
"""Cases on one list or in one file."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A case that somebody picked, as seen on the page."""

    case: int
    seen: int


class NotAll(Refused):
    """Some of the picked cases cannot move, so none does; ``refused`` says why each."""

    def __init__(self, refused: dict[int, Refused]) -> None:
        super().__init__("not_all", n=len(refused))
        self.refused = refused


def check_picked(actor: Actor, chosen: Sequence[Chosen], role: Role) -> None:
    """Refuse the program itself, whose name no list bears, and none or too many cases."""
    if actor.id is None:
        raise Refused("wrong_role", roles=[role])
    if not chosen or len(chosen) > MOST:
        raise Refused("nothing_chosen" if not chosen else "too_many", most=MOST)


def made_before(
    session: Session,
    sealer: Sealer,
    actor: Actor,
    chosen: Sequence[Chosen],
    key: str,
    made_for: Callable[[CaseRow], int],
    wish: Callable[[Chosen, str, int], Wish],
) -> tuple[int, list[Moved]] | None:
    """Give the list or file that the same wish made before, with where its cases went; None for a new wish.

    ``made_for`` gives the list or file that a case is on, ``wish`` what is wished of one case.
    """
    # Held, so that of two at once the later one sees what the first one did.
    first = session.get(CaseRow, min(item.case for item in chosen), with_for_update=True)
    if first is None or session.get(Answered, (actor.said, f"{key}:{first.id}")) is None:
        return None
    made = made_for(first)
    moved = [answered(session, sealer, actor, wish(item, key, made)) for item in chosen]
    if any(one is None for one in moved):
        raise Refused("key_reused")
    return made, [one for one in moved if one is not None]

"""Why a move is refused: a code that the pages put into words, and the values that belong into it."""

from __future__ import annotations


class Refused(Exception):
    """A move that may not be made; nothing was changed.

    ``code`` names the sentence (``refused.<code>`` in the translations); ``values`` go into it.
    """

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code, values)
        self.code, self.values = code, values


class Missing(Refused):
    """There is no such thing, or it is not the actor's to see; the two are not told apart."""

    def __init__(self) -> None:
        super().__init__("missing")


class Stale(Refused):
    """Somebody else was first; ``state`` is where the case stands now."""

    def __init__(self, state: str) -> None:
        super().__init__("stale", state=state)

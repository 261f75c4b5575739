"""Where a page stands: the main navigation, and the way to a page from the home page."""

from __future__ import annotations

HOME = ("portal.home", "nav.home")
MAIN = (
    ("portal.measures", "nav.measures", ("portal.measure",)),
    (
        "portal.home",
        "nav.check",
        tuple(
            f"portal.{name}"
            for name in (
                "hub",
                "group",
                "results",
                "why",
                "path",
                "sheet",
                "answers",
                "industries",
                "delete",
                "start",
            )
        ),
    ),
    ("portal.documents", "nav.documents", ("portal.document",)),
    (
        "publicity.lists",
        "nav.publicity",
        ("publicity.one", "publicity.new", "publicity.find", "publicity.receipt"),
    ),
)
"""Endpoint, text, and the endpoints of the pages below."""

DESK = ("desk.start", "desk.title")
BELOW = {
    "portal.measure": ("portal.measures", "nav.measures"),
    "portal.document": ("portal.documents", "nav.documents"),
    **dict.fromkeys(
        ("publicity.one", "publicity.new", "publicity.find", "publicity.receipt"),
        ("publicity.lists", "nav.publicity"),
    ),
    **dict.fromkeys(
        (
            "mine.cases",
            "mine.case",
            "mine.confirm",
            "mine.decline",
            "mine.account",
            "mine.appeal",
            "mine.measures",
            "mine.why",
            "mine.facts",
            "mine.correct",
            "mine.notices",
            "following.company",
        ),
        ("mine.companies", "mine.title"),
    ),
    **dict.fromkeys(
        ("following.staff", "following.mailbox"), ("accounts.account", "account.title")
    ),
}
"""The page above a page, where that is not the home page."""


def trail(endpoint: str | None) -> tuple[tuple[str, str], ...]:
    """Give the pages above a page, from home; the heading of a page names the page itself.

    Above a company's own pages the band with its name goes on from here.
    """
    if endpoint == HOME[0]:
        return ()
    if (endpoint or "").startswith("desk."):
        return () if endpoint == DESK[0] else (DESK,)
    above = BELOW.get(endpoint or "")
    return (HOME, above) if above else (HOME,)

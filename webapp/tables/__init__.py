"""The tables of the rest, a file each; importing declares them."""

from webapp.tables import (
    api,
    audit,
    batches,
    calls,
    cases,
    following,
    jobs,
    money,
    people,
    registry,
    watch,
)

__all__ = [
    "api",
    "audit",
    "batches",
    "calls",
    "cases",
    "following",
    "jobs",
    "money",
    "people",
    "registry",
    "watch",
]

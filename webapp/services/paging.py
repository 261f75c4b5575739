"""A long list -> one page of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from webapp.limits import PAGE_SIZE

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list: its items, its number, the number of the last page."""

    items: Sequence[T]
    number: int
    last: int
    size: int = PAGE_SIZE

    @property
    def first(self) -> int:
        """The place of the first item in the whole list, from 1."""
        return (self.number - 1) * self.size + 1


def page_of(items: Sequence[T], number: int, size: int = PAGE_SIZE) -> Page[T] | None:
    """Cut a page out of a list; None where there is no such page. An empty list has one page."""
    last = max(1, -(-len(items) // size))
    if not 1 <= number <= last:
        return None
    return Page(items[(number - 1) * size : number * size], number, last, size)

"""The city of the companies' pages, for what is told of its requests."""

from __future__ import annotations

from tests.webapp.mine.conftest import city

__all__ = ["city"]

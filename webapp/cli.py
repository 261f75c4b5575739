"""The command `mianshen`: the engine's commands plus those of the web application."""

from __future__ import annotations

from matcher.cli import main

__all__ = ["main"]

"""How a registry is refused."""

from __future__ import annotations


class RegistryFault(ValueError):
    """A registry cannot be read; the message names the place, what is wrong and the repair, in Chinese."""

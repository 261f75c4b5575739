"""How a registry is refused."""

from __future__ import annotations


class RegistryFault(ValueError):
    """A registry cannot be read; the message names the place, what is wrong and the repair, in Chinese."""


class ConnectionLost(RegistryFault):
    """A database that was open went away; the same run can go on once it is back."""

"""The tables of accounts, registry, services, cases, money and audit, a file each; importing this declares them all."""

from webapp.tables import audit, calls, cases, money, people, registry, watch

__all__ = ["audit", "calls", "cases", "money", "people", "registry", "watch"]

"""The tables of accounts, registry, services, cases, money, audit and API, a file each; importing declares them."""

from webapp.tables import api, audit, calls, cases, money, people, registry, watch

__all__ = ["api", "audit", "calls", "cases", "money", "people", "registry", "watch"]

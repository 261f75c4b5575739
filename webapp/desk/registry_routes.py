"""The addresses of the dashboards, of the shape of those in `webapp.desk.routes`."""

from __future__ import annotations

from webapp.desk import registry, registry_findings
from webapp.services.people.roles import Permission

SEE, GET = Permission.REGISTRY_SEE, ["GET"]

REGISTRY = (
    ("/registry", "registry", registry.registry, GET, SEE),
    (
        f"/registry/<any({', '.join(registry.CHARTS)}):name>.csv",
        "registry_csv",
        registry.registry_csv,
        GET,
        SEE,
    ),
    ("/registry/findings", "registry_findings", registry_findings.registry_findings, GET, SEE),
)
"""Dashboards, the CSV file of each chart, the findings."""

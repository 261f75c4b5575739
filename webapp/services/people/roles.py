"""The roles, and what each may do: the one table of permissions.

What a role may do with a case stands in `webapp.services.cases.lifecycle`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person is here. One person may have several; two-person rules look at persons, not roles."""

    COMPANY = "company"
    DESK = "desk"
    HANDLER = "handler"
    REVIEWER = "reviewer"
    FINANCE = "finance"
    DATA = "data"
    EDITOR = "editor"
    AUDITOR = "auditor"
    ADMIN = "admin"
    SYSTEM = "system"
    """The program itself; no account ever has it."""
    KEY = "key"
    """Another system with an API key; no account ever has it."""


LABELS: dict[Role, tuple[str, str]] = {
    Role.COMPANY: ("企业", "Company"),
    Role.DESK: ("坐席", "Service desk"),
    Role.HANDLER: ("经办", "Case handler"),
    Role.REVIEWER: ("复核", "Reviewer"),
    Role.FINANCE: ("财务", "Finance"),
    Role.DATA: ("数据部门", "Data department"),
    Role.EDITOR: ("规则编辑", "Rule editor"),
    Role.AUDITOR: ("审计", "Auditor"),
    Role.ADMIN: ("管理", "Administrator"),
    Role.SYSTEM: ("系统", "System"),
    Role.KEY: ("接口密钥", "API key"),
}
"""Each role in Chinese and English."""

NOBODYS = frozenset({Role.SYSTEM, Role.KEY})
"""The roles of programs, which no person has."""
STAFF = frozenset(Role) - {Role.COMPANY} - NOBODYS
"""Who works here: a second factor, shorter sessions, the desk as landing page."""
_CASEWORK = frozenset({Role.HANDLER, Role.REVIEWER, Role.FINANCE})


class Permission(StrEnum):
    """One thing that a view lets a person do."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    OWN_COMPANY = "own_company"
    DESK = "desk"
    COMPANIES_SEE = "companies_see"
    COMPANIES_CHECK = "companies_check"
    NOTES_WRITE = "notes_write"
    CASES_SEE = "cases_see"
    CASES_MOVE = "cases_move"
    APPEALS_SEE = "appeals_see"
    PUBLICITY_MAKE = "publicity_make"
    PAYMENTS_MAKE = "payments_make"
    BUDGETS_SET = "budgets_set"
    FACTS_IMPORT = "facts_import"
    FACTS_SETTLE = "facts_settle"
    BATCHES_RUN = "batches_run"
    REGISTRY_SEE = "registry_see"
    DECISIONS_SEE = "decisions_see"
    DECISIONS_ENTER = "decisions_enter"
    DECISIONS_APPROVE = "decisions_approve"
    MEMBERS_DECIDE = "members_decide"
    USERS_MANAGE = "users_manage"
    AUDIT_READ = "audit_read"
    MATCH_MANY = "match_many"


@dataclass(frozen=True, slots=True)
class Grant:
    """Who has a permission. ``anyone`` needs no account; ``own`` narrows it to the person's companies."""

    roles: frozenset[Role] = frozenset()
    anyone: bool = False
    own: bool = False


GRANTS: dict[Permission, Grant] = {
    Permission.PUBLIC: Grant(anyone=True),
    Permission.SIGNED_IN: Grant(frozenset(Role) - NOBODYS),
    Permission.OWN_COMPANY: Grant(frozenset({Role.COMPANY}), own=True),
    Permission.DESK: Grant(STAFF),
    Permission.COMPANIES_SEE: Grant(frozenset({Role.DESK, Role.DATA}) | _CASEWORK),
    Permission.COMPANIES_CHECK: Grant(frozenset({Role.DESK, Role.HANDLER})),
    Permission.NOTES_WRITE: Grant(frozenset({Role.DESK, Role.HANDLER})),
    Permission.CASES_SEE: Grant(_CASEWORK | {Role.DESK, Role.AUDITOR}),
    Permission.CASES_MOVE: Grant(_CASEWORK),
    Permission.APPEALS_SEE: Grant(frozenset({Role.HANDLER, Role.REVIEWER})),
    Permission.PUBLICITY_MAKE: Grant(frozenset({Role.HANDLER})),
    Permission.PAYMENTS_MAKE: Grant(frozenset({Role.FINANCE})),
    Permission.BUDGETS_SET: Grant(frozenset({Role.FINANCE})),
    Permission.FACTS_IMPORT: Grant(frozenset({Role.DATA})),
    Permission.FACTS_SETTLE: Grant(frozenset({Role.DATA, Role.HANDLER})),
    Permission.BATCHES_RUN: Grant(frozenset({Role.DATA})),
    Permission.REGISTRY_SEE: Grant(frozenset({Role.DATA, Role.AUDITOR, Role.ADMIN}) | _CASEWORK),
    Permission.DECISIONS_SEE: Grant(frozenset({Role.HANDLER, Role.DATA, Role.REVIEWER})),
    Permission.DECISIONS_ENTER: Grant(frozenset({Role.HANDLER, Role.DATA})),
    Permission.DECISIONS_APPROVE: Grant(frozenset({Role.REVIEWER})),
    Permission.MEMBERS_DECIDE: Grant(frozenset({Role.DESK, Role.ADMIN})),
    Permission.USERS_MANAGE: Grant(frozenset({Role.ADMIN})),
    Permission.AUDIT_READ: Grant(frozenset({Role.AUDITOR})),
    Permission.MATCH_MANY: Grant(),
}

SCOPES = (
    Permission.MATCH_MANY,
    Permission.COMPANIES_SEE,
    Permission.CASES_SEE,
    Permission.FACTS_IMPORT,
    Permission.BATCHES_RUN,
)
"""What an API key can be given, beside what anyone may do (`webapp.services.people.keys`)."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: a person with roles and companies, the program, or nobody in particular.

    ``id`` is None for programs and for visitors; ``request`` names the request in the audit. ``key`` is the
    number of the API key that another system came with, ``scopes`` and ``custodian`` are that key's.
    """

    id: int | None
    name: str
    roles: frozenset[Role] = frozenset()
    companies: frozenset[int] = frozenset()
    request: str = ""
    key: int | None = None
    scopes: frozenset[Permission] = frozenset()
    custodian: str = ""

    @property
    def said(self) -> str:
        """How audit and answers know the actor: by number, never by name."""
        if Role.SYSTEM in self.roles:
            return Role.SYSTEM.value
        if self.key is not None:
            return f"key:{self.key}"
        return "visitor" if self.id is None else f"user:{self.id}"

    def may(self, permission: Permission, company: int | None = None) -> bool:
        """Say whether the actor has a permission, for a company where it is narrowed to one's own."""
        grant = GRANTS[permission]
        if grant.anyone:
            return True
        if self.key is not None:
            return permission in self.scopes
        if not self.roles & grant.roles:
            return False
        return not grant.own or company in self.companies


SYSTEM = Actor(None, Role.SYSTEM.value, frozenset({Role.SYSTEM}))
VISITOR = Actor(None, "visitor")

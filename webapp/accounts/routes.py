"""The addresses of accounts, each with the permission that it needs."""

from __future__ import annotations

from flask import Blueprint

from webapp.access import needs
from webapp.accounts import companies, custodians, entry, erasing, identity, members, own, users
from webapp.services.people.roles import Permission

MAX_ID = 2**63 - 1
USER = f"<int(max={MAX_ID}):user>"
MEMBER = f"<int(max={MAX_ID}):member>"
COMPANY = f"<int(max={MAX_ID}):company>"
GET, POST, BOTH = ["GET"], ["POST"], ["GET", "POST"]
PUBLIC, SIGNED_IN, OWN = Permission.PUBLIC, Permission.SIGNED_IN, Permission.OWN_COMPANY
MANAGE, DECIDE = Permission.USERS_MANAGE, Permission.MEMBERS_DECIDE

blueprint = Blueprint("accounts", __name__)

for rule, name, view, methods, permission in (
    ("/login", "login", entry.login, BOTH, PUBLIC),
    ("/login/identity", "identity", identity.start, GET, PUBLIC),
    ("/login/identity/back", "identity_back", identity.back, GET, PUBLIC),
    ("/login/second", "second", entry.second, BOTH, SIGNED_IN),
    ("/logout", "logout", entry.logout, POST, SIGNED_IN),
    ("/register", "register", entry.register, BOTH, PUBLIC),
    ("/account", "account", own.account, GET, SIGNED_IN),
    ("/account/password", "password", own.password, BOTH, SIGNED_IN),
    ("/account/second", "enrol", own.enrol, BOTH, SIGNED_IN),
    ("/account/spares", "spares", own.spares, POST, SIGNED_IN),
    ("/account/link", "link", identity.link, POST, SIGNED_IN),
    ("/account/unlink", "unlink", identity.unlink, POST, SIGNED_IN),
    ("/account/companies", "ask", companies.ask, POST, OWN),
    (f"/account/companies/{MEMBER}/end", "leave", companies.leave, POST, OWN),
    (f"/account/companies/{COMPANY}/consents", "consents", companies.consents, BOTH, OWN),
    (f"/account/companies/{COMPANY}/erase", "erase_company", erasing.company, BOTH, OWN),
    ("/account/erase", "erase", erasing.person, BOTH, OWN),
    ("/desk/users", "users", users.listing, BOTH, MANAGE),
    (f"/desk/users/{USER}", "user", users.one, GET, MANAGE),
    (f"/desk/users/{USER}/roles", "user_roles", users.roles, POST, MANAGE),
    (f"/desk/users/{USER}/custodians", "user_custodians", custodians.bind, POST, MANAGE),
    (f"/desk/users/{USER}/reset", "user_reset", users.reset, POST, MANAGE),
    (f"/desk/users/{USER}/open", "user_open", users.opening, POST, MANAGE),
    ("/desk/members", "members", members.listing, GET, DECIDE),
    (f"/desk/members/{MEMBER}", "decide", members.decide, POST, DECIDE),
):
    blueprint.add_url_rule(rule, name, needs(permission)(view), methods=methods)

"""The addresses of following: own pages behind the login, the links of mails for whoever holds them."""

from __future__ import annotations

from flask import Blueprint

from webapp import casewords
from webapp.access import needs
from webapp.following import links, mailbox, pages
from webapp.services.following.letters import CONFIRM_PATH, END_PATH
from webapp.services.following.themes import FACETS
from webapp.services.people.roles import Permission

MAX_ID = 2**63 - 1  # the largest key that a database takes
OWN = f"/my/<int(max={MAX_ID}):company>/following"
STAFF = "/account/following"
ONE = f"<int(max={MAX_ID}):subscription>"
GET, POST, BOTH = ["GET"], ["POST"], ["GET", "POST"]
UNTOKENED = (links.unsubscribe,)
"""Mail programs end a subscription by a POST of their own (RFC 8058); the token in the address guards it."""

blueprint = Blueprint("following", __name__)
blueprint.context_processor(casewords.context)
blueprint.app_context_processor(lambda: {"theme_name": pages.theme_name})

for rule, name, view, methods, permission in (
    ("/follow", "begin", pages.begin, GET, Permission.SIGNED_IN),
    (
        f"/follow/<any({', '.join(FACETS)}):facet>/<value>",
        "begin_with",
        pages.begin,
        GET,
        Permission.SIGNED_IN,
    ),
    (OWN, "company", pages.company, BOTH, Permission.OWN_COMPANY),
    (f"{OWN}/{ONE}/end", "company_end", pages.company_end, POST, Permission.OWN_COMPANY),
    (STAFF, "staff", pages.staff, BOTH, Permission.DESK),
    (f"{STAFF}/{ONE}/end", "staff_end", pages.staff_end, POST, Permission.DESK),
    (f"{STAFF}/read", "staff_read", pages.staff_read, POST, Permission.DESK),
    ("/account/mail", "mailbox", mailbox.mailbox, BOTH, Permission.SIGNED_IN),
    (f"{CONFIRM_PATH}/<token>", "confirm", links.confirm, BOTH, Permission.PUBLIC),
    (f"{END_PATH}/<token>", "unsubscribe", links.unsubscribe, BOTH, Permission.PUBLIC),
):
    blueprint.add_url_rule(rule, name, needs(permission)(view), methods=methods)

"""Who comes to the API and whether they may: asked before anything of a request is read.

A session counts for nothing here, only a key: so no page of another site can use what a browser is signed in
to. What comes without a key is counted by its address.
"""

from __future__ import annotations

from typing import cast

from flask import current_app, g, request

from webapp.access import permission_of, request_id
from webapp.api.reading import JSON, too_large
from webapp.limits import OPEN_DAY, OPEN_MINUTE, REFUSED_DAY, REFUSED_MINUTE
from webapp.people import people
from webapp.problems import Problem, speak, text
from webapp.services.cases.refusals import Missing, Refused, Stale
from webapp.services.once import StillRunning
from webapp.services.people import keys
from webapp.services.people.guessing import network
from webapp.services.people.roles import VISITOR, Actor, Permission
from webapp.services.quotas import Quota, Quotas, TooMany
from webapp.shared import portal

EXTENSION = "mianshen-quotas"
OPEN = Quota(OPEN_MINUTE, OPEN_DAY)
REFUSED = Quota(REFUSED_MINUTE, REFUSED_DAY)
SIZES: dict[str, int | None] = {}
"""How large the body of each operation may be, None where it reads none; what is not in here are files."""
KINDS: dict[str, tuple[str, ...]] = {}
"""The media types that an operation takes, where these are not JSON alone."""


class NotInScope(Refused):
    """A key has none of the right that an operation needs."""


def guard() -> None:
    """Let a request in, or raise what stands against it."""
    speak()
    if request.endpoint not in SIZES:
        return
    permission = permission_of(current_app, str(request.endpoint))
    caller = _caller()
    _count(caller)
    if permission is not Permission.PUBLIC:
        _may(caller, cast(Permission, permission))
    g.caller = Actor(None, VISITOR.name, request=request_id()) if caller is None else caller.actor
    _check_body()


def actor() -> Actor:
    """Give who asks: another system with its key, or nobody in particular."""
    return cast(Actor, g.caller)


def problem_of(refused: Refused) -> Problem:
    """Turn a refusal of a service into the answer of the API."""
    from webapp.refusing import said

    seconds = getattr(refused, "seconds", 0)
    return Problem(_status(refused), refused.code, said(refused), seconds=seconds)


def _status(refused: Refused) -> int:
    statuses: dict[type[Refused], int] = {
        Missing: 404,
        Stale: 409,
        StillRunning: 409,
        keys.NoKey: 401,
        NotInScope: 403,
        TooMany: 429,
    }
    found = next((code for kind, code in statuses.items() if isinstance(refused, kind)), None)
    return found or (403 if refused.code == "custodian_not_yours" else 422)


def _caller() -> keys.Caller | None:
    """Give who comes with a key; one that opens nothing is refused."""
    given = request.headers.get("Authorization")
    if given is None:
        return None
    scheme, _, secret = given.partition(" ")
    try:
        if scheme.lower() != "bearer" or not secret.strip():
            raise keys.NoKey("key_scheme")
        return keys.find(people().accounts, secret.strip(), request_id(), portal().now())
    except keys.NoKey as refused:
        visitor = Actor(None, VISITOR.name, request=request_id())
        _tell_refused(visitor, refused.values.get("number", ""), refused.code)
        raise


def _tell_refused(who: Actor, key: object, why: str) -> None:
    """Tell the audit that a key was refused, as long as it is not a flood; then there are too many requests."""
    subject = _address() if who.key is None else who.said
    quotas().spend(f"refused {subject}", REFUSED, portal().now())
    keys.refused(people().accounts, who, key, why, portal().now())


def _count(caller: keys.Caller | None) -> None:
    if caller is None:
        quotas().spend(f"open {_address()}", OPEN, portal().now())
    else:
        quotas().spend(caller.actor.said, caller.quota, portal().now())


def _may(caller: keys.Caller | None, permission: Permission) -> None:
    if caller is None:
        raise keys.NoKey("key_missing")
    if not caller.actor.may(permission):
        _tell_refused(caller.actor, caller.actor.key, "key_scope")
        raise NotInScope("key_scope", scope=text(f"scope.{permission.value}"))


def _check_body() -> None:
    """Refuse what is too large or no JSON before a byte of it is read."""
    most = SIZES.get(str(request.endpoint))
    if most is None:
        return
    if (request.content_length or 0) > most:
        raise too_large(most)
    # A body of unknown length is cut where its limit is, so one byte over it has to be let in.
    request.max_content_length = most + 1
    kinds = KINDS.get(str(request.endpoint), (JSON,))
    if request.mimetype not in kinds or request.headers.get("Content-Encoding"):
        raise Problem(415, "http_415", text("api.detail.415", kinds="、".join(kinds)))


def _address() -> str:
    return network(request.remote_addr or "")


def quotas() -> Quotas:
    """Give what counts the requests of this application."""
    return cast(Quotas, current_app.extensions[EXTENSION])

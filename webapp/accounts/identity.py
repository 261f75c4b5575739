"""Coming in by the city's identity service (OpenID Connect), where one is set.

The service's own number of a person is all that counts; a mail address or a name never opens an account.
A link is made only by somebody who is signed in and gives the password once more.
"""

from __future__ import annotations

from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import Flask, abort, current_app, flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from joserfc.errors import JoseError
from requests import RequestException

from webapp.access import request_id, signed_in
from webapp.accounts.entry import comer, welcome
from webapp.accounts.forms import refused_page, secret, somebody
from webapp.accounts.own import back_home, refused_account
from webapp.logs import log_exception
from webapp.people import people
from webapp.services.cases.refusals import Refused
from webapp.services.people import signing_in, users
from webapp.settings import IdentityService
from webapp.shared import portal
from webapp.tables.columns import NAME

EXTENSION = "mianshen-identity"
NAME_OF_CLIENT = "city"
SECONDS = 10
"""How long the service may take to answer."""
LINKING = "linking"
SIGNED_BY = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384"})
"""Signatures that are believed: made with a key that the service alone has."""


def install(app: Flask, service: IdentityService) -> None:
    """Make the client of the service; its addresses are read when somebody comes in by it."""
    clients = OAuth(app)
    clients.register(
        NAME_OF_CLIENT,
        client_id=service.client_id,
        client_secret=service.client_secret,
        server_metadata_url=f"{service.issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid",
            "code_challenge_method": "S256",
            "timeout": SECONDS,
        },
    )
    app.extensions[EXTENSION] = clients


def start() -> ResponseReturnValue:
    """Send the visitor to the identity service."""
    client = _client()
    try:
        _trust(client)
        return client.authorize_redirect(url_for("accounts.identity_back", _external=True))
    except (RequestException, AuthlibBaseError, ValueError) as error:
        return _failed(error)


def back() -> ResponseReturnValue:
    """Take what the service says of the visitor; link it, or open the account that is linked."""
    client = _client()
    linking = session.pop(LINKING, None)
    try:
        _trust(client)
        said = client.authorize_access_token().get("userinfo") or {}
    except (RequestException, AuthlibBaseError, JoseError, ValueError) as error:
        return _failed(error)
    subject = said.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= NAME:
        return _failed(ValueError("no subject"))
    if linking is not None:
        return _link(linking, subject)
    try:
        token = signing_in.with_identity(
            people().accounts, people().issuer, subject, comer(), portal().now()
        )
    except Refused as refused:
        return refused_page("accounts/login.html", refused, issuer=people().issuer)
    return welcome(token)


def _link(linking: object, subject: str) -> ResponseReturnValue:
    """Link the account of whoever began it in this browser and is still signed in."""
    signed = signed_in()
    if signed is None or signed.pending is not None or signed.user != linking:
        return redirect(url_for("accounts.login"), 303)
    try:
        users.link(
            people().accounts, signed, people().issuer, subject, request_id(), portal().now()
        )
    except Refused as refused:
        return refused_page("accounts/login.html", refused, issuer=people().issuer)
    flash("identity.linked_now")
    return back_home()


def link() -> ResponseReturnValue:
    """Begin to link one's account; the password is asked."""
    _client()
    signed = somebody()
    try:
        signing_in.confirm_password(
            people().accounts, signed, secret("old"), request_id(), portal().now()
        )
    except Refused as refused:
        return refused_account(refused, form="link")
    session[LINKING] = signed.user
    # A link, not a redirect: a form of ours may not lead to another host (form-action 'self').
    return render_template("accounts/leaving.html")


def unlink() -> ResponseReturnValue:
    """Let the identity service open this account no more."""
    users.unlink(people().accounts, somebody(), request_id(), portal().now())
    flash("identity.unlinked_now")
    return back_home()


def _client() -> Any:
    clients = current_app.extensions.get(EXTENSION)
    if clients is None:
        abort(404)
    return clients.create_client(NAME_OF_CLIENT)


def _trust(client: Any) -> None:
    """Read the service's addresses; they must be those of the issuer that was set."""
    told = client.load_server_metadata()
    if str(told.get("issuer", "")) != people().issuer:
        raise ValueError("the issuer is another")
    offered = told.get("id_token_signing_alg_values_supported") or ["RS256"]
    told["id_token_signing_alg_values_supported"] = [one for one in offered if one in SIGNED_BY]


def _failed(error: Exception) -> ResponseReturnValue:
    log_exception((type(error), error, error.__traceback__))
    return refused_page("accounts/login.html", Refused("identity_failed"), issuer=people().issuer)

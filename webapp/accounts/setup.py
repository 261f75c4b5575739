"""Puts together what the pages of accounts share."""

from __future__ import annotations

from flask import Flask

from webapp.accounts import identity
from webapp.people import EXTENSION, People
from webapp.services.people.accounts import accounts_of
from webapp.services.people.passwords import Passwords
from webapp.services.people.signing_in import Devices
from webapp.settings import older_keys
from webapp.shared import EXTENSION as SHARED
from webapp.shared import Portal


def install(app: Flask) -> None:
    """Make the services of accounts with the application's key."""
    shared: Portal = app.extensions[SHARED]
    key, service = app.config["SECRET_KEY"], app.config["OIDC"]
    older = older_keys(app.config)
    passwords = Passwords(app.config["PASSWORD_POLICY"], app.config.get("PASSWORD_HASHER"))
    app.extensions[EXTENSION] = People(
        accounts=accounts_of(shared.database, key, passwords, older),
        devices=Devices(key.encode(), *(one.encode() for one in older)),
        issuer=service.issuer if service else "",
    )
    if service:
        identity.install(app, service)

"""What requests of signed-in people share, and how a view gets at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import current_app

from webapp.services.people.accounts import Accounts
from webapp.services.people.signing_in import Devices

EXTENSION = "mianshen-accounts"


@dataclass(frozen=True)
class People:
    """Accounts, known browsers, and the identity service: its issuer, "" where there is none."""

    accounts: Accounts
    devices: Devices
    issuer: str = ""


def people() -> People:
    """Give what the requests of the current application share."""
    return cast(People, current_app.extensions[EXTENSION])

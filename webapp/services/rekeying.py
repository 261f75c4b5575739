"""What was sealed or signed with older keys -> the same under the newest, so that these may be dropped.

A few rows to a unit of work, each changed only as long as it still holds what was read; so it may be
stopped, run again, and run while people work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, func, select, update

from webapp.database import Database, retrying
from webapp.models import RecoveryCode
from webapp.services.audit.chain import Deed, append
from webapp.services.audit.verify import Head, Signer
from webapp.services.people.roles import SYSTEM, Role
from webapp.services.vault import Unreadable, Vault
from webapp.tables.audit import DailyHead
from webapp.tables.cases import Appeal, CaseAccount
from webapp.tables.following import Mailbox, Subscription
from webapp.tables.money import PaymentLine
from webapp.tables.people import SpareCode, User

ROWS = 100
"""Rows of one unit of work."""
SEALED: dict[str, tuple[Any, Any]] = {
    "seconds": (User.id, User.totp_secret),
    "accounts": (CaseAccount.case_id, CaseAccount.number_sealed),
    "lines": (PaymentLine.id, PaymentLine.number_sealed),
    "contacts": (Appeal.id, Appeal.contact_sealed),
    "mailboxes": (Mailbox.user_id, Mailbox.address_sealed),
    "mailbox_links": (Mailbox.user_id, Mailbox.token_sealed),
    "followed_links": (Subscription.id, Subscription.token_sealed),
}
"""Every column that the vault seals, with the key of its rows."""


@dataclass
class Rekeyed:
    """How much was sealed and signed anew, by kind; ``shut`` counts what none of the keys opens.

    ``digests`` counts codes that are kept as digests: under an older key they work while that is kept.
    """

    done: dict[str, int] = field(default_factory=dict)
    shut: dict[str, int] = field(default_factory=dict)
    digests: dict[str, int] = field(default_factory=dict)


def seal_anew(database: Database, keys: Sequence[str], now: datetime) -> Rekeyed:
    """Seal with the first of the keys whatever the others sealed, and sign heads of the audit with it."""
    told = [key.encode() for key in keys]
    vault, signer = Vault(*told), Signer(*told)
    found = Rekeyed()
    for kind, (key, column) in SEALED.items():
        found.done[kind], found.shut[kind] = _seal(database, vault, key, column)
    found.done["heads"] = _sign(database, signer)
    with database.reading() as session:
        for kind, table in (("spares", SpareCode), ("recoveries", RecoveryCode)):
            found.digests[kind] = session.scalar(select(func.count()).select_from(table)) or 0

    def unit() -> None:
        with database.writing() as session:
            append(session, SYSTEM, Role.SYSTEM.value, Deed("keys.rotate", "keys", ""), now)

    retrying(unit)
    return found


def _seal(database: Database, vault: Vault, key: Any, column: Any) -> tuple[int, int]:
    """Seal one column anew; give how many rows were, and how many cannot be opened."""
    done = shut = last = 0
    while True:
        wanted = select(key, column).where(key > last, column.is_not(None), column != "")
        with database.reading() as session:
            rows = session.execute(wanted.order_by(key).limit(ROWS)).all()
        if not rows:
            return done, shut
        changes = []
        for id_, sealed in rows:
            if vault.is_new(sealed):
                continue
            try:
                changes.append((id_, sealed, vault.seal(vault.open(sealed))))
            except Unreadable:
                shut += 1
        done += _write(database, key, column, changes) if changes else 0
        last = rows[-1][0]


def _write(
    database: Database, key: Any, column: Any, changes: Sequence[tuple[int, str, str]]
) -> int:
    def unit() -> int:
        with database.writing() as session:
            return sum(
                _changed(
                    session.execute(
                        update(key.class_)
                        .where(key == id_, column == before)
                        .values({column.key: after})
                        .execution_options(synchronize_session=False)
                    )
                )
                for id_, before, after in changes
            )

    return retrying(unit)


def _sign(database: Database, signer: Signer) -> int:
    """Sign the heads of days anew; one that no key signed stays as it is, for the check to find."""

    def unit() -> int:
        with database.writing() as session:
            done = 0
            for row in session.scalars(select(DailyHead)):
                new = signer.sign(row.day, row.place, row.hash)
                if new != row.signature and signer.signed(
                    Head(row.day, row.place, row.hash, row.signature)
                ):
                    row.signature = new
                    done += 1
            return done

    return retrying(unit)


def _changed(result: Any) -> int:
    return cast("CursorResult[Any]", result).rowcount

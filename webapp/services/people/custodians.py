"""For which departments a person of the data departments speaks: nobody attests for another's.

It is read on every request, like roles. The program itself (`mianshen facts import`) may speak for any:
whoever runs commands on the server has the database anyway.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from matcher.vocabulary.model import Vocabulary
from webapp.services.audit.chain import Deed
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.people.accounts import Accounts
from webapp.services.people.roles import Actor, Permission, Role
from webapp.services.people.sessions import roles_of
from webapp.tables.people import User, UserCustodian

NOBODY = "self_reported"
"""The id of what stands in the vocabulary for "no department keeps this"."""


def known_custodians(vocabulary: Vocabulary) -> tuple[str, ...]:
    """Give the departments that keep or decide something, in the vocabulary's order."""
    kept = set()
    for attribute in vocabulary.attributes.values():
        kept |= {attribute.custodian} | {member.custodian for member in attribute.members}
    words = vocabulary.words("部门")
    return tuple(label for label, word in words.items() if label in kept and word.id != NOBODY)


def custodians_of(session: Session, actor: Actor) -> frozenset[str]:
    """Give the departments that somebody speaks for; none without the role of a data department.

    An API key speaks for the one it was made for.
    """
    if actor.key is not None:
        own = actor.custodian if actor.may(Permission.FACTS_IMPORT) else ""
        return frozenset({own} - {""})
    if actor.id is None or Role.DATA not in actor.roles:
        return frozenset()
    return stored(session, actor.id)


def stored(session: Session, user: int) -> frozenset[str]:
    """Give the departments that an account is bound to."""
    found = session.scalars(select(UserCustodian.custodian).where(UserCustodian.user_id == user))
    return frozenset(found)


def require(session: Session, actor: Actor, custodian: str) -> None:
    """Raise `Refused` where somebody may not speak for a department."""
    if Role.SYSTEM not in actor.roles and custodian not in custodians_of(session, actor):
        raise Refused("custodian_not_yours", custodian=custodian)


def bind(
    accounts: Accounts,
    actor: Actor,
    user: int,
    custodians: Iterable[str],
    vocabulary: Vocabulary,
    now: datetime,
) -> None:
    """Set for which departments an account speaks; it counts from the next request on."""
    wanted = sorted(set(custodians))
    unknown = set(wanted) - set(known_custodians(vocabulary))
    if unknown:
        raise Refused("custodian_unknown")

    def work(session: Session) -> None:
        if session.get(User, user) is None:
            raise Missing
        if actor.id == user:
            raise Refused("own_account")
        if wanted and Role.DATA not in roles_of(session, user):
            raise Refused("custodians_of_data")
        session.execute(delete(UserCustodian).where(UserCustodian.user_id == user))
        if wanted:
            rows = [{"user_id": user, "custodian": one} for one in wanted]
            session.execute(insert(UserCustodian), rows)

    after = accounts.sealer.digest(wanted)
    accounts.unit(actor, Deed("account.custodians", "user", str(user), after=after), work, now)

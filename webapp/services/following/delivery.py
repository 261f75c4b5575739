"""The job that empties the outbox, a mail at a time.

A mail is marked as sent in a commit of its own, right after the server took it: a process that is killed
between the two sends it once more, under the same Message-ID. What the server puts off waits longer each time;
a server that cannot be reached fails the job, which is tried again by its own waits.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, case, func, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from webapp.database import Database, retrying
from webapp.limits import MAIL_LATER, MAIL_LIFE, MAIL_PACE, MAILS_AT_ONCE, MAX_REFUSALS
from webapp.services import failpoints
from webapp.services.failing import reason_of
from webapp.services.following.letters import Letter, Letters
from webapp.services.following.outbox import MAIL, State, due
from webapp.services.following.post import Answer, Answered, Post
from webapp.services.jobs.runner import Result, Running
from webapp.tables.following import Mail, Mailbox

LOGGER = logging.getLogger("mianshen.mail")
_STATES = {
    Answer.TAKEN: State.SENT,
    Answer.LATER: State.WAITING,
    Answer.NEVER: State.REFUSED,
    Answer.NO_SUCH: State.REFUSED,
}


def sending(letters: Letters, connect: Callable[[], Post]) -> Callable[[Running], Result]:
    """Give the kind of job that empties the outbox."""

    def empty(running: Running) -> Result:
        database, now = running.database, running.now
        tally = Counter({State.LATE: _give_up(database, now())})
        running.begin(MAIL, _count(database, now()))
        post = connect()
        try:
            while batch := _batch(database, now()):
                for mail in batch:
                    running.check()
                    tally[_one(running, letters, post, mail)] += 1
                    running.advance()
                    running.stopping.wait(MAIL_PACE)
        finally:
            post.close()
        return {str(state): n for state, n in tally.items() if n}

    return empty


def _one(running: Running, letters: Letters, post: Post, id_: int) -> State:
    """Send one mail and write down what came of it; one that cannot be written holds up no other."""
    letter = None
    try:
        with running.database.reading() as session:
            mail = session.get(Mail, id_)
            letter = None if mail is None else letters.write(session, mail, running.now())
        if letter is None:
            return _settle(running, id_, State.MOOT)
        answered = post.send(letter)
    except (OSError, SQLAlchemyError):
        raise  # the server's or the database's fault
    except Exception as error:
        LOGGER.warning("mail %s cannot be written: %s", id_, reason_of(error))
        answered = Answered(Answer.LATER)
    failpoints.reach("mail.answered")
    return _settle(running, id_, _STATES[answered.answer], letter, answered)


def _settle(
    running: Running,
    id_: int,
    state: State,
    letter: Letter | None = None,
    answered: Answered | None = None,
) -> State:
    """Write down where a mail stands after an answer, and what that says of the address."""
    now = running.now()

    def unit() -> State:
        with running.database.writing() as session:
            mail = session.get(Mail, id_)
            if mail is None or mail.state != State.WAITING:
                return State.MOOT  # erased meanwhile
            if answered is not None:
                mail.tries += 1
                mail.failure = answered.code
                if letter is not None:
                    _note_mailbox(session, letter.mailbox, answered.answer, now)
            after = state
            if state is State.WAITING:
                minutes = MAIL_LATER[min(mail.tries, len(MAIL_LATER)) - 1]
                mail.due_at = now + timedelta(minutes=minutes)
                after = State.LATE if mail.due_at > mail.made_at + MAIL_LIFE else state
            if after is not State.WAITING:
                mail.state, mail.ended_at = after.value, now
            return after

    return retrying(unit)


def _note_mailbox(session: Session, token_hash: str, answer: Answer, now: datetime) -> None:
    """Count what an address refuses for good, in a row; one that nobody confirmed yet is given up at once."""
    ours = update(Mailbox).where(Mailbox.token_hash == token_hash)
    if answer is Answer.TAKEN:
        session.execute(ours.where(Mailbox.refusals > 0).values(refusals=0))
    elif answer is Answer.NO_SUCH:
        enough = or_(Mailbox.confirmed_at.is_(None), Mailbox.refusals + 1 >= MAX_REFUSALS)
        failed = case((enough, now), else_=Mailbox.failed_at)
        session.execute(ours.values(refusals=Mailbox.refusals + 1, failed_at=failed))


def _give_up(database: Database, now: datetime) -> int:
    """Give up mails that have waited too long; what they tell stands in the app."""
    old = (
        update(Mail)
        .where(Mail.state == State.WAITING.value, Mail.made_at < now - MAIL_LIFE)
        .values(state=State.LATE.value, ended_at=now)
    )

    def unit() -> int:
        with database.writing() as session:
            return cast("CursorResult[Any]", session.execute(old)).rowcount

    return retrying(unit)


def _count(database: Database, now: datetime) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).where(due(now))) or 0


def _batch(database: Database, now: datetime) -> Sequence[int]:
    with database.reading() as session:
        wanted = select(Mail.id).where(due(now)).order_by(Mail.due_at, Mail.id)
        return session.scalars(wanted.limit(MAILS_AT_ONCE)).all()

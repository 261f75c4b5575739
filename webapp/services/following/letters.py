"""A mail of the outbox -> a letter: to whom, under which subject, in which words; or none, where nobody wants it.

Plain text in the language of the subscription. It names the company, the theme and titles of measures, and
nothing else that is known of anybody.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from sqlalchemy.orm import Session

from matcher.catalogue import Catalogue
from matcher.readers.prose import EN
from webapp.limits import MAIL_CONFIRM
from webapp.services.following import mailbox
from webapp.services.following.outbox import State, confirming
from webapp.services.following.subscriptions import live
from webapp.services.following.themes import Theme, name_of, theme_of
from webapp.services.notices import FOLLOWED_DAY, FOLLOWED_MET, FOLLOWED_RULES
from webapp.services.vault import Unreadable, Vault
from webapp.tables.cases import Notice
from webapp.tables.following import Mail, Mailbox, Subscription
from webapp.tables.registry import CompanyRow
from webapp.texts import Texts

CONFIRM_PATH, END_PATH = "/mail/confirm", "/mail/end"
"""Where the links of mails lead."""
_SUBJECTS = {
    FOLLOWED_RULES: "mail.subject.rules",
    FOLLOWED_MET: "mail.subject.met",
    FOLLOWED_DAY: "mail.subject.day",
}
_LISTS = ("met", "new", "changed", "ended")
_MOST_SUBJECT = 120


@dataclass(frozen=True, slots=True)
class Letter:
    """A finished letter. ``mailbox`` says which naming of an address it goes to; ``end`` is the link that ends it."""

    to: str
    subject: str
    text: str
    language: str
    made_at: datetime
    id: str
    mailbox: str
    end: str = ""


@dataclass(frozen=True)
class Letters:
    """What letters are written with; ``address`` is where the pages are, without a slash at its end."""

    texts: Texts
    catalogue: Catalogue
    vault: Vault
    address: str

    def write(self, session: Session, mail: Mail, now: datetime) -> Letter | None:
        """Write the letter of a mail that waits; None where it is moot."""
        box = session.get(Mailbox, mail.user_id)
        if mail.state != State.WAITING or box is None or box.failed_at is not None:
            return None
        try:
            if mail.notice_id is None:
                return self._asking(mail, box, now)
            return self._telling(session, mail, box)
        except Unreadable:
            return None  # sealed with a key that is gone: `users rotate-keys` names it

    def _asking(self, mail: Mail, box: Mailbox, now: datetime) -> Letter | None:
        """Write the mail with the link that confirms the address that is named now."""
        if mail.key != confirming(box.token_hash) or box.confirmed_at is not None:
            return None
        if mailbox.is_over(box, now):
            return None
        link = self._link(CONFIRM_PATH, box.token_sealed, mail.language)
        say = self._say(mail.language)
        text = say("mail.confirm", link=link, days=MAIL_CONFIRM.days)
        return self._letter(mail, box, say("mail.subject.confirm"), [text])

    def _telling(self, session: Session, mail: Mail, box: Mailbox) -> Letter | None:
        """Write what a notice tells, as long as its reader follows the theme and confirmed the address."""
        counts = live().where(Subscription.id == mail.subscription_id, Subscription.by_mail)
        one = session.scalars(counts).one_or_none()
        notice = session.get(Notice, mail.notice_id)
        if one is None or notice is None or box.confirmed_at is None:
            return None
        company = session.get(CompanyRow, one.company_id) if one.company_id else None
        name = company.name if company else ""
        details = json.loads(notice.details)
        say = self._say(mail.language)
        theme = self.theme(theme_of(one), mail.language)
        values = {"theme": theme, "company": name, "n": details["n"]}
        subject = say(_SUBJECTS[notice.kind], **values)
        end = self._link(END_PATH, one.token_sealed, mail.language)
        paragraphs = [
            *([say("mail.for_company", company=name)] if name else []),
            say(f"mail.text.{notice.kind}", **values, day=details.get("day", "")),
            *self._lists(details, mail.language),
            say("mail.look", link=self._place(one)),
            say("mail.foot", link=end, theme=theme),
        ]
        return self._letter(mail, box, subject, paragraphs, end)

    def theme(self, theme: Theme, language: str) -> str:
        """Name a theme."""
        if not theme.facet:
            return self.texts.get(language, "following.all")
        return name_of(theme, self.catalogue, language)

    def _lists(self, details: Mapping[str, Any], language: str) -> Iterator[str]:
        say = self._say(language)
        for kind in _LISTS:
            if details.get(kind):
                lines = [say(f"mail.list.{kind}")]
                lines += [self._item(one, kind, language) for one in details[kind]]
                rest = details["counts"][kind] - len(details[kind])
                yield "\n".join([*lines, *([say("mail.more", n=rest)] if rest else [])])

    def _item(self, one: Mapping[str, str], kind: str, language: str) -> str:
        gloss = f" ({one['english']})" if language == EN and one["english"] else ""
        title = f"- {one['title']}{gloss}"
        # What has ended has no page any more.
        return (
            title if kind == "ended" else f"{title}\n  {self.address}/measures/{quote(one['id'])}"
        )

    def _place(self, one: Subscription) -> str:
        if one.company_id is None:
            return f"{self.address}/account/following"
        return f"{self.address}/my/{one.company_id}/notices"

    def _link(self, path: str, token_sealed: str, language: str) -> str:
        lang = "?lang=en" if language == EN else ""
        return f"{self.address}{path}/{self.vault.open(token_sealed)}{lang}"

    def _say(self, language: str) -> Any:
        return lambda key, **values: self.texts.get(language, key, **values)

    def _letter(
        self, mail: Mail, box: Mailbox, subject: str, paragraphs: Sequence[str], end: str = ""
    ) -> Letter:
        line = " ".join(subject.split())  # a name may hold anything, the head of a mail may not
        return Letter(
            to=self.vault.open(box.address_sealed),
            subject=line if len(line) <= _MOST_SUBJECT else f"{line[: _MOST_SUBJECT - 1]}…",
            text="\n\n".join(paragraphs) + "\n",
            language=mail.language,
            made_at=mail.made_at,
            id=hashlib.sha256(mail.key.encode()).hexdigest()[:32],
            mailbox=box.token_hash,
            end=end,
        )

"""Letters -> a mail server (SMTP), several through one connection, and what it says to each."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from enum import StrEnum
from typing import Protocol

from webapp.limits import MAIL_TIMEOUT, MAILS_AT_ONCE
from webapp.services.following.letters import Letter
from webapp.settings import MailService

_FINAL = 500
"""Answers from here on are for good."""
_GOING = 421
"""The server is about to hang up."""


class Answer(StrEnum):
    """What a server says to a letter: taken, not now, never, or never to this address."""

    TAKEN = "taken"
    LATER = "later"
    NEVER = "never"
    NO_SUCH = "no such address"


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer with its three digits, "" where there were none."""

    answer: Answer
    code: str = ""


class Post(Protocol):
    """Hands letters to a mail server."""

    def send(self, letter: Letter) -> Answered:
        """Hand over one letter; raises `OSError` where the server cannot be reached or lets nobody in."""

    def close(self) -> None:
        """Say good-bye to the server."""


class SmtpPost:
    """Hands letters to the server of the settings; connects when there is something to send."""

    def __init__(self, service: MailService) -> None:
        self._service = service
        self._open: smtplib.SMTP | None = None
        self._sent = 0

    def send(self, letter: Letter) -> Answered:
        """Hand over one letter; what a server says once it let us in is about this letter alone."""
        message = message_of(letter, self._service)
        server = self._connected()
        self._sent += 1
        try:
            server.sendmail(
                self._service.sender.addr_spec, [letter.to], message.as_bytes(policy=SMTP)
            )
        except smtplib.SMTPRecipientsRefused as refused:
            ((code, _),) = refused.recipients.values()
            return self._answered(code, Answer.NO_SUCH)
        except smtplib.SMTPSenderRefused as refused:
            if refused.smtp_code >= _FINAL:
                raise  # our own address is not welcome: no letter's fault
            return self._answered(refused.smtp_code, Answer.LATER)
        except smtplib.SMTPDataError as refused:
            return self._answered(refused.smtp_code, Answer.NEVER)
        except (OSError, smtplib.SMTPException):  # hung up, or silent for too long
            self._drop()
            return Answered(Answer.LATER)
        return Answered(Answer.TAKEN)

    def close(self) -> None:
        """Say good-bye to the server, if it still listens."""
        if self._open is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._open.quit()
        self._drop()

    def _answered(self, code: int, final: Answer) -> Answered:
        if code == _GOING:
            self._drop()
        return Answered(final if code >= _FINAL else Answer.LATER, str(code))

    def _drop(self) -> None:
        if self._open is not None:
            self._open.close()
        self._open, self._sent = None, 0

    def _connected(self) -> smtplib.SMTP:
        if self._sent >= MAILS_AT_ONCE:
            self.close()
        if self._open is None:
            self._open = _connect(self._service)
        return self._open


def _connect(service: MailService) -> smtplib.SMTP:
    """Open a connection, checked and encrypted as the settings say, and sign in."""
    # Checks the certificate and its name; a certificate of one's own is named in SSL_CERT_FILE.
    checked = ssl.create_default_context()
    if service.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            service.host, service.port, timeout=MAIL_TIMEOUT, context=checked
        )
    else:
        server = smtplib.SMTP(service.host, service.port, timeout=MAIL_TIMEOUT)
    try:
        if service.scheme == "smtp+starttls":
            server.starttls(context=checked)
        server.ehlo_or_helo_if_needed()
        if service.user:
            server.login(service.user, service.password)
    except BaseException:
        server.close()
        raise
    return server


def message_of(letter: Letter, service: MailService) -> EmailMessage:
    """Put a letter into the form that mail servers take (RFC 5322, 8058)."""
    message = EmailMessage(policy=SMTP)
    message["From"] = service.sender
    message["To"] = Address(addr_spec=letter.to)
    message["Subject"] = letter.subject
    message["Date"] = letter.made_at
    message["Message-ID"] = f"<{letter.id}@{service.sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    if letter.end:
        message["List-Unsubscribe"] = f"<{letter.end}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(letter.text, cte="base64")
    message["Content-Language"] = letter.language
    return message

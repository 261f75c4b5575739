"""A mail server on this machine (SMTP), whose answers a test decides; what it takes it keeps."""

from __future__ import annotations

import socket
import ssl
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

TAKEN = "250 OK"


class _Listening(Controller):
    """Looks whether it is up by a connection that asks for no certificate."""

    def _trigger_server(self) -> None:
        with socket.create_connection((self.hostname, self.port), 5) as plain:
            if self.ssl_context is None:
                plain.recv(100)
                return
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            with context.wrap_socket(plain) as speaking:
                speaking.recv(100)


@dataclass
class MailServer:
    """Takes mails; ``says`` holds what it answers to an address, one answer a try, the last for ever."""

    port: int = 0
    kept: list[EmailMessage] = field(default_factory=list)
    says: dict[str, list[str]] = field(default_factory=dict)
    to_text: list[str] = field(default_factory=list)
    """What it answers to texts, one answer a mail, then that it takes them."""
    asked: list[str] = field(default_factory=list)
    connections: int = 0
    sessions: list[Session] = field(default_factory=list)

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, lines: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.connections += 1
        self.sessions.append(session)
        return lines

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        self.asked.append(address)
        answers = self.says.get(address, [TAKEN])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if answer == TAKEN:
            envelope.rcpt_tos.append(address)
        if answer == "hang up":
            server.transport.abort()
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = self.to_text.pop(0) if self.to_text else TAKEN
        if answer == TAKEN:
            content = envelope.content
            assert isinstance(content, bytes)
            message = message_from_bytes(content, policy=default)
            assert isinstance(message, EmailMessage)
            assert [str(message["To"])] == envelope.rcpt_tos
            self.kept.append(message)
        return answer

    @contextmanager
    def open(self, **given: Any) -> Iterator[MailServer]:
        """Listen, on the same port as before where there was one."""
        self.port = self.port or free_port()
        controller = _Listening(self, hostname="127.0.0.1", port=self.port, **given)
        controller.start()
        try:
            yield self
        finally:
            controller.stop()

    def texts(self) -> dict[str, list[str]]:
        """Give the texts that each address got, in order."""
        found = defaultdict(list)
        for message in self.kept:
            found[str(message["To"])].append(text_of(message))
        return dict(found)


def text_of(message: EmailMessage) -> str:
    """Give what a mail says."""
    return str(message.get_content()).replace("\r\n", "\n")


def free_port() -> int:
    """Find a port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def only(user: str, password: str) -> Any:
    """Let one user in."""

    def check(
        server: SMTP, session: Session, envelope: Envelope, way: str, data: Any
    ) -> AuthResult:
        given = (data.login.decode(), data.password.decode())
        return AuthResult(success=given == (user, password), handled=False)

    return check


def encrypted(certificate: str, key: str) -> ssl.SSLContext:
    """Give what a server needs to speak TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context

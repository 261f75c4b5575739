"""Getting in at a mail server: TLS whose certificate is checked, a password, or nothing is sent."""

from __future__ import annotations

import datetime as dt
import smtplib
import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.webapp.following.conftest import Square
from tests.webapp.following.mailserver import MailServer, encrypted, only
from webapp.services.following import post
from webapp.services.following.post import SmtpPost


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[str, str]:
    """A certificate of its own for localhost, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = tmp_path / "certificate.pem", tmp_path / "key.pem"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return str(files[0]), str(files[1])


@pytest.fixture
def guarded(certificate: tuple[str, str]) -> Iterator[MailServer]:
    """A server that speaks only after STARTTLS and lets one user in."""
    with MailServer().open(
        tls_context=encrypted(*certificate),
        require_starttls=True,
        authenticator=only("mianshen", "pass@word"),
        auth_required=True,
    ) as opened:
        yield opened


def test_starttls_with_a_certificate_that_is_trusted_and_a_password(
    square: Square,
    reader: int,
    guarded: MailServer,
    certificate: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", certificate[0])
    into = replace(square.service, scheme="smtp+starttls", host="localhost", port=guarded.port)
    square.service = replace(into, user="mianshen", password="pass@word")
    square.new_rules()
    square.work()
    assert len(guarded.kept) == 1
    assert all(session.ssl for session in guarded.sessions if session.authenticated)

    square.service = replace(into, user="mianshen", password="wrong")
    square.new_rules("再改")
    square.work()
    assert (len(guarded.kept), square.mails()[-1]) == (1, ("waiting", ""))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_certificate_that_is_not_trusted_or_of_another_name_gets_no_mail(
    square: Square,
    reader: int,
    guarded: MailServer,
    certificate: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch,
    host: str,
) -> None:
    if host != "localhost":
        monkeypatch.setenv("SSL_CERT_FILE", certificate[0])
    service = replace(square.service, scheme="smtp+starttls", host=host, port=guarded.port)
    with pytest.raises(ssl.SSLCertVerificationError):
        post._connect(service)
    square.service = service
    square.new_rules()
    square.work()
    assert (guarded.kept, square.mails()[-1]) == ([], ("waiting", ""))


def test_a_server_without_starttls_gets_no_mail(square: Square) -> None:
    service = replace(square.service, scheme="smtp+starttls")
    with pytest.raises(smtplib.SMTPNotSupportedError):
        post._connect(service)


def test_smtps(
    square: Square, reader: int, certificate: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", certificate[0])
    with MailServer().open(ssl_context=encrypted(*certificate)) as server:
        into = replace(square.service, scheme="smtps", host="localhost", port=server.port)
        square.service = into
        square.new_rules()
        square.work()
        assert len(server.kept) == 1
    with pytest.raises(ssl.SSLError):
        post._connect(replace(into, port=square.server.port))  # one that does not speak TLS


def test_a_post_that_was_never_used_says_no_good_bye(square: Square) -> None:
    connections = square.server.connections
    SmtpPost(square.service).close()
    assert square.server.connections == connections

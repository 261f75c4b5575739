"""The settings for mails: all three or none, each refused with what to write instead."""

from __future__ import annotations

import pytest

from webapp.settings import ADDRESS, MAIL_FROM, SMTP, SettingsFault, mail_service, settings

SERVER, SENDER, SITE = (
    "smtp+starttls://user:p%40ss@mail.example.gov.cn",
    "免申 <noreply@example.gov.cn>",
    "https://policy.example.gov.cn/",
)


def given(monkeypatch: pytest.MonkeyPatch, server: str, sender: str, site: str) -> None:
    for name, value in ((SMTP, server), (MAIL_FROM, sender), (ADDRESS, site)):
        monkeypatch.setenv(name, value)


def test_without_any_there_is_no_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    assert mail_service() is None
    assert settings({"SECRET_KEY": "k" * 32, "DATABASE_URL": "sqlite://"})["MAIL"] is None
    given(monkeypatch, "", " ", "")
    assert mail_service() is None


def test_all_three_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, SERVER, SENDER, SITE)
    found = mail_service()
    assert found is not None
    assert (found.scheme, found.host, found.port) == ("smtp+starttls", "mail.example.gov.cn", 587)
    assert (found.user, found.password) == ("user", "p@ss")
    assert str(found.sender) == SENDER
    assert found.address == "https://policy.example.gov.cn"
    assert "p@ss" not in repr(found)


@pytest.mark.parametrize(
    ("server", "port"),
    [("smtp://mail", 25), ("smtps://mail", 465), ("smtp+starttls://mail", 587), ("smtp://[::1]:1025", 1025)],
)  # fmt: skip
def test_each_way_has_its_usual_port(
    monkeypatch: pytest.MonkeyPatch, server: str, port: int
) -> None:
    given(monkeypatch, server, SENDER, SITE)
    found = mail_service()
    assert found is not None
    assert found.port == port


def test_a_password_without_tls_stays_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, "smtp://user:pass@127.0.0.1:2525", SENDER, "http://localhost:5000")
    assert mail_service() is not None


@pytest.mark.parametrize(
    ("server", "sender", "site", "said"),
    [
        ("", SENDER, SITE, f"还缺 {SMTP}"),
        (SERVER, "", "", f"还缺 {MAIL_FROM}、{ADDRESS}"),
        ("mail.example.gov.cn:25", SENDER, SITE, f"{SMTP} 应写成"),
        ("imap://mail.example.gov.cn", SENDER, SITE, f"{SMTP} 应写成"),
        ("smtps://", SENDER, SITE, f"{SMTP} 应写成"),
        ("smtps://mail:65536", SENDER, SITE, f"{SMTP} 应写成"),
        ("smtps://mail/path", SENDER, SITE, f"{SMTP} 应写成"),
        ("smtp://user:pass@mail.example.gov.cn", SENDER, SITE, "明文"),
        (SERVER, "免申", SITE, f"{MAIL_FROM} 应写成"),
        (SERVER, "noreply@localhost", SITE, f"{MAIL_FROM} 应写成"),
        (SERVER, "noreply@例子.cn", SITE, f"{MAIL_FROM} 应写成"),
        (SERVER, "a <a@example.cn>, b <b@example.cn>", SITE, f"{MAIL_FROM} 应写成"),
        (SERVER, SENDER, "policy.example.gov.cn", f"{ADDRESS} 应是"),
        (SERVER, SENDER, "http://policy.example.gov.cn", f"{ADDRESS} 应是"),
        (SERVER, SENDER, "https://policy.example.gov.cn/mianshen", f"{ADDRESS} 应是"),
        (SERVER, SENDER, "https://user@policy.example.gov.cn", f"{ADDRESS} 应是"),
        (SERVER, SENDER, "ftp://127.0.0.1", f"{ADDRESS} 应是"),
    ],
)
def test_what_cannot_be_used_is_refused_with_what_to_write(
    monkeypatch: pytest.MonkeyPatch, server: str, sender: str, site: str, said: str
) -> None:
    given(monkeypatch, server, sender, site)
    with pytest.raises(SettingsFault, match=said):
        mail_service()

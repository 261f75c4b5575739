"""Settings of the web application, from the environment; what is missing gets a safe default.

A deployment sets `MIANSHEN_SECRET_KEY`. Without it a key is made once and kept in the data folder,
readable by its owner alone: good for one machine. Older keys still open what they sealed and check what
they signed (docs/accounts.md, "Changing the key").
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from email.utils import getaddresses
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from matcher.documents.load import DOCUMENT_FILE
from matcher.locations import SAMPLES, data_folder
from webapp import limits
from webapp.services.people.passwords import Policy

KEY, OLDER_KEYS = "MIANSHEN_SECRET_KEY", "MIANSHEN_SECRET_KEY_FALLBACKS"
METRICS_TOKEN, PROXIES = "MIANSHEN_METRICS_TOKEN", "MIANSHEN_PROXIES"
REDIS = "MIANSHEN_REDIS"
SMTP, MAIL_FROM, ADDRESS = "MIANSHEN_SMTP", "MIANSHEN_MAIL_FROM", "MIANSHEN_ADDRESS"
SMTP_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
"""The ways to a mail server, with the usual port of each: unencrypted, under TLS, TLS once connected."""
KEY_FILE = "secret-key"
DATABASE_FILE = "mianshen.sqlite3"
EXAMPLES = ("changeme", "change-me", "change_me", "example", "your-secret", "secret-key", "replace")
"""Words of keys that stand in instructions and are copied from there."""
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class SettingsFault(ValueError):
    """A setting cannot be used; the message names it and the repair, in Chinese."""


def settings(overrides: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Give Flask's configuration: limits, then the environment, then the overrides."""
    given = dict(overrides or {})
    secure = bool(
        given.get("SESSION_COOKIE_SECURE", os.environ.get("MIANSHEN_SECURE_COOKIES") == "1")
    )
    found: dict[str, Any] = {
        "MAX_CONTENT_LENGTH": limits.MAX_BODY_BYTES,
        "MAX_FORM_MEMORY_SIZE": limits.MAX_FORM_BYTES,
        "MAX_FORM_PARTS": limits.MAX_FORM_PARTS,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": secure,
        # Under TLS a name that no other host and no page below a path can set.
        "SESSION_COOKIE_NAME": "__Host-session" if secure else "session",
        "SEND_FILE_MAX_AGE_DEFAULT": 365 * 24 * 3600,
        # The page's own token guards every form. The address of a profile must not travel in a
        # Referer, so the extra check that asks for one under TLS is off.
        "WTF_CSRF_SSL_STRICT": False,
        "WTF_CSRF_TIME_LIMIT": None,
        "TRUSTED_HOSTS": _hosts(os.environ.get("MIANSHEN_HOSTS", "")),
        **given,
    }
    found["PASSWORD_POLICY"] = given.get("PASSWORD_POLICY") or password_policy()
    found["OIDC"] = given["OIDC"] if "OIDC" in given else identity_service()
    found["REDIS_URL"] = given["REDIS_URL"] if "REDIS_URL" in given else redis_url()
    found["MAIL"] = given["MAIL"] if "MAIL" in given else mail_service()
    found["DATABASE_URL"] = given.get("DATABASE_URL") or database_url()
    found["METRICS_TOKEN"] = given["METRICS_TOKEN"] if "METRICS_TOKEN" in given else metrics_token()
    found["PROXIES"] = given["PROXIES"] if "PROXIES" in given else proxies()
    if not given.get("SECRET_KEY"):
        found["SECRET_KEY"], *found["SECRET_KEY_FALLBACKS"] = secret_keys()
    if older_keys(found):
        # Flask's own sessions take the fallbacks; the tokens of forms want them with the newest last.
        found["WTF_CSRF_SECRET_KEY"] = signing_keys(found)
    return found


def older_keys(config: Mapping[str, Any]) -> tuple[str, ...]:
    """Give the keys that were used before, the newest first."""
    return tuple(config.get("SECRET_KEY_FALLBACKS") or ())


def signing_keys(config: Mapping[str, Any]) -> list[str]:
    """Give all keys as itsdangerous wants them: the last one signs, any is believed."""
    return [*reversed(older_keys(config)), config["SECRET_KEY"]]


def samples(rules: Path) -> tuple[str, ...]:
    """Give the sample documents (样例) that are shown as well: MIANSHEN_SAMPLES, none without it."""
    named = tuple(os.environ.get(SAMPLES, "").split())
    for name in named:
        if not (rules / name / DOCUMENT_FILE).is_file():
            raise SettingsFault(f"{SAMPLES}:{rules} 里没有“{name}”这份文件")
    return named


def database_url() -> str:
    """Give the database: MIANSHEN_DATABASE, else a SQLite file in the data folder."""
    named = os.environ.get("MIANSHEN_DATABASE")
    return named or f"sqlite:///{data_folder() / DATABASE_FILE}"


def redis_url() -> str:
    """Give where Redis is: MIANSHEN_REDIS, "" where none counts requests."""
    named = os.environ.get(REDIS, "").strip()
    if named and not named.startswith(("redis://", "rediss://", "unix://")):
        raise SettingsFault(f"{REDIS} 应以 redis://、rediss:// 或 unix:// 开头")
    if named and find_spec("redis") is None:
        raise SettingsFault(f"设了 {REDIS},但没有装 redis:pip install 'mianshen[redis]'")
    return named


def secret_keys() -> tuple[str, ...]:
    """Give the keys, the newest first: MIANSHEN_SECRET_KEY, else those of this installation, then older ones.

    The newest seals and signs. MIANSHEN_SECRET_KEY_FALLBACKS holds older ones, parted by blanks.
    """
    named = os.environ.get(KEY)
    own = _own_keys(data_folder() / KEY_FILE) if named is None else (_long_enough(KEY, named),)
    older = (_long_enough(OLDER_KEYS, one) for one in os.environ.get(OLDER_KEYS, "").split())
    return tuple(dict.fromkeys([*own, *older]))


_MAKES_KEY = 'python -c "import secrets; print(secrets.token_urlsafe(32))"'


def _long_enough(name: str, key: str) -> str:
    if len(key.encode()) < limits.MIN_SECRET_BYTES:
        raise SettingsFault(
            f"{name} 太短,至少 {limits.MIN_SECRET_BYTES} 个字节;可用 {_MAKES_KEY} 生成"
        )
    folded = key.casefold()
    if len(set(key)) < limits.MIN_DISTINCT or any(word in folded for word in EXAMPLES):
        raise SettingsFault(f"{name} 像是示例或太简单,别人猜得到;可用 {_MAKES_KEY} 生成")
    return key


def metrics_token() -> str:
    """Give the token that /metrics asks for: MIANSHEN_METRICS_TOKEN; "" leaves it to this machine's programs."""
    named = os.environ.get(METRICS_TOKEN, "")
    return _long_enough(METRICS_TOKEN, named) if named else ""


def proxies() -> int:
    """Give how many proxies stand in front, whose word on address and scheme is believed: MIANSHEN_PROXIES."""
    named = os.environ.get(PROXIES, "0")
    if named not in ("0", "1", "2", "3"):
        raise SettingsFault(f"{PROXIES}=“{named}”不行,应是前面反向代理的层数:0 到 3")
    return int(named)


def password_policy() -> Policy:
    """Give what passwords must be made of: MIANSHEN_PASSWORD_POLICY, else length alone."""
    named = os.environ.get("MIANSHEN_PASSWORD_POLICY", Policy.LENGTH.value)
    try:
        return Policy(named)
    except ValueError as error:
        raise SettingsFault(
            f"MIANSHEN_PASSWORD_POLICY=“{named}”不行,应是 {' 或 '.join(Policy)}"
        ) from error


@dataclass(frozen=True, slots=True)
class IdentityService:
    """The city's identity service (OpenID Connect), and how this program is known to it."""

    issuer: str
    client_id: str
    client_secret: str


def identity_service() -> IdentityService | None:
    """Give the identity service from MIANSHEN_OIDC_*; None where none is named."""
    names = ("MIANSHEN_OIDC_ISSUER", "MIANSHEN_OIDC_CLIENT_ID", "MIANSHEN_OIDC_CLIENT_SECRET")
    values = [os.environ.get(name, "").strip() for name in names]
    if not any(values):
        return None
    missing = [name for name, value in zip(names, values, strict=True) if not value]
    if missing:
        raise SettingsFault(f"统一身份认证要三项都写,还缺 {'、'.join(missing)}")
    parts = urlsplit(values[0])
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise SettingsFault("MIANSHEN_OIDC_ISSUER 要以 https:// 开头")
    return IdentityService(*values)


@dataclass(frozen=True, slots=True)
class MailService:
    """The server that takes mails, how to get in, whom they are from, and where their links lead.

    ``scheme`` is one of `SMTP_PORTS`; ``address`` is that of the pages, without a slash at its end.
    """

    scheme: str
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    sender: Address
    address: str


def mail_service() -> MailService | None:
    """Give the mail server from MIANSHEN_SMTP, _MAIL_FROM and _ADDRESS; None where none is named."""
    names = (SMTP, MAIL_FROM, ADDRESS)
    server, sender, address = (os.environ.get(name, "").strip() for name in names)
    if not (server or sender or address):
        return None
    missing = [name for name in names if not os.environ.get(name, "").strip()]
    if missing:
        raise SettingsFault(f"发邮件要三项都写,还缺 {'、'.join(missing)}")
    parts = urlsplit(server)
    port = _port(server)
    if (
        parts.scheme not in SMTP_PORTS
        or not parts.hostname
        or port is None
        or parts.path.strip("/")
    ):
        raise SettingsFault(
            f"{SMTP} 应写成 smtp+starttls://用户:密码@主机:端口,开头也可以是 smtps:// 或 smtp://"
        )
    if parts.username and parts.scheme == "smtp" and parts.hostname not in _LOOPBACK:
        raise SettingsFault(f"{SMTP} 会把密码明文发出去,请用 smtps:// 或 smtp+starttls://")
    return MailService(
        scheme=parts.scheme,
        host=parts.hostname,
        port=port or SMTP_PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        sender=_sender(sender),
        address=_address(address),
    )


def _port(server: str) -> int | None:
    """Give the port of an address, 0 where it has none, None where it is no port."""
    try:
        return urlsplit(server).port or 0
    except ValueError:
        return None


def _sender(text: str) -> Address:
    """Read whom mails are from: an address, or a name with the address in angle brackets."""
    fault = SettingsFault(f"{MAIL_FROM} 应写成 名称 <地址>,如 免申 <noreply@example.gov.cn>")
    try:
        ((name, spec),) = getaddresses([text])
        sender = Address(name, addr_spec=spec)
    except (ValueError, MessageError) as error:
        raise fault from error
    if not (sender.username and "." in sender.domain and spec.isascii() and name.isprintable()):
        raise fault
    return sender


def _address(text: str) -> str:
    """Read where the links of mails lead; they hold secrets, so they go under TLS but to this machine."""
    parts = urlsplit(text)
    beyond = parts.path.strip("/") or parts.query or parts.fragment or parts.username
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not safe or not parts.hostname or beyond:
        raise SettingsFault(
            f"{ADDRESS} 应是网站对外的地址,如 https://policy.example.gov.cn,后面不带路径"
        )
    return f"{parts.scheme}://{parts.netloc}"


def _own_keys(path: Path) -> tuple[str, ...]:
    """Give the keys of the file, one a line, the newest first; without a file one is made."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return _kept_keys(path)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            key = secrets.token_urlsafe(48)
            file.write(key)
        return (key,)
    except OSError as error:
        raise SettingsFault(
            f"写不进 {path.parent}({error.strerror});可用 MIANSHEN_DATA 换一个目录,"
            "或设置 MIANSHEN_SECRET_KEY"
        ) from error


def _kept_keys(path: Path) -> tuple[str, ...]:
    keys = tuple(
        line.strip() for line in path.read_text(encoding="ascii").splitlines() if line.strip()
    )
    if not keys or any(len(key) < limits.MIN_SECRET_BYTES for key in keys):
        raise SettingsFault(f"{path} 不完整:每行一把密钥,最新的在第一行;没有旧数据时删去后再启动")
    return keys


def _hosts(text: str) -> list[str] | None:
    return [name.strip() for name in text.split(",") if name.strip()] or None

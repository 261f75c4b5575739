"""Settings of the web application, from the environment; what is missing gets a safe default.

A deployment sets `MIANSHEN_SECRET_KEY`. Without it a key is made once and kept in the data folder,
readable by its owner alone: good for one machine.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matcher.locations import data_folder
from webapp import limits

KEY_FILE = "secret-key"
DATABASE_FILE = "mianshen.sqlite3"


class SettingsFault(ValueError):
    """A setting cannot be used; the message names it and the repair, in Chinese."""


def settings(overrides: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Give Flask's configuration: limits, then the environment, then the overrides."""
    given = dict(overrides or {})
    found: dict[str, Any] = {
        "MAX_CONTENT_LENGTH": limits.MAX_BODY_BYTES,
        "MAX_FORM_MEMORY_SIZE": limits.MAX_FORM_BYTES,
        "MAX_FORM_PARTS": limits.MAX_FORM_PARTS,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": os.environ.get("MIANSHEN_SECURE_COOKIES") == "1",
        "SEND_FILE_MAX_AGE_DEFAULT": 365 * 24 * 3600,
        # The page's own token guards every form. The address of a profile must not travel in a
        # Referer, so the extra check that asks for one under TLS is off.
        "WTF_CSRF_SSL_STRICT": False,
        "WTF_CSRF_TIME_LIMIT": None,
        "TRUSTED_HOSTS": _hosts(os.environ.get("MIANSHEN_HOSTS", "")),
        **given,
    }
    found["DATABASE_URL"] = given.get("DATABASE_URL") or database_url()
    found["SECRET_KEY"] = given.get("SECRET_KEY") or secret_key()
    return found


def database_url() -> str:
    """Give the database: MIANSHEN_DATABASE, else a SQLite file in the data folder."""
    named = os.environ.get("MIANSHEN_DATABASE")
    return named or f"sqlite:///{data_folder() / DATABASE_FILE}"


def secret_key() -> str:
    """Give the key that signs cookies: MIANSHEN_SECRET_KEY, else the one of this installation."""
    named = os.environ.get("MIANSHEN_SECRET_KEY")
    if named is None:
        return _own_key(data_folder() / KEY_FILE)
    if len(named.encode()) < limits.MIN_SECRET_BYTES:
        raise SettingsFault(
            f"MIANSHEN_SECRET_KEY 太短,至少 {limits.MIN_SECRET_BYTES} 个字节;"
            '可用 python -c "import secrets; print(secrets.token_urlsafe(32))" 生成'
        )
    return named


def _own_key(path: Path) -> str:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return _kept_key(path)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            key = secrets.token_urlsafe(48)
            file.write(key)
        return key
    except OSError as error:
        raise SettingsFault(
            f"写不进 {path.parent}({error.strerror});可用 MIANSHEN_DATA 换一个目录,"
            "或设置 MIANSHEN_SECRET_KEY"
        ) from error


def _kept_key(path: Path) -> str:
    key = path.read_text(encoding="ascii").strip()
    if len(key) < limits.MIN_SECRET_BYTES:
        raise SettingsFault(f"{path} 不完整,删去这个文件后再启动")
    return key


def _hosts(text: str) -> list[str] | None:
    return [name.strip() for name in text.split(",") if name.strip()] or None

"""Making the application for a server: what is wrong with rules, settings or database is one sentence."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from matcher.language.diagnostics import SourceError
from matcher.locations import rules_folder
from webapp import create_app
from webapp.database import Database
from webapp.operations.lines import Line
from webapp.services.failpoints import FailpointFault
from webapp.settings import SettingsFault
from webapp.shared import EXTENSION

LOGGER = logging.getLogger("mianshen.web")


class StartFault(Exception):
    """The application cannot start; the message says why and what to do, in Chinese."""


def checked(config: Mapping[str, Any] | None = None) -> Flask:
    """Make the application over a database of its own version; raises `StartFault`."""
    given = dict(config or {})
    folder = rules_folder(given.get("RULES"))
    if not (folder / "vocabulary").is_dir():
        raise StartFault(f"{folder}:不是规则目录(里面应有 vocabulary/)。用 --rules 指定")
    try:
        app = create_app(given)
        current = database_of(app).is_current()
    except SourceError as error:
        raise StartFault(f"{error}\n规则有错误,请先用 mianshen check 改正") from error
    except (SettingsFault, FailpointFault) as error:
        raise StartFault(str(error)) from error
    except (SQLAlchemyError, OSError, ImportError) as error:
        raise StartFault(f"数据库不能用:{said(error)}") from error
    if not current:
        database_of(app).close()
        raise StartFault("数据库的结构不是这个版本的,请先运行 mianshen database upgrade")
    return app


def database_of(app: Flask) -> Database:
    """Give the database of an application."""
    found: Database = app.extensions[EXTENSION].database
    return found


def said(error: Exception) -> str:
    """Give what the driver said, without what SQLAlchemy adds to it."""
    return str(getattr(error, "orig", None) or error).strip()


def application() -> Flask:
    """Make the application for gunicorn; a fault ends the program with a line in the log."""
    try:
        return checked()
    except StartFault as fault:
        LOGGER.critical(Line(event=str(fault)))
        raise SystemExit(1) from fault

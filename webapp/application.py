"""Puts the application together: catalogue, database, pages, guards."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask
from flask_wtf import CSRFProtect

from matcher.catalogue import load
from matcher.cli import today
from matcher.holdings import Holdings
from matcher.locations import data_folder, rules_folder
from webapp import compression, display, errors, headers, logs, pages
from webapp.database import Database
from webapp.forms.group import form_class
from webapp.portal import UNTOKENED, blueprint
from webapp.services.facets import Facets
from webapp.services.matching import Matchmaker
from webapp.services.questions import Questionnaire
from webapp.services.recovery import Recovery
from webapp.services.search import Index
from webapp.settings import settings
from webapp.shared import EXTENSION, Portal
from webapp.texts import Texts


def build(config: Mapping[str, Any] | None = None) -> Flask:
    """Make the application.

    ``config`` overrides the environment: DATABASE_URL, SECRET_KEY, RULES, DATA, CATALOGUE, TODAY, NOW
    and Flask's own keys. An embedded SQLite database is brought up to date here.
    """
    given = dict(config or {})
    app = Flask("webapp", static_folder="static", template_folder="templates")
    app.config.from_mapping(settings(given))
    data = Path(given.get("DATA") or data_folder())
    catalogue = given.get("CATALOGUE") or load(
        Path(given.get("RULES") or rules_folder()), industries=Holdings(data).industries()
    )
    questionnaire = Questionnaire(catalogue.vocabulary)
    database = Database(app.config["DATABASE_URL"])
    if database.embedded:
        database.upgrade()
    app.extensions[EXTENSION] = Portal(
        catalogue=catalogue,
        matchmaker=Matchmaker(catalogue, data),
        questionnaire=questionnaire,
        index=Index(catalogue),
        facets=Facets(catalogue),
        forms={group.id: form_class(group, catalogue.vocabulary) for group in questionnaire.groups},
        database=database,
        recovery=Recovery(database, app.config["SECRET_KEY"]),
        texts=Texts(),
        today=given.get("TODAY") or today,
        now=given.get("NOW") or (lambda: datetime.now(UTC)),
    )
    for module in (logs, headers, compression, display, pages, errors):
        module.install(app)
    # Last, so that a refused form is numbered, logged and answered in the visitor's language.
    tokens = CSRFProtect(app)
    for view in UNTOKENED:
        tokens.exempt(view)
    app.register_blueprint(blueprint)
    return app

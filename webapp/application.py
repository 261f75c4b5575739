"""Puts the application together: catalogue, database, pages, guards."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from matcher.catalogue import Catalogue, load
from matcher.cli import today
from matcher.holdings import Holdings
from matcher.locations import data_folder, rules_folder
from matcher.registry.synonyms import load_words
from webapp import (
    access,
    accounts,
    api,
    compression,
    desk,
    display,
    errors,
    following,
    headers,
    logs,
    mine,
    pages,
    publicity,
)
from webapp.casework import office
from webapp.database import Database
from webapp.forms.group import form_class
from webapp.operations import routes as operations
from webapp.operations.metrics import TimedMatchmaker
from webapp.portal import UNTOKENED, blueprint
from webapp.services.batches.columns import Reader
from webapp.services.evidence import FOLDER as EVIDENCE
from webapp.services.evidence import Store
from webapp.services.facets import Facets
from webapp.services.failpoints import arm_from_environment
from webapp.services.jobs.bell import bell_of
from webapp.services.questions import Questionnaire
from webapp.services.recovery import Recovery
from webapp.services.search import Index
from webapp.services.site import Site, SiteFault, site_of
from webapp.settings import SettingsFault, older_keys, samples, settings
from webapp.shared import EXTENSION, Portal
from webapp.texts import Texts
from webapp.uploads import Uploads

INSTALLED = (logs, operations, headers, compression, display, pages, errors, accounts, access)
"""What stands before and behind every view, in this order."""
BLUEPRINTS = (
    operations.blueprint,
    blueprint,
    accounts.blueprint,
    desk.blueprint,
    mine.blueprint,
    publicity.blueprint,
    following.blueprint,
    api.blueprint,
)


def build(config: Mapping[str, Any] | None = None) -> Flask:
    """Make the application.

    ``config`` overrides the environment: DATABASE_URL, SECRET_KEY, RULES, DATA, CATALOGUE, SAMPLES, SITE, TODAY, NOW
    and Flask's own keys. An embedded SQLite database is brought up to date here.
    """
    given = dict(config or {})
    arm_from_environment()
    app = Flask("webapp", static_folder="static", template_folder="templates")
    app.request_class = Uploads
    app.config.from_mapping(settings(given))
    app.extensions[EXTENSION] = _shared(given, app.config)
    proxies = app.config["PROXIES"]
    if proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
    for module in INSTALLED:
        module.install(app)
    # Last, so that a refused form is numbered, logged and answered in the visitor's language.
    tokens = CSRFProtect(app)
    for view in (*UNTOKENED, *following.UNTOKENED):
        tokens.exempt(view)
    tokens.exempt(api.blueprint)
    api.install(app)
    for one in BLUEPRINTS:
        app.register_blueprint(one)
    access.check(app)
    return app


def _shared(given: Mapping[str, Any], config: Mapping[str, Any]) -> Portal:
    """Read the rules, open the database and make what all requests share."""
    data = Path(given.get("DATA") or data_folder())
    rules = Path(given.get("RULES") or rules_folder())
    catalogue = given.get("CATALOGUE") or load(
        rules,
        industries=Holdings(data).industries(),
        include=given.get("SAMPLES") or samples(rules),
    )
    vocabulary, questionnaire = catalogue.vocabulary, Questionnaire(catalogue.vocabulary)
    database = Database(config["DATABASE_URL"])
    if database.embedded:
        database.upgrade()
    secret, older = config["SECRET_KEY"], older_keys(config)
    return Portal(
        catalogue=catalogue,
        matchmaker=TimedMatchmaker(catalogue, data),
        questionnaire=questionnaire,
        index=Index.of(catalogue),
        facets=Facets(catalogue),
        forms={group.id: form_class(group, vocabulary) for group in questionnaire.groups},
        database=database,
        recovery=Recovery(database, secret, older),
        casework=office(database, catalogue, rules, secret, data, older),
        evidence=Store(data / EVIDENCE),
        bell=bell_of(data, config["REDIS_URL"], secret),
        columns=cache(lambda: Reader(vocabulary, load_words(rules, vocabulary))),
        mail=config["MAIL"],
        data=data,
        texts=Texts(),
        site=given.get("SITE") or _site(catalogue),
        today=given.get("TODAY") or today,
        now=given.get("NOW") or (lambda: datetime.now(UTC)),
    )


def _site(catalogue: Catalogue) -> Site:
    try:
        return site_of(os.environ, catalogue)
    except SiteFault as fault:
        raise SettingsFault(str(fault)) from fault

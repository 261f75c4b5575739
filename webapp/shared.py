"""What all requests of one application share, and how a view gets at it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import cast

from flask import current_app

from matcher.catalogue import Catalogue
from webapp.database import Database
from webapp.forms.group import GroupForm
from webapp.services.batches.columns import Reader
from webapp.services.cases.moves import Casework
from webapp.services.evidence import Store
from webapp.services.facets import Facets
from webapp.services.jobs.bell import Bell
from webapp.services.matching import Matchmaker
from webapp.services.questions import Questionnaire
from webapp.services.recovery import Recovery
from webapp.services.search import Index
from webapp.services.site import Site
from webapp.settings import MailService
from webapp.texts import Texts

EXTENSION = "mianshen"


@dataclass(frozen=True)
class Portal:
    """What all requests share; ``data`` is the folder of this installation's files. Without ``mail`` none is sent."""

    catalogue: Catalogue
    matchmaker: Matchmaker
    questionnaire: Questionnaire
    index: Index
    facets: Facets
    forms: Mapping[str, type[GroupForm]]
    database: Database
    recovery: Recovery
    casework: Casework
    evidence: Store
    bell: Bell
    mail: MailService | None
    columns: Callable[[], Reader]
    data: Path
    texts: Texts
    site: Site
    today: Callable[[], date]
    now: Callable[[], datetime]


def portal() -> Portal:
    """Give what all requests of the current application share."""
    return cast(Portal, current_app.extensions[EXTENSION])

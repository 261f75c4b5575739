"""What casework needs, put together for the pages, and from the settings for commands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from matcher.catalogue import Catalogue
from matcher.command_input import fail
from matcher.locations import data_folder
from webapp.database import Database
from webapp.limits import TERMS
from webapp.services.audit.chain import Sealer
from webapp.services.cases.moves import Casework
from webapp.services.cases.proof import Prover
from webapp.services.cases.refusals import Refused
from webapp.services.failpoints import FailpointFault, arm_from_environment
from webapp.services.vault import Vault
from webapp.services.workdays import FOLDER, Workdays
from webapp.settings import SettingsFault, database_url, secret_keys
from webapp.texts import LANGUAGES, Texts

WORKDAYS = "workdays"
"""The folder under the data folder for the calendars of further years."""


def office(
    database: Database,
    catalogue: Catalogue,
    rules: Path,
    key: str,
    data: Path,
    older: Iterable[str] = (),
) -> Casework:
    """Put together what casework needs, for the pages as for commands."""
    secret = key.encode()
    return Casework(
        database,
        Prover(catalogue, rules),
        Sealer(secret),
        Vault(secret, *(one.encode() for one in older)),
        Workdays.read(FOLDER, data / WORKDAYS),
        TERMS,
    )


def sentence(refused: Refused) -> str:
    """Put a refusal into words for a command."""
    return Texts().get(LANGUAGES[0], f"refused.{refused.code}", **refused.values)


@contextmanager
def opened() -> Iterator[Database]:
    """Open this installation's database for a command; what is wrong ends with a sentence."""
    try:
        arm_from_environment()
        database = Database(database_url())
        if database.embedded:
            database.upgrade()
        current = database.is_current()
    except FailpointFault as error:
        raise fail(str(error)) from error
    except (SQLAlchemyError, OSError, ImportError) as error:
        said = str(getattr(error, "orig", None) or error).strip()
        raise fail(f"数据库不能用:{said}") from error
    try:
        if not current:
            raise fail("数据库的结构不是这个版本的,请先运行 mianshen database upgrade")
        yield database
    finally:
        database.close()


@contextmanager
def casework(catalogue: Catalogue, rules: Path) -> Iterator[Casework]:
    """Open the database and give all that casework needs; what is wrong ends with a sentence."""
    try:
        key, *older = secret_keys()
    except SettingsFault as error:
        raise fail(str(error)) from error
    with opened() as database:
        yield office(database, catalogue, rules, key, data_folder(), older)

"""A registry comes in: kept in a folder of its own, under an unguessable name, with a row that says whose it is."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import func, insert, select

from matcher.registry.limits import MAX_XLSX_BYTES
from webapp.database import Database, retrying
from webapp.limits import MAX_BATCH_BYTES, MAX_BATCHES
from webapp.services import once
from webapp.services.audit.chain import Deed
from webapp.services.batches.steps import LOOK, OBJECT, order_step
from webapp.services.batches.store import INPUT, UPLOAD, State, new_token, places
from webapp.services.cases.refusals import Refused
from webapp.services.people.accounts import tell
from webapp.services.people.roles import Actor, Permission
from webapp.tables.batches import BatchRun
from webapp.tables.columns import NAME

SUFFIXES = (".csv", ".xlsx", ".parquet")
_BLOCK = 2**20


@dataclass(frozen=True, slots=True)
class Upload:
    """A registry as it comes in."""

    content: BinaryIO
    name: str


@dataclass(frozen=True, slots=True)
class Order:
    """What is said of a registry that came in; ``claim`` is the key of another system's request."""

    as_of: date
    source: str = UPLOAD
    name: str = ""
    file_name: str = ""
    sheet: str = ""
    measures: tuple[str, ...] = ()
    claim: once.Claim | None = None


@dataclass(frozen=True)
class Reception:
    """Where registries are taken in."""

    database: Database
    data: Path


def receive(here: Reception, upload: Upload, order: Order, actor: Actor, now: datetime) -> int:
    """Keep a registry and order a look at it; gives the job. Raises what `keep` raises."""
    token = keep(here, upload, actor)
    try:
        return write(here, token, order, actor, now)[1]
    except BaseException:
        forget(here, token)
        raise


def own_companies(here: Reception, order: Order, actor: Actor, now: datetime) -> int:
    """Order a run over the companies of this installation; gives the job."""
    _room(here.database, actor)
    token = new_token()
    places(here.data, token).folder.mkdir(parents=True, mode=0o700)
    return write(here, token, order, actor, now)[1]


def keep(here: Reception, upload: Upload, actor: Actor) -> str:
    """Keep a file under a token, which nobody knows of yet.

    Raises `Refused` where it is no registry, too large, or somebody has too many already.
    """
    suffix = Path(upload.name).suffix.lower()
    if suffix not in SUFFIXES:
        raise Refused("file_kind", kinds="、".join(SUFFIXES))
    _room(here.database, actor)
    token = new_token()
    folder = places(here.data, token).folder
    folder.mkdir(parents=True, mode=0o700)
    try:
        _copy(upload.content, folder / f"{INPUT}{suffix}", suffix)
    except BaseException:
        forget(here, token)
        raise
    return token


def forget(here: Reception, token: str) -> None:
    """Delete what was kept and is not wanted after all."""
    shutil.rmtree(places(here.data, token).folder, ignore_errors=True)


def write(
    here: Reception, token: str, order: Order, actor: Actor, now: datetime
) -> tuple[str, int]:
    """Write the row, the order of the look and the audit in one commit; gives the answer for a claim, and the job."""
    name = (order.name or Path(order.file_name).stem)[:NAME]
    row = {
        "token": token,
        "owner_id": actor.id,
        "key_id": actor.key,
        "name": name,
        "source": order.source,
        "file_name": order.file_name[-NAME:],
        "sheet": order.sheet[:NAME],
        "state": State.LOOKING.value,
        "columns": "",
        "as_of": order.as_of,
        "measures": json.dumps(order.measures, ensure_ascii=False),
        "rules_version": "",
        "report": "",
        "made_at": now,
    }
    told = json.dumps({"id": token, "name": name, "state": State.LOOKING.value}, ensure_ascii=False)

    def unit() -> int:
        with here.database.writing() as session:
            job = order_step(session, LOOK, token, actor.id, now)
            session.execute(insert(BatchRun).values({**row, "job_id": job}))
            tell(session, actor, Deed("batch.sent", OBJECT, token[:8], f"done:{order.source}"), now)
            if order.claim is not None:
                once.answer(session, order.claim, told)
            return job

    return told, retrying(unit)


def _room(database: Database, actor: Actor) -> None:
    if not actor.may(Permission.BATCHES_RUN):
        raise Refused("not_allowed")
    mine = BatchRun.key_id == actor.key if actor.key is not None else BatchRun.owner_id == actor.id
    with database.reading() as session:
        if (session.scalar(select(func.count()).where(mine)) or 0) >= MAX_BATCHES:
            raise Refused("batches_full", most=MAX_BATCHES)


def _copy(content: BinaryIO, target: Path, suffix: str) -> None:
    """Copy a stream, block by block, as far as a file may be long."""
    most, size = MAX_XLSX_BYTES if suffix == ".xlsx" else MAX_BATCH_BYTES, 0
    with target.open("wb") as file:
        while block := content.read(_BLOCK):
            size += len(block)
            if size > most:
                raise Refused("file_too_large", mib=most // 2**20)
            file.write(block)
    if not size:
        raise Refused("file_missing")

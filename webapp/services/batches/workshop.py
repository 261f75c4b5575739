"""The jobs of a registry: a look at its file, the check of its rows, the matching."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from matcher.catalogue import Catalogue
from matcher.holdings import Holdings, write_whole
from matcher.language.diagnostics import SourceError
from matcher.logic import Verdict
from matcher.readers.prose import ZH
from matcher.registry.batch import Interrupted, Progress, Request
from matcher.registry.batch import run as run_batch
from matcher.registry.checking import check
from matcher.registry.engines import PolarsEngine
from matcher.registry.faults import RegistryFault
from matcher.registry.findings import DELIVERY, MEASURE, VERDICT
from matcher.registry.runs import FINDINGS, REPORT, read_report
from matcher.registry.samples import samples_of
from matcher.registry.sources import open_source
from webapp.database import Database, retrying
from webapp.services.batches.columns import Choices, Mistake, Reader, words_of
from webapp.services.batches.described import described
from webapp.services.batches.steps import CHECK, LOOK, RUN, move, order_step
from webapp.services.batches.store import REGISTRY, Places, State, find_run, places
from webapp.services.dashboard.cube import write_aggregates
from webapp.services.jobs.runner import Hopeless, Kind, Running
from webapp.services.registry.export import HOLDINGS, write_registry
from webapp.tables.batches import BatchRun
from webapp.texts import Texts

LOOKED, CHECKED, MAPPING, BASIS = "look.json", "check.json", "mapping.yaml", "basis.json"
_OWN = "input.parquet"


@dataclass(frozen=True)
class Workshop:
    """What the jobs of registries need."""

    database: Database
    catalogue: Catalogue
    rules: Path
    data: Path
    reader: Callable[[], Reader]
    texts: Texts
    ring: Callable[[int], None]
    now: Callable[[], datetime]

    def kinds(self) -> Mapping[str, Kind]:
        """Give the kinds of jobs by their names."""
        return {LOOK: self.look, CHECK: self.check, RUN: self.run}

    # --- a look at the file ----------------------------------------------------------------------------

    def look(self, running: Running) -> None:
        """Read the head of a file: its format, columns, samples, and what the columns are likely to mean.

        The companies of this installation are written out instead, and their check is ordered at once.
        """
        run, here = self._begin(running, State.LOOKING)
        if run.source == REGISTRY:
            self._look_at_own(running, run, here)
            return
        try:
            with open_source(str(self._input(here)), run.sheet or None) as source:
                columns, samples = source.columns, samples_of(source)
                about = {"format": source.format, "rows": source.rows}
        except RegistryFault as fault:
            self._refuse(running, run, here, str(fault), (State.LOOKING,), State.FAILED)
            return
        proposal = self.reader().propose(columns)
        choices = Choices(proposal.choices)
        told = {
            **about,
            "columns": [[one.name, one.type] for one in columns],
            "samples": samples,
            "choices": choices.to_json(),
            "likely": dict(proposal.likely),
        }
        write_whole(here.beside(LOOKED), json.dumps(told, ensure_ascii=False))
        if run.key_id is None:
            self._finish(running, (State.LOOKING,), State.NEW)
            return
        # Another system confirms nothing: what the names of the columns leave open stops it here.
        mistakes = self.reader().mistakes(choices, columns, run.as_of)
        if mistakes:
            said = "\n".join(self._said(one) for one in mistakes)
            self._refuse(running, run, here, said, (State.LOOKING,), State.FAILED)
            return
        self._go_on(running, run, State.LOOKING, State.CHECKING, CHECK, columns=choices.to_json())

    def _said(self, one: Mistake) -> str:
        words = words_of(one, lambda key, **values: self.texts.get(ZH, key, **values))
        return f"{one.column}:{words}" if one.column else words

    def _go_on(
        self, running: Running, run: BatchRun, before: State, after: State, kind: str, **values: Any
    ) -> None:
        """End a job in the commit that orders the next one, for what waits for no person in between."""

        def unit() -> int:
            with self.database.writing() as session:
                job = order_step(session, kind, run.token, run.owner_id, self.now())
                if not move(session, run.token, (before,), after, job_id=job, **values):
                    raise Hopeless("input_gone")
                running.finish(session)
                return job

        self.ring(retrying(unit))

    def _look_at_own(self, running: Running, run: BatchRun, here: Places) -> None:
        running.begin("export")
        text = write_registry(
            self.database, self.catalogue, run.as_of, here.beside(_OWN), running.advance
        )
        write_whole(here.beside(MAPPING), text)

        self._go_on(running, run, State.LOOKING, State.CHECKING, CHECK)

    # --- the check of the rows -------------------------------------------------------------------------

    def check(self, running: Running) -> None:
        """Clean all rows as the columns are said to mean, and say what would be used and what is refused."""
        run, here = self._begin(running, State.CHECKING)
        if run.source != REGISTRY:
            text = self.reader().mapping_text(Choices.from_json(run.columns))
            write_whole(here.beside(MAPPING), text)
        resume = self._goes_on(run, here)
        try:
            found = check(
                self._request(run, here, resume=resume),
                self.catalogue,
                self.rules,
                self._holdings(run, here),
                _progress(running),
            )
        except (RegistryFault, SourceError) as error:
            alone = run.source == REGISTRY or run.key_id is not None
            back = State.FAILED if alone else State.NEW
            self._refuse(running, run, here, str(error), (State.CHECKING,), back)
            return
        told = described(found, self.catalogue.vocabulary)
        write_whole(here.beside(CHECKED), json.dumps(told, ensure_ascii=False))
        if run.key_id is None:
            self._finish(running, (State.CHECKING,), State.CHECKED, report="")
        else:
            self._go_on(running, run, State.CHECKING, State.RUNNING, RUN, report="")

    def _goes_on(self, run: BatchRun, here: Places) -> bool:
        """Say whether rows that were cleaned before are still good; what follows from something else is removed."""
        basis = json.dumps(
            [
                self.catalogue.version,
                run.as_of.isoformat(),
                run.sheet,
                here.beside(MAPPING).read_text(encoding="utf-8"),
            ],
            ensure_ascii=False,
        )
        place = here.beside(BASIS)
        same = place.is_file() and place.read_text(encoding="utf-8") == basis
        if not same:
            shutil.rmtree(here.out, ignore_errors=True)
            write_whole(place, basis)
        return same and (here.out / ".run" / "state.json").is_file()

    # --- the matching ----------------------------------------------------------------------------------

    def run(self, running: Running) -> None:
        """Match the cleaned rows and count what came of it."""
        run, here = self._begin(running, State.RUNNING)
        # Results under other rules are removed here, those of a run that was killed before it was counted stay.
        resume = self._goes_on(run, here)
        if not (here.out / REPORT).is_file():
            try:
                run_batch(
                    self._request(run, here, resume=resume),
                    self.catalogue,
                    self.rules,
                    self._holdings(run, here),
                    PolarsEngine,
                    _progress(running),
                )
            except (RegistryFault, SourceError, Interrupted) as error:
                back = State.CHECKED if run.key_id is None else State.FAILED
                self._refuse(running, run, here, str(error), (State.RUNNING,), back)
                return
        running.begin("count")
        write_aggregates(here.out, self.catalogue)
        report = counted(here.out)
        self._finish(
            running,
            (State.RUNNING,),
            State.DONE,
            report=json.dumps(report, ensure_ascii=False),
            rules_version=report["rules_version"],
            ended_at=self.now(),
        )

    def _request(self, run: BatchRun, here: Places, *, resume: bool) -> Request:
        with self.database.reading() as session:
            before = session.get(BatchRun, run.previous_id) if run.previous_id else None
            previous = places(self.data, before.token).out if before is not None else None
        return Request(
            source=str(self._input(here)),
            out=here.out,
            as_of=run.as_of,
            mapping=here.beside(MAPPING),
            sheet=run.sheet or None,
            measures=tuple(json.loads(run.measures)),
            with_open=True,
            resume=resume,
            previous=previous if previous is not None and (previous / REPORT).is_file() else None,
        )

    # --- what all share --------------------------------------------------------------------------------

    def _begin(self, running: Running, state: State) -> tuple[BatchRun, Places]:
        """Read the run that a job is for; a job whose run is gone or elsewhere has nothing to do."""
        token = str(running.about["token"])
        with self.database.reading() as session:
            run = find_run(session, token)
            if run is None or run.state != state:
                raise Hopeless("input_gone")
            session.expunge(run)
        return run, places(self.data, token)

    def _holdings(self, run: BatchRun, here: Places) -> Holdings:
        """Give lists and parameters: those of the files beside the rules, or those that the registry itself keeps."""
        return Holdings(here.beside(HOLDINGS) if run.source == REGISTRY else self.data)

    @staticmethod
    def _input(here: Places) -> Path:
        found = here.input()
        if found is None:
            raise Hopeless("input_gone")
        return found

    def _finish(
        self, running: Running, before: tuple[State, ...], after: State, **values: Any
    ) -> None:
        token = str(running.about["token"])

        def unit() -> None:
            with self.database.writing() as session:
                if not move(session, token, before, after, **values):
                    raise Hopeless("input_gone")
                running.finish(session)

        retrying(unit)

    def _refuse(
        self,
        running: Running,
        run: BatchRun,
        here: Places,
        message: str,
        before: tuple[State, ...],
        after: State,
    ) -> None:
        """Say what stands against the step, naming the file as its sender knows it."""
        for path in (here.input(), here.beside(MAPPING), here.out):
            if path is not None:
                message = message.replace(str(path), run.file_name if path.stem == "input" else "")
        report = json.dumps({"message": message}, ensure_ascii=False)
        self._finish(running, before, after, report=report)


def _progress(running: Running) -> Progress:
    return Progress(start=running.begin, advance=running.advance)


def counted(out: Path) -> dict[str, Any]:
    """Give what a finished run counted, with the numbers of each measure."""
    report = read_report(out)
    counts = (
        pl.scan_parquet(out / FINDINGS)
        .group_by(MEASURE, VERDICT, DELIVERY)
        .len()
        .with_columns(pl.col(MEASURE, VERDICT, DELIVERY).cast(pl.String))
        .collect(engine="streaming")
    )
    numbers: dict[str, dict[str, Any]] = {
        one: {"met": 0, "open": 0, "deliveries": {}} for one in report["measures"]
    }
    for measure, verdict, delivery, n in counts.iter_rows():
        own = numbers[measure]
        own["met" if verdict == Verdict.MET.name else "open"] += n
        if verdict == Verdict.MET.name:
            key = delivery or ""
            own["deliveries"][key] = own["deliveries"].get(key, 0) + n
    accepted = report["counts"]["accepted"]
    for own in numbers.values():
        own["unmet"] = accepted - own["met"] - own["open"]
    return {**report, "by_measure": numbers}

"""One batch run: a registry in, findings and summaries out.

`run` opens the input, maps and cleans it into a facts table, evaluates every measure on one engine and
publishes the results. Nothing is published before everything is there. What is wrong with the input
raises `RegistryFault` or `SourceError`; what goes wrong on the way raises `Interrupted`, and the same
run with ``resume`` goes on.
"""

from __future__ import annotations

import errno
import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from matcher.catalogue import Catalogue
from matcher.documents.model import Measure
from matcher.finding import in_force
from matcher.holdings import Holdings
from matcher.layout import Layout
from matcher.registry.changes import write_changes
from matcher.registry.cleaning import Cleaner
from matcher.registry.columns import RegistryMapping
from matcher.registry.engines import Engine
from matcher.registry.faults import ConnectionLost, RegistryFault
from matcher.registry.findings import FindingsWriter, Tally, gaps, shopping_list
from matcher.registry.mapping import read_mapping_file
from matcher.registry.near import NEAR, near_program, write_near
from matcher.registry.outcomes import Program, group_columns, program
from matcher.registry.page import write_page
from matcher.registry.recognise import automatic_mapping
from matcher.registry.rejected import write_rejected
from matcher.registry.runs import FINDINGS, LAYOUT, RunFolder, read_report
from matcher.registry.sources import Source, open_source
from matcher.registry.staging import CHUNK, Staged, Staging
from matcher.registry.summary import Summary
from matcher.registry.synonyms import load_words
from matcher.registry.workbook import write_workbook

FORMAT = 1  # of the output folder


class Interrupted(Exception):
    """A run broke off through no fault of its input; the message says why and how to go on."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a run is asked to do."""

    source: str
    out: Path
    as_of: date
    mapping: Path | None = None
    sheet: str | None = None
    measures: tuple[str, ...] = ()
    with_open: bool = False
    resume: bool = False
    previous: Path | None = None
    general: bool = True
    near: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run tells how far it is; every call may do nothing."""

    say: Callable[[str], None] = lambda _: None
    start: Callable[[str, int], None] = lambda _name, _rows: None
    advance: Callable[[int], None] = lambda _: None


@dataclass
class Timings:
    """Seconds by step."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def of(self, step: str) -> Iterator[None]:
        """Time one step."""
        began = time.perf_counter()
        yield
        taken = time.perf_counter() - began
        self.seconds[step] = round(self.seconds.get(step, 0) + taken, 2)


def run(
    request: Request,
    catalogue: Catalogue,
    rules: Path,
    holdings: Holdings,
    make_engine: Callable[[], Engine],
    progress: Progress,
) -> dict[str, Any]:
    """Run a batch; give the report that ``run.json`` holds."""
    timings = Timings()
    measures = chosen_measures(request, catalogue)
    if request.previous is not None:
        read_report(request.previous)
    with timings.of("open"), open_source(request.source, request.sheet) as source:
        progress.say(f"{source.name}:{source.format},{source.rows:,} 行,{len(source.columns)} 列")
        text, mapping = mapping_of(request, source, catalogue, rules)
        for note in mapping.notes:
            progress.say(note)
        digest = source.digest()
        folder = RunFolder(
            request.out, key_of(request, source, catalogue, text, digest), resume=request.resume
        )
        try:
            with explained(request):
                cleaner = Cleaner(mapping, catalogue.vocabulary, request.as_of, holdings)
                job = _Job(request, catalogue, folder, progress, timings)
                return job.finish(source, cleaner, measures, make_engine, digest)
        finally:
            folder.close()


def chosen_measures(request: Request, catalogue: Catalogue) -> tuple[Measure, ...]:
    """Give the measures in force that a run is for: all, or those named by id or id prefix."""
    inside = in_force(catalogue, request.as_of)
    if not request.measures:
        chosen = inside
    else:
        chosen = tuple(
            measure
            for measure in inside
            if any(_names(given, measure.id) for given in request.measures)
        )
        for given in request.measures:
            if not any(_names(given, measure.id) for measure in catalogue.measures):
                raise RegistryFault(
                    f"--measures:没有编号为“{given}”的措施。写 hefei-2025、hefei-2025/1 或 hefei-2025/1.4"
                )
    if not chosen:
        raise RegistryFault(f"{request.as_of} 这一天没有要比对的措施。请核对 --as-of 和 --measures")
    return chosen


def _names(given: str, id_: str) -> bool:
    return id_ == given or id_.startswith((f"{given}/", f"{given}."))


def mapping_of(
    request: Request, source: Source, catalogue: Catalogue, rules: Path
) -> tuple[str, RegistryMapping]:
    """Read the mapping file, or map what is certain; gives the file's text too."""
    words = load_words(rules, catalogue.vocabulary)
    if request.mapping is None:
        return "", automatic_mapping(source.columns, catalogue.vocabulary, words, request.as_of)
    try:
        text = request.mapping.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise RegistryFault(f"{request.mapping}:读不到映射文件({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise RegistryFault(f"{request.mapping}:映射文件不是 UTF-8 编码,请另存为 UTF-8") from error
    name = str(request.mapping)
    return text, read_mapping_file(
        text, name, source.columns, catalogue.vocabulary, words, request.as_of
    )


def key_of(
    request: Request, source: Source, catalogue: Catalogue, mapping: str, digest: str
) -> dict[str, Any]:
    """Name all that the staged rows follow from, in the words of the message for a change."""
    return {
        "程序版本": FORMAT,
        "规则": catalogue.version,
        "输入": digest,
        "行数": source.rows,
        "映射": hashlib.sha256(mapping.encode()).hexdigest(),
        "基准日": request.as_of.isoformat(),
        "分块": CHUNK,
    }


@contextmanager
def explained(request: Request) -> Iterator[None]:
    """Say of a full disk or a lost connection what happened and how to go on."""
    again = f"已做的部分留在 {request.out},处理好后加 --resume 接着做"
    try:
        yield
    except ConnectionLost as error:
        raise Interrupted(f"{error}。等数据库恢复后再继续;{again}") from error
    except (RegistryFault, KeyboardInterrupt):
        raise
    except Exception as error:
        code = getattr(error, "errno", None)
        text = str(error)
        if code in (errno.ENOSPC, errno.EDQUOT) or "No space left" in text:
            raise Interrupted(f"磁盘满了,写不下去。请腾出空间;{again}") from error
        if code == errno.EFBIG or "File too large" in text:
            raise Interrupted(f"文件超过了系统允许的大小。请放宽限制;{again}") from error
        raise


@dataclass
class _Job:
    request: Request
    catalogue: Catalogue
    folder: RunFolder
    progress: Progress
    timings: Timings

    def finish(
        self,
        source: Source,
        cleaner: Cleaner,
        measures: Sequence[Measure],
        make_engine: Callable[[], Engine],
        digest: str,
    ) -> dict[str, Any]:
        with self.timings.of("clean"):
            self.progress.start("读取和清洗", source.rows)
            staged = Staging(source, cleaner, self.folder).stage(self.progress.advance)
        with make_engine() as engine:
            tally, written, found = self._evaluate(engine, staged, measures)
            if self.request.near:
                self._near(engine, staged, written)
        summary = self._summary(source, staged, tally, written, engine.name)
        with self.timings.of("write"):
            write_page(summary, self.folder.new("summary.html"))
            write_workbook(summary, self.folder.new("summary.xlsx"))
            write_rejected(staged.rejected, self.folder.new)
            layout = staged.layout
            facts = self.folder.new("facts")
            facts.mkdir(exist_ok=True)
            _write_json(facts / LAYOUT, layout.to_json())
        changes = self._changes(summary)
        report = self._report(source, staged, summary, found, digest, changes)
        self.folder.publish(list(staged.parts), report)
        return report

    def _evaluate(
        self, engine: Engine, staged: Staged, measures: Sequence[Measure]
    ) -> tuple[Tally, Program, int]:
        vocabulary, layout = self.catalogue.vocabulary, staged.layout
        with self.timings.of("compile"):
            written = program(
                self.catalogue,
                measures,
                layout,
                self.request.as_of,
                general=self.request.general,
            )
        tally = Tally(written.asked, vocabulary)
        writer = FindingsWriter(
            self.folder.new(FINDINGS), [one.measure.id for one in written.asked]
        )
        with self.timings.of("evaluate"):
            self.progress.start("比对", staged.accepted)
            engine.load(staged.parts, layout.columns(vocabulary))
            try:
                for batch in engine.rows(written.expression):
                    tally.take(batch, writer, with_open=self._with_open)
                    self.progress.advance(batch.height)
            finally:
                writer.close()
        if tally.companies != staged.accepted:
            raise RuntimeError(f"{staged.accepted} companies went in, {tally.companies} came out")
        return tally, written, writer.rows

    def _near(self, engine: Engine, staged: Staged, written: Program) -> None:
        """Write who is one step away from which measure; the facts are loaded already."""
        with self.timings.of("near"):
            measures = [one.measure for one in written.asked]
            program = near_program(self.catalogue, measures, staged.layout, self.request.as_of)
            write_near(program, engine, self.folder.new(NEAR), self.catalogue.vocabulary)

    @property
    def _with_open(self) -> bool:
        # Only with the open findings too can the next run say what is newly open.
        return self.request.with_open or self.request.previous is not None

    def _summary(
        self, source: Source, staged: Staged, tally: Tally, written: Program, engine: str
    ) -> Summary:
        vocabulary = self.catalogue.vocabulary
        sets = tally.open_sets()
        columns = group_columns(staged.layout, vocabulary)
        titles = self.catalogue.by_id
        documents = {document.id: document.title for document in self.catalogue.documents}
        measures = tally.measures(documents)
        return Summary(
            input=source.name,
            as_of=self.request.as_of,
            rules_version=self.catalogue.version,
            engine=engine,
            rows=staged.rows,
            accepted=staged.accepted,
            rejected=staged.refused,
            branches=staged.branches,
            with_met=tally.with_met,
            automatic=tally.automatic,
            measures=measures,
            counties=tally.grouped(*columns["注册地"]),
            industries=tally.grouped(*columns["行业"]),
            open_findings=sum(item.open for item in measures),
            gaps=gaps(sets, vocabulary),
            shopping_list=shopping_list(sets, vocabulary),
            warnings=tuple(f"{said}({count:,} 行)" for said, count in staged.warnings.items()),
            refused=tuple(
                f"{id_} {titles[id_].title}:{why}" for id_, why in written.refused.items()
            ),
        )

    def _changes(self, summary: Summary) -> dict[str, Any]:
        if self.request.previous is None:
            return {}
        with self.timings.of("changes"):
            return write_changes(
                self.request.previous / FINDINGS,
                self.folder.new(FINDINGS),
                self.folder.new("changes.parquet"),
                [item.measure for item in summary.measures],
                self.catalogue.version,
            )

    def _report(
        self,
        source: Source,
        staged: Staged,
        summary: Summary,
        found: int,
        digest: str,
        changes: dict[str, Any],
    ) -> dict[str, Any]:
        filed = staged.layout.filed
        report: dict[str, Any] = {
            "format": FORMAT,
            "input": {"name": source.name, "format": source.format, "sha256": digest},
            "rules_version": self.catalogue.version,
            "as_of": self.request.as_of.isoformat(),
            "filed_on": filed.isoformat() if filed else None,
            "engine": summary.engine,
            "general": self.request.general,
            "with_open": self._with_open,
            "measures": [item.measure for item in summary.measures],
            "refused_measures": list(summary.refused),
            "counts": {
                "rows": staged.rows,
                "accepted": staged.accepted,
                "rejected": staged.refused,
                "branches": staged.branches,
                "with_met": summary.with_met,
                "automatic": summary.automatic,
                "findings": found,
                "met": sum(item.met for item in summary.measures),
                "open": summary.open_findings,
            },
            "rejections": staged.reasons,
            "warnings": staged.warnings,
            "seconds": self.timings.seconds,
        }
        if self.request.previous is not None:
            report["previous"] = str(self.request.previous)
            report["changes"] = changes
        return report


def _write_json(path: Path, data: Any) -> None:
    import json

    path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")


def layout_of(folder: Path) -> Layout:
    """Read the layout of a finished run's facts table."""
    import json

    return Layout.from_json(json.loads((folder / "facts" / LAYOUT).read_text(encoding="utf-8")))

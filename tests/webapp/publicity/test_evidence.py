"""Files of evidence: what is taken, where it lies, that a file is there exactly where a row names it."""

from __future__ import annotations

import io
import stat
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from tests.webapp.casework.conftest import NOW, Office
from tests.webapp.casework.test_races import _public as public_case
from webapp import limits
from webapp.cli import main
from webapp.services.cases.appeals import Plea, make_objection
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.evidence import Handed, Store, Swept, give, looked_at, of_case
from webapp.services.people.roles import VISITOR, Role
from webapp.tables.audit import AuditEntry

AGES = timedelta(days=365 * 30)
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
PDF = b"%PDF-1.7\n" + b"0" * 40


def packed(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return out.getvalue()


def named(value: object) -> str:
    """Name a test by its words, not by its bytes."""
    return value if isinstance(value, str) else "bytes"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "evidence")


def put(store: Store, name: str = "照片.png", data: bytes = PNG) -> Handed:
    handed = looked_at(name, data)
    store.put_aside(handed, data, NOW)
    return handed


def files(store: Store) -> list[str]:
    return sorted(p.name for p in store.folder.rglob("*") if p.is_file() and p.name != "lock")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.pdf", PDF),
        ("B.PNG", PNG),
        ("c.jpeg", b"\xff\xd8\xff\xe0" + b"0"),
        ("表.xlsx", packed("xl/workbook.xml", "a")),
        ("d.docx", packed("word/document.xml")),
    ],
    ids=named,
)
def test_what_is_what_its_name_says_is_taken(name: str, data: bytes) -> None:
    assert looked_at(name, data).size == len(data)


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.pdf", PNG, "evidence_differs"),
        ("a.png", PDF, "evidence_differs"),
        ("a.exe", PDF, "evidence_kind"),
        ("a.pdf.svg", b"<svg/>", "evidence_kind"),
        ("pdf", PDF, "evidence_kind"),
        ("a.xlsx", packed("word/document.xml"), "evidence_differs"),
        ("a.docx", packed("word/document.xml", "word/vbaProject.bin"), "evidence_differs"),
        ("a.docx", b"PK\x03\x04 no archive", "evidence_differs"),
        ("a.pdf", b"", "evidence_empty"),
        ("a.pdf", PDF + b"0" * limits.MAX_EVIDENCE_BYTES, "evidence_big"),
    ],
    ids=named,
)
def test_anything_else_is_refused_by_name(name: str, data: bytes, code: str) -> None:
    with pytest.raises(Refused, match=code) as caught:
        looked_at(name, data)
    assert caught.value.values["name"] == name


def test_a_file_at_the_limit_is_taken() -> None:
    data = PDF.ljust(limits.MAX_EVIDENCE_BYTES, b"0")
    assert looked_at("a.pdf", data).size == limits.MAX_EVIDENCE_BYTES


@pytest.mark.parametrize(
    "name", ["../../etc/a.pdf", "C:\\temp\\a.pdf", "a\u202e.pdf", "长" * 300 + ".pdf"]
)
def test_a_name_is_shown_and_leads_nowhere(store: Store, name: str) -> None:
    handed = put(store, name, PDF)
    assert "/" not in handed.name and "\\" not in handed.name and handed.name.isprintable()
    assert len(handed.name) <= limits.MAX_EVIDENCE_NAME
    assert handed.name.endswith(".pdf")
    assert files(store) == [handed.sha256]


def test_a_named_file_lies_under_its_digest_for_its_owner_alone(
    office: Office, store: Store
) -> None:
    case = public_case(office)
    handed = put(store)
    plea = Plea(case, "见照片", files=[handed])
    with store.keeping([handed], office.work.database):
        receipt = make_objection(office.work, plea, office.now, office.today, "k")
    place = store.folder / handed.sha256[:2] / handed.sha256
    assert place.read_bytes() == PNG
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700
    with office.work.database.reading() as session:
        (row,) = of_case(session, case)
        assert (row.appeal_id, row.file_name, row.sha256) == (receipt.id, "照片.png", handed.sha256)
    assert store.tidy(office.work.database, datetime.now(UTC) + AGES) == Swept(0, 0, 0)
    assert store.read(handed.sha256) == PNG


def test_where_the_plea_fails_its_file_is_swept(office: Office, store: Store) -> None:
    case = office.open(office.company("91440300MA0000001X", "深圳示例科技有限公司"))
    handed = put(store)
    with pytest.raises(Missing), store.keeping([handed], office.work.database):
        make_objection(
            office.work, Plea(case, "不公示的", files=[handed]), office.now, office.today
        )
    assert files(store) == []


def test_a_failed_plea_leaves_the_same_file_of_another_alone(office: Office, store: Store) -> None:
    case = public_case(office)
    handed = put(store)
    with store.keeping([handed], office.work.database):
        make_objection(office.work, Plea(case, "一", files=[handed]), office.now, office.today)
    put(store)
    with pytest.raises(Refused), store.keeping([handed], office.work.database):
        make_objection(office.work, Plea(case, " ", files=[handed]), office.now, office.today)
    assert store.read(handed.sha256) == PNG


def test_what_waited_too_long_goes_and_a_plea_with_it_is_told(office: Office, store: Store) -> None:
    handed = put(store)
    later = NOW + limits.EVIDENCE_WAITS + timedelta(days=365 * 30)
    other = looked_at("b.pdf", PDF)
    store.put_aside(other, PDF, later)
    assert files(store) == [other.sha256]
    with (
        pytest.raises(Refused, match="evidence_gone"),
        store.keeping([handed], office.work.database),
    ):
        raise AssertionError("never reached")


def test_waiting_files_have_a_limit_together(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.services.evidence.MAX_EVIDENCE_WAITING", len(PNG) + len(PDF) - 1)
    put(store)
    with pytest.raises(Refused, match="evidence_full"):
        put(store, "b.pdf", PDF)


def test_an_orphan_of_a_killed_process_is_swept(office: Office, store: Store) -> None:
    handed = put(store)
    store._keep(handed)
    other = put(store, "b.pdf", PDF)
    half = store.folder / "waiting" / f"{other.sha256}.half"
    half.write_bytes(b"1")
    database, now = office.work.database, datetime.now(UTC)
    assert store.tidy(database, now, sure=True) == Swept(0, 0, 0), "it may be about to be named"
    assert len(files(store)) == 3

    settled = now + limits.EVIDENCE_SETTLES + timedelta(seconds=1)
    with pytest.raises(Refused, match="evidence_unnamed"):
        store.tidy(database, settled)
    assert len(files(store)) == 3, "a database that names nothing may be another one"
    assert store.tidy(database, settled, sure=True) == Swept(1, 0, len(PNG))
    assert store.tidy(database, now + AGES) == Swept(0, 2, len(PDF) + 1)
    assert files(store) == []


def test_the_command_says_what_it_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIANSHEN_DATA", str(tmp_path))
    monkeypatch.delenv("MIANSHEN_DATABASE", raising=False)
    store = Store(tmp_path / "evidence")
    store._keep(put(store))
    (place,) = (store.folder / name[:2] / name for name in files(store))

    def run(*more: str) -> Result:
        return CliRunner().invoke(main, ["cases", "sweep-evidence", *more])

    assert "没有登记的文件 0 个" in run().output
    assert place.exists(), "kept within the hour"
    monkeypatch.setattr("webapp.services.evidence.EVIDENCE_SETTLES", timedelta(days=-1))
    refused = run()
    assert (refused.exit_code, place.exists()) == (2, True)
    assert "请先核对 MIANSHEN_DATABASE 和 MIANSHEN_DATA" in refused.output
    done = run("--all")
    assert f"没有登记的文件 1 个,没有提交的文件 0 个,共 {len(PNG)} 字节" in done.output
    assert not place.exists()


def test_staff_get_a_file_under_our_name_and_each_time_is_told(
    office: Office, store: Store
) -> None:
    case = public_case(office)
    handed = put(store, "../张三的身份证.pdf", PDF)
    with store.keeping([handed], office.work.database):
        make_objection(office.work, Plea(case, "见附件", files=[handed]), office.now, office.today)
    database, sealer = office.work.database, office.work.sealer
    reviewer = office.people[Role.REVIEWER]
    for _ in range(2):
        given = give(database, store, sealer, reviewer, 1, NOW)
        assert (given.name, given.media_type, given.data) == (
            f"evidence-{case}-1.pdf",
            "application/pdf",
            PDF,
        )
    with database.reading() as session:
        told = session.scalars(select(AuditEntry).filter_by(action="evidence.read")).all()
        assert [row.actor for row in told] == [reviewer.said] * 2
        assert all("张三" not in str(vars(row)) for row in told)
    for nobody in (VISITOR, office.people[Role.COMPANY], office.people[Role.DATA]):
        with pytest.raises(Missing):
            give(database, store, sealer, nobody, 1, NOW)
    with pytest.raises(Missing):
        give(database, store, sealer, reviewer, 99, NOW)


def test_a_file_that_was_changed_on_the_disk_is_not_given(office: Office, store: Store) -> None:
    case = public_case(office)
    handed = put(store)
    with store.keeping([handed], office.work.database):
        make_objection(office.work, Plea(case, "见照片", files=[handed]), office.now, office.today)
    (store.folder / handed.sha256[:2] / handed.sha256).write_bytes(b"other")
    reviewer = office.people[Role.REVIEWER]
    with pytest.raises(Refused, match="evidence_changed"):
        give(office.work.database, store, office.work.sealer, reviewer, 1, NOW)

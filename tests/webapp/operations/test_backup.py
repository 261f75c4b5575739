"""A backup is rehearsed: filled, backed up, restored elsewhere, and everything is there again, row for row."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import MetaData, select, update

from matcher.catalogue import Catalogue
from tests.webapp.desk.demonstration import KEY, NOW, fill, make_app
from webapp.cli import main
from webapp.database import Database
from webapp.operations.manifest import NAME
from webapp.services.evidence import looked_at, name_files
from webapp.services.people.roles import SYSTEM
from webapp.shared import Portal
from webapp.tables.audit import AuditHead
from webapp.tables.cases import CaseRow, Evidence

PDF = b"%PDF-1.7 what a company handed in"


@dataclass
class Installation:
    """A database and a data folder, on which commands are run."""

    url: str
    data: Path
    key: str = KEY

    def run(self, *words: str) -> Result:
        """Run a command on it."""
        settings = {
            "MIANSHEN_DATABASE": self.url,
            "MIANSHEN_DATA": str(self.data),
            "MIANSHEN_SECRET_KEY": self.key,
        }
        return CliRunner().invoke(main, list(words), env=settings)

    def rows(self) -> dict[str, list[tuple[object, ...]]]:
        """Give all rows of all tables, in an order that does not depend on the database."""
        with closing(Database(self.url)) as database, database.engine.connect() as connection:
            found = MetaData()
            found.reflect(connection)
            return {
                name: sorted(map(tuple, connection.execute(select(table))), key=repr)
                for name, table in found.tables.items()
            }

    def files(self) -> dict[str, bytes]:
        """Give the files of the data folder that are worth keeping, with what they hold."""
        return {
            path.relative_to(self.data).as_posix(): path.read_bytes()
            for path in self.data.rglob("*")
            if path.is_file() and "sqlite3" not in path.name and path.name != "lock"
        }


@pytest.fixture
def filled(database: Database, sample_catalogue: Catalogue, tmp_path: Path) -> Installation:
    """An installation with the demonstration, a file of evidence, a list, and what lies there for the moment."""
    url = database.engine.url.render_as_string(hide_password=False)
    data = tmp_path / "data"
    data.mkdir()
    app = make_app(sample_catalogue, data, DATABASE_URL=url)
    fill(app)
    held: Portal = app.extensions["mianshen"]
    handed = looked_at("营业执照.pdf", PDF)
    held.evidence.put_aside(handed, PDF, NOW)
    with held.evidence.keeping([handed], held.database), held.database.writing() as session:
        case = session.scalars(select(CaseRow.id).limit(1)).one()
        name_files(session, SYSTEM, case, None, [handed], NOW)
    held.evidence.put_aside(looked_at("还没交.pdf", PDF + b"2"), PDF + b"2", NOW)
    (data / "lists").mkdir()
    (data / "lists" / "名单.csv").write_text("代码\n", encoding="utf-8")
    held.database.close()
    return Installation(url, data)


@pytest.fixture
def elsewhere(
    database: Database, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[[str], Installation]]:
    """Makes empty installations of the same kind of database."""

    def made(name: str) -> Installation:
        folder = tmp_path / name
        folder.mkdir()
        url = f"sqlite:///{folder / 'mianshen.sqlite3'}"
        return Installation(
            url if database.embedded else request.getfixturevalue("postgres"), folder
        )

    return made


def test_what_was_backed_up_is_there_again_row_for_row(
    filled: Installation, elsewhere: Callable[[str], Installation], tmp_path: Path
) -> None:
    folder = tmp_path / "backup"
    made = filled.run("backup", str(folder))
    assert made.exit_code == 0, made.output
    kept = {path.name for path in folder.rglob("*") if path.is_file()}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if path.is_file()} == {
        0o600
    }
    assert "secret-key" not in kept
    assert looked_at("还没交.pdf", PDF + b"2").sha256 not in kept

    other = elsewhere("restored")
    restored = other.run("restore", str(folder))
    assert restored.exit_code == 0, restored.output
    assert "核对无误" in restored.output
    assert other.rows() == filled.rows()
    assert len(other.rows()["cases"]) > 15
    waiting = {name: held for name, held in filled.files().items() if "/waiting/" not in name}
    assert other.files() == waiting
    assert PDF in waiting.values()
    verified = other.run("audit", "verify")
    assert verified.exit_code == 0, verified.output

    again = other.run("restore", str(folder))
    assert again.exit_code == 2
    assert "不是空的" in again.output
    assert other.files() == waiting


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_was_amiss_before_is_said_and_the_rest_is_still_kept_and_restored(
    filled: Installation, elsewhere: Callable[[str], Installation], tmp_path: Path
) -> None:
    with closing(Database(filled.url)) as database, database.writing() as session:
        session.execute(update(AuditHead).values(hash="0" * 64))
        digest = session.scalars(select(Evidence.sha256)).one()
    (filled.data / "evidence" / digest[:2] / digest).unlink()
    made = filled.run("backup", str(tmp_path / "backup"))
    assert made.exit_code == 1
    assert "有 1 个不在数据目录里" in made.output

    other = elsewhere("restored")
    restored = other.run("restore", str(tmp_path / "backup"))
    assert restored.exit_code == 1
    assert "链尾的登记与最后一条记录不一致" in restored.output
    assert "有 1 个备份里没有" in restored.output
    assert other.rows() == filled.rows()


# --- one database is enough for the rest -----------------------------------------------------------


@pytest.fixture
def small(tmp_path: Path, sqlite_schema: Path) -> Installation:
    """An installation in which nothing happened yet."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "mianshen.sqlite3").write_bytes(sqlite_schema.read_bytes())
    return Installation(f"sqlite:///{data / 'mianshen.sqlite3'}", data)


def test_a_backup_that_is_not_as_its_manifest_says_is_not_restored(
    small: Installation, tmp_path: Path
) -> None:
    folder = tmp_path / "backup"
    (small.data / "evidence").mkdir()
    (small.data / "evidence" / "file").write_bytes(PDF)
    small.run("backup", str(folder))
    (tmp_path / "new").mkdir()
    other = Installation(f"sqlite:///{tmp_path / 'new' / 'mianshen.sqlite3'}", tmp_path / "new")
    stored, evidence = folder / "database.sqlite3", folder / "data" / "evidence" / "file"
    manifest = json.loads((folder / NAME).read_text(encoding="utf-8"))

    def refused(said: str) -> None:
        result = other.run("restore", str(folder))
        assert result.exit_code == 2, result.output
        assert said in result.output
        assert other.files() == {}
        assert other.rows() == {}

    with _changed(stored, stored.read_bytes()[:-1] + b"!"):
        refused("与清单不符")
    with _changed(evidence, None):
        refused("清单里有,备份里没有")
    with _changed(folder / "data" / "more", b"x"):
        refused("清单里没有这个文件")
    for told, said in (
        ({"revision": "9999"}, "比这个程序新"),
        ({"database": "other"}, "备份来自 other"),
        ({"format": 2}, "不是这个版本认识的"),
        ({"files": [{"path": "../x", "size": 1, "sha256": ""}]}, "指到备份之外"),
        ({"files": [{}]}, "内容不完整"),
    ):
        with _changed(folder / NAME, json.dumps(manifest | told).encode()):
            refused(said)
    with _changed(folder / NAME, None):
        refused("不是完整的备份")
    other.key = "another-key-" * 4
    refused("不是备份时的那一把")


@contextmanager
def _changed(path: Path, data: bytes | None) -> Iterator[None]:
    """Let a file hold something else for a while, or not be there."""
    before = path.read_bytes() if path.exists() else None
    _put(path, data)
    yield
    _put(path, before)


def _put(path: Path, data: bytes | None) -> None:
    if data is None:
        path.unlink()
    else:
        path.write_bytes(data)


def test_a_backup_goes_into_a_folder_of_its_own_whole_or_not_at_all(
    small: Installation, tmp_path: Path
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").touch()
    for folder, said in (
        (small.data / "backup", "在数据目录"),
        (tmp_path / "no" / "where", "没有这个目录"),
        (tmp_path / "full", "已经有内容"),
    ):
        result = small.run("backup", str(folder))
        assert result.exit_code == 2, result.output
        assert said in result.output
    (small.data / "link").symlink_to("/etc/hostname")
    assert "是符号链接" in small.run("backup", str(tmp_path / "new")).output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "full"]

    small.url = f"sqlite:///{tmp_path / 'nowhere.sqlite3'}"
    assert "没有数据库" in small.run("backup", str(tmp_path / "new")).output
    assert not (tmp_path / "nowhere.sqlite3").exists()


def test_an_older_backup_is_brought_up_to_date(small: Installation, tmp_path: Path) -> None:
    with closing(Database(small.url)) as database:
        head = database.revision()
        database.downgrade("-1")
        older = database.revision()
    assert small.run("backup", str(tmp_path / "backup")).exit_code == 0
    other = Installation(f"sqlite:///{tmp_path / 'new.sqlite3'}", tmp_path / "new")
    result = other.run("restore", str(tmp_path / "backup"))
    assert result.exit_code == 0, result.output
    assert f"{older} → {head}" in result.output


def test_without_a_key_nothing_is_restored_and_none_is_made(
    small: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert small.run("backup", str(tmp_path / "backup")).exit_code == 0
    monkeypatch.delenv("MIANSHEN_SECRET_KEY", raising=False)
    monkeypatch.setenv("MIANSHEN_DATABASE", f"sqlite:///{tmp_path / 'new.sqlite3'}")
    monkeypatch.setenv("MIANSHEN_DATA", str(tmp_path / "new"))
    result = CliRunner().invoke(main, ["restore", str(tmp_path / "backup")])
    assert result.exit_code == 2
    assert "没有密钥" in result.output
    assert not (tmp_path / "new").exists()


def test_a_server_without_its_client_programs_is_told_in_a_sentence(
    postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    server = Installation(postgres, tmp_path / "data")
    server.run("database", "upgrade")
    monkeypatch.setenv("PATH", str(tmp_path))
    result = server.run("backup", str(tmp_path / "backup"))
    assert result.exit_code == 2
    assert "没有找到 pg_dump。请安装 PostgreSQL 的客户端程序" in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["data"]

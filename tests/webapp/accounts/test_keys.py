"""Changing the installation's key: older ones still open and vouch, everything is sealed anew, then they go."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from tests.webapp.accounts.conftest import HASHER, KEY, PASSWORD, CountingPasswords, House
from tests.webapp.accounts.test_erasure import add_case
from tests.webapp.conftest import NOON
from tests.webapp.html import parse
from webapp import create_app
from webapp.cli import main
from webapp.database import Database
from webapp.models import Base
from webapp.services import profiles, rekeying
from webapp.services.audit.verify import Signer, keep_head, verify
from webapp.services.evidence import Handed
from webapp.services.people import consents
from webapp.services.people.accounts import accounts_of
from webapp.services.people.roles import Role
from webapp.services.people.signing_in import Devices
from webapp.services.recovery import Recovery
from webapp.services.rekeying import SEALED, seal_anew
from webapp.services.vault import Vault
from webapp.settings import SettingsFault, secret_keys, settings
from webapp.tables.audit import DailyHead
from webapp.tables.cases import Appeal, CaseAccount
from webapp.tables.following import Mailbox, Subscription
from webapp.tables.money import PaymentFile, PaymentLine
from webapp.uploads import Parcel

NEW, FOREIGN = "the-newer-one-" * 4, "somebody-elses-" * 4
KEYS = (NEW, KEY)
ACCOUNT = "6222000011112222"
CODE = "91340100MA2ABCDE0X"


@pytest.fixture
def full(house: House) -> House:
    """A house with something in every column that is sealed, under the key that was used so far."""
    vault, company = Vault(KEY.encode()), house.company(CODE)
    people = [house.person(Role.DESK, second=True) for _ in range(5)]
    by = int(people[0].id or 0)
    case = add_case(house, company, "paid", "a/1", by)
    with house.database.writing() as session:
        session.execute(update(CaseAccount).values(number_sealed=vault.seal(ACCOUNT)))
        session.execute(update(Appeal).values(contact_sealed=vault.seal("王某")))
        file = PaymentFile(number="1", lines=1, total_fen=1, sha256="", made_by=by, made_at=NOON)
        session.add(file)
        session.flush()
        session.add(
            PaymentLine(
                file_id=file.id, place=1, case_id=case, company_id=company, measure_id="a/1",
                period=2026, holder="云岭", bank="某行", number_sealed=vault.seal(ACCOUNT),
                amount_fen=1, state="paid",
            )
        )  # fmt: skip
        link = {"token_hash": "0" * 64, "token_sealed": vault.seal("a link")}
        address = vault.seal("a@example.cn")
        session.add(Mailbox(user_id=by, address_sealed=address, asked_at=NOON, **link))
        session.add(
            Subscription(
                user_id=by, facet="", value="", language="zh", by_mail=True, begun_at=NOON, **link
            )
        )  # fmt: skip
    return house


def opened(house: House, *keys: str) -> dict[str, list[str]]:
    """Open all that is sealed with some keys alone."""
    vault = Vault(*(key.encode() for key in keys))
    with house.database.reading() as session:
        return {
            kind: [vault.open(one) for one in session.scalars(select(column)) if one]
            for kind, (_, column) in SEALED.items()
        }


def test_every_sealed_column_is_known() -> None:
    named = {
        column
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name.endswith("_sealed") or column.name == "totp_secret"
    }
    assert {column.property.columns[0] for _, column in SEALED.values()} == named


def test_all_that_was_sealed_is_sealed_anew(full: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rekeying, "ROWS", 2)
    before = opened(full, KEY)
    found = seal_anew(full.database, KEYS, NOON)
    once = dict.fromkeys(SEALED.keys() - {"seconds"}, 1)
    assert found.done == {**once, "seconds": 5, "heads": 0}
    assert opened(full, NEW) == before
    assert ("keys.rotate", "done") in full.deeds()

    again = seal_anew(full.database, KEYS, NOON)
    assert set(again.done.values()) == {0}
    assert not any(again.shut.values())


def test_one_that_was_stopped_goes_on(full: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rekeying, "ROWS", 2)
    write, calls = rekeying._write, []

    def stopping(*given: Any) -> int:
        calls.append(given)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return write(*given)

    monkeypatch.setattr(rekeying, "_write", stopping)
    with pytest.raises(KeyboardInterrupt):
        seal_anew(full.database, KEYS, NOON)
    before = opened(full, *KEYS)
    monkeypatch.setattr(rekeying, "_write", write)
    assert seal_anew(full.database, KEYS, NOON).done["seconds"] == 1
    assert opened(full, NEW) == before


def test_what_changed_meanwhile_is_left_and_what_no_key_opens_is_named(
    full: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = Vault(NEW.encode()).seal("李某")
    write = rekeying._write

    def late(database: Database, key: Any, column: Any, changes: Any) -> int:
        if column is Appeal.contact_sealed:
            with database.writing() as session:
                session.execute(update(Appeal).values(contact_sealed=newer))
        return write(database, key, column, changes)

    monkeypatch.setattr(rekeying, "_write", late)
    foreign = Vault(FOREIGN.encode()).seal(ACCOUNT)
    with full.database.writing() as session:
        session.execute(update(CaseAccount).values(number_sealed=foreign))
    found = seal_anew(full.database, KEYS, NOON)
    assert (found.done["contacts"], found.done["accounts"]) == (0, 0)
    assert {kind for kind, n in found.shut.items() if n} == {"accounts"}
    with full.database.reading() as session:
        assert session.scalars(select(Appeal.contact_sealed)).all() == [newer]
        assert session.scalars(select(CaseAccount.number_sealed)).all() == [foreign]


def test_heads_of_the_audit_are_signed_anew_where_they_were_ours(house: House) -> None:
    company = house.company(CODE)
    owner = house.person(Role.COMPANY, companies=(company,))
    consents.give(house.accounts, owner, company, "税务局", frozenset({"税务局"}), NOON)
    with house.database.writing() as session:
        head = keep_head(session, Signer(KEY.encode()), NOON.date() + timedelta(days=1))
        assert head is not None
        session.add(DailyHead(day=date(2026, 1, 1), place=1, hash=head.hash, signature="forged"))
    assert seal_anew(house.database, KEYS, NOON).done["heads"] == 1
    with house.database.reading() as session:
        flaws = {flaw.code for flaw in verify(session, Signer(NEW.encode())).flaws}
        assert flaws == {"head_forged"}, "the forged one stays to be found"
        kept_elsewhere = verify(session, Signer(NEW.encode(), KEY.encode()), [head])
        assert [flaw.place for flaw in kept_elsewhere.flaws] == [1]


def test_codes_on_paper_work_while_the_older_key_is_kept(house: House) -> None:
    person = int(house.person(Role.DESK).id or 0)
    token = profiles.create(house.database, {}, NOON)
    old = Recovery(house.database, KEY)
    old.enrol(token)
    code = old.code(token)
    with house.database.writing() as session:
        spare, other, *_ = house.accounts.second.new_spares(session, person)

    after = accounts_of(house.database, NEW, CountingPasswords(), [KEY])
    recovery = Recovery(house.database, NEW, [KEY])
    with house.database.writing() as session:
        assert after.second.take(session, person, spare, NOON)
    recovery.enrol(token)  # a later save leaves the code on paper what it is
    assert recovery.code(token) == code
    assert recovery.find(code, "a", NOON) == token

    dropped = accounts_of(house.database, NEW, CountingPasswords())
    alone = Recovery(house.database, NEW)
    with house.database.writing() as session:
        assert not dropped.second.take(session, person, other, NOON)
    assert alone.find(code, "b", NOON) is None
    assert not alone.works(token)
    alone.enrol(token)
    assert alone.code(token) != code
    assert alone.find(alone.code(token), "c", NOON) == token


def test_signatures_are_believed_while_the_older_key_is_kept() -> None:
    file = Handed("合同.pdf", "application/pdf", 1, "a" * 64)
    packed = Parcel([KEY]).pack([file])
    assert Parcel([KEY, NEW]).unpack(packed) == [file]
    assert Parcel([NEW]).unpack(packed) == []
    assert Parcel([NEW]).unpack(Parcel([KEY, NEW]).pack([file])) == [file], "the newest signs"

    kept = Devices(KEY.encode()).make("wang")
    assert Devices(NEW.encode(), KEY.encode()).nonce("wang", kept)
    assert not Devices(NEW.encode()).nonce("wang", kept)
    assert not Devices(NEW.encode(), KEY.encode()).nonce("li", kept)


@pytest.mark.parametrize(("older", "answer"), [((KEY,), 303), ((), 400)])
def test_a_form_that_was_open_is_taken_while_the_older_key_is_kept(
    config: dict[str, Any], older: tuple[str, ...], answer: int
) -> None:
    shared = {**config, "PASSWORD_HASHER": HASHER, "OIDC": None}
    before = create_app({**shared, "SECRET_KEY": KEY})
    House(before.extensions["mianshen-accounts"].accounts).person(Role.COMPANY, login="wang")
    client = before.test_client()
    token = parse(client.get("/login").text).all("form")[-1].values()["csrf_token"]

    after = create_app({**shared, "SECRET_KEY": NEW, "SECRET_KEY_FALLBACKS": older})
    moved = after.test_client()
    moved._cookies = client._cookies
    typed = {"login": "wang", "password": PASSWORD, "csrf_token": token}
    assert moved.post("/login", data=typed).status_code == answer
    for app in (before, after):
        app.extensions["mianshen"].database.close()


# --- settings and the command --------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of an installation of its own, without keys in the environment."""
    monkeypatch.setenv("MIANSHEN_DATA", str(tmp_path))
    for name in ("MIANSHEN_DATABASE", "MIANSHEN_SECRET_KEY", "MIANSHEN_SECRET_KEY_FALLBACKS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_older_keys_come_from_the_environment_and_from_the_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (made,) = secret_keys()
    (folder / "secret-key").write_text(f"{NEW}\n{made}\n", encoding="ascii")
    assert secret_keys() == (NEW, made)
    monkeypatch.setenv("MIANSHEN_SECRET_KEY_FALLBACKS", f" {KEY}  {NEW} ")
    assert secret_keys() == (NEW, made, KEY)
    monkeypatch.setenv("MIANSHEN_SECRET_KEY", FOREIGN)
    assert secret_keys() == (FOREIGN, KEY, NEW)
    found = settings({"OIDC": None})
    assert (found["SECRET_KEY"], found["SECRET_KEY_FALLBACKS"]) == (FOREIGN, [KEY, NEW])

    monkeypatch.setenv("MIANSHEN_SECRET_KEY_FALLBACKS", f"{KEY} short")
    with pytest.raises(SettingsFault, match="MIANSHEN_SECRET_KEY_FALLBACKS 太短"):
        secret_keys()
    monkeypatch.delenv("MIANSHEN_SECRET_KEY")
    (folder / "secret-key").write_text(f"{NEW}\nshort\n", encoding="ascii")
    with pytest.raises(SettingsFault, match="每行一把密钥"):
        secret_keys()


def test_the_command_says_how_much_it_sealed_anew(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIANSHEN_SECRET_KEY", KEY)
    made = CliRunner().invoke(main, ["users", "first", "--login", "wang", "--name", "王某"])
    assert made.exit_code == 0, made.output
    database = Database(f"sqlite:///{folder / 'mianshen.sqlite3'}")
    house = House(accounts_of(database, KEY, CountingPasswords()))
    house.person(Role.DESK, second=True)
    with database.writing() as session:
        house.accounts.second.new_spares(session, 2)
    database.close()

    def run() -> Any:
        return CliRunner().invoke(main, ["users", "rotate-keys"])

    monkeypatch.setenv("MIANSHEN_SECRET_KEY", NEW)
    refused = run()
    assert refused.exit_code == 2
    assert "现有的密钥打不开:动态码 1 个" in refused.output
    assert "加进 MIANSHEN_SECRET_KEY_FALLBACKS 后再运行一次" in refused.output
    monkeypatch.setenv("MIANSHEN_SECRET_KEY_FALLBACKS", KEY)
    done = run()
    assert done.exit_code == 0, done.output
    assert "已用新密钥重新封存:动态码 1 个,收款账号 0 个" in done.output
    assert "备用码 10 个" in done.output
    monkeypatch.delenv("MIANSHEN_SECRET_KEY_FALLBACKS")
    assert run().exit_code == 0, "the older key may go"

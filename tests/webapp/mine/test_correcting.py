"""A company contradicts a department: both stand, the department counts until staff have decided."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from matcher.profile import FactKey
from tests.webapp.casework.conftest import NOW, TODAY, Office
from tests.webapp.city import NAME, OTHER_CODE, OTHER_NAME, City
from tests.webapp.html import parse
from webapp.services.audit.verify import Signer, verify
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.people.roles import Actor, Role
from webapp.services.registry.conflicts import conflicts_of, settle
from webapp.services.registry.correcting import correct, shown
from webapp.services.registry.facts import known, profile_from
from webapp.tables.registry import FactRow

CODE = "91440300MA0000001X"


def fact(office: Office, company: int, attribute: str, member: str = "") -> int:
    with office.work.database.reading() as session:
        wanted = select(FactRow.id).filter_by(
            company_id=company, attribute=attribute, member=member, known_until=None
        )
        return session.scalars(wanted.where(FactRow.assurance == "attested")).one()


def said(
    office: Office, company: int, actor: Actor, place: int, right: dict[str, object], words: str
) -> None:
    vocabulary = office.work.prover.catalogue.vocabulary
    correct(
        office.work.database,
        office.work.sealer,
        vocabulary,
        actor,
        company,
        place,
        right,
        words,
        NOW,
    )


def region(office: Office, company: int) -> str:
    """Give where the company is registered, by what counts now."""
    vocabulary = office.work.prover.catalogue.vocabulary
    with office.work.database.reading() as session:
        profile = profile_from(known(session, company, TODAY), vocabulary, TODAY)
    return str(profile.value(FactKey("注册地", None, None)))


def test_both_stand_and_one_of_staff_decides(office: Office) -> None:
    company = office.company(CODE, NAME)
    place = fact(office, company, "注册地")
    before = region(office, company)
    said(office, company, office.owner(company), place, {"注册地": "合肥市"}, "3 月已迁址")
    assert region(office, company) == before

    with office.work.database.reading() as session:
        (conflict,) = conflicts_of(session, company, unsettled=True)
        assert not conflict.needs_two
        declared = next(one for one in (conflict.first, conflict.second) if one.id != place)
        assert (declared.assurance, declared.source) == ("declared", "企业更正:3 月已迁址")
        id_, chosen = conflict.id, declared.id
    handler = office.people[Role.HANDLER]
    settle(office.work.database, office.work.sealer, handler, id_, chosen, "看过执照", NOW)
    assert region(office, company) != before
    with office.work.database.reading() as session:
        assert conflicts_of(session, company, unsettled=True) == []
        assert verify(session, Signer(b"only-for-tests-" * 4)).flaws == ()


def test_a_correction_never_becomes_attested(office: Office) -> None:
    company = office.company(CODE, NAME)
    place = fact(office, company, "资质", "高新技术企业")
    said(
        office,
        company,
        office.owner(company),
        place,
        {"资质": {"高新技术企业": "没有"}},
        "未获认定",
    )
    with office.work.database.reading() as session:
        rows = session.scalars(select(FactRow).filter_by(company_id=company)).all()
        assert {row.assurance for row in rows if row.source} == {"declared"}


@pytest.mark.parametrize(
    ("right", "words", "code"),
    [
        ({"注册地": "深圳市"}, "一样的", "correction_same"),
        ({}, "什么也没说", "correction_missing"),
        ({"资质": {"高新技术企业": "没有"}}, "别的事", "correction_missing"),
        ({"注册地": "合肥市"}, " ", "correction_words"),
        ({"注册地": "合肥市"}, "长" * 151, "correction_words"),
    ],
)
def test_what_corrects_nothing_is_refused_and_changes_nothing(
    office: Office, right: dict[str, object], words: str, code: str
) -> None:
    company = office.company(CODE, NAME)
    place = fact(office, company, "注册地")
    with pytest.raises(Refused, match=code):
        said(office, company, office.owner(company), place, right, words)
    with office.work.database.reading() as session:
        assert conflicts_of(session, company) == []
        assert {row.assurance for row in session.scalars(select(FactRow))} == {"attested"}


def test_a_fact_of_another_company_cannot_be_named(office: Office) -> None:
    mine, theirs = office.company(CODE, NAME), office.company(OTHER_CODE, OTHER_NAME)
    place = fact(office, theirs, "注册地")
    for company, actor in ((mine, office.owner(mine)), (theirs, office.owner(mine))):
        with pytest.raises(Missing):
            said(office, company, actor, place, {"注册地": "合肥市"}, "不是我的")


def test_the_list_says_who_shared_what_and_what_is_contradicted(office: Office) -> None:
    company = office.company(CODE, NAME)
    said(
        office,
        company,
        office.owner(company),
        fact(office, company, "注册地"),
        {"注册地": "合肥市"},
        "已迁址",
    )
    vocabulary = office.work.prover.catalogue.vocabulary
    with office.work.database.reading() as session:
        rows = shown(session, company, vocabulary, TODAY)
        assert all(one.key is not None for one in rows)
        assert [one.attested for one in rows] == sorted(
            (one.attested for one in rows), reverse=True
        )
        assert {one.row.attribute for one in rows if one.disputed} == {"注册地"}


# --- the page --------------------------------------------------------------------------------------


@pytest.fixture
def company(city: City) -> int:
    return city.company()


@pytest.fixture
def owner(city: City, company: int) -> FlaskClient:
    return city.browser(city.owners[company])


def test_a_typed_value_is_checked_as_in_the_form(
    city: City, company: int, owner: FlaskClient
) -> None:
    place = fact(city.office, company, "注册地")
    address = f"/my/{company}/facts/{place}"
    form = parse(owner.get(address).text)
    assert "市场监管局 2026-03 共享" in form.text()
    (name,) = [
        one.get("name")
        for one in form.all("input")
        if one.get("name").startswith("a_") and one.get("type") != "checkbox"
    ]
    for typed in ("火星", "不清楚", ""):
        wrong = owner.post(address, data={name: typed, "words": "已迁址到 <b>合肥</b>"})
        assert wrong.status_code == 422, typed
        assert "已迁址到 &lt;b&gt;合肥" in wrong.text
    right = owner.post(address, data={name: "合肥市", "words": "已迁址"})
    assert right.status_code == 303
    shown = " ".join(parse(owner.get(right.location).text).text().split())
    assert "已提交,工作人员会核实。" in shown
    assert "已提出更正,等工作人员核实" in shown


def test_a_title_is_corrected_by_a_choice_without_a_way_out(
    city: City, company: int, owner: FlaskClient
) -> None:
    address = f"/my/{company}/facts/{fact(city.office, company, '资质', '高新技术企业')}"
    form = parse(owner.get(address).text)
    radios = [one.get("value") for one in form.all("input") if one.get("type") == "radio"]
    assert radios == ["held", "none"]
    assert owner.post(address, data={"answer": "none", "words": "已撤销"}).status_code == 303


def test_what_a_department_decides_is_sent_to_the_department(
    city: City, company: int, owner: FlaskClient
) -> None:
    address = f"/my/{company}/facts/{fact(city.office, company, '信用名单', '失信被执行人')}"
    shown = owner.get(address)
    assert shown.status_code == 200
    if "不能在网上更正" in shown.text:
        assert owner.post(address, data={"words": "x"}).status_code == 422


def test_a_foreign_fact_is_not_found(city: City, company: int, owner: FlaskClient) -> None:
    other = city.company(OTHER_NAME, OTHER_CODE)
    place = fact(city.office, other, "注册地")
    assert owner.get(f"/my/{company}/facts/{place}").status_code == 404
    assert owner.post(f"/my/{company}/facts/{place}", data={"words": "x"}).status_code == 404

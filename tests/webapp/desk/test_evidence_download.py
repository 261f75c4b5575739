"""What was handed in with an objection, as staff get it on the desk."""

from __future__ import annotations

from sqlalchemy import select

from tests.webapp.desk.demonstration import Stage, opened
from tests.webapp.publicity.test_evidence import PNG
from webapp.services.cases.appeals import Plea, make_objection
from webapp.services.evidence import looked_at
from webapp.tables.audit import AuditEntry


def handed_in(stage: Stage) -> str:
    """Object to a public case with a photograph; give the address that its case page links."""
    held, case = stage.held, stage.case("publicised")
    photograph = looked_at("照片.png", PNG)
    held.evidence.put_aside(photograph, PNG, held.now())
    plea = Plea(case.id, "见照片", files=[photograph])
    with held.evidence.keeping([photograph], held.database):
        make_objection(held.casework, plea, held.now(), held.today(), "k")
    page = opened(stage.browser("jingban"), f"/desk/cases/{case.id}")
    (link,) = [one for one in page.all("a") if one.text() == "照片.png"]
    return link.get("href")


def test_a_file_comes_as_an_attachment_under_a_name_of_ours_and_is_audited(stage: Stage) -> None:
    address = handed_in(stage)
    answer = stage.browser("jingban").get(address)
    assert answer.data == PNG
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="evidence-')
    assert "照片" not in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    with stage.held.database.reading() as session:
        noted = select(AuditEntry).filter_by(action="evidence.read", result="done")
        assert len(session.scalars(noted).all()) == 1


def test_who_sees_no_cases_gets_no_files_and_there_is_no_other(stage: Stage) -> None:
    address = handed_in(stage)
    assert stage.browser("shuju").get(address).status_code == 403
    assert stage.browser("jingban").get("/desk/evidence/999999").status_code == 404

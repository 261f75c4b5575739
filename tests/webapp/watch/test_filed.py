"""Money on its way is stopped by the watch: the payment is withdrawn, and the case waits for the bank."""

from __future__ import annotations

import pytest

from tests.webapp.casework.test_money import NAMES, approved, filed, returned
from tests.webapp.casework.test_withdrawing import row
from tests.webapp.watch.conftest import HIGH_TECH, Watching
from tests.webapp.watch.test_worker import DEFAULTER, LOST, drained, out_of_force_for, reasons
from webapp.services.cases import withdrawals
from webapp.services.watch.review import CREDIT_GONE, OVER, PROOF_GONE


def on_its_way(watching: Watching) -> tuple[int, int, str]:
    """File a payment; give its company, its case and the number of the file."""
    office = watching.office
    (case,) = approved(office, NAMES[0])
    number = filed(office, [case]).number
    drained(watching)
    assert office.case(case).state == "filed"
    return office.case(case).company_id, case, number


def stops(watching: Watching) -> list[str]:
    return [reason for action, reason, _ in reasons(watching) if action == "suspend"]


@pytest.mark.parametrize(("facts", "why"), [(LOST, PROOF_GONE), (DEFAULTER, CREDIT_GONE)])
def test_a_changed_fact_stops_a_payment_that_was_filed(
    watching: Watching, facts: dict[str, object], why: str
) -> None:
    company, case, number = on_its_way(watching)
    watching.later(hours=1)
    watching.learn(company, facts)
    drained(watching)
    assert watching.cases() == {(company, HIGH_TECH): "suspended"}
    assert stops(watching) == [why]
    with watching.office.work.database.reading() as session:
        assert [(one.case, one.file) for one in withdrawals.waiting(session)] == [(case, number)]
    drained(watching)
    assert len(stops(watching)) == 1


def test_the_case_of_a_measure_that_is_over_ends_once_the_bank_has_answered(
    watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    company, case, number = on_its_way(watching)
    office = watching.office
    monkeypatch.setattr(office.work.prover, "prove", out_of_force_for(office.work.prover, company))
    for state in ("suspended", "suspended"):
        watching.later(1)
        drained(watching)
        assert office.case(case).state == state
    assert stops(watching) == [OVER]
    assert watching.not_done() == 0  # an expiry that has to wait is no failure
    returned(office, row(number, "已撤回"))
    watching.later(1)
    drained(watching)
    assert office.case(case).state == "expired"
    assert office.case(case).budget_id is None

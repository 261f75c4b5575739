"""Every form of the portal with anything in it: answered, nothing strange shown, what is saved can be read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher.catalogue import Catalogue
from tests.conftest import SOAK
from tests.webapp.conftest import NOON, TODAY
from tests.webapp.html import parse
from tests.webapp.walking import Control, Walked, nothing_strange, send
from webapp import create_app

ANSWERS = frozenset({200, 303, 404, 409, 413, 422, 429})
WORDS = [
    "",
    "0",
    "-1",
    "１２，３",
    "1e9",
    "9" * 40,
    "2025",
    "13",
    "2025-02-30",
    "合肥市",
    "蜀山区",
    "6520",
    "不清楚",
    "不适用",
    "<b>x</b>",
    "{{7*7}}",
    "\x00",
    "\u202e",
    "🚀",
    "x" * 201,
    "1 亿元",
    "unsure",
    "none",
]


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory, catalogue: Catalogue) -> Iterator[Walked]:
    """All forms that a company with results meets, found once."""
    folder = tmp_path_factory.mktemp("fuzzed")
    app = create_app(
        {
            "DATABASE_URL": f"sqlite:///{folder / 'app.sqlite3'}",
            "DATA": folder,
            "SECRET_KEY": "only-for-tests-" * 4,
            "CATALOGUE": catalogue,
            "TODAY": lambda: TODAY,
            "NOW": lambda: NOON,
            "WTF_CSRF_ENABLED": False,
        }
    )
    yield Walked(app)
    app.extensions["mianshen"].database.engine.dispose()


@st.composite
def values(draw: st.DrawFn, control: Control) -> list[str]:
    """Draw what is sent under a name: what stands there, what the page offers, or anything."""
    anything = st.sampled_from(WORDS) | st.text(
        st.characters(exclude_categories=["Cs"]), max_size=30
    )
    offered = st.sampled_from(control.values) if control.values else anything
    one = offered if draw(st.integers(0, 9)) else anything
    return draw(st.lists(one, max_size=2)) if draw(st.booleans()) else list(control.held)


@settings(
    max_examples=40 * SOAK,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_whatever_a_form_sends_is_answered_and_what_is_saved_can_be_read(
    walked: Walked, data: Any
) -> None:
    place = data.draw(st.integers(0, len(walked.forms) - 1), label="form")
    form = walked.forms[place]
    company = walked.newcomer()
    few = data.draw(st.lists(st.sampled_from(form.controls), max_size=12, unique=True))
    sent = form.held() | {one.name: data.draw(values(one), label=one.name) for one in few}
    response = send(company, form.of(walked.company, company), sent)

    assert response.status_code in ANSWERS, (response.status_code, form)
    if response.mimetype == "text/html" and response.status_code != 303:
        nothing_strange(parse(response.text))
    if form.action.endswith("/delete"):
        return
    for page in ("", "results", "answers"):
        shown = company.client.get(company.url(page))
        assert shown.status_code == 200, (page, form)
        nothing_strange(parse(shown.text))

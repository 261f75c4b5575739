"""Log lines: one JSON object each, fields of the list alone, nothing that anyone typed."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from typing import Any

import pytest

from tests.webapp.casework.conftest import HIGH_TECH
from tests.webapp.city import City
from webapp.operations.lines import FIELDS, Line, Lines
from webapp.services.people.roles import Role

CANARY = "金丝雀张三 13912345678"


def written(logger: str, message: object, *args: object, error: Exception | None = None) -> Any:
    """Write a record as the service does, and read its line."""
    info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord(logger, logging.ERROR, "there.py", 7, message, args, info, "work")
    line = Lines().format(record)
    assert "\n" not in line
    told = json.loads(line)
    assert told.keys() <= set(FIELDS)
    return told


def failed() -> Exception:
    try:
        raise ValueError(CANARY)
    except ValueError as error:
        return error


def test_a_line_of_ours_keeps_the_fields_of_the_list_and_drops_the_rest() -> None:
    told = written("mianshen.web", Line(route="/p/<token>", ms=3, actor=None, name=CANARY))
    assert {name: told[name] for name in ("route", "ms", "level", "logger")} == {
        "route": "/p/<token>",
        "ms": 3,
        "level": "ERROR",
        "logger": "mianshen.web",
    }
    assert told["time"].endswith("+00:00")
    assert not {"actor", "name"} & told.keys()
    assert written("mianshen.watch", "a\nb")["event"] == "a\nb"


@pytest.mark.parametrize(
    ("logger", "message", "args", "event"),
    [
        ("gunicorn.error", "Error handling request %s", (f"/p/{CANARY}",), "Error handling request …"),
        ("gunicorn.error", "Worker (pid:%s) exited with code %s.", (12, 1), None),
        ("gunicorn.error", "Shutting down", (), "Shutting down"),
        ("waitress", "Exception while serving %s", (f"/p/{CANARY}",), "Exception while serving …"),
        ("other", f"said {CANARY}", (), "there.py:7 work"),
        ("other", "%d of %(name)s", (CANARY,), "%d of %(name)s"),
        ("other", "of %(name)s", ({"name": CANARY},), "of %(name)s"),
    ],
)  # fmt: skip
def test_of_others_records_the_template_is_kept_and_numbers(
    logger: str, message: str, args: tuple[object, ...], event: str | None
) -> None:
    told = written(logger, message, *args, error=failed())
    assert told["event"] == (event or "Worker (pid:12) exited with code 1.")
    assert told["error"] == "ValueError"
    assert "test_lines.py" in told["frames"][0]
    assert CANARY not in json.dumps(told, ensure_ascii=False)


def test_a_request_says_who_asked_for_which_page_and_how_it_ended(
    city: City, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    company = city.company()
    case = city.notified(company, HIGH_TECH)
    owner = city.owners[company]
    client = city.browser(owner)
    client.get(f"/my/{company}/cases/{case}/confirm")
    client.post(f"/my/{company}/cases/{case}/confirm", data={"holder": CANARY, "seen": "1"})
    client.get("/desk")
    city.browser(city.office.people[Role.HANDLER]).get(f"/desk/cases/{case}?note={CANARY}")
    city.visitor().get(f"/publicity/{CANARY}")

    lines = [json.loads(r.getMessage()) for r in caplog.records if r.name == "mianshen.web"]
    assert all(line.keys() <= set(FIELDS) for line in lines)
    seen = [
        (line.get("actor"), line["method"], line["route"], line["status"], line["outcome"])
        for line in lines
    ]
    route = "/my/<company>/cases/<case>/confirm"
    assert seen == [
        (owner.id, "GET", route, 200, "ok"),
        (owner.id, "POST", route, 422, "refused"),
        (owner.id, "GET", "/desk", 403, "refused"),
        (city.office.people[Role.HANDLER].id, "GET", "/desk/cases/<case>", 200, "ok"),
        (None, "GET", "/publicity/<number>", 404, "refused"),
    ]
    assert len({line["request"] for line in lines}) == len(lines)
    for record in caplog.records:
        assert CANARY not in Lines().format(record)


def test_a_process_writes_all_it_says_as_lines_even_what_nobody_caught() -> None:
    code = """if True:
        import logging, threading, warnings
        from webapp.operations.lines import Line, configure
        configure()
        logging.getLogger("mianshen.web").info(Line(event="ours"))
        logging.getLogger("other").info("quiet %s", "金丝雀")
        logging.getLogger("other").warning("loud %s", "金丝雀")
        warnings.warn("金丝雀")
        thread = threading.Thread(target=lambda: int("金丝雀"))
        thread.start(); thread.join()
        raise ValueError("金丝雀")
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    told = [(line["logger"], line["event"], line.get("error")) for line in lines]
    assert told == [
        ("mianshen.web", "ours", None),
        ("other", "loud …", None),
        ("py.warnings", lines[2]["event"], None),
        ("mianshen", "uncaught", "ValueError"),
        ("mianshen", "uncaught", "ValueError"),
    ]
    assert "金丝雀" not in done.stderr

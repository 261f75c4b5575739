"""关怀版 and 高对比: switches in the toolbar, kept in a cookie, rendered by the server."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient


def page(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_nothing_is_switched_on_by_itself(client: FlaskClient) -> None:
    text = page(client, "/")
    assert '<html lang="zh-CN">' in text
    assert "display.css" not in text
    assert "关怀版" in text
    assert "高对比" in text


@pytest.mark.parametrize(("name", "off"), [("care", "退出关怀版"), ("contrast", "退出高对比")])
def test_a_switch_is_kept_until_it_is_turned_back(client: FlaskClient, name: str, off: str) -> None:
    assert f'class="{name}"' in page(client, f"/?{name}=1")
    kept = page(client, "/measures")
    assert f'class="{name}"' in kept
    assert off in kept
    assert "display.css" in kept
    assert f'class="{name}"' not in page(client, f"/measures?{name}=0")
    assert f'class="{name}"' not in page(client, "/documents")


def test_both_may_be_on_and_the_page_stays_where_it_was(client: FlaskClient) -> None:
    client.get("/?care=1")
    text = page(client, "/measures?q=技改&contrast=1")
    assert 'class="care contrast"' in text
    assert 'value="技改"' in text


def test_another_display_is_another_page_for_the_browser(client: FlaskClient) -> None:
    plain = client.get("/measures").headers["ETag"]
    larger = client.get("/measures?care=1")
    assert client.get("/measures").headers["ETag"] != plain
    assert larger.headers["Vary"]


def test_any_other_value_is_no_switch(client: FlaskClient) -> None:
    assert "display.css" not in page(client, "/?care=yes")

"""Both languages: chosen by a link, kept in a cookie, complete, Chinese marked as Chinese."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from matcher.readers.prose import EN, ZH
from tests.webapp.conftest import Company
from tests.webapp.html import Element, parse
from tests.webapp.texts import texts_of, values_of
from webapp.texts import FOLDER, Texts

CHINESE = re.compile("[\u3400-\u9fff]")
# What goes out in Chinese whoever writes it: letters, and the title of a public list.
OUTGOING = ("pleas.letter.", "cases.publish_title")
# Names that stay Chinese in an English sentence: places and words to type, columns of files.
NAMES = re.compile(
    "合肥市蜀山区|技术改造|合科〔2026〕12号|批次号、序号、金额\\(元\\)、状态、失败原因、到账日期|失败原因"
    "|统一社会信用代码|企业名称|成功|已到账|失败|退票|已撤回"
)
TEMPLATES = FOLDER.parent / "templates"


def test_the_language_is_chosen_by_a_link_and_kept(client: FlaskClient) -> None:
    home = parse(client.get("/").text)
    (link,) = home.all("a", "language")
    assert link.text() == "English"

    english = parse(client.get(link.get("href")).text)
    assert english.all("html")[0].get("lang") == "en"
    assert english.all("h1")[0].text() == "Which measures are for your company?"
    assert "Documents" in parse(client.get("/documents").text).all("h1")[0].text()

    (back,) = english.all("a", "language")
    assert back.get("lang") == "zh-CN"
    assert "哪些惠企政策" in client.get(back.get("href")).text
    assert "政策文件" in client.get("/documents").text


def test_an_unknown_language_is_passed_over(client: FlaskClient) -> None:
    response = client.get("/?lang=xx")
    assert parse(response.text).all("html")[0].get("lang") == "zh-CN"
    assert "lang=" not in "".join(response.headers.getlist("Set-Cookie"))


def test_the_link_keeps_the_rest_of_the_address(client: FlaskClient) -> None:
    (link,) = parse(client.get("/measures?q=贴息&document=hefei-2025").text).all("a", "language")
    page = parse(client.get(link.get("href")).text)
    field = page.by_id("q")
    assert field is not None
    assert field.get("value") == "贴息"


def test_every_text_is_there_in_both_languages() -> None:
    chinese, english = texts_of(ZH), texts_of(EN)
    assert chinese.keys() == english.keys()
    for key in chinese:
        values = {frozenset(values_of(text)) for text in (*chinese[key], *english[key])}
        assert len(values) == 1, key
        assert all(text.strip() for text in (*chinese[key], *english[key])), key
        if key != "shell.other_language" and not key.startswith(OUTGOING):
            assert not CHINESE.search(NAMES.sub("", "".join(english[key]))), key


def test_one_of_a_thing_is_said_otherwise_than_two_in_english() -> None:
    texts = Texts()
    assert [texts.get(EN, "measures.count", n=n) for n in (0, 1, 2)] == [
        "0 measures",
        "1 measure",
        "2 measures",
    ]
    assert texts.get(ZH, "measures.count", n=1) == "共 1 项"


def test_a_key_without_a_text_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        Texts().get(ZH, "no.such")


def test_every_text_that_a_page_asks_for_exists_and_none_is_left_over() -> None:
    keys = texts_of(ZH).keys()
    source = "".join(path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.html"))
    source += "".join(p.read_text(encoding="utf-8") for p in FOLDER.parent.rglob("*.py"))
    whole = set(re.findall(r"""["']([a-z_]+\.[a-z0-9_.\-]+)["']""", source))
    begun = set(re.findall(r"""["']([a-z_]+\.[a-z_.]*)["'] ~""", source))
    begun |= set(re.findall(r"""f["']([a-z_]+\.[a-z_.]*)\{""", source))
    begun |= {"fault.", "note.", "error."}
    for key in keys:
        assert key in whole or any(key.startswith(start) for start in begun), key
    for key in re.findall(r"""\bt\(["']([a-z_]+\.[a-z0-9_.\-]+)["'][,)]""", source):
        assert key in keys, key


def test_chinese_on_an_english_page_is_marked_as_such(company: Company) -> None:
    company.client.get("/?lang=en")
    company.save("basics", name="云岭", registered_region="合肥市")
    groups = ["basics", "industry", "operations", "innovation", "titles", "plans", "compliance"]
    own = [
        company.url(page)
        for page in ("", "results", "results?group=near", "results?group=rest", "path", *groups)
    ]
    for address in ("/", "/measures", "/documents", "/measures/hefei-2025/1.4", *own):
        (body,) = parse(company.client.get(address).text).all("body")
        assert unmarked(body) == [], address


def unmarked(element: Element) -> list[str]:
    """Find Chinese words outside elements that say they are Chinese."""
    found = []
    for child in element.children:
        if isinstance(child, str):
            words = re.sub("合肥市蜀山区|技术改造", "", child)
            found += [child.strip()] if CHINESE.search(words) else []
        elif not child.get("lang").startswith("zh"):
            found += unmarked(child)
    return found


def test_mistakes_are_told_in_english(company: Company) -> None:
    company.client.get("/?lang=en")
    response = company.post(
        "operations", {"a_employees": "many", "a_revenue": "-3", "a_net_profit": "3 apples"}
    )
    page = parse(response.text)
    assert response.status_code == 422
    (summary,) = page.all(class_="error-summary")
    assert "3 to correct" in summary.text()
    assert not CHINESE.search(summary.text())

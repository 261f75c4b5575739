"""Whatever is typed or sent: a sentence and everything still there, never a failure, never code on a page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from matcher.catalogue import Catalogue
from tests.webapp.conftest import NOON, TODAY, Company
from tests.webapp.html import Element, parse
from tests.webapp.walking import Form, Walked, nothing_strange, send
from webapp import create_app

PAYLOADS = {
    "script": "\"'><script>alert(1)</script><img src=x onerror=alert(2)>",
    "attribute": 'x" onfocus="alert(1)" autofocus style=\'color:red',
    "html": "</textarea></title><h1>标题</h1><!-- <a href=javascript:alert(1)>点</a>",
    "sql": "'; DROP TABLE profiles; --",
    "template": "{{ 7191*7 }}{% raw %}${7191*7}#{7191*7}<%= 7191*7 %>",
    "format": "%s%n{0}{config}{token.__class__}",
    "long": "x" * 201,
    "turned": "公司\u202e司公\u2066x\u2069",
    "nul": "公\x00司\x07\x1b[31m",
    "lines": "公司\r\nSet-Cookie: a=b\r\n\r\n<b>",
    "emoji": "🚀火箭👩‍🚀🇨🇳公司",
    "figures": "１２，３４５．６７",
    "yaml": "!!python/object/apply:os.system ['true']",
    "formula": '=HYPERLINK("http://example.org","点")',
    "path": "../../../../etc/passwd",
}
COMPUTED = str(7191 * 7)


@pytest.fixture
def located(company: Company) -> Company:
    """A company whose results can be shown."""
    company.save("basics", registered_region="合肥市")
    return company


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory, catalogue: Catalogue) -> Iterator[Walked]:
    """All forms that a company with results meets, found once."""
    folder = tmp_path_factory.mktemp("walked")
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


def answer_pages(page: Element) -> list[Element]:
    """List the controls of a page that hold text."""
    return [one for one in page.walk() if one.tag in ("input", "textarea") and one.get("name")]


def same_text(typed: str) -> str:
    """Give a text without what pages do not keep: a NUL, line breaks, how far words are apart."""
    return "".join(typed.replace("\x00", "").split())


def shown_texts(page: Element) -> list[str]:
    """List what the controls of a page hold."""
    return [same_text(one.get("value") or one.text()) for one in answer_pages(page)]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_any_text_in_every_form_is_answered_and_stays_text(walked: Walked, payload: str) -> None:
    typed = PAYLOADS[payload]
    asking = [form for form in walked.forms if form.texts()]
    assert len(asking) > 8
    for form in asking:
        response = send(walked.company, form, form.held() | form.texts(typed))
        assert response.status_code < 500, form
        if response.mimetype != "text/html" or response.status_code in (302, 303):
            continue
        page = parse(response.text)
        nothing_strange(page)
        assert COMPUTED not in response.text, form
        if response.status_code == 422:
            kept = shown_texts(page)
            for (text,) in form.texts(typed).values():
                assert same_text(text) in kept, (form, kept)
                kept.remove(same_text(text))


@pytest.mark.parametrize("payload", ["script", "long", "turned", "nul"])
def test_a_mistake_is_told_at_the_top_and_beside_its_field(walked: Walked, payload: str) -> None:
    """The summary comes before the form, each line leads to a field, and there it is said again."""
    told = 0
    for form in walked.groups():
        sent = form.held() | form.texts(PAYLOADS[payload])
        sent |= {name: ["1"] for name in ticks(form)}
        response = send(walked.company, form, sent)
        if response.status_code != 422:
            assert not form.texts() or form.page.endswith("/plans"), form
            continue
        page = parse(response.text)
        (title,) = page.all("title")
        assert title.text().startswith("错误:")
        (summary,) = page.all(class_="error-summary")
        order = page.walk()
        (own,) = [one for one in page.all("form") if one.get("method") == "post"]
        assert order.index(summary) < order.index(own)
        links = summary.all("a")
        assert links
        for link in links:
            target = page.by_id(link.get("href").removeprefix("#"))
            assert target is not None, link.get("href")
            assert target.all(class_="fault") or target.has_class("fault"), link.get("href")
            told += 1
    assert told > 10


def ticks(form: Form) -> list[str]:
    """List the ticks without which the dates beside them count for nothing."""
    return [one.name for one in form.controls if one.values == ("1",)]


@pytest.mark.parametrize(
    "name", ["🚀火箭科技有限公司", "𠮷野家(合肥)有限公司", "Müller & Söhne <GmbH>"]
)
def test_an_unusual_company_name_is_the_name_everywhere(located: Company, name: str) -> None:
    located.save("basics", name=name)
    for address in ("", "basics", "results", "sheet", "answers", "path", "delete"):
        page = located.page(address)
        nothing_strange(page)
        assert name in page.text() or name in shown_texts(page), address
    for file in ("facts.json", "facts.yaml"):
        assert name in located.client.get(located.url(file)).text
    assert located.client.get(located.url("answers.xlsx")).status_code == 200
    located.client.post(located.url("shares"))
    assert name in parse(located.client.get(share_of(located)).text).text()


def share_of(company: Company) -> str:
    """Give the path of the company's newest snapshot."""
    page = company.page()
    (address,) = [one.get("value") for one in page.all("input") if "/s/" in one.get("value")]
    return "/s/" + address.rpartition("/")[2]


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("１２００", "1200 万元"),
        ("１，２００", "1200 万元"),
        ("1，200", "1200 万元"),
        ("1,200", "1200 万元"),
        ("1 200", "1200 万元"),
        ("1\u00a0200", "1200 万元"),
        ("\u30001200\u3000", "1200 万元"),
        ("１２００．５０", "1200.5 万元"),
        ("１２００ 万元", "1200 万元"),
        ("０．１２亿元", "1200 万元"),
        ("12000000元", "1200 万元"),
    ],
)
def test_pasted_figures_are_understood(located: Company, typed: str, stored: str) -> None:
    located.save("operations", revenue=typed)
    assert list(located.facts["年度"].values()) == [{"营业收入": stored}]


@pytest.mark.parametrize(
    "typed", ["1.200,50", "1 2 3 4x", "一千二百", "1200 - 1300", "约 1200", "1e3"]
)
def test_a_figure_that_can_mean_two_things_is_asked_again(located: Company, typed: str) -> None:
    response = located.post("operations", {"a_revenue": typed})
    assert response.status_code == 422
    assert same_text(typed) in shown_texts(parse(response.text))
    assert "年度" not in located.facts

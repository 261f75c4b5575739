"""What every page has at hand: the language, the texts, the wording of the domain, small filters."""

from __future__ import annotations

import hashlib
import re
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from flask import Flask, Response, g, request, url_for
from flask_babel import Babel, get_locale
from jinja2.bccache import Bucket, BytecodeCache
from markupsafe import Markup

from matcher.cli import CHINA
from matcher.documents.model import Measure
from matcher.finding import Finding
from matcher.readers.prose import EN, ZH, Wording
from matcher.values import ValueFault
from webapp import display, navigation
from webapp.forms.fields import AnswerField
from webapp.services.documents import number
from webapp.services.matching import delivery_id, waits_only
from webapp.services.reasons import outline
from webapp.services.search import marked, snippet
from webapp.services.site import ICP_REGISTER
from webapp.services.trades import Levels, Trade, Trades
from webapp.shared import portal
from webapp.texts import LANGUAGES

STATIC = Path(__file__).parent / "static"
COOKIE = "lang"
COOKIE_SECONDS = 365 * 24 * 3600
_CHINESE = re.compile("[\u3400-\u9fff]")


class _Compiled(BytecodeCache):
    """Compiled templates, kept for the other applications of the process: compiling takes most of a first view."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key, bucket.checksum] = bucket.code


_COMPILED = _Compiled()


def install(app: Flask) -> None:
    """Choose the language before each request, and give the templates what they use."""
    Babel(app, default_locale=ZH, locale_selector=_chosen_language)
    app.before_request(_choose_language)
    app.after_request(_keep_language)
    app.context_processor(_context)
    app.add_template_filter(_said, "said")
    app.add_template_filter(_gloss, "gloss")
    app.add_template_filter(_titled, "titled")
    app.add_template_filter(_day, "day")
    app.add_template_filter(_minute, "minute")
    app.add_template_filter(number, "number")
    app.add_template_filter(delivery_id, "delivery_id")
    app.add_template_filter(_waits_only, "waits_only")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.bytecode_cache = _COMPILED


def language() -> str:
    """Give the language of the request."""
    locale = get_locale()
    return ZH if locale is None else str(locale.language)


def text(key: str, **values: object) -> str:
    """Give one of the interface's own texts in the language of the request."""
    return portal().texts.get(language(), key, **values)


def wording() -> Wording:
    """Give the wording of the domain in the language of the request."""
    return Wording(portal().catalogue.vocabulary, language())


def _chosen_language() -> str:
    return str(g.get("language", ZH))


def _choose_language() -> None:
    asked = request.args.get("lang", "")
    kept = request.cookies.get(COOKIE, "")
    g.language = next((one for one in (asked, kept) if one in LANGUAGES), ZH)


def _keep_language(response: Response) -> Response:
    if request.args.get("lang") in LANGUAGES:
        response.set_cookie(
            COOKIE, language(), max_age=COOKIE_SECONDS, httponly=True, samesite="Lax"
        )
    return response


def _context() -> dict[str, Any]:
    return {
        "t": text,
        "t_in": portal().texts.get,
        "has_text": portal().texts.has,
        "lang": language(),
        "html_lang": "en" if language() == EN else "zh-CN",
        "wording": wording(),
        "catalogue": portal().catalogue,
        "site": portal().site,
        "today": portal().today(),
        "icp_register": ICP_REGISTER,
        "navigation": navigation.MAIN,
        "trail": navigation.trail(request.endpoint),
        "vocabulary": portal().catalogue.vocabulary,
        "switch_language": _switch_language,
        "switch_display": _switch_display,
        "display": display.chosen(),
        "displays": display.SWITCHES,
        "asset": _asset,
        "basis_id": _basis_id,
        "outline": lambda condition: outline(condition, wording()),
        "reach": portal().matchmaker.reach(portal().today()),
        "finer": _finer,
        "echoed": _echoed,
        "marked": marked,
        "snippet": snippet,
    }


def _switch_language(to: str) -> str:
    """Give the address of this page in another language."""
    return _switched(COOKIE, to)


def _switch_display(name: str) -> str:
    """Give the address of this page with a switch of its display turned."""
    return _switched(name, display.OFF if name in display.chosen() else display.ON)


def _switched(name: str, to: str) -> str:
    arguments = {**request.args.to_dict(flat=False), name: to}
    rule = request.url_rule
    if request.endpoint is None or rule is None or "GET" not in (rule.methods or ()):
        return url_for("portal.home", **{name: to})
    return url_for(request.endpoint, **(request.view_args or {}), **arguments)


def _asset(name: str) -> str:
    """Give the address of a file of ours; it changes with the file, so browsers may keep it."""
    return url_for("static", filename=name, v=_digest(STATIC / name))


@lru_cache(maxsize=64)
def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8]


def _basis_id(measure: Measure) -> str:
    """Give the id of a measure's 兑付依据."""
    words = portal().catalogue.vocabulary.words("兑付依据")
    return words[measure.benefit_basis].id


def _waits_only(finding: Finding) -> bool:
    """Say whether a finding waits for departments alone."""
    return waits_only(finding, portal().catalogue.vocabulary)


def _finer(code: str) -> tuple[Trade, ...]:
    """List the next finer lines of business where they can change a verdict."""
    if not Levels.of(portal().catalogue).matters(code):
        return ()
    return Trades.of(portal().catalogue.vocabulary).below(code)


def _echoed(field: AnswerField) -> str:
    """Write a stored amount in the unit in which it is easiest to read, where that is another."""
    unit = field.attribute.unit
    if unit is None or field.errors or not isinstance(field.previous, str):
        return ""
    units = portal().catalogue.vocabulary.units
    try:
        best = units.show_best(units.parse(field.previous, unit), unit)
    except ValueFault:
        return ""
    return "" if best == field.previous else best


def _said(value: object) -> str | Markup:
    """Mark Chinese words as such on an English page; elsewhere give the words as they are."""
    words = str(value)
    if language() == EN and _CHINESE.search(words):
        return Markup('<span lang="zh-CN">{}</span>').format(words)
    return words


class Titled(Protocol):
    """Anything with a Chinese title and an English gloss of it: a measure, a clause, a document."""

    @property
    def title(self) -> str:
        """The title as the text or the rules have it."""
        ...

    @property
    def english(self) -> str:
        """What the title means, empty where nobody wrote it."""
        ...


def _gloss(thing: Titled) -> str:
    """Give the English gloss of a title on an English page, else nothing."""
    return thing.english if language() == EN else ""


def _titled(thing: Titled) -> str | Markup:
    """Give a title; on an English page marked as Chinese, with its gloss behind it."""
    gloss = _gloss(thing)
    if not gloss:
        return _said(thing.title)
    return Markup('{} <span class="gloss">{}</span>').format(_said(thing.title), gloss)


def _minute(moment: datetime) -> str:
    """Write a moment in China to the minute."""
    return moment.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")


def _day(value: date | datetime) -> str:
    """Write a date, or the day of a moment in China."""
    return (value.astimezone(CHINA).date() if isinstance(value, datetime) else value).isoformat()

"""Horizontal bars as SVG with real text, drawn by pygal and styled by the page's own stylesheet.

In: named series and bars. Out: one ``<svg>`` without styles, scripts, ids and dates, so that a page whose
policy loads nothing can hold it and equal bars give equal bytes. A bar with an address is a link.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree  # walks only what pygal made

from wcwidth import wcswidth, wcwidth

FONT = 14
LABEL_COLUMNS = 44  # display columns of a bar's label, two for a Chinese character
_KEPT = {
    "svg": {"viewBox"},
    "g": {"class", "transform"},
    "path": {"class", "d"},
    "rect": {"class", "x", "y", "width", "height"},
    "text": {"class", "x", "y"},
}
_NUMBER = re.compile(r"-?\d+\.\d+")


@dataclass(frozen=True, slots=True)
class Series:
    """One part of every bar: its name for the legend and its tone, a class of the stylesheet."""

    name: str
    tone: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its label, the length of each series' part in order, what stands at its end, where it leads."""

    label: str
    parts: tuple[int, ...]
    note: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """The size of a drawing in pixels; ``above`` puts labels above the bars, not beside them."""

    name: str
    width: int
    left: int
    step: int
    ticks: int
    above: bool


WIDE = Shape("wide", width=1000, left=320, step=30, ticks=5, above=False)
NARROW = Shape("narrow", width=340, left=4, step=24, ticks=4, above=True)


def cut(text: str, columns: int = LABEL_COLUMNS) -> str:
    """Shorten a text to a number of display columns, with … where something was left out."""
    if wcswidth(text) <= columns:
        return text
    kept, used = "", 1
    for character in text:
        used += max(wcwidth(character), 0)
        if used > columns:
            break
        kept += character
    return kept + "…"


def draw(title: str, series: Sequence[Series], bars: Sequence[Bar], shape: Shape) -> str:
    """Draw stacked bars, the first on top; the SVG names itself by ``title`` for screen readers."""
    # Only a batch run draws.
    from pygal import Config, HorizontalStackedBar
    from pygal.style import Style
    from pygal.util import get_texts_box

    rows = list(reversed(_rows(bars, len(series), shape)))
    labels = [row.label for row in rows]
    # pygal adds the room it guesses for labels, too little for Chinese: its guess is taken back.
    guess = get_texts_box(labels, FONT)[1]
    config = Config(
        width=shape.width,
        height=len(rows) * shape.step + 34,
        margin=0,
        spacing=0,
        margin_left=shape.left - max(guess, FONT),
        margin_right=_room(row.note for row in rows),
        margin_bottom=20,
        show_legend=False,
        show_y_guides=False,
        show_x_guides=True,
        print_labels=True,
        truncate_label=-1,
        order_min=0,
        max_scale=shape.ticks,
        min_scale=1,
        style=Style(label_font_size=FONT, value_font_size=FONT),
        value_formatter=lambda value: f"{value:,.0f}",
        js=[],
    )
    chart = HorizontalStackedBar(config)
    chart.x_labels = labels
    for place, item in enumerate(series):
        chart.add(item.name, [row.parts[place] for row in rows])
    # A series without length, whose labels stand where the bars end.
    chart.add("", [{"value": 0, "label": row.note} for row in rows])
    drawn = _clean(chart.render_tree(), [item.tone for item in series])
    drawn.set("class", f"chart {shape.name}")
    # What is in an image is not there for screen readers; links must be.
    drawn.set("role", "group" if any(bar.url for bar in bars) else "img")
    drawn.set("aria-label", title)
    _link(drawn, bars, shape)
    return ElementTree.tostring(drawn, encoding="unicode")


def _room(notes: Iterable[str]) -> int:
    """Give the room in pixels that the notes at the bars' ends need."""
    return 16 + round(FONT * 0.6 * max(wcswidth(note) for note in notes))


def _rows(bars: Sequence[Bar], parts: int, shape: Shape) -> list[Bar]:
    """Give the rows of a drawing; labels above their bars are rows without length."""
    if not shape.above:
        return [Bar(cut(item.label), item.parts, item.note) for item in bars]
    rows = []
    for item in bars:
        rows.append(Bar(cut(item.label), (0,) * parts, ""))
        rows.append(Bar("", item.parts, item.note))
    return rows


def _clean(node: Any, tones: Sequence[str]) -> ElementTree.Element:
    """Copy what is drawn and leave the rest: styles, scripts, comments, tooltips, empty groups."""
    copy = ElementTree.Element(node.tag)
    for name in sorted(_KEPT[node.tag] & set(node.attrib)):
        copy.set(name, _NUMBER.sub(lambda found: _shorter(found[0]), node.attrib[name]))
    place = re.search(r"serie-(\d+)", node.attrib.get("class", ""))
    if place:
        index = int(place[1])
        copy.set("class", f"tone-{tones[index]}" if index < len(tones) else "note")
    if node.tag == "text":
        copy.text = node.text
    copy.extend(_clean(child, tones) for child in node if _is_drawn(child))
    return copy


def _link(drawn: ElementTree.Element, bars: Sequence[Bar], shape: Shape) -> None:
    """Lay links over the rows of the bars that lead somewhere: short bars are hard to hit.

    The table of a chart has the same links; so Tab does not stop at each of these.
    """
    lines = (path.get("d", "") for path in drawn.iterfind(".//g[@class='guides']/path"))
    centres = sorted(float(line.split()[1]) for line in lines if " h" in line)
    high = centres[1] - centres[0] if len(centres) > 1 else shape.step
    rows = 2 if shape.above else 1
    for place, bar in enumerate(bars):
        if not bar.url:
            continue
        link = ElementTree.SubElement(drawn, "a", {"href": bar.url, "tabindex": "-1"})
        ElementTree.SubElement(link, "title").text = f"{bar.label} {bar.note}".strip()
        top = _shorter(centres[place * rows] - high / 2)
        size = {"y": top, "width": str(shape.width), "height": _shorter(rows * high)}
        ElementTree.SubElement(link, "rect", {"class": "row", "x": "0", **size})


def _is_drawn(node: Any) -> bool:
    """Tell a visible node; comments have a function for a tag."""
    if node.tag not in _KEPT or "background" in node.attrib.get("class", ""):
        return False
    if node.tag == "text":
        return bool(node.text) and "centered" not in node.attrib.get("class", "")
    if node.tag == "rect":
        return float(node.attrib.get("width") or 0) > 0
    return node.tag == "path" or any(_is_drawn(child) for child in node)


def _shorter(number: str | float) -> str:
    return f"{float(number):.1f}".removesuffix(".0")

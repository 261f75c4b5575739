"""Reads pages the way a browser without scripts does: forms with their values, text, headings."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"input", "img", "link", "meta", "br", "hr"})


@dataclass
class Element:
    """One element with what is inside it."""

    tag: str
    attributes: dict[str, str]
    children: list[Element | str] = field(default_factory=list)

    def get(self, name: str) -> str:
        """Give an attribute, empty where there is none."""
        return self.attributes.get(name, "")

    def has_class(self, name: str) -> bool:
        """Say whether the element has a class."""
        return name in self.get("class").split()

    def walk(self) -> list[Element]:
        """List all elements below, in order."""
        found: list[Element] = []
        for child in self.children:
            if isinstance(child, Element):
                found += [child, *child.walk()]
        return found

    def all(self, tag: str = "", class_: str = "") -> list[Element]:
        """List the elements of a tag, of a class, or of both."""
        return [
            item
            for item in self.walk()
            if (not tag or item.tag == tag) and (not class_ or item.has_class(class_))
        ]

    def by_id(self, id_: str) -> Element | None:
        """Find an element by its id."""
        return next((item for item in self.walk() if item.get("id") == id_), None)

    def text(self, without: str = "") -> str:
        """Give the text inside, leaving out elements of one class."""
        return "".join(
            child if isinstance(child, str) else child.text(without)
            for child in self.children
            if isinstance(child, str) or not without or not child.has_class(without)
        )

    def values(self) -> dict[str, str]:
        """Give what a browser would send of this form, buttons left out."""
        sent: dict[str, str] = {}
        for item in self.walk():
            name, kind = item.get("name"), item.get("type")
            if item.tag == "input" and kind in ("radio", "checkbox"):
                if "checked" in item.attributes:
                    sent[name] = item.get("value")
            elif item.tag == "input" and name:
                sent[name] = item.get("value")
            elif item.tag == "select" and name:
                chosen = [one for one in item.all("option") if "selected" in one.attributes]
                sent[name] = chosen[0].get("value") if chosen else ""
        return sent


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def parse(page: str) -> Element:
    """Read a page; elements that are not closed in order fail."""
    builder = _Builder()
    builder.feed(page)
    builder.close()
    assert builder.open == [builder.root], f"not closed: {[item.tag for item in builder.open]}"
    return builder.root

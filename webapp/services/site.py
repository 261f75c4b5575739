"""Who runs this site, as a government site has to say: from the environment, shown only where set.

Nothing here is known to the program, so nothing has a default. The contacts of departments stand in a
file of the deployment: the texts name departments, never telephone numbers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from matcher.catalogue import Catalogue
from matcher.language.diagnostics import did_you_mean

MAX_LINE = 200
_ADDRESS = re.compile(r"(https://|mailto:)[^\s\"<>]+")
_DIGITS = re.compile(r"\d+")

# The two registers in which every site of mainland China has to be found.
ICP_REGISTER = "https://beian.miit.gov.cn/"
POLICE_REGISTER = "https://beian.mps.gov.cn/#/query/webSearch?code="

VARIABLES = {
    "host": "MIANSHEN_SITE_HOST",
    "contact": "MIANSHEN_SITE_CONTACT",
    "code": "MIANSHEN_SITE_CODE",
    "icp": "MIANSHEN_SITE_ICP",
    "police": "MIANSHEN_SITE_POLICE",
    "report": "MIANSHEN_SITE_REPORT",
}
CONTACTS = "MIANSHEN_CONTACTS"


class SiteFault(ValueError):
    """A fact about the site cannot be used; the message names it and the repair, in Chinese."""


@dataclass(frozen=True, slots=True)
class Site:
    """Facts for the foot of every page, each empty where it is not set.

    ``host`` is the 主办单位, ``contact`` how to reach it, ``code`` the 网站标识码, ``icp`` and ``police`` the
    two registrations, ``report`` the address of the 找错 entry. ``contacts`` are the departments'
    telephone numbers by document and department.
    """

    host: str = ""
    contact: str = ""
    code: str = ""
    icp: str = ""
    police: str = ""
    report: str = ""
    contacts: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @property
    def police_address(self) -> str:
        """Give the page of the register that holds the 公安备案."""
        number = _DIGITS.search(self.police)
        return POLICE_REGISTER + (number.group() if number else "")

    def contact_of(self, document: str, department: str) -> str:
        """Give how to reach a department about a document, "" where nobody said."""
        return self.contacts.get((document, department), "")


def site_of(environment: Mapping[str, str], catalogue: Catalogue) -> Site:
    """Read the facts about the site from the environment."""
    read = {name: environment.get(variable, "").strip() for name, variable in VARIABLES.items()}
    for name, text in read.items():
        if len(text) > MAX_LINE or not text.isprintable():
            raise SiteFault(f"{VARIABLES[name]} 要是一行文字,最多 {MAX_LINE} 个字")
    if read["report"] and not _ADDRESS.fullmatch(read["report"]):
        raise SiteFault(f"{VARIABLES['report']} 要以 https:// 或 mailto: 开头")
    path = environment.get(CONTACTS, "")
    contacts = read_contacts(Path(path), catalogue) if path else {}
    return Site(**read, contacts=contacts)


def read_contacts(path: Path, catalogue: Catalogue) -> dict[tuple[str, str], str]:
    """Read the file of contacts: document, then department, then one line of text."""
    try:
        read = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SiteFault(f"{CONTACTS}:读不了 {path}({type(error).__name__})") from error
    found = {}
    for id_, departments in _mapping(read, f"{path}"):
        document = catalogue.document(id_)
        if document is None:
            ids = [item.id for item in catalogue.documents]
            raise SiteFault(f"{path}:没有编号为“{id_}”的文件。{did_you_mean(id_, ids)}")
        named = {name for measure in document.measures for name in measure.departments}
        for name, line in _mapping(departments, f"{path}:{id_}"):
            if name not in named:
                raise SiteFault(
                    f"{path}:{id_} 没有提到“{name}”。{did_you_mean(name, sorted(named))}"
                )
            if not isinstance(line, str) or not 0 < len(line) <= MAX_LINE or "\n" in line:
                raise SiteFault(f"{path}:{id_}:{name} 要写一行文字,电话加引号,如 '0551-12345678'")
            found[id_, name] = line
    return found


def _mapping(node: Any, where: str) -> list[tuple[str, Any]]:
    if not isinstance(node, dict):
        raise SiteFault(f"{where} 要写成“名称: 内容”,一行一个")
    return [(str(key), value) for key, value in node.items()]

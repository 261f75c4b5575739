"""A policy text -> a folder of rule files to fill in: one file a clause, nothing encoded yet.

The text is copied byte for byte. Clauses are found by their headings (`matcher.documents.headings`).
The folder appears whole or not at all.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from matcher.documents.headings import Heading, Numbering, find_numbering, label_of
from matcher.documents.load import DOCUMENT_FILE
from matcher.language.diagnostics import did_you_mean, why_unreadable
from matcher.language.source import unseen
from matcher.values import ValueFault, parse_date
from matcher.vocabulary.load import FOLDER as VOCABULARY
from matcher.vocabulary.load import load_regions

TEXT_FILE = "原文.txt"
MAX_TEXT_BYTES = 2 * 2**20
MAX_FILE_NAME = 40
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_DATE = re.compile(r"[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日")
_PLAIN = re.compile(r"[^\W_][\w、。“”《》()〔〕·+ -]*")

_DOCUMENT = """\
# yaml-language-server: $schema=../schema/document.json
编号: {id}
名称: {title}
文号: ""
发文机关: ""
印发日期: {issued}
来源: ""
原文: {text}
条款格式: {format}
{scope}# 条款以外的文字(标题、引言、落款)逐段列在这里,依据照原文抄写:
#   - 依据: …
#     理由: 引言
非措施:
"""
_CLAUSE = """\
# yaml-language-server: $schema=../schema/clause.json
条款: {number}
标题: {title}
# 每项支持措施一段,依据照原文抄写:
#   - 编号: "{arabic}.1"
#     名称: …
#     依据: …
#     支持方式: [直接奖补]
#     兑付依据: 另行规定
#     条件:
#       - 资质 含 …
措施:
# 不是措施的文字也要交代:
#   - 依据: …
#     理由: 工作部署
非措施:
"""


class ScaffoldFault(ValueError):
    """A folder cannot be made; the message says why and what to do, in Chinese."""


@dataclass(frozen=True, slots=True)
class NewFolder:
    """The folder made, the number of its clauses, and the characters to be accounted for."""

    folder: Path
    clauses: int
    characters: int


def new_folder(
    text_path: Path, rules: Path, id_: str, title: str, issued: date | None, region: str
) -> NewFolder:
    """Make the folder of a new document beside the others.

    Raises `ScaffoldFault` where the text, the id, the date or the region cannot be used; nothing is
    left behind then.
    """
    folder = _free_folder(rules, id_)
    raw, text = _read(text_path)
    numbering = find_numbering(text)
    name = title or next(line.strip() for line in text.splitlines() if line.strip())
    document = _DOCUMENT.format(
        id=id_,
        title=_scalar(name),
        issued=issued or _date_in(text),
        text=TEXT_FILE,
        format=json.dumps(numbering.format, ensure_ascii=False),
        scope=_scope(rules, region),
    )
    _write(folder, raw, document, numbering)
    return NewFolder(folder, len(numbering.headings), sum(not one.isspace() for one in text))


def _free_folder(rules: Path, id_: str) -> Path:
    if not (rules / VOCABULARY).is_dir():
        raise ScaffoldFault(f"{rules}:不是规则目录(里面应有 vocabulary/)。用 --rules 指定")
    if not _ID.fullmatch(id_) or len(id_) > 60:
        raise ScaffoldFault(f"编号“{id_}”不能用:只写小写英文、数字和短横,如 huainan-2026-12")
    folder = rules / id_
    if folder.exists():
        raise ScaffoldFault(f"{folder} 已经有了,换一个编号;不会改动已有的目录")
    return folder


def _read(path: Path) -> tuple[bytes, str]:
    try:
        if path.stat().st_size > MAX_TEXT_BYTES:
            raise ScaffoldFault(
                f"{path}:原文超过 {MAX_TEXT_BYTES // 2**20} MiB,请核对是不是这个文件"
            )
        raw = path.read_bytes()
        text = raw.decode("utf-8")
    except OSError as error:
        raise ScaffoldFault(f"{path}:读不到文件({why_unreadable(error)})") from error
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ScaffoldFault(f"{path}:{line}:不是 UTF-8 编码,请另存为 UTF-8 后再试") from error
    if not text.strip():
        raise ScaffoldFault(f"{path}:文件是空的")
    found = unseen(text)
    if found is not None:
        line, code = text[:found].count("\n") + 1, f"U+{ord(text[found]):04X}"
        raise ScaffoldFault(f"{path}:{line}:有看不见的字符({code}),引文无法逐字抄写,请先删去")
    return raw, text


def _date_in(text: str) -> date:
    """Find the date under the signature: the last one in the text."""
    said = _DATE.findall(text)
    try:
        return parse_date(said[-1] if said else "")
    except ValueFault:
        raise ScaffoldFault("原文里没有找到印发日期,用 --issued 2026-03-01 这样写明") from None


def _scope(rules: Path, region: str) -> str:
    if not region:
        return "# 适用地区,每项措施都要: 范围: 注册地 属于 …市\n"
    regions = load_regions(rules / VOCABULARY)
    found = regions.find(region)
    if len(found) != 1:
        names = [item.name for item in regions.by_id.values()]
        why = "不止一处,写全名" if found else f"没有收录。{did_you_mean(region, names)}"
        raise ScaffoldFault(f"地区“{region}”{why}")
    name = regions.name(found[0].id)
    return f"范围: 注册地 属于 {name}\n拟落地: 拟投资地 属于 {name}\n"


def _write(folder: Path, raw: bytes, document: str, numbering: Numbering) -> None:
    """Write all files beside the place, document.yaml last, and put the folder there in one step."""
    try:
        temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".new-"))
    except OSError as error:
        raise ScaffoldFault(f"写不进 {folder.parent}({error.strerror})") from error
    try:
        temporary.chmod(0o755)
        (temporary / TEXT_FILE).write_bytes(raw)
        for place, heading in enumerate(numbering.headings, 1):
            name = f"{place:02}-{_file_name(label_of(heading))}.yaml"
            (temporary / name).write_text(_clause(place, heading), encoding="utf-8")
        (temporary / DOCUMENT_FILE).write_text(document, encoding="utf-8")
        os.rename(temporary, folder)
    except OSError as error:
        raise ScaffoldFault(f"写不进 {folder.parent}({error.strerror})") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _clause(place: int, heading: Heading) -> str:
    number, title = _scalar(heading.number), _scalar(label_of(heading))
    return _CLAUSE.format(number=number, title=title, arabic=place)


def _scalar(text: str) -> str:
    """Write text so that YAML reads it back, in quotes where it is not plain words."""
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def _file_name(title: str) -> str:
    return re.sub(r"[^\w+-]+", "", title)[:MAX_FILE_NAME] or "条款"

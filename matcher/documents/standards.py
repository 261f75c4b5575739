"""National standards of titles (rules/national/标准/): what it takes to be granted a title, and when.

In: one YAML file per version of a standard. Out: `Standard` values. A standard is no measure: it gives
no benefit and takes no part in a match.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from matcher.language.conditions import ConditionReader
from matcher.language.diagnostics import Place, Problems
from matcher.language.entries import Entry
from matcher.language.keys import CONDITION, STANDARD_KEYS
from matcher.language.lint import lint_condition
from matcher.language.source import read_mapping
from matcher.tree import Condition
from matcher.values import ValueFault, parse_date, within

FOLDER = "标准"
CHECKED = "已核对"


@dataclass(frozen=True, slots=True)
class Standard:
    """One version of the standard of a title (认定标准), in force within its period.

    ``checked`` says whether a person compared it with the official text. ``renew_by`` is the month and
    day of the year after it was obtained by which a title has to be renewed, where the text says so.
    """

    id: str
    title: str
    document: str
    number: str
    article: str
    condition: Condition
    checked: bool
    first_day: date | None = None
    last_day: date | None = None
    renew_by: tuple[int, int] | None = None
    source: str = ""
    reading: str = ""
    doubt: str = ""
    place: Place | None = field(default=None, compare=False, repr=False)

    def in_force(self, day: date) -> bool:
        """Say whether applications are judged by this version on a day."""
        return within(day, self.first_day, self.last_day)


def read_standards(folder: Path, conditions: ConditionReader) -> tuple[Standard, ...]:
    """Read every standard of a folder, in the order of the file names: the ladders from below."""
    standards = [_read(path, conditions) for path in sorted(folder.glob("*.yaml"))]
    read = tuple(item for item in standards if item is not None)
    _check_versions(read, conditions.problems)
    return read


def _read(path: Path, conditions: ConditionReader) -> Standard | None:
    problems = conditions.problems
    node = read_mapping(path, problems)
    if node is None:
        return None
    entry = Entry(node, problems, STANDARD_KEYS)
    titles = [item.label for item in conditions.vocabulary.titles.members]
    title = entry.word("称号", titles)
    with problems.within(f"认定标准 {title or path.stem}"):
        standard = _standard(entry, title, conditions)
        entry.done()
    return standard


def _standard(entry: Entry, title: str, conditions: ConditionReader) -> Standard | None:
    problems, vocabulary = conditions.problems, conditions.vocabulary
    inner = entry.get(CONDITION)
    condition = conditions.read_all(inner) if inner else None
    first_day, last_day = entry.period("施行期间")
    checked = entry.word("核对", vocabulary.words("核对"))
    id_, number, article = (entry.text(key) for key in ("编号", "文号", "条号"))
    if condition is None or not title:
        return None
    lint_condition(condition, vocabulary, problems)
    return Standard(
        id=id_,
        title=title,
        document=entry.text("文件"),
        number=number,
        article=article,
        condition=condition,
        checked=checked == CHECKED,
        first_day=first_day,
        last_day=last_day,
        renew_by=_renewal(entry),
        source=entry.text("来源"),
        reading=entry.text("解读"),
        doubt=entry.text("存疑"),
        place=entry.node.pairs[0][0].place,
    )


def _renewal(entry: Entry) -> tuple[int, int] | None:
    """Read the month and day by which a title is renewed every year."""
    node = entry.scalar("次年更新")
    if node is None:
        return None
    try:
        day = parse_date(f"2001-{node.text}")
    except ValueFault as fault:
        entry.problems.add(fault.code, f"“{node.text}”不是月-日", node.place, "写成 03-31")
        return None
    return day.month, day.day


def _check_versions(standards: Iterable[Standard], problems: Problems) -> None:
    """Ids are used once, and on no day do two versions of one standard count."""
    seen: list[Standard] = []
    for item in standards:
        for other in seen:
            if item.id == other.id:
                message = f"认定标准的编号 {item.id} 用了两次"
                problems.add("duplicate-id", message, item.place, "给其中一份换一个编号")
            elif item.title == other.title and _overlap(item, other):
                message = f"与“{other.id}”的施行期间重叠,同一天只能有一版标准"
                problems.add("wrong-period", message, item.place, "改正两版的起止日期")
        seen.append(item)


def _overlap(one: Standard, two: Standard) -> bool:
    return _from(one) <= _until(two) and _from(two) <= _until(one)


def _from(standard: Standard) -> date:
    return standard.first_day or date.min


def _until(standard: Standard) -> date:
    return standard.last_day or date.max

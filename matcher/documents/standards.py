"""National standards (rules/national/标准/): what it takes to gain a title, a listing or a status, and when.

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
from matcher.language.keys import CONDITION, GOALS, STANDARD_KEYS
from matcher.language.lint import lint_condition
from matcher.language.source import read_mapping
from matcher.tree import Condition
from matcher.values import ValueFault, parse_date, within
from matcher.vocabulary.model import Member, Vocabulary

FOLDER = "标准"
CHECKED = "已核对"


@dataclass(frozen=True, slots=True)
class Standard:
    """One version of a standard (认定标准), in force within its period.

    ``title`` is what it leads to, a member of ``attribute``: a title (of a ``level``), the board of a
    listing, a tier of the NEEQ, a class of the statistical lists. ``checked`` says whether a person
    compared it with the official text. ``renew_by`` is the month and day of the year after it was
    obtained by which a title has to be renewed, ``renew_years`` after how many years where the
    certificate does not say, ``report_by`` the month and day by which its holder reports every year.
    """

    id: str
    attribute: str
    title: str
    document: str
    number: str
    article: str
    condition: Condition
    checked: bool
    first_day: date | None = None
    last_day: date | None = None
    level: str = ""
    renew_by: tuple[int, int] | None = None
    renew_years: int | None = None
    report_by: tuple[int, int] | None = None
    source: str = ""
    reading: str = ""
    doubt: str = ""
    place: Place | None = field(default=None, compare=False, repr=False)

    def in_force(self, day: date) -> bool:
        """Say whether applications are judged by this version on a day."""
        return within(day, self.first_day, self.last_day)


def read_standards(folder: Path, conditions: ConditionReader) -> tuple[Standard, ...]:
    """Read every standard of a folder, titles before what is none, each ladder from below.

    Within these the order is that of the file names.
    """
    standards = [_read(path, conditions) for path in sorted(folder.glob("*.yaml"))]
    titles = conditions.vocabulary.titles.label
    found = [item for item in standards if item is not None]
    read = tuple(sorted(found, key=lambda item: item.attribute != titles))
    _check_versions(read, conditions.problems)
    return read


def _read(path: Path, conditions: ConditionReader) -> Standard | None:
    problems = conditions.problems
    node = read_mapping(path, problems)
    if node is None:
        return None
    entry = Entry(node, problems, STANDARD_KEYS)
    attribute, title = _goal(entry, conditions.vocabulary)
    with problems.within(f"认定标准 {title or path.stem}"):
        standard = _standard(entry, (attribute, title), conditions)
        entry.done()
    return standard


def _goal(entry: Entry, vocabulary: Vocabulary) -> tuple[str, str]:
    """Read what a standard leads to: an attribute and the member of it."""
    written = [key for key in GOALS if entry.node.get(key) is not None]
    if not written:
        head = entry.node.pairs[0][0].place if entry.node.pairs else entry.place
        hint = f"写 {'、'.join(GOALS)} 之一"
        entry.problems.add("missing-key", "没有写这份标准认定什么", head, hint)
        return "", ""
    for key in written[1:]:
        second = entry.node.get(key)
        assert second is not None
        message = f"已经写了“{written[0]}”,一份标准只认定一样"
        entry.problems.add("duplicate-key", message, second.place, f"“{key}”另写一份文件")
    key = written[0]
    attribute = vocabulary.attributes.get(GOALS[key])
    members = attribute.members if attribute else ()
    return GOALS[key], entry.word(key, [item.label for item in members])


def _level(entry: Entry, title: Member | None) -> str:
    """Read the level of a title that is granted at several."""
    if title is None or not title.levels:
        node = entry.scalar("级别")
        if node is not None and title is not None:
            message = f"“{title.label}”不分级"
            entry.problems.add("unknown-key", message, node.place, "删去“级别”")
        return ""
    if entry.scalar("级别", needed=True) is None:
        return ""
    return entry.word("级别", title.levels)


def _standard(entry: Entry, goal: tuple[str, str], conditions: ConditionReader) -> Standard | None:
    attribute, title = goal
    problems, vocabulary = conditions.problems, conditions.vocabulary
    inner = entry.get(CONDITION)
    condition = conditions.read_all(inner) if inner else None
    first_day, last_day = _period(entry)
    checked = entry.word("核对", vocabulary.words("核对"))
    id_, number, article = (entry.text(key) for key in ("编号", "文号", "条号"))
    level = _level(entry, vocabulary.member(attribute, title))
    if condition is None or not title:
        return None
    lint_condition(condition, vocabulary, problems)
    return Standard(
        id=id_,
        attribute=attribute,
        title=title,
        document=entry.text("文件"),
        number=number,
        article=article,
        condition=condition,
        checked=checked == CHECKED,
        first_day=first_day,
        last_day=last_day,
        level=level,
        renew_by=_month_day(entry, "次年更新"),
        renew_years=entry.count("复核周期"),
        report_by=_month_day(entry, "每年填报"),
        source=entry.text("来源"),
        reading=entry.text("解读"),
        doubt=entry.text("存疑"),
        place=entry.node.pairs[0][0].place,
    )


def _period(entry: Entry) -> tuple[date | None, date | None]:
    """Read the first and the last day of a version, in that order."""
    first, last = entry.period("施行期间")
    node = entry.node.get("施行期间")
    if first and last and node and first > last:
        message = f"施行期间从 {first} 到 {last},一天也没有"
        entry.problems.add("wrong-period", message, node.place, "核对起止日期的先后")
    return first, last


def _month_day(entry: Entry, key: str) -> tuple[int, int] | None:
    """Read a month and a day that come every year; 02-29 does not."""
    node = entry.scalar(key)
    if node is None:
        return None
    try:
        day = parse_date(f"2001-{node.text}")
    except ValueFault as fault:
        entry.problems.add(
            fault.code, f"“{node.text}”不是每年都有的月-日", node.place, "写成 03-31"
        )
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
            elif _same_goal(item, other) and _overlap(item, other):
                message = f"与“{other.id}”的施行期间重叠,同一天只能有一版标准"
                problems.add("wrong-period", message, item.place, "改正两版的起止日期")
        seen.append(item)


def _same_goal(one: Standard, two: Standard) -> bool:
    return (one.attribute, one.title, one.level) == (two.attribute, two.title, two.level)


def _overlap(one: Standard, two: Standard) -> bool:
    return _from(one) <= _until(two) and _from(two) <= _until(one)


def _from(standard: Standard) -> date:
    return standard.first_day or date.min


def _until(standard: Standard) -> date:
    return standard.last_day or date.max

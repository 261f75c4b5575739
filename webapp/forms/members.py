"""Questions with many members: options, titles, statuses, listing boards, activities.

Every member is held, not held, not sure or not answered, each on its own. A closing choice at the end
of a part answers the members that were left: 「其余都没有」 or 「没看完、不清楚」.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from matcher.language.claims import NEVER
from matcher.vocabulary.model import Kind, Member
from webapp.forms.fields import UNSURE_MARK, AnswerField, ChoiceField, DayField, LineField, clean
from webapp.services.checking import Checker, Fault
from webapp.services.questions import HELD, NO, NONE, UNSURE, YES, Answer, Part, Question

REST_NONE, REST_UNSURE = "none", "unsure"
_BEGINS = ("取得日期", "列入日期", "自", "发生日期")
_ENDS = ("有效期至", "移出日期", "至")
_LEVEL = "级别"


class MembersField(AnswerField):
    """The base: one control per member, closing choices per part."""

    absent = NONE

    def show(self, stored: Answer | None) -> dict[str, Any]:
        known = stored if isinstance(stored, Mapping) else {}
        members, rest = {}, {}
        for part in self.question.parts:
            key = self.key(part)
            rest[key] = self._rest(part, known)
            covered = {REST_NONE: self.absent, REST_UNSURE: UNSURE}.get(rest[key])
            for member in part.members:
                given = known.get(member.label)
                members[member.id] = self.show_member(None if given == covered else given)
        return {"members": members, "rest": rest}

    def _rest(self, part: Part, known: Mapping[str, Answer]) -> str:
        """Find the closing choice that explains the answers of a part, "" for none."""
        given = [known.get(member.label) for member in part.members]
        if self.question.closes_itself or None in given:
            return ""
        if UNSURE in given:
            return REST_UNSURE
        return REST_NONE if self.absent in given else ""

    def read(self, formdata: Any) -> dict[str, Any]:
        parts = self.question.parts
        return {
            "members": {
                member.id: self.read_member(formdata, member)
                for part in parts
                for member in part.members
            },
            "rest": {self.key(p): self.part(formdata, f"rest-{self.key(p)}") for p in parts},
        }

    def check(self, checker: Checker) -> tuple[Fault, ...]:
        faults: list[Fault] = []
        answers: dict[str, Answer] = {}
        before = self.previous if isinstance(self.previous, Mapping) else {}
        for part in self.question.parts:
            rest = self.typed["rest"][self.key(part)]
            if rest not in ("", REST_NONE, REST_UNSURE):
                faults.append(Fault("unknown-choice"))
            filling = {REST_NONE: self.absent, REST_UNSURE: UNSURE}.get(rest)
            for member in part.members:
                answer, found = self.member_answer(member, checker)
                faults += found
                earlier = before.get(member.label)
                away = isinstance(earlier, str) and earlier in (self.absent, UNSURE, *NEVER)
                kept = earlier if away else None
                said = answer if answer is not None else filling or kept
                if earlier is not None and self._untouched(member, earlier):
                    said = earlier
                if said is not None:
                    answers[member.label] = said
        self.answer = answers or None
        return tuple(faults)

    def _untouched(self, member: Member, earlier: Answer) -> bool:
        """Say whether the controls still show a held member's answer: they may show less than it says."""
        shown = self.typed["members"][member.id]
        return self.is_chosen(shown) and shown == self.show_member(earlier)

    def key(self, part: Part) -> str:
        """Name a part in the names of its controls."""
        return part.word.id if part.word else "all"

    def chosen(self, members: tuple[Member, ...]) -> int:
        """Count the members that are held."""
        return sum(self.is_chosen(self.typed["members"][member.id]) for member in members)

    def families(self, members: tuple[Member, ...]) -> dict[str, list[Member]]:
        """Group members by their family, in the order of the vocabulary."""
        grouped: dict[str, list[Member]] = {}
        for member in members:
            grouped.setdefault(member.family, []).append(member)
        return grouped

    @abstractmethod
    def show_member(self, given: Answer | None) -> Any:
        """Turn the stored answer of a member into what its controls show."""

    @abstractmethod
    def read_member(self, formdata: Any, member: Member) -> Any:
        """Read the controls of a member."""

    @abstractmethod
    def member_answer(
        self, member: Member, checker: Checker
    ) -> tuple[Answer | None, tuple[Fault, ...]]:
        """Give the answer of a member, or what is wrong with it."""

    @abstractmethod
    def is_chosen(self, shown: Any) -> bool:
        """Say whether a member is held."""


class SetField(MembersField):
    """Options of which several may hold."""

    shape, absent = "set", NO

    def show_member(self, given: Answer | None) -> bool:
        return given == YES

    def read_member(self, formdata: Any, member: Member) -> bool:
        return bool(self.part(formdata, member.id))

    def member_answer(
        self, member: Member, checker: Checker
    ) -> tuple[Answer | None, tuple[Fault, ...]]:
        return (YES if self.typed["members"][member.id] else None), ()

    def is_chosen(self, shown: bool) -> bool:
        return shown


class SpellsField(MembersField):
    """Titles or statuses, each with optional dates and, where it has levels, a level."""

    shape = "spells"

    def __init__(self, question: Question, **kwargs: Any) -> None:
        super().__init__(question, **kwargs)
        titles = self.attribute.kind is Kind.TITLES
        self.words = ("obtained", "valid_to") if titles else ("listed_from", "listed_to")
        self.keys = ("取得日期", "有效期至") if titles else ("列入日期", "移出日期")

    def show_member(self, given: Answer | None) -> dict[str, str]:
        spell = given[-1] if isinstance(given, list) and given else given
        shown = dict.fromkeys(("held", "from", "to", "level"), "")
        if isinstance(spell, Mapping):
            shown["from"] = _first(spell, _BEGINS)
            shown["to"] = _first(spell, _ENDS)
            shown["level"] = str(spell.get(_LEVEL, ""))
        if spell is not None and spell not in (NONE, UNSURE, *NEVER):
            shown["held"] = "1"
        return shown

    def read_member(self, formdata: Any, member: Member) -> dict[str, str]:
        parts = {name: self.part(formdata, f"{member.id}-{name}") for name in ("from", "to")}
        level = self.part(formdata, f"{member.id}-level")
        return {"held": self.part(formdata, member.id), **parts, "level": level}

    def member_answer(
        self, member: Member, checker: Checker
    ) -> tuple[Answer | None, tuple[Fault, ...]]:
        shown = self.typed["members"][member.id]
        if not shown["held"]:
            return None, ()
        refused = clean(shown)
        if refused is not None:
            return None, (Fault(refused.code, member=member.label, limit=refused.limit),)
        begin, end = self.keys
        named = {begin: shown["from"], end: shown["to"], _LEVEL: shown["level"]}
        spell = {key: text for key, text in named.items() if text}
        checked = checker.member(self.attribute, member.label, spell or HELD)
        return checked.answer, checked.faults

    def is_chosen(self, shown: dict[str, str]) -> bool:
        return bool(shown["held"])


class StagesField(MembersField):
    """How far a listing has come on each board, and when that was."""

    shape = "stages"

    def show_member(self, given: Answer | None) -> dict[str, str]:
        if isinstance(given, Mapping):
            reached = [stage for stage in self.attribute.stages if stage in given]
            last = reached[-1] if reached else ""
            return {"stage": self._id(last), "day": str(given.get(last, ""))}
        known = {NONE: "none", UNSURE: UNSURE_MARK}
        return {"stage": known.get(given or "", "") or self._id(given), "day": ""}

    def _id(self, stage: Answer | None) -> str:
        stages = self.attribute.stages
        return str(stages.index(stage)) if stage in stages else ""

    def choices(self, member: Member) -> dict[str, str]:
        """Give the stages of a board by what its control sends; not every board has all."""
        return {self._id(stage): stage for stage in self.attribute.stages_of(member)}

    def read_member(self, formdata: Any, member: Member) -> dict[str, str]:
        return {
            "stage": self.part(formdata, member.id),
            "day": self.part(formdata, f"{member.id}-day"),
        }

    def member_answer(
        self, member: Member, checker: Checker
    ) -> tuple[Answer | None, tuple[Fault, ...]]:
        shown = self.typed["members"][member.id]
        refused = clean(shown)
        if refused is not None:
            return None, (Fault(refused.code, member=member.label, limit=refused.limit),)
        simple = {"": None, "none": NONE, UNSURE_MARK: UNSURE}
        if shown["stage"] in simple:
            return simple[shown["stage"]], ()
        stage = self.choices(member).get(shown["stage"])
        if stage is None:
            return None, (Fault("unknown-choice", member=member.label),)
        given: Answer = {stage: shown["day"]} if shown["day"] else stage
        checked = checker.member(self.attribute, member.label, given)
        return checked.answer, checked.faults

    def is_chosen(self, shown: dict[str, str]) -> bool:
        return shown["stage"] not in ("", "none", UNSURE_MARK)


class ActivitiesField(MembersField):
    """Activities in topics, each 没有, 打算, 在做, 已完成 or 不清楚.

    Some stand on the page twice: in their topic and among those to look at first. The two controls are
    one answer: a script keeps them alike, and without one the control that was changed counts. Where
    both were changed to something different (``torn``), people are asked.
    """

    shape = "activities"
    states: Mapping[str, str] = {}
    order: tuple[str, ...] = ()

    def __init__(self, question: Question, **kwargs: Any) -> None:
        super().__init__(question, **kwargs)
        self.torn: set[str] = set()

    @property
    def parts(self) -> tuple[Part, ...]:
        """The topics in the order of the page: that of ``order``, else the vocabulary's."""
        if not self.order:
            return self.question.parts
        places = {topic: place for place, topic in enumerate(self.order)}
        return tuple(
            sorted(
                self.question.parts, key=lambda part: places[part.word.label] if part.word else 0
            )
        )

    def picked(self) -> list[Member]:
        """List the activities that are chosen, in the order of the page."""
        members = (member for part in self.parts for member in part.members)
        return [item for item in members if self.is_chosen(self.typed["members"][item.id])]

    def judged(self, members: tuple[Member, ...]) -> int:
        """Count the activities of which something is said, be it 没有 or 不清楚."""
        return sum(bool(self.typed["members"][member.id]) for member in members)

    def drop(self, id_: str) -> bool:
        """Take back what was chosen of a member, by its id; say whether there is one."""
        found = id_ in self.typed["members"]
        if found:
            self.typed["members"][id_] = ""
        return found

    def show_member(self, given: Answer | None) -> str:
        named = {label: id_ for id_, label in self.states.items()}
        state = given.get("状态", "") if isinstance(given, Mapping) else given
        return named.get(state, "") if isinstance(state, str) else ""

    def read_member(self, formdata: Any, member: Member) -> str:
        said, first, was = (
            self.part(formdata, f"{member.id}{end}") for end in ("", "-first", "-was")
        )
        if not first or first in (was, said):
            return said
        if said != was:
            self.torn.add(member.id)
        return first

    def member_answer(
        self, member: Member, checker: Checker
    ) -> tuple[Answer | None, tuple[Fault, ...]]:
        shown = self.typed["members"][member.id]
        if not shown:
            return None, ()
        if member.id in self.torn:
            return None, (Fault("torn", member=member.label),)
        answer = self.states.get(shown)
        return answer, () if answer else (Fault("unknown-choice", member=member.label),)

    def is_chosen(self, shown: str) -> bool:
        return shown not in ("", "none", UNSURE_MARK)


def _first(spell: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    return next((str(spell[key]) for key in keys if key in spell), "")


FIELDS: dict[Kind, type[AnswerField]] = {
    Kind.TEXT: LineField,
    Kind.NUMBER: LineField,
    Kind.REGION: LineField,
    Kind.INDUSTRY: LineField,
    Kind.DATE: DayField,
    Kind.YES_NO: ChoiceField,
    Kind.CHOICE: ChoiceField,
    Kind.SET: SetField,
    Kind.TITLES: SpellsField,
    Kind.STATUS: SpellsField,
    Kind.STAGE: StagesField,
    Kind.ACTIVITIES: ActivitiesField,
}

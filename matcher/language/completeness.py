"""What a company file leaves out: what is 不清楚, what is answered to the end, what goes without saying."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from matcher.language.answers import CODE, Answers
from matcher.language.diagnostics import did_you_mean
from matcher.language.entries import Entry
from matcher.language.members import absence
from matcher.language.source import Mapping, Node, Scalar
from matcher.profile import Activity, Assurance, Fact, FactKey, FactValue, Stage
from matcher.tree import State
from matcher.vocabulary.model import MEMBER_KINDS, Attribute, Kind, Member

CLOSABLE = MEMBER_KINDS | {Kind.STAGE}
LAST_YEAR = ("上年度 ", "last_year ")


class Completion:
    """Adds to the answers of one file what its other lines say of all the rest."""

    def __init__(self, answers: Answers, last_year: int) -> None:
        self.answers, self.last_year = answers, last_year
        self.vocabulary, self.problems = answers.vocabulary, answers.problems

    def unsure(self, node: Node) -> None:
        """Read 不清楚: an attribute, or one member of it."""
        for word in self._words("不清楚", node):
            self.answers.unsure.update(self._meant(word))

    def closed(self, node: Node) -> None:
        """Read 已答完: the rest of a topic, or of a set, is "none"."""
        topics = self.vocabulary.words("主题")
        ids = {word.id: word.label for word in topics.values()}
        for word in self._words("已答完", node):
            topic = ids.get(word.text, word.text)
            attribute = self.vocabulary.attribute(word.text)
            if topic in topics:
                activities = self.vocabulary.activities
                self._close(activities, [x for x in activities.members if x.topic == topic])
            elif attribute is not None and attribute.kind in CLOSABLE:
                self._close(attribute, attribute.members)
            else:
                closable = [x.label for x in self._attributes() if x.kind in CLOSABLE]
                self.problems.add(
                    "unknown-name",
                    f"“已答完”里的“{word.text}”不是主题,也不是可多选的指标",
                    word.place,
                    did_you_mean(word.text, [*topics, *closable], f"主题有 {'、'.join(topics)}"),
                )

    def titles_checked(self, node: Node) -> None:
        """Read 资质已查: a department's titles that are not listed are not held."""
        for word in self._words("资质已查", node):
            custodian = self.vocabulary.department(word.text)
            if custodian is None:
                self.problems.add(
                    "unknown-name",
                    f"没有名为“{word.text}”的部门",
                    word.place,
                    did_you_mean(word.text, self.vocabulary.words("部门")),
                )
                continue
            titles = self.vocabulary.titles
            kept = [x for x in titles.members if x.custodian == custodian]
            self._close(titles, kept, self.answers.channel.attests(custodian), custodian)

    def presume(self) -> None:
        """Apply 列出即完整 and 未填视为: a company profile speaks of a company unless it says else."""
        for attribute in self._attributes():
            if not (attribute.closed_by_answer or attribute.presumed):
                continue
            keys = {FactKey(attribute.label, member.label) for member in attribute.members}
            answered = not keys.isdisjoint(self.answers.facts)
            if attribute.closed_by_answer and answered:
                self._close(attribute, attribute.members)
            elif attribute.presumed and not answered and keys.isdisjoint(self.answers.unsure):
                key = FactKey(attribute.label, attribute.presumed)
                self.answers.facts[key] = self._presumed()

    # --- parts -----------------------------------------------------------------------------------

    def _attributes(self) -> list[Attribute]:
        return list(self.vocabulary.attributes.values())

    def _words(self, key: str, node: Node) -> Iterator[Scalar]:
        yield from Entry(Mapping((), node.place), self.problems).scalars_of(key, node)

    def _meant(self, word: Scalar) -> list[FactKey]:
        text = word.text
        for prefix in LAST_YEAR:
            text = text.removeprefix(prefix)
        name, _, member = text.partition(" ")
        attribute = self.vocabulary.attribute(name)
        if attribute is None and not member:
            owner = next((x for x in self._attributes() if x.member(name)), None)
            attribute, member = owner, name
        if attribute is None:
            self.problems.add(
                "unknown-attribute",
                f"没有名为“{word.text}”的指标",
                word.place,
                did_you_mean(word.text, self.vocabulary.spellings()),
            )
            return []
        if member:
            return self._member(attribute, member, word)
        if attribute.kind in CLOSABLE:
            return [FactKey(attribute.label, item.label) for item in attribute.members]
        return [FactKey(attribute.label, None, self.last_year if attribute.yearly else None)]

    def _member(self, attribute: Attribute, name: str, word: Scalar) -> list[FactKey]:
        found = attribute.member(name)
        if found is not None:
            return [FactKey(attribute.label, found.label)]
        names = [item.label for item in attribute.members]
        message = f"“{attribute.label}”里没有“{name}”"
        self.problems.add("unknown-member", message, word.place, did_you_mean(name, names))
        return []

    def _close(
        self,
        attribute: Attribute,
        members: list[Member] | tuple[Member, ...],
        attested: bool = False,
        source: str = "",
    ) -> None:
        for member in members:
            key = FactKey(attribute.label, member.label)
            self.answers.add(key, self._none(attribute, member), attested, source)

    def _none(self, attribute: Attribute, member: Member) -> FactValue:
        if attribute.kind is Kind.ACTIVITIES:
            return Activity(State.NONE)
        if attribute.kind in (Kind.TITLES, Kind.STATUS):
            return absence(member, self.answers.noted_on)
        return Stage() if attribute.kind is Kind.STAGE else False

    def _presumed(self) -> Fact:
        """Take the enterprise from the licence code where that is attested (91…), else declared."""
        code = self.answers.facts.get(FactKey(CODE))
        if code is not None and str(code.value).startswith("91"):
            return replace(code, value=True)
        return Fact(True, Assurance.DECLARED, "", self.answers.noted_on)

"""An outcome tree -> what a page shows of it: what decides first, what no longer matters apart.

Wording is the engine's (`matcher.readers.prose`), so that a page says what the command line says.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from matcher import tree
from matcher.catalogue import Catalogue, General
from matcher.documents.model import Document, Measure, Span
from matcher.logic import Truth
from matcher.profile import Assurance, Fact, FactKey, Profile
from matcher.readers.evaluate import Evaluate, Outcome
from matcher.readers.prose import EN, Wording, joint_text
from matcher.vocabulary.model import Kind, Vocabulary
from webapp.services.questions import Group, Questionnaire

STATED_BASIS = "stated"
_STOPS = "。;;\n"
_ORDERS: dict[Truth, dict[Truth, int]] = {
    True: {True: 0, None: 1, False: 2},
    False: {False: 0, None: 1, True: 2},
    None: {None: 0, False: 1, True: 2},
}


@dataclass(frozen=True, slots=True)
class Own:
    """A value of the company as a reason shows it: what it is called, what it is, where it comes from.

    ``kept_by`` is the custodian that shared it, empty where the company said so itself; ``noted_on`` is
    the day of either.
    """

    name: str
    value: str
    kept_by: str = ""
    noted_on: date | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """A fact that is missing or to be proved: its name, who keeps it, where it is answered.

    ``unsure`` says that the company was asked and answered 不清楚.
    """

    name: str
    custodian: str = ""
    attestable: bool = False
    judged: bool = False
    listed: bool = False
    group: Group | None = None
    anchor: str = ""
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """One node of the reasons: a sentence with its verdict, or a joint with its parts.

    ``settled`` are the parts that no longer matter to the joint, ``lacking`` counts the facts that an
    open node still needs. ``names`` are words of the condition by which it may be found in its text.
    """

    text: str
    verdict: str
    joint: bool = False
    parts: tuple[Reason, ...] = ()
    settled: tuple[Reason, ...] = ()
    values: tuple[Own, ...] = ()
    needs: tuple[Need, ...] = ()
    lacking: int = 0
    names: tuple[str, ...] = ()
    basis: str = ""
    basis_id: str = ""
    quote: str = ""
    reading: str = ""
    remark: str = ""

    @property
    def met(self) -> int:
        """How many parts are met."""
        return sum(part.verdict == "met" for part in (*self.parts, *self.settled))

    @property
    def total(self) -> int:
        """How many parts there are."""
        return len(self.parts) + len(self.settled)


class Explainer:
    """Explains the outcomes of one profile in one language."""

    def __init__(self, wording: Wording, questionnaire: Questionnaire, profile: Profile) -> None:
        self.wording, self.questionnaire, self.profile = wording, questionnaire, profile

    def reason(self, outcome: Outcome) -> Reason:
        """Give the reasons of an outcome, the deciding parts first."""
        node = outcome.node
        if isinstance(node, tree.Leaf) and outcome.judgement is not None:
            basis_id, basis = _basis(node, self.wording)
            missing = outcome.missing()
            return Reason(
                text=self.wording.leaf(node),
                verdict=outcome.verdict.value,
                values=tuple(self._values(outcome.judgement.used)),
                needs=tuple(self.need(key) for key in missing),
                lacking=len(missing),
                names=_names(node, self.wording.vocabulary),
                basis=basis,
                basis_id=basis_id,
                quote=node.note.quote,
                reading=node.note.reading,
                remark=outcome.judgement.why or "",
            )
        deciding, settled = _parted(outcome)
        return Reason(
            text=joint_text(node, self.wording.language),
            verdict=outcome.verdict.value,
            joint=True,
            parts=tuple(self.reason(part) for part in deciding),
            settled=tuple(self.reason(part) for part in settled),
            lacking=len(outcome.missing()),
            quote=node.note.quote,
            reading=node.note.reading,
        )

    def general(self, catalogue: Catalogue, as_of: date) -> list[tuple[General, Reason]]:
        """Give the prevailing conditions, which stand in no measure's text; met means that one excludes."""
        evaluate = Evaluate(catalogue.vocabulary, self.profile, as_of)
        return [(one, self.reason(evaluate(one.exclusion))) for one in catalogue.general]

    def failing(self, outcome: Outcome) -> list[str]:
        """Say in short what decides against: the deciding leaves."""
        if outcome.truth is not False:
            return []
        if outcome.judgement is not None and isinstance(outcome.node, tree.Leaf):
            values = [own.value for own in self._values(outcome.judgement.used)]
            own = f"({'、'.join(values)})" if values else ""
            return [self.wording.leaf(outcome.node) + own]
        if isinstance(outcome.node, tree.Not):
            inner = "、".join(self.wording.leaf(leaf) for leaf in _true_leaves(outcome))
            return [self._joined(outcome.node, [inner])]
        said = [text for part in outcome.parts for text in self.failing(part)]
        if isinstance(outcome.node, tree.AnyOf | tree.AtLeast) and len(said) > 1:
            return [self._joined(outcome.node, said)]
        return said

    def _joined(self, node: tree.Condition, said: list[str]) -> str:
        colon, stop = (": ", "; ") if self.wording.language == EN else (":", ";")
        return joint_text(node, self.wording.language) + colon + stop.join(said)

    def proofs(self, keys: tuple[FactKey, ...]) -> list[tuple[str, list[str]]]:
        """Group facts to be proved by who can confirm them; "" for what nobody keeps."""
        grouped: dict[str, list[str]] = {}
        for key in keys:
            need = self.need(key)
            grouped.setdefault(need.custodian if need.attestable else "", []).append(need.name)
        return list(grouped.items())

    def needs(self, keys: tuple[FactKey, ...]) -> list[Need]:
        """Say of several facts what they are called and where they are answered."""
        return [self.need(key) for key in keys]

    def need(self, key: FactKey) -> Need:
        """Say what a fact is called and where it is answered."""
        vocabulary = self.wording.vocabulary
        custodian, attestable = vocabulary.custodian(key.attribute, key.member)
        kind = vocabulary.attributes[key.attribute].kind
        judged = kind in (Kind.JUDGEMENT, Kind.LIST, Kind.RANK)
        name = self.wording.member(key.attribute, key.member or "") if judged else ""
        group = self.questionnaire.group_of.get(key.attribute)
        return Need(
            name=name or self.wording.fact(key),
            custodian=self.wording.word("部门", custodian) if custodian else "",
            attestable=attestable,
            judged=judged,
            listed=kind is Kind.LIST,
            group=group,
            anchor=self._anchor(key) if group else "",
            unsure=key in self.profile.unsure,
        )

    def _anchor(self, key: FactKey) -> str:
        attribute = self.wording.vocabulary.attributes[key.attribute]
        member = attribute.member(key.member) if key.member else None
        return f"q-{attribute.id}-{member.id}" if member else f"q-{attribute.id}"

    def _values(self, keys: tuple[FactKey, ...]) -> list[Own]:
        return [self._own(key, fact) for key in keys if (fact := self.profile.facts.get(key))]

    def _own(self, key: FactKey, fact: Fact) -> Own:
        attested = fact.assurance is Assurance.ATTESTED
        kept_by = fact.source or self.wording.vocabulary.custodian(key.attribute, key.member)[0]
        return Own(
            name=self.wording.fact(key),
            value=self.wording.value(key, fact.value),
            kept_by=self.wording.word("部门", kept_by) if attested else "",
            noted_on=fact.noted_on or self.profile.filed,
        )


def _basis(node: tree.Condition, wording: Wording) -> tuple[str, str]:
    """Give the id and the name of a condition's basis; what an author leaves unsaid is 原文."""
    words = wording.vocabulary.words("性质")
    label = node.note.basis
    id_ = words[label].id if label in words else STATED_BASIS
    return id_, wording.word_by_id("性质", id_)


def _names(node: tree.Leaf, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Give the words by which a condition may be found in its text: names of members and places."""
    if isinstance(node, tree.InTree):
        if node.group:
            return (node.group,)
        regional = vocabulary.attributes[node.attribute].kind is Kind.REGION
        name = vocabulary.regions.name if regional else vocabulary.industries.name
        return tuple(name(code) for code in node.nodes)
    labels: tuple[str, ...] = ()
    if isinstance(node, tree.Holds):
        labels = node.members
    elif isinstance(node, tree.TitleGrade):
        labels = (node.title,)
    attribute = getattr(node, "attribute", vocabulary.titles.label)
    found = (vocabulary.member(attribute, label) for label in labels)
    aliases = tuple(alias for member in found if member for alias in member.aliases)
    return (*labels, *aliases)


def outline(condition: tree.Condition, wording: Wording) -> Reason:
    """Give a condition as a page lists it, without any company: sentences, joints, basis."""
    leaf = isinstance(condition, tree.Leaf)
    basis_id, basis = _basis(condition, wording)
    return Reason(
        text=wording.leaf(condition)
        if isinstance(condition, tree.Leaf)
        else joint_text(condition, wording.language),
        verdict="",
        joint=not leaf,
        parts=tuple(outline(part, wording) for part in condition.children),
        basis=basis if leaf else "",
        basis_id=basis_id,
        quote=condition.note.quote,
        reading=condition.note.reading,
    )


@dataclass(frozen=True, slots=True)
class Cited:
    """The words of one condition in the sentence of the text that they stand in."""

    before: str
    words: str
    after: str


def cited(
    words: str, measure: Measure, document: Document, names: tuple[str, ...] = ()
) -> Cited | None:
    """Find the words that a condition rests on, in the measure's own passages first, then in its clause.

    A condition without a quote of its own rests on the measure's: it is looked for there by its names.
    """
    clause = next((item.span for item in document.clauses if item.number == measure.clause), None)
    if words:
        return _found(words, (*measure.spans, *((clause,) if clause else ())), document.text)
    found = (_found(name, measure.spans, document.text) for name in names)
    return next((item for item in found if item), None)


def _found(words: str, spans: Iterable[Span], text: str) -> Cited | None:
    """Find words in passages of a text, and give the sentence around them."""
    for span in spans:
        start = text.find(words, span.start, span.end)
        if start >= 0:
            end = start + len(words)
            first = max(text.rfind(stop, 0, start) for stop in _STOPS) + 1
            stops = (text.find(stop, end - 1) for stop in _STOPS)
            last = min((place for place in stops if place >= 0), default=len(text) - 1) + 1
            return Cited(text[first:start].lstrip(), words, text[end : max(end, last)].rstrip())
    return None


def _parted(outcome: Outcome) -> tuple[list[Outcome], list[Outcome]]:
    """Split the parts of a joint into those that matter to its verdict and those that do not."""
    parts = sorted(outcome.parts, key=lambda part: _ORDERS[outcome.truth][part.truth])
    if outcome.truth is None or isinstance(outcome.node, tree.Not | tree.Named | tree.When):
        return parts, []
    deciding = [part for part in parts if part.truth is outcome.truth]
    return deciding, [part for part in parts if part.truth is not outcome.truth]


def _true_leaves(outcome: Outcome) -> list[tree.Leaf]:
    return [
        leaf.node
        for leaf in outcome.leaves()
        if leaf.truth is True and isinstance(leaf.node, tree.Leaf)
    ]

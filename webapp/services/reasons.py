"""An outcome tree -> what a page shows of it: what decides first, what no longer matters apart.

Wording is the engine's (`matcher.readers.prose`), so that a page says what the command line says.
"""

from __future__ import annotations

from dataclasses import dataclass

from matcher import tree
from matcher.documents.model import Document, Measure
from matcher.logic import Truth
from matcher.profile import FactKey, Profile
from matcher.readers.evaluate import Outcome
from matcher.readers.prose import EN, Wording, joint_text
from matcher.vocabulary.model import Kind
from webapp.services.questions import Group, Questionnaire

_STOPS = "。;;\n"
_ORDERS: dict[Truth, dict[Truth, int]] = {
    True: {True: 0, None: 1, False: 2},
    False: {False: 0, None: 1, True: 2},
    None: {None: 0, False: 1, True: 2},
}


@dataclass(frozen=True, slots=True)
class Need:
    """A fact that is missing or to be proved: its name, who keeps it, where it is answered."""

    name: str
    custodian: str = ""
    attestable: bool = False
    judged: bool = False
    listed: bool = False
    group: Group | None = None
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """One node of the reasons: a sentence with its verdict, or a joint with its parts.

    ``settled`` are the parts that no longer matter to the joint.
    """

    text: str
    verdict: str
    joint: bool = False
    parts: tuple[Reason, ...] = ()
    settled: tuple[Reason, ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    needs: tuple[Need, ...] = ()
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
        basis = node.note.basis
        words = self.wording.vocabulary.words("性质")
        if isinstance(node, tree.Leaf) and outcome.judgement is not None:
            return Reason(
                text=self.wording.leaf(node),
                verdict=outcome.verdict.value,
                values=tuple(self._values(outcome.judgement.used)),
                needs=tuple(self.need(key) for key in outcome.missing()),
                basis=self.wording.word("性质", basis) if basis else "",
                basis_id=words[basis].id if basis in words else "",
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
            quote=node.note.quote,
            reading=node.note.reading,
        )

    def failing(self, outcome: Outcome) -> list[str]:
        """Say in short what decides against: the deciding leaves."""
        if outcome.truth is not False:
            return []
        if outcome.judgement is not None and isinstance(outcome.node, tree.Leaf):
            values = [value for _, value in self._values(outcome.judgement.used)]
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
        )

    def _anchor(self, key: FactKey) -> str:
        attribute = self.wording.vocabulary.attributes[key.attribute]
        member = attribute.member(key.member) if key.member else None
        return f"q-{attribute.id}-{member.id}" if member else f"q-{attribute.id}"

    def _values(self, keys: tuple[FactKey, ...]) -> list[tuple[str, str]]:
        return [
            (self.wording.fact(key), self.wording.value(key, self.profile.value(key)))
            for key in keys
            if self.profile.knows(key)
        ]


def outline(condition: tree.Condition, wording: Wording) -> Reason:
    """Give a condition as a page lists it, without any company: sentences, joints, basis."""
    basis = condition.note.basis
    words = wording.vocabulary.words("性质")
    leaf = isinstance(condition, tree.Leaf)
    return Reason(
        text=wording.leaf(condition)
        if isinstance(condition, tree.Leaf)
        else joint_text(condition, wording.language),
        verdict="",
        joint=not leaf,
        parts=tuple(outline(part, wording) for part in condition.children),
        basis=wording.word("性质", basis) if basis and leaf else "",
        basis_id=words[basis].id if basis in words else "",
        quote=condition.note.quote,
        reading=condition.note.reading,
    )


@dataclass(frozen=True, slots=True)
class Cited:
    """The words of one condition in the sentence of the text that they stand in."""

    before: str
    words: str
    after: str


def cited(words: str, measure: Measure, document: Document) -> Cited | None:
    """Find the words that a condition rests on, in the measure's own passages first, then in its clause."""
    clause = next((item.span for item in document.clauses if item.number == measure.clause), None)
    for span in (*measure.spans, *((clause,) if clause else ())):
        start = document.text.find(words, span.start, span.end)
        if words and start >= 0:
            end = start + len(words)
            first = max(document.text.rfind(stop, 0, start) for stop in _STOPS) + 1
            stops = (document.text.find(stop, end - 1) for stop in _STOPS)
            last = min((place for place in stops if place >= 0), default=len(document.text) - 1) + 1
            text = document.text
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

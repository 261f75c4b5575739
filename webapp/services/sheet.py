"""Results -> a sheet to take away: every sentence of it as plain data, in one language.

The printed sheet and a shared snapshot show the same data. Nothing in it refers to the rules any more,
so that a snapshot reads tomorrow as it read today.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import segno

from matcher.catalogue import Catalogue
from matcher.documents.model import Measure
from matcher.finding import Finding, General, Matcher
from matcher.language.profiles import CODE, NAME
from matcher.logic import Verdict
from matcher.nearby.nearness import Way
from matcher.nearby.wording import say_change, say_confirming
from matcher.profile import Activity, FactKey, FactValue, Profile, Stage, Tenure
from matcher.readers.prose import Wording
from matcher.tree import State
from matcher.vocabulary.model import Kind
from webapp.services.documents import number
from webapp.services.matching import GROUPS, Results, delivery_id, waits_only
from webapp.services.profiles import Facts
from webapp.services.questions import IDENTITY, Questionnaire
from webapp.services.reasons import Explainer, Need
from webapp.services.worth import Worths
from webapp.texts import Texts

_FIGURES = frozenset({Kind.NUMBER, Kind.RANK, Kind.RECORDS})


@dataclass(frozen=True, slots=True)
class Proof:
    """A fact to be proved when applying: who can confirm it, and what usually shows it."""

    name: str
    custodian: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Slip:
    """One finding in sentences.

    ``lacks`` is what is missing, ``against`` what decides against it, ``steps`` what would meet it, ``worth``
    what it pays the company where its text states an amount.
    """

    id: str
    verdict: str
    said: str
    title: str
    document: str
    clause: str
    number: str
    quote: str
    basis: str
    delivery: str = ""
    beneficiary: str = ""
    departments: tuple[str, ...] = ()
    proofs: tuple[Proof, ...] = ()
    lacks: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    worth: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """All findings of a company on one day.

    ``facts`` are the answers they rest on, by name; ``sums`` say what may be had together.
    """

    company: str
    code: str
    as_of: str
    version: str
    general_hit: bool
    met: tuple[Slip, ...]
    open: tuple[Slip, ...]
    near: tuple[Slip, ...]
    rest: tuple[Slip, ...]
    facts: tuple[tuple[str, str], ...] = ()
    sums: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """All measures in force."""
        return sum(len(self.group(name)) for name in GROUPS)

    def group(self, name: str) -> tuple[Slip, ...]:
        """Give the slips of a group of the results."""
        found: tuple[Slip, ...] = getattr(self, name)
        return found

    def data(self) -> dict[str, Any]:
        """Give the sheet as JSON can hold it."""
        return asdict(self)


def read_sheet(data: Mapping[str, Any]) -> Sheet:
    """Read a sheet back from what `Sheet.data` gave, as long ago as a snapshot is kept."""

    def slips(group: str) -> tuple[Slip, ...]:
        return tuple(_read_slip(item) for item in data[group])

    facts = tuple((name, value) for name, value in data["facts"])
    groups = {group: slips(group) for group in GROUPS}
    sums = tuple(data.get("sums", ()))  # snapshots that were made before there were sums
    return Sheet(**{**data, **groups, "facts": facts, "sums": sums})


def _read_slip(data: Mapping[str, Any]) -> Slip:
    listed = {name: tuple(data[name]) for name in ("departments", "lacks", "against", "steps")}
    return Slip(**{**data, **listed, "proofs": tuple(Proof(**item) for item in data["proofs"])})


class SheetWriter:
    """Writes sheets in one language."""

    def __init__(
        self, catalogue: Catalogue, questionnaire: Questionnaire, texts: Texts, language: str
    ) -> None:
        self.catalogue, self.questionnaire = catalogue, questionnaire
        self.texts, self.wording = texts, Wording(catalogue.vocabulary, language)

    def write(self, results: Results, facts: Facts, *, figures: bool = True) -> Sheet:
        """Write the sheet of some results; without figures no number of the company is on it."""
        profile = results.profile if figures else self._without_figures(results.profile)
        explain = Explainer(self.wording, self.questionnaire, profile)
        worths = Worths(results, Matcher(self.catalogue), self.texts, self.wording.language)

        def slip(finding: Finding) -> Slip:
            way = results.ways.get(finding.measure.id) if figures else None
            steps = tuple(self._steps(way, profile)) if way else ()
            worth = worths.of(finding, None if figures else profile)
            # A sum that needs the company's figures would only read as unknown without them.
            shown = worth is not None and finding.verdict is not Verdict.UNMET
            said = worth.said if worth and shown and (figures or worth.settled) else ""
            return replace(self._slip(finding, explain, steps), worth=said)

        groups = {name: tuple(map(slip, results.group(name))) for name in GROUPS}
        return Sheet(
            company=facts.get(NAME, ""),
            code=facts.get(CODE, ""),
            as_of=results.as_of.isoformat(),
            version=self.catalogue.version,
            general_hit=results.general is General.HIT,
            facts=tuple(self._facts(results.profile, figures)),
            sums=tuple(self._sums(worths)) if figures else (),
            **groups,
        )

    def _text(self, key: str, **values: object) -> str:
        return self.texts.get(self.wording.language, key, **values)

    def _sums(self, worths: Worths) -> Iterator[str]:
        """Say what may be had together, and what limits it."""
        found = worths.together()
        if found is None:
            return
        yield (
            self._text("worth.total", total=found.total)
            if found.total
            else self._text("worth.no_total")
        )
        yield from found.lost
        for items in found.undecided:
            yield self._text("worth.undecided", items=items)

    def _steps(self, way: Way, profile: Profile) -> Iterator[str]:
        """Say what would meet a measure; the distances in it are figures of the company."""
        yield from say_confirming(way.confirm, self.wording)
        for change in way.change:
            yield say_change(change, profile, self.wording)

    def _slip(self, finding: Finding, explain: Explainer, steps: tuple[str, ...]) -> Slip:
        measure, vocabulary = finding.measure, self.catalogue.vocabulary
        document = self.catalogue.document(measure.document)
        delivery = delivery_id(finding)
        waiting = waits_only(finding, vocabulary)
        against = explain.failing(finding.outcome)
        if finding.whatever:
            against = [self.wording.whatever(finding.whatever, finding.verdict), *against]
        verdict = finding.verdict.value
        return Slip(
            id=measure.id,
            verdict=verdict,
            said=self._text("results.awaiting_verdict")
            if waiting
            else self.wording.word_by_id("结论", verdict),
            title=measure.title,
            document=document.title if document else measure.document,
            clause=measure.clause,
            number=number(measure),
            quote=measure.quote,
            basis=self._text(f"basis.{vocabulary.words('兑付依据')[measure.benefit_basis].id}"),
            delivery=self._text(f"delivery.{delivery}") if delivery else "",
            beneficiary=self._beneficiary(measure),
            departments=tuple(self._departments(measure)),
            proofs=tuple(self._proof(key, explain) for key in finding.to_prove),
            lacks=tuple(self._lack(need) for need in explain.needs(finding.missing)),
            against=tuple(against),
            steps=steps,
        )

    def _beneficiary(self, measure: Measure) -> str:
        """Name who benefits where that is not the company itself."""
        if measure.beneficiary == "企业":
            return ""
        return self._text("measure.for", who=self.wording.word("对象", measure.beneficiary))

    def _departments(self, measure: Measure) -> list[str]:
        lead = [
            self.wording.word("责任单位", name) + self._text("measure.lead")
            for name in measure.lead_departments
        ]
        return lead + [self.wording.word("责任单位", name) for name in measure.other_departments]

    def _proof(self, key: FactKey, explain: Explainer) -> Proof:
        need = explain.need(key)
        attribute = self.catalogue.vocabulary.attributes[key.attribute]
        member = attribute.member(key.member) if key.member else None
        evidence = member.evidence if member and member.evidence else attribute.evidence
        return Proof(need.name, need.custodian if need.attestable else "", "、".join(evidence))

    def _lack(self, need: Need) -> str:
        if need.listed:
            return self._text("need.listed") + need.name
        if need.judged:
            who = need.custodian
            return (
                self._text("need.judged", custodian=who) if who else self._text("need.judged_plain")
            ) + need.name
        by = need.custodian if need.attestable else ""
        return need.name + (self._text("need.attestable", custodian=by) if by else "")

    # --- facts -----------------------------------------------------------------------------------

    def _is_figure(self, key: FactKey) -> bool:
        return self.catalogue.vocabulary.attributes[key.attribute].kind in _FIGURES

    def _without_figures(self, profile: Profile) -> Profile:
        kept = {key: fact for key, fact in profile.facts.items() if not self._is_figure(key)}
        return replace(profile, facts=kept)

    def _facts(self, profile: Profile, figures: bool) -> list[tuple[str, str]]:
        """List the answers that say something: members that are not held, and identity, are left out."""
        kinds = self.catalogue.vocabulary.attributes
        hidden = self._text("share.hidden")
        return [
            (
                self.wording.fact(key),
                hidden
                if self._is_figure(key) and not figures
                else self.wording.value(key, fact.value),
            )
            for key, fact in profile.facts.items()
            if key.attribute not in IDENTITY
            and kinds[key.attribute].kind is not Kind.PARAMETER
            and not (key.member and _is_none(fact.value))
        ]


def _is_none(value: FactValue) -> bool:
    """Say whether the value of one member says that it is not held, done or reached."""
    if isinstance(value, Tenure):
        return not value.spells
    if isinstance(value, Activity):
        return value.state is State.NONE
    if isinstance(value, Stage):
        return value.current is None
    return value is False


def qr_code(address: str) -> str:
    """Draw an address as an SVG element, black on white, without styles or a size of its own."""
    code = segno.make_qr(address, error="m")
    return str(
        code.svg_inline(light="#fff", svgclass="qr-code", lineclass=None, omitsize=True, border=4)
    )

"""The facts of one company file as they are read: each kept once and trusted by its channel.

A claimed 来源 is believed only where the channel has the right to attest for that custodian; otherwise
the fact stays declared, and a warning says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from stdnum.cn import uscc
from stdnum.exceptions import InvalidChecksum, ValidationError

from matcher.language.claims import Claim
from matcher.language.diagnostics import Place, Problems
from matcher.profile import Activity, Assurance, Fact, FactKey, FactValue
from matcher.tree import State
from matcher.values import fold
from matcher.vocabulary.model import Attribute, Kind, Vocabulary

CODE = "统一社会信用代码"


@dataclass(frozen=True, slots=True)
class Channel:
    """Where a file came from: the custodians it may attest for, and whether it records judgements."""

    custodians: frozenset[str] = frozenset()
    everything: bool = False
    judgements: bool = False

    def attests(self, custodian: str) -> bool:
        """Say whether a fact of this custodian is believed from here."""
        return self.everything or custodian in self.custodians


COMPANY = Channel()


class Answers:
    """Collects facts; ``source`` is the 来源 that a file claims for all it holds."""

    def __init__(
        self, vocabulary: Vocabulary, problems: Problems, channel: Channel, noted_on: date
    ) -> None:
        self.vocabulary, self.problems = vocabulary, problems
        self.channel, self.noted_on = channel, noted_on
        self.source = ""
        self.facts: dict[FactKey, Fact] = {}
        self.claims: dict[FactKey, Claim] = {}
        self.unsure: set[FactKey] = set()

    def keep(self, attribute: Attribute, claims: Iterable[Claim]) -> None:
        """Keep what the file claims of an attribute; a second, different value is a mistake."""
        for claim in claims:
            known = self.claims.get(claim.key)
            if known is not None and known.value != claim.value:
                self.problems.add(
                    "contradiction",
                    f"“{said(claim.key)}”填了两个不同的值",
                    claim.node.place,
                    f"与{known.node.place.said}核对,只留一个",
                )
                continue
            self.claims[claim.key] = claim
            if attribute.label == CODE and isinstance(claim.value, str):
                claim = claim._replace(value=self._code(claim.value, claim.node.place))
            if claim.value is None:
                self.unsure.add(claim.key)
            else:
                self._trust(attribute, claim, claim.value)

    def add(self, key: FactKey, value: FactValue, attested: bool = False, source: str = "") -> None:
        """Add a fact that follows from the others, unless the file speaks of it itself."""
        if key not in self.facts and key not in self.unsure:
            assurance = Assurance.ATTESTED if attested else Assurance.DECLARED
            self.facts[key] = Fact(value, assurance, source, self.noted_on)

    def _trust(self, attribute: Attribute, claim: Claim, value: FactValue) -> None:
        """Decide the assurance of a claim by the channel's right to attest."""
        custodian, attestable = self.vocabulary.custodian(attribute.label, claim.key.member)
        if attribute.kind is Kind.JUDGEMENT:
            self._judgement(claim, value)
            return
        planned = isinstance(value, Activity) and value.state is State.PLANNED
        source = claim.source or self.source
        believed = bool(source) and self.vocabulary.department(source) == custodian
        believed = believed and attestable and self.channel.attests(custodian) and not planned
        if claim.source and not believed:
            self.problems.add(
                "not-attested",
                f"“{said(claim.key)}”写的来源“{claim.source}”未采信,按企业申报处理",
                claim.node.place,
                self._why_not(claim.source, custodian, attestable, planned),
                warning=True,
            )
        assurance = Assurance.ATTESTED if believed else Assurance.DECLARED
        noted = source if believed else claim.source
        self.facts[claim.key] = Fact(value, assurance, noted, self.noted_on)

    def _why_not(self, source: str, custodian: str, attestable: bool, planned: bool) -> str:
        if planned:
            return "打算做的事只能由企业自己申报"
        if not attestable:
            return "这项指标没有部门能核验"
        if self.vocabulary.department(source) != custodian:
            return f"这项指标由{custodian}保管"
        return "企业自己的文件不能代部门核验;由工作人员用 --attest 指明已核验的部门"

    def claim_source(self, source: str, place: Place) -> None:
        """Note the 来源 that the file claims for everything in it."""
        self.source = source
        custodian = self.vocabulary.department(source)
        if not (custodian and self.channel.attests(custodian)):
            self.problems.add(
                "not-attested",
                f"整份文件写的来源“{source}”未采信,按企业申报处理",
                place,
                "企业自己的文件不能代部门核验;由工作人员用 --attest 指明已核验的部门",
                warning=True,
            )

    def _judgement(self, claim: Claim, value: FactValue) -> None:
        if self.channel.judgements or self.channel.everything:
            self.facts[claim.key] = Fact(value, Assurance.ATTESTED, claim.source)
            return
        self.problems.add(
            "not-attested",
            f"“{claim.key.member}”要由主管部门认定,企业填写的不算",
            claim.node.place,
            "由主管部门记录认定的文号和日期",
            warning=True,
        )

    def _code(self, text: str, place: Place) -> str:
        """Check a credit code: a wrong shape is a mistake, a wrong check digit only a warning."""
        code = fold(text).replace(" ", "").upper()
        try:
            uscc.validate(code)
        except InvalidChecksum:
            self.problems.add(
                "check-digit",
                f"统一社会信用代码“{code}”的校验位不符",
                place,
                "请核对;如证照如此可继续",
                warning=True,
            )
        except ValidationError:
            self.problems.add(
                "bad-number",
                f"“{text}”不是统一社会信用代码",
                place,
                "18 位数字和大写字母(不含 I、O、S、V、Z)",
            )
        return code


def said(key: FactKey) -> str:
    """Name a fact as messages do."""
    period = f"{key.period} 年 " if isinstance(key.period, int) else ""
    return f"{period}{key.attribute}{' ' + key.member if key.member else ''}"

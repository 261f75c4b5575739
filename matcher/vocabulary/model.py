"""The words that rules and companies share: attributes, their members, terms, lists and trees.

Data comes from rules/vocabulary/ (see `matcher.vocabulary.load`); every label <-> English id pair stands
there once. Labels are the keys everywhere inside the engine.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from matcher.tree import Condition, Grading, Quantity, Score
from matcher.values import Number, Unit, Units, fold
from matcher.vocabulary.trees import Industries, Regions


class Kind(Enum):
    """The type of an attribute, by its name in the vocabulary."""

    TEXT = "文本"
    YES_NO = "是否"
    NUMBER = "数值"
    DATE = "日期"
    CHOICE = "单选"
    SET = "多选"
    REGION = "区域"
    INDUSTRY = "行业"
    ACTIVITIES = "事项"
    TITLES = "资质"
    STATUS = "状态"
    STAGE = "阶段"
    RECORDS = "记录"
    JUDGEMENT = "认定"
    LIST = "名单"
    RANK = "排名"
    PARAMETER = "参数"


class Changing(Enum):
    """What can change a fact, by its name in the vocabulary.

    The company's effort; effort that only adds, for nobody would give it up; time alone; nothing.
    """

    EFFORT = "是"
    ADDING = "只增"
    TIME = "等待"
    NOTHING = "否"


# Kinds that others decide, whatever a company does.
DECIDED_BY_OTHERS = frozenset({Kind.JUDGEMENT, Kind.LIST, Kind.PARAMETER, Kind.RANK})

# Kinds whose facts are known member by member.
MEMBER_KINDS = frozenset(
    {Kind.SET, Kind.ACTIVITIES, Kind.TITLES, Kind.STATUS, Kind.JUDGEMENT, Kind.LIST, Kind.PARAMETER}
)

# Kinds of which a rule says 含.
SET_KINDS = frozenset({Kind.SET, Kind.TITLES, Kind.ACTIVITIES, Kind.STATUS})

JUDGEMENT, LIST, PARAMETER = "主管部门认定", "列入名单", "参数"


@dataclass(frozen=True, slots=True)
class English:
    """The English side of a label."""

    name: str = ""
    question: str = ""
    help: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """One option, title, activity, status, judgement or list document of an attribute."""

    label: str
    id: str
    english: English = English()
    aliases: tuple[str, ...] = ()
    definition: str = ""
    example: str = ""
    topic: str = ""
    custodian: str = ""
    attestable: bool | None = None
    evidence: tuple[str, ...] = ()
    months_valid: int | None = None
    levels: tuple[str, ...] = ()
    family: str = ""
    lookback_years: int | None = None
    keeper: str = ""
    stages: tuple[str, ...] = ()
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Attribute:
    """One named, typed fact about a company (指标)."""

    label: str
    id: str
    kind: Kind
    unit: Unit | None = None
    yearly: bool = False
    group: str = ""
    question: str = ""
    help: str = ""
    custodian: str = ""
    attestable: bool = False
    evidence: tuple[str, ...] = ()
    english: English = English()
    aliases: tuple[str, ...] = ()
    members: tuple[Member, ...] = ()
    ordered: bool = False
    stages: tuple[str, ...] = ()
    in_form: bool = True
    presumed: str = ""
    closed_by_answer: bool = False
    may_be_negative: bool = False
    changing: Changing = Changing.EFFORT
    maximum: Number | None = None
    fields: tuple[Attribute, ...] = ()
    by_label: dict[str, Member] = field(default_factory=dict, compare=False, repr=False)

    def member(self, name: str) -> Member | None:
        """Find a member by label, alias or id."""
        return self.by_label.get(name) or self.by_label.get(fold(name))

    def stages_of(self, member: Member | None) -> tuple[str, ...]:
        """List the stages a board goes through; not every board has all of them."""
        return member.stages if member and member.stages else self.stages


@dataclass(frozen=True, slots=True)
class Term:
    """An attribute computed from others (派生指标): a formula, a score, grades or a condition."""

    attribute: Attribute
    formula: Quantity | None = None
    score: Score | None = None
    grading: Grading | None = None
    condition: Condition | None = None
    source: str = ""
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Word:
    """A member of a closed list: 支持方式, 对象, 表单分组, 主题, 部门 …"""

    label: str
    id: str
    english: str = ""
    description: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IndustryGroup:
    """A named group of industry codes where a text uses a word without a GB/T node."""

    label: str
    id: str
    codes: tuple[str, ...]
    partly: tuple[str, ...]
    source: str
    english: str = ""


@dataclass(frozen=True, slots=True)
class PartOf:
    """Two figures of which the first is a part of the second, and so not larger in one year.

    ``refused`` says whether a larger part is a contradiction; otherwise it is only worth a second look.
    """

    part: str
    whole: str
    refused: bool
    reason: str


@dataclass
class Vocabulary:
    """All words, found by label, alias or id."""

    units: Units
    regions: Regions
    industries: Industries
    attributes: dict[str, Attribute] = field(default_factory=dict)
    terms: dict[str, Term] = field(default_factory=dict)
    lists: dict[str, dict[str, Word]] = field(default_factory=dict)
    groups: dict[str, IndustryGroup] = field(default_factory=dict)
    named: dict[str, Condition] = field(default_factory=dict)
    parts: tuple[PartOf, ...] = ()
    # What an answer costs a company by kind, and the extra for looking it up (答题成本).
    costs: dict[Kind, tuple[int, int]] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)
    # What was worked out of these words alone and is asked for again with every company.
    remembered: dict[object, Any] = field(default_factory=dict, compare=False, repr=False)
    _records: dict[str, Vocabulary] = field(default_factory=dict, repr=False)

    def add(self, attribute: Attribute) -> str:
        """Make an attribute findable; gives a name of it that another one has, else nothing.

        It is kept under its other names then, so that one mistake does not become many.
        """
        names = (attribute.label, attribute.id, *attribute.aliases)
        taken = next((name for name in names if fold(name) in self._names), "")
        if attribute.label not in self.attributes:
            self.attributes[attribute.label] = attribute
            for name in names:
                self._names.setdefault(fold(name), attribute.label)
        return taken

    def spellings(self) -> dict[str, Attribute]:
        """Give every attribute by label and alias, the names an author may have meant."""
        return {
            name: item for item in self.attributes.values() for name in (item.label, *item.aliases)
        }

    def attribute(self, name: str) -> Attribute | None:
        """Find an attribute or term by label, alias or id."""
        label = self._names.get(name) or self._names.get(fold(name))
        return self.attributes[label] if label else None

    def inside_record(self, attribute: str) -> Vocabulary:
        """Give the words that hold inside one record of an attribute: its own fields only."""
        if attribute not in self._records:
            words = Vocabulary(self.units, self.regions, self.industries, lists=self.lists)
            for item in self.attributes[attribute].fields:
                words.add(item)
            self._records[attribute] = words
        return self._records[attribute]

    def term(self, attribute: str) -> Term | None:
        """Give the definition of a term, None for a plain attribute."""
        return self.terms.get(attribute)

    def member(self, attribute: str, member: str) -> Member | None:
        """Find a member of an attribute."""
        found = self.attributes.get(attribute)
        return found.member(member) if found else None

    def words(self, name: str) -> dict[str, Word]:
        """Give a closed list by its name."""
        return self.lists.get(name, {})

    def department(self, name: str) -> str | None:
        """Find the label of a department by label, id or alias."""
        words = self.words("部门").values()
        return next((w.label for w in words if name in (w.label, w.id, *w.aliases)), None)

    @property
    def titles(self) -> Attribute:
        """The attribute 资质."""
        return self.one(Kind.TITLES)

    @property
    def activities(self) -> Attribute:
        """The attribute 事项."""
        return self.one(Kind.ACTIVITIES)

    def one(self, kind: Kind) -> Attribute:
        """Give the first attribute of a kind."""
        return next(item for item in self.attributes.values() if item.kind is kind)

    def parameter_unit(self, parameter: Member) -> Unit:
        """Give the unit of a parameter; a share where it names none."""
        unit = self.units.find(parameter.unit) or self.units.find("%")
        assert unit is not None
        return unit

    def custodian(self, attribute: str, member: str | None) -> tuple[str, bool]:
        """Give who keeps a fact and whether they can attest it: the member's own, else the set's."""
        found = self.attributes.get(attribute)
        if found is None:
            return "", False
        one = found.member(member) if member else None
        custodian = one.custodian if one and one.custodian else found.custodian
        attestable = one.attestable if one and one.attestable is not None else found.attestable
        return custodian, attestable

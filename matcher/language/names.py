"""The names of a condition sentence: options, titles, regions and industries looked up."""

from __future__ import annotations

from lark import Token, Tree

from matcher.language.diagnostics import did_you_mean
from matcher.language.quantities import QuantityResolver
from matcher.language.sentences import Subject, operators_of
from matcher.tree import Grading
from matcher.vocabulary.model import Attribute, Kind, Member

# A message lists all members of an attribute up to this many.
MAX_LISTED = 12
# Members that grow with every document stand in a file of their own.
_FILES = {
    Kind.LIST: "全部见 rules/vocabulary/名单.yaml",
    Kind.JUDGEMENT: "全部见 rules/vocabulary/认定.yaml",
    Kind.TITLES: "全部见 rules/vocabulary/资质.yaml",
}
_NAMELESS = {Kind.LIST: "没有名为“{}”的名单", Kind.JUDGEMENT: "没有名为“{}”的认定"}


class NameResolver(QuantityResolver):
    """Looks up the words after an operator."""

    def member_of(self, attribute: Attribute, token: Token) -> Member:
        """Find an option, title or activity by name."""
        member = attribute.member(str(token))
        if member is None:
            names = [item.label for item in attribute.members]
            table = f"可用:{'、'.join(names)}" if len(names) <= MAX_LISTED else ""
            table = _FILES.get(attribute.kind, table)
            raise self.fault(
                "unknown-member",
                _NAMELESS.get(attribute.kind, f"“{attribute.label}”里没有“{{}}”").format(token),
                token,
                did_you_mean(str(token), names, table),
            )
        return member

    def grading(self, attribute: Attribute) -> Grading | None:
        """Give the grades of a term with options, None for a plain attribute."""
        term = self.vocabulary.term(attribute.label)
        return term.grading if term else None

    def value_tokens(self, tree: Tree[Token]) -> list[Token]:
        """List the names and codes of a value or list node."""
        return [
            token
            for token in tree.scan_values(lambda v: isinstance(v, Token))
            if token.type in ("NAME", "NUMBER")
        ]

    def named(self, figure: object) -> tuple[Subject, Attribute]:
        """Read the left side of a sentence that looks at no period of its own."""
        assert isinstance(figure, Tree)
        subject = self.subject(figure)
        attribute = self.attribute(subject.name)
        if subject.second is not None:
            raise self.fault(
                "leaf-syntax",
                f"读到“{subject.second}”时不明白",
                subject.second,
                operators_of(attribute),
            )
        self.undated(subject, attribute)
        return subject, attribute

    def parts(self, tree: Tree[Token]) -> tuple[Subject, Attribute, list[Token]]:
        """Read a sentence of the shape: attribute, operator, words."""
        values = tree.children[-1]
        assert isinstance(values, Tree)
        subject, attribute = self.named(tree.children[0])
        return subject, attribute, self.value_tokens(values)

    def labels(self, attribute: Attribute, tokens: list[Token]) -> tuple[str, ...]:
        """Look up the members of a list; the same one twice is a mistake."""
        labels = [self.member_of(attribute, token).label for token in tokens]
        for token, label in zip(tokens, labels, strict=True):
            if labels.count(label) > 1:
                raise self.fault("wrong-shape", f"“{label}”写了两次", token, "删去重复的一项")
        return tuple(labels)

    def region(self, token: Token) -> str:
        """Find a place; a name that several places share is a mistake."""
        found = self.vocabulary.regions.find(str(token))
        if len(found) == 1:
            return found[0].id
        if found:
            names = "、".join(self.vocabulary.regions.name(item.id) for item in found)
            raise self.fault("unknown-name", f"“{token}”不止一处", token, f"写全名:{names}")
        names_ = [item.name for item in self.vocabulary.regions.by_id.values()]
        raise self.fault(
            "unknown-name", f"没有名为“{token}”的地区", token, did_you_mean(str(token), names_)
        )

    def industry(self, token: Token) -> str:
        """Find an industry by code or name."""
        code = self.vocabulary.industries.find(str(token))
        if code is not None:
            return code
        names = self.vocabulary.industries.by_name
        raise self.fault(
            "unknown-name",
            f"行业表里没有“{token}”",
            token,
            did_you_mean(str(token), names, "写 GB/T 4754-2017 的代码或名称"),
        )

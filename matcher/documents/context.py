"""What the readers of one document's files share: its text, its words, and the finding of quotes."""

from __future__ import annotations

from dataclasses import dataclass

from matcher.documents.model import Passage, Span
from matcher.documents.quotes import QuoteFault, find_quote
from matcher.language.conditions import ConditionReader
from matcher.language.diagnostics import Problems, nearest
from matcher.language.entries import Entry
from matcher.tree import Condition
from matcher.vocabulary.model import Vocabulary


@dataclass
class DocumentContext:
    """One document being read.

    ``text`` is None where the source text could not be read: the rest is still checked, quotes are not.
    Where its title has an English gloss, the title of every clause and measure has to have one.
    """

    id: str
    text: str | None
    vocabulary: Vocabulary
    problems: Problems
    conditions: ConditionReader
    scope: Condition | None = None
    planned: Condition | None = None
    glossed: bool = False

    def english(self, entry: Entry) -> str:
        """Read the gloss of a title (英文)."""
        if self.glossed and entry.node.get("英文") is None:
            entry.missing("英文")
        return entry.text("英文")

    def quote(self, entry: Entry, within: Span) -> tuple[Span, ...]:
        """Find the 依据 of an entry in a stretch of the text; empty after reporting."""
        node, nth = entry.scalar("依据"), entry.count("第")
        if node is None or self.text is None:
            return ()
        try:
            return find_quote(self.text, within, node.text, nth)
        except QuoteFault as fault:
            place = node.part(max(node.text.find(fault.piece), 0), len(fault.piece))
            if fault.code == "quote-ambiguous":
                message = f"“{fault.piece[:20]}”在本条里不止一处"
                self.problems.add(fault.code, message, place, "加一行“第: 1”或“第: 2”")
            else:
                message = f"本条里没有“{fault.piece[:40]}”"
                self.problems.add(fault.code, message, place, self._similar(fault, within))
            return ()

    def _similar(self, fault: QuoteFault, within: Span) -> str:
        assert self.text is not None
        sentences = self.text[slice(*within)].replace("。", "。\n").split("\n")
        near = nearest(fault.piece, [sentence for sentence in sentences if sentence.strip()])
        return f"原文相近的一句:{near[0][:60]}" if near else "引文要照原文逐字抄写"

    def passages(self, entry: Entry, within: Span) -> list[Passage]:
        """Read the 非措施 of a clause or document."""
        passages = []
        for item in entry.entries("非措施"):
            reason = item.word("理由", self.vocabulary.words("非措施理由"))
            spans = self.quote(item, within)
            quote = item.node.get("依据")
            item.done()
            if spans and reason:
                passages.append(Passage(spans, reason, quote.place if quote else item.place))
        return passages

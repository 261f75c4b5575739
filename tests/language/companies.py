"""Reads company files for the tests of what they say."""

from __future__ import annotations

from datetime import date

import pytest

from matcher.language.diagnostics import SourceError
from matcher.language.profiles import COMPANY, Channel, CompanyFile, read_company
from matcher.profile import FactKey, FactValue
from matcher.vocabulary.model import Vocabulary
from tests.conftest import AS_OF

WAN = 1_000_000  # 分
HIGH_TECH = FactKey("资质", "高新技术企业")


class Reading:
    """Reads company files as they come from one channel."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def __call__(self, text: str, channel: Channel = COMPANY, as_of: date = AS_OF) -> CompanyFile:
        return read_company(text, "企业.yaml", self.vocabulary, as_of, channel)

    def value(self, text: str, attribute: str, member: str | None = None) -> FactValue | None:
        found = self.vocabulary.attribute(attribute)
        assert found is not None
        year = AS_OF.year - 1 if found.yearly else None
        return self(text).profile.value(FactKey(attribute, member, year))

    def codes(self, text: str) -> list[str]:
        with pytest.raises(SourceError) as caught:
            self(text)
        return [item.code for item in caught.value.diagnostics]

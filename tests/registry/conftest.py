"""What the registry tests share: the shipped synonym table, and a desk that cleans small tables."""

from __future__ import annotations

import pytest

from matcher.catalogue import Catalogue
from matcher.registry.synonyms import RegistryWords, load_words
from tests.conftest import RULES
from tests.registry.tables import Desk


@pytest.fixture(scope="session")
def words(catalogue: Catalogue) -> RegistryWords:
    """The shipped synonym table."""
    return load_words(RULES, catalogue.vocabulary)


@pytest.fixture(scope="session")
def desk(catalogue: Catalogue, words: RegistryWords) -> Desk:
    """Cleans small tables with the shipped words."""
    return Desk(catalogue.vocabulary, words)

"""Column types that several tables share."""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer

# SQLite numbers its rows by itself only where the key is called INTEGER.
Id = BigInteger().with_variant(Integer, "sqlite")
"""A key that the database hands out."""

LABEL = 64
"""The longest id or label of the rules and of the program's own tables."""
DIGEST = 64
"""A SHA-256 digest in hexadecimal digits."""
NAME = 200
"""The longest name of a company or a person."""

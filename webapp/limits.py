"""Every limit on what comes in, in one place; each has a test at the limit and one over."""

from __future__ import annotations

from datetime import timedelta

MAX_BODY_BYTES = 2 * 2**20
MAX_FORM_BYTES = 64 * 2**10
MAX_FORM_PARTS = 300
MAX_TEXT = 200
MAX_SEARCH = 60
MAX_INDUSTRIES = 4
PAGE_SIZE = 20
KEPT_FOR = timedelta(days=90)
"""How long a profile is kept after it was last saved."""
MIN_SECRET_BYTES = 32

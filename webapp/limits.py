"""Every limit on what comes in, in one place; each has a test at the limit and one over."""

from __future__ import annotations

from datetime import timedelta

MAX_BODY_BYTES = 2 * 2**20
MAX_FORM_BYTES = 64 * 2**10
MAX_FORM_PARTS = 500
"""The page of titles alone has 330: a tick, two dates and often a level for each of 78 titles."""
MAX_TEXT = 200
MAX_SEARCH = 60
MAX_INDUSTRIES = 4
PAGE_SIZE = 20
MAX_UPLOAD_BYTES = 256 * 2**10
"""A company file or a filled template."""
MAX_RECOVERY_TRIES = 5
"""Recovery codes that one address may try in a minute."""
MAX_SHARES = 10
"""Shared snapshots that one profile may have at a time; each holds all findings in two languages."""
KEPT_FOR = timedelta(days=90)
"""How long a profile is kept after it was last saved."""
MIN_SECRET_BYTES = 32

"""The web application: pages for companies, over the same engine as the command line.

`create_app` loads Flask only when it is called, so that `mianshen match` starts fast.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Make the application; ``config`` overrides what the environment says (docs/web.md)."""
    from webapp.application import build

    return build(config)

"""The desk: the pages of staff."""

from webapp.desk.routes import blueprint

__all__ = ["blueprint"]

"""The pages for companies and everyone."""

from webapp.portal.routes import blueprint

__all__ = ["blueprint"]

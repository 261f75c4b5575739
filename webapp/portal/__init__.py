"""The pages for companies and everyone."""

from webapp.portal.routes import UNTOKENED, blueprint

__all__ = ["UNTOKENED", "blueprint"]

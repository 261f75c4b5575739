"""Following themes: a company's page, staff's page, the address for mails, and the links in them."""

from webapp.following.routes import UNTOKENED, blueprint

__all__ = ["UNTOKENED", "blueprint"]

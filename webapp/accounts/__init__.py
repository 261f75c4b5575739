"""Login, one's own account, and the desk's pages for accounts and for who acts for which company."""

from webapp.accounts.routes import blueprint
from webapp.accounts.setup import install

__all__ = ["blueprint", "install"]

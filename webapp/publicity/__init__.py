"""What anyone sees and says of cases: public lists, objections, the answer to a receipt."""

from webapp.publicity.routes import blueprint

__all__ = ["blueprint"]

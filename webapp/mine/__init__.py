"""What a company sees and does after login: its cases, its measures, its facts, what it was told."""

from webapp.mine.routes import blueprint

__all__ = ["blueprint"]

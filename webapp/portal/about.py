"""What anyone may read about this site: the site map, the accessibility statement, the growth path."""

from __future__ import annotations

from flask import render_template

from webapp.services.ladders import ladders
from webapp.shared import portal


def sitemap() -> str:
    """List every public page, with every measure of every document."""
    return render_template("sitemap.html", documents=portal().catalogue.documents)


def accessibility() -> str:
    """State what the pages promise to people with disabilities, and what is known to fall short."""
    return render_template("accessibility.html")


def growth() -> str:
    """Show the ladders of titles, each with its standard in force."""
    today = portal().today()
    return render_template("growth.html", ladders=ladders(portal().catalogue, today), as_of=today)

"""Numbers of lists and payment files, counted within a year: G2026-0001."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session


def next_number(
    session: Session, column: InstrumentedAttribute[str], letter: str, today: date
) -> str:
    """Give the next number of the year; two at once collide on it and one tries again."""
    prefix = f"{letter}{today.year}-"
    # The longer of two numbers is the greater one; as texts 9999 would come after 10000.
    last = session.scalar(
        select(column)
        .where(column.startswith(prefix))
        .order_by(func.length(column).desc(), column.desc())
        .limit(1)
    )
    return f"{prefix}{int(last.removeprefix(prefix)) + 1 if last else 1:04d}"

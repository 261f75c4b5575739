"""Names and the pieces of names by which they are found in a large registry, whatever database holds it.

A piece is two neighbouring characters of a name, three neighbouring initials or the two initials it begins
with. Whoever holds some words holds all their pieces, so only the names of the rarest piece are looked
through. Pieces of the legal form that nearly every company has are not kept: of words that have no other,
the first thousand names that hold them are soon met.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, aliased

from webapp.services.bulk import insert_columns
from webapp.tables.registry import CompanyName, NameGram

Folded = tuple[int, str, str]
"""The key of a name, the name as it is folded for search, and its initials."""
PAIR, THREE = 2, 3
INSIDE, BEGINNING = "~", "^"
"""What goes before initials, so that they are no characters of a name; neither sign can stand in one."""
COMMON = frozenset({"有限", "限公", "公司", "司", f"{INSIDE}yxg", f"{INSIDE}xgs"})
COUNTED, RARE = (2_000, 20_000, 200_000), 20
"""How far pieces are counted, further only where all have so many; below a twentieth none rarer is sought."""
BESIDE = 3
"""The rarest pieces that a name must have before it is read itself."""
SHARE = 2_000
"""Names that are read at a time."""


def keep_pieces(session: Session, names: Iterable[Folded]) -> None:
    """Keep the pieces of names, inside the unit of work that adds these."""
    rows = sorted((piece, id_) for id_, *texts in names for piece in _pieces(*texts))
    grams, ids = [piece for piece, _ in rows], [id_ for _, id_ in rows]
    insert_columns(session, NameGram, {}, {"gram": grams, "name_id": ids})


def _pieces(folded: str, initials: str) -> set[str]:
    """Take a name apart; its last character is a piece too, so that each begins one."""
    pairs = {folded[place : place + PAIR] for place in range(len(folded))}
    threes = {INSIDE + initials[place : place + THREE] for place in range(len(initials) - 2)}
    return (pairs | threes | {BEGINNING + initials[:PAIR]}) - COMMON


# --- finding ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Look:
    """One way of looking: what a name must be like, and the pieces that it has then."""

    holds: ColumnElement[bool]
    pieces: frozenset[str]


def _looks(folded: str) -> list[_Look]:
    """Give the ways to look for words: in initials, where they can be such, and in names."""
    named = _Look(CompanyName.folded.contains(folded, autoescape=True), _cut(folded, PAIR))
    if not folded.isascii():
        return [named]
    initials = CompanyName.initials
    if len(folded) < THREE:
        begin = initials.startswith(folded, autoescape=True)
        return [_Look(begin, frozenset({BEGINNING + folded})), named]
    inside = frozenset(INSIDE + piece for piece in _cut(folded, THREE))
    return [_Look(initials.contains(folded, autoescape=True), inside), named]


def _cut(text: str, length: int) -> frozenset[str]:
    """Cut words into pieces; one character alone is the beginning of a piece."""
    last = max(1, len(text) - length + 1)
    return frozenset(text[place : place + length] for place in range(last))


def holding(
    session: Session, wanted: Select[int, *tuple[Any, ...]], folded: str, most: int
) -> list[Any]:
    """Give the names that hold folded words, or whose initials do; ``wanted`` selects names, their key first.

    Of more than ``most`` it gives at least so many.
    """
    found: dict[int, Any] = {}
    for look in _looks(folded):
        own = wanted.where(look.holds).limit(most)
        shares = _look_through(session, look)
        for part in [own] if shares is None else (own.where(_among(share)) for share in shares):
            found |= {row[0]: row for row in session.execute(part)}
            if len(found) >= most:
                return list(found.values())
    return list(found.values())


def _among(ids: Sequence[int]) -> ColumnElement[bool]:
    return CompanyName.id.in_(ids)


def _look_through(session: Session, look: _Look) -> Iterator[Sequence[int]] | None:
    """Give all names that can be meant, a share at a time; None where that is as good as every name."""
    kept = [
        piece
        for piece in sorted(look.pieces)
        if not any(common.startswith(piece) for common in COMMON)
    ]
    if not kept:
        return None
    ranked, names = _by_rarity(session, kept)
    # What only begins with a character stands once for each of its pieces, and may stand in every name.
    if not _is_whole(ranked[0]) and names >= COUNTED[0]:
        return None
    return _shares(session, ranked)


def _by_rarity(session: Session, pieces: Sequence[str]) -> tuple[list[str], int]:
    """Put pieces in order, the rarest first, with its count; counted is until one is told from the rest."""
    counts: dict[str, int] = {}
    for most in COUNTED:
        counts = dict.fromkeys(pieces, most)
        for piece in pieces:
            some = _names_of(piece).limit(most).subquery()
            counts[piece] = session.scalar(select(func.count()).select_from(some)) or 0
            if counts[piece] <= most // RARE:
                break
        if min(counts.values()) < most:
            break
    ranked = sorted(pieces, key=counts.__getitem__)
    return ranked, counts[ranked[0]]


def _shares(session: Session, ranked: Sequence[str]) -> Iterator[Sequence[int]]:
    """Give the names of the rarest piece that have the next ones too, in the order of their keys."""
    wanted = _names_of(ranked[0])
    for other in ranked[1:BESIDE]:
        more = aliased(NameGram)
        own = select(more.gram).where(more.gram == other, more.name_id == NameGram.name_id)
        wanted = wanted.where(own.exists())
    ids: Sequence[int] = session.scalars(wanted.limit(SHARE)).all()
    yield ids
    while len(ids) == SHARE:
        ids = session.scalars(wanted.where(NameGram.name_id > ids[-1]).limit(SHARE)).all()
        yield ids


def _names_of(piece: str) -> Select[int]:
    wanted = select(NameGram.name_id).order_by(NameGram.gram, NameGram.name_id)
    if _is_whole(piece):
        return wanted.where(NameGram.gram == piece)
    after = piece[:-1] + chr(ord(piece[-1]) + 1)
    return wanted.where(NameGram.gram >= piece, NameGram.gram < after)


def _is_whole(piece: str) -> bool:
    return len(piece.lstrip(INSIDE + BEGINNING)) >= PAIR

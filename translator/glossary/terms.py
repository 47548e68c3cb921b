"""A term, and the rules that a list of them must obey whatever file it came from."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from translator.errors import GlossaryError
from translator.normalization import composed
from translator.protection import count_placeholders

MAX_TERM_CHARACTERS = 500
"""A longer "term" is a paragraph: a mistaken column, or a text that belongs in a translation memory."""

_UNWRITABLE = frozenset(["Cc", "Cs"])  # control characters and lone surrogates


@dataclass(frozen=True, slots=True)
class Term:
    """A source and its targets, the first of which is written; no targets: the source comes through as it stands."""

    source: str
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A term as a file gives it: still with its outer spaces, `where` says the file and the line."""

    where: str
    source: str
    targets: tuple[str, ...]


def checked(rows: Iterable[Row]) -> tuple[Term, ...]:
    """The terms of the rows, in their order, identical ones once.

    Raises:
        GlossaryError: an empty source, one with two different targets, or text that cannot be a term.
    """
    terms: dict[str, Term] = {}
    places: dict[str, str] = {}
    for row in rows:
        source = _tidy(row, row.source)
        if not source:
            raise GlossaryError(f"{row.where}: the source is empty; give the French term or remove the row")
        term = Term(source, tuple(target for target in (_tidy(row, target) for target in row.targets) if target))
        if terms.setdefault(source, term) != term:
            raise GlossaryError(
                f"{row.where}: {source!r} has another target already ({places[source]}); keep one of the two rows"
            )
        places.setdefault(source, row.where)
    return tuple(terms.values())


def _tidy(row: Row, text: str) -> str:
    tidy = composed(" ".join(text.split()))
    if len(tidy) > MAX_TERM_CHARACTERS:
        raise GlossaryError(f"{row.where}: a term has at most {MAX_TERM_CHARACTERS} characters, not {len(tidy)}")
    if any(unicodedata.category(character) in _UNWRITABLE for character in tidy):
        raise GlossaryError(f"{row.where}: {tidy!r} holds a control character; remove it")
    if count_placeholders(tidy):
        raise GlossaryError(f"{row.where}: {tidy!r} looks like a placeholder of the translator; write it otherwise")
    return tidy

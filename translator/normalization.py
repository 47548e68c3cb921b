"""French on its way into a model, in the form that this model was trained on; its manifest names the normaliser.

A normaliser is a pure function of the text. It loses no letter and no digit, and takes linear time.
"""

import re
import unicodedata
from collections.abc import Callable
from itertools import groupby

from translator.errors import ModelError

# No word holds so many marks in a row; Python orders longer runs in quadratic time.
_MARKS = re.compile(r"[^\w\s]{32,}")
_WHITESPACE = re.compile(r"\s+")
# The lookahead keeps the space of « .fr » and « ,5 »: only punctuation that ends something moves left.
_SPACED_PUNCTUATION = re.compile(r""" ([?!;:%.,])(?=[\s"')\]]|$)""")
_OPENING_QUOTE = re.compile("[«„“‹] ?")
_CLOSING_QUOTE = re.compile(" ?[»”›]")

_APOSTROPHES = "\N{RIGHT SINGLE QUOTATION MARK}\N{LEFT SINGLE QUOTATION MARK}\N{MODIFIER LETTER APOSTROPHE}´`\N{PRIME}"
_HYPHENS = "\N{EN DASH}\N{MINUS SIGN}\N{NON-BREAKING HYPHEN}\N{HYPHEN}\N{BULLET}"
_INVISIBLE = (
    "\N{SOFT HYPHEN}\N{ZERO WIDTH SPACE}\N{LEFT-TO-RIGHT MARK}\N{RIGHT-TO-LEFT MARK}\N{ZERO WIDTH NO-BREAK SPACE}"
)
_PLAIN = str.maketrans(
    dict.fromkeys(_APOSTROPHES, "'")
    | dict.fromkeys(_HYPHENS, "-")
    | dict.fromkeys(_INVISIBLE, "")
    | {"\N{DOUBLE PRIME}": '"', "…": "...", "\N{EM DASH}": " - ", "œ": "oe", "Œ": "Oe", "ﬁ": "fi", "ﬂ": "fl"}
)


def normalizer(name: str) -> Callable[[str], str]:
    """The normaliser that a manifest names: ``passerelle-1``, or ``none`` for models that take text as it is.

    ``none`` still gives one line: a line break inside a segment would be an unknown piece. ``passerelle-1`` is
    composed (NFC) plain text: straight quotes without inner spaces, straight apostrophes, no space before punctuation.
    A second pass changes nothing unless straight quotes stand beside typographic ones, or an invisible character
    kept a letter from its accent.

    Raises:
        ModelError: no normaliser has this name.
    """
    normalizers = {"passerelle-1": _plain, "none": _one_line}
    if name not in normalizers:
        raise ModelError(f"unknown normaliser {name!r} in the manifest; allowed: {', '.join(sorted(normalizers))}")
    return normalizers[name]


def composed(text: str) -> str:
    """`text` in Unicode's normal form C, in linear time even where accents are heaped without end."""
    return unicodedata.normalize("NFC", _MARKS.sub(_ordered, text))


def _ordered(run: re.Match[str]) -> str:
    """Combining marks in canonical order, which `unicodedata` then finds done."""
    groups = groupby(run.group(), key=lambda character: unicodedata.combining(character) > 0)
    return "".join("".join(sorted(group, key=unicodedata.combining) if marks else group) for marks, group in groups)


def _one_line(text: str) -> str:
    return _WHITESPACE.sub(" ", text).strip()


def _plain(text: str) -> str:
    text = _one_line(composed(text).translate(_PLAIN))
    text = _close_up_straight_quotes(text)
    text = _CLOSING_QUOTE.sub('"', _OPENING_QUOTE.sub('"', text))
    return _SPACED_PUNCTUATION.sub(r"\1", text).strip()


def _close_up_straight_quotes(text: str) -> str:
    """Straight quotes open and close in turn; what they hold loses its outer spaces."""
    parts = text.split('"')
    last = len(parts) - 1
    for index in range(1, len(parts), 2):
        parts[index] = parts[index].strip() if index < last else parts[index].lstrip()
    return '"'.join(parts)

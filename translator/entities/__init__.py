"""Entities of a French text that must survive its translation, found and verified.

Precision comes first: what is wrongly demanded verbatim would put French into the English.
"""

from collections.abc import Sequence
from typing import Literal, Protocol

from translator.document import Span
from translator.entities.capitals import Capitals, capitalised
from translator.entities.composition import CompositeRecogniser
from translator.entities.lexicon import Lexicon
from translator.entities.names import Names
from translator.entities.ner import SpacyNames, TokenClassificationNames
from translator.entities.patterns import Patterns
from translator.entities.verification import Occurrence, verify
from translator.entities.words import OrdinaryWords

__all__ = [
    "Capitals",
    "Occurrence",
    "Recogniser",
    "TokenClassificationNames",
    "capitalised",
    "default_recogniser",
    "verify",
]


class Recogniser(Protocol):
    """Finds entities; thread-safe."""

    def find(self, segments: Sequence[str]) -> list[tuple[Span, ...]]:
        """The spans of each of `segments`, all segments of one text in order.

        Spans of a segment are ordered and do not overlap; their offsets are in that segment, their kind is "entity",
        and `targets` are the accepted English forms (none: verbatim, or an equal number).
        """
        ...


def default_recogniser(names: Literal["light", "spacy"] = "light", *, model: Recogniser | None = None) -> Recogniser:
    """Shapes, lexicon and names together.

    `names` says who finds names: rules over capitals, or those and spaCy's French model (extra ``ner``; where it is
    missing, the rules alone, with one line in the log). `model` is a further finder of names, for instance
    `TokenClassificationNames`.
    """
    ordinary = OrdinaryWords.load()
    extra = model if model is not None else (SpacyNames.load() if names == "spacy" else None)
    return CompositeRecogniser(Patterns(), Lexicon.load(), Names(ordinary), ordinary, extra)

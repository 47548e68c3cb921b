"""A document with its texts taken out: what every format is read into."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from translator.document import Lines, MarkedText


@dataclass(frozen=True, slots=True)
class Selection:
    """Which parts of a document are translated, where its format leaves a choice.

    Attributes:
        attributes: names of HTML attributes whose values are translated too.
        column: the column of a table, or the field of a JSON record, by name; by number from 1 where there are none.
        into: the column that receives the translation; None replaces the source.
        paths: JSON paths of the strings that are translated, as ``$.items[*].title``; empty for all strings.
        encoding: of text formats that are not UTF-8 and do not say what they are.
    """

    attributes: tuple[str, ...] = ()
    column: str | None = None
    into: str | None = None
    paths: tuple[str, ...] = ()
    encoding: str | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """The texts of a document in their order, and how to write the document again, once, with one result for each.

    `lines` says what a line break inside these texts means, unless the caller decides.
    """

    texts: tuple[MarkedText, ...]
    fill: Callable[[Sequence[MarkedText]], bytes]
    lines: Lines = "auto"


class TextTranslator(Protocol):
    """What formats need of a translator; results in order, one for each text, with the marks of the text."""

    def translate_marked(self, texts: Sequence[MarkedText], **options: object) -> list[MarkedText]:
        """Translate texts, batched across them."""
        ...

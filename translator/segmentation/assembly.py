"""Spans of a text made into a document: what lies between two spans is the separator of the first."""

from collections.abc import Iterable

from translator.document import Document, SourceSegment

Offsets = tuple[int, int]
"""Start and end of a part of the text, in code points, half-open."""

BLANK = r"\s\x00-\x1f\x7f\x85\u200b\u200e\u200f\u2060\ufeff"
"""Inside a character class of a regular expression: what shows nothing, and so never begins or ends a segment."""


def assemble(text: str, spans: Iterable[Offsets]) -> Document:
    """The document whose segments are the spans, which are in order, disjoint and not empty."""
    ordered = list(spans)
    if not ordered:
        return Document(text, ())
    following = [start for start, _ in ordered[1:]] + [len(text)]
    segments = tuple(
        SourceSegment(text[start:end], start, end, text[end:following_start])
        for (start, end), following_start in zip(ordered, following, strict=True)
    )
    return Document(text[: ordered[0][0]], segments)

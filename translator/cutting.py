"""Segments into units that the model takes well: short enough, with no more spans to carry than it has placeholders."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from translator.document import Document, SourceSegment, Span
from translator.segmentation import split_clauses

MAX_FORCED_SPANS: Final = 8
"""Keep and glossary spans in one unit; a segment with more is cut at clause boundaries first."""


def cut(text: str, spans: Sequence[Span], fits: Callable[[str], bool], *, whole: bool) -> Document:
    """A segment as units: itself where it fits (`whole`), else its clauses; halved while forced spans are too many."""
    if whole:
        parts = Document("", (SourceSegment(text, 0, len(text), ""),))
    else:
        parts = split_clauses(text, fits, protected=[(span.start, span.end) for span in spans])
    result: list[SourceSegment] = []
    for part in parts.segments:
        inner = within(spans, part)[1]
        half = (len(part.text) + 1) // 2
        if sum(span.kind != "entity" for span in inner) <= MAX_FORCED_SPANS or half == len(part.text):
            result.append(part)
            continue
        halves = cut(part.text, inner, _no_longer_than(half), whole=False)
        if len(halves.segments) < 2:
            result.append(part)
            continue
        *rest, last = halves.segments
        last = replace(last, separator=last.separator + part.separator)
        result += [replace(one, start=part.start + one.start, end=part.start + one.end) for one in (*rest, last)]
    return Document(parts.prefix, tuple(result))


def _no_longer_than(characters: int) -> Callable[[str], bool]:
    return lambda text: len(text) <= characters


def halve(text: str, spans: Sequence[Span]) -> Document:
    """A unit cut at the clause boundary nearest to its middle; one part where there is nowhere to cut."""
    protected = [(span.start, span.end) for span in spans]
    return split_clauses(text, _no_longer_than((len(text) + 1) // 2), protected=protected)


def within(spans: Sequence[Span], part: SourceSegment) -> tuple[tuple[int, ...], tuple[Span, ...]]:
    """The spans that lie in a part: their indices, and themselves with offsets in the part."""
    indices = tuple(i for i, span in enumerate(spans) if part.start <= span.start and span.end <= part.end)
    return indices, tuple(
        replace(spans[i], start=spans[i].start - part.start, end=spans[i].end - part.start) for i in indices
    )

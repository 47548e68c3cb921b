"""The frozen values that travel through the pipeline.

Offsets are Unicode code points, half-open. What is before the model is source, what comes out is target.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Lines = Literal["auto", "keep", "join"]
"""What a line break means: a boundary (keep), a space inside a paragraph (join), or decided by the paragraph (auto)."""

SpanKind = Literal["keep", "glossary", "entity"]
SegmentStatus = Literal["translated", "copied", "degenerate"]
EntityStatus = Literal["kept", "translated", "repaired", "lost"]


@dataclass(frozen=True, slots=True)
class SourceSegment:
    """One unit for the model: ``text == document_text[start:end]``, and the separator that follows it."""

    text: str
    start: int
    end: int
    separator: str


@dataclass(frozen=True, slots=True)
class Document:
    """A text cut into segments; prefix, segments and separators joined give the text back exactly."""

    prefix: str
    segments: tuple[SourceSegment, ...]

    @property
    def text(self) -> str:
        return self.join([segment.text for segment in self.segments])

    def join(self, targets: Sequence[str]) -> str:
        """The document with its segments replaced by `targets`, one for each.

        Raises:
            ValueError: as many targets as segments are needed.
        """
        pairs = zip(targets, self.segments, strict=True)
        return self.prefix + "".join(target + segment.separator for target, segment in pairs)


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a segment that must come through, with the forms it may take in the target.

    An entity without targets must come through as it stands (or, for a number, with an equal value).
    A keep span has none either: it comes through verbatim. Offsets are in the segment's text.
    """

    start: int
    end: int
    kind: SpanKind
    label: str
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entity:
    """A protected span as it came out. Offsets of the source are in the text of the request, those of the target
    in the segment's target; the target fields are None where the span was lost."""

    text: str
    label: str
    start: int
    end: int
    target: str | None
    target_start: int | None
    target_end: int | None
    status: EntityStatus


@dataclass(frozen=True, slots=True)
class Segment:
    """A translated segment.

    `score` is the length-normalised log-probability of the target, None where no model was asked.
    `alternatives` are further hypotheses, best first.
    """

    index: int
    source: str
    target: str
    start: int
    end: int
    separator: str
    score: float | None
    status: SegmentStatus
    entities: tuple[Entity, ...] = ()
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Translation:
    """A translated text; `prefix` is what stood before the first segment."""

    prefix: str
    segments: tuple[Segment, ...]

    @property
    def text(self) -> str:
        return self.prefix + "".join(segment.target + segment.separator for segment in self.segments)


@dataclass(frozen=True, slots=True)
class AlignmentHeads:
    """The cross-attention heads of one decoder layer that align words; their mean counts.

    A piece's attention is that of the step that makes it; of `late` heads that of the step after, which reads it
    (Chen et al. 2020).
    """

    layer: int
    heads: tuple[int, ...]
    late: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of a text that something outside the text belongs to: an inline tag, a run of a word processor.

    `start == end` is a point (a line break, an image). `keep` marks a stretch that must not be translated.
    Marks nest or are disjoint; they never cross. `key` is the caller's.
    """

    start: int
    end: int
    key: int
    keep: bool = False


@dataclass(frozen=True, slots=True)
class MarkedText:
    """A text and its marks, outer marks before inner ones, else in order of start."""

    text: str
    marks: tuple[Mark, ...] = ()

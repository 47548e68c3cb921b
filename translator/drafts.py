"""A segment before and after the model: which units it gives, and how their outcomes become a finished segment."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from translator.alignment import Link
from translator.cutting import within
from translator.document import Document, Entity, EntityStatus, Segment, SegmentStatus, SourceSegment, Span
from translator.entities import capitalised
from translator.typography import polish
from translator.units import Outcome, Unit, joined

NUMERIC_LABELS: Final = frozenset({"NUMBER", "PERCENT", "MONEY", "QUANTITY", "DATE", "TIME"})
"""Entities whose figures typography may write the English way; all others stay as they are."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A segment on its way.

    Attributes:
        text: the segment as it is translated: in lower case where it stood in capitals, which the English then gets.
        spans: disjoint, in order, offsets in the segment.
        parts: the segment cut into pieces for the model, None where it is copied.
        units: those pieces, each with its own spans; a span that a cut went through is left out.
        linked: whether word links are needed, to place marks.
    """

    index: int
    source: SourceSegment
    text: str
    spans: tuple[Span, ...]
    parts: Document | None
    units: tuple[Unit, ...]
    linked: bool = False

    def finish(
        self, outcomes: Sequence[Outcome], *, typography: bool, opened: bool
    ) -> tuple[Segment, tuple[Link, ...], bool]:
        """The finished segment, its word links (source offsets in the segment), and whether a quote stays open."""
        source = self.source
        if self.parts is None:
            target, places = _filled(source.text, self.spans, numbers=typography)
            copied: SegmentStatus = "copied" if target == source.text else "translated"
            return self._segment(target, None, copied, places, frozenset(), ()), (), opened
        outcome = joined(Unit(self.text, self.spans), self.parts, outcomes)
        target, places, links = outcome.target, list(outcome.places), list(outcome.links)
        alternatives = outcome.alternatives
        if typography:
            guarded = [
                place
                for place, span in zip(places, self.spans, strict=True)
                if place is not None and span.label not in NUMERIC_LABELS
            ]
            alternatives = tuple(polish(text, source.text, opened=opened)[0] for text in alternatives)
            target, moves, opened = polish(target, source.text, protected=guarded, opened=opened)
            places = [None if place is None else (moves[place[0]], moves[place[1]]) for place in places]
            links = [
                link._replace(target_start=moves[link.target_start], target_end=moves[link.target_end])
                for link in links
            ]
        if self.text != source.text:
            target, alternatives = capitalised(target), tuple(map(capitalised, alternatives))
        status: SegmentStatus = "degenerate" if outcome.degenerate else "translated"
        score = outcome.score if outcomes else None
        segment = self._segment(target, score, status, places, outcome.repaired, alternatives)
        return segment, tuple(links), opened

    def _segment(
        self,
        target: str,
        score: float | None,
        status: SegmentStatus,
        places: Sequence[tuple[int, int] | None],
        repaired: frozenset[int],
        alternatives: tuple[str, ...],
    ) -> Segment:
        source = self.source
        entities = tuple(
            self._entity(span, place, target, index in repaired)
            for index, (span, place) in enumerate(zip(self.spans, places, strict=True))
        )
        return Segment(
            index=self.index,
            source=source.text,
            target=target,
            start=source.start,
            end=source.end,
            separator=source.separator,
            score=score,
            status=status,
            entities=entities,
            alternatives=alternatives,
        )

    def _entity(self, span: Span, place: tuple[int, int] | None, target: str, repaired: bool) -> Entity:
        text = self.source.text[span.start : span.end]
        form = None if place is None else target[place[0] : place[1]]
        status: EntityStatus = (
            "lost" if form is None else "repaired" if repaired else "kept" if form == text else "translated"
        )
        start, end = place or (None, None)
        return Entity(
            text, span.label, self.source.start + span.start, self.source.start + span.end, form, start, end, status
        )


def _filled(text: str, spans: Sequence[Span], *, numbers: bool) -> tuple[str, list[tuple[int, int] | None]]:
    """A segment without words, its numbers as English writes them; and where its spans then stand."""
    target, end = "", 0
    places: list[tuple[int, int] | None] = []
    for span in spans:
        target += text[end : span.start]
        form = text[span.start : span.end]
        # « 12:30 » is a time, a score or a reference: both languages write it so.
        if numbers and is_number(span) and span.targets and ":" not in form:
            form = span.targets[0]
        places.append((len(target), len(target) + len(form)))
        target, end = target + form, span.end
    return target + text[end:], places


def is_number(span: Span) -> bool:
    """Whether a span is an entity that says how much or when."""
    return span.kind == "entity" and span.label in NUMERIC_LABELS


def units_of(parts: Document | None, spans: Sequence[Span]) -> tuple[Unit, ...]:
    """The units of a segment that was cut into `parts`."""
    return () if parts is None else tuple(Unit(part.text, within(spans, part)[1]) for part in parts.segments)

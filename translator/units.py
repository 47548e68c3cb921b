"""What goes to the model at once, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from translator.alignment import Link
from translator.cutting import within
from translator.document import Document, Span


@dataclass(frozen=True, slots=True)
class Unit:
    """A text for the model with its protected spans, disjoint and in order."""

    text: str
    spans: tuple[Span, ...] = ()

    @property
    def forced(self) -> tuple[int, ...]:
        """Indices of the keep and glossary spans, which come through whatever the model does."""
        return tuple(index for index, span in enumerate(self.spans) if span.kind != "entity")

    def form(self, index: int) -> str:
        """What is written for a span: its first target, or itself."""
        span = self.spans[index]
        return span.targets[0] if span.targets else self.text[span.start : span.end]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A unit's translation. ``places[i]`` is where the span `i` of the unit stands in `target`, None where it was lost;
    ``repaired`` are the spans that only came through by a repair. `garbled` says that the placeholders did not
    come back, so that `target` may not be shown."""

    target: str
    score: float
    degenerate: bool
    places: tuple[tuple[int, int] | None, ...]
    repaired: frozenset[int] = frozenset()
    alternatives: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    garbled: bool = False

    @property
    def lost(self) -> tuple[int, ...]:
        """Indices of the spans that did not come through."""
        return tuple(index for index, place in enumerate(self.places) if place is None)

    @property
    def rank(self) -> tuple[bool, bool, int]:
        """Less is better."""
        return self.garbled, self.degenerate, len(self.lost)


def joined(unit: Unit, parts: Document, outcomes: Sequence[Outcome]) -> Outcome:
    """The outcome of a unit that was cut into `parts`, from theirs; a span that a cut went through is lost."""
    if len(outcomes) == 1 and parts.text == unit.text == parts.segments[0].text:
        return outcomes[0]
    target = parts.prefix
    places: list[tuple[int, int] | None] = [None] * len(unit.spans)
    repaired: set[int] = set()
    links: list[Link] = []
    for part, outcome in zip(parts.segments, outcomes, strict=True):
        base = len(target)
        for number, index in enumerate(within(unit.spans, part)[0]):
            place = outcome.places[number]
            places[index] = None if place is None else (place[0] + base, place[1] + base)
            repaired |= {index} if number in outcome.repaired else set()
        links += [link.moved(part.start, base) for link in outcome.links]
        target += outcome.target + part.separator
    score = sum(outcome.score for outcome in outcomes) / max(1, len(outcomes))
    degenerate = any(outcome.degenerate for outcome in outcomes)
    return Outcome(target, score, degenerate, tuple(places), frozenset(repaired), (), tuple(links))

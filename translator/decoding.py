"""Units through the model once: protect, normalise, encode, batch, decode, restore, verify."""

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from translator import alignment
from translator.alignment import Link
from translator.batching import batches
from translator.degeneration import is_degenerate
from translator.document import Span
from translator.engines import Decoding, Engine, Hypotheses, Hypothesis
from translator.entities import articles, mending, verify
from translator.protection import Placeholders, ProtectedText
from translator.tokenization import Tokenizer
from translator.units import Outcome, Unit

RARE_PIECES: Final = 3
"""A name that English spells in a way of its own is hidden at first where it has so many pieces, an acronym always:
the model spells one in three of those wrong (newstest2013), and loses one placeholder in thirty."""
CACHED_NAMES: Final = 4096
MENDINGS: Final = 3
"""Rounds: a number that has its digits again may still lack its unit, and be clumsy with it."""

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One unit on its way through the engine once."""

    unit: Unit
    protected: ProtectedText
    hidden: tuple[int, ...]
    encoded: str
    pieces: list[str]


class UnitDecoder:
    """Runs units through one model, once each, with chosen spans behind placeholders."""

    def __init__(
        self,
        engine: Engine,
        tokenizer: Tokenizer,
        normalize: Callable[[str], str],
        placeholders: Placeholders,
        hidden_labels: Collection[str] = (),
    ) -> None:
        self._engine, self._tokenizer, self._normalize = engine, tokenizer, normalize
        self.placeholders = placeholders
        self._hidden_labels = frozenset(hidden_labels)
        self._pieces = lru_cache(CACHED_NAMES)(self._count_pieces)

    def hidden_at_first(self, unit: Unit) -> tuple[int, ...]:
        """Keep and glossary spans, and the rare names that this model copies better than it spells."""
        return tuple(
            index for index, span in enumerate(unit.spans) if span.kind != "entity" or self._is_rare(unit, span)
        )

    def _is_rare(self, unit: Unit, span: Span) -> bool:
        if span.label not in self._hidden_labels:
            return False
        if not span.targets or span.label == "ACRONYM":
            return True
        return self._pieces(unit.text[span.start : span.end]) >= RARE_PIECES

    def _count_pieces(self, mention: str) -> int:
        return len(self._tokenizer.encode([self._normalize(mention)])[0])

    def attempt(self, unit: Unit, hidden: Sequence[int]) -> Attempt:
        """A unit with the spans `hidden` (indices) behind placeholders, as many as the model has."""
        protected = self.placeholders.protect(unit.text, [unit.spans[index] for index in hidden])
        kept = tuple(index for index in hidden if unit.spans[index] in protected.spans)
        return Attempt(unit, protected, kept, self._normalize(protected.text), [])

    def submit(
        self, attempts: Sequence[Attempt], decoding: Decoding
    ) -> list[tuple["Future[list[Hypotheses]]", list[int]]]:
        """Batches under way, each with the indices of its attempts."""
        encoded = self._tokenizer.encode([attempt.encoded for attempt in attempts])
        for attempt, pieces in zip(attempts, encoded, strict=True):
            attempt.pieces.extend(pieces)
        # Whatever normalises to nothing has nothing to translate.
        full = [index for index, pieces in enumerate(encoded) if pieces]
        groups = batches([self._engine.width(len(encoded[index])) for index in full])
        members = [[full[index] for index in group] for group in groups]
        return [(self._engine.submit([encoded[i] for i in group], decoding), group) for group in members]

    def outcomes(
        self,
        attempts: Sequence[Attempt],
        results: Sequence[tuple["Future[list[Hypotheses]]", list[int]]],
        decoding: Decoding,
    ) -> list[Outcome]:
        found: dict[int, Outcome] = {}
        for future, group in results:
            for index, hypotheses in zip(group, future.result(), strict=True):
                found[index] = self._outcome(attempts[index], hypotheses, decoding)
        nothing = [_empty(attempt.unit) for attempt in attempts]
        return [found.get(index, nothing[index]) for index in range(len(attempts))]

    def _outcome(self, attempt: Attempt, hypotheses: Hypotheses, decoding: Decoding) -> Outcome:
        """The first hypothesis that gives its placeholders back and loses no span; else the one that loses fewest."""
        best: Outcome | None = None
        texts: list[str] = []
        for hypothesis in hypotheses:
            outcome = self._read(attempt, hypothesis, decoding)
            texts.append(outcome.target)
            if best is None or outcome.rank < best.rank:
                best = outcome
        assert best is not None
        others = tuple(dict.fromkeys(text for text in texts if text != best.target))
        return replace(best, alternatives=others)

    def _read(self, attempt: Attempt, hypothesis: Hypothesis, decoding: Decoding) -> Outcome:
        unit = attempt.unit
        decoded = self._tokenizer.decode(hypothesis.pieces)
        forms = [unit.form(index) for index in attempt.hidden]
        restored = self.placeholders.restore(decoded, attempt.protected, forms)
        if restored is None:
            failed = tuple(None for _ in unit.spans)
            return Outcome(decoded, hypothesis.score, True, failed, garbled=True)
        target, places, mended = placed(unit, restored.text, dict(zip(attempt.hidden, restored.ranges, strict=True)))
        outcome = Outcome(
            target,
            hypothesis.score,
            not hypothesis.finished or is_degenerate(self._bare(attempt.encoded), self._bare(decoded)),
            places,
            mended.union(attempt.hidden).difference(self.hidden_at_first(unit)),
        )
        if not decoding.attention:
            return outcome
        known = [
            Link(unit.spans[index].start, unit.spans[index].end, *place, 1.0)
            for index in attempt.hidden
            if (place := places[index]) is not None
        ]
        return replace(outcome, links=(*known, *self._links(attempt, hypothesis, decoded, target)))

    def _bare(self, text: str) -> str:
        """A text without its placeholders: what the model itself had to say."""
        for span in reversed(self.placeholders.find_lookalikes(text)):
            text = text[: span.start] + text[span.end :]
        return text

    def _links(self, attempt: Attempt, hypothesis: Hypothesis, decoded: str, target: str) -> tuple[Link, ...]:
        assert hypothesis.attention is not None
        to_source = alignment.offset_map(attempt.encoded, attempt.unit.text)
        to_target = alignment.offset_map(decoded, target)
        source_ranges = _mapped(alignment.piece_ranges(attempt.pieces), to_source)
        target_ranges = _mapped(self._tokenizer.offsets(hypothesis.pieces), to_target)
        return tuple(
            alignment.word_links(attempt.unit.text, target, source_ranges, target_ranges, hypothesis.attention)
        )


def placed(unit: Unit, target: str, hidden: dict[int, Place]) -> tuple[str, tuple[Place | None, ...], frozenset[int]]:
    """The target with numbers and articles mended, where each span stands in it, and which spans mending alone gave.

    Hidden spans stand where their placeholder stood, the others beside those.
    """
    first = places = _places(unit, target, hidden)
    text, shifted, rows = target, hidden, [index for index in range(len(unit.spans)) if index not in hidden]
    for _ in range(MENDINGS):
        taken = list(shifted.values())
        edits = mending.edits(
            unit.text, [unit.spans[index] for index in rows], text, [places[index] for index in rows], taken
        )
        if not edits:
            break
        text, shifted = mending.applied(text, edits), {index: _shifted(shifted[index], edits) for index in shifted}
        places = _places(unit, text, shifted)
    if places.count(None) > first.count(None):
        text, places = target, first
    mended = {index for index, place in enumerate(first) if place is None and places[index] is not None}
    edits = articles.edits(unit.text, unit.spans, text, places)
    moved = tuple(None if place is None else _shifted(place, edits) for place in places)
    return mending.applied(text, edits), moved, frozenset(mended)


def _places(unit: Unit, target: str, hidden: dict[int, Place]) -> tuple[Place | None, ...]:
    visible = [index for index in range(len(unit.spans)) if index not in hidden]
    places: list[Place | None] = [hidden.get(index) for index in range(len(unit.spans))]
    if visible:
        # What stands in for a placeholder is taken; blanks keep the offsets.
        masked = list(target)
        for start, end in hidden.values():
            masked[start:end] = " " * (end - start)
        found = verify(unit.text, [unit.spans[index] for index in visible], "".join(masked))
        for index, occurrence in zip(visible, found, strict=True):
            places[index] = None if occurrence is None else (occurrence.start, occurrence.end)
    return tuple(places)


def _shifted(place: Place, edits: Sequence[mending.Edit]) -> Place:
    return mending.moved(place[0], edits), mending.moved(place[1], edits)


def _mapped(ranges: Sequence[tuple[int, int]], offsets: Sequence[int]) -> list[tuple[int, int]]:
    last = len(offsets) - 1
    return [(offsets[min(start, last)], offsets[min(end, last)]) for start, end in ranges]


def _empty(unit: Unit) -> Outcome:
    return Outcome(unit.text, 0.0, False, tuple((span.start, span.end) for span in unit.spans))

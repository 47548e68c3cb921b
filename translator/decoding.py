"""Units through the model: encode, batch, decode, verify, repair.

A unit is the most that the model sees at once: a segment, or a part of one that is too long. Whatever the model does,
a unit comes out with its keep and glossary spans in place and no placeholder of ours.
"""

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Final

from translator import alignment
from translator.alignment import Link
from translator.batching import batches
from translator.cutting import halve, within
from translator.degeneration import is_degenerate
from translator.document import Document, Span
from translator.engines import Decoding, Engine, Hypotheses, Hypothesis
from translator.entities import Occurrence, verify
from translator.protection import Placeholders, ProtectedText
from translator.tokenization import Tokenizer

RETRY_PENALTY: Final = 1.2
RETRY_NGRAM: Final = 4
MAX_LOST: Final = 8
"""More lost spans than there are placeholders: the unit is halved."""
SURE_LINK: Final = 0.3
"""Attention below this does not tell where a lost entity went."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A text for the model with its protected spans, disjoint and in order."""

    text: str
    spans: tuple[Span, ...] = ()


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
        return tuple(index for index, place in enumerate(self.places) if place is None)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One unit on its way through the engine once."""

    unit: Unit
    protected: ProtectedText
    hidden: tuple[int, ...]
    encoded: str
    pieces: list[str]


class Submitted:
    """Units under way; `collect` waits for them."""

    def __init__(self, decoder: "UnitDecoder", units: Sequence[Unit], decoding: Decoding) -> None:
        self._decoder, self._units, self._decoding = decoder, units, decoding
        self._attempts = [decoder.attempt(unit, decoder.hidden_at_first(unit)) for unit in units]
        self._results = decoder.submit(self._attempts, decoding)

    def collect(self) -> list[Outcome]:
        """The outcomes, in the order of the units, repaired where that was needed and possible."""
        outcomes = self._decoder.outcomes(self._attempts, self._results, self._decoding)
        return self._decoder.repair(self._units, outcomes, self._decoding)

    def cancel(self) -> None:
        for future, _ in self._results:
            future.cancel()


class UnitDecoder:
    """Turns units into outcomes on one model."""

    def __init__(
        self,
        engine: Engine,
        tokenizer: Tokenizer,
        normalize: Callable[[str], str],
        placeholders: Placeholders,
        hidden_labels: Collection[str] = (),
    ) -> None:
        self._engine, self._tokenizer, self._normalize = engine, tokenizer, normalize
        self._placeholders = placeholders
        self._hidden_labels = frozenset(hidden_labels)

    def hidden_at_first(self, unit: Unit) -> tuple[int, ...]:
        """Keep and glossary spans, and the rare names that this model copies better than it spells."""
        return tuple(
            index
            for index, span in enumerate(unit.spans)
            if span.kind != "entity" or (span.label in self._hidden_labels and not span.targets)
        )

    def start(self, units: Sequence[Unit], decoding: Decoding) -> Submitted:
        """Hand all units to the engine; returns at once."""
        return Submitted(self, units, decoding)

    def attempt(self, unit: Unit, hidden: Sequence[int]) -> _Attempt:
        """A unit with the spans `hidden` (indices) behind placeholders, as many as the model has."""
        protected = self._placeholders.protect(unit.text, [unit.spans[index] for index in hidden])
        kept = tuple(index for index in hidden if unit.spans[index] in protected.spans)
        return _Attempt(unit, protected, kept, self._normalize(protected.text), [])

    def submit(
        self, attempts: Sequence[_Attempt], decoding: Decoding
    ) -> list[tuple["Future[list[Hypotheses]]", list[int]]]:
        """Batches under way, each with the indices of its attempts."""
        encoded = self._tokenizer.encode([attempt.encoded for attempt in attempts])
        for attempt, pieces in zip(attempts, encoded, strict=True):
            attempt.pieces.extend(pieces)
        # Whatever normalises to nothing has nothing to translate.
        full = [index for index, pieces in enumerate(encoded) if pieces]
        groups = batches([len(encoded[index]) for index in full])
        members = [[full[index] for index in group] for group in groups]
        return [(self._engine.submit([encoded[i] for i in group], decoding), group) for group in members]

    def outcomes(
        self,
        attempts: Sequence[_Attempt],
        results: Sequence[tuple["Future[list[Hypotheses]]", list[int]]],
        decoding: Decoding,
    ) -> list[Outcome]:
        found: dict[int, Outcome] = {}
        for future, group in results:
            for index, hypotheses in zip(group, future.result(), strict=True):
                found[index] = self._outcome(attempts[index], hypotheses, decoding)
        nothing = [_empty(attempt.unit) for attempt in attempts]
        return [found.get(index, nothing[index]) for index in range(len(attempts))]

    def _outcome(self, attempt: _Attempt, hypotheses: Hypotheses, decoding: Decoding) -> Outcome:
        """The first hypothesis that gives its placeholders back and loses no span; else the one that loses fewest."""
        best: Outcome | None = None
        texts: list[str] = []
        for hypothesis in hypotheses:
            outcome = self._read(attempt, hypothesis, decoding)
            texts.append(outcome.target)
            if best is None or _rank(outcome) < _rank(best):
                best = outcome
        assert best is not None
        others = tuple(dict.fromkeys(text for text in texts if text != best.target))
        return replace(best, alternatives=others)

    def _read(self, attempt: _Attempt, hypothesis: Hypothesis, decoding: Decoding) -> Outcome:
        unit = attempt.unit
        decoded = self._tokenizer.decode(hypothesis.pieces)
        forms = [_form(unit, index) for index in attempt.hidden]
        restored = self._placeholders.restore(decoded, attempt.protected, forms)
        if restored is None:
            failed = tuple(None for _ in unit.spans)
            return Outcome(decoded, hypothesis.score, True, failed, garbled=True)
        hidden = dict(zip(attempt.hidden, restored.ranges, strict=True))
        places = _places(unit, restored.text, hidden)
        target = restored.text
        outcome = Outcome(
            target,
            hypothesis.score,
            not hypothesis.finished or is_degenerate(attempt.encoded, target),
            places,
            frozenset(attempt.hidden).difference(self.hidden_at_first(unit)),
        )
        return (
            replace(outcome, links=self._links(attempt, hypothesis, decoded, target)) if decoding.attention else outcome
        )

    def _links(self, attempt: _Attempt, hypothesis: Hypothesis, decoded: str, target: str) -> tuple[Link, ...]:
        assert hypothesis.attention is not None
        to_source = alignment.offset_map(attempt.encoded, attempt.unit.text)
        to_target = alignment.offset_map(decoded, target)
        source_ranges = _mapped(alignment.piece_ranges(attempt.pieces), to_source)
        target_ranges = _mapped(self._tokenizer.offsets(hypothesis.pieces), to_target)
        return tuple(
            alignment.word_links(attempt.unit.text, target, source_ranges, target_ranges, hypothesis.attention)
        )

    # Repair: each step sees only the units that the step before left unsound.

    def repair(self, units: Sequence[Unit], outcomes: list[Outcome], decoding: Decoding) -> list[Outcome]:
        """Try the unsound ones again: lost entities behind placeholders, loops with other decoding, then by parts."""
        best = list(outcomes)
        more = replace(decoding, hypotheses=max(decoding.hypotheses, decoding.beam_size))
        other = replace(more, repetition_penalty=RETRY_PENALTY, no_repeat_ngram_size=RETRY_NGRAM)
        for settings in (more, other):
            unsound = [index for index, outcome in enumerate(best) if outcome.degenerate or outcome.lost]
            if not unsound:
                return best
            attempts = [self.attempt(units[index], self._hidden_next(units[index], best[index])) for index in unsound]
            tried = self.outcomes(attempts, self.submit(attempts, settings), settings)
            for index, outcome in zip(unsound, tried, strict=True):
                if _rank(outcome) < _rank(best[index]):
                    best[index] = outcome
        for index, outcome in enumerate(best):
            if outcome.degenerate or len(outcome.lost) > MAX_LOST:
                outcome = self._by_parts(units[index], outcome, decoding)
            if outcome.degenerate or outcome.lost:
                outcome = self._last_resort(units[index], outcome, decoding)
            best[index] = outcome
        return best

    def _hidden_next(self, unit: Unit, outcome: Outcome) -> tuple[int, ...]:
        """Lost spans hide behind placeholders; where those did not come back, only the spans that must be hidden do."""
        if outcome.garbled:
            return _forced(unit)
        return tuple(sorted({*self.hidden_at_first(unit), *outcome.lost, *outcome.repaired}))

    def _by_parts(self, unit: Unit, outcome: Outcome, decoding: Decoding) -> Outcome:
        """Two halves have half the length to go wrong over, and half the names."""
        parts = halve(unit.text, unit.spans)
        if len(parts.segments) < 2:
            return outcome
        inner = [within(unit.spans, part) for part in parts.segments]
        units = [Unit(part.text, spans) for part, (_, spans) in zip(parts.segments, inner, strict=True)]
        done = self.start(units, decoding).collect()
        whole = joined(unit, parts, done)
        return whole if _rank(whole) < _rank(outcome) else outcome

    def _last_resort(self, unit: Unit, outcome: Outcome, decoding: Decoding) -> Outcome:
        """Forced spans that the model will not carry are written between the translations of what surrounds them; lost
        entities go where attention says that their words went."""
        own = sum(self._placeholders.count(_form(unit, index)) for index in _forced(unit))
        stray = self._placeholders.count(outcome.target) != own
        if outcome.garbled or stray or any(unit.spans[index].kind != "entity" for index in outcome.lost):
            outcome = self._around(unit, decoding)
        if outcome.lost and not outcome.degenerate:
            outcome = self._substitute(unit, outcome, decoding)
        return outcome

    def _around(self, unit: Unit, decoding: Decoding) -> Outcome:
        """Translate what lies between the forced spans, each stretch by itself."""
        forced = [unit.spans[index] for index in _forced(unit)]
        cuts = [0, *(offset for span in forced for offset in (span.start, span.end)), len(unit.text)]
        stretches = [Unit(unit.text[start:end]) for start, end in zip(cuts[::2], cuts[1::2], strict=True)]
        inner = [Unit(stretch.text.strip()) for stretch in stretches]
        asked = [part for part in inner if any(map(str.isalnum, part.text))]
        plain = iter(self.outcomes(*self._plain(asked, decoding), decoding))
        target = ""
        places: dict[int, tuple[int, int]] = {}
        scores: list[float] = []
        degenerate = False
        for position, (stretch, part) in enumerate(zip(stretches, inner, strict=True)):
            text = part.text
            if any(map(str.isalnum, text)):
                translated = next(plain)
                stray = self._placeholders.count(translated.target)
                degenerate = degenerate or translated.degenerate or bool(stray)
                text = translated.target if not stray else part.text
                scores.append(translated.score)
            lead = stretch.text[: len(stretch.text) - len(stretch.text.lstrip())]
            tail = stretch.text[len(stretch.text.rstrip()) :] if part.text else ""
            target += lead + text + tail
            if position < len(forced):
                index = unit.spans.index(forced[position])
                form = _form(unit, index)
                places[index] = (len(target), len(target) + len(form))
                target += form
        score = sum(scores) / len(scores) if scores else 0.0
        return Outcome(target, score, degenerate, _places(unit, target, places))

    def _plain(
        self, units: Sequence[Unit], decoding: Decoding
    ) -> tuple[list[_Attempt], list[tuple["Future[list[Hypotheses]]", list[int]]]]:
        attempts = [self.attempt(unit, ()) for unit in units]
        return attempts, self.submit(attempts, decoding)

    def _substitute(self, unit: Unit, outcome: Outcome, decoding: Decoding) -> Outcome:
        """Put each lost entity in place of the words that attend to it, if attention is sure and they are free."""
        attempts = [self.attempt(unit, _forced(unit))]
        looking = replace(decoding, attention=True, hypotheses=1)
        base = self.outcomes(attempts, self.submit(attempts, looking), looking)[0]
        if base.degenerate or len(base.lost) > len(outcome.lost) + 1:
            return outcome
        current = base
        for index in base.lost:
            span = unit.spans[index]
            linked = [
                link
                for link in current.links
                if span.start < link.source_end and link.source_start < span.end and link.weight >= SURE_LINK
            ]
            if not linked:
                continue
            start, end = min(link.target_start for link in linked), max(link.target_end for link in linked)
            taken = [place for place in current.places if place is not None]
            if any(start < other_end and other_start < end for other_start, other_end in taken):
                continue
            current = _written(unit, current, index, start, end)
        return current if _rank(current) < _rank(outcome) else outcome


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


def _written(unit: Unit, outcome: Outcome, index: int, start: int, end: int) -> Outcome:
    """The outcome with the form of span `index` in place of ``target[start:end]``."""
    form = _form(unit, index)
    target = outcome.target[:start] + form + outcome.target[end:]
    shift = len(form) - (end - start)

    def moved(offset: int) -> int:
        return offset + shift if offset >= end else offset

    places = [None if place is None else (moved(place[0]), moved(place[1])) for place in outcome.places]
    places[index] = (start, start + len(form))
    links = tuple(
        link._replace(target_start=moved(link.target_start), target_end=moved(link.target_end))
        for link in outcome.links
        if link.target_end <= start or link.target_start >= end
    )
    return replace(outcome, target=target, places=tuple(places), repaired=outcome.repaired | {index}, links=links)


def _forced(unit: Unit) -> tuple[int, ...]:
    return tuple(index for index, span in enumerate(unit.spans) if span.kind != "entity")


def _form(unit: Unit, index: int) -> str:
    span = unit.spans[index]
    return span.targets[0] if span.targets else unit.text[span.start : span.end]


def _places(unit: Unit, target: str, hidden: dict[int, tuple[int, int]]) -> tuple[tuple[int, int] | None, ...]:
    """Where each span stands: hidden ones where their placeholder stood, the others beside those."""
    visible = [index for index in range(len(unit.spans)) if index not in hidden]
    places: list[tuple[int, int] | None] = [hidden.get(index) for index in range(len(unit.spans))]
    if visible:
        # What stands in for a placeholder is taken; blanks keep the offsets.
        masked = list(target)
        for start, end in hidden.values():
            masked[start:end] = " " * (end - start)
        found = verify(unit.text, [unit.spans[index] for index in visible], "".join(masked))
        for index, occurrence in zip(visible, found, strict=True):
            places[index] = _range(occurrence)
    return tuple(places)


def _range(occurrence: Occurrence | None) -> tuple[int, int] | None:
    return None if occurrence is None else (occurrence.start, occurrence.end)


def _mapped(ranges: Sequence[tuple[int, int]], offsets: Sequence[int]) -> list[tuple[int, int]]:
    last = len(offsets) - 1
    return [(offsets[min(start, last)], offsets[min(end, last)]) for start, end in ranges]


def _rank(outcome: Outcome) -> tuple[bool, bool, int]:
    return outcome.garbled, outcome.degenerate, len(outcome.lost)


def _empty(unit: Unit) -> Outcome:
    return Outcome(unit.text, 0.0, False, tuple((span.start, span.end) for span in unit.spans))

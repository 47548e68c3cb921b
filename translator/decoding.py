"""Units through the model once: protect, normalise, encode, batch, decode, restore, verify."""

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace

from translator import alignment
from translator.alignment import Link
from translator.batching import batches
from translator.degeneration import is_degenerate
from translator.engines import Decoding, Engine, Hypotheses, Hypothesis
from translator.entities import Occurrence, verify
from translator.protection import Placeholders, ProtectedText
from translator.tokenization import Tokenizer
from translator.units import Outcome, Unit


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

    def hidden_at_first(self, unit: Unit) -> tuple[int, ...]:
        """Keep and glossary spans, and the rare names that this model copies better than it spells."""
        return tuple(
            index
            for index, span in enumerate(unit.spans)
            if span.kind != "entity" or (span.label in self._hidden_labels and not span.targets)
        )

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
        groups = batches([len(encoded[index]) for index in full])
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
        hidden = dict(zip(attempt.hidden, restored.ranges, strict=True))
        places = places_of(unit, restored.text, hidden)
        target = restored.text
        outcome = Outcome(
            target,
            hypothesis.score,
            not hypothesis.finished or is_degenerate(self._bare(attempt.encoded), self._bare(decoded)),
            places,
            frozenset(attempt.hidden).difference(self.hidden_at_first(unit)),
        )
        if not decoding.attention:
            return outcome
        known = [Link(unit.spans[index].start, unit.spans[index].end, *place, 1.0) for index, place in hidden.items()]
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


def places_of(unit: Unit, target: str, hidden: dict[int, tuple[int, int]]) -> tuple[tuple[int, int] | None, ...]:
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


def _empty(unit: Unit) -> Outcome:
    return Outcome(unit.text, 0.0, False, tuple((span.start, span.end) for span in unit.spans))

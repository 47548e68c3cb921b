"""Units through the model until they are sound: lost names behind placeholders, loops decoded otherwise or by halves.

Whatever the model does, a unit comes out with its keep and glossary spans in place and no placeholder of ours.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from translator.cutting import halve, within
from translator.decoding import UnitDecoder, placed
from translator.engines import Decoding
from translator.units import Outcome, Unit, joined

RETRY_PENALTY: Final = 1.2
RETRY_NGRAM: Final = 4
SURE_LINK: Final = 0.3
"""Attention below this does not tell where a lost entity went."""


class Submitted:
    """Units at the engine, all handed over at once; `collect` waits for them and repairs what is unsound."""

    def __init__(self, decoder: UnitDecoder, units: Sequence[Unit], decoding: Decoding) -> None:
        self._decoder, self._units, self._decoding = decoder, units, decoding
        self._attempts = [decoder.attempt(unit, decoder.hidden_at_first(unit)) for unit in units]
        self._results = decoder.submit(self._attempts, decoding)

    def collect(self) -> list[Outcome]:
        """The outcomes, in the order of the units, repaired where that was needed and possible."""
        outcomes = self._decoder.outcomes(self._attempts, self._results, self._decoding)
        return self._repair(outcomes)

    def cancel(self) -> None:
        for future, _ in self._results:
            future.cancel()

    def _repair(self, outcomes: list[Outcome]) -> list[Outcome]:
        """Try the unsound ones again: lost entities behind placeholders, loops with other decoding, then by parts."""
        best, units, decoding = list(outcomes), self._units, self._decoding
        more = replace(decoding, hypotheses=max(decoding.hypotheses, decoding.beam_size))
        other = replace(more, repetition_penalty=RETRY_PENALTY, no_repeat_ngram_size=RETRY_NGRAM)
        for settings in (more, other):
            unsound = [index for index, outcome in enumerate(best) if outcome.degenerate or outcome.lost]
            if not unsound:
                return best
            hidden = [self._hidden_next(units[index], best[index]) for index in unsound]
            tried = self._again(list(zip([units[index] for index in unsound], hidden, strict=True)), settings)
            for index, outcome in zip(unsound, tried, strict=True):
                if outcome.rank < best[index].rank:
                    best[index] = outcome
        for index, outcome in enumerate(best):
            if outcome.degenerate or outcome.lost:
                outcome = self._by_parts(units[index], outcome)
            if outcome.degenerate or outcome.lost:
                outcome = self._last_resort(units[index], outcome)
            best[index] = outcome
        return best

    def _again(self, tries: Sequence[tuple[Unit, Sequence[int]]], decoding: Decoding) -> list[Outcome]:
        """Units once more, each with the spans to hide."""
        attempts = [self._decoder.attempt(unit, hidden) for unit, hidden in tries]
        return self._decoder.outcomes(attempts, self._decoder.submit(attempts, decoding), decoding)

    def _hidden_next(self, unit: Unit, outcome: Outcome) -> tuple[int, ...]:
        """Lost spans hide behind placeholders; where those did not come back, only the spans that must be hidden do."""
        if outcome.garbled:
            return unit.forced
        return tuple(sorted({*self._decoder.hidden_at_first(unit), *outcome.lost, *outcome.repaired}))

    def _by_parts(self, unit: Unit, outcome: Outcome) -> Outcome:
        """Two halves have half the length to go wrong over, and half the names."""
        parts = halve(unit.text, unit.spans)
        if len(parts.segments) < 2:
            return outcome
        inner = [within(unit.spans, part) for part in parts.segments]
        units = [Unit(part.text, spans) for part, (_, spans) in zip(parts.segments, inner, strict=True)]
        done = Submitted(self._decoder, units, self._decoding).collect()
        whole = joined(unit, parts, done)
        return whole if whole.rank < outcome.rank else outcome

    def _last_resort(self, unit: Unit, outcome: Outcome) -> Outcome:
        """Forced spans that the model will not carry are written between the translations of what surrounds them; lost
        entities go where attention says that their words went."""
        own = sum(self._decoder.placeholders.count(unit.form(index)) for index in unit.forced)
        stray = self._decoder.placeholders.count(outcome.target) != own
        if outcome.garbled or stray or any(unit.spans[index].kind != "entity" for index in outcome.lost):
            outcome = self._around(unit)
        if outcome.lost and not outcome.degenerate:
            outcome = self._substitute(unit, outcome)
        return outcome

    def _around(self, unit: Unit) -> Outcome:
        """Translate what lies between the forced spans, each stretch by itself."""
        forced = [unit.spans[index] for index in unit.forced]
        cuts = [0, *(offset for span in forced for offset in (span.start, span.end)), len(unit.text)]
        stretches = [Unit(unit.text[start:end]) for start, end in zip(cuts[::2], cuts[1::2], strict=True)]
        inner = [Unit(stretch.text.strip()) for stretch in stretches]
        asked = [part for part in inner if any(map(str.isalnum, part.text))]
        plain = iter(self._again([(part, ()) for part in asked], self._decoding))
        target = ""
        places: dict[int, tuple[int, int]] = {}
        scores: list[float] = []
        degenerate = False
        for position, (stretch, part) in enumerate(zip(stretches, inner, strict=True)):
            text = part.text
            if any(map(str.isalnum, text)):
                translated = next(plain)
                stray = self._decoder.placeholders.count(translated.target)
                degenerate = degenerate or translated.degenerate or bool(stray)
                text = translated.target if not stray else part.text
                scores.append(translated.score)
            lead = stretch.text[: len(stretch.text) - len(stretch.text.lstrip())]
            tail = stretch.text[len(stretch.text.rstrip()) :] if part.text else ""
            target += lead + text + tail
            if position < len(forced):
                index = unit.spans.index(forced[position])
                form = unit.form(index)
                places[index] = (len(target), len(target) + len(form))
                target += form
        score = sum(scores) / len(scores) if scores else 0.0
        target, found, mended = placed(unit, target, places)
        return Outcome(target, score, degenerate, found, mended)

    def _substitute(self, unit: Unit, outcome: Outcome) -> Outcome:
        """Put each lost entity in place of the words that attend to it, if attention is sure and they are free."""
        looking = replace(self._decoding, attention=True, hypotheses=1)
        base = self._again([(unit, unit.forced)], looking)[0]
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
        return current if current.rank < outcome.rank else outcome


def _written(unit: Unit, outcome: Outcome, index: int, start: int, end: int) -> Outcome:
    """The outcome with the form of span `index` in place of ``target[start:end]``."""
    form = unit.form(index)
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

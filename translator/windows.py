"""A window of segments at the engine together: each different unit once, and none that memory knows."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace

from translator.decoding import UnitDecoder
from translator.drafts import Draft
from translator.engines import Decoding
from translator.memory import Memory
from translator.options import Options
from translator.repair import Submitted
from translator.units import Outcome, Unit

OUTCOME_VERSION = 2
"""Part of the key of what is remembered: raised when an outcome of the same unit would differ."""


class Recall:
    """Outcomes of units in memory, for one model."""

    def __init__(self, memory: Memory | None, model_sha256: str) -> None:
        self._memory = memory
        self._model = f"{OUTCOME_VERSION} {model_sha256}"

    def get(self, unit: Unit, decoding: Decoding) -> Outcome | None:
        if self._memory is None or decoding.attention:
            return None
        value = self._memory.get(self._key(unit, decoding))
        return None if value is None else _outcome(json.loads(value))

    def put(self, unit: Unit, decoding: Decoding, outcome: Outcome) -> None:
        if self._memory is not None and not decoding.attention:
            values = asdict(replace(outcome, links=())) | {"repaired": sorted(outcome.repaired)}
            self._memory.put(self._key(unit, decoding), json.dumps(values))

    def _key(self, unit: Unit, decoding: Decoding) -> str:
        return f"{self._model} {decoding} {unit}"


def _outcome(values: dict[str, object]) -> Outcome:
    places = tuple(None if place is None else (place[0], place[1]) for place in values["places"])  # type: ignore[attr-defined]
    return Outcome(
        target=str(values["target"]),
        score=float(values["score"]),  # type: ignore[arg-type]
        degenerate=bool(values["degenerate"]),
        places=places,
        repaired=frozenset(values["repaired"]),  # type: ignore[call-overload]
        alternatives=tuple(values["alternatives"]),  # type: ignore[arg-type]
    )


class Window:
    """Segments whose units were handed to the engine; `collect` waits for them."""

    def __init__(self, drafts: Sequence[Draft], decoder: UnitDecoder, settings: Options, recall: Recall) -> None:
        self._drafts = drafts
        self._recall = recall
        self._outcomes: dict[tuple[Unit, bool], Outcome] = {}
        self._submitted: list[tuple[list[Unit], Decoding, Submitted]] = []
        for linked in (False, True):
            decoding = settings.decoding(attention=linked)
            wanted = dict.fromkeys(unit for draft in drafts if draft.linked is linked for unit in draft.units)
            for unit in list(wanted):
                known = recall.get(unit, decoding)
                if known is not None:
                    self._outcomes[unit, linked] = known
                    del wanted[unit]
            if wanted:
                units = list(wanted)
                self._submitted.append((units, decoding, Submitted(decoder, units, decoding)))

    def collect(self) -> Iterator[tuple[Draft, list[Outcome]]]:
        """Each segment with the outcomes of its units, in order."""
        for units, decoding, submitted in self._submitted:
            for unit, outcome in zip(units, submitted.collect(), strict=True):
                self._outcomes[unit, decoding.attention] = outcome
                self._recall.put(unit, decoding, outcome)
        for draft in self._drafts:
            yield draft, [self._outcomes[unit, draft.linked] for unit in draft.units]

    def cancel(self) -> None:
        for _, _, submitted in self._submitted:
            submitted.cancel()

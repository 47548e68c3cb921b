"""Ratios of paired measurements, with the interval that chance leaves them.

Measurements of one round share the machine's state, so ratios are taken within rounds and averaged as logarithms.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

DRAWS: Final = 2000
COVERAGE: Final = 0.95
_SEED: Final = 8


@dataclass(frozen=True, slots=True)
class Ratio:
    """A geometric mean of ratios and the bounds of its 95% bootstrap interval (Efron 1979, percentiles)."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.2f} ({self.low:.2f}–{self.high:.2f})"


def paired_ratio(ours: Sequence[float], theirs: Sequence[float]) -> Ratio:
    """Ours by theirs, measurement by measurement.

    Raises:
        ValueError: not one of theirs for each of ours, or none at all.
    """
    logs = [math.log(our / their) for our, their in zip(ours, theirs, strict=True)]
    if not logs:
        raise ValueError("no measurements")
    chance = random.Random(_SEED)
    return _ratio(fmean(logs), [fmean(chance.choices(logs, k=len(logs))) for _ in range(DRAWS)])


def unpaired_ratio(ours: Sequence[float], theirs: Sequence[float]) -> Ratio:
    """Ours by theirs where they come from different runs: both sides are drawn apart.

    Raises:
        ValueError: a side is empty.
    """
    if not ours or not theirs:
        raise ValueError("no measurements")
    first, second = [math.log(value) for value in ours], [math.log(value) for value in theirs]
    chance = random.Random(_SEED)
    draws = [
        fmean(chance.choices(first, k=len(first))) - fmean(chance.choices(second, k=len(second))) for _ in range(DRAWS)
    ]
    return _ratio(fmean(first) - fmean(second), draws)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def _ratio(center: float, draws: Sequence[float]) -> Ratio:
    outside = (1 - COVERAGE) / 2
    low, high = percentile(draws, outside), percentile(draws, 1 - outside)
    return Ratio(round(math.exp(center), 3), round(math.exp(low), 3), round(math.exp(high), 3))

"""Segments into batches by a token budget.

A batch holds segments of one width, to which the engine pads them, so that no result depends on its neighbours.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

MAX_BATCH_TOKENS: Final = 512
"""More gains a CPU nothing (benchmarks/engine.py) and leaves cores idle at the end of an article."""


def batches(widths: Sequence[int], *, max_tokens: int = MAX_BATCH_TOKENS) -> list[list[int]]:
    """Indices of segments, grouped: one width a batch, at most `max_tokens` or one segment, widest first.

    Long segments go first, so that no worker is left alone with one at the end.
    """
    by_width: dict[int, list[int]] = defaultdict(list)
    for index, width in enumerate(widths):
        by_width[width].append(index)
    result = []
    for width in sorted(by_width, reverse=True):
        size = max(1, max_tokens // max(1, width))
        members = by_width[width]
        result += [members[start : start + size] for start in range(0, len(members), size)]
    return result

"""Segments into batches by a token budget.

A batch holds segments of one length: nothing is padded, and a segment's result does not depend on its neighbours.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

MAX_BATCH_TOKENS: Final = 1024
"""Past this, batches on a CPU only grow out of its caches (measured in benchmarks/engine.py)."""


def batches(lengths: Sequence[int], *, max_tokens: int = MAX_BATCH_TOKENS) -> list[list[int]]:
    """Indices of segments, grouped: one length a batch, at most `max_tokens` or one segment, longest first.

    Long segments go first, so that no worker is left alone with one at the end.
    """
    by_length: dict[int, list[int]] = defaultdict(list)
    for index, length in enumerate(lengths):
        by_length[length].append(index)
    result = []
    for length in sorted(by_length, reverse=True):
        size = max(1, max_tokens // max(1, length))
        members = by_length[length]
        result += [members[start : start + size] for start in range(0, len(members), size)]
    return result

"""Places by proportion, on the edges of words: what is left where alignment says nothing or would take too long."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from translator.document import Mark

WORD = re.compile(r"\w+(?:['’\-.]\w+)*|[^\w\s]")


def in_proportion(source: str, target: str, marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """Marks where they were by proportion, between kept stretches that are found in order. Takes linear time."""
    anchors = [(0, 0)]
    for mark in marks:
        text = source[mark.start : mark.end]
        found = target.find(text, anchors[-1][1]) if mark.keep and text and mark.start >= anchors[-1][0] else -1
        if found >= 0:
            anchors += [(mark.start, found), (mark.end, found + len(text))]
    anchors.append((len(source), len(target)))
    edges = sorted({0, len(target)} | {edge for word in words(target, ()) for edge in word})
    starts = [position for position, _ in anchors]
    fixed = dict(reversed(anchors))

    def place(position: int) -> int:
        if position in fixed:
            return fixed[position]
        index = min(bisect_right(starts, position), len(anchors) - 1)
        (s0, t0), (s1, t1) = anchors[index - 1], anchors[index]
        exact = t0 + (position - s0) * (t1 - t0) / max(1, s1 - s0)
        nearest = edges[min(bisect_left(edges, exact), len(edges) - 1)]
        return min(max(nearest, t0), t1)

    return tuple(Mark(place(mark.start), place(mark.end), mark.key, mark.keep) for mark in marks)


def words(text: str, kept: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Words, single punctuation characters, and kept stretches as one word each, in order."""
    found: list[tuple[int, int]] = []
    position = 0
    for start, end in [*sorted(kept), (len(text), len(text))]:
        found += [match.span() for match in WORD.finditer(text, position, start)]
        if end > start:
            found.append((start, end))
        position = end
    return found

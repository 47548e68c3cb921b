"""Which words of the source a word of the target comes from, in offsets of the texts as people see them.

Cross-attention speaks of pieces of a normalised source and of the model's plain output. Texts before and after a
rewriting are brought together by their longest common blocks, in order.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Final, NamedTuple

LEAST_WEIGHT: Final = 0.05

_WORD = re.compile(r"\w+|[^\w\s]")
_SPACE_PIECE = "▁"
_BYTE_PIECE = re.compile(r"<0x([0-9A-F]{2})>\Z")


class Link(NamedTuple):
    """A source word and a target word, half-open ranges of characters, and how sure the model is, from 0 to 1."""

    source_start: int
    source_end: int
    target_start: int
    target_end: int
    weight: float

    def moved(self, source: int, target: int) -> "Link":
        """The link of a part as one of the whole that has it at these offsets."""
        return Link(
            self.source_start + source,
            self.source_end + source,
            self.target_start + target,
            self.target_end + target,
            self.weight,
        )


def offset_map(before: str, after: str) -> list[int]:
    """For each of the ``len(before) + 1`` offsets of a text its offset in a rewritten form; never decreasing.

    What was replaced maps to the start of its replacement, the end of a text to the end.
    """
    if before == after:
        return list(range(len(before) + 1))
    result = [0] * (len(before) + 1)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for _, start, end, new_start, new_end in matcher.get_opcodes():
        for offset in range(start, end):
            result[offset] = min(new_start + offset - start, new_end)
    result[len(before)] = len(after)
    return result


def piece_ranges(pieces: Sequence[str]) -> list[tuple[int, int]]:
    """Start and end of each sentencepiece piece in the text they spell, which has no leading space."""
    ranges = []
    offset = -1 if pieces and pieces[0].startswith(_SPACE_PIECE) else 0
    for piece in pieces:
        byte = _BYTE_PIECE.match(piece)
        # The bytes of one character share the place of the first.
        width = len(piece) if byte is None else int(not 0x80 <= int(byte[1], 16) < 0xC0)
        ranges.append((max(0, offset), max(0, offset + width)))
        offset += width
    return ranges


def words(text: str) -> list[tuple[int, int]]:
    """Words and single signs of a text."""
    return [match.span() for match in _WORD.finditer(text)]


def word_links(
    source: str,
    target: str,
    source_ranges: Sequence[tuple[int, int]],
    target_ranges: Sequence[tuple[int, int]],
    attention: Sequence[Sequence[float]],
) -> list[Link]:
    """Links from each target word to the source words that it attends to, weakest ones left out.

    Args:
        source_ranges: place in `source` of each column of `attention`.
        target_ranges: place in `target` of each row.
        attention: [target pieces, source pieces]; what a row lacks to 1 belongs to no word.
    """
    source_words, target_words = words(source), words(target)
    if not source_words:
        return []
    columns = _owners(source_words, source_ranges)
    rows = _owners(target_words, target_ranges)
    totals: dict[int, dict[int, float]] = {}
    pieces: Counter[int] = Counter()
    for row, weights in zip(rows, attention, strict=False):
        if row is not None:
            pieces[row] += 1
            total = totals.setdefault(row, {})
            for column, weight in zip(columns, weights, strict=False):
                if column is not None:
                    total[column] = total.get(column, 0.0) + weight
    links = []
    for row, total in sorted(totals.items()):
        links += [
            Link(*source_words[column], *target_words[row], weight / pieces[row])
            for column, weight in sorted(total.items())
            if weight >= LEAST_WEIGHT * pieces[row]
        ]
    return links


def _owners(spans: Sequence[tuple[int, int]], ranges: Sequence[tuple[int, int]]) -> list[int | None]:
    """For each range the word that holds most of it, None where it holds only spaces."""
    starts = [start for start, _ in spans]
    owners: list[int | None] = []
    for start, end in ranges:
        index = bisect_right(starts, max(start, end - 1)) - 1
        owners.append(index if index >= 0 and spans[index][1] > start else None)
    return owners

"""Cuts a segment that is too long for the model where it hurts least: sentences, clauses, words, then characters."""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from translator.document import Document
from translator.segmentation.assembly import BLANK, Offsets, assemble
from translator.segmentation.lines import inner
from translator.segmentation.sentences import sentences

MIN_FILL = 0.5
"""A cut is sought in this last share of the longest part that fits: a better cut never costs many small parts."""

SHORT_REST = 1.5
"""A rest of less than so many of the longest parts is halved: two even parts translate better than a stump."""

_SENTENCE, _CLAUSE, _COMMA, _CONJUNCTION, _WORD, _TIGHT = range(6)
"""Kinds of cuts, best first. A tight one parts what reads as one: "10 000", "« mot", "M. Petit"."""

_GAP = re.compile(rf"[{BLANK}]++")
_CONJUNCTION_WORD = re.compile(
    r"(?:et|mais|ou|car|donc|puis|que|qui|dont|où|lorsque|quand|tandis|alors|parce|afin|si|comme|ainsi)\b|(?:lors)?qu['’]"
)
_NO_BREAK_SPACES = frozenset("\u00a0\u202f\u2007\u2060\ufeff")
_KINDS_BY_END = {**dict.fromkeys(";:!?…", _CLAUSE), **dict.fromkeys(",)–—»”", _COMMA), **dict.fromkeys(".«“(", _TIGHT)}


@dataclass(frozen=True, slots=True)
class _Cut:
    """A place to cut: the part before it ends at `end`, the part after it begins at `start`."""

    end: int
    start: int
    kind: int


def split_clauses(text: str, fits: Callable[[str], bool], protected: Sequence[Offsets] = ()) -> Document:
    """The text in parts that fit, each as long as a good cut allows; parts and separators give the text back.

    `fits` tells whether a part is short enough; where a text fits, its beginnings are taken to fit. No part ends inside
    a protected range (half-open offsets in `text`) unless that range alone does not fit. A single character that does
    not fit is a part of its own. For p parts of n words `fits` is asked O(p log n) times, but for the first time on
    texts no longer than about three parts.
    """
    outer = inner(text)
    if not outer or fits(text[slice(*outer[0])]):
        return assemble(text, outer)
    start, end = outer[0]
    cuts = _cuts(text, start, end, protected)
    spans: list[Offsets] = []
    first, step = 0, 1
    while start < end:
        last = _longest(text, start, cuts, first, step, fits)
        if last < first:
            cut = _cut_inside(text, start, cuts[first].end, fits, protected)
            step = 1
        else:
            cut, step = cuts[last], last - first + 1
            better = _best(cuts, first, last, start)
            if better.end != cut.end and fits(text[start : better.end]):
                cut = better
        spans.append((start, cut.end))
        start = cut.start
        first = bisect_left(cuts, start + 1, lo=first, key=lambda cut: cut.end)
    return assemble(text, spans)


def _cuts(text: str, start: int, end: int, protected: Sequence[Offsets]) -> list[_Cut]:
    """Every blank outside the protected ranges, and the end of the text."""
    sentence_ends = {sentence_end for _, sentence_end in sentences(text, start, end)}
    ranges = sorted(protected)
    cuts: list[_Cut] = []
    index = reach = 0
    for gap in _GAP.finditer(text, start, end):
        while index < len(ranges) and ranges[index][0] < gap.start():
            reach = max(reach, ranges[index][1])
            index += 1
        if reach <= gap.start():
            kind = _SENTENCE if gap.start() in sentence_ends else _kind(text, gap)
            cuts.append(_Cut(gap.start(), gap.end(), kind))
    cuts.append(_Cut(end, end, _SENTENCE))
    return cuts


def _kind(text: str, gap: re.Match[str]) -> int:
    before, after = text[gap.start() - 1], text[gap.end()]
    if not _NO_BREAK_SPACES.isdisjoint(gap[0]) or after in "»”;:!?…%" or (before.isdigit() or after.isdigit()):
        return _TIGHT
    if before in _KINDS_BY_END:
        return _KINDS_BY_END[before]
    return _CONJUNCTION if _CONJUNCTION_WORD.match(text, gap.end()) else _WORD


def _longest(text: str, start: int, cuts: list[_Cut], first: int, step: int, fits: Callable[[str], bool]) -> int:
    """Index of the last cut up to which the text fits, by galloping search from `step` cuts on; first - 1 if none."""
    low, high = first - 1, len(cuts)
    while high - low > 1:
        probe = min(low + step, (low + high) // 2 if high < len(cuts) else high - 1)
        if fits(text[start : cuts[probe].end]):
            low, step = probe, 2 * step
        else:
            high = probe
    return low


def _best(cuts: list[_Cut], first: int, last: int, start: int) -> _Cut:
    """The best kind of cut near the end of the longest part, or near the middle of a short rest."""
    longest, rest = cuts[last].end - start, cuts[-1].end - start
    if rest == longest:
        return cuts[last]
    target = start + rest // 2 if rest < SHORT_REST * longest else cuts[last].end
    lowest = bisect_left(cuts, start + MIN_FILL * longest, lo=first, hi=last, key=lambda cut: cut.end)
    return min(cuts[lowest : last + 1], key=lambda cut: (cut.kind, abs(cut.end - target)))


def _cut_inside(text: str, start: int, end: int, fits: Callable[[str], bool], protected: Sequence[Offsets]) -> _Cut:
    """A cut where no part up to a blank fits: before a protected range, else at a blank inside it, else anywhere but
    before a character that belongs to the one before it."""
    low, high, step = start + 1, end, 1
    while high - low > 1:
        probe = min(low + step, (low + high) // 2 if high < end else high - 1)
        if fits(text[start:probe]):
            low, step = probe, 2 * step
        else:
            high = probe
    opening = min((left for left, right in protected if start < left < low < right), default=0)
    if opening:
        return _trimmed(text, start, opening)
    for position in range(low, start, -1):
        if _GAP.match(text, position - 1):
            return _trimmed(text, start, position)
    whole = low
    while whole > start + 1 and _belongs_together(text[whole - 1], text[whole]):
        whole -= 1
    return _Cut(whole, whole, _TIGHT)


def _belongs_together(before: str, after: str) -> bool:
    joiner, variation = "\u200d", "\ufe0f"
    return bool(unicodedata.combining(after)) or after in (joiner, variation) or before == joiner


def _trimmed(text: str, start: int, position: int) -> _Cut:
    while position > start and _GAP.match(text, position - 1):
        position -= 1
    gap = _GAP.match(text, position)
    return _Cut(position, gap.end() if gap else position, _TIGHT)

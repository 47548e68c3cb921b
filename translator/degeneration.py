"""Output that is no translation: loops, runaways, most of it gone, nothing at all."""

import re
from collections.abc import Sequence
from typing import Final

LOOP_NGRAM: Final = 3
LOOP_REPEATS: Final = 4
"""A word n-gram that comes four times in a row, or more often than in the source by that many, is a loop."""
MIN_RUN: Final = 6
"""One character so many times in a row, and over twice as often as in the source, is a loop too: "......"."""
LONG_SOURCE_LETTERS: Final = 24
MIN_SHARE: Final = 0.3
"""English has nine letters for ten of French; with less than three, clauses are missing."""
SHORT_TARGET_CHARACTERS: Final = 40
MAX_GROWTH: Final = 3
"""A target over three times as long as its source says something else, except where both are a few words."""

_RUN: Final = re.compile(rf"(\S)\1{{{MIN_RUN - 1},}}")


def is_degenerate(source: str, target: str) -> bool:
    """Whether a target is no translation: empty, far too short or too long, or the same words over and over."""
    asked, given = (sum(map(str.isalnum, text)) for text in (source, target))
    if given < MIN_SHARE * asked and (not given or asked >= LONG_SOURCE_LETTERS):
        return True
    if len(target) > max(SHORT_TARGET_CHARACTERS, MAX_GROWTH * len(source)):
        return True
    if _longest_run(target) > 2 * _longest_run(source):
        return True
    return _longest_loop(target.split()) >= max(LOOP_REPEATS, _longest_loop(source.split()) + 1)


def _longest_run(text: str) -> int:
    """Characters of the longest run of one and the same, where that is a loop's length; else 0."""
    return max((len(match[0]) for match in _RUN.finditer(text)), default=0)


def _longest_loop(words: Sequence[str]) -> int:
    """Most repeats in a row of one n-gram of up to `LOOP_NGRAM` words."""
    longest = 1
    for size in range(1, LOOP_NGRAM + 1):
        repeats = 0
        for previous, word in zip(words, words[size:], strict=False):
            repeats = repeats + 1 if previous == word else 0
            longest = max(longest, repeats // size + 1)
    return longest

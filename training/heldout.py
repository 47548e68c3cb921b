"""Keeps test sentences, and what is nearly one, out of the training text.

A text is held out when, lower-cased and without punctuation, it equals a test sentence, or when it shares half of the
8-grams of a test sentence of at least 12 words. Both languages are looked at.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

NGRAM_WORDS = 8
MIN_WORDS = 12
"""A shorter sentence has so few 8-grams that half of them is chance."""

_NOT_WORD = re.compile(r"[\W_]+")


class HeldOut:
    """Index of test sentences of any language."""

    def __init__(self, sentences: Iterable[str]) -> None:
        self._equal: set[str] = set()
        self._owners: defaultdict[str, list[int]] = defaultdict(list)
        self._needed: list[int] = []
        for sentence in sentences:
            words = _words(sentence)
            self._equal.add(" ".join(words))
            if len(words) >= MIN_WORDS:
                grams = set(_ngrams(words))
                for gram in grams:
                    self._owners[gram].append(len(self._needed))
                self._needed.append((len(grams) + 1) // 2)
        self._equal.discard("")

    def __contains__(self, text: str) -> bool:
        words = _words(text)
        if " ".join(words) in self._equal:
            return True
        shared: Counter[int] = Counter()
        for gram in set(_ngrams(words)):
            if gram in self._owners:
                shared.update(self._owners[gram])
        return any(count >= self._needed[sentence] for sentence, count in shared.items())


def _words(text: str) -> list[str]:
    return _NOT_WORD.sub(" ", text.lower()).split()


def _ngrams(words: list[str]) -> list[str]:
    return [" ".join(words[i : i + NGRAM_WORDS]) for i in range(len(words) - NGRAM_WORDS + 1)]

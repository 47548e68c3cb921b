"""What language a text is in, and whether it needs a model at all.

A French segment is never taken for an English one: words and letters of French outvote the detector.
"""

import math
import re
from functools import cache
from typing import Any

# ruff: noqa: SIM905  lists of words are read more easily as text

LANGUAGES = tuple(
    "ar bg ca cs da de el en es et fa fi fr he hi hr hu id it ja ko lt lv nl no pl pt ro ru sk sl sr sv tr uk vi"
    " zh".split()
)
MAX_CHARACTERS = 4000
"""More than this tells nothing new about a language."""

MIN_ENGLISH_PROBABILITY, MIN_ENGLISH_WORDS = 0.9, 5

_WORD = re.compile(r"[^\W\d_]+")
_ADDRESS = re.compile(r"(?:(?:https?|ftp)://|www\.)\S+|[^@\s]+@[^@\s]+\.[^@\s]+", re.IGNORECASE)
_CHUNK = re.compile(r"\S+")
_AROUND_ADDRESS = "\"'()[]<>«»“”‘’,;:!?.…"
_FRENCH_LETTERS = re.compile("[àâçéèêëîïôûùœæ«»]", re.IGNORECASE)
_FRENCH_ELISION = re.compile(r"\b(?:[cdjlmnst]|qu)['’](?=[^\W\d_]{2})", re.IGNORECASE)
# None of these is an English word, so that a single one is enough; « de » and « la » of names make a segment French,
# which costs one needless translation.
_FRENCH_WORDS = frozenset(
    """au aux avec ce ces cette chez comme contre dans de depuis des dont du elle elles en entre est et eux il ils je la
    le les leur leurs lui mais ne ni nos notre nous ont ou par pas pour quand que qui sa sans se ses si sont sous sur te
    toi tu un une vers vos votre vous y""".split()
)
_ENGLISH_WORDS = frozenset(
    """a about after and are as at be been but by can could did do does for from had has have he her him his how i if in
    into is it its more my no not of on or our over said she so than that the their them there they this to under up us
    was we were what when where which who will with would you your""".split()
)


class Detector:
    """Tells languages apart. The weights are read at the first question that needs them; thread-safe."""

    def detect(self, text: str) -> list[tuple[str, float]]:
        """ISO 639-1 codes of `LANGUAGES` with their probabilities, best first; they sum to one.

        Text without letters gets the same small probability for each. At most `MAX_CHARACTERS` are read.
        """
        sample = text[:MAX_CHARACTERS]
        scores: list[tuple[str, float]] = _identifier().rank(sample)
        # The scores add up over features that depend on each other. The square root of the length halved as temperature
        # gave the smallest log loss on newstest2013 in both languages, cut to 1–40 words (0.41; a constant: 0.42).
        temperature = max(1.0, math.sqrt(len(sample.encode("utf-8", "replace"))) / 2)
        best = scores[0][1]
        weights = [math.exp((score - best) / temperature) for _, score in scores]
        total = sum(weights)
        return [(language, weight / total) for (language, _), weight in zip(scores, weights, strict=True)]

    def is_english(self, text: str) -> bool:
        """Whether a segment is surely English already: five words or more, and nothing French among them."""
        words = [word.lower() for word in _WORD.findall(text[:MAX_CHARACTERS])]
        if (
            len(words) < MIN_ENGLISH_WORDS
            or _FRENCH_WORDS.intersection(words)
            or not _ENGLISH_WORDS.intersection(words)
        ):
            return False
        if _FRENCH_LETTERS.search(text) or _FRENCH_ELISION.search(text):
            return False
        return dict(self.detect(text))["en"] >= MIN_ENGLISH_PROBABILITY


def needs_model(text: str) -> bool:
    """False for what is the same in both languages: numbers, punctuation, URLs, e-mail addresses, emoji, nothing."""
    if not any(map(str.isalpha, text)):
        return False
    words = [chunk for chunk in _CHUNK.findall(text) if not _ADDRESS.fullmatch(chunk.strip(_AROUND_ADDRESS))]
    return any(character.isalpha() for word in words for character in word)


@cache
def _identifier() -> Any:
    # Imported at the first question: numpy and the weights take over a second to read.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(LANGUAGES)
    return identifier

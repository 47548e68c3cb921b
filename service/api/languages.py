"""What language a text is in, for the APIs that say so."""

from typing import Final

from translator.language import Detector

FRENCH: Final = "fr"
MIN_PROBABILITY: Final = 0.5
"""A text of few words may look like any language: below this it counts as what it is translated from, French."""


def detected(detector: Detector, text: str) -> tuple[str, float]:
    """The language's ISO 639-1 code, and its probability. Texts are translated from French whatever it is."""
    ranked = detector.detect(text)
    language, probability = ranked[0]
    if probability >= MIN_PROBABILITY:
        return language, probability
    return FRENCH, dict(ranked)[FRENCH]

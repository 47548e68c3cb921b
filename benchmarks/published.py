"""Figures that others published for French to English, to stand beside ours and never to be mistaken for ours."""

from dataclasses import dataclass
from typing import Final

FIREFOX: Final = "mozilla/firefox-translations-models, evaluation/fr-en"
CARD: Final = "model card of Helsinki-NLP/opus-mt-tc-big-fr-en (FLORES-101 devtest)"


@dataclass(frozen=True, slots=True)
class Published:
    """BLEU by test set, and where it was published."""

    system: str
    bleu: dict[str, float]
    source: str


SYSTEMS: Final = (
    Published("Firefox tiny (17 MB)", {"newstest2013": 33.3, "newstest2014": 37.3, "flores": 42.1}, FIREFOX),
    Published("Firefox base-memory (32 MB)", {"newstest2013": 33.7, "newstest2014": 37.7, "flores": 42.9}, FIREFOX),
    Published("opus-mt-fr-en", {"newstest2013": 33.6, "newstest2014": 38.0, "flores": 41.7}, FIREFOX),
    Published("opus-mt-tc-big-fr-en", {"newstest2014": 39.4, "flores": 46.0}, CARD),
    Published("Argos Translate", {"newstest2013": 32.1, "newstest2014": 35.3, "flores": 39.5}, FIREFOX),
)

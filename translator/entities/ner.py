"""Recognisers that carry a trained model: spaCy's French one, or a token-classification model of the user's.

They only say where a name is; whether it must come through unchanged is decided as for any other name.
"""

import importlib
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from translator.document import Span

_LOGGER = logging.getLogger(__name__)
_LABELS = {"PER": "PERSON", "PERSON": "PERSON", "LOC": "PLACE", "GPE": "PLACE", "ORG": "ORG", "MISC": "NAME"}
SPACY_MODELS = ("fr_core_news_md", "fr_core_news_sm")


class SpacyNames:
    """Names found by a spaCy pipeline."""

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline

    @classmethod
    def load(cls) -> "SpacyNames | None":
        """The best French pipeline that is installed; None, with one line in the log, where there is none."""
        for name in SPACY_MODELS:
            try:
                model = importlib.import_module(name)
            except ImportError:
                continue
            pipeline = model.load(exclude=["parser", "tagger", "morphologizer", "attribute_ruler", "lemmatizer"])
            return cls(pipeline)
        _LOGGER.warning(
            "names: spaCy's French model is not installed (pip install 'passerelle[ner]'); using the light rules"
        )
        return None

    def find(self, segments: Sequence[str]) -> list[tuple[Span, ...]]:
        return [
            tuple(
                Span(entity.start_char, entity.end_char, "entity", _LABELS.get(entity.label_, "NAME"))
                for entity in document.ents
            )
            for document in self._pipeline.pipe(segments)
        ]


class TokenClassificationNames:
    """Names found by ``transformers.pipeline("token-classification", model=…, aggregation_strategy="simple")``."""

    def __init__(self, pipeline: Callable[[list[str]], Iterable[Iterable[Mapping[str, Any]]]]) -> None:
        self._pipeline = pipeline

    def find(self, segments: Sequence[str]) -> list[tuple[Span, ...]]:
        rows = self._pipeline(list(segments)) if segments else ()
        return [
            tuple(
                Span(
                    int(found["start"]),
                    int(found["end"]),
                    "entity",
                    _LABELS.get(str(found.get("entity_group", "MISC")).upper(), "NAME"),
                )
                for found in row
            )
            for row in rows
        ]

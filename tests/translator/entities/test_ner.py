"""Names from a trained model are added to those of the rules, and held to the same precision."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from translator.entities import TokenClassificationNames, default_recogniser
from translator.entities.ner import SpacyNames


def test_without_the_model_the_rules_go_on_with_one_line_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("translator.entities.ner.SPACY_MODELS", ("no_such_french_model",))
    with caplog.at_level(logging.WARNING):
        recogniser = default_recogniser("spacy")
    assert len(caplog.records) == 1
    (spans,) = recogniser.find(["Hier, Jens Stoltenberg a parlé."])
    assert [(span.start, span.end) for span in spans] == [(6, 22)]


def test_a_token_classification_model_adds_names_but_no_ordinary_words() -> None:
    text = "Parlement : on attend Zorglub."

    def pipeline(texts: list[str]) -> Iterable[Iterable[Mapping[str, Any]]]:
        return [
            [
                {"entity_group": "ORG", "start": 0, "end": 9, "score": 0.9},
                {"entity_group": "PER", "start": text.index("Zorglub"), "end": text.index("Zorglub") + 7, "score": 0.9},
                {"entity_group": "PER", "start": text.index(" Zorglub"), "end": len(text), "score": 0.4},
            ]
            for text in texts
        ]

    (spans,) = default_recogniser(model=TokenClassificationNames(pipeline)).find([text])
    assert [text[span.start : span.end] for span in spans] == ["Zorglub"]


def test_spacy_finds_names() -> None:
    pytest.importorskip("fr_core_news_sm")
    names = SpacyNames.load()
    assert names is not None
    (spans,) = names.find(["Marie Curie est née à Varsovie."])
    assert {"Marie Curie est née à Varsovie."[span.start : span.end] for span in spans} >= {"Marie Curie", "Varsovie"}

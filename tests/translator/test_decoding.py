"""Which names go behind placeholders from the start, and how numbers are mended beside them."""

from collections.abc import Iterator

import pytest

from translator import Translator
from translator.decoding import UnitDecoder, placed
from translator.entities import default_recogniser
from translator.units import Unit


@pytest.fixture(scope="module")
def decoder() -> Iterator[UnitDecoder]:
    translator = Translator.load(threads=1)
    model = translator.model
    yield UnitDecoder(
        translator.engine, model.tokenizer, model.normalize, translator.placeholders, model.manifest.hidden_labels
    )
    translator.close()


def unit(text: str) -> Unit:
    return Unit(text, default_recogniser().find([text])[0])


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("Il vit en France.", []),
        ("Il vit à Bragadin-sur-Zorg.", ["Bragadin-sur-Zorg"]),
        ("Les Frères musulmans attendent.", ["Frères musulmans"]),
        ("Il revient de l'OTAN.", ["OTAN"]),
        ("Il voit Maëlle Zorglub.", ["Maëlle Zorglub"]),
        ("Il a 3 000 amis.", []),
    ],
)
def test_hidden_from_the_start(decoder: UnitDecoder, text: str, hidden: list[str]) -> None:
    given = unit(text)
    spans = [given.spans[index] for index in decoder.hidden_at_first(given)]
    assert [text[span.start : span.end] for span in spans] == hidden


def test_numbers_are_mended_and_everything_else_moves_along() -> None:
    given = unit("En 2011, Maëlle Zorglub a payé 30 dollars.")
    target = "In 20111, Maëlle Zorglub paid 30 there."
    text, places, mended = placed(given, target, {1: (10, 24)})
    assert text == "In 2011, Maëlle Zorglub paid $30 there."
    assert [None if place is None else text[place[0] : place[1]] for place in places] == [
        "2011",
        "Maëlle Zorglub",
        "$30",
    ]
    assert mended == {0, 2}


def test_what_cannot_be_mended_leaves_the_target_as_it_was() -> None:
    given = unit("Il a 45 amis.")
    assert placed(given, "He has 78 friends.", {}) == ("He has 78 friends.", (None,), frozenset())

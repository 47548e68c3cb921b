"""Names get the article that English gives them, where the words around leave no doubt; elsewhere nothing changes."""

import pytest

from translator.entities import Recogniser, articles, default_recogniser, mending, verify


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return default_recogniser()


def edited(recogniser: Recogniser, french: str, english: str) -> str:
    (spans,) = recogniser.find([french])
    places = [None if one is None else (one.start, one.end) for one in verify(french, spans, english)]
    return mending.applied(english, articles.edits(french, spans, english, places))


@pytest.mark.parametrize(
    ("french", "english", "right"),
    [
        ("L'OTAN a une mission.", "The NATO has a mission.", "NATO has a mission."),
        (
            "L'OTAN a mis deux avions à disposition.",
            "The NATO made two planes available.",
            "NATO made two planes available.",
        ),
        ("Selon l'OTAN, il part.", "According to the NATO, he leaves.", "According to NATO, he leaves."),
        ("La Société générale a cédé.", "The Société générale has given in.", "Société générale has given in."),
        ("Il vit au Moyen-Orient.", "He lives in Middle East.", "He lives in the Middle East."),
        (
            "Elle vient des États-Unis et du Pérou.",
            "She comes from United States.",
            "She comes from the United States.",
        ),
        (
            "Il se consacre au Moyen-Orient et à la paix.",
            "He turns to Middle East and to peace.",
            "He turns to the Middle East and to peace.",
        ),
        ("Les États-Unis ont refusé.", "United States has refused.", "The United States has refused."),
        ("Un quai sur la mer Noire.", "A pier of Black Sea, then.", "A pier of the Black Sea, then."),
        (
            "Il quitte le Royaume-Uni pour l'OTAN.",
            "He left for United Kingdom, not for the NATO.",
            "He left for the United Kingdom, not for NATO.",
        ),
    ],
)
def test_article(recogniser: Recogniser, french: str, english: str, right: str) -> None:
    assert edited(recogniser, french, english) == right
    assert edited(recogniser, french, right) == right


@pytest.mark.parametrize(
    ("french", "english"),
    [
        ("Le sommet de l'OTAN commence.", "The NATO summit begins."),
        ("Les soldats des États-Unis partent.", "The leaving of United States soldiers begins."),
        ("L'OTAN que nous connaissons.", "It is the NATO that we know."),
        ("Il vit à Paris.", "He lives in Paris."),
        ("Il a payé par Western Union.", "He paid by Western Union."),
        ("Le colis vient d'Amazon.", "The parcel comes from Amazon."),
        ("Il aime le Pérou.", "He likes Peru."),
        ("Elle a quitté les États-Unis.", "She left the United States."),
        ("La mer Noire est calme.", "The Black Sea is calm."),
    ],
)
def test_left_alone(recogniser: Recogniser, french: str, english: str) -> None:
    assert edited(recogniser, french, english) == english

"""No test sentence, and nothing nearly one, may be trained on."""

from training.heldout import HeldOut

LONG = "Le vieux pont de pierre relie depuis trois siècles les deux rives de la rivière et ses marchés."
SHORT = "Il pleut sur la ville."


def test_equality_ignores_case_and_punctuation() -> None:
    index = HeldOut([LONG, SHORT])
    assert "il pleut, sur la VILLE !" in index
    assert "Il pleut sur la ville basse." not in index


def test_half_of_the_8_grams_are_enough_and_fewer_are_not() -> None:
    index = HeldOut([LONG])
    words = LONG.split()
    grams = len(words) - 7
    half = (grams + 1) // 2
    assert "Hier, disait-on, " + " ".join(words[: half + 7]) + " fut fermé." in index
    assert "Hier, disait-on, " + " ".join(words[: half + 6]) + " fut fermé." not in index


def test_short_sentences_are_held_out_only_as_a_whole() -> None:
    short = "un deux trois quatre cinq six sept huit neuf dix onze"
    assert f"alors {short} encore" not in HeldOut([short])


def test_text_without_words_is_never_held_out() -> None:
    assert "!" not in HeldOut(["...", "?"])

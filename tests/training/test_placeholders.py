"""Copy symbols: on both sides, once each, all of them in use."""

import random

from training.placeholders import PLACEHOLDERS, candidates, learn_terms, linked_terms, mask, with_placeholders

FRENCH = "Hier, Claire Morel et Jean Petit ont payé 42 euros à Lyon, puis 17 à Nantes, le 3 mai, chez Dubois."
ENGLISH = "Yesterday Claire Morel and Jean Petit paid 42 euros in Lyon, then 17 in Nantes, on May 3, at Dubois."


def test_candidates_are_names_numbers_and_addresses() -> None:
    text = "Hier, Anne Roux a lu https://exemple.fr/a en 1998."
    assert candidates(text) == ["Anne Roux", "https://exemple.fr/a", "1998"]
    assert candidates("Hier, il pleuvait.") == []


def test_each_placeholder_stands_once_on_both_sides_and_rises() -> None:
    chance = random.Random(1)
    used: set[str] = set()
    most = 0
    for _ in range(300):
        pair = with_placeholders(FRENCH, ENGLISH, {}, chance)
        assert pair is not None
        found = [p for p in PLACEHOLDERS if p in pair[0]]
        assert all(side.count(p) == 1 for p in found for side in pair)
        assert found == sorted(found, key=pair[0].index)
        used.update(found)
        most = max(most, len(found))
    assert used == set(PLACEHOLDERS)
    assert most >= 6


def test_terms_become_placeholders_though_they_differ() -> None:
    chance = random.Random(0)
    pair = with_placeholders(
        "la vieille farine est moulue", "the old flour is ground", {"farine": {"flour": 0.5}}, chance
    )
    assert pair is not None
    assert "farine" not in pair[0]
    assert "flour" not in pair[1]


def test_a_word_inside_another_is_not_replaced() -> None:
    assert with_placeholders("le prix est 5 ou 15", "the price is 15", {}, random.Random(0)) is not None
    assert with_placeholders("une table", "a tablecloth", {"table": {"table": 0.5}}, random.Random(0)) is None


def test_terms_are_learned_from_what_occurs_together() -> None:
    pairs = [(f"la farine {word}é", f"the flour of {word}x") for word in "abcdefgh"]
    pairs += [(f"le moulin {word}", f"a mill {word}x") for word in "abcdefgh"]
    terms = learn_terms(pairs)
    assert max(terms["moulin"], key=terms["moulin"].__getitem__) == "mill"
    assert linked_terms("le moulin et la farine", "the flour of a mill", terms) == {"moulin": "mill", "farine": "flour"}


def test_two_words_do_not_share_a_translation() -> None:
    terms = {"vieille": {"old": 0.4}, "ancienne": {"old": 0.2, "former": 0.1}}
    assert linked_terms("une vieille, une ancienne", "an old one, a former one", terms) == {"vieille": "old"}


def test_mask_gives_the_number_asked_for_or_nothing() -> None:
    for count in range(1, 9):
        text = mask(FRENCH, count, random.Random(count))
        assert text is not None
        assert [text.count(p) for p in PLACEHOLDERS] == [1] * count + [0] * (8 - count)
    assert mask("Il est là.", 3, random.Random(0)) is None

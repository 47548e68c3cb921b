"""Each rule catches what it is named for, and only that."""

import pytest

from training.config import Filters
from training.filters import RULES, broken_rule

GOOD = ("Le boulanger ouvre à six heures.", "The baker opens at six o'clock.")


@pytest.mark.parametrize(
    ("french", "english", "rule"),
    [
        (*GOOD, None),
        ("", "Nothing", "empty"),
        ("Voici ⟦1⟧.", "Here is ⟦1⟧.", "placeholder_glyphs"),
        ("mot " * 101, "word " * 101, "too_many_words"),
        ("anticonstitutionnellement " * 30, "anticonstitutionally " * 30, "too_many_characters"),
        ("Oui.", "Yes, of course, and gladly, whenever you like.", "length_ratio"),
        ("Copyright 2020 tous droits", "Copyright 2020 tous droits", "copied"),
        ("12 345,67 et 8 910", "12,345.67 and 8,910", "few_letters"),
        ("Voir la page " + "a" * 61, "See the page " + "a" * 61, "long_word"),
    ],
)
def test_rules(french: str, english: str, rule: str | None) -> None:
    assert broken_rule(french, english, Filters()) == rule
    assert rule is None or rule in RULES

"""What a pair must be like to teach anything. The first rule that a pair breaks gives it its name in the count."""

from training.config import Filters
from training.placeholders import CLOSE, OPEN

RULES = (
    "empty",
    "placeholder_glyphs",
    "too_many_words",
    "too_many_characters",
    "length_ratio",
    "copied",
    "few_letters",
    "long_word",
)

_RATIO_MARGIN_CHARACTERS = 8
"""Added to both lengths, so that short sentences may differ more."""


def broken_rule(french: str, english: str, filters: Filters) -> str | None:
    """The first of `RULES` that the normalised pair breaks, or None."""
    words = french.split(), english.split()
    if not all(words):
        return "empty"
    if any(glyph in text for text in (french, english) for glyph in (OPEN, CLOSE)):
        return "placeholder_glyphs"
    if max(map(len, words)) > filters.max_words:
        return "too_many_words"
    if max(len(french), len(english)) > filters.max_characters:
        return "too_many_characters"
    ratio = (len(french) + _RATIO_MARGIN_CHARACTERS) / (len(english) + _RATIO_MARGIN_CHARACTERS)
    if not filters.min_length_ratio < ratio < filters.max_length_ratio:
        return "length_ratio"
    if french == english and len(words[0]) > filters.max_copied_words:
        return "copied"
    if sum(map(str.isalpha, english)) < filters.min_letters_share * len(english):
        return "few_letters"
    if max(map(len, words[1])) > filters.max_word_characters:
        return "long_word"
    return None

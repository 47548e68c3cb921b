"""Error rates are those of Och and Ney, words are cut as the annotation's header says, and the annotation is sound."""

import re
from importlib.resources import files
from pathlib import Path

import pytest

from benchmarks import alignment
from benchmarks.aligners import Attention, cut
from benchmarks.testsets import DEFAULT_FOLDER
from translator.errors import InputError
from translator.models import SHIPPED_DIRECTORY

MIN_PAIRS = 100
GUIDED_ERROR_RATE = 20.0
WORDS = frozenset({(0, 0), (1, 2), (2, 1), (3, 3)})
ROWS = (files("benchmarks") / "alignment_sets" / alignment.ANNOTATION).read_text(encoding="utf-8").splitlines()


def pair(sure: set[tuple[int, int]], possible: set[tuple[int, int]]) -> alignment.Pair:
    return alignment.Pair("", "", frozenset(sure), frozenset(sure | possible))


def test_rates_by_hand() -> None:
    pairs = [pair({(0, 0), (1, 1)}, {(2, 2)}), pair({(0, 1)}, set())]
    found = [{(0, 0), (2, 2), (5, 5)}, {(0, 1)}]

    # Four links found, three of them possible, two sure; three sure ones to find.
    assert alignment.rates(found, pairs) == (round(100 * (1 - (3 + 2) / (4 + 3)), 1), 75.0, 66.7)


def test_only_the_strongest_link_of_a_target_word_counts() -> None:
    weights = {(0, 0): 0.4, (1, 0): 0.6, (2, 1): 0.1}

    assert alignment.strongest(weights, 0.0) == {(1, 0), (2, 1)}
    assert alignment.strongest(weights, 0.2) == {(1, 0)}


def test_marks_are_counted_on_phrases_that_have_a_place_of_their_own() -> None:
    one = alignment.Pair("le chat noir dort", "the black cat sleeps", WORDS, WORDS)
    places = {one.source[a:b]: one.target[c:d] for (a, b), (c, d) in alignment.phrases(one)}

    assert places["noir"] == "black"
    assert places["chat noir"] == "black cat"
    assert "le chat" not in places
    assert alignment.marks_placed([dict.fromkeys(one.possible, 1.0)], [one]) == 100.0
    assert alignment.marks_placed([{(0, 0): 1.0, (1, 1): 1.0, (2, 2): 1.0, (3, 3): 1.0}], [one]) < 100.0


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("L'été, qu'il dit", "fr", ["L'", "été", ",", "qu'", "il", "dit"]),
        ("Aujourd’hui : 3,5 %", "fr", ["Aujourd’", "hui", ":", "3,5", "%"]),
        ("Lea's well-known: isn't 1,000.", "en", ["Lea", "'s", "well", "-", "known", ":", "isn", "'t", "1,000", "."]),
    ],
)
def test_words(text: str, language: str, words: list[str]) -> None:
    assert [text[start:end] for start, end in cut(text, language)] == words


def test_the_annotation_is_sound() -> None:
    rows = [row.split("\t") for row in ROWS if not row.startswith("#")]

    assert len({number for _, number, _ in rows}) == len(rows) >= MIN_PAIRS
    for _, number, links in rows:
        assert re.fullmatch(r"\d+[-?]\d+( \d+[-?]\d+)*", links), number
        assert len({link.replace("?", "-") for link in links.split()}) == len(links.split()), number


def test_another_text_than_the_aligned_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "newstest2013.fr").write_text("Bonjour.\n")
    with pytest.raises(InputError, match=r"newstest2013\.fr is not the file that was aligned"):
        alignment.read_annotation(ROWS, tmp_path)


@pytest.mark.system
@pytest.mark.skipif(not DEFAULT_FOLDER.is_dir(), reason="no ../shared/testsets")
def test_the_shipped_model_names_heads_that_align() -> None:
    """Fails where weights are shipped whose aligning head is another: python -m benchmarks.alignment finds it."""
    pairs = alignment.read_annotation(ROWS, DEFAULT_FOLDER)
    attention = Attention(SHIPPED_DIRECTORY, [(one.source, one.target) for one in pairs])
    score = alignment.measure("", attention.links(attention.chosen), pairs, alignment.THRESHOLDS)

    assert score.error_rate < GUIDED_ERROR_RATE

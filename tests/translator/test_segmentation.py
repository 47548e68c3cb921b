"""Segmentation: nothing is lost for any string, lines mean what the caller says, and the cases of half A hold."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.segmentation import Case, ink_before, read_cases
from translator.document import Lines
from translator.segmentation import segment, split_clauses

CASES = Path(__file__).parent / "segmentation"
LINE_BREAKS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
MODES: tuple[Lines, ...] = ("auto", "keep", "join")

TOKENS = [
    *(
        "a",
        "M",
        "Le",
        "mot",
        ".",
        "…",
        "?",
        "!",
        "«",
        "»",
        '"',
        "(",
        ")",
        "- ",
        "• ",
        "1. ",
        "a) ",
        "etc.",
        "J.-C.",
        "😀",
    ),
    *(" ", "\u00a0", "\u202f", "\u200b", "\ufeff", "\0", "\t", "\ud800", "\udfff", "\r\n", *LINE_BREAKS),
]
anything = st.text(st.characters(codec=None, categories=None), max_size=80) | st.lists(
    st.sampled_from(TOKENS), max_size=60
).map("".join)


@given(anything, st.sampled_from(MODES), st.booleans())
def test_any_text_comes_back(text: str, lines: Lines, split: bool) -> None:
    document = segment(text, lines=lines, split_sentences=split)
    assert document.text == text
    for part in document.segments:
        assert part.text
        assert part.text == part.text.strip()
        assert text[part.start : part.end] == part.text


@given(anything, st.booleans())
def test_kept_lines_are_never_spanned(text: str, split: bool) -> None:
    for part in segment(text, lines="keep", split_sentences=split).segments:
        assert len(part.text.splitlines()) == 1


@given(anything)
def test_unsplit_joined_text_is_one_segment(text: str) -> None:
    document = segment(text, lines="join", split_sentences=False)
    outer = document.prefix + "".join(part.separator for part in document.segments)
    assert len(document.segments) <= 1
    assert not any(character.isprintable() and character != " " for character in outer)


@pytest.mark.parametrize("case", read_cases(CASES / "a.txt"), ids=lambda case: case.text[:30])
def test_cases_of_half_a(case: Case) -> None:
    parts = segment(case.text).segments
    assert {ink_before(case.text, part.end) for part in parts[:-1]} == case.boundaries


@pytest.mark.parametrize("text", ["", " ", "\n\r\n\t", "\u200b\ufeff \u2060"])
def test_blank_text_has_no_segments(text: str) -> None:
    document = segment(text)
    assert (document.prefix, document.segments) == (text, ())


@pytest.mark.parametrize(
    ("text", "prefix", "parts"),
    [
        ("- du lait\n- du pain", "- ", [("du lait", "\n- "), ("du pain", "")]),
        ("1. Lavez.\r\n2. Coupez.", "1. ", [("Lavez.", "\r\n2. "), ("Coupez.", "")]),
        ("– Tu viens ? – Non.", "– ", [("Tu viens ?", " – "), ("Non.", "")]),
        ("Nom\tÂge\n", "", [("Nom", "\t"), ("Âge", "\n")]),
        ("\ufeff  Il dort.\u200b ", "\ufeff  ", [("Il dort.", "\u200b ")]),
        ("-5 °C ce matin.", "", [("-5 °C ce matin.", "")]),
    ],
)
def test_what_needs_no_model_stays_outside(text: str, prefix: str, parts: list[tuple[str, str]]) -> None:
    document = segment(text)
    assert document.prefix == prefix
    assert [(part.text, part.separator) for part in document.segments] == parts


def test_lines_decide_what_a_break_means() -> None:
    text = "Le chat dort sur\nle lit. Le chien\nveille."
    assert [part.text for part in segment(text, lines="join").segments] == [
        "Le chat dort sur\nle lit.",
        "Le chien\nveille.",
    ]
    assert [part.text for part in segment(text, lines="keep").segments] == [
        "Le chat dort sur",
        "le lit.",
        "Le chien",
        "veille.",
    ]


def test_a_short_paragraph_follows_the_width_of_the_others() -> None:
    wrapped = (
        "Le village attend depuis des années une route qui le relie enfin à la\n"
        "vallée, et les travaux doivent commencer au printemps si la neige a\nfondu."
    )
    short = "Une réunion publique est prévue la semaine prochaine avec le préfet,\nM. Roland."
    assert [part.text for part in segment(f"{wrapped}\n\n{short}").segments] == [wrapped, short]


@pytest.mark.parametrize(
    "unit", ["a", ".", ". ", '" ', "A. ", "a.) B ", "non ! et ", " \t", "\u200b", "x\n", "! 😀", "« "]
)
def test_long_runs_end_in_linear_time(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    assert segment(text).text == text


def words_up_to(limit: int, asked: list[int]) -> Callable[[str], bool]:
    def fits(text: str) -> bool:
        asked.append(len(text))
        return len(text.split()) <= limit

    return fits


@given(anything, st.integers(1, 12))
def test_clauses_give_the_text_back_and_fit(text: str, limit: int) -> None:
    document = split_clauses(text, lambda part: len(part) <= limit)
    assert document.text == text
    assert all(0 < len(part.text) <= limit for part in document.segments)


@given(st.lists(st.sampled_from(["mot", "une clause,", "fin ;", "12 000", "« oui »"]), max_size=40), st.data())
def test_no_part_ends_in_a_protected_range(words: list[str], data: st.DataObject) -> None:
    text = " ".join(words)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 15)))
    for part in split_clauses(text, lambda part: len(part) <= 30, [(start, end)]).segments:
        assert not start < part.end < end


def test_the_best_cut_near_the_end_is_taken() -> None:
    text = "il pleut sur la ville ; les rues sont vides, les quais aussi et personne ne chante dans la nuit noire"
    parts = [part.text for part in split_clauses(text, words_up_to(9, [])).segments]
    assert parts == [
        "il pleut sur la ville ;",
        "les rues sont vides, les quais aussi",
        "et personne ne chante dans la nuit noire",
    ]


def test_ten_thousand_words_without_a_mark_are_cut_with_few_questions() -> None:
    text = "mot " * 10_000
    asked: list[int] = []
    document = split_clauses(text, words_up_to(100, asked))
    assert document.text == text
    assert 100 <= len(document.segments) <= 102
    assert len(asked) < 2_000
    assert max(asked[1:]) <= 3 * 100 * len("mot ")


def test_a_long_word_is_cut_between_whole_characters() -> None:
    text = "e\u0301" * 50
    parts = split_clauses(text, lambda part: len(part) <= 7).segments
    assert "".join(part.text for part in parts) == text
    assert all(part.text.startswith("e") for part in parts)

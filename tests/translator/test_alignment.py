from hypothesis import given
from hypothesis import strategies as st

from translator.alignment import Link, offset_map, piece_ranges, word_links
from translator.models import SHIPPED_DIRECTORY
from translator.tokenization import Tokenizer


@given(st.text(max_size=60), st.text(max_size=60))
def test_an_offset_map_never_goes_back_and_covers_both_texts(before: str, after: str) -> None:
    offsets = offset_map(before, after)

    assert len(offsets) == len(before) + 1
    assert offsets == sorted(offsets)
    assert offsets[-1] == len(after)


def test_offsets_past_a_rewriting_are_shifted() -> None:
    offsets = offset_map("« Oui », dit-elle.", '"Oui", dit-elle.')

    assert offsets["« Oui », dit-elle.".index("dit")] == '"Oui", dit-elle.'.index("dit")


@given(st.text(max_size=40))
def test_pieces_lie_where_their_text_lies(text: str) -> None:
    tokenizer = Tokenizer(SHIPPED_DIRECTORY)
    text = " ".join(text.encode("utf-8", "replace").decode().replace("▁", "_").split())
    pieces = tokenizer.encode([text])[0]
    ranges = piece_ranges(pieces)

    assert [start for start, _ in ranges] == sorted(start for start, _ in ranges)
    for piece, (start, end) in zip(pieces, ranges, strict=True):
        if not piece.startswith("<0x"):
            assert text[start:end].replace(" ", "") == piece.replace("▁", "")


def test_a_word_is_linked_to_the_word_it_attends_to() -> None:
    source, target = "le chat noir", "the black cat"
    ranges = [(0, 2), (2, 7), (7, 12)], [(0, 3), (3, 9), (9, 13)]
    attention = [[0.9, 0.1, 0.0], [0.1, 0.2, 0.7], [0.0, 0.8, 0.2]]
    links = [link for link in word_links(source, target, *ranges, attention) if link.weight > 0.5]

    assert [(source[one[0] : one[1]], target[one[2] : one[3]]) for one in links] == [
        ("le", "the"),
        ("noir", "black"),
        ("chat", "cat"),
    ]
    assert isinstance(links[0], Link)


def test_a_word_that_mostly_attends_to_the_end_is_linked_weakly() -> None:
    links = word_links("oui", "oh yes", [(0, 3)], [(0, 2), (2, 4), (4, 6)], [[0.1], [0.9], [0.7]])

    assert [round(link.weight, 2) for link in links] == [0.1, 0.8]

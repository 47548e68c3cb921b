import importlib.util
import itertools
import lzma
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from translator.errors import ModelError
from translator.normalization import composed, normalizer

SHARED = Path(__file__).parents[3] / "shared"
MATERIAL = "aé1 \t\n\u00a0\u202f\"'«»“”‹›„’`´.,;:!?%()[]-–—…œﬁ\u200b\u0301\u0327"
plain, one_line = normalizer("passerelle-1"), normalizer("none")
french = st.text(st.sampled_from(MATERIAL), max_size=40)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("« L’œuvre » coûte 3,5\u00a0% de moins…", '"L\'oeuvre" coûte 3,5% de moins...'),
        ("Vraiment\u202f? Oui — enfin, presque !", "Vraiment? Oui - enfin, presque!"),
        ('Il dit : " Entrez ", puis « sortez ».', 'Il dit: "Entrez", puis "sortez".'),
        ("une ligne\r\n  coupée\ten\u200b deux", "une ligne coupée en deux"),
        ("e\u0301te\u0301", "été"),
        ("le site .fr et ,5", "le site .fr et ,5"),
        ('un guillemet " seul', 'un guillemet "seul'),
        (" \n", ""),
    ],
)
def test_plain(text: str, expected: str) -> None:
    assert plain(text) == expected


def test_none_touches_whitespace_only() -> None:
    assert one_line(" « L’œuvre »\r\n\tcoûte\u00a0: 3 ") == "« L’œuvre » coûte : 3"


def test_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ModelError, match=r"'moses'.*none, passerelle-1"):
        normalizer("moses")


@given(st.text(st.sampled_from("ae.\u0301\u0327\u0344\u0f71\u0f72\u0f73\u093c가\u11a8"), max_size=200))
@example("a" + "\u0301\u0327" * 40 + ".\u0344" + "\u0f73\u0f71" * 40)
def test_composed_is_normal_form_c(text: str) -> None:
    assert composed(text) == unicodedata.normalize("NFC", text)


@given(st.one_of(french, st.text()))
def test_a_normalised_text_is_one_trimmed_line(text: str) -> None:
    for normalise in (plain, one_line):
        assert normalise(text) == " ".join(normalise(text).split())


@given(french.map(lambda text: text.translate(dict.fromkeys(map(ord, '"\u2033\u200b\u0301\u0327')))))
@example("« a »“ b ” ‹c›")
def test_a_second_pass_changes_nothing(text: str) -> None:
    assert one_line(one_line(text)) == one_line(text)
    assert plain(plain(text)).replace(" ", "") == plain(text).replace(" ", "")


@given(st.text(st.sampled_from("ab1é '.,;:!?%()[]-\n"), max_size=40))
def test_a_second_pass_over_text_without_quotes_changes_nothing(text: str) -> None:
    assert plain(plain(text)) == plain(text)


@given(st.text(st.sampled_from(MATERIAL.replace("\u0301", "")), max_size=40))
def test_digits_and_letters_survive(text: str) -> None:
    kept = "".join(character for character in text if character in "a1")
    assert "".join(character for character in plain(text) if character in "a1") == kept


@pytest.fixture(scope="module")
def training_normaliser() -> Callable[[str], str]:
    path = SHARED / "pilot" / "text.py"
    if not path.is_file():
        pytest.skip("../shared/pilot/text.py, the training normaliser, is absent")
    spec = importlib.util.spec_from_file_location("pilot_text", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    norm: Callable[[str], str] = module.norm
    return norm


@pytest.mark.system
@settings(max_examples=2000)
@given(text=st.one_of(french, st.text(), st.text(st.characters(categories=["Z", "P", "C", "M"]))))
def test_any_text_is_as_in_training(training_normaliser: Callable[[str], str], text: str) -> None:
    assert plain(text) == training_normaliser(text)


@pytest.mark.system
def test_the_corpora_are_as_in_training(training_normaliser: Callable[[str], str]) -> None:
    lines_per_file = 20_000
    files = [path for path in SHARED.rglob("*") if path.name.endswith((".fr", ".fr.txt", ".tsv.xz"))]
    assert files
    for path in files:
        opener = lzma.open if path.suffix == ".xz" else open
        with opener(path, "rt", encoding="utf-8", newline="\n") as lines:
            for line in itertools.islice(lines, lines_per_file):
                assert plain(line) == training_normaliser(line), (path.name, line)

"""From corpora to numbers: everything is counted, no test sentence comes through."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sentencepiece

from training.config import Corpus, Recipe
from training.corpora import find_corpora, read_pairs
from training.heldout import HeldOut
from training.placeholders import OPEN, PLACEHOLDERS
from training.prepare import prepare
from training.vocabulary import make_vocabulary
from training.workplace import Workplace
from translator.errors import InputError


def test_every_pair_is_accounted_for(prepared: Workplace) -> None:
    report = json.loads(prepared.report.read_text(encoding="utf-8"))
    counts = report["corpora"]["bakery"]
    assert counts["read"] == sum(count for rule, count in counts.items() if rule != "read")
    assert counts["held_out"] >= 80
    assert report["test_sentences_remaining"] == 0
    assert report["augmented"]["placeholders"] > 0
    assert sum(count for kind, count in report["augmented"].items() if kind != "terms") == report["lines"]
    assert report["data"] == [
        {"corpus": "bakery", "pairs": counts["kept"], "license": "CC0-1.0", "source": "written for this test"}
    ]


def test_no_test_sentence_is_in_the_text(prepared: Workplace, bakery: tuple[Path, Path]) -> None:
    index = HeldOut(text for corpus in find_corpora(bakery[1]).values() for pair in read_pairs(corpus) for text in pair)
    rows = [line.split("\t") for line in prepared.text.read_text(encoding="utf-8").splitlines()]
    assert rows
    # a placeholder without its brackets is a number, and may make another sentence of this small world
    assert not any(text in index for _, *pair in rows for text in pair if OPEN not in text)


def test_the_same_seed_gives_the_same_text(
    tmp_path: Path, recipe: Recipe, prepared: Workplace, bakery: tuple[Path, Path]
) -> None:
    again = Workplace.create(tmp_path)
    prepare(recipe, bakery[:1], bakery[1], again)
    assert again.text.read_bytes() == prepared.text.read_bytes()


def test_malformed_duplicate_and_filtered_pairs_are_counted(tmp_path: Path, recipe: Recipe) -> None:
    rows = [
        "Le pain est chaud.\tThe bread is hot.",
        "Le  pain est chaud.\tThe bread is hot.",
        "seul",
        "\tEmpty.",
        "Le lait.\tMilk.",
    ]
    (tmp_path / "bakery.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    report = prepare(recipe, [tmp_path], None, Workplace.create(tmp_path / "work"))
    assert report["bakery"] == {"read": 5, "kept": 2, "duplicate": 1, "malformed": 1, "empty": 1}


def test_corpora_that_are_missing_empty_or_all_filtered(tmp_path: Path, recipe: Recipe) -> None:
    work = Workplace.create(tmp_path / "work")
    (tmp_path / "bakery.tsv").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="empty; no pair to learn from"):
        prepare(recipe, [tmp_path], None, work)
    (tmp_path / "bakery.tsv").write_text("un\n", encoding="utf-8")
    with pytest.raises(InputError, match="no pair is left"):
        prepare(recipe, [tmp_path], None, work)
    missing = replace(recipe, corpora=(*recipe.corpora, Corpus("garden", "CC0-1.0", "nowhere")))
    with pytest.raises(InputError, match="corpus garden of the recipe is missing"):
        prepare(missing, [tmp_path], None, work)
    with pytest.raises(InputError, match="no pair is left"):
        prepare(missing, [tmp_path], None, work, exclude=["garden"])


def test_the_vocabulary_has_placeholders_and_bytes_and_the_arrays_decode(prepared: Workplace) -> None:
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(prepared.sentencepiece))
    assert [pieces.encode(symbol, out_type=str)[-1] for symbol in PLACEHOLDERS] == list(PLACEHOLDERS)
    assert pieces.decode(pieces.encode("Łódź 東")) == "Łódź 東"
    first = prepared.text.read_text(encoding="utf-8").splitlines()[0].split("\t")
    with np.load(prepared.arrays) as arrays:
        ids = arrays["fi"][: arrays["fl"][0]].tolist()
        assert ids[-1] == pieces.eos_id() == 0
        assert pieces.decode(ids[:-1]) == first[1]


def test_a_vocabulary_can_be_kept_and_must_fit(
    tmp_path: Path, recipe: Recipe, work: Workplace, prepared: Workplace
) -> None:
    assert make_vocabulary(recipe, work, keep=prepared.sentencepiece) == recipe.vocabulary.size
    (tmp_path / "bad.model").write_bytes(b"nothing")
    with pytest.raises(InputError, match="no sentencepiece model"):
        make_vocabulary(recipe, work, keep=tmp_path / "bad.model")
    with pytest.raises(InputError, match="run `python -m training prepare`"):
        make_vocabulary(recipe, Workplace(tmp_path / "nowhere"))

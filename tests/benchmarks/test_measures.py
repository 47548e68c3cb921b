"""What the benchmarks count: paragraphs kept, documents of a size, differing outputs, changes between two runs."""

from pathlib import Path

import pytest

from benchmarks import report
from benchmarks.determinism import differing
from benchmarks.engine import dollars_per_million_words
from benchmarks.lengths import in_parts, with_limit
from benchmarks.lengths import scores as length_scores
from benchmarks.overhead import document
from benchmarks.peers import articles, paragraphs_kept
from benchmarks.quality import score
from benchmarks.regress import changes, scores
from benchmarks.testsets import ParallelSet
from translator import Translator


def test_paragraphs_are_kept_only_with_all_their_breaks() -> None:
    assert paragraphs_kept("Un.\n\nDeux.\n", "One.\n\nTwo.\n")
    assert not paragraphs_kept("Un.\n\nDeux.\n", "One.\nTwo.\n")
    assert not paragraphs_kept("Un.\n\nDeux.\n", "One. Two.")


def test_articles_hold_consecutive_lines_once() -> None:
    lines = tuple(f"Phrase {number}." for number in range(30))
    made = articles(ParallelSet("petit", lines, tuple(line.replace("Phrase", "Line") for line in lines), ""), 2)
    assert made[1].source.replace("\n\n", " ").strip() == " ".join(lines[15:])
    assert made[0].source.count("\n\n") == made[0].reference.count("\n\n") == 4


def test_a_long_sentence_is_translated_in_parts_and_a_short_one_as_it_is(translator: Translator) -> None:
    long = "Le maire ouvre la porte, " + "puis il salue la foule, " * 12 + "et tout le monde rit."
    whole, parts = in_parts(translator, ["Il rit.", long], 20)
    assert whole == translator.translate("Il rit.").text
    assert parts != with_limit(translator, 1000).translate(long).text
    assert length_scores([whole, whole], [whole, whole])[1] == 1.0


def test_document_has_the_size_asked_for() -> None:
    assert 1000 <= len(document(["Une ligne.", "Une autre ligne."], 1000).encode()) < 1020


def test_differing_counts_places() -> None:
    assert differing(["a", "b", "c"], ["a", "x", "y"]) == 2
    with pytest.raises(ValueError, match="shorter"):
        differing(["a"], [])


def test_cost_of_a_million_words() -> None:
    assert dollars_per_million_words(1000.0, 3.6) == 1.0


def test_equal_texts_score_best_and_are_signed() -> None:
    values, signatures = score(["The council met on Monday evening."], ["The council met on Monday evening."])
    assert values == {"bleu": 100.0, "chrf": 100.0, "ter": 0.0}
    assert "nw:2" in signatures["chrf"]


def test_regress_sees_a_faster_engine_and_a_better_model(tmp_path: Path) -> None:
    rival = "transformers bfloat16, batch 32"
    for name, speed, bleu in (("old", 100.0, 20.0), ("new", 150.0, 25.0)):
        entries = {
            "ours": {"words_per_s": [speed, speed], "words_per_core_s": [speed, speed]},
            rival: {"words_per_s": [50.0, 50.0], "words_per_core_s": [50.0, 50.0]},
        }
        report.write_json("engine", {"entries": entries}, folder=tmp_path / name)
        row = {"set": "newstest2014", "lines": 10, "label": "int8, beam 4", "bleu": bleu}
        report.write_json("quality", {"rows": [row]}, folder=tmp_path / name)
    found = {one.figure: one.ratio.value for one in changes(tmp_path / "old", tmp_path / "new")}
    assert found["ours: words_per_s"] == 1.5
    assert found[f"ours: words_per_s by {rival}"] == 1.5
    assert found[f"{rival}: words_per_s"] == 1.0
    assert scores(tmp_path / "old", tmp_path / "new") == [("newstest2014", "int8, beam 4", 20.0, 25.0)]

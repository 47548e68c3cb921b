"""The benchmark of entities runs on the real model and says what it measured."""

import json
from pathlib import Path

import pytest

from benchmarks import entities
from translator import Translator

FRENCH = ["Jens Stoltenberg a parlé à Bruxelles le 14 mai 2018.", "Le maire a cité Zsófia Kerekes."]
ENGLISH = ["Jens Stoltenberg spoke in Brussels on 14 May 2018.", "The mayor quoted Zsófia Kerekes."]


def test_both_ways_translate_every_text_in_order(translator: Translator) -> None:
    off, on = entities.translate_both(translator, FRENCH)
    assert len(off.outputs) == len(on.outputs) == len(FRENCH)
    assert "Jens Stoltenberg" in on.outputs[0]
    assert "Zsófia Kerekes" in on.outputs[1]
    assert not off.statuses
    assert sum(on.statuses.values()) >= 3


def test_glossary_counts_only_lines_with_terms(translator: Translator) -> None:
    share = entities.measure_glossary(translator, ["Le médecin arrive.", "Il pleut."])
    assert (share.hits, share.total) == (1, 1)


def test_only_a_line_feed_ends_a_line(tmp_path: Path) -> None:
    path = tmp_path / "a.fr"
    path.write_text("un\u2028deux\r\ntrois\n", encoding="utf-8", newline="")
    assert entities.read_lines(path) == ["un\u2028deux\r", "trois"]


def test_the_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "newstest2014.fr").write_text("\n".join(FRENCH) + "\n", encoding="utf-8")
    (tmp_path / "newstest2014.en").write_text("\n".join(ENGLISH) + "\n", encoding="utf-8")
    entities.main(["--testsets", str(tmp_path), "--sets", "newstest2014", "--limit", "10", "--out", str(tmp_path)])
    content = json.loads((tmp_path / "entities.json").read_text(encoding="utf-8"))
    bare, protected = content["sets"]
    assert (bare["protection"], protected["protection"]) == (False, True)
    assert protected["retention"]["total"] == bare["retention"]["total"] == 5
    assert protected["reference_numbers"] == {"hits": 2, "total": 2, "examples": []}
    assert protected["strays"] == 0
    assert len(content["model_sha256"]) == 64
    assert str(tmp_path) not in json.dumps(content)
    assert {one["half"] for one in content["stress"]} == {"a", "b"}
    assert "newstest2014" in capsys.readouterr().out

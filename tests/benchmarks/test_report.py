"""What a benchmark leaves behind can be read again and says where it was measured."""

import json
import platform
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

from benchmarks import report


@dataclass(frozen=True, slots=True)
class Figure:
    bleu: float


def test_json_has_signature_and_figures(tmp_path: Path) -> None:
    path = report.write_json("quality", {"model": "shipped", "set": Figure(bleu=31.5)}, folder=tmp_path / "new")
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["model"] == "shipped"
    assert content["set"] == {"bleu": 31.5}
    assert content["signature"]["cores"] >= 1
    assert content["signature"]["versions"]["ctranslate2"]
    assert content["signature"]["cpu"]


def test_json_names_no_host_and_no_path(tmp_path: Path) -> None:
    text = report.write_json("quality", {}, folder=tmp_path).read_text(encoding="utf-8")
    assert platform.node() not in text
    assert str(Path.home()) not in text


def test_values_without_a_json_form_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="no JSON form"):
        report.write_json("quality", {"what": object()}, folder=tmp_path)


def test_table_shows_every_cell_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    report.print_table("Names", ["set", "share"], [["newstest2014 " * 20, 99.5], ["flores", None]])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].strip() == "Names"
    assert any("newstest2014" in line and "99.5" in line for line in lines)
    assert any("flores" in line and "–" in line for line in lines)


@pytest.mark.skipif(find_spec("matplotlib") is None, reason="charts need matplotlib")
def test_bars_are_a_png(tmp_path: Path) -> None:
    path = report.write_bars("speed", "Speed", "words/s", {"batch 1": {"on": 10.0, "off": 12.0}}, folder=tmp_path)
    assert path is not None
    assert path.read_bytes().startswith(b"\x89PNG")

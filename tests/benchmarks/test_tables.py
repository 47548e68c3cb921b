"""Tables come from result files; a page that says otherwise is found out."""

import json
from pathlib import Path

import pytest

from benchmarks import report, tables

PAGE = Path(__file__).parents[2] / "README.md"


def quality_results(folder: Path, bleu: float) -> None:
    signatures = {"bleu": "", "chrf": "", "ter": ""}
    row = {"model": "m", "label": "int8, beam 4", "set": "newstest2014", "lines": 3003, "signatures": signatures}
    rows = [row | {"bleu": bleu, "chrf": 50.5, "ter": 61.25}]
    published = [{"system": "Rival", "bleu": {"newstest2014": 38.0}, "source": "its authors"}]
    report.write_json("quality", {"rows": rows, "published": published}, folder=folder)


def test_block_is_filled_and_the_rest_stays(tmp_path: Path) -> None:
    quality_results(tmp_path, 21.0)
    page = "# Title\n\n<!-- table: quality -->\nold\n<!-- /table -->\n\nEnd.\n"
    filled = tables.filled(page, tmp_path)
    assert filled.startswith("# Title\n\n<!-- table: quality -->\n")
    assert filled.endswith("<!-- /table -->\n\nEnd.\n")
    assert "| m: int8, beam 4 | 21.0 | 50.5 | 61.25 |" in filled
    assert "| Rival *(published)* | 38.0 | – | – |" in filled
    assert "old" not in filled
    assert tables.filled(filled, tmp_path) == filled


def test_check_fails_only_where_page_and_results_disagree(tmp_path: Path) -> None:
    quality_results(tmp_path, 21.0)
    page = tmp_path / "page.md"
    page.write_text("<!-- table: quality -->\n<!-- /table -->\n", encoding="utf-8")
    check = ["--check", "--results", str(tmp_path), str(page)]
    with pytest.raises(SystemExit, match="disagree"):
        tables.main(check)
    tables.main(["--results", str(tmp_path), str(page)])
    tables.main(check)
    quality_results(tmp_path, 22.0)
    with pytest.raises(SystemExit, match="disagree"):
        tables.main(check)


@pytest.mark.parametrize(("name", "problem"), [("nothing", "no table"), ("quality", "missing")])
def test_unknown_table_or_missing_results_are_named(tmp_path: Path, name: str, problem: str) -> None:
    with pytest.raises(tables.TableError, match=problem):
        tables.render(name, tmp_path)


@pytest.mark.parametrize("name", list(tables.TABLES))
def test_committed_results_render(name: str) -> None:
    text = tables.render(name)
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) > 2
    assert "commit" in text


def test_readme_agrees_with_results() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert tables.filled(page) == page


def test_results_hold_no_path_of_a_machine() -> None:
    for path in report.RESULTS.glob("*.json"):
        text = json.dumps(json.loads(path.read_text(encoding="utf-8")))
        assert str(Path.home()) not in text, path.name
        assert "/work/" not in text, path.name

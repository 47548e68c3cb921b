"""Every target has its figure in the repository, and a reason where it is missed."""

import json
import shutil
from pathlib import Path

from benchmarks import report, targets


def test_every_figure_is_there_and_every_miss_has_its_reason() -> None:
    for target in targets.TARGETS:
        assert target.met(target.figure(report.RESULTS)) or target.why, target.what
    assert len(targets.rows()) == len(targets.TARGETS)


def test_a_figure_that_falls_behind_is_shown_so(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    shutil.copytree(report.RESULTS, folder)
    service = json.loads((folder / "service.json").read_text(encoding="utf-8"))
    service["systems"]["Passerelle"]["p50_ms"] = 61.0
    (folder / "service.json").write_text(json.dumps(service), encoding="utf-8")
    row = next(row for row in targets.rows(folder) if row[0] == "20 words, idle, p50")
    assert row[1:4] == ("≤ 60 ms", "61.0 ms", "**no**")


def test_both_sides_of_a_bound() -> None:
    least, most = targets.Target("", "", (), 3), targets.Target("", "", (), 3, least=False)
    assert least.met(3)
    assert not least.met(2.9)
    assert most.met(3)
    assert not most.met(3.1)

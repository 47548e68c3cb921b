"""A run killed at 50 random moments loses nothing, doubles nothing, reorders nothing. `pytest -s` shows the report."""

import json
import random
import re
import shutil
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import commands
import pytest

from translator.acquisition import import_model

pytestmark = pytest.mark.system

KILLS = 50
SEED = 20251112
LONGEST = 0.6
RECORDS = 240
FIRST = 300
"""Numbers of three digits are written with digits, whatever the words around them."""
BAD_EVERY = 60
PATIENCE_S = 120


@dataclass
class Tally:
    """What the kills met."""

    kills: int = 0
    finished_runs: int = 0
    phases: Counter[str] = field(default_factory=Counter)


def test_kill_9_at_random_moments(tmp_path: Path) -> None:
    import_model("shipped", tmp_path / "model", quantization="int8")
    inputs, out = tmp_path / "in", tmp_path / "out"
    inputs.mkdir()
    numbers = [number for number in range(RECORDS) if number % BAD_EVERY]
    with (inputs / "table.jsonl").open("w", encoding="utf-8") as file:
        for number in range(RECORDS):
            file.write(
                json.dumps({"id": number, "text": f"Le wagon {FIRST + number} est vide."}) + "\n"
                if number % BAD_EVERY
                else "pas du JSON\n"
            )
    for number in range(12):
        (inputs / f"page{number:02}.txt").write_text(f"La page {FIRST + number} est blanche.\n", encoding="utf-8")
    arguments = ["bulk", str(inputs), "--out", str(out), "--column", "text", "--records-per-shard", "8"]
    arguments += ["--model", str(tmp_path / "model"), "--processes", "1", "--threads", "1", "--beam", "1"]

    warm = commands.prepared(["--help"], tmp_path / "stdout")
    warm.start()
    warm.join()
    rng = random.Random(SEED)
    tally = Tally()
    whole_s = 0.0
    deadline = time.monotonic() + PATIENCE_S
    while tally.kills < KILLS or not _is_done(out):
        assert time.monotonic() < deadline, tally
        if _is_done(out):
            _check(out, numbers)
            shutil.rmtree(out)
            tally.finished_runs += 1
        resume = ["--resume"] if out.exists() else []
        process = commands.prepared([*arguments, *resume], tmp_path / "stdout")
        started = time.monotonic()
        process.start()
        # The first run shows how long one takes. What is left to a later one is less, so its end is met all the same.
        process.join(rng.uniform(0.0, LONGEST * whole_s) if whole_s and tally.kills < KILLS else PATIENCE_S)
        if process.exitcode is None:
            tally.phases[_phase(out)] += 1
            process.kill()
            process.join()
            tally.kills += 1
        else:
            assert process.exitcode == 2, (tmp_path / "stdout").read_text("utf-8")
            whole_s = whole_s or time.monotonic() - started
    _check(out, numbers)
    tally.finished_runs += 1
    print(f"\n{tally.kills} kills, {tally.finished_runs} runs finished and whole; killed {dict(tally.phases)}")
    assert tally.kills == KILLS
    assert len(tally.phases) > 1, "the kills met different moments"


def _phase(out: Path) -> str:
    if not (out / ".passerelle" / "run.json").exists():
        return "before anything was written"
    if _is_done(out):
        return "after the last file"
    if list(out.rglob(".*.part")):
        return "while a file was being written"
    return "between files"


def _is_done(out: Path) -> bool:
    return (out / "table.jsonl").exists() and len(list(out.glob("page*.txt"))) == 12


def _check(out: Path, numbers: list[int]) -> None:
    """Every record once, in order, with its own words; every bad one listed once."""
    lines = (out / "table.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == RECORDS
    read = [json.loads(line) for line in lines if line != "pas du JSON"]
    assert [record["id"] for record in read] == numbers
    for record in read:
        assert str(FIRST + record["id"]) in re.findall(r"\d+", record["text"])
        assert not record["text"].startswith("Le ")
    for number in range(12):
        text = (out / f"page{number:02}.txt").read_text(encoding="utf-8")
        assert str(FIRST + number) in re.findall(r"\d+", text)
        assert not text.startswith("La ")
    listed = [json.loads(line) for line in (out / "errors.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [entry["record"] for entry in listed] == [number + 1 for number in range(0, RECORDS, BAD_EVERY)]

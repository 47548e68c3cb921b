"""Workers that die: their units are done by others, and what kills them is found and left out."""

import multiprocessing
import sys
from pathlib import Path

import pytest

from translator.bulk.executors import Processes, Retries, planned
from translator.bulk.units import DocumentPart, Job, ShardPart, Unit
from translator.engines.ctranslate2 import available_cores
from translator.errors import InputError, OutputError


def document(folder: Path, name: str) -> DocumentPart:
    (folder / name).write_text(f"Il pleut sur {name}.", encoding="utf-8")
    return DocumentPart(name, str(folder / name), str(folder / "out" / name), "text", 20)


def shard(name: str) -> ShardPart:
    return ShardPart("table.csv", name, ("Il pleut.",), "keep", 1, 9)


def test_a_killed_worker_is_replaced(tmp_path: Path) -> None:
    parts = [document(tmp_path, f"{number}.txt") for number in range(4)]
    outcomes = Processes(Job(threads=1), 1).run(Unit((part,)) for part in parts)
    found = [next(outcomes)]
    for worker in multiprocessing.active_children():
        worker.kill()
    found += outcomes

    assert sum(outcome.files for outcome in found) == 4
    assert not any(outcome.failures for outcome in found)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [part.name for part in parts]


def test_a_unit_is_taken_apart_and_what_kills_again_is_given_up() -> None:
    retries = Retries(max_deaths=2)
    good, bad = shard("good"), shard("bad")
    rest = iter([Unit((shard("next"),))])

    assert retries.add(Unit((good, bad))) is None
    assert retries.next(rest) == Unit((good,))
    assert retries.next(rest) == Unit((bad,))
    assert retries.add(Unit((bad,))) is None
    assert retries.next(rest) == Unit((bad,))
    given_up = retries.add(Unit((bad,)))
    assert given_up is not None
    assert [failure.output for failure in given_up.failures] == ["bad"]
    assert "the worker of records 1 and following died 2 times" in given_up.failures[0].reason
    assert retries.next(rest) == Unit((shard("next"),))
    assert retries.next(rest) is None


def test_a_worker_that_cannot_start_says_why(tmp_path: Path) -> None:
    unit = Unit((document(tmp_path, "x.txt"),))
    with pytest.raises(InputError, match="no model"):
        list(Processes(Job(model="./nothing", threads=1), 1).run([unit]))
    assert not multiprocessing.active_children()


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs a folder that nobody can write to")
def test_an_output_that_cannot_be_written_ends_all(tmp_path: Path) -> None:
    part = document(tmp_path, "x.txt")
    (tmp_path / "out").symlink_to("/proc/self/fd")
    with pytest.raises(OutputError, match=r"cannot write .*x\.txt"):
        list(Processes(Job(threads=1), 1).run([Unit((part,))]))


def test_processes_and_threads() -> None:
    job, processes = planned(Job(), 1, None, None)
    assert processes == 1
    assert job.threads is not None
    assert job.threads >= 1
    assert planned(Job(), sys.maxsize, 3, 2) == (Job(threads=2), 3)
    job, processes = planned(Job(), sys.maxsize, None, None)
    assert job.threads is not None
    assert processes * job.threads <= available_cores() < (processes + 1) * job.threads
    assert planned(Job(device="cuda"), sys.maxsize, None, None) == (Job(device="cuda"), 1)

"""Addresses for fsspec: the same run on a file system that is no folder of this machine."""

import json
from collections.abc import Iterator
from typing import Any

import fsspec
import pytest

from translator.bulk import Counts, InProcess, Job, Ledger, Run, find, meter, places
from translator.errors import InputError
from translator.formats import Selection


@pytest.fixture
def memory() -> Iterator[Any]:
    system = fsspec.filesystem("memory")
    system.store.clear()
    system.pseudo_dirs[:] = [""]
    yield system
    system.store.clear()


def translated(*, resume: bool) -> tuple[Counts, int, int]:
    job = Job(threads=1, selection=Selection(column="text"))
    counts = Counts()
    with Ledger("memory://out", {}, resume=resume) as ledger, meter(0) as shown:
        run = Run(job, ledger, records_per_shard=2)
        run.do(find(["memory://in"], "memory://out"), InProcess(job), counts, shown)
        return counts, run.already, ledger.failures


def test_a_run_from_and_to_a_store(memory: Any) -> None:
    memory.pipe("/in/a/x.txt", b"Il pleut.")
    memory.pipe("/in/t.csv", b"id,text\n1,La mer est calme.\n2,Le ciel est bleu.\n3,Le vent souffle.\n4,a,b\n")
    counts, already, failures = translated(resume=False)

    assert (counts.files, counts.records, already, failures) == (2, 3, 0, 1)
    rows = memory.cat("/out/t.csv").decode().splitlines()
    assert [row.split(",")[0] for row in rows] == ["id", "1", "2", "3", "4"]
    assert "sea" in rows[1]
    assert json.loads(memory.cat("/out/errors.jsonl"))["record"] == 4
    memory.rm("/out/a/x.txt")
    counts, already, failures = translated(resume=True)
    assert (counts.files, already, failures) == (1, 1, 1)
    assert memory.cat("/out/a/x.txt") != b"Il pleut."


def test_what_fails_is_not_written(memory: Any) -> None:
    with pytest.raises(ZeroDivisionError), places.writing("memory://out/x.txt") as file:
        file.write(bytes(1 // (file.write(b"half") - 4)))

    assert not places.exists("memory://out/x.txt")


def test_an_address_with_nothing_there(memory: Any) -> None:
    with pytest.raises(InputError, match="memory://nowhere does not exist"):
        find(["memory://nowhere"], "out")

"""Contestants answer from processes of their own, and a dead one says why."""

import sys

import pytest

from benchmarks.contest import Contestant, ContestantError, Process, python, turned

ECHO = """
import json, sys
for line in sys.stdin:
    job = json.loads(line)
    answer = {"texts": [text.upper() for text in job["texts"]], "rss_mib": 1.0, "cpu_seconds": 0.5}
    print(json.dumps(answer), flush=True)
"""


def test_texts_dealt_to_several_processes_come_back_in_order() -> None:
    command = [sys.executable, "-c", ECHO]
    with Process(command) as first, Process(command) as second:
        answer = Contestant("two", (first, second)).ask(["a", "b", "c", "d", "e"])
    assert answer.texts == ["A", "B", "C", "D", "E"]
    assert answer.rss_mib == 2.0
    assert answer.cpu_seconds == 1.0


def test_a_process_that_ends_gives_its_last_line_as_the_reason() -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('no such model')"]
    with Process(command) as process, pytest.raises(ContestantError, match="no such model"):
        Contestant("dead", (process,)).ask(["a"])


def test_every_contestant_is_first_once() -> None:
    contestants = [Contestant(name, ()) for name in "abc"]
    assert [turned(contestants, number)[0].name for number in range(3)] == ["a", "b", "c"]


def test_engine_translates_the_same_alone_and_in_batches() -> None:
    texts = ["Le maire a ouvert la séance.", "Il pleut.", "Elle a parlé hier au conseil de la ville."]
    command = python("benchmarks.contestants", "--engine", "ctranslate2", "--threads", "1")
    with Process(command) as process:
        contestant = Contestant("ours", (process,))
        single, batched = contestant.ask(texts, mode="single"), contestant.ask(texts)
    assert single.texts == batched.texts
    assert len(single.latencies) == len(texts)
    assert all(batched.texts)

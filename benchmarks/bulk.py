"""Speed and memory of the bulk command: against `translate_many` called file by file, against a loop over transformers,
and from one process to two.

`python -m benchmarks.bulk` cuts newstest2013 into articles and translates them each way, on an otherwise idle machine.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks import report
from translator import Translator
from translator.models import SHIPPED_DIRECTORY

TEXT: Final = Path(__file__).resolve().parents[2] / "shared" / "testsets" / "newstest2013.fr"
ARTICLE_SENTENCES: Final = 15
LOOP_SENTENCES: Final = 20
BEAM: Final = 4
SETTINGS: Final = ((1, 1), (1, 2), (2, 1))
"""Processes and threads of each."""
SAMPLING_S: Final = 0.5
MIB: Final = 2**20


@dataclass(frozen=True, slots=True)
class Speed:
    """One way of translating; times are without loading the model, but for bulk, which loads it in them.

    `cpu_s` is processor time, of all threads and processes: on a machine that others use too, it says more.
    """

    way: str
    words: int
    seconds: float
    cpu_s: float
    words_per_s: float
    words_per_cpu_s: float


@dataclass(frozen=True, slots=True)
class MemoryUse:
    """Resident memory of a run and its workers, in MiB: the most in each fifth of its time, and in all."""

    processes: int
    threads: int
    fifths: tuple[float, ...]
    most: float


def articles(sentences: Sequence[str]) -> list[str]:
    """The sentences as articles, a paragraph each."""
    starts = range(0, len(sentences), ARTICLE_SENTENCES)
    return ["\n\n".join(sentences[start : start + ARTICLE_SENTENCES]) + "\n" for start in starts]


def file_by_file(texts: Sequence[str]) -> Speed:
    """`translate_many`, called for each article as a script would."""
    translator = Translator.load()
    translator.translate_many([texts[0]])
    start, cpu = time.monotonic(), time.process_time()
    for text in texts:
        translator.translate_many([text], beam_size=BEAM)
    seconds, cpu = time.monotonic() - start, time.process_time() - cpu
    translator.close()
    return _speed("translate_many, file by file", sum(len(text.split()) for text in texts), seconds, cpu)


def transformers_loop(sentences: Sequence[str], threads: int) -> Speed:
    """A sentence at a time through transformers: same weights, same beam."""
    import torch
    from transformers import AutoTokenizer, MarianMTModel

    torch.set_num_threads(threads)
    tokenizer = AutoTokenizer.from_pretrained(SHIPPED_DIRECTORY)
    model = MarianMTModel.from_pretrained(SHIPPED_DIRECTORY, dtype="float32")
    words = 0
    start = cpu = 0.0
    for number, sentence in enumerate([sentences[0], *sentences]):
        if number == 1:
            start, cpu = time.monotonic(), time.process_time()
        inputs = tokenizer([sentence], return_tensors="pt")
        tokenizer.batch_decode(model.generate(**inputs, num_beams=BEAM), skip_special_tokens=True)
        words += len(sentence.split()) if number else 0
    return _speed(
        f"transformers, sentence by sentence, {threads} threads",
        words,
        time.monotonic() - start,
        time.process_time() - cpu,
    )


def bulk(folder: Path, out: Path, processes: int, threads: int) -> tuple[Speed, MemoryUse]:
    """The command, with its memory looked at while it runs."""
    command = [sys.executable, "-m", "translator", "bulk", str(folder), "--out", str(out), "--beam", str(BEAM)]
    command += ["--processes", str(processes), "--threads", str(threads)]
    samples: list[float] = []
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        done = threading.Event()
        sampler = threading.Thread(target=_sample, args=(running.pid, samples, done))
        sampler.start()
        output, _ = running.communicate()
        done.set()
        sampler.join()
    if running.returncode:
        raise RuntimeError(f"bulk ended with {running.returncode}")
    summary = json.loads(output)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    speed = _speed(f"bulk, {processes} × {threads}", summary["words"], summary["seconds"], cpu)
    size = max(1, len(samples) // 5)
    fifths = tuple(max(samples[start : start + size]) for start in range(0, size * 5, size) if samples[start:])
    return speed, MemoryUse(processes, threads, fifths, max(samples))


def _speed(way: str, words: int, seconds: float, cpu: float) -> Speed:
    return Speed(way, words, round(seconds, 2), round(cpu, 2), round(words / seconds, 1), round(words / cpu, 1))


def _sample(pid: int, samples: list[float], done: threading.Event) -> None:
    while not done.wait(SAMPLING_S):
        samples.append(round(sum(map(_resident, [pid, *_children(pid)])) / MIB, 1))


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]
    except OSError:
        return []


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sentences", type=int, default=3000, help="of newstest2013")
    parser.add_argument("--rounds", type=int, default=1, help="of each setting; the median counts")
    parser.add_argument("--out", type=Path, default=report.RESULTS)
    chosen = parser.parse_args(arguments)
    sentences = TEXT.read_text(encoding="utf-8").splitlines()[: chosen.sentences]
    texts = articles(sentences)
    speeds: dict[str, list[Speed]] = {}
    memory: dict[tuple[int, int], MemoryUse] = {}
    for _ in range(chosen.rounds):
        with tempfile.TemporaryDirectory(prefix="passerelle-") as work:
            folder = Path(work) / "in"
            folder.mkdir()
            for number, text in enumerate(texts):
                (folder / f"{number:04}.txt").write_text(text, encoding="utf-8")
            # In turn, so that whatever else the machine does meets all of them.
            found = [file_by_file(texts)]
            for processes, threads in SETTINGS:
                speed, use = bulk(folder, Path(work) / f"out-{processes}-{threads}", processes, threads)
                found.append(speed)
                memory[processes, threads] = use
            found += [transformers_loop(sentences[:LOOP_SENTENCES], threads) for threads in (1, 2)]
        for speed in found:
            speeds.setdefault(speed.way, []).append(speed)
    middle = {way: statistics.median(speed.words_per_s for speed in runs) for way, runs in speeds.items()}
    best = max(rate for way, rate in middle.items() if way.startswith("bulk"))
    loop = max(rate for way, rate in middle.items() if way.startswith("transformers"))
    ratios = {
        "bulk ÷ translate_many, file by file": best / middle["translate_many, file by file"],
        "bulk ÷ transformers loop": best / loop,
        "2 processes ÷ 1": middle["bulk, 2 × 1"] / middle["bulk, 1 × 1"],
        "2 threads ÷ 1": middle["bulk, 1 × 2"] / middle["bulk, 1 × 1"],
    }
    of_cpu = {way: statistics.median(speed.words_per_cpu_s for speed in runs) for way, runs in speeds.items()}
    ratios["2 processes ÷ 1, words a CPU second"] = of_cpu["bulk, 2 × 1"] / of_cpu["bulk, 1 × 1"]
    ratios["1 × 1 ÷ file by file, words a CPU second"] = of_cpu["bulk, 1 × 1"] / of_cpu["translate_many, file by file"]
    rows = [[way, runs[0].words, round(middle[way], 1), round(of_cpu[way], 1)] for way, runs in speeds.items()]
    report.print_table(f"{len(texts)} articles", ["way", "words", "words/s", "words/CPU s"], rows)
    report.print_table("ratios", ["of", "ratio"], [[name, round(value, 2)] for name, value in ratios.items()])
    fields = ["processes × threads", *(f"{fifth}/5" for fifth in range(1, 6)), "most"]
    lines = [[f"{use.processes} × {use.threads}", *use.fifths, use.most] for use in memory.values()]
    report.print_table("memory over time, MiB", fields, lines)
    figures = {
        "articles": len(texts),
        "beam": BEAM,
        "speeds": speeds,
        "ratios": {name: round(value, 3) for name, value in ratios.items()},
        "memory": list(memory.values()),
    }
    report.write_json("bulk", figures, chosen.out)
    report.write_bars("bulk", "Bulk translation", "words/s", {"newstest2013": middle}, chosen.out)


if __name__ == "__main__":
    main()

"""Speed and memory of the bulk command: against `translate_many` called file by file, against a loop over transformers,
and from one core to two.

`python -m benchmarks.bulk` cuts the test sets into articles, and part of them into short files, as messages and records
are, and translates them each way, on an otherwise idle machine.
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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks import report
from translator import Translator
from translator.models import SHIPPED_DIRECTORY

TEXTS: Final = Path(__file__).resolve().parents[2] / "shared" / "testsets"
SETS: Final = ("newstest2013", "newstest2014", "flores")
KINDS: Final = {"articles": 15, "short files": 1}
"""Sentences of a file."""
SHORT_FILES: Final = 1500
LOOP_SENTENCES: Final = 20
BEAM: Final = 4
SETTINGS: Final = ((1, 1, 1), (2, 1, 2), (2, 2, 1))
"""Cores, processes and threads of each."""
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

    cores: int
    processes: int
    threads: int
    fifths: tuple[float, ...]
    most: float


def cut_into_files(sentences: Sequence[str], length: int) -> list[str]:
    """Texts of `length` sentences, a paragraph each."""
    starts = range(0, len(sentences), length)
    return ["\n\n".join(sentences[start : start + length]) + "\n" for start in starts]


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


def bulk(folder: Path, out: Path, cores: int, processes: int, threads: int) -> tuple[Speed, MemoryUse]:
    """The command on the first `cores` cores, with its memory looked at while it runs."""
    all_cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(all_cores)[:cores])
    try:
        return _bulk(folder, out, cores, processes, threads)
    finally:
        os.sched_setaffinity(0, all_cores)


def _bulk(folder: Path, out: Path, cores: int, processes: int, threads: int) -> tuple[Speed, MemoryUse]:
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
    speed = _speed(_name(cores, processes, threads), summary["words"], summary["seconds"], cpu)
    size = max(1, len(samples) // 5)
    fifths = tuple(max(samples[start : start + size]) for start in range(0, size * 5, size) if samples[start:])
    return speed, MemoryUse(cores, processes, threads, fifths, max(samples))


def _name(cores: int, processes: int, threads: int) -> str:
    return f"bulk, {cores} {'cores' if cores > 1 else 'core'}, {processes} × {threads}"


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


def measure(texts: Sequence[str], sentences: Sequence[str]) -> tuple[list[Speed], list[MemoryUse]]:
    """Each way once, in turn, so that whatever else the machine does meets all of them."""
    memory = []
    with tempfile.TemporaryDirectory(prefix="passerelle-") as work:
        folder = Path(work) / "in"
        folder.mkdir()
        for number, text in enumerate(texts):
            (folder / f"{number:05}.txt").write_text(text, encoding="utf-8")
        found = [file_by_file(texts)]
        for number, setting in enumerate(SETTINGS):
            speed, use = bulk(folder, Path(work) / f"out-{number}", *setting)
            found.append(speed)
            memory.append(use)
        found += [transformers_loop(sentences[:LOOP_SENTENCES], threads) for threads in (1, 2)]
    return found, memory


def ratios(words_per_s: Mapping[str, float]) -> dict[str, float]:
    """What the targets ask for, of the middle speeds of each way."""
    one, best = words_per_s[_name(*SETTINGS[0])], max(words_per_s[_name(*setting)] for setting in SETTINGS)
    loop = max(rate for way, rate in words_per_s.items() if way.startswith("transformers"))
    return {
        "bulk ÷ translate_many, file by file": best / words_per_s["translate_many, file by file"],
        "bulk ÷ transformers loop": best / loop,
        "2 cores ÷ 1, threads": words_per_s[_name(*SETTINGS[1])] / one,
        "2 cores ÷ 1, processes": words_per_s[_name(*SETTINGS[2])] / one,
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sentences", type=int, default=7000, help="of the test sets")
    parser.add_argument("--rounds", type=int, default=1, help="of each setting; the median counts")
    parser.add_argument("--out", type=Path, default=report.RESULTS)
    chosen = parser.parse_args(arguments)
    sentences = [line for name in SETS for line in (TEXTS / f"{name}.fr").read_text(encoding="utf-8").splitlines()]
    sentences = sentences[: chosen.sentences]
    figures: dict[str, object] = {"beam": BEAM}
    bars = {}
    for kind, length in KINDS.items():
        texts = cut_into_files(sentences, length)[:SHORT_FILES]
        runs: dict[str, list[Speed]] = {}
        memory: list[MemoryUse] = []
        for _ in range(chosen.rounds):
            found, memory = measure(texts, sentences)
            for speed in found:
                runs.setdefault(speed.way, []).append(speed)
        rates = {way: statistics.median(speed.words_per_s for speed in speeds) for way, speeds in runs.items()}
        of_cpu = {way: statistics.median(speed.words_per_cpu_s for speed in speeds) for way, speeds in runs.items()}
        found_ratios = {name: round(value, 3) for name, value in ratios(rates).items()}
        title = f"{len(texts)} {kind} of {length} sentence{'s' if length > 1 else ''}"
        rows = [[way, speeds[0].words, rates[way], of_cpu[way]] for way, speeds in runs.items()]
        report.print_table(title, ["way", "words", "words/s", "words/CPU s"], rows)
        report.print_table("ratios", ["of", "ratio"], list(found_ratios.items()))
        fields = ["cores, processes × threads", *(f"{fifth}/5" for fifth in range(1, 6)), "most"]
        lines = [[_name(use.cores, use.processes, use.threads), *use.fifths, use.most] for use in memory]
        report.print_table("memory over time, MiB", fields, lines)
        figures[kind] = {
            "files": len(texts),
            "sentences_a_file": length,
            "speeds": runs,
            "ratios": found_ratios,
            "memory": memory,
        }
        bars[title] = rates
    report.write_json("bulk", figures, chosen.out)
    report.write_bars("bulk", "Bulk translation", "words/s", bars, chosen.out)


if __name__ == "__main__":
    main()

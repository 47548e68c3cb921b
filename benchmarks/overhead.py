"""What everything but the engine costs, and how time and memory grow with the size of a document.

    python -m benchmarks.overhead [--limit LINES] [--rounds N] [--sizes KB ...] [--full]

The engine's share is measured by giving it the very batches of a full run again, alone. The library's own share is also
given in processor time of its thread, which other programs on the machine do not change.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psutil

from benchmarks import report
from benchmarks.intervals import paired_ratio
from benchmarks.testsets import NAMES, default_folder, read_set
from translator import Translator
from translator.engines import Batch, Decoding, Engine, Hypotheses

SIZES_KB: Final = (10, 30, 100)
FULL_SIZES_KB: Final = (10, 30, 100, 300, 1000, 10_000)
WARMING_LINES: Final = 60
"""Lexicons and patterns are made at their first use; that is start-up, and no share of a run."""
KB: Final = 1000
COLUMNS: Final = (
    "wall_full_by_engine_alone",
    "cpu_full_by_engine_alone",
    "cpu_bare_by_engine_alone",
    "cpu_full_by_bare",
    "own_thread_percent_of_cpu",
    "own_thread_ms_per_1000_words",
    "bare_own_thread_ms_per_1000_words",
)
_MIB: Final = 2**20


@dataclass(slots=True)
class Recorder:
    """An engine that notes what it is given."""

    engine: Engine
    jobs: list[tuple[Batch, Decoding]] = field(default_factory=list)

    @property
    def description(self) -> str:
        return self.engine.description

    @property
    def workers(self) -> int:
        return self.engine.workers

    def width(self, pieces: int) -> int:
        return self.engine.width(pieces)

    def submit(self, batch: Batch, decoding: Decoding) -> "Future[list[Hypotheses]]":
        self.jobs.append((batch, decoding))
        return self.engine.submit(batch, decoding)

    def close(self) -> None:
        self.engine.close()


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of one run: wall, processor time of all threads, and that of the calling one (Python of ours alone)."""

    wall: float
    cpu: float
    own: float


def timed(translator: Translator, texts: Sequence[str], **options: Any) -> Times:
    """One run of the whole library."""
    with _clock() as times:
        translator.translate_many(texts, **options)
    return times[0]


def replayed(engine: Engine, jobs: Sequence[tuple[Batch, Decoding]]) -> Times:
    """The engine alone for the same batches."""
    with _clock() as times:
        for future in [engine.submit(batch, decoding) for batch, decoding in jobs]:
            future.result()
    return times[0]


@contextmanager
def _clock() -> Iterator[list[Times]]:
    """What passed inside, in the list afterwards."""
    found: list[Times] = []
    start, cpu, own = time.perf_counter(), time.process_time(), time.thread_time()
    yield found
    found.append(Times(time.perf_counter() - start, time.process_time() - cpu, time.thread_time() - own))


def shares(translator: Translator, rounds: Sequence[Sequence[str]], beam: int) -> dict[str, Any]:
    """Seconds by round: with protection and typography, without (bare), and of the engine alone on their batches."""
    engine = translator.engine
    runs: dict[str, list[Times]] = {name: [] for name in ("full", "full, engine alone", "bare", "bare, engine alone")}
    for texts in rounds:
        for name, switched in (("full", True), ("bare", False)):
            recorder = Recorder(engine)
            options = {"entities": switched, "typography": switched, "beam_size": beam}
            runs[name].append(timed(translator.with_engine(recorder), texts, **options))
            runs[f"{name}, engine alone"].append(replayed(engine, recorder.jobs))
    words = sum(len(text.split()) for texts in rounds for text in texts)
    wall = {name: [one.wall for one in times] for name, times in runs.items()}
    cpu = {name: [one.cpu for one in times] for name, times in runs.items()}
    own = {name: sum(one.own for one in runs[name]) for name in ("full", "bare")}
    return {
        "words": words,
        "wall_seconds": wall,
        "cpu_seconds": cpu,
        "wall_full_by_engine_alone": paired_ratio(wall["full"], wall["full, engine alone"]),
        "cpu_full_by_engine_alone": paired_ratio(cpu["full"], cpu["full, engine alone"]),
        "cpu_bare_by_engine_alone": paired_ratio(cpu["bare"], cpu["bare, engine alone"]),
        "cpu_full_by_bare": paired_ratio(cpu["full"], cpu["bare"]),
        "own_thread_percent_of_cpu": round(100 * own["full"] / sum(cpu["full"]), 1),
        "own_thread_ms_per_1000_words": round(1e6 * own["full"] / words, 1),
        "bare_own_thread_ms_per_1000_words": round(1e6 * own["bare"] / words, 1),
    }


def document(lines: Sequence[str], size: int) -> str:
    """A text of about `size` bytes in paragraphs; the lines are used again where they do not suffice."""
    parts: list[str] = []
    length = 0
    while length < size:
        line = lines[len(parts) % len(lines)]
        parts.append(line)
        length += len(line.encode()) + 2
    return "\n\n".join(parts)


def growth(translator: Translator, lines: Sequence[str], sizes_kb: Sequence[int]) -> list[dict[str, float]]:
    """Seconds and memory by document size, greedy, smallest first."""
    process = psutil.Process()
    rows = []
    for size in sizes_kb:
        text = document(lines, size * KB)
        before = process.memory_info().rss
        times = timed(translator, [text], beam_size=1)
        rows.append(
            {
                "kb": size,
                "seconds": round(times.wall, 2),
                "seconds_per_mb": round(times.wall / size * KB, 1),
                "own_thread_seconds_per_mb": round(times.own / size * KB, 2),
                "rss_before_mib": round(before / _MIB),
                "rss_after_mib": round(process.memory_info().rss / _MIB),
            }
        )
    return rows


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables and write ``results/overhead.json``."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--testsets", type=Path, default=default_folder())
    parser.add_argument("--model", default="shipped")
    parser.add_argument("--limit", type=int, default=600, help="lines of a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES_KB, metavar="KB")
    parser.add_argument("--full", action="store_true", help="documents to 10 MB")
    parser.add_argument("--results", type=Path, default=report.RESULTS)
    options = parser.parse_args(arguments)
    lines = read_set("newstest2014", options.testsets, limit=options.limit * options.rounds)
    translator = Translator.load(options.model)
    translator.translate_many(lines.sources[:WARMING_LINES])
    rounds = [lines.sources[number :: options.rounds] for number in range(options.rounds)]
    content: dict[str, Any] = {
        "set": lines.name,
        "checksum": lines.checksum,
        "model": translator.model.name,
        "engine": translator.engine.description,
        "lines_a_round": options.limit,
        "beams": {str(beam): shares(translator, rounds, beam) for beam in (1, 4)},
    }
    report.print_table(
        "The library by its engine alone (own thread: processor time of everything but the engine)",
        ["beam", "wall", "cpu", "cpu, bare", "cpu, full by bare", "own thread, % of cpu", "ms per 1,000 words", "bare"],
        [[int(beam), *(one[key] for key in COLUMNS)] for beam, one in content["beams"].items()],
    )
    every = [source for name in NAMES for source in read_set(name, options.testsets).sources]
    content["documents"] = growth(translator, every, FULL_SIZES_KB if options.full else options.sizes)
    columns = list(content["documents"][0])
    report.print_table("Documents, greedy", columns, [[row[key] for key in columns] for row in content["documents"]])
    report.write_json("overhead", content, options.results)
    translator.close()


if __name__ == "__main__":
    main()

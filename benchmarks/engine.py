"""How fast the engine is beside transformers: same weights, same sentences, same search, in turn on one machine.

    python -m benchmarks.engine [--limit SENTENCES] [--rounds N] [--sections NAME ...] [--price DOLLARS]

Speed is source words a second, pieces counted with their end symbol; ratios are of the same round, against the best
that transformers reaches. Entries that do not gain from more sentences (batch 1, the loop) get every fifth one.
"""

import argparse
import contextlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any, Final

from benchmarks import report
from benchmarks.contest import Answer, Contestant, Process, python, turned
from benchmarks.intervals import Ratio, paired_ratio, percentile
from benchmarks.random_model import opus_sized
from benchmarks.testsets import default_folder, read_set
from translator import models
from translator.engines.ctranslate2 import available_cores
from translator.models import Manifest
from translator.normalization import normalizer
from translator.tokenization import Tokenizer

CACHE: Final = Path(__file__).parent / ".cache"
BEAM: Final = 4
BATCHES: Final = (1, 8, 32)
DTYPES: Final = ("float32", "bfloat16")
ONNX_PRECISIONS: Final = ("float32", "int8")
SLOW_SHARE: Final = 5
LATENCY_SENTENCES: Final = 60
BATCH_TOKENS: Final = (64, 256, 512, 1024, 4096)
LENGTHS_WORDS: Final = (5, 10, 20, 50, 100, 200, 400)
WORDS_A_LENGTH: Final = 1600
RANDOM_SENTENCES: Final = 64
"""Enough batches for all cores."""
RANDOM_PIECES: Final = 30
"""Sentences of one length, so that one bound holds for all in whatever batch."""
RANDOM_SEARCH: Final = {"ratio": 1.1, "margin": 2}
"""A random model never ends by itself: its targets are bound to the length that translations have."""
PATIENT: Final = {"OMP_WAIT_POLICY": "passive"}
"""Threads that spin while they wait make torch many times slower wherever another process wants a core."""
OURS: Final = "CTranslate2 int8"
LOOP: Final = "plain loop"
SECTIONS: Final = ("shipped", "growth", "random")
HOURS_PER_SECOND: Final = 1 / 3600
MILLION: Final = 1_000_000
DEFAULT_PRICE: Final = 0.08
"""Dollars an hour for two virtual cores; an assumption, not a quotation."""
ONNX: Final = Path(__file__).parent / ".peers/onnx/bin/python"
"""ONNX Runtime's own environment (how to make it: onnx_run.py); optimum needs an older transformers than we run."""
COMPILED: Final = "transformers float32, torch.compile"
WARMING_SENTENCES: Final = 2
COMPILING_SENTENCES: Final = 40
"""torch.compile needs half a minute for its first shapes; that is start-up, and no share of a run."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A contestant in one setting; `share` of the sentences, one in so many."""

    name: str
    contestant: Contestant
    settings: dict[str, Any]
    share: int = 1
    warming: int = WARMING_SENTENCES


@dataclass(slots=True)
class Figures:
    """What an entry gave, a value a round."""

    words_per_s: list[float] = field(default_factory=list)
    tokens_per_s: list[float] = field(default_factory=list)
    words_per_core_s: list[float] = field(default_factory=list)
    rss_mib: float = 0.0
    p50_ms: float | None = None
    p99_ms: float | None = None
    outputs_equal_to_float32: float | None = None


@contextlib.contextmanager
def entries(model: Path, cores: int, *, reduced: bool = False) -> Iterator[list[Entry]]:
    """All entries for a model, loaded; fewer of transformers' settings where `reduced`."""
    with contextlib.ExitStack() as stack:

        def contestant(name: str, engine: str, compute_type: str, *more: str, processes: int = 1) -> Contestant:
            options = ("--model", str(model), "--engine", engine, "--compute-type", compute_type, *more)
            command = python("benchmarks.contestants", *options, "--threads", str(cores // processes))
            running = (stack.enter_context(Process(command, PATIENT)) for _ in range(processes))
            return Contestant(name, tuple(running))

        found = []
        for compute_type in ("int8", "float32"):
            name = f"CTranslate2 {compute_type}"
            found.append(Entry(name, contestant(name, "ctranslate2", compute_type), {}))
        for dtype in DTYPES:
            name = f"transformers {dtype}"
            single = contestant(name, "transformers", dtype)
            for batch in BATCHES[-1:] if reduced else BATCHES:
                share = SLOW_SHARE if batch == 1 else 1
                found.append(Entry(f"{name}, batch {batch}", single, {"batch": batch}, share))
            if dtype == DTYPES[0] and not reduced:
                found.append(Entry(LOOP, single, {"mode": "loop"}, SLOW_SHARE))
            if cores > 1 and not reduced:
                several = contestant(name, "transformers", dtype, processes=cores)
                batch = BATCHES[-1]
                found.append(Entry(f"{name}, batch {batch}, {cores} processes", several, {"batch": batch}))
        if not reduced:
            batch = BATCHES[1]
            compiled = contestant(COMPILED, "transformers", DTYPES[0], "--compiled")
            found.append(Entry(f"{COMPILED}, batch {batch}", compiled, {"batch": batch}, warming=COMPILING_SENTENCES))
        for precision in () if reduced or not ONNX.is_file() else ONNX_PRECISIONS:
            name = f"ONNX Runtime {precision}"
            command = [str(ONNX), str(Path(__file__).with_name("onnx_run.py")), str(model), precision, str(cores)]
            running = stack.enter_context(Process(command, {"HF_HUB_OFFLINE": "1"}))
            single = Contestant(name, (running,))
            found += [Entry(f"{name}, batch {batch}", single, {"batch": batch}) for batch in BATCHES[1:]]
        yield found


def contest(found: Sequence[Entry], rounds: Sequence[Sequence[str]], search: dict[str, Any]) -> dict[str, Figures]:
    """Throughput of all entries, in turn, on the texts of each round."""
    figures: dict[str, Figures] = defaultdict(Figures)
    outputs: dict[str, list[str]] = defaultdict(list)
    reference = next(entry.name for entry in found if DTYPES[0] in entry.name and entry.share == 1)
    for one in found:
        one.contestant.ask(rounds[0][: one.warming], **{**one.settings, **search})
    for number, texts in enumerate(rounds):
        by_contestant = {entry.name: entry for entry in found}
        order = turned([Contestant(entry.name, entry.contestant.processes) for entry in found], number)
        for contestant in order:
            entry = by_contestant[contestant.name]
            chosen = texts[:: entry.share]
            answer = contestant.ask(chosen, **{**entry.settings, **search})
            _record(figures[entry.name], answer, chosen)
            if entry.share == 1:
                outputs[entry.name] += answer.texts
    for name, texts in outputs.items():
        same = sum(one == other for one, other in zip(texts, outputs[reference], strict=True))
        figures[name].outputs_equal_to_float32 = round(same / len(texts), 4)
    return dict(figures)


def latencies(found: Sequence[Entry], texts: Sequence[str], figures: dict[str, Figures]) -> None:
    """Milliseconds of one sentence after another, for the first entry of each contestant with one process; not where
    one sentence would have to be compiled for first."""
    seen: set[int] = set()
    for entry in found:
        alone = len(entry.contestant.processes) == 1 and entry.warming == WARMING_SENTENCES
        if id(entry.contestant) in seen or not alone:
            continue
        seen.add(id(entry.contestant))
        values = [1000 * second for second in entry.contestant.ask(texts, mode="single").latencies]
        figures[entry.name].p50_ms = round(percentile(values, 0.5), 1)
        figures[entry.name].p99_ms = round(percentile(values, 0.99), 1)


def growth(ours: Contestant, texts: Sequence[str]) -> dict[str, dict[str, float]]:
    """Words for a second of processor time by batch size in tokens, and by sentence length in words (joined or cut)."""
    by_batch = {}
    for size in BATCH_TOKENS:
        answer = ours.ask(texts, batch=size)
        by_batch[str(size)] = _core_speed(texts, answer)
    words = [word for text in texts for word in text.split()]
    by_length = {}
    for length in LENGTHS_WORDS:
        stretches = [words[start : start + length] for start in range(0, len(words) - length + 1, length)]
        cut = [" ".join(stretch) for stretch in stretches[: max(1, WORDS_A_LENGTH // length)]]
        by_length[str(length)] = _core_speed(cut, ours.ask(cut, ratio=1.5))
    return {"words_per_core_s_by_batch_tokens": by_batch, "words_per_core_s_by_sentence_words": by_length}


def best(figures: dict[str, Figures], prefix: str) -> str | None:
    """The fastest entry whose name starts so."""
    names = [name for name in figures if name.startswith(prefix)]
    return max(names, key=lambda name: fmean(figures[name].words_per_s), default=None)


def ratios(figures: dict[str, Figures]) -> dict[str, Ratio]:
    """Our speed by the best of transformers and of ONNX Runtime and by the loop, in wall and in processor time."""
    found = {}
    for rival in (best(figures, "transformers"), best(figures, "ONNX Runtime"), LOOP):
        if rival in figures:
            ours, theirs = figures[OURS], figures[rival]
            found[f"by {rival}"] = paired_ratio(ours.words_per_s, theirs.words_per_s)
            found[f"by {rival}, processor time"] = paired_ratio(ours.words_per_core_s, theirs.words_per_core_s)
    return found


def dollars_per_million_words(words_per_s: float, price: float) -> float:
    """What a million words cost on a machine of `price` dollars an hour, kept busy."""
    return round(MILLION / words_per_s * HOURS_PER_SECOND * price, 4)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables and write ``results/engine.json``."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--testsets", type=Path, default=default_folder(), help="folder of newstest2014.fr and .en")
    parser.add_argument("--model", default=models.SHIPPED, help="a Marian model directory")
    parser.add_argument("--limit", type=int, default=300, help="sentences of a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--sections", nargs="+", choices=SECTIONS, default=SECTIONS, help="the others stay as they were"
    )
    parser.add_argument("--price", type=float, default=DEFAULT_PRICE, help="dollars an hour of this machine")
    parser.add_argument("--results", type=Path, default=report.RESULTS)
    options = parser.parse_args(arguments)
    directory = models.locate(options.model)
    manifest = Manifest.read(directory)
    normalize = normalizer(manifest.normalizer)
    lines = read_set("newstest2014", options.testsets, limit=options.limit * options.rounds)
    sources = [normalize(source) for source in lines.sources]
    rounds = [sources[number :: options.rounds] for number in range(options.rounds)]
    cores = available_cores()
    content = report.read_json("engine", options.results)
    content.pop("signature", None)
    missing = {} if ONNX.is_file() else {"ONNX Runtime": "no environment onnx"}
    content |= {"not_measured": missing, "threads": cores, "beam": BEAM}
    if "shipped" in options.sections:
        with entries(directory, cores) as found:
            figures = contest(found, rounds, {})
            latencies(found, sources[:LATENCY_SENTENCES], figures)
        content |= {"set": lines.name, "checksum": lines.checksum, "model": manifest.name}
        content |= _section(figures) | {"sentences_a_round": options.limit, "dollars_an_hour": options.price}
        content["dollars_per_million_words"] = {
            name: dollars_per_million_words(fmean(one.words_per_s), options.price) for name, one in figures.items()
        }
        _show(f"{manifest.name}, beam {BEAM}, {cores} cores", content)
        report.write_json("engine", content, options.results)
        bars = {name: {"words/s": round(fmean(one.words_per_s))} for name, one in figures.items()}
        report.write_bars("engine", "Source words a second, same weights, beam 4", "words/s", bars, options.results)
    if "growth" in options.sections:
        command = python("benchmarks.contestants", "--model", str(directory), "--engine", "ctranslate2")
        with Process([*command, "--threads", str(cores)]) as process:
            content["growth"] = growth(Contestant(OURS, (process,)), sources)
        for name, values in content["growth"].items():
            report.print_table(name, list(values), [list(values.values())])
        report.write_json("engine", content, options.results)
    if "random" in options.sections:
        tokenizer = Tokenizer(directory)
        every = [normalize(source) for source in read_set(lines.name, options.testsets).sources]
        alike = [
            one for one, pieces in zip(every, tokenizer.encode(every), strict=True) if len(pieces) == RANDOM_PIECES
        ]
        few = [alike[number :: options.rounds][:RANDOM_SENTENCES] for number in range(options.rounds)]
        with entries(opus_sized(CACHE / "opus-sized"), cores, reduced=True) as found:
            content["opus_sized"] = _section(contest(found, few, RANDOM_SEARCH))
        _show(f"Random weights of OPUS size, beam {BEAM}, {cores} cores", content["opus_sized"])
        report.write_json("engine", content, options.results)


def _section(figures: dict[str, Figures]) -> dict[str, Any]:
    return {"entries": {name: asdict(one) for name, one in figures.items()}, "ratios": ratios(figures)}


def _record(figures: Figures, answer: Answer, texts: Sequence[str]) -> None:
    figures.words_per_s.append(_speed(texts, answer))
    figures.tokens_per_s.append(round(answer.tokens / answer.seconds, 1))
    figures.words_per_core_s.append(_core_speed(texts, answer))
    figures.rss_mib = max(figures.rss_mib, answer.rss_mib)


def _speed(texts: Sequence[str], answer: Answer) -> float:
    return round(sum(len(text.split()) for text in texts) / answer.seconds, 1)


def _core_speed(texts: Sequence[str], answer: Answer) -> float:
    return round(sum(len(text.split()) for text in texts) / answer.cpu_seconds, 1)


def _show(title: str, content: dict[str, Any]) -> None:
    rows = [
        [
            name,
            round(fmean(one["words_per_s"])),
            round(fmean(one["tokens_per_s"])),
            round(fmean(one["words_per_core_s"])),
            one["p50_ms"],
            one["p99_ms"],
            one["rss_mib"],
            one["outputs_equal_to_float32"],
        ]
        for name, one in content["entries"].items()
    ]
    columns = ["engine", "words/s", "pieces/s", "words/core s", "p50 ms", "p99 ms", "RSS MiB", "as fp32"]
    report.print_table(title, columns, rows)
    report.print_table("Ratios within rounds, 95% intervals", ["of", "ratio"], list(content["ratios"].items()))


if __name__ == "__main__":
    main()

"""One engine in a process of its own, same weights, same sentences, same search: texts in, texts and figures out.

Run by benchmarks/engine.py. All use the model's own sentencepiece and bound a target at `ratio` times the longest
source of its batch plus `margin` pieces, so that they differ in the engine only.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TextIO

import psutil

from translator import models
from translator.batching import MAX_BATCH_TOKENS, batches
from translator.engines import Decoding
from translator.tokenization import END_PIECE, UNKNOWN_PIECE, Tokenizer

_MIB: Final = 2**20


@dataclass(frozen=True, slots=True)
class Job:
    """Texts and how to translate them; `batch` counts sentences for transformers and tokens for CTranslate2."""

    texts: list[str]
    beam: int = 4
    batch: int = 0
    ratio: float = 3.0
    margin: int = 16
    mode: str = "batches"


@dataclass(frozen=True, slots=True)
class Done:
    """Targets in pieces, in order, and the seconds of each text where they were translated one by one."""

    pieces: list[list[str]]
    latencies: list[float]


Run = Callable[[Job, list[list[str]]], Done]


def ctranslate2_runner(model: models.Model) -> Run:
    """This project's engine and its batches of one width; ``single`` sends one sentence and waits for it."""

    def run(job: Job, encoded: list[list[str]]) -> Done:
        decoding = Decoding(beam_size=job.beam, max_length_ratio=job.ratio, max_length_margin=job.margin)
        pieces: list[list[str]] = [[] for _ in encoded]
        latencies: list[float] = []
        if job.mode == "single":
            for index, source in enumerate(encoded):
                start = time.perf_counter()
                pieces[index] = list(model.engine.submit([source], decoding).result()[0][0].pieces)
                latencies.append(time.perf_counter() - start)
            return Done(pieces, latencies)
        groups = batches(
            [model.engine.width(len(source)) for source in encoded], max_tokens=job.batch or MAX_BATCH_TOKENS
        )
        futures = [model.engine.submit([encoded[index] for index in group], decoding) for group in groups]
        for group, future in zip(groups, futures, strict=True):
            for index, hypotheses in zip(group, future.result(), strict=True):
                pieces[index] = list(hypotheses[0].pieces)
        return Done(pieces, latencies)

    return run


def transformers_runner(directory: Path, dtype: str, threads: int, *, compiled: bool = False) -> Run:
    """`MarianMTModel.generate` on batches sorted by length, in inference mode; ``loop`` is what a first script does:
    file order, one sentence a call, and nothing else set. `compiled` by torch for shapes that change, as they do with
    every piece."""
    import torch
    import transformers

    torch.set_num_threads(threads)
    loader: Any = transformers.MarianMTModel
    model = loader.from_pretrained(directory, dtype=getattr(torch, dtype), local_files_only=True).eval()
    if compiled:
        model.forward = torch.compile(model.forward, dynamic=True)
    ids: dict[str, int] = json.loads((directory / "vocab.json").read_text(encoding="utf-8"))
    names = {index: piece for piece, index in ids.items()}
    end, unknown, pad = ids[END_PIECE], ids[UNKNOWN_PIECE], model.config.pad_token_id

    def generate(job: Job, sources: Sequence[Sequence[str]]) -> list[list[str]]:
        rows = [[ids.get(piece, unknown) for piece in source] + [end] for source in sources]
        width = max(map(len, rows))
        batch = torch.tensor([row + [pad] * (width - len(row)) for row in rows])
        output = model.generate(
            input_ids=batch,
            attention_mask=batch.ne(pad),
            num_beams=job.beam,
            do_sample=False,
            length_penalty=1.0,
            early_stopping=job.beam > 1,
            max_length=None,
            max_new_tokens=int((width - 1) * job.ratio) + job.margin,
            forced_eos_token_id=None,
        )
        return [[names[index] for index in _cut(row, end) if index != pad] for row in output[:, 1:].tolist()]

    def run(job: Job, encoded: list[list[str]]) -> Done:
        pieces: list[list[str]] = [[] for _ in encoded]
        latencies: list[float] = []
        if job.mode in ("loop", "single"):
            with torch.inference_mode(job.mode == "single"):
                for index, source in enumerate(encoded):
                    start = time.perf_counter()
                    pieces[index] = generate(job, [source])[0]
                    latencies.append(time.perf_counter() - start)
            return Done(pieces, latencies)
        order = sorted(range(len(encoded)), key=lambda index: -len(encoded[index]))
        with torch.inference_mode():
            for first in range(0, len(order), job.batch):
                group = order[first : first + job.batch]
                for index, target in zip(group, generate(job, [encoded[i] for i in group]), strict=True):
                    pieces[index] = target
        return Done(pieces, latencies)

    return run


def serve(tokenizer: Tokenizer, run: Run, jobs: TextIO, answers: TextIO) -> None:
    """Answer jobs until there are no more."""
    process = psutil.Process()
    for line in jobs:
        job = Job(**json.loads(line))
        start = time.process_time()
        done = run(job, tokenizer.encode(job.texts))
        answer = {
            "texts": [tokenizer.decode(pieces) for pieces in done.pieces],
            "tokens": sum(len(pieces) + 1 for pieces in done.pieces),
            "cpu_seconds": time.process_time() - start,
            "latencies": done.latencies,
            "rss_mib": round(process.memory_info().rss / _MIB, 1),
        }
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def private_stdout() -> TextIO:
    """Standard output for answers alone: whatever libraries print goes to standard error."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def main(arguments: Sequence[str] | None = None) -> None:
    """Load one engine and answer jobs on standard input."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default=models.SHIPPED)
    parser.add_argument("--engine", choices=("ctranslate2", "transformers"), required=True)
    parser.add_argument("--compute-type", default="int8")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--compiled", action="store_true", help="transformers under torch.compile")
    options = parser.parse_args(arguments)
    answers = private_stdout()
    directory = models.locate(options.model)
    if options.engine == "ctranslate2":
        model = models.load(str(directory), compute_type=options.compute_type, threads=options.threads)
        serve(model.tokenizer, ctranslate2_runner(model), sys.stdin, answers)
    else:
        run = transformers_runner(directory, options.compute_type, options.threads, compiled=options.compiled)
        serve(Tokenizer(directory), run, sys.stdin, answers)


def _cut(row: list[int], end: int) -> list[int]:
    return row[: row.index(end)] if end in row else row


if __name__ == "__main__":
    main()

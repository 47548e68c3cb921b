"""The default engine: CTranslate2, int8 on CPU, float16 on CUDA."""

import json
import os
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final, Literal

import ctranslate2

from translator.engines import Batch, Decoding, Hypotheses, Hypothesis
from translator.errors import ModelError
from translator.tokenization import END_PIECE

CUDA_WORKERS: Final = 1
WIDTH: Final = 16
"""Batches are padded to multiples of this: sums of floats then run in one order, whoever stands beside a segment."""
MAX_FILLER_PIECES: Final = 4
"""A model that makes more of a row of end symbols than this gets batches of one length instead."""
ComputeType = Literal["default", "int8", "int8_float16", "float16", "bfloat16", "float32"]


def available_cores() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class CTranslate2Engine:
    """A CTranslate2 model directory in memory.

    On CPU one worker a core, each with one thread: small models lose more by meeting at every operation than they win.

    Args:
        device: ``cpu``, ``cuda`` or ``auto``.
        compute_type: a `ComputeType`; ``default`` is int8 on CPU and float16 on CUDA.
        threads: processors to use; None for all that are there.
        late_attention: the converted heads are late ones (`AlignmentHeads`).

    Raises:
        ModelError: the directory cannot be loaded, or the device or compute type is not there.
    """

    def __init__(
        self,
        directory: Path,
        *,
        device: str = "auto",
        compute_type: str = "default",
        threads: int | None = None,
        late_attention: bool = False,
    ) -> None:
        if device == "auto":
            device = "cuda" if ctranslate2.get_cuda_device_count() else "cpu"
        if compute_type == "default":
            compute_type = "int8" if device == "cpu" else "float16"
        self.workers = CUDA_WORKERS if device == "cuda" else (threads or available_cores())
        try:
            config = json.loads((directory / "config.json").read_text(encoding="utf-8"))
            self._translator = ctranslate2.Translator(
                str(directory), device=device, compute_type=compute_type, inter_threads=self.workers, intra_threads=1
            )
        except (RuntimeError, ValueError, OSError) as error:
            raise ModelError(f"{directory} cannot be loaded on {device} as {compute_type}: {error}") from error
        self._end = [] if config.get("add_source_eos") else [END_PIECE]
        self._late_attention = late_attention
        self._fills = self._ends_at_once()
        self._executor = ThreadPoolExecutor(self.workers, thread_name_prefix="engine")
        self.description = f"CTranslate2 {ctranslate2.__version__}, {device}, {compute_type}, {self.workers} threads"

    def _ends_at_once(self) -> bool:
        """Whether the model gives nearly nothing for end symbols alone, so that a row of them pads a batch for free."""
        rows = [[END_PIECE] * (width - 1) + self._end for width in (WIDTH, 4 * WIDTH)]
        bound = MAX_FILLER_PIECES + 1
        results = self._translator.translate_batch(rows, beam_size=Decoding().beam_size, max_decoding_length=bound)
        return max(len(result.hypotheses[0]) for result in results) < bound

    def width(self, pieces: int) -> int:
        """Pieces and end symbol, padded."""
        return -(-(pieces + 1) // WIDTH) * WIDTH if self._fills else pieces

    def _rows(self, batch: Batch) -> list[list[str]]:
        """The batch with end symbols, and one row of these more where its width is wider than its longest segment.

        An own row is the only way to tell CTranslate2 a width; it decodes in a step or two.
        """
        rows = [[*pieces, *self._end] for pieces in batch]
        longest = max(map(len, batch))
        if self._fills and longest + 1 < self.width(longest):
            rows.append([END_PIECE] * (self.width(longest) - 1) + self._end)
        return rows

    def submit(self, batch: Batch, decoding: Decoding) -> "Future[list[Hypotheses]]":
        return self._executor.submit(self._translate, batch, decoding)

    def _translate(self, batch: Batch, decoding: Decoding) -> list[Hypotheses]:
        # In a beam's batch the first step's attention is another segment's (CTranslate2 4.8); late heads skip it.
        attended = decoding.attention and self._late_attention
        results = self._translator.translate_batch(
            self._rows(batch),
            beam_size=max(decoding.beam_size, decoding.hypotheses),
            num_hypotheses=decoding.hypotheses,
            repetition_penalty=decoding.repetition_penalty,
            no_repeat_ngram_size=decoding.no_repeat_ngram_size,
            # The bound of the width, so that a search runs as it does alone; past its own bound it is unfinished.
            max_decoding_length=decoding.bound(max(self.width(len(pieces)) for pieces in batch)),
            max_input_length=0,
            return_scores=True,
            return_attention=attended,
            return_end_token=attended,
        )
        found = []
        for source, result in zip(batch, results, strict=False):
            pieces = [_without_end(target) for target in result.hypotheses]
            if attended:
                rows = [
                    self._read(attention, len(target), len(source))
                    for attention, target in zip(result.attention, pieces, strict=True)
                ]
            elif decoding.attention:
                rows = self.attention([source] * len(pieces), pieces)
            bound = decoding.bound(len(source))
            found.append(
                tuple(
                    Hypothesis(target, score, len(target) < bound, rows[rank] if decoding.attention else None)
                    for rank, (target, score) in enumerate(zip(pieces, result.scores, strict=True))
                )
            )
        return found

    def _read(self, attention: Sequence[Sequence[float]], target: int, source: int) -> tuple[tuple[float, ...], ...]:
        """The rows of the pieces themselves; where the length bound came first, no step has read the last piece."""
        rows = [*attention[1:], attention[-1]] if self._late_attention else attention
        return tuple(tuple(row[:source]) for row in rows[:target])

    def score(self, sources: Batch, targets: Batch) -> list[list[float]]:
        """Log-probability of each target piece and of the end symbol, given the source."""
        results = self._translator.score_batch(
            [[*pieces, *self._end] for pieces in sources], [list(pieces) for pieces in targets], max_input_length=0
        )
        return [_floats(result.log_probs) for result in results]

    def attention(self, sources: Batch, targets: Batch) -> list[tuple[tuple[float, ...], ...]]:
        """What `Hypothesis.attention` would be if the targets were the hypotheses."""
        results = self._translator.translate_batch(
            [[*pieces, *self._end] for pieces in sources],
            target_prefix=[list(pieces) for pieces in targets],
            beam_size=1,
            max_decoding_length=max(map(len, targets)) + 1,
            max_input_length=0,
            return_attention=True,
            return_end_token=True,
        )
        return [
            self._read(result.attention[0], len(target), len(source))
            for source, target, result in zip(sources, targets, results, strict=True)
        ]

    def close(self) -> None:
        self._executor.shutdown(wait=True, cancel_futures=True)
        self._translator.unload_model()


def _without_end(pieces: Sequence[str]) -> tuple[str, ...]:
    return tuple(pieces[:-1] if pieces and pieces[-1] == END_PIECE else pieces)


def _floats(values: Sequence[float]) -> list[float]:
    return [float(value) for value in values]

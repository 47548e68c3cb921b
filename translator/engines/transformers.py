"""The reference engine: `MarianMTModel.generate` of transformers, same results, much slower; and the way to a device
that CTranslate2 does not know."""

import json
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from translator.document import AlignmentHeads
from translator.engines import Batch, Decoding, Hypotheses, Hypothesis
from translator.errors import MissingExtraError, ModelError
from translator.tokenization import END_PIECE, UNKNOWN_PIECE

DTYPES: Final = ("float32", "bfloat16", "float16")


class TransformersEngine:
    """A Marian model directory in transformers' own format.

    Args:
        device: ``cpu``, ``cuda`` or ``auto``.
        compute_type: one of `DTYPES`; ``default`` is float32.
        threads: processors to use; None for all that are there.
        alignment: the heads whose attention is given; by default all of the last layer.

    Raises:
        MissingExtraError: torch or transformers is not installed.
        ModelError: the directory cannot be loaded.
    """

    workers = 1

    def __init__(
        self,
        directory: Path,
        *,
        device: str = "auto",
        compute_type: str = "default",
        threads: int | None = None,
        alignment: AlignmentHeads | None = None,
    ) -> None:
        try:
            import torch
            import transformers
        except ImportError as error:
            raise MissingExtraError("the transformers engine", "opus") from error
        dtype = "float32" if compute_type == "default" else compute_type
        if dtype not in DTYPES:
            raise ModelError(f"compute type {compute_type!r} is unknown here; one of {', '.join(DTYPES)}")
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        if threads:
            torch.set_num_threads(threads)
        self._torch = torch
        self._device = device
        try:
            model: Any = transformers.MarianMTModel.from_pretrained(
                directory, dtype=getattr(torch, dtype), local_files_only=True
            )
        except (OSError, ValueError, RuntimeError) as error:
            raise ModelError(f"{directory} cannot be loaded by transformers: {error}") from error
        self._model = model.to(device).eval()
        self._ids: dict[str, int] = json.loads((directory / "vocab.json").read_text(encoding="utf-8"))
        self._pieces = {index: piece for piece, index in self._ids.items()}
        self._end, self._unknown = self._ids[END_PIECE], self._ids[UNKNOWN_PIECE]
        self._pad: int = self._model.config.pad_token_id
        config = self._model.config
        self._alignment = alignment or AlignmentHeads(
            config.decoder_layers - 1, tuple(range(config.decoder_attention_heads))
        )
        self._executor = ThreadPoolExecutor(self.workers, thread_name_prefix="engine")
        self.description = f"transformers {transformers.__version__}, torch {torch.__version__}, {device}, {dtype}"

    def width(self, pieces: int) -> int:
        """Segments of one length only: padding would move sums of floats."""
        return pieces

    def submit(self, batch: Batch, decoding: Decoding) -> "Future[list[Hypotheses]]":
        return self._executor.submit(self._translate, batch, decoding)

    def _rows(self, batch: Batch) -> Any:
        rows = [[self._ids.get(piece, self._unknown) for piece in pieces] + [self._end] for pieces in batch]
        width = max(map(len, rows))
        padded = [row + [self._pad] * (width - len(row)) for row in rows]
        return self._torch.tensor(padded, device=self._device)

    def _translate(self, batch: Batch, decoding: Decoding) -> list[Hypotheses]:
        torch = self._torch
        bound = decoding.bound(max(map(len, batch)))
        source = self._rows(batch)
        count = decoding.hypotheses
        with torch.inference_mode():
            output = self._model.generate(
                input_ids=source,
                attention_mask=source.ne(self._pad),
                num_beams=max(decoding.beam_size, count),
                num_return_sequences=count,
                do_sample=False,
                length_penalty=1.0,
                early_stopping=True,
                max_length=None,
                max_new_tokens=bound,
                forced_eos_token_id=None,
                repetition_penalty=decoding.repetition_penalty,
                no_repeat_ngram_size=decoding.no_repeat_ngram_size,
                return_dict_in_generate=True,
            )
        targets = [self._cut(row) for row in output.sequences[:, 1:].tolist()]
        repeated = [pieces for pieces in batch for _ in range(count)]
        scores = self.score(repeated, targets)
        attentions = (
            [self._attention(*pair) for pair in zip(repeated, targets, strict=True)] if decoding.attention else None
        )
        hypotheses = [
            Hypothesis(
                pieces=tuple(pieces),
                score=sum(score) / len(score),
                finished=len(pieces) < decoding.bound(len(repeated[index])),
                attention=attentions[index] if attentions else None,
            )
            for index, (pieces, score) in enumerate(zip(targets, scores, strict=True))
        ]
        return [tuple(hypotheses[start : start + count]) for start in range(0, len(hypotheses), count)]

    def _cut(self, row: list[int]) -> list[str]:
        end = row.index(self._end) if self._end in row else len(row)
        return [self._pieces[index] for index in row[:end] if index != self._pad]

    def _forward(self, sources: Batch, targets: Batch, **options: Any) -> tuple[Any, Any]:
        """Model output with the targets forced, and the ids of the targets with their end symbol."""
        source, labels = self._rows(sources), self._rows(targets)
        start = self._torch.full_like(labels[:, :1], self._model.config.decoder_start_token_id)
        decoder = self._torch.cat([start, labels[:, :-1]], dim=1)
        output = self._model(
            input_ids=source, attention_mask=source.ne(self._pad), decoder_input_ids=decoder, **options
        )
        return output, labels

    def score(self, sources: Batch, targets: Batch) -> list[list[float]]:
        """Log-probability of each target piece and of the end symbol, given the source."""
        with self._torch.inference_mode():
            output, labels = self._forward(sources, targets)
            logits = output.logits.float()
            logits[:, :, self._pad] = -float("inf")
            chosen = logits.log_softmax(-1).gather(-1, labels[:, :, None])[:, :, 0].tolist()
        return [row[: len(target) + 1] for row, target in zip(chosen, targets, strict=True)]

    def _attention(self, source: Any, target: Any) -> tuple[tuple[float, ...], ...]:
        """Cross-attention of the aligning heads, their mean: [target pieces, source pieces]."""
        self._model.set_attn_implementation("eager")
        with self._torch.inference_mode():
            output, _ = self._forward([source], [target], output_attentions=True)
        weights = output.cross_attentions[self._alignment.layer][0][list(self._alignment.heads)].float().mean(0)
        first = int(self._alignment.late)
        return tuple(map(tuple, weights[first : first + len(target), : len(source)].tolist()))

    def close(self) -> None:
        self._executor.shutdown(wait=True, cancel_futures=True)
        del self._model

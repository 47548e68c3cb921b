"""How good a model directory is: BLEU and chrF with signatures, placeholders carried over, BLEU by length.

The model alone is measured, through the translator's own converter: no post-processing, int8, beam 4.
"""

import random
import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import ctranslate2
import sacrebleu

from training.corpora import Pair, find_corpora, read_pairs
from training.placeholders import PLACEHOLDERS, mask
from translator.conversion import convert
from translator.models import Manifest
from translator.normalization import normalizer
from translator.tokenization import END_PIECE, Tokenizer

BEAM_SIZE = 4
_BATCH_TOKENS = 3000
_MAX_TARGET_PIECES = 512
_JOINED = (2, 4)
LENGTHS = (0, 20, 40, 60, 80, 120, 160, 200)
"""Edges of the length classes, source pieces."""
_MIN_CLASS = 20
"""Fewer texts of a length say nothing."""


class Decoder:
    """A Marian model directory behind CTranslate2, as it is used in production but without the pipeline."""

    def __init__(self, model: Path, *, quantization: str = "int8", threads: int = 1) -> None:
        self.manifest = Manifest.read(model)
        self.manifest.verify(model)
        self._normalize, self._tokenizer = normalizer(self.manifest.normalizer), Tokenizer(model)
        self.signature = (
            f"model {self.manifest.name}, {quantization}, beam {BEAM_SIZE}, ctranslate2 {ctranslate2.__version__}"
        )
        with tempfile.TemporaryDirectory() as folder:
            convert(model, Path(folder), quantization=quantization, alignment=self.manifest.alignment)
            self._translator = ctranslate2.Translator(folder, compute_type=quantization, intra_threads=threads)

    def pieces(self, texts: Sequence[str]) -> list[list[str]]:
        return self._tokenizer.encode([self._normalize(text) for text in texts])

    def translate(self, texts: Sequence[str]) -> list[str]:
        results = self._translator.translate_batch(
            [[*pieces, END_PIECE] for pieces in self.pieces(texts)],
            beam_size=BEAM_SIZE,
            max_batch_size=_BATCH_TOKENS,
            batch_type="tokens",
            max_input_length=0,
            max_decoding_length=_MAX_TARGET_PIECES,
        )
        return [self._tokenizer.decode(result.hypotheses[0]) for result in results]


def evaluate(
    model: Path,
    tests: Path,
    *,
    sets: Sequence[str] = (),
    lines: int | None = None,
    lengths: str | None = None,
    placeholders: str | None = None,
    quantization: str = "int8",
    threads: int = 1,
) -> dict[str, Any]:
    """Measure `model` on the test sets of the folder `tests`; all of them where `sets` is empty.

    Args:
        lines: only the first lines of each set.
        lengths: name of the set that is measured by length too.
        placeholders: name of the set whose names and words become placeholders.
    """
    decoder = Decoder(model, quantization=quantization, threads=threads)
    found = find_corpora(tests)
    pairs = {name: read_pairs(text)[:lines] for name, text in found.items()}
    figures: dict[str, Any] = {"decoding": decoder.signature, "sets": {}}
    for name in sets or sorted(found):
        outputs = decoder.translate([french for french, _ in pairs[name]])
        figures["sets"][name] = _scores(outputs, [english for _, english in pairs[name]])
    if lengths:
        figures["by_length"] = {"set": lengths, "bleu": by_length(decoder, pairs[lengths])}
    if placeholders:
        texts = [french for french, _ in pairs[placeholders]]
        figures["placeholders"] = {"set": placeholders, "kept": placeholder_success(decoder, texts)}
    return figures


def _scores(outputs: list[str], references: list[str]) -> dict[str, Any]:
    scores: dict[str, Any] = {"lines": len(outputs)}
    for metric in (sacrebleu.BLEU(), sacrebleu.CHRF()):
        score = metric.corpus_score(outputs, [references])
        scores[score.name] = round(score.score, 2)
        scores[f"{score.name} signature"] = str(metric.get_signature())
    return scores


def by_length(decoder: Decoder, pairs: list[Pair]) -> dict[str, dict[str, float]]:
    """BLEU in classes of source pieces, of single lines and of two or four neighbouring lines in one.

    A length ratio (target over reference) that falls says that text is lost.
    """
    figures: dict[str, dict[str, float]] = {}
    for kind, groups in (("line", (1,)), ("joined", _JOINED)):
        texts = [
            (" ".join(f for f, _ in group), " ".join(e for _, e in group))
            for size in groups
            for group in (pairs[start : start + size] for start in range(0, len(pairs) - size + 1, size))
        ]
        sizes = [len(pieces) for pieces in decoder.pieces([french for french, _ in texts])]
        for low, high in pairwise(LENGTHS):
            chosen = [text for text, size in zip(texts, sizes, strict=True) if low < size <= high]
            if len(chosen) >= _MIN_CLASS:
                outputs = decoder.translate([french for french, _ in chosen])
                score = sacrebleu.corpus_bleu(outputs, [[english for _, english in chosen]])
                ratio = round(score.sys_len / score.ref_len, 3)
                row = {"texts": len(chosen), "BLEU": round(score.score, 2), "length_ratio": ratio}
                figures[f"{kind} {low + 1}-{high}"] = row
    return figures


def placeholder_success(decoder: Decoder, texts: Sequence[str], seed: int = 0) -> dict[str, dict[str, float]]:
    """Share of sentences with each placeholder of the source exactly once in the output, by their number, in percent.

    Names, numbers and, where these are too few, other words of real sentences are replaced; 1 to 8 in turn.
    """
    chance = random.Random(seed)
    masked = [mask(text, 1 + index % len(PLACEHOLDERS), chance) for index, text in enumerate(texts)]
    sources = [text for text in masked if text is not None]
    outputs = decoder.translate(sources)
    figures: dict[str, dict[str, float]] = {}
    for label, low, high in (("1-4", 1, 4), ("5-8", 5, 8)):
        kept = [
            all(output.count(placeholder) == source.count(placeholder) for placeholder in PLACEHOLDERS)
            for source, output in zip(sources, outputs, strict=True)
            if low <= sum(source.count(placeholder) for placeholder in PLACEHOLDERS) <= high
        ]
        if kept:
            figures[label] = {"sentences": len(kept), "kept": round(100 * sum(kept) / len(kept), 2)}
    return figures


def table(figures: dict[str, Any]) -> str:
    """The figures as lines of a Markdown table, with signatures below."""
    rows = ["| set | lines | BLEU | chrF |", "|---|---|---|---|"]
    notes = [figures["decoding"]]
    for name, scores in figures["sets"].items():
        rows.append(f"| {name} | {scores['lines']} | {scores['BLEU']:.2f} | {scores['chrF2']:.2f} |")
        notes += [scores["BLEU signature"], scores["chrF2 signature"]]
    parts = ["\n".join([*rows, "", *dict.fromkeys(notes)])]
    if "by_length" in figures:
        part = figures["by_length"]
        rows = [f"| source pieces ({part['set']}) | texts | BLEU | length ratio |", "|---|---|---|---|"]
        rows += [f"| {k} | {v['texts']} | {v['BLEU']:.2f} | {v['length_ratio']:.3f} |" for k, v in part["bleu"].items()]
        parts.append("\n".join(rows))
    if "placeholders" in figures:
        part = figures["placeholders"]
        rows = [f"| placeholders ({part['set']}) | sentences | all kept |", "|---|---|---|"]
        rows += [f"| {k} | {v['sentences']} | {v['kept']:.2f}% |" for k, v in part["kept"].items()]
        parts.append("\n".join(rows))
    return "\n\n".join(parts)

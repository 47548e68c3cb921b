"""How long a sentence a model takes whole: BLEU by source length, each sentence whole and cut at clauses.

    python -m benchmarks.lengths [--testsets DIR] [--set NAME] [--model DIR] [--parts PIECES]

A model's `trained_source_tokens` should lie where the whole sentence stops being better.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Final

import sacrebleu

from benchmarks import report
from benchmarks.testsets import default_folder, read_set
from translator import Translator
from translator.segmentation import split_clauses

EDGES: Final = (48, 56, 64, 72, 80, 96, 128, 200)
"""Bounds of the classes, source pieces."""
MIN_LINES: Final = 30
"""A class of fewer says nothing."""
_NO_LIMIT: Final = 100_000


def with_limit(translator: Translator, pieces: int) -> Translator:
    """The translator as if its manifest gave `pieces` as `trained_source_tokens`."""
    model = translator.model
    return replace(
        translator, model=replace(model, manifest=replace(model.manifest, trained_source_tokens=pieces))
    ).with_memory(None)


def in_parts(translator: Translator, texts: Sequence[str], pieces: int) -> list[str]:
    """Each text cut at clauses into parts of at most `pieces`, each part translated alone."""
    model = translator.model
    cuts = [
        split_clauses(one, lambda part: len(model.tokenizer.encode([model.normalize(part)])[0]) <= pieces)
        for one in texts
    ]
    parts = iter(translator.translate_many([segment.text for document in cuts for segment in document.segments]))
    return [
        document.prefix + "".join(next(parts).text + segment.separator for segment in document.segments)
        for document in cuts
    ]


def scores(outputs: Sequence[str], references: Sequence[str]) -> tuple[float, float]:
    """BLEU, and length of output over reference: what falls below 1 was lost."""
    score = sacrebleu.corpus_bleu(outputs, [references])
    return round(score.score, 2), round(score.sys_len / score.ref_len, 3)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table and write ``results/lengths.json``."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--testsets", type=Path, default=default_folder(), help="folder of NAME.fr and NAME.en")
    parser.add_argument("--set", default="newstest2013")
    parser.add_argument("--model", default="shipped")
    parser.add_argument("--parts", type=int, default=EDGES[0], help="longest part of a cut sentence, source pieces")
    parser.add_argument("--results", type=Path, default=report.RESULTS)
    options = parser.parse_args(arguments)
    lines = read_set(options.set, options.testsets)
    translator = Translator.load(options.model)
    lengths = [len(one) for one in translator.model.tokenizer.encode([*map(translator.model.normalize, lines.sources)])]
    chosen = [index for index, length in enumerate(lengths) if options.parts < length <= EDGES[-1]]
    sources = [lines.sources[index] for index in chosen]
    unlimited = with_limit(translator, _NO_LIMIT)
    whole, cut = (
        dict(zip(chosen, outputs, strict=True))
        for outputs in (
            [one.text for one in unlimited.translate_many(sources)],
            in_parts(unlimited, sources, options.parts),
        )
    )
    rows = []
    for low, high in pairwise(EDGES):
        indices = [index for index in chosen if low < lengths[index] <= high]
        if len(indices) >= MIN_LINES:
            references = [lines.references[index] for index in indices]
            of_whole, of_cut = (scores([found[index] for index in indices], references) for found in (whole, cut))
            rows.append((f"{low + 1}-{high}", len(indices), *of_whole, *of_cut))
    columns = ["source pieces", "lines", "whole: BLEU", "length ratio", "cut: BLEU", "length ratio, cut"]
    report.print_table(f"{lines.name}, parts of at most {options.parts} pieces", columns, rows)
    content = {
        "set": lines.name,
        "checksum": lines.checksum,
        "model": translator.model.name,
        "sha256": translator.model.sha256,
        "parts": options.parts,
        "classes": [dict(zip(columns, row, strict=True)) for row in rows],
    }
    report.write_json("lengths", content, options.results)
    translator.close()


if __name__ == "__main__":
    main()

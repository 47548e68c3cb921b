"""Whether a segment's translation depends on what else is translated: outputs alone, in file order, in random mixes.

    python -m benchmarks.determinism [--testsets DIR] [--limit LINES] [--mixes N]

The whole library translates each line alone, then all in file order, then all in random orders. Beside it the bare
engine, in batches of one width and in mixed ones, shows what the rule of one width is worth.
"""

import argparse
import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from benchmarks import report
from benchmarks.testsets import default_folder, read_set
from translator import Translator
from translator.batching import batches
from translator.engines import Decoding, Hypothesis

MIXES: Final = 3
MIXED_BATCH: Final = 32
_SEED: Final = 8


def alone(translator: Translator, texts: Sequence[str]) -> list[str]:
    """Each text in a call of its own."""
    with ThreadPoolExecutor(translator.engine.workers) as pool:
        return [translation.text for translation in pool.map(translator.translate, texts)]


def together(translator: Translator, texts: Sequence[str]) -> list[str]:
    """All texts in one call."""
    return [translation.text for translation in translator.translate_many(texts)]


def mixed(translator: Translator, texts: Sequence[str], seed: int) -> list[str]:
    """All texts in one call in a random order, given back in their own."""
    order = list(range(len(texts)))
    random.Random(seed).shuffle(order)
    found = [""] * len(texts)
    for index, text in zip(order, together(translator, [texts[index] for index in order]), strict=True):
        found[index] = text
    return found


def decode(translator: Translator, encoded: Sequence[list[str]], groups: Sequence[list[int]]) -> list[Hypothesis]:
    """The engine's first hypothesis of each source, batched as `groups` say."""
    futures = [translator.engine.submit([encoded[index] for index in group], Decoding()) for group in groups]
    found: dict[int, Hypothesis] = {}
    for group, future in zip(groups, futures, strict=True):
        for index, hypotheses in zip(group, future.result(), strict=True):
            found[index] = hypotheses[0]
    return [found[index] for index in range(len(encoded))]


def differing(first: Sequence[object], second: Sequence[object]) -> int:
    """Places where two lists of the same length differ."""
    return sum(one != other for one, other in zip(first, second, strict=True))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table and write ``results/determinism.json``."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--testsets", type=Path, default=default_folder(), help="folder of newstest2013.fr and .en")
    parser.add_argument("--model", default="shipped")
    parser.add_argument("--compute-type", default="default")
    parser.add_argument("--limit", type=int, help="lines, evenly spread")
    parser.add_argument("--mixes", type=int, default=MIXES)
    parser.add_argument("--results", type=Path, default=report.RESULTS)
    options = parser.parse_args(arguments)
    lines = read_set("newstest2013", options.testsets, limit=options.limit)
    translator = Translator.load(options.model, compute_type=options.compute_type)
    texts = lines.sources
    reference = alone(translator, texts)
    rows = [("in file order", differing(reference, together(translator, texts)))]
    rows += [
        (f"random mix {number + 1}", differing(reference, mixed(translator, texts, _SEED + number)))
        for number in range(options.mixes)
    ]
    encoded = [
        pieces for pieces in translator.model.tokenizer.encode([*map(translator.model.normalize, texts)]) if pieces
    ]
    single = decode(translator, encoded, [[index] for index in range(len(encoded))])
    of_one_width = decode(translator, encoded, batches([translator.engine.width(len(pieces)) for pieces in encoded]))
    order = list(range(len(encoded)))
    mixed_widths = decode(
        translator, encoded, [order[start : start + MIXED_BATCH] for start in range(0, len(order), MIXED_BATCH)]
    )
    for name, others in (("batches of one width", of_one_width), (f"mixed batches of {MIXED_BATCH}", mixed_widths)):
        rows.append(
            (f"engine alone, {name}", differing([one.pieces for one in single], [one.pieces for one in others]))
        )
    scores = max(abs(one.score - other.score) for one, other in zip(single, of_one_width, strict=True))
    report.print_table(
        f"Outputs that differ from those of the line alone, of {len(texts)} ({translator.engine.description})",
        ["translated", "differing outputs"],
        rows,
    )
    content = {
        "set": lines.name,
        "checksum": lines.checksum,
        "lines": len(texts),
        "model": translator.model.name,
        "sha256": translator.model.sha256,
        "engine": translator.engine.description,
        "beam": 4,
        "differing": dict(rows),
        "largest_score_difference_in_batches_of_one_width": scores,
    }
    report.write_json("determinism", content, options.results)
    translator.close()


if __name__ == "__main__":
    main()

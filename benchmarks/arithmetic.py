"""How near our engine comes to the arithmetic limit: its int8 operations a second beside the machine's int8 peak.

    python -m benchmarks.arithmetic [--limit SENTENCES] [--rounds N]

Operations are counted from the model's shapes, a multiplication and an addition as two; attention and everything that
is not int8 count as none. The peak is the most that torch's int8 product (oneDNN) reaches here. All of it on one core,
in processor time, in turn.
"""

import argparse
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any, Final

from benchmarks import report
from benchmarks.contest import Contestant, Process, python
from benchmarks.intervals import Ratio, paired_ratio
from benchmarks.testsets import default_folder, read_set
from translator import models
from translator.conversion import read_json
from translator.models import Manifest
from translator.normalization import normalizer
from translator.tokenization import Tokenizer

BEAMS: Final = (1, 4)
ROWS: Final = (1, 4, 16, 64, 256)
"""Rows of a product: sentences of a batch by hypotheses of each."""
PEAK_SHAPES: Final = ((2048, 2048, 2048), (512, 1024, 256), (2048, 1024, 1024))
SECONDS_A_SHAPE: Final = 0.05
WARMING_SENTENCES: Final = 20
OPERATIONS: Final = 2
"""A multiplication and an addition."""
_GIGA: Final = 1e9
_LOWEST, _HIGHEST = -127, 127

Shape = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Matrices:
    """The int8 matrices [inputs, outputs] that each piece goes through: of the source once, of a hypothesis once."""

    source: tuple[Shape, ...]
    target: tuple[Shape, ...]

    @property
    def operations(self) -> tuple[int, int]:
        """Of one source piece and of one target piece of one hypothesis."""
        source, target = (OPERATIONS * sum(one * other for one, other in side) for side in (self.source, self.target))
        return source, target


def matrices(config: Mapping[str, Any]) -> Matrices:
    """Those of a Marian model: queries, keys and values of self-attention are one matrix, keys and values of the
    decoder's other attention another, on source pieces."""
    width, pieces = int(config["d_model"]), int(config["pad_token_id"])
    encoder, decoder = int(config["encoder_ffn_dim"]), int(config["decoder_ffn_dim"])
    own = ((width, 3 * width), (width, width))
    other = ((width, width), (width, width))
    source = (*own, (width, encoder), (encoder, width)) * int(config["encoder_layers"])
    source += ((width, 2 * width),) * int(config["decoder_layers"])
    target = (*own, *other, (width, decoder), (decoder, width)) * int(config["decoder_layers"])
    return Matrices(source, (*target, (width, pieces)))


def product_speed(rows: int, shapes: Sequence[Shape]) -> float:
    """Operations for a second of processor time of products of `rows` rows with each of the matrices, on one core."""
    import torch

    spent, done = 0.0, 0
    for inputs, outputs in shapes:
        left = torch.randint(_LOWEST, _HIGHEST, (rows, inputs), dtype=torch.int8)
        right = torch.randint(_LOWEST, _HIGHEST, (outputs, inputs), dtype=torch.int8).t()
        torch._int_mm(left, right)
        count, start = 0, time.process_time()
        while (elapsed := time.process_time() - start) < SECONDS_A_SHAPE:
            torch._int_mm(left, right)
            count += 1
        spent += elapsed / count
        done += OPERATIONS * rows * inputs * outputs
    return done / spent


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables and write ``results/arithmetic.json``."""
    import torch

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--testsets", type=Path, default=default_folder(), help="folder of newstest2014.fr and .en")
    parser.add_argument("--limit", type=int, default=200, help="sentences of a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--results", type=Path, default=report.RESULTS)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    directory = models.SHIPPED_DIRECTORY
    manifest = Manifest.read(directory)
    model = matrices(read_json(directory / "config.json"))
    lines = read_set("newstest2014", options.testsets, limit=options.limit * options.rounds)
    normalize, tokenizer = normalizer(manifest.normalizer), Tokenizer(directory)
    sources = [normalize(source) for source in lines.sources]
    by_source, by_target = model.operations
    peaks: list[float] = []
    speeds: dict[int, list[float]] = {beam: [] for beam in BEAMS}
    by_rows: dict[int, list[float]] = {rows: [] for rows in ROWS}
    with Process(python("benchmarks.contestants", "--engine", "ctranslate2", "--threads", "1")) as process:
        ours = Contestant("ours", (process,))
        ours.ask(sources[:WARMING_SENTENCES])
        for number in range(options.rounds):
            texts = sources[number :: options.rounds]
            pieces = sum(len(one) + 1 for one in tokenizer.encode(texts))
            peaks.append(max(product_speed(rows, [(inputs, outputs)]) for rows, inputs, outputs in PEAK_SHAPES))
            for beam in BEAMS:
                answer = ours.ask(texts, beam=beam)
                done = pieces * by_source + answer.tokens * beam * by_target
                speeds[beam].append(done / answer.cpu_seconds)
            for rows in ROWS:
                by_rows[rows].append(product_speed(rows, model.target))
    shares: dict[str, Ratio] = {f"engine, beam {beam}": paired_ratio(speeds[beam], peaks) for beam in BEAMS}
    shares |= {f"products of a step, {rows} rows": paired_ratio(by_rows[rows], peaks) for rows in ROWS}
    giga = {f"engine, beam {beam}": _giga(speeds[beam]) for beam in BEAMS}
    giga |= {f"products of a step, {rows} rows": _giga(by_rows[rows]) for rows in ROWS}
    body = [[name, giga[name], share] for name, share in shares.items()]
    title = f"int8 operations on one core; the peak is {_giga(peaks)} Gop a second"
    report.print_table(title, ["what", "Gop a second", "by the peak"], body)
    content = {
        "set": lines.name,
        "checksum": lines.checksum,
        "model": manifest.name,
        "sentences_a_round": options.limit,
        "operations_of_a_source_piece": by_source,
        "operations_of_a_target_piece_and_hypothesis": by_target,
        "peak_giga_operations_per_core_s": _giga(peaks),
        "giga_operations_per_core_s": giga,
        "by_the_peak": shares,
    }
    report.write_json("arithmetic", content, options.results)


def _giga(values: Sequence[float]) -> float:
    return round(fmean(values) / _GIGA, 1)


if __name__ == "__main__":
    main()

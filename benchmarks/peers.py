"""The whole job, article in and article out, by other programs with the same weights, and by us.

    python -m benchmarks.peers [--testsets DIR] [--limit ARTICLES] [--rounds N]

Each peer runs in an environment of its own under ``benchmarks/.peers`` (how to make them: peers_run.py) and is
skipped, with the reason on record, where that is missing. Articles are lines of newstest2014 in paragraphs of one to
five.
"""

import argparse
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from packaging.requirements import Requirement

from benchmarks import report
from benchmarks.contest import Contestant, ContestantError, Process, python, turned
from benchmarks.fidelity import measure_retention
from benchmarks.intervals import Ratio, paired_ratio
from benchmarks.testsets import ParallelSet, default_folder, read_set
from translator import models
from translator.conversion import convert
from translator.engines.ctranslate2 import available_cores

FOLDER: Final = Path(__file__).parent / ".peers"
PARAGRAPHS_LINES: Final = (1, 3, 2, 5, 4)
"""Lines of the paragraphs of an article, again and again."""
ARTICLE_LINES: Final = 15
US: Final = "Passerelle"
NOT_MEASURED: Final = {
    "LibreTranslate": "it translates with Argos Translate, whose row stands here, and adds HTTP",
    "Argos Translate's own splitter": "MiniSBD's French model is a download; a blank spaCy pipeline, its documented "
    "alternative and the fastest one, splits instead",
}
_MB: Final = 1_000_000
_SEPARATOR: Final = re.compile(r"\n+")


@dataclass(frozen=True, slots=True)
class Article:
    """A French text and its English reference, paragraph by paragraph."""

    source: str
    reference: str


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer: its environment, the settings that make it its best, and what of its model it is given."""

    name: str
    environment: str
    runner: str
    settings: dict[str, str] = field(default_factory=dict)


def peers(cores: int, cache: Path) -> list[Peer]:
    """All peers, Argos as installed and at its best documented settings."""
    argos = {"ARGOS_CHUNK_TYPE": "SPACY"} | {f"XDG_{kind}_HOME": str(cache) for kind in ("CACHE", "DATA", "CONFIG")}
    tuned = {"ARGOS_BATCH_SIZE": "1024", "ARGOS_INTER_THREADS": "1", "ARGOS_COMPUTE_TYPE": "int8"}
    return [
        Peer("Argos Translate", "argos", "argos", argos),
        Peer("Argos Translate, tuned", "argos", "argos", argos | tuned | {"ARGOS_INTRA_THREADS": str(cores)}),
        # Two threads that meet at every operation are slower than one, on some machines tenfold.
        Peer("Argos Translate, tuned, one thread", "argos", "argos", argos | tuned | {"ARGOS_INTRA_THREADS": "1"}),
        Peer("transformers pipeline", "plain", "plain", {"OMP_WAIT_POLICY": "passive"}),
        Peer("EasyNMT", "easynmt", "easynmt", {"OMP_WAIT_POLICY": "passive"}),
    ]


def articles(lines: ParallelSet, count: int) -> list[Article]:
    """`count` articles of consecutive lines; paragraphs with blank lines between."""
    made = []
    for number in range(count):
        first = number * ARTICLE_LINES
        sides = []
        for side in (lines.sources, lines.references):
            rest = list(side[first : first + ARTICLE_LINES])
            paragraphs = []
            for size in PARAGRAPHS_LINES:
                paragraphs.append(" ".join(rest[:size]))
                rest = rest[size:]
            sides.append("\n\n".join(paragraphs) + "\n")
        made.append(Article(*sides))
    return made


def paragraphs_kept(source: str, output: str) -> bool:
    """Whether the output has the line breaks of the source, one for one."""
    return _SEPARATOR.findall(source) == _SEPARATOR.findall(output)


def pack_argos(directory: Path, folder: Path) -> None:
    """The model as an Argos package in ``folder/fr_en``, with a blank spaCy pipeline as its splitter."""
    package = folder / "fr_en"
    (package / "model").mkdir(parents=True)
    convert(directory, package / "model", quantization="int8")
    shutil.copyfile(directory / "source.spm", package / "sentencepiece.model")
    languages = {"from_code": "fr", "from_name": "French", "to_code": "en", "to_name": "English"}
    (package / "metadata.json").write_text(json.dumps({"package_version": "1", "argos_version": "1.9", **languages}))
    code = "import spacy, sys; spacy.blank('fr').to_disk(sys.argv[1])"
    subprocess.run([FOLDER / "argos/bin/python", "-c", code, package / "spacy"], check=True, capture_output=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table and write ``results/peers.json``."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--testsets", type=Path, default=default_folder(), help="folder of newstest2014.fr and .en")
    parser.add_argument("--limit", type=int, default=6, help="articles a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--results", type=Path, default=report.RESULTS)
    options = parser.parse_args(arguments)
    lines = read_set("newstest2014", options.testsets)
    made = articles(lines, options.limit * options.rounds)
    rounds = [made[number :: options.rounds] for number in range(options.rounds)]
    skipped = dict(NOT_MEASURED)
    rows: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory(prefix="peers-") as folder, ExitStack() as stack:
        cache = Path(folder) / "cache"
        # Argos looks for this folder before it would download a splitter that the package replaces.
        (cache / "argos-translate/spacy/senter/model").mkdir(parents=True)
        running = [Contestant(US, (stack.enter_context(Process(python("benchmarks.peers_us"))),))]
        sizes = {US: our_installed_mb()}
        packed = Path(folder) / "packages"
        for peer in peers(available_cores(), cache):
            interpreter = FOLDER / peer.environment / "bin/python"
            if not interpreter.is_file():
                skipped[peer.name] = f"no environment {peer.environment}"
                continue
            if peer.runner == "argos" and not packed.is_dir():
                pack_argos(models.SHIPPED_DIRECTORY, packed)
            model = packed if peer.runner == "argos" else models.SHIPPED_DIRECTORY
            script = str(Path(__file__).with_name("peers_run.py"))
            command = [str(interpreter), script, peer.runner, str(model)]
            process = stack.enter_context(Process(command, {"HF_HUB_OFFLINE": "1", **peer.settings}))
            running.append(Contestant(peer.name, (process,)))
            sizes[peer.name] = _installed_mb(FOLDER / peer.environment)
        for contestant in list(running):
            try:
                contestant.ask([rounds[0][0].source])
            except ContestantError as error:
                skipped[contestant.name] = str(error)
                running.remove(contestant)
        outputs: dict[str, list[str]] = {one.name: [] for one in running}
        for number, chosen in enumerate(rounds):
            sources = [article.source for article in chosen]
            words = sum(len(source.split()) for source in sources)
            for contestant in turned(running, number):
                answer = contestant.ask(sources)
                outputs[contestant.name] += answer.texts
                row = rows.setdefault(contestant.name, {"words_per_s": [], "words_per_core_s": [], "rss_mib": 0.0})
                row["words_per_s"].append(round(words / answer.seconds, 1))
                row["words_per_core_s"].append(round(words / answer.cpu_seconds, 1))
                row["rss_mib"] = max(row["rss_mib"], answer.rss_mib)
    ordered = [article for chosen in rounds for article in chosen]
    for name, texts in outputs.items():
        rows[name] |= _fidelity(ordered, texts) | {"installed_mb": sizes[name]}
    ratios: dict[str, dict[str, Ratio]] = {
        name: {key: paired_ratio(rows[US][key], row[key]) for key in ("words_per_s", "words_per_core_s")}
        for name, row in rows.items()
        if name != US
    }
    _show(rows, ratios, skipped)
    content = {
        "set": lines.name,
        "checksum": lines.checksum,
        "model": models.Manifest.read(models.SHIPPED_DIRECTORY).name,
        "beam": 4,
        "articles_a_round": options.limit,
        "words": sum(len(article.source.split()) for article in ordered),
        "rows": rows,
        "ratios": ratios,
        "not_measured": skipped,
    }
    report.write_json("peers", content, options.results)


def _fidelity(made: Sequence[Article], outputs: Sequence[str]) -> dict[str, float | None]:
    kept, _ = measure_retention([one.source for one in made], [one.reference for one in made], outputs)
    layout = sum(paragraphs_kept(one.source, output) for one, output in zip(made, outputs, strict=True))
    words = sum(len(output.split()) for output in outputs) / sum(len(one.reference.split()) for one in made)
    return {
        "layout_kept_percent": round(100 * layout / len(made), 1),
        "names_and_numbers_kept_percent": kept.percent,
        "words_by_reference_percent": round(100 * words, 1),
    }


def our_installed_mb() -> int:
    """Size on disk of this project and of what it needs, without extras: what `pip install` of it alone brings."""
    found: dict[str, int] = {}
    waiting = ["passerelle"]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        distribution = metadata.distribution(name)
        files = [Path(str(file.locate())) for file in distribution.files or []]
        found[name] = sum(file.stat().st_size for file in files if file.is_file())
        for line in distribution.requires or []:
            wanted = Requirement(line)
            if wanted.marker is None or wanted.marker.evaluate({"extra": ""}):
                waiting.append(wanted.name)
    return round(sum(found.values()) / _MB) + _installed_mb(models.SHIPPED_DIRECTORY.parent.parent)


def _installed_mb(folder: Path) -> int:
    return round(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / _MB)


def _show(rows: dict[str, dict[str, Any]], ratios: dict[str, dict[str, Ratio]], skipped: dict[str, str]) -> None:
    report.print_table(
        "Articles, same weights, beam 4",
        [
            "program",
            "words/s",
            "words/core s",
            "layout %",
            "names %",
            "words by reference %",
            "RSS MiB",
            "MB on disk",
            "us by it",
        ],
        [
            [
                name,
                round(sum(row["words_per_s"]) / len(row["words_per_s"])),
                round(sum(row["words_per_core_s"]) / len(row["words_per_core_s"])),
                row["layout_kept_percent"],
                row["names_and_numbers_kept_percent"],
                row["words_by_reference_percent"],
                row["rss_mib"],
                row["installed_mb"],
                ratios[name]["words_per_s"] if name in ratios else None,
            ]
            for name, row in rows.items()
        ],
    )
    report.print_table("Not measured", ["what", "why"], list(skipped.items()))


if __name__ == "__main__":
    main()

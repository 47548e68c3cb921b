"""How good the English is: BLEU, chrF++ and TER of the whole library, with sacreBLEU's signatures.

    python -m benchmarks.quality [--testsets DIR] [--model NAME_OR_DIR ...] [--limit LINES] [--resume]

Each line of a set is one text for `Translator.translate_many`: sentences are split, names protected, as for a user.
Figures that others published stand beside ours, marked so; they are of the same sets, scored by their authors.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sacrebleu.metrics.ter import TER

from benchmarks import report
from benchmarks.published import SYSTEMS
from benchmarks.testsets import NAMES, ParallelSet, default_folder, read_set
from translator import Translator

BEAMS: Final = (1, 2, 4)
COMPUTE_TYPES: Final = ("int8", "float32")
CHRF_WORD_ORDER: Final = 2
"""chrF++ counts words and pairs of words beside characters."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One way to translate."""

    compute_type: str
    beam_size: int
    protection: bool = True
    typography: bool = False

    @property
    def label(self) -> str:
        protection = "" if self.protection else ", no protection"
        typography = ", typography" if self.typography else ""
        return f"{self.compute_type}, beam {self.beam_size}{protection}{typography}"


@dataclass(frozen=True, slots=True)
class Score:
    """What one setting gave on one set; `seconds` is wall time on a machine that may be busy."""

    model: str
    sha256: str
    set: str
    checksum: str
    lines: int
    setting: Setting
    label: str
    bleu: float
    chrf: float
    ter: float
    signatures: dict[str, str]
    degenerate: int
    seconds: float


def settings(*, quick: bool) -> list[Setting]:
    """The settings of the table: both weights at every beam, then beam 4 without protection and with typography."""
    if quick:
        return [Setting("int8", beam) for beam in BEAMS]
    widest = max(BEAMS)
    return [
        *(Setting(compute, beam) for compute in COMPUTE_TYPES for beam in BEAMS),
        Setting("int8", widest, protection=False),
        Setting("int8", widest, typography=True),
    ]


def score(hypotheses: Sequence[str], references: Sequence[str]) -> tuple[dict[str, float], dict[str, str]]:
    """BLEU, chrF++ and TER of a corpus, and their signatures."""
    values: dict[str, float] = {}
    signatures: dict[str, str] = {}
    for name, metric in (("bleu", BLEU()), ("chrf", CHRF(word_order=CHRF_WORD_ORDER)), ("ter", TER())):
        values[name] = round(metric.corpus_score(hypotheses, [references]).score, 2)
        signatures[name] = str(metric.get_signature())
    return values, signatures


def measure(translator: Translator, lines: ParallelSet, setting: Setting) -> Score:
    """Translate a set in one way, and score it."""
    start = time.perf_counter()
    translations = translator.translate_many(
        lines.sources,
        beam_size=setting.beam_size,
        entities=setting.protection,
        typography=setting.typography,
        lines="join",
    )
    seconds = time.perf_counter() - start
    values, signatures = score([translation.text for translation in translations], lines.references)
    degenerate = sum(segment.status == "degenerate" for one in translations for segment in one.segments)
    return Score(
        model=translator.model.name,
        sha256=translator.model.sha256,
        set=lines.name,
        checksum=lines.checksum,
        lines=len(lines.sources),
        setting=setting,
        label=setting.label,
        signatures=signatures,
        degenerate=degenerate,
        seconds=round(seconds, 1),
        **values,
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table and write ``results/quality.json``, after each row, so that `--resume` goes on from there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--testsets", type=Path, default=default_folder(), help="folder of NAME.fr and NAME.en")
    parser.add_argument("--sets", nargs="+", choices=NAMES, default=NAMES)
    parser.add_argument("--model", nargs="+", default=["shipped"], help="as for Translator.load")
    parser.add_argument("--limit", type=int, help="lines of each set, evenly spread")
    parser.add_argument("--quick", action="store_true", help="int8 with beams 1, 2, 4 only")
    parser.add_argument("--resume", action="store_true", help="keep rows of the same weights, set and setting")
    parser.add_argument("--results", type=Path, default=report.RESULTS)
    options = parser.parse_args(arguments)
    sets = [read_set(name, options.testsets, limit=options.limit) for name in options.sets]
    rows: list[dict[str, Any]] = report.read_json("quality", options.results).get("rows", []) if options.resume else []
    for model in options.model:
        for compute_type in COMPUTE_TYPES:
            chosen = [one for one in settings(quick=options.quick) if one.compute_type == compute_type]
            if not chosen:
                continue
            translator = Translator.load(model, compute_type=compute_type)
            for setting in chosen:
                for lines in sets:
                    key = (translator.model.sha256, lines.checksum, len(lines.sources), setting.label)
                    if key not in map(_key, rows):
                        rows.append(asdict(measure(translator, lines, setting)))
                        report.write_json("quality", {"rows": rows, "published": SYSTEMS}, options.results)
            translator.close()
    _show(rows, options.results)


def _key(row: dict[str, Any]) -> tuple[str, str, int, str]:
    return row["sha256"], row["checksum"], row["lines"], row["label"]


def _show(rows: Sequence[dict[str, Any]], folder: Path) -> None:
    ours = [
        [row["set"], f"{row['model']}, {row['label']}", row["bleu"], row["chrf"], row["ter"], row["lines"]]
        for row in rows
    ]
    sets = list(dict.fromkeys(row["set"] for row in rows))
    theirs = [
        [name, f"{one.system} (published)", one.bleu[name], None, None, None]
        for name in sets
        for one in SYSTEMS
        if name in one.bleu
    ]
    ordered = sorted([*ours, *theirs], key=lambda row: sets.index(row[0]))
    report.print_table("Quality, fr→en", ["set", "system", "BLEU", "chrF++", "TER", "lines"], ordered)
    bars = {
        name: {row[1]: row[2] for row in ordered if row[0] == name and "no protection" not in row[1]} for name in sets
    }
    report.write_bars("quality", "BLEU, fr→en", "BLEU", bars, folder)


if __name__ == "__main__":
    main()

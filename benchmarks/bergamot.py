"""Firefox's engine (bergamot, a Marian) beside ours: same weights, same sentences, same search, in turn on one machine.

    python -m benchmarks.bergamot [--limit SENTENCES] [--rounds N] [--testsets DIR]

bergamot has wheels for CPython 3.10 alone. Where such an interpreter is found, its environment is made once under
``benchmarks/.peers/bergamot``; where none is, the benchmark says so and writes nothing. Firefox's lexical shortlist is
left out on both sides. Speed is source words for a second of processor time, and for a second of wall time.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any, Final

import ctranslate2
import sacrebleu

from benchmarks import marian, report
from benchmarks.contest import Contestant, Process, python, turned
from benchmarks.intervals import Ratio, paired_ratio
from benchmarks.testsets import default_folder, read_set
from translator import models
from translator.engines.ctranslate2 import available_cores
from translator.models import Manifest
from translator.normalization import normalizer
from translator.tokenization import Tokenizer

ENVIRONMENT: Final = Path(__file__).parent / ".peers/bergamot"
REQUIREMENTS: Final = ("bergamot==0.4.5", "psutil")
PYTHON: Final = "python3.10"
BEAMS: Final = (1, 4)
OURS: Final = "Passerelle's engine, int8"
PRECISIONS: Final = ("int8shiftAlphaAll", "int8shiftAll")
"""As Firefox runs its models, with multipliers measured beforehand, and the same with maxima looked for at run time."""
EXACT: Final = "float32"
CALIBRATION_SENTENCES: Final = 50
WARMING_SENTENCES: Final = 20
MAX_RATIO: Final = 3.0
BATCH_WORDS: Final = 1024
LONGEST: Final = 256
WORKSPACE_MB: Final = 128
NOT_MEASURED: Final = {
    "fxtranslate 0.5.0": "refuses the npz; given Marian's binary int8 form of it, it takes the encoder and stops with "
    "'missing weight decoder_l1_rnn_W': its decoder is an SSRU, ours has self-attention",
    "lexical shortlist": "made from an alignment of the training data; it changes outputs, and neither side uses one",
}


class MissingPeerError(Exception):
    """bergamot cannot run here; the text says why."""


@dataclass(slots=True)
class Row:
    """What one engine gave in one setting; speeds a round. Shares are of outputs that are the same, character for
    character, as those of our engine and as those of CTranslate2 float32 with Marian's positions."""

    engine: str
    beam: int
    threads: int
    words_per_s: list[float] = field(default_factory=list)
    words_per_core_s: list[float] = field(default_factory=list)
    rss_mib: float = 0.0
    bleu: float = 0.0
    as_ours: float = 0.0
    as_float32: float = 0.0


def interpreter() -> Path:
    """bergamot's interpreter; the environment is made where it is not there yet.

    Raises:
        MissingPeerError: no CPython 3.10 on this machine, or the package cannot be installed.
    """
    path = ENVIRONMENT / "bin/python"
    if path.is_file():
        return path
    base = next((one for one in _candidates() if _runs(one)), None)
    if base is None:
        raise MissingPeerError(f"bergamot has wheels for CPython 3.10 only, and there is no {PYTHON} on this machine")
    made = (str(base), "-m", "venv", str(ENVIRONMENT))
    filled = (str(path), "-m", "pip", "install", "--quiet", *REQUIREMENTS)
    for command in (made, filled):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            shutil.rmtree(ENVIRONMENT, ignore_errors=True)
            reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise MissingPeerError(f"bergamot's environment could not be made: {reason}")
    return path


def reference(directory: Path, sources: Sequence[str], beam: int) -> list[str]:
    """What CTranslate2 float32 with Marian's positions gives: the same function as bergamot's float32."""
    tokenizer = Tokenizer(models.SHIPPED_DIRECTORY)
    engine = ctranslate2.Translator(str(directory), compute_type=EXACT, inter_threads=1, intra_threads=1)
    encoded = tokenizer.encode(sources)
    bound = int(MAX_RATIO * max(map(len, encoded)))
    found = engine.translate_batch(
        encoded, max_batch_size=1, beam_size=beam, max_input_length=0, max_decoding_length=bound
    )
    return [tokenizer.decode(one.hypotheses[0]) for one in found]


def configuration(folder: Path, precision: str, beam: int, threads: int) -> Path:
    """A bergamot configuration file for the model in `folder`; gives its path. JSON is YAML."""
    settings = {
        "models": [str(folder / marian.MODEL)],
        "vocabs": [str(folder / marian.VOCABULARY)] * 2,
        "gemm-precision": precision,
        "beam-size": beam,
        # Only the arg max is wanted where the search is greedy, so its probability need not be computed.
        "skip-cost": beam == 1,
        "normalize": 1.0,
        "word-penalty": 0,
        "max-length-break": LONGEST,
        "max-length-factor": MAX_RATIO,
        "mini-batch-words": BATCH_WORDS,
        "workspace": WORKSPACE_MB,
        "ssplit-mode": "sentence",
        "cpu-threads": threads,
        "quiet": True,
        "quiet-translation": True,
    }
    path = folder / f"{precision}-{beam}-{threads}.yml"
    path.write_text(json.dumps(settings), encoding="utf-8")
    return path


def contest(python310: Path, folder: Path, beam: int, threads: int, rounds: Sequence[Sequence[str]]) -> dict[str, Any]:
    """All engines in turn on the sentences of each round; rows and outputs by name. bergamot's float32 is there for
    its outputs, with one thread only."""
    rows: dict[str, Row] = {}
    outputs: dict[str, list[str]] = {}
    with ExitStack() as stack:
        ours = python("benchmarks.contestants", "--engine", "ctranslate2", "--threads", str(threads))
        commands = {OURS: ours} | {
            f"bergamot, {precision}": (
                str(python310),
                str(Path(__file__).with_name("bergamot_run.py")),
                str(configuration(folder, precision, beam, threads)),
                str(threads),
            )
            for precision in (*PRECISIONS, *([EXACT] if threads == 1 else []))
        }
        running = [Contestant(name, (stack.enter_context(Process(one)),)) for name, one in commands.items()]
        for contestant in running:
            contestant.ask(rounds[0][:WARMING_SENTENCES], beam=beam)
        for number, texts in enumerate(rounds):
            words = sum(len(text.split()) for text in texts)
            for contestant in turned(running, number):
                answer = contestant.ask(texts, beam=beam)
                row = rows.setdefault(contestant.name, Row(contestant.name, beam, threads))
                row.words_per_s.append(round(words / answer.seconds, 1))
                row.words_per_core_s.append(round(words / answer.cpu_seconds, 1))
                row.rss_mib = max(row.rss_mib, answer.rss_mib)
                outputs.setdefault(contestant.name, []).extend(answer.texts)
    return {"rows": rows, "outputs": outputs}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table and write ``results/bergamot.json``."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--testsets", type=Path, default=default_folder(), help="folder of newstest2014.fr and .en")
    parser.add_argument("--limit", type=int, default=200, help="sentences of a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--results", type=Path, default=report.RESULTS)
    options = parser.parse_args(arguments)
    try:
        python310 = interpreter()
    except MissingPeerError as error:
        print(f"skipped: {error}", file=sys.stderr)
        return
    directory = models.SHIPPED_DIRECTORY
    manifest = Manifest.read(directory)
    normalize = normalizer(manifest.normalizer)
    lines = read_set("newstest2014", options.testsets, limit=options.limit * options.rounds)
    sources = [normalize(source) for source in lines.sources]
    rounds = [sources[number :: options.rounds] for number in range(options.rounds)]
    ordered = [index for number in range(options.rounds) for index in range(number, len(sources), options.rounds)]
    references = [lines.references[index] for index in ordered]
    held_out = read_set("newstest2013", options.testsets, limit=CALIBRATION_SENTENCES)
    rows: list[Row] = []
    ratios: dict[str, dict[str, Ratio]] = {}
    reference_bleu: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="bergamot-") as name:
        folder = Path(name)
        multipliers = marian.activation_multipliers(directory, [*map(normalize, held_out.sources)], held_out.references)
        marian.export(directory, folder, multipliers)
        (folder / EXACT).mkdir()
        marian.with_marian_positions(directory, folder / EXACT, EXACT)
        for beam in BEAMS:
            exact = reference(folder / EXACT, [sources[index] for index in ordered], beam)
            reference_bleu[str(beam)] = round(sacrebleu.corpus_bleu(exact, [references]).score, 2)
            for threads in sorted({1, available_cores()}):
                found = contest(python310, folder, beam, threads, rounds)
                outputs = found["outputs"]
                for row in found["rows"].values():
                    row.bleu = round(sacrebleu.corpus_bleu(outputs[row.engine], [references]).score, 2)
                    row.as_ours = _equal(outputs[row.engine], outputs[OURS])
                    row.as_float32 = _equal(outputs[row.engine], exact)
                    if row.engine != OURS:
                        ours = found["rows"][OURS]
                        ratios[f"{row.engine}, beam {beam}, threads {threads}"] = {
                            key: paired_ratio(getattr(ours, key), getattr(row, key))
                            for key in ("words_per_s", "words_per_core_s")
                        }
                rows += found["rows"].values()
    _show(rows, ratios)
    content = {
        "set": lines.name,
        "checksum": lines.checksum,
        "model": manifest.name,
        "bergamot": REQUIREMENTS[0],
        "sentences_a_round": options.limit,
        "rows": [asdict(row) for row in rows],
        "float32_with_marian_positions_bleu_by_beam": reference_bleu,
        "ratios": ratios,
        "not_measured": NOT_MEASURED,
    }
    report.write_json("bergamot", content, options.results)


def _candidates() -> list[Path]:
    """Where a CPython 3.10 may be: on the search path, or among pyenv's."""
    found = shutil.which(PYTHON)
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    return [*([Path(found)] if found else []), *sorted(root.glob(f"versions/3.10.*/bin/{PYTHON}"), reverse=True)]


def _runs(path: Path) -> bool:
    """Whether it starts: pyenv puts names on the search path that only say that nothing is selected."""
    return subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0


def _equal(first: Sequence[str], second: Sequence[str]) -> float:
    return round(sum(one == other for one, other in zip(first, second, strict=True)) / len(first), 4)


def _show(rows: Sequence[Row], ratios: dict[str, dict[str, Ratio]]) -> None:
    columns = ["engine", "beam", "threads", "words/s", "words/core s", "RSS MiB", "BLEU", "as ours", "as fp32"]
    body = [
        [
            row.engine,
            row.beam,
            row.threads,
            round(fmean(row.words_per_s)),
            round(fmean(row.words_per_core_s)),
            row.rss_mib,
            row.bleu,
            row.as_ours,
            row.as_float32,
        ]
        for row in rows
    ]
    report.print_table("Same weights, same sentences", columns, body)
    speeds = [[name, one["words_per_s"], one["words_per_core_s"]] for name, one in ratios.items()]
    report.print_table("We are faster by, 95% intervals", ["than", "words/s", "words/core s"], speeds)
    report.print_table("Not measured", ["what", "why"], list(NOT_MEASURED.items()))


if __name__ == "__main__":
    main()

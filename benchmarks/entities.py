"""Names, numbers and terms through the translation, protected and bare, side by side.

Tuned on newstest2013 and stress half A; newstest2014, FLORES and stress half B are only reported.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

import sacrebleu

from benchmarks import fidelity, report
from benchmarks.fidelity import Share
from translator import Translator
from translator.models import SHIPPED

TEST_SETS = {"newstest2013": "tuned", "newstest2014": "reported", "flores": "reported"}
STRESS_HALVES = {"a": "tuned", "b": "reported"}
GLOSSARY = {
    "président": "chairperson",
    "gouvernement": "executive",
    "entreprise": "venture",
    "femmes": "ladies",
    "enfants": "youngsters",
    "ville": "borough",
    "argent": "funds",
    "travail": "toil",
    "loi": "statute",
    "guerre": "warfare",
    "maison": "dwelling",
    "voiture": "automobile",
    "médecin": "doc",
    "police": "constabulary",
    "école": "academy",
    "marché": "marketplace",
    "problème": "snag",
    "monde": "globe",
}
"""Common words with targets that the model would not choose, so that a hit is the glossary's."""
_CHUNK = 500
"""Lines of one go; on and off take turns so that the machine's moods fall on both."""
_WARM_UP = "Le chat dort."

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Run:
    """The outputs of one way, the seconds that they took, and what the translator reported of its entities."""

    outputs: list[str]
    seconds: float
    statuses: dict[str, int]


@dataclass(frozen=True, slots=True)
class SetFigures:
    """The figures of one test set and one way; shares in percent."""

    name: str
    role: str
    protection: bool
    lines: int
    retention: Share
    false_copies: Share
    false_copies_accents_apart: Share
    numbers: Share
    reference_numbers: Share
    bleu: float
    chrf: float
    signatures: tuple[str, str]
    strays: int
    seconds: float
    statuses: dict[str, int]


@dataclass(frozen=True, slots=True)
class StressFigures:
    """The figures of one stress half and one way."""

    half: str
    role: str
    protection: bool
    sentences: int
    demands: Share
    categories: dict[str, Share]
    strays: int
    statuses: dict[str, int]


def translate_both(translator: Translator, texts: Sequence[str]) -> tuple[Run, Run]:
    """`texts` with protection off and with it on, in turns."""
    outputs: dict[bool, list[str]] = {False: [], True: []}
    seconds = {False: 0.0, True: 0.0}
    statuses: dict[bool, dict[str, int]] = {False: {}, True: {}}
    for turn, start_line in enumerate(range(0, len(texts), _CHUNK)):
        chunk = texts[start_line : start_line + _CHUNK]
        for entities in (False, True) if turn % 2 == 0 else (True, False):
            start = time.perf_counter()
            translations = translator.translate_many(chunk, typography=False, lines="keep", entities=entities)
            seconds[entities] += time.perf_counter() - start
            outputs[entities] += [translation.text for translation in translations]
            for translation in translations:
                for segment in translation.segments:
                    for entity in segment.entities:
                        statuses[entities][entity.status] = statuses[entities].get(entity.status, 0) + 1
    off, on = (Run(outputs[way], seconds[way], statuses[way]) for way in (False, True))
    return off, on


def measure_set(
    name: str, sources: Sequence[str], references: Sequence[str], run: Run, *, protection: bool, shapes: Sequence[str]
) -> SetFigures:
    """Every figure of one run over one test set."""
    bleu, chrf = sacrebleu.BLEU(), sacrebleu.CHRF()
    retention, copies = fidelity.measure_retention(sources, references, run.outputs)
    _, apart = fidelity.measure_retention(sources, references, run.outputs, accents=False)
    return SetFigures(
        name=name,
        role=TEST_SETS[name],
        protection=protection,
        lines=len(sources),
        retention=retention,
        false_copies=copies,
        false_copies_accents_apart=apart,
        numbers=fidelity.measure_numbers(sources, run.outputs),
        reference_numbers=fidelity.measure_numbers(sources, references),
        bleu=round(bleu.corpus_score(run.outputs, [references]).score, 2),
        chrf=round(chrf.corpus_score(run.outputs, [references]).score, 2),
        signatures=(str(bleu.get_signature()), str(chrf.get_signature())),
        strays=fidelity.count_strays(sources, run.outputs, shapes),
        seconds=round(run.seconds, 2),
        statuses=run.statuses,
    )


def measure_stress(translator: Translator, half: str, limit: int | None) -> list[StressFigures]:
    """One stress half, protection off and on."""
    path = files("benchmarks") / "entity_sets" / f"stress_{half}.tsv"
    cases = fidelity.read_stress(path.read_text(encoding="utf-8").splitlines())
    cases = cases[:: max(1, len(cases) // limit)] if limit else cases
    sources = [case.source for case in cases]
    figures: list[StressFigures] = []
    for protection, run in enumerate(translate_both(translator, sources)):
        demands, categories = fidelity.measure_demands(cases, run.outputs)
        strays = fidelity.count_strays(sources, run.outputs, translator.placeholders.shapes)
        figures.append(
            StressFigures(
                half, STRESS_HALVES[half], bool(protection), len(cases), demands, categories, strays, run.statuses
            )
        )
    return figures


def measure_glossary(translator: Translator, sources: Sequence[str]) -> Share:
    """The share of `GLOSSARY`'s terms in `sources` that came out as it says."""
    held = [source for source in sources if fidelity.measure_terms(GLOSSARY, [source], [""]).total]
    translations = translator.translate_many(held, typography=False, lines="keep", glossary=GLOSSARY)
    return fidelity.measure_terms(GLOSSARY, held, [translation.text for translation in translations])


def read_lines(path: Path) -> list[str]:
    """The lines of a test set; only a line feed ends one."""
    return path.read_bytes().decode("utf-8").removesuffix("\n").split("\n")


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables and write ``results/entities.json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--testsets", type=Path, default=Path("../shared/testsets"), help="folder of NAME.fr, NAME.en")
    parser.add_argument("--sets", nargs="*", default=list(TEST_SETS), choices=list(TEST_SETS), help="which to measure")
    parser.add_argument("--model", default=SHIPPED, help="as for `passerelle translate`")
    parser.add_argument("--threads", type=int, help="threads of the engine")
    parser.add_argument("--names", choices=["light", "spacy"], default="light", help="who finds names")
    parser.add_argument("--limit", type=int, help="about so many lines of each set and half only")
    parser.add_argument("--examples", action="store_true", help="write sentences of the test sets too")
    parser.add_argument("--out", type=Path, default=report.RESULTS, help="folder of entities.json")
    options = parser.parse_args(arguments)
    translator = Translator.load(options.model, threads=options.threads, names=options.names)
    translator.translate(_WARM_UP)
    shapes = translator.placeholders.shapes
    sets: list[SetFigures] = []
    terms = Share()
    for name in options.sets:
        sources, references = (
            read_lines(options.testsets / f"{name}.{side}")[: options.limit] for side in ("fr", "en")
        )
        for protection, run in enumerate(translate_both(translator, sources)):
            sets.append(measure_set(name, sources, references, run, protection=bool(protection), shapes=shapes))
        if TEST_SETS[name] == "reported":
            terms.add(measure_glossary(translator, sources))
    stress = [one for half in STRESS_HALVES for one in measure_stress(translator, half, options.limit)]
    _print(sets, stress, terms)
    if not options.examples:
        # The sentences of the test sets are not ours to publish; those of the stress halves are.
        for one in sets:
            copies = (one.false_copies, one.false_copies_accents_apart)
            for share in (one.retention, *copies, one.numbers, one.reference_numbers):
                share.examples.clear()
        terms.examples.clear()
    figures: dict[str, Any] = {
        "model": translator.model.manifest.name,
        "model_sha256": translator.model.sha256,
        "engine": translator.engine.description,
        "placeholders": shapes,
        "names": options.names,
        "beam": 4,
        "sets": sets,
        "overhead_percent": {off.name: _overhead(off, on) for off, on in _pairs(sets)},
        "stress": stress,
        "glossary": terms,
    }
    report.write_json("entities", figures, options.out)


def _print(sets: Sequence[SetFigures], stress: Sequence[StressFigures], terms: Share) -> None:
    ways = {False: "bare", True: "protected"}
    report.print_table(
        "Test sets: share of tokens kept, of false copies, of numbers equal by value (reference beside), in percent",
        [
            "set",
            "role",
            "model",
            "kept",
            "false copies",
            "accents apart",
            "numbers",
            "(reference)",
            "BLEU",
            "chrF",
            "strays",
            "time, s",
        ],
        [
            [
                one.name,
                one.role,
                ways[one.protection],
                one.retention.percent,
                one.false_copies.percent,
                one.false_copies_accents_apart.percent,
                one.numbers.percent,
                one.reference_numbers.percent,
                one.bleu,
                one.chrf,
                one.strays,
                one.seconds,
            ]
            for one in sets
        ],
    )
    for off, on in _pairs(sets):
        print(f"{off.name}: protection took {_overhead(off, on):+} % of the time; entities {on.statuses}")
    report.print_table(
        "Stress sentences: share of demands met, percent",
        ["half", "role", "bare", "protected", "sentences", "demands", "strays"],
        [
            [off.half, off.role, off.demands.percent, on.demands.percent, on.sentences, on.demands.total, on.strays]
            for off, on in _pairs(stress)
        ],
    )
    report.print_table(
        "Stress sentences by category, percent",
        ["half", "category", "bare", "protected", "demands"],
        [
            [off.half, category, off.categories[category].percent, share.percent, share.total]
            for off, on in _pairs(stress)
            for category, share in on.categories.items()
        ],
    )
    print(f"Glossary terms applied: {terms.hits} of {terms.total} ({terms.percent} %)")


def _pairs(figures: Sequence[T]) -> list[tuple[T, T]]:
    """Bare and protected figures of the same texts."""
    return list(zip(figures[::2], figures[1::2], strict=True))


def _overhead(off: SetFigures, on: SetFigures) -> float:
    return round(100 * (on.seconds / off.seconds - 1), 1)


if __name__ == "__main__":
    main()

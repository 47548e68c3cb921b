"""Corpora to one shuffled training text: normalise, filter, hold out, deduplicate, join, augment; all is counted.

What is written holds no test sentence: the finished text is looked through once more, and one hit fails the run.
"""

import hashlib
import json
import random
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from training.config import Augmentation, Corpus, Recipe
from training.corpora import Pair, ParallelText, find_corpora, read_pairs
from training.filters import broken_rule
from training.heldout import HeldOut
from training.placeholders import Terms, learn_terms, with_placeholders
from training.workplace import Workplace
from translator.errors import InputError
from translator.normalization import normalizer

TERM_PAIRS = 60_000
"""Pairs from which the terms of `learn_terms` are counted; more would cost memory, not find better ones."""

_JOINED = (2, 2, 3, 4)


@dataclass(frozen=True, slots=True)
class Line:
    """A clean pair and the number of its corpus in the recipe."""

    origin: int
    french: str
    english: str


def prepare(
    recipe: Recipe, corpora: Sequence[Path], held_out: Path | None, work: Workplace, exclude: Sequence[str] = ()
) -> dict[str, dict[str, int]]:
    """Write the training text, the development set and ``report.json``; the counts of each corpus come back.

    Args:
        corpora: folders that hold the corpora of the recipe.
        held_out: folder of test sets (NAME.fr with NAME.en) that must not be trained on.
        exclude: corpora of the recipe that are to be left out.

    Raises:
        InputError: a corpus of the recipe is missing, misaligned or empty, nothing is left, or a test sentence is.
    """
    found = find_corpora(*corpora)
    folders = ", ".join(map(str, corpora))
    used = [corpus for corpus in recipe.corpora if corpus.name not in exclude]
    for corpus in used:
        if corpus.name not in found:
            raise InputError(
                f"{folders}: corpus {corpus.name} of the recipe is missing; add it or --exclude {corpus.name}"
            )
    normal = normalizer(recipe.normalizer)
    tests = find_corpora(held_out) if held_out else {}
    pairs_of = {name: [(normal(f), normal(e)) for f, e in read_pairs(text)] for name, text in tests.items()}
    index = HeldOut(text for pairs in pairs_of.values() for pair in pairs for text in pair)
    lines: list[Line] = []
    report: dict[str, dict[str, int]] = {}
    seen: set[bytes] = set()
    for origin, corpus in enumerate(recipe.corpora):
        if corpus in used:
            counts: Counter[str] = Counter()
            kept = list(_clean(found[corpus.name], origin, recipe, normal, index, seen, counts))
            report[corpus.name] = dict(counts)
            if not counts["read"]:
                raise InputError(f"{found[corpus.name].paths[0]}: empty; no pair to learn from")
            lines += [line for line in kept for _ in range(corpus.copies)]
    if not lines:
        raise InputError(f"{folders}: no pair is left after filtering; report: {report}")
    chance = random.Random(recipe.seed)
    lines += _joined(lines, recipe.augmentation, index, chance)
    chance.shuffle(lines)
    remaining = sum(1 for line in set(lines) if line.french in index or line.english in index)
    if remaining:
        raise InputError(f"{remaining} pairs of the training text are test sentences; nothing was written")
    augmented = _write(lines, recipe.augmentation, chance, work)
    _write_development(pairs_of.get(recipe.development), work)
    left_out = {entry.name: entry.reason for entry in recipe.left_out} | dict.fromkeys(exclude, "--exclude")
    unknown = sorted(set(found) - {corpus.name for corpus in used} - set(left_out))
    summary = {"corpora": report, "lines": len(lines), "augmented": augmented, "test_sentences_remaining": remaining}
    summary |= {"left_out": left_out, "not_in_recipe": unknown, "data": _provenance(used, report)}
    work.report.write_text(json.dumps(summary, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return report


def _clean(
    text: ParallelText,
    origin: int,
    recipe: Recipe,
    normal: Callable[[str], str],
    index: HeldOut,
    seen: set[bytes],
    counts: Counter[str],
) -> Iterator[Line]:
    for row in text.rows():
        counts["read"] += 1
        if row is None:
            counts["malformed"] += 1
            continue
        french, english = normal(row[0]), normal(row[1])
        rule = broken_rule(french, english, recipe.filters)
        if rule:
            counts[rule] += 1
            continue
        digest = hashlib.blake2b(f"{french}\t{english}".encode(), digest_size=8).digest()
        if digest in seen:
            counts["duplicate"] += 1
            continue
        seen.add(digest)
        if french in index or english in index:
            counts["held_out"] += 1
            continue
        counts["kept"] += 1
        yield Line(origin, french, english)


def _joined(lines: list[Line], augmentation: Augmentation, index: HeldOut, chance: random.Random) -> list[Line]:
    """Sentences joined at random, so that positions past one sentence are learned too."""
    joined = []
    for _ in range(int(len(lines) * augmentation.joined_share)):
        few = chance.choices(lines, k=chance.choice(_JOINED))
        line = Line(few[0].origin, " ".join(q.french for q in few), " ".join(q.english for q in few))
        if len(line.french.split()) <= augmentation.joined_max_words:
            joined.append(line)
    return [line for line in joined if line.french not in index and line.english not in index]


def _write(lines: list[Line], augmentation: Augmentation, chance: random.Random, work: Workplace) -> dict[str, int]:
    terms = learn_terms((line.french, line.english) for line in lines[:TERM_PAIRS])
    counts: Counter[str] = Counter(terms=len(terms))
    with work.text.open("w", encoding="utf-8", newline="\n") as out:
        for line in lines:
            kind, french, english = _augment(line, augmentation, terms, chance)
            counts[kind] += 1
            out.write(f"{line.origin}\t{french}\t{english}\n")
    return dict(counts)


def _augment(line: Line, augmentation: Augmentation, terms: Terms, chance: random.Random) -> tuple[str, str, str]:
    draw = chance.random()
    if draw < augmentation.placeholder_share:
        known: Terms = terms if chance.random() < augmentation.term_share else {}
        pair = with_placeholders(line.french, line.english, known, chance)
        return ("placeholders", *pair) if pair else ("plain", line.french, line.english)
    draw -= augmentation.placeholder_share
    if draw < augmentation.upper_share:
        return "upper", line.french.upper(), line.english.upper()
    draw -= augmentation.upper_share
    if draw < augmentation.lower_share:
        return "lower", line.french.lower(), line.english
    draw -= augmentation.lower_share
    if draw < augmentation.unaccented_share:
        return "unaccented", _without_accents(line.french), line.english
    return "plain", line.french, line.english


def _without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if not unicodedata.combining(c)))


def _write_development(pairs: list[Pair] | None, work: Workplace) -> None:
    work.development.unlink(missing_ok=True)
    if pairs:
        work.development.write_text("".join(f"{f}\t{e}\n" for f, e in pairs), encoding="utf-8")


def _provenance(used: list[Corpus], report: dict[str, dict[str, int]]) -> list[dict[str, str | int]]:
    """Corpus, pairs kept, licence and source, for manifest and model card."""
    return [
        {"corpus": c.name, "pairs": report[c.name].get("kept", 0), "license": c.license, "source": c.source}
        for c in used
    ]

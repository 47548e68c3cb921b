"""One TOML file describes one model: shape, data with licence and weight, filters, schedule, seeds.

An unknown key, a wrong type or a missing value is refused with its name; what is read is frozen.
"""

import tomllib
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar, cast

from translator.document import AlignmentHeads
from translator.errors import InputError


@dataclass(frozen=True, slots=True)
class Shape:
    """Size of the network; every matrix is d_model wide on one side, so that they stack."""

    d_model: int
    heads: int
    ffn: int
    encoder_layers: int
    decoder_layers: int


@dataclass(frozen=True, slots=True)
class Corpus:
    """`copies` of each pair stand in the training text; `focus` weighs a corpus while the learning rate goes down."""

    name: str
    license: str
    source: str
    copies: int = 1
    focus: float = 1.0
    vocabulary_lines: int = 0


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A corpus of the folder that the model must not see, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Filters:
    """Bounds that a pair must keep, after normalisation."""

    max_words: int = 100
    max_characters: int = 600
    max_word_characters: int = 60
    min_length_ratio: float = 0.55
    max_length_ratio: float = 2.0
    min_letters_share: float = 0.4
    max_copied_words: int = 3


@dataclass(frozen=True, slots=True)
class Augmentation:
    """Shares of the pairs that are changed on the way into the training text."""

    joined_share: float = 0.04
    joined_max_words: int = 110
    placeholder_share: float = 0.35
    term_share: float = 0.3
    upper_share: float = 0.015
    lower_share: float = 0.01
    unaccented_share: float = 0.01


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Joint sentencepiece vocabulary, placeholder pieces and byte fallback included, padding not."""

    size: int = 8000
    character_coverage: float = 0.9998


@dataclass(frozen=True, slots=True)
class Training:
    """Schedule and objective.

    `ema` is the decay of the averaged weights (0: none), `alignment_weight` the factor of the alignment loss of one
    cross-attention head (0: none). `batch_tokens` is for the CPU, `cuda_batch_tokens` for CUDA.
    """

    batch_tokens: int = 5000
    cuda_batch_tokens: int = 65536
    learning_rate: float = 2e-3
    warm_steps: int = 300
    label_smoothing: float = 0.1
    max_tokens: int = 200
    ema: float = 0.0
    alignment_weight: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that makes the model, but the text itself.

    `trained_source_tokens` is what the model is good for, as `evaluate --lengths` shows, at most what it saw.
    `hidden_labels` are the kinds of entities that the translator hides from it, from the start, behind placeholders.
    `alignment` names the heads that align best (benchmarks/alignment.py); `alignment_weight` trains the first of them.
    """

    name: str
    version: str
    license: str
    source_language: str
    target_language: str
    normalizer: str
    seed: int
    development: str
    trained_source_tokens: int
    shape: Shape
    corpora: tuple[Corpus, ...]
    hidden_labels: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    filters: Filters = field(default_factory=Filters)
    augmentation: Augmentation = field(default_factory=Augmentation)
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    training: Training = field(default_factory=Training)
    alignment: AlignmentHeads | None = None

    @property
    def aligning(self) -> AlignmentHeads:
        """The heads that align, by default the first of the last layer."""
        return self.alignment or AlignmentHeads(self.shape.decoder_layers - 1, (0,))


T = TypeVar("T")


def read_recipe(path: Path) -> Recipe:
    """The recipe in `path`; a `base` key names a neighbour whose tables it changes key by key.

    Raises:
        InputError: no such file, no TOML, or a key that is unknown, missing or of the wrong type.
    """
    table = _read(path)
    corpora = tuple(
        _build(Corpus, row, f"{path}: [[corpus]] {row.get('name', '?')}") for row in table.pop("corpus", ())
    )
    left_out = tuple(_build(LeftOut, row, f"{path}: [[left_out]]") for row in table.pop("left_out", ()))
    parts: dict[str, Any] = {"corpora": corpora, "left_out": left_out}
    sections = {
        "shape": Shape,
        "filters": Filters,
        "augmentation": Augmentation,
        "vocabulary": Vocabulary,
        "training": Training,
        "alignment": AlignmentHeads,
    }
    for name, kind in sections.items():
        if name in table:
            parts[name] = _build(cast("type[Any]", kind), table.pop(name), f"{path}: [{name}]")
    recipe = _build(Recipe, {**table, **parts}, str(path))
    names = [corpus.name for corpus in corpora]
    if len(set(names)) != len(names):
        raise InputError(f"{path}: a corpus is named twice")
    if recipe.shape.d_model % recipe.shape.heads:
        raise InputError(f"{path}: [shape] d_model {recipe.shape.d_model} is no multiple of heads {recipe.shape.heads}")
    return recipe


def _read(path: Path) -> dict[str, Any]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); give the TOML file of a model") from error
    except ValueError as error:
        raise InputError(f"{path}: no valid TOML ({error})") from error
    if "base" not in table:
        return table
    base = _read(path.parent / str(table.pop("base")))
    merged = {**base, **table}
    for name, value in table.items():
        if isinstance(value, dict) and isinstance(base.get(name), dict):
            merged[name] = {**base[name], **value}
    return merged


def _build(kind: type[T], table: dict[str, Any], where: str) -> T:
    known = {entry.name: entry for entry in fields(cast("Any", kind))}
    for name in table:
        if name not in known:
            raise InputError(f"{where}: unknown key {name!r}; known are {', '.join(known)}")
    for name, entry in known.items():
        if name not in table:
            if entry.default is MISSING and entry.default_factory is MISSING:
                raise InputError(f"{where}: {name!r} is missing")
            continue
        value = table[name]
        if isinstance(value, list):
            table[name] = value = tuple(value)
        if entry.type is float and isinstance(value, int) and not isinstance(value, bool):
            table[name] = value = float(value)
        # To Python a bool is an int too.
        if isinstance(entry.type, type) and type(value) is not entry.type:
            raise InputError(f"{where}: {name!r} must be {entry.type.__name__}, not {value!r}")
    return kind(**table)

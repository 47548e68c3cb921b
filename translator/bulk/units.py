"""What travels between the run and its workers: parts of the work in units, and what became of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from translator.document import Lines
from translator.formats import Selection
from translator.models import SHIPPED


@dataclass(frozen=True, slots=True)
class Job:
    """What every worker needs to know; a worker anywhere gives the same words.

    Attributes:
        format: of all inputs, or ``auto``.
        threads: processors for one worker; None for all that are there.
        options: of `Translator.translate_marked`; without ``lines``, each format decides.
    """

    model: str = SHIPPED
    device: str = "auto"
    threads: int | None = None
    format: str = "auto"
    selection: Selection = field(default_factory=Selection)
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DocumentPart:
    """A file that a worker reads whole and writes again. `name` is that of the input for people, `size` in bytes."""

    name: str
    source: str
    target: str
    format: str
    size: int


@dataclass(frozen=True, slots=True)
class ShardPart:
    """Texts of records of one file; their translations become a file of their own.

    `first` is the number of the first record; `size` is in bytes of the input.
    """

    name: str
    target: str
    texts: tuple[str, ...]
    lines: Lines
    first: int
    size: int


Part = DocumentPart | ShardPart


@dataclass(frozen=True, slots=True)
class Unit:
    """Parts that are translated together: batches fill across them."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """What could not be done: a file, or a record of one; `output` is where its translation would be."""

    file: str
    output: str
    reason: str
    record: int | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a unit: counts of what was translated, and what failed. `size` is in bytes of input."""

    files: int = 0
    records: int = 0
    words: int = 0
    characters: int = 0
    size: int = 0
    failures: tuple[Failure, ...] = ()

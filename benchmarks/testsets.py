"""Public test sets, read where they lie: from a folder, or from sacreBLEU's own download where there is network.

Their text goes into no file of the project; a result names a set by its name, its size and its checksum.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from translator.errors import InputError

NAMES: Final = ("newstest2013", "newstest2014", "flores")
DEFAULT_FOLDER: Final = Path("../shared/testsets")
SACREBLEU_NAMES: Final = {"newstest2013": "wmt13", "newstest2014": "wmt14/full"}
"""FLORES is not among sacreBLEU's sets: it comes from a folder only."""


@dataclass(frozen=True, slots=True)
class ParallelSet:
    """French sources and English references, line by line; `checksum` is the sha256 of the whole source file."""

    name: str
    sources: tuple[str, ...]
    references: tuple[str, ...]
    checksum: str

    @property
    def words(self) -> int:
        return sum(len(source.split()) for source in self.sources)

    def spread(self, limit: int | None) -> "ParallelSet":
        """At most `limit` of its lines, evenly spread, so that every document has its share."""
        if limit is None or limit >= len(self.sources):
            return self
        chosen = [index * len(self.sources) // limit for index in range(limit)]
        return ParallelSet(
            self.name,
            tuple(self.sources[index] for index in chosen),
            tuple(self.references[index] for index in chosen),
            self.checksum,
        )


def read_set(name: str, folder: Path | None = None, *, limit: int | None = None) -> ParallelSet:
    """The set `name` from ``folder/name.fr`` and ``folder/name.en``; without a folder, from sacreBLEU.

    Raises:
        InputError: a file is missing, or the two have different numbers of lines.
    """
    paths = [folder / f"{name}.{language}" for language in ("fr", "en")] if folder else _downloaded(name)
    for path in paths:
        if not path.is_file():
            raise InputError(f"{path} is missing; --testsets must name a folder with {name}.fr and {name}.en")
    sources, references = (path.read_text(encoding="utf-8").removesuffix("\n").split("\n") for path in paths)
    if len(sources) != len(references):
        raise InputError(f"{paths[0]} has {len(sources)} lines and {paths[1]} {len(references)}; they must be parallel")
    checksum = hashlib.sha256(paths[0].read_bytes()).hexdigest()
    return ParallelSet(name, tuple(sources), tuple(references), checksum).spread(limit)


def default_folder() -> Path | None:
    """The folder beside this checkout, or None where there is none: then sacreBLEU downloads."""
    return DEFAULT_FOLDER if DEFAULT_FOLDER.is_dir() else None


def _downloaded(name: str) -> list[Path]:
    import sacrebleu

    if name not in SACREBLEU_NAMES:
        raise InputError(f"{name} is not among sacreBLEU's sets; name a folder that holds it with --testsets")
    known = SACREBLEU_NAMES[name]
    return [Path(sacrebleu.get_source_file(known, "fr-en")), Path(sacrebleu.get_reference_files(known, "fr-en")[0])]

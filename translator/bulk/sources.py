"""Which files a run is about, and under which name each is written: the tree of the input, mirrored.

A folder is walked in a fixed order; hidden names, the output folder and folders seen before (links in a circle) are
left out. Every file has one output name of its own.
"""

import os
import unicodedata
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from translator.bulk import places
from translator.errors import InputError
from translator.formats import FORMATS

STDIN: Final = "-"
RESERVED: Final = frozenset(["errors.jsonl", ".passerelle"])
"""Names at the top of an output folder that are the run's own."""
_MAGIC: Final = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Source:
    """A file of the input. `name` is relative, with slashes; `named` says that the user named this very file.

    `version` changes when the file does. `problem` says why the file or folder cannot even be looked at.
    """

    path: str
    name: str
    size: int
    version: str
    named: bool = False
    problem: str | None = None


def find(inputs: Sequence[str], out: str) -> list[Source]:
    """The files of files, folders, patterns and addresses, in order.

    Raises:
        InputError: an input that is not there, or the output folder itself.
        MissingExtraError: an address without fsspec.
    """
    return [source for given in inputs for source in _expand(given, out)]


def _expand(given: str, out: str) -> Iterator[Source]:
    if places.is_remote(given):
        yield from _remote(given)
        return
    path = Path(given)
    if path.is_dir():
        if _same(path, out):
            raise InputError(f"{given} is both input and output; name another folder with --out")
        yield from _walk(path, out)
    elif os.path.lexists(path):
        yield _source(path, path.name, named=True)
    elif _MAGIC & set(given):
        yield from _matches(given, out)
    else:
        raise InputError(f"{given} does not exist")


def _matches(pattern: str, out: str) -> Iterator[Source]:
    """What a pattern stands for, named from the last folder without a wildcard on."""
    parts = Path(pattern).parts
    fixed = next(index for index, part in enumerate(parts) if _MAGIC & set(part))
    base = Path(*parts[:fixed])
    found = sorted(base.glob(str(Path(*parts[fixed:]))))
    matches = [path for path in found if path.is_file() and not _below(path, out)]
    if not matches:
        raise InputError(f"no file matches {pattern}")
    for path in matches:
        yield _source(path, path.relative_to(base).as_posix())


def _walk(top: Path, out: str) -> Iterator[Source]:
    """Real folders first and each once, so that links neither go in circles nor take a folder's place."""
    seen: set[tuple[int, int]] = set()
    folders: deque[tuple[Path, str]] = deque([(top, "")])
    links: deque[tuple[Path, str]] = deque()
    while folders or links:
        folder, prefix = (folders or links).popleft()
        try:
            status = folder.stat()
            if (status.st_dev, status.st_ino) in seen or _same(folder, out):
                continue
            seen.add((status.st_dev, status.st_ino))
            with os.scandir(folder) as entries:
                inside = sorted((entry for entry in entries if not entry.name.startswith(".")), key=lambda e: e.name)
        except OSError as error:
            yield Source(str(folder), prefix.rstrip("/"), 0, "", problem=f"folder: {error.strerror}")
            continue
        for entry in inside:
            name = prefix + entry.name
            try:
                if entry.is_dir():
                    (links if entry.is_symlink() else folders).append((Path(entry.path), name + "/"))
                    continue
            except OSError:  # a link to itself: reading it says so
                pass
            yield _source(Path(entry.path), name)


def _source(path: Path, name: str, *, named: bool = False) -> Source:
    try:
        status = path.stat()
    except OSError as error:
        return Source(str(path), name, 0, "", named, error.strerror)
    if not path.is_file():
        return Source(str(path), name, 0, "", named, "not a regular file")
    return Source(str(path), name, status.st_size, f"{status.st_size} {status.st_mtime_ns}", named)


def _remote(given: str) -> Iterator[Source]:
    system, key = places.filesystem(given)
    matches: list[str] = system.glob(key) if _MAGIC & set(key) else [key]
    base = key.split("*")[0].rpartition("/")[0] if _MAGIC & set(key) else key
    found: dict[str, dict[str, object]] = {}
    for match in matches:
        found |= system.find(match, detail=True)
    if not found:
        raise InputError(f"{given} does not exist")
    for path, details in sorted(found.items()):
        name = path.removeprefix(base).lstrip("/") or path.rsplit("/", 1)[-1]
        version = next((str(details[field]) for field in ("ETag", "mtime", "created") if details.get(field)), "")
        size = int(str(details.get("size") or 0))
        if not any(part.startswith(".") for part in name.split("/")):
            yield Source(str(system.unstrip_protocol(path)), name, size, f"{size} {version}", named=path == key)


def _same(path: Path, out: str) -> bool:
    return not places.is_remote(out) and Path(out).exists() and path.samefile(out)


def _below(path: Path, out: str) -> bool:
    return not places.is_remote(out) and path.resolve().is_relative_to(Path(out).resolve())


def output_names(sources: Sequence[Source], format: str, *, by_case: bool) -> list[str]:
    """The output name of each source: its own, but for formats that come out as another.

    Args:
        by_case: whether the output's file system tells names apart that differ only in case; where it does not, the
            later one is named ``name~2``.

    Raises:
        InputError: two sources would have the same name.
    """
    taken: dict[str, Source] = {}
    result = []
    for source in sources:
        name = source.name
        if format == "pdf" or (format == "auto" and name.lower().endswith(FORMATS["pdf"].extensions)):
            name += FORMATS["text"].extensions[0]
        first = taken.get(_folded(name, by_case=by_case))
        if first is not None and first.name == source.name:
            raise InputError(
                f"{first.path} and {source.path} would both be written to {name}; give the folder above them instead"
            )
        wanted, number = name, 2
        while _folded(wanted, by_case=by_case) in taken or wanted.split("/")[0] in RESERVED:
            path = PurePosixPath(name)
            wanted = str(path.with_name(f"{path.stem}~{number}{path.suffix}"))
            number += 1
        taken[_folded(wanted, by_case=by_case)] = source
        result.append(wanted)
    return result


def _folded(name: str, *, by_case: bool) -> str:
    return name if by_case else unicodedata.normalize("NFC", name).casefold()

"""Where bulk reads and writes: folders of this machine, or any address that fsspec knows, as ``s3://bucket/folder``.

What is written appears whole or not at all, in both.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from translator import files
from translator.errors import DocumentError, MissingExtraError


def is_remote(path: str) -> bool:
    """Whether a path is an address for fsspec."""
    return "://" in path


def join(folder: str, name: str) -> str:
    """The path of `name`, relative and with slashes, in a folder."""
    return f"{folder.rstrip('/')}/{name}" if is_remote(folder) else str(Path(folder) / name)


def filesystem(path: str) -> tuple[Any, str]:
    """The fsspec file system of an address, and the path in it.

    Raises:
        MissingExtraError: fsspec is not installed.
    """
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise MissingExtraError(f"reading {path}", "ray") from error
    system, key = url_to_fs(path)
    return system, str(key)


def open_source(path: str) -> BinaryIO:
    """A file to read from its start."""
    if is_remote(path):
        system, key = filesystem(path)
        return cast(BinaryIO, system.open(key, "rb"))
    return Path(path).open("rb")


def read(path: str, max_bytes: int) -> bytes:
    """All of a file.

    Raises:
        DocumentError: it is larger than `max_bytes`.
    """
    with open_source(path) as file:
        data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise DocumentError(f"larger than {max_bytes} bytes; split it (only tables and plain text can be of any size)")
    return data


def exists(path: str) -> bool:
    """Whether there is something at a path."""
    if is_remote(path):
        system, key = filesystem(path)
        return bool(system.exists(key))
    return os.path.lexists(path)


def names(folder: str) -> set[str]:
    """Names of what is in a folder; none where there is no folder."""
    if is_remote(folder):
        system, key = filesystem(folder)
        return {str(name).rsplit("/", 1)[-1] for name in system.ls(key, detail=False)} if system.isdir(key) else set()
    with contextlib.suppress(FileNotFoundError):
        return {path.name for path in Path(folder).iterdir()}
    return set()


def remove(folder: str) -> None:
    """Remove a folder and what is in it, if it is there."""
    if is_remote(folder):
        system, key = filesystem(folder)
        if system.exists(key):
            system.rm(key, recursive=True)
    else:
        import shutil

        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def writing(path: str) -> Iterator[IO[bytes]]:
    """A file that takes its name when the block ends well, and outlives a loss of power from then on.

    Raises:
        InputError: the folder cannot be written.
        OSError: as of the system.
    """
    if not is_remote(path):
        place = Path(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        with files.atomic(place) as file:
            yield file
        return
    system, key = filesystem(path)
    system.makedirs(key.rsplit("/", 1)[0], exist_ok=True)
    with system.transaction, system.open(key, "wb") as remote:
        yield remote

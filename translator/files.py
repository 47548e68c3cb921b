"""Files in and out: text is decoded or refused with the place of the fault, results appear whole or not at all."""

import codecs
import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import IO, BinaryIO, Final

from charset_normalizer import from_bytes

from translator.errors import EncodingError, InputError

CHUNK_CHARACTERS: Final = 1 << 18
"""Text in work at once: some 2,000 sentences, enough to fill batches; memory stays bounded whatever the file."""
READ_BYTES: Final = 1 << 16
SNIFFED_BYTES: Final = 1 << 13
MAX_CONTROL_SHARE: Final = 0.05
PART_NAME_CHARACTERS: Final = 50
"""Of the name of what is written aside: with four bytes each, the whole is still a name that file systems take."""
_TEXT_CONTROLS: Final = frozenset(b"\t\n\v\f\r\x1b\x85")
_BOUNDARIES: Final = ("\n\n", "\r\n\r\n", "\n", "\r", ". ", "! ", "? ", " ")


def _require_text(head: bytes, name: str) -> None:
    controls = sum(byte < 32 and byte not in _TEXT_CONTROLS for byte in head)
    if controls > MAX_CONTROL_SHARE * len(head) and not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InputError(f"{name} is a binary file, not text; for documents name the format with --format")


def _encoding_error(
    data: bytes, error: UnicodeDecodeError, *, name: str, encoding: str, offset: int = 0
) -> EncodingError:
    """The error for invalid bytes, with an encoding that reads them as plausible French."""
    utf_8 = encoding.replace("_", "-").lower() in ("utf-8", "utf8")
    suggestion = likely_encoding(data, error.start) if utf_8 else None
    hint = f"; it reads as {suggestion}, try --encoding {suggestion}" if suggestion else "; name its --encoding"
    place = offset + error.start
    return EncodingError(
        f"{name}: byte 0x{data[error.start]:02X} at offset {place} is not valid {encoding}{hint}",
        offset=place,
        suggestion=suggestion,
    )


def likely_encoding(data: bytes, place: int) -> str | None:
    """An encoding that reads the bytes around `place` as plausible French, if one does."""
    sample = data[max(0, place - READ_BYTES) : place + READ_BYTES]
    best = from_bytes(sample, cp_isolation=["cp1252", "utf_16", "mac_roman", "cp850"]).best()
    return None if best is None else best.encoding.replace("utf_16", "utf-16")


def read_chunks(file: BinaryIO, *, name: str, encoding: str = "utf-8") -> Iterator[str]:
    """A file's text in chunks of about `CHUNK_CHARACTERS`, cut where a paragraph ends, else a line, a sentence, a word.

    The chunks joined are the text. Memory is bounded whatever the file.

    Raises:
        EncodingError: invalid bytes; names the first and an encoding that would fit, if one does.
        InputError: an encoding that does not exist, or a file that is no text at all.
    """
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
    except LookupError as error:
        raise InputError(f"unknown encoding {encoding!r}; usual ones are utf-8, cp1252, latin-1, utf-16") from error
    pending: list[str] = []
    size = position = 0
    first = True
    while True:
        data = file.read(READ_BYTES)
        if first:
            _require_text(data[:SNIFFED_BYTES], name)
            first = False
        held = decoder.getstate()[0]
        try:
            text = decoder.decode(data, final=not data)
        except UnicodeDecodeError as error:
            # A multi-byte character may have begun in the block before.
            raise _encoding_error(
                held + data, error, name=name, encoding=encoding, offset=position - len(held)
            ) from error
        position += len(data)
        pending.append(text)
        size += len(text)
        if not data:
            rest = "".join(pending)
            if rest:
                yield rest
            return
        if size >= CHUNK_CHARACTERS:
            joined = "".join(pending)
            end = _boundary(joined)
            yield joined[:end]
            pending, size = [joined[end:]], len(joined) - end


def _boundary(text: str) -> int:
    """Where to cut: after the best boundary in the second half, else at the end."""
    half = len(text) // 2
    for mark in _BOUNDARIES:
        found = text.rfind(mark, half)
        if found >= 0:
            return found + len(mark)
    return len(text)


@contextlib.contextmanager
def atomic(path: Path) -> Iterator[IO[bytes]]:
    """A file to write that takes the place of `path` when the block ends well, and outlives a loss of power from then
    on; otherwise `path` stays as it was.

    Raises:
        InputError: the folder is missing or cannot be written, or `path` is a folder.
        OSError: the disk is full, say; nothing is left behind.
    """
    if path.is_dir():
        raise InputError(f"{path} is a folder; name a file for the output")
    if not path.parent.is_dir():
        raise InputError(f"the folder {path.parent} does not exist; make it first")
    part = path.with_name(f".{path.name[:PART_NAME_CHARACTERS]}.{secrets.token_hex(4)}.part")
    try:
        opened = part.open("xb")
    except PermissionError as error:
        raise InputError(f"the folder {path.parent} cannot be written ({error.strerror})") from error
    try:
        with opened as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            part.chmod(path.stat().st_mode & 0o777)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise

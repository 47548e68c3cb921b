"""One way to translate a document, whoever asks: a job of the service, either compatible API, or a bulk run."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from translator.document import MarkedText
from translator.errors import DocumentError, InputError
from translator.files import atomic
from translator.formats.registry import FORMATS, HEAD_BYTES, Format, detect_format
from translator.formats.template import Selection, TextTranslator

MAX_DOCUMENT_BYTES = 512 * 2**20
_CHUNK_CHARACTERS = 50_000  # enough texts to fill batches of every length; progress is told after each


@dataclass(frozen=True, slots=True)
class DocumentReport:
    """What was done: `texts` counts the stretches that were translated; `output` is the format that was written."""

    format: str
    output: str
    texts: int
    words: int
    characters: int


def translate_document(
    source: BinaryIO | Path,
    target: BinaryIO | Path,
    format: str,
    translator: TextTranslator,
    *,
    selection: Selection | None = None,
    max_bytes: int = MAX_DOCUMENT_BYTES,
    progress: Callable[[int, int], None] | None = None,
    **options: object,
) -> DocumentReport:
    """Translate a document.

    Args:
        target: a path is written aside and renamed, so that it is never half a document.
        format: a name in `FORMATS`, or ``auto``: by the name and content of `source`, a path.
        selection: which parts are translated, where the format leaves a choice.
        progress: called with characters done and all characters; what it raises ends the work.
        options: of `Translator.translate_marked`.

    Raises:
        DocumentError: the document is damaged, encrypted, too large, or not of that format.
        EncodingError: its bytes are not text.
        InputError: an unknown format, column, path or option, or a file that cannot be read or written.
        MissingExtraError: the format needs an optional library.
    """
    data = _load(source, max_bytes)
    if format == "auto":
        format = detect_format(source.name if isinstance(source, Path) else "", data[:HEAD_BYTES])
    kind = _format(format)
    template = kind.read(data, selection or Selection())
    total = sum(len(text.text) for text in template.texts)
    results: list[MarkedText] = []
    done = 0
    for chunk in _chunks(template.texts):
        results += translator.translate_marked(chunk, **({"lines": template.lines} | options))
        done += sum(len(text.text) for text in chunk)
        if progress:
            progress(done, total)
    _store(target, template.fill(results))
    words = sum(len(text.text.split()) for text in template.texts)
    return DocumentReport(kind.name, kind.output or kind.name, len(template.texts), words, total)


def _format(name: str) -> Format:
    try:
        return FORMATS[name]
    except KeyError:
        raise InputError(f"no format is named {name!r}; there are {', '.join(FORMATS)}") from None


def _chunks(texts: tuple[MarkedText, ...]) -> Iterator[list[MarkedText]]:
    chunk: list[MarkedText] = []
    size = 0
    for text in texts:
        chunk.append(text)
        size += len(text.text)
        if size >= _CHUNK_CHARACTERS:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _load(source: BinaryIO | Path, max_bytes: int) -> bytes:
    try:
        if isinstance(source, Path):
            with source.open("rb") as stream:
                data = stream.read(max_bytes + 1)
        else:
            data = source.read(max_bytes + 1)
    except OSError as error:
        raise InputError(f"cannot read the document: {error.strerror or error}") from error
    if len(data) > max_bytes:
        raise DocumentError(f"the document is larger than {max_bytes} bytes; split it, or use bulk for a table")
    return data


def _store(target: BinaryIO | Path, data: bytes) -> None:
    if not isinstance(target, Path):
        target.write(data)
        return
    try:
        with atomic(target) as stream:
            stream.write(data)
    except OSError as error:
        raise InputError(f"cannot write {target}: {error.strerror or error}") from error

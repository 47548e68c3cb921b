"""Glossary files to rows: TSV, CSV, JSON and TBX-Basic. Every refusal names the file and, if it can, the line."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from translator.errors import GlossaryError
from translator.glossary.terms import Row

_HEADERS = frozenset([("source", "target"), ("fr", "en"), ("french", "english"), ("français", "anglais")])
_XML_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_ENTRIES = frozenset(["termEntry", "conceptEntry"])  # TBX version 2 and version 3
_LANGUAGE_SECTIONS = frozenset(["langSet", "langSec"])


def read_rows(path: Path) -> list[Row]:
    """The rows of a file, its format known by its name.

    Raises:
        GlossaryError: the file cannot be read, is of another format, or has an invalid row.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise GlossaryError(f"{path}: cannot be read ({error.strerror or error})") from error
    return parse_rows(content, path.suffix.lower().lstrip("."), name=str(path))


def parse_rows(content: bytes, format: str, *, name: str) -> list[Row]:
    """The rows of a file's content in the format ``tsv``, ``csv``, ``json`` or ``tbx``.

    Raises:
        GlossaryError: as for `read_rows`.
    """
    if format == "tbx":
        return list(_tbx(content, name))
    readers: dict[str, Callable[[str, str], Iterator[Row]]] = {"tsv": _tsv, "csv": _csv, "json": _json}
    if format not in readers:
        raise GlossaryError(f"{name}: {format or 'no suffix'!r} is not a glossary format; use tsv, csv, json or tbx")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise GlossaryError(f"{name}, line {line}: byte {error.start} is not UTF-8; save the file as UTF-8") from error
    return list(readers[format](text, name))


def _tsv(text: str, name: str) -> Iterator[Row]:
    for number, line in enumerate(io.StringIO(text, newline=None), 1):
        if line.strip():
            yield from _columns(line.rstrip("\n").split("\t"), number, name, separator="a tab")


def _csv(text: str, name: str) -> Iterator[Row]:
    first = text.partition("\n")[0]
    delimiter = ";" if ";" in first and "," not in first else ","  # spreadsheets in French write semicolons
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield from _columns(cells, reader.line_num, name, separator="a comma")
    except csv.Error as error:
        raise GlossaryError(f"{name}, line {reader.line_num}: not valid CSV ({error})") from error


def _columns(cells: list[str], number: int, name: str, *, separator: str) -> Iterator[Row]:
    """One row; DeepL's third and fourth column, the language codes, are read over."""
    languages = [cell.strip().lower()[:2] for cell in cells[2:]]
    if len(cells) < 2 or languages not in ([], ["fr", "en"]):
        raise GlossaryError(
            f"{name}, line {number}: {len(cells)} column(s); a row is a source, {separator}, a target"
            " (left empty: do not translate)"
        )
    source, target = cells[:2]
    if number > 1 or (source.strip().lower(), target.strip().lower()) not in _HEADERS:
        yield Row(f"{name}, line {number}", source, (target,))


def _json(text: str, name: str) -> Iterator[Row]:
    try:
        pairs = json.loads(text, object_pairs_hook=_Pairs)
    except json.JSONDecodeError as error:
        raise GlossaryError(f"{name}, line {error.lineno}: not valid JSON ({error.msg})") from error
    except RecursionError as error:
        raise GlossaryError(f"{name}: nested too deeply; a glossary is one object of sources and targets") from error
    if not isinstance(pairs, _Pairs):
        raise GlossaryError(f'{name}: a JSON glossary is one object, {{"source": "target"}}')
    for source, target in pairs:
        if not isinstance(target, str):
            raise GlossaryError(f"{name}: the target of {source!r} is not a string")
        yield Row(f"{name}, {source!r}", source, (target,))


class _Pairs(list[tuple[str, Any]]):
    """A JSON object that keeps its duplicate keys, told apart from an array."""


def _tbx(content: bytes, name: str) -> Iterator[Row]:
    # Nothing outside the file is ever read, and an entity of the file's own is refused before it could multiply.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise GlossaryError(f"{name}, line {error.lineno or 1}: not valid XML ({error.msg})") from error
    document_type = root.getroottree().docinfo.internalDTD
    if document_type is not None and any(document_type.iterentities()):
        raise GlossaryError(f"{name}: declares XML entities; write their text instead")
    entries = [element for element in root.iter(etree.Element) if _local(element) in _ENTRIES]
    if not entries:
        raise GlossaryError(f"{name}: holds no termEntry or conceptEntry; is it a TBX file?")
    for entry in entries:
        sections = [element for element in entry.iter(etree.Element) if _local(element) in _LANGUAGE_SECTIONS]
        french, english = _terms(sections, "fr"), _terms(sections, "en")
        if french and not english:
            raise GlossaryError(f"{name}, line {entry.sourceline}: {french[0]!r} has no English term")
        for source in french:
            yield Row(f"{name}, line {entry.sourceline}", source, tuple(english))


def _terms(sections: list[Any], language: str) -> list[str]:
    matching = [section for section in sections if section.get(_XML_LANGUAGE, "").lower()[:2] == language]
    return ["".join(term.itertext()) for section in matching for term in section.iter("{*}term")]


def _local(element: Any) -> str:
    return str(etree.QName(element).localname)

"""The formats: names, extensions, media types, and a look at the content that finds a false name out."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePath

from translator.errors import DocumentError
from translator.formats import (
    books,
    catalogues,
    exchange,
    json_strings,
    markdown,
    office,
    opendocument,
    portable,
    subtitles,
    tables,
    text,
    web,
)
from translator.formats.template import Selection, Template

HEAD_BYTES = 8192
"""How much of a file `detect_format` needs."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format.

    Attributes:
        extensions: lower case, with their dot; the first is the usual one.
        extra: the optional part of the distribution that it needs, or None.
        read: bytes to template.
        output: name of the format that is written, where it is another.
        binary: bytes that are no text.
    """

    name: str
    extensions: tuple[str, ...]
    media_type: str
    read: Callable[[bytes, Selection], Template]
    extra: str | None = None
    output: str | None = None
    binary: bool = False


_OFFICE = "application/vnd.openxmlformats-officedocument"
_ODF = "application/vnd.oasis.opendocument"
_ALL = (
    Format("text", (".txt", ".text", ".log"), "text/plain", text.read),
    Format("markdown", (".md", ".markdown", ".mdown", ".mkd"), "text/markdown", markdown.read),
    Format("html", (".html", ".htm"), "text/html", web.read),
    Format("xml", (".xml", ".xhtml"), "application/xml", web.read_xml),
    Format("srt", (".srt",), "application/x-subrip", subtitles.read),
    Format("vtt", (".vtt",), "text/vtt", subtitles.read),
    Format("docx", (".docx", ".docm"), f"{_OFFICE}.wordprocessingml.document", office.read_docx, binary=True),
    Format("pptx", (".pptx", ".pptm"), f"{_OFFICE}.presentationml.presentation", office.read_pptx, binary=True),
    Format("xlsx", (".xlsx", ".xlsm"), f"{_OFFICE}.spreadsheetml.sheet", office.read_xlsx, binary=True),
    Format("odt", (".odt", ".ott"), f"{_ODF}.text", opendocument.read, binary=True),
    Format("odp", (".odp",), f"{_ODF}.presentation", opendocument.read, binary=True),
    Format("ods", (".ods",), f"{_ODF}.spreadsheet", opendocument.read, binary=True),
    Format("epub", (".epub",), "application/epub+zip", books.read, binary=True),
    Format("po", (".po", ".pot"), "text/x-gettext-translation", catalogues.read, extra="documents"),
    Format("xliff", (".xlf", ".xliff"), "application/xliff+xml", exchange.read_xliff),
    Format("tmx", (".tmx",), "application/x-tmx+xml", exchange.read_tmx),
    Format("json", (".json",), "application/json", json_strings.read),
    Format("jsonl", (".jsonl", ".ndjson"), "application/x-ndjson", tables.reader("jsonl")),
    Format("csv", (".csv",), "text/csv", tables.reader("csv")),
    Format("tsv", (".tsv", ".tab"), "text/tab-separated-values", tables.reader("tsv")),
    Format("parquet", (".parquet",), "application/vnd.apache.parquet", tables.reader("parquet"), "tables", binary=True),
    Format("pdf", (".pdf",), "application/pdf", portable.read, "documents", output="text", binary=True),
)

FORMATS: Mapping[str, Format] = {format.name: format for format in _ALL}

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STARTS = {"pdf": b"%PDF-", "parquet": b"PAR1"}
_FOREIGN = {
    _ZIP: "a zip container",
    _OLE: "an old or encrypted Office document",
    b"%PDF-": "a PDF",
    b"PAR1": "a Parquet file",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"\x1f\x8b": "a gzip file",
    b"\x7fELF": "a program",
    b"7z\xbc\xaf": "a 7-zip file",
    b"Rar!": "a RAR file",
}
_TEXT_LOOKS = {
    "xml": re.compile(rb"<"),
    "xliff": re.compile(rb"<"),
    "tmx": re.compile(rb"<"),
    "vtt": re.compile(rb"WEBVTT"),
    "json": re.compile(rb"[\[{\"\d\-tfn]"),
}
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_GUESSES = (
    (re.compile(rb"\s*<(?:!doctype\s+html|html)\b", re.IGNORECASE), "html"),
    (re.compile(rb"\s*<\?xml[^>]*>[^<]*<(?:[^>]*>\s*<)*?\s*xliff\b", re.IGNORECASE), "xliff"),
    (re.compile(rb"WEBVTT"), "vtt"),
    (re.compile(rb"\s*\d+\s*\n\d{1,2}:\d{2}:\d{2},\d{3} -->"), "srt"),
)
_ODF_TYPES = {
    "application/epub+zip": "epub",
    f"{_ODF}.text": "odt",
    f"{_ODF}.presentation": "odp",
    f"{_ODF}.spreadsheet": "ods",
}
_OFFICE_PARTS = {b"word/": "docx", b"ppt/": "pptx", b"xl/": "xlsx"}


def detect_format(name: str, head: bytes) -> str:
    """The format of a document, by the extension of its name, confirmed by its first `HEAD_BYTES`; without a known
    extension and with an unmistakable content, by that.

    Raises:
        DocumentError: the content is not what the name says, or neither says anything.
    """
    extension = PurePath(name).suffix.lower()
    found = next((format for format in _ALL if extension and extension in format.extensions), None)
    content = _by_content(head)
    if found is None:
        if content is None or (extension and content == "text"):
            known = " ".join(format.extensions[0] for format in _ALL)
            raise DocumentError(f"the format of {name or 'this document'!r} is not known; known are {known}")
        return content
    body = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if found.binary:
        start = _STARTS.get(found.name, _ZIP)
        if head.startswith(_OLE) and start == _ZIP:
            raise DocumentError(f"{name} is encrypted or of an old Office format; save it anew without a password")
        others = content in FORMATS and content != found.name and FORMATS[content].binary if content else False
        if not (body if found.name == "pdf" else head).startswith(start) or others:
            raise DocumentError(f"{name} is not {found.name}: it looks like {content or 'something else'}")
    elif head and not head.startswith(_WIDE):
        foreign = next((what for start, what in _FOREIGN.items() if head.startswith(start)), None)
        foreign = foreign or ("binary data" if b"\0" in head else None)
        if foreign:
            raise DocumentError(f"{name} is not {found.name}: it is {foreign}")
        look = _TEXT_LOOKS.get(found.name)
        if look and body and not look.match(body):
            raise DocumentError(f"{name} is not {found.name}: it does not start like one")
    return found.name


def _by_content(head: bytes) -> str | None:
    """A format that the content shows beyond doubt; text for what may be any text, None for what is none."""
    if head.startswith(_ZIP):
        declared = re.match(rb"PK\x03\x04.{26}mimetype([\w./+-]+?)(?=PK|\Z)", head, re.DOTALL)
        if declared:
            return _ODF_TYPES.get(declared[1].decode("ascii"))
        return next((kind for part, kind in _OFFICE_PARTS.items() if part in head), None)
    for name, start in _STARTS.items():
        if head.startswith(start):
            return name
    if any(head.startswith(start) for start in _FOREIGN) or (b"\0" in head and not head.startswith(_WIDE)):
        return None
    body = head.removeprefix(b"\xef\xbb\xbf")
    return next((name for look, name in _GUESSES if look.match(body)), "text")

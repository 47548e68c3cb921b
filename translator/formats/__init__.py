"""Documents of any format, translated: read into texts, translated together, written again with all else as it was."""

from translator.formats.documents import DocumentReport, translate_document
from translator.formats.records import Record, RecordWriter, Table
from translator.formats.registry import FORMATS, HEAD_BYTES, Format, detect_format
from translator.formats.tables import open_table
from translator.formats.template import Selection, Template, TextTranslator

__all__ = [
    "FORMATS",
    "HEAD_BYTES",
    "DocumentReport",
    "Format",
    "Record",
    "RecordWriter",
    "Selection",
    "Table",
    "Template",
    "TextTranslator",
    "detect_format",
    "open_table",
    "translate_document",
]

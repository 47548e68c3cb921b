"""Bytes to text and back for the text formats: a document leaves in the encoding that it came in."""

import codecs
from dataclasses import dataclass

from translator.errors import DocumentError, EncodingError
from translator.files import likely_encoding

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a text was stored."""

    name: str
    bom: bytes = b""

    def encode(self, text: str, *, references: bool = False) -> bytes:
        """The bytes of a text. What the encoding lacks becomes a character reference, or turns the whole into UTF-8."""
        try:
            return self.bom + text.encode(self.name, "xmlcharrefreplace" if references else "strict")
        except UnicodeEncodeError:
            return text.encode("utf-8", "surrogatepass")


def decode(data: bytes, encoding: str | None = None) -> tuple[str, Encoding]:
    """Read bytes as text: by the mark at their start, else by `encoding`, else as UTF-8. Line ends stay as they are.

    Raises:
        EncodingError: not valid; names the first bad byte and an encoding that fits.
        DocumentError: an encoding of that name is not known.
    """
    bom, name = next(((bom, name) for bom, name in _BOMS if data.startswith(bom)), (b"", encoding or "utf-8"))
    try:
        return data[len(bom) :].decode(name), Encoding(name, bom)
    except LookupError as error:
        raise DocumentError(f"no encoding is named {name!r}; use utf-8, cp1252, iso-8859-1 …") from error
    except UnicodeDecodeError as error:
        suggestion = likely_encoding(data[len(bom) :], error.start)
        hint = f"; it reads well as {suggestion}: give that encoding" if suggestion else "; give its encoding"
        offset = error.start + len(bom)
        raise EncodingError(f"not valid {name} at byte {offset}{hint}", offset=offset, suggestion=suggestion) from error

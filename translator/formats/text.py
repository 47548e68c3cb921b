"""Plain text: one text, whose lines and spaces the translator itself keeps."""

from translator.document import MarkedText
from translator.errors import DocumentError
from translator.formats.encoding import decode
from translator.formats.template import Selection, Template


def read(data: bytes, selection: Selection) -> Template:
    """Raises: EncodingError, or DocumentError for what is no text at all."""
    text, encoding = decode(data, selection.encoding)
    if "\0" in text:
        raise DocumentError(
            f"not a text: a zero byte at character {text.index(chr(0))}; name the document's true format"
        )
    if not text.strip():
        return Template((), lambda _: data)
    return Template((MarkedText(text),), lambda results: encoding.encode(results[0].text))

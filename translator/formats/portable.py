"""PDF in, text out: a PDF holds no paragraphs, so layout is not kept and the result is plain text."""

import io
import logging
import re
from collections.abc import Sequence

from translator.document import MarkedText
from translator.errors import DocumentError, MissingExtraError
from translator.formats.refusal import reason
from translator.formats.template import Selection, Template

MAX_PAGES = 5_000
_HYPHEN = re.compile(r"(?<=\w)[-\u00ad]\n(?=[a-zà-ÿ])")


def read(data: bytes, _: Selection) -> Template:
    """One text a page; pages are separated by a form feed.

    Raises:
        MissingExtraError: without pypdf.
        DocumentError: damaged, encrypted, without text (a scan), or too long.
    """
    try:
        import pypdf
        from pypdf.errors import PyPdfError
    except ImportError as error:
        raise MissingExtraError("reading PDF", "documents") from error
    # Its warnings quote the document, and logs must hold no text of users.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise DocumentError("the PDF is encrypted; remove its password first")
        if len(reader.pages) > MAX_PAGES:
            raise DocumentError(f"the PDF has more than {MAX_PAGES} pages; split it")
        pages = [_HYPHEN.sub("", page.extract_text()).strip() for page in reader.pages]
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError, NotImplementedError) as error:
        raise DocumentError(f"the PDF is damaged: {reason(error)}") from error
    if not any(pages):
        raise DocumentError("the PDF holds no text, perhaps it is a scan; recognise its text (OCR) first")
    texts = tuple(MarkedText(page) for page in pages if page)

    def fill(results: Sequence[MarkedText]) -> bytes:
        rest = iter(results)
        return ("\f".join(next(rest).text if page else "" for page in pages) + "\n").encode()

    return Template(texts, fill, "auto")

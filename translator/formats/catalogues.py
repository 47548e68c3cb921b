"""Gettext catalogues: entries without a translation receive one; those that have one keep it."""

import re
from collections.abc import Sequence

from translator.document import Mark, MarkedText
from translator.errors import DocumentError, MissingExtraError
from translator.formats.encoding import decode
from translator.formats.refusal import reason
from translator.formats.template import Selection, Template

_VARIABLE = re.compile(
    r"%(?:\(\w+\))?[#0\-+]*(?:\d+|\*)?(?:\.\d+)?(?:hh|h|ll|l|z)?[diouxXeEfFgGcrsa%@](?!\w)|%\d+\$[a-z]"
    r"|\{\w*(?:![rsa])?(?::[^{}]*)?\}|\$\{\w+\}"
)


def protect(text: str) -> MarkedText:
    """A message with its variables, as ``%(name)s`` and ``{0}``, marked to be kept."""
    return MarkedText(
        text, tuple(Mark(*match.span(), key, keep=True) for key, match in enumerate(_VARIABLE.finditer(text)))
    )


def read(data: bytes, selection: Selection) -> Template:
    """Raises: MissingExtraError without polib, DocumentError for what it cannot read, EncodingError."""
    try:
        import polib
    except ImportError as error:
        raise MissingExtraError("reading PO files", "documents") from error
    charset = re.search(rb"charset=([\w.-]+)", data)
    declared = charset[1].decode("ascii") if charset and charset[1] != b"CHARSET" else None
    text, encoding = decode(data, selection.encoding or declared)
    try:
        catalogue = polib.pofile(text.replace("\r\n", "\n"), check_for_duplicates=False)
    except (OSError, ValueError, IndexError) as error:
        raise DocumentError(f"not a PO file: {reason(error)}") from error
    if not len(catalogue) and text.strip() and "msgid" not in text:
        raise DocumentError("not a PO file: it has no msgid")
    entries = [entry for entry in catalogue if not entry.obsolete and not entry.translated() and entry.msgid]
    places = [(entry, plural) for entry in entries for plural in ((0, 1) if entry.msgid_plural else (None,))]
    texts = tuple(protect(entry.msgid_plural if plural else entry.msgid) for entry, plural in places)

    def fill(results: Sequence[MarkedText]) -> bytes:
        if not places:
            return data
        for (entry, plural), result in zip(places, results, strict=True):
            if plural is None:
                entry.msgstr = result.text
            else:
                entry.msgstr_plural[plural] = result.text
        catalogue.metadata |= {"Language": "en", "Plural-Forms": "nplurals=2; plural=(n != 1);"}
        written: str = catalogue.__unicode__()
        return encoding.encode(written)

    return Template(texts, fill, "keep")

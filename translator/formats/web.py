"""HTML and XML files, in the encoding that they declare."""

import re

from translator.formats.encoding import decode
from translator.formats.template import Selection, Template
from translator.markup import HTML, XHTML, XML, Markup, Rules

_HEAD_BYTES = 2048
_CHARSET = re.compile(
    rb"""<meta[^>]+charset\s*=\s*["']?([\w.:-]+)|<\?xml[^>]+encoding\s*=\s*["']([\w.:-]+)""", re.IGNORECASE
)


def read(data: bytes, selection: Selection) -> Template:
    """HTML. Raises: EncodingError; nothing else in HTML is refused."""
    return read_markup(data, selection, HTML)


def read_xml(data: bytes, selection: Selection) -> Template:
    """XML or XHTML. Raises: EncodingError, InputError for XML that is not well-formed."""
    xhtml = b"http://www.w3.org/1999/xhtml" in data[:_HEAD_BYTES]
    return read_markup(data, selection, XHTML if xhtml else XML)


def read_markup(data: bytes, selection: Selection, rules: Rules) -> Template:
    """Any markup, by its rules."""
    match = _CHARSET.search(data[:_HEAD_BYTES])
    declared = (match[1] or match[2]).decode("ascii") if match else None
    text, encoding = decode(data, selection.encoding or declared)
    markup = Markup.parse(text, rules, attributes=selection.attributes)
    return Template(markup.texts, lambda results: encoding.encode(markup.render(results), references=True), "join")

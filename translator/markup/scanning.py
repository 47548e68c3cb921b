"""HTML and XML as a sequence of pieces with their positions; joined, the pieces are the text, whatever it is."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from xml.parsers import expat

from translator.errors import InputError
from translator.markup.rules import Rules

PieceKind = Literal["text", "open", "close", "empty", "cdata", "other"]

# Possessive, so that a tag that never ends costs one pass; a `<` outside quotes means that the first was no tag.
_TAG = re.compile(r"""<(/?)([A-Za-z_:\u0080-\U0010ffff][^\s/<>]*)(?:"[^"]*"|'[^']*'|[^"'<>])*+>""")
_ATTRIBUTE = re.compile(r"""(?<=[\s"'/])([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?""")
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]*);")
_XML_NAMES = frozenset({"amp", "lt", "gt", "quot", "apos"})
_PROLOGUE = re.compile(r"<\?xml\s[^>]*\?>|<!DOCTYPE(?:\[[^\]]*\]|\"[^\"]*\"|'[^']*'|[^\[\]\"'>])*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Piece:
    """``text[start:end]``; the name is lower case where the language ignores case, and empty for what is no tag."""

    kind: PieceKind
    start: int
    end: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute with the range of its value in the text, quotes not counted, and the quote ('' where none is)."""

    name: str
    value: str
    start: int
    end: int
    quote: str


def scan(text: str, rules: Rules) -> Iterator[Piece]:
    """The pieces of a text. What looks like a tag but never ends is text."""
    position = begin = 0
    while (found := text.find("<", position)) >= 0:
        piece = _special(text, found, rules) or _tag(text, found, rules)
        if piece is None:
            position = found + 1
            continue
        if found > begin:
            yield Piece("text", begin, found)
        yield piece
        position = begin = piece.end
        if piece.kind == "open" and piece.name in rules.raw:
            close = re.compile(rf"</{re.escape(piece.name)}(?=[\s/>])", re.IGNORECASE).search(text, position)
            position = begin = close.start() if close else len(text)
            if begin > piece.end:
                yield Piece("text", piece.end, begin)
    if begin < len(text):
        yield Piece("text", begin, len(text))


def _special(text: str, start: int, rules: Rules) -> Piece | None:
    """A comment, a declaration, CDATA or a processing instruction; without an end it reaches to the end of the text."""
    if text.startswith("<!--", start):
        opening, closing, kind = 4, "-->", "other"
    elif rules.xml and text.startswith("<![CDATA[", start):
        opening, closing, kind = 9, "]]>", "cdata"
    elif text.startswith("<?", start):
        opening, closing, kind = 2, "?>" if rules.xml else ">", "other"
    elif text.startswith("<!", start):
        doctype = _PROLOGUE.match(text, start)
        if doctype:
            return Piece("other", start, doctype.end())
        opening, closing, kind = 2, ">", "other"
    else:
        return None
    end = text.find(closing, start + opening)
    return Piece("cdata" if kind == "cdata" else "other", start, end + len(closing) if end >= 0 else len(text))


def _tag(text: str, start: int, rules: Rules) -> Piece | None:
    match = _TAG.match(text, start)
    if match is None:
        return None
    name = match[2] if rules.xml else match[2].lower()
    if match[1]:
        return Piece("close", start, match.end(), name)
    empty = name in rules.void if not rules.xml else match[0].endswith("/>")
    return Piece("empty" if empty else "open", start, match.end(), name)


def attributes(text: str, piece: Piece) -> Iterator[Attribute]:
    """The attributes of a tag, their values with references resolved."""
    for match in _ATTRIBUTE.finditer(text, piece.start + 1 + len(piece.name), piece.end - 1):
        group = next((number for number in (2, 3, 4) if match[number] is not None), None)
        if group is None:
            yield Attribute(match[1].lower(), "", match.end(), match.end(), "")
        else:
            value = html.unescape(match[group])
            yield Attribute(
                match[1].lower(), value, match.start(group), match.end(group), {2: '"', 3: "'", 4: ""}[group]
            )


def references(raw: str) -> Iterator[tuple[str, str]]:
    """The characters that a raw text spells as references, each with its spelling."""
    for match in _REFERENCE.finditer(raw):
        character = html.unescape(match[0])
        if len(character) == 1:
            yield character, match[0]


def check_xml(text: str) -> None:
    """Refuse what is not well-formed: a document or a fragment with any number of roots.

    Raises:
        InputError: with line and column; also for a text that declares entities, which are not expanded here.
    """
    prologues = list(_PROLOGUE.finditer(text))
    for match in prologues:
        if "<!ENTITY" in match[0].upper():
            line, column = position(text, match.start())
            raise InputError(f"XML, line {line}, column {column}: declared entities are not accepted; write them out")

    def blank(match: re.Match[str]) -> str:
        return re.sub(r"[^\n]", " ", match[0])

    def known(match: re.Match[str]) -> str:
        name = match[0][1:-1]
        resolved = name.startswith("#") or name in _XML_NAMES or html.unescape(match[0]) == match[0]
        return match[0] if resolved else "x" * len(match[0])

    plain = _REFERENCE.sub(known, _PROLOGUE.sub(blank, text)).encode("utf-8", "surrogatepass")
    parser = expat.ParserCreate("utf-8")
    depth = 0

    def opened(*_: object) -> None:
        nonlocal depth
        depth += 1

    def closed(name: str) -> None:
        nonlocal depth
        depth -= 1
        if depth == 0:
            line, column = position(text, len(plain[: parser.CurrentByteIndex - len("<r>")].decode("utf-8", "ignore")))
            raise InputError(f"XML, line {line}, column {column}: </{name}> closes nothing; correct the markup")

    parser.StartElementHandler, parser.EndElementHandler = opened, closed
    try:
        parser.Parse(b"<r>", False)
        parser.Parse(plain, False)
        parser.EndElementHandler = None
        parser.Parse(b"</r>", True)
    except expat.ExpatError as error:
        column = error.offset + 1 - (len("<r>") if error.lineno == 1 else 0)
        reason = expat.ErrorString(error.code)
        raise InputError(f"XML, line {error.lineno}, column {column}: {reason}; correct the markup") from error


def position(text: str, offset: int) -> tuple[int, int]:
    """Line and column of an offset, both from 1."""
    return text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1

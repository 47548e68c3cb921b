"""What each piece of a markup text is for translation: a cut between texts, a mark in one, or a stretch to leave alone.

Only elements that are closed properly and hold no cut become marks, so moving a mark never breaks the document.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from translator.markup.rules import Lines, Rules
from translator.markup.scanning import Piece, attributes

Role = Literal["cut", "mark", "keep", "point", "island"]

_TRANSLATE_NO = re.compile(r"translate|notranslate", re.IGNORECASE)
_SENTENCE_END = tuple('.!?…:;»"”')
_BREAK_NEIGHBOURS = 4  # pieces around a line break that are looked at for its text


@dataclass(slots=True)
class Element:
    """An element: the indices of its first and last piece. `end` is that of its closing tag only if `matched`."""

    start: int
    end: int
    parent: int
    matched: bool = False
    has_text: bool = False
    translatable: bool = True
    role: Role = "mark"


def elements(text: str, pieces: Sequence[Piece], rules: Rules, lines: Lines) -> dict[int, Element]:
    """The elements by the index of their first piece. A closing tag that closes nothing is no element."""
    found = _match(text, pieces)
    ends: dict[int, list[Element]] = {}
    cuts = 0
    cuts_before: dict[int, int] = {}
    closers = {element.end for element in found.values() if element.matched}
    for index, piece in enumerate(pieces):
        element = found.get(index)
        if element is not None:
            parent = found.get(element.parent)
            element.translatable = _translatable(text, piece, rules, parent is None or parent.translatable)
            element.role = _role(text, pieces, element, parent, rules, lines)
            cuts_before[index] = cuts
            ends.setdefault(element.end, []).append(element)
        elif piece.kind == "close" and index not in closers:
            cuts += 1
        # Inner elements were opened last and end first.
        for ended in reversed(ends.pop(index, ())):
            inner = cuts > cuts_before[ended.start]
            if ended.role in ("point", "island"):
                cuts = cuts_before[ended.start]
            elif ended.role == "cut" or inner or not (ended.matched or pieces[ended.start].kind == "empty"):
                ended.role = "cut"
                cuts += 1
    return found


def _match(text: str, pieces: Sequence[Piece]) -> dict[int, Element]:
    """Pair the tags; a closing tag also ends what is still open inside its element."""
    found: dict[int, Element] = {-1: Element(-1, len(pieces), -2)}
    stack = [-1]
    names: Counter[str] = Counter()
    for index, piece in enumerate(pieces):
        if piece.kind in ("text", "cdata"):
            if not text[piece.start : piece.end].isspace():
                found[stack[-1]].has_text = True
        elif piece.kind == "empty":
            found[index] = Element(index, index, stack[-1])
        elif piece.kind == "open":
            found[index] = Element(index, index, stack[-1])
            stack.append(index)
            names[piece.name] += 1
        elif piece.kind == "close" and names[piece.name]:
            while True:
                element = found[stack.pop()]
                name = pieces[element.start].name
                names[name] -= 1
                if name == piece.name:
                    element.end, element.matched = index, True
                    break
                element.end = index - 1
    for index in stack[1:]:
        found[index].end = len(pieces) - 1
    return found


def _translatable(text: str, piece: Piece, rules: Rules, inherited: bool) -> bool:
    if piece.name in rules.opaque or piece.name in rules.points:
        inherited = False
    if _TRANSLATE_NO.search(text, piece.start, piece.end):
        for attribute in attributes(text, piece):
            if attribute.name == "translate" and attribute.value.lower() in ("yes", "no", ""):
                inherited = attribute.value.lower() != "no"
            elif attribute.name == "class" and "notranslate" in attribute.value.split():
                inherited = False
    return inherited


def _role(
    text: str,
    pieces: Sequence[Piece],
    element: Element,
    parent: Element | None,
    rules: Rules,
    lines: Lines,
) -> Role:
    piece = pieces[element.start]
    if piece.name in rules.islands:
        return "island"
    if piece.name in rules.block:
        return "cut"
    if piece.name in rules.points:
        return "point"
    if piece.name in rules.breaks:
        return "point" if _inside_sentence(text, pieces, element, lines) else "cut"
    if piece.name in rules.raised and not _has_letters(text, pieces, element):
        return "point"
    if rules.outline and piece.name not in rules.inline:
        inside_text = parent is not None and (
            parent.has_text or (parent.start >= 0 and parent.role in ("mark", "keep"))
        )
        if not inside_text:
            return "cut"
    if piece.kind == "empty":
        return "point"
    return "mark" if element.translatable or not (parent is None or parent.translatable) else "keep"


def _inside_sentence(text: str, pieces: Sequence[Piece], element: Element, lines: Lines) -> bool:
    """Whether a line break stands in mid-sentence: after text that does not end one, before a small letter."""
    if lines != "auto":
        return lines == "join"
    before = _near_text(text, pieces, range(element.start - 1, max(-1, element.start - _BREAK_NEIGHBOURS), -1))
    after = _near_text(text, pieces, range(element.end + 1, min(len(pieces), element.end + _BREAK_NEIGHBOURS)))
    return bool(before and after) and not before.endswith(_SENTENCE_END) and after[0].islower()


def _has_letters(text: str, pieces: Sequence[Piece], element: Element) -> bool:
    inside = (text[p.start : p.end] for p in pieces[element.start : element.end] if p.kind == "text")
    return any(character.isalpha() for content in inside for character in content)


def _near_text(text: str, pieces: Sequence[Piece], indices: range) -> str:
    for index in indices:
        piece = pieces[index]
        content = text[piece.start : piece.end].strip()
        if piece.kind == "text" and content:
            return content
        if piece.kind == "empty":
            return ""
    return ""

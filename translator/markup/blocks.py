"""A markup text as translatable texts and what stands around them.

What is not translated is never parsed and written again: it is copied, byte for byte.
"""

import html
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence

from translator.document import Mark, MarkedText
from translator.markup.drafts import Draft, Slot, Tags
from translator.markup.nesting import Element, elements
from translator.markup.rules import HTML, Lines, Rules
from translator.markup.scanning import Piece, attributes, check_xml, references, scan
from translator.markup.weaving import weave


class Markup:
    """A parsed HTML or XML text.

    `texts` are its translatable texts in document order, inline tags as marks, white space collapsed as a browser does,
    references resolved. `render` puts results in their places.
    """

    def __init__(self, source: str, rules: Rules, attribute_names: Collection[str], lines: Lines) -> None:
        self._source = source
        self._rules = rules
        self._attribute_names = frozenset(attribute_names)
        self._pieces: list[Piece] = list(scan(source, rules))
        self._elements = elements(source, self._pieces, rules, lines)
        self._texts: list[MarkedText] = []
        self._slots: list[Slot] = []
        ranges = [(0, len(self._pieces), -1)]
        while ranges:
            ranges += self._walk(*ranges.pop())
        self._order()
        self._escapes = self._spellings()

    @classmethod
    def parse(
        cls, source: str, rules: Rules = HTML, *, attributes: Collection[str] = (), lines: Lines = "auto"
    ) -> "Markup":
        """Read a document or a fragment.

        Args:
            attributes: names of attributes whose values are translated too, as ``alt`` and ``title``.
            lines: whether a line break element ends a text (keep), never does (join), or by what stands around it.

        Raises:
            InputError: XML that is not well-formed; names line and column. HTML is never refused.
        """
        if rules.xml:
            check_xml(source)
        return cls(source, rules, attributes, lines)

    @property
    def texts(self) -> tuple[MarkedText, ...]:
        return tuple(self._texts)

    def render(self, results: Sequence[MarkedText]) -> str:
        """The source with its texts replaced. A result that equals its text leaves the source as it is.

        Raises:
            ValueError: not one result for each text, or the marks of one are not those of its text.
        """
        if len(results) != len(self._texts):
            raise ValueError(f"{len(self._texts)} results are needed, not {len(results)}")
        return self._raw(0, len(self._source), results, None)

    def _walk(self, first: int, last: int, owner: int) -> Iterator[tuple[int, int, int]]:
        """Collect the blocks of a range of pieces; yields the ranges that stand inside as islands."""
        draft = Draft()
        closers = {element.end: element for element in self._elements.values() if element.matched}
        index, parents = first, [self._elements[owner]]
        while index < last:
            piece, element = self._pieces[index], self._elements.get(index)
            if element is not None:
                if piece.kind != "empty":
                    parents.append(element)
                if element.translatable:
                    self._find_attributes(piece)
                if element.role in ("point", "island", "keep"):
                    self._add_stretch(draft, element)
                    if element.role == "island":
                        yield element.start + 1, element.end, element.start
                    index = element.end
                    if piece.kind != "empty":
                        parents.pop()
                elif element.role == "cut":
                    draft = self._flush(draft)
                else:
                    closing = self._pieces[element.end]
                    key = draft.mark((piece.start, piece.end), (closing.start, closing.end))
                    draft.open.append(key)
                    draft.reach(piece.start, closing.end)
            elif piece.kind == "close":
                closed = closers.get(index)
                if closed is None or closed.role == "cut":
                    draft = self._flush(draft)
                elif draft.open:
                    draft.marks[draft.open.pop()][1] = len(draft.text)
            elif piece.kind in ("text", "cdata"):
                self._add_text(draft, piece, parents)
            elif draft.start >= 0:
                draft.mark((piece.start, piece.end), None)
            index += 1
            while len(parents) > 1 and parents[-1].end < index:
                parents.pop()
        self._flush(draft)

    def _add_text(self, draft: Draft, piece: Piece, parents: Sequence[Element]) -> None:
        content = self._content(piece)
        wanted = parents[-1].translatable and self._wanted(parents)
        if content.isspace():
            draft.add(content)
        elif wanted:
            draft.worthwhile = draft.worthwhile or any(character.isalnum() for character in content)
            draft.reach(piece.start, piece.end)
            draft.add(content)
        else:
            draft.add(content)

    def _wanted(self, parents: Sequence[Element]) -> bool:
        only = self._rules.only
        return only is None or any(self._name(element) in only for element in parents)

    def _name(self, element: Element) -> str:
        return self._pieces[element.start].name if element.start >= 0 else ""

    def _add_stretch(self, draft: Draft, element: Element) -> None:
        start, end = self._pieces[element.start].start, self._pieces[element.end].end
        if element.role != "keep" and draft.start < 0:
            return
        if element.role != "keep":
            around = (self._source[start - 1 : start].isspace(), self._source[end : end + 1].isspace())
            is_break = self._name(element) in self._rules.breaks
            draft.point(start, end, all(around), is_break and not any(around))
            draft.add(" " if is_break else "")
        else:
            key = draft.mark((start, end), None)
            draft.reach(start, end)
            for piece in self._pieces[element.start : element.end]:
                if piece.kind in ("text", "cdata"):
                    draft.add(self._content(piece))
            draft.marks[key][1] = len(draft.text)
            draft.kept.add(key)

    def _content(self, piece: Piece) -> str:
        raw = self._source[piece.start : piece.end]
        return raw.removeprefix("<![CDATA[").removesuffix("]]>") if piece.kind == "cdata" else html.unescape(raw)

    def _flush(self, draft: Draft) -> Draft:
        if draft.worthwhile:
            text = draft.text.rstrip(" ")
            inside = [
                key
                for key, tags in enumerate(draft.tags)
                if draft.start <= tags.opening[0] and tags.opening[1] <= draft.end
            ]
            marks = tuple(
                Mark(min(draft.marks[key][0], len(text)), min(draft.marks[key][1], len(text)), key, key in draft.kept)
                for key in inside
            )
            start = draft.start + self._margin(draft.start, 1)
            end = draft.end - self._margin(draft.end, -1)
            self._slots.append(Slot(start, end, len(self._texts), tuple(draft.tags)))
            self._texts.append(MarkedText(text, marks))
        return Draft()

    def _margin(self, position: int, step: int) -> int:
        """The white space of the source that follows (1) or precedes (-1) a position."""
        count = 0
        while True:
            at = position + count if step > 0 else position - count - 1
            if not (0 <= at < len(self._source) and self._source[at] in " \t\r\n\f"):
                return count
            count += 1

    def _find_attributes(self, piece: Piece) -> None:
        if not self._attribute_names:
            return
        for attribute in attributes(self._source, piece):
            if attribute.name in self._attribute_names and any(c.isalnum() for c in attribute.value):
                self._slots.append(Slot(attribute.start, attribute.end, len(self._texts), quote=attribute.quote))
                self._texts.append(MarkedText(attribute.value))

    def _order(self) -> None:
        """Texts and slots in document order, outer slots first."""
        slots = sorted(self._slots, key=lambda slot: (slot.start, -slot.end))
        self._texts = [self._texts[slot.index] for slot in slots]
        self._slots = [Slot(s.start, s.end, index, s.tags, s.quote) for index, s in enumerate(slots)]
        self._starts = [slot.start for slot in self._slots]

    def _spellings(self) -> dict[int, str]:
        """How characters are written: as a reference where the source does so and never as themselves."""
        spelled: dict[str, str] = {}
        plain: set[str] = set()
        for piece in self._pieces:
            if piece.kind == "text":
                raw = self._source[piece.start : piece.end]
                if "&" in raw:
                    for character, spelling in references(raw):
                        spelled.setdefault(character, spelling)
                plain.update(raw)
        escapes = {"&": "&amp;", "<": "&lt;"} | ({">": "&gt;"} if self._rules.xml else {})
        escapes |= {
            c: spelling for c, spelling in spelled.items() if (c not in plain and not c.isspace()) or c == "\xa0"
        }
        return {ord(character): spelling for character, spelling in escapes.items()}

    def _raw(self, start: int, end: int, results: Sequence[MarkedText], within: Slot | None) -> str:
        """A range of the source with the slots in it filled, the slot `within` excepted."""
        parts: list[str] = []
        position = start
        for slot in self._slots[bisect_left(self._starts, start) :]:
            if slot.start >= end:
                break
            if slot.start >= position and slot.end <= end and slot is not within:
                parts += [self._source[position : slot.start], self._fill(slot, results)]
                position = slot.end
        parts.append(self._source[position:end])
        return "".join(parts)

    def _fill(self, slot: Slot, results: Sequence[MarkedText]) -> str:
        result, source = results[slot.index], self._texts[slot.index]
        if slot.quote is not None:
            return self._fill_attribute(slot, result.text, source.text)
        if result == source:
            return self._raw(slot.start, slot.end, results, slot)
        return self._fill_block(slot, result, source, results)

    def _fill_attribute(self, slot: Slot, text: str, source: str) -> str:
        if text == source:
            return self._source[slot.start : slot.end]
        quote = slot.quote or '"'
        text = text.replace("&", "&amp;").replace("<", "&lt;")
        text = text.replace(quote, "&quot;" if quote == '"' else "&#39;")
        return text if slot.quote else f"{quote}{text}{quote}"

    def _fill_block(self, slot: Slot, result: MarkedText, source: MarkedText, results: Sequence[MarkedText]) -> str:
        parents = {mark.key: slot.tags[mark.key].parent for mark in source.marks}
        stretches = {mark.key for mark in source.marks if slot.tags[mark.key].closing is None}
        parts: list[str] = []
        last: Tags | None = None
        for step in weave(result, parents, stretches):
            if step.kind == "text":
                gap = " " if last and last.spaced and not step.text[0].isspace() else ""
                text = step.text.lstrip(" ") if last and last.tight else step.text
                parts.append(gap + text.translate(self._escapes))
            else:
                tags = slot.tags[step.key]
                if step.kind == "stretch" and tags.spaced and parts and not parts[-1][-1:].isspace():
                    parts.append(" ")
                if step.kind == "stretch" and tags.tight and parts:
                    parts[-1] = parts[-1].rstrip(" ")
                reach = tags.closing if step.kind == "close" else tags.opening
                parts.append(self._raw(*reach, results, slot) if reach else "")
            last = slot.tags[step.key] if step.kind == "stretch" else None
        return "".join(parts)

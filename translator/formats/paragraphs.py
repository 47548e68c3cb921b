"""Paragraphs of runs, as in WordprocessingML, DrawingML and SpreadsheetML, read as marked texts.

The formatting that most of a text has is its ground; only what differs from it travels as a mark. Tabs and breaks
cut a paragraph, all that is no text stands as a point, and whole fields are kept.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from copy import deepcopy

from lxml import etree

from translator.document import Mark, MarkedText
from translator.formats.runs import Passage, Stretch, Vocabulary


def passages(root: etree._Element, words: Vocabulary) -> list[Passage]:
    """The texts below a node in document order; runs are divided so that each holds one thing."""
    found: list[Passage] = []
    for paragraph in list(root.iter(words.paragraph)):
        if any(node.text and not node.text.isspace() for node in paragraph.iter(words.text)):
            _divide(paragraph, words)
            found += _collect(paragraph, words)
    return found


def _divide(parent: etree._Element, words: Vocabulary) -> None:
    """One content element a run, so that a run is text, a cut or a point."""
    for child in list(parent):
        if child.tag in words.dropped:
            _remove(child)
        elif child.tag in words.containers:
            _divide(child, words)
        elif child.tag == words.run:
            contents = [node for node in child if node.tag != words.properties]
            properties = child.find(words.properties)
            for node in contents[1:]:
                run = etree.Element(words.run, dict(child.attrib))
                if properties is not None:
                    run.append(deepcopy(properties))
                run.append(node)
                parent.insert(parent.index(child) + contents.index(node), run)


def _remove(node: etree._Element) -> None:
    parent = node.getparent()
    if parent is not None:
        parent.remove(node)


class _Collector:
    def __init__(self, words: Vocabulary) -> None:
        self.words = words
        self.text = ""
        self.pieces: list[tuple[int, int, etree._Element | None, int]] = []
        self.marks: list[list[int]] = []
        self.kept: set[int] = set()
        self.stretches: list[Stretch] = []
        self.parents: list[int] = []
        self.open = [-1]

    def mark(self, stretch: Stretch, content: str = "") -> int:
        self.marks.append([len(self.text), len(self.text) + len(content)])
        self.stretches.append(stretch)
        self.parents.append(self.open[-1])
        if content:
            self.kept.add(len(self.marks) - 1)
            self.text += content
        return len(self.marks) - 1

    def add(self, node: etree._Element) -> None:
        """Take one node of a passage in."""
        words = self.words
        if node.tag == words.text:
            self.write(node.text or "", None)
        elif node.tag in words.containers:
            key = self.mark(Stretch(container=node))
            self.open.append(key)
            for child in _units(node, words):
                self.add_unit(child)
            self.open.pop()
            self.marks[key][1] = len(self.text)
        elif node.tag == words.run and (content := node.find(words.text)) is not None:
            self.write(content.text or "", node.find(words.properties))
        elif not etree.QName(node).localname.endswith("Pr"):
            self.mark(Stretch([node]), _plain(node, words) if node.tag in words.whole else "")

    def add_unit(self, unit: Sequence[etree._Element]) -> None:
        if len(unit) == 1:
            self.add(unit[0])
        else:
            self.mark(Stretch(list(unit)), "".join(_plain(node, self.words) for node in unit))

    def write(self, text: str, properties: etree._Element | None) -> None:
        if text:
            self.pieces.append((len(self.text), len(self.text) + len(text), properties, self.open[-1]))
            self.text += text

    def passage(self, nodes: list[etree._Element]) -> Passage | None:
        if not any(character.isalnum() for piece in self.pieces for character in self.text[piece[0] : piece[1]]):
            return None
        sizes: Counter[str] = Counter()
        keys: list[str] = []
        for start, end, properties, _ in self.pieces:
            # The formatting of a space is seen by nobody: it goes with what stands before it.
            spaces = keys and self.text[start:end].isspace()
            keys.append(keys[-1] if spaces else _look(properties, self.words))
            sizes[keys[-1]] += end - start
        ground = sizes.most_common(1)[0][0]
        formats: list[tuple[int, int, etree._Element | None, int, str]] = []
        for (start, end, properties, parent), key in zip(self.pieces, keys, strict=True):
            if formats and formats[-1][1] == start and formats[-1][3:] == (parent, key):
                formats[-1] = (formats[-1][0], end, formats[-1][2], parent, key)
            else:
                formats.append((start, end, properties, parent, key))
        for start, end, properties, parent, key in formats:
            if key != ground:
                self.marks.append([start, end])
                self.stretches.append(Stretch(properties=properties))
                self.parents.append(parent)
        # Points on the edge of a formatting stay outside it; those within it are in it.
        for number, parent in enumerate(self.parents):
            for other, (start, end) in enumerate(self.marks):
                stretch = self.stretches[other]
                inside = start < self.marks[number][0] and self.marks[number][1] < end
                if stretch.properties is not None and not stretch.nodes and inside and self.parents[other] == parent:
                    self.parents[number] = other
        order = sorted(range(len(self.marks)), key=lambda key: (self.marks[key][0], -self.marks[key][1], key))
        number_of = {key: number for number, key in enumerate(order)} | {-1: -1}
        marks = tuple(Mark(self.marks[key][0], self.marks[key][1], number_of[key], key in self.kept) for key in order)
        return Passage(
            self.words,
            nodes,
            MarkedText(self.text, marks),
            [self.stretches[key] for key in order],
            [number_of[self.parents[key]] for key in order],
            next(properties for (_, _, properties, _), key in zip(self.pieces, keys, strict=True) if key == ground),
            all(node.tag == self.words.text for node in nodes),
        )


def _collect(parent: etree._Element, words: Vocabulary) -> list[Passage]:
    """The passages of a paragraph or container, in order."""
    found: list[Passage] = []
    units: list[list[etree._Element]] = []

    def flush() -> None:
        while units and not _has_text(units[0], words):
            units.pop(0)
        while units and not _has_text(units[-1], words):
            units.pop()
        collector = _Collector(words)
        for unit in units:
            collector.add_unit(unit)
        passage = collector.passage([node for unit in units for node in unit]) if units else None
        found.extend([passage] if passage else [])
        units.clear()

    for unit in _units(parent, words):
        if len(unit) == 1 and _is_cut(unit[0], words):
            flush()
            if unit[0].tag in words.containers:
                found += _collect(unit[0], words)
        else:
            units.append(unit)
    flush()
    return found


def _units(parent: etree._Element, words: Vocabulary) -> Iterator[list[etree._Element]]:
    """The children of a node, a whole field as one unit."""
    children = list(parent)
    index = 0
    while index < len(children):
        end = index
        if _field(children[index], words) == "begin":
            depth = 0
            # The result of a link field is text to translate; that of others is computed.
            for number in range(index, len(children)):
                kind = _field(children[number], words)
                depth += (kind == "begin") - (kind == "end")
                if depth == 0:
                    end = index if _is_link(children[index:number]) else number
                    break
        yield children[index : end + 1]
        index = end + 1


def _is_link(nodes: Sequence[etree._Element]) -> bool:
    codes = (text.text or "" for node in nodes for text in node.iter("{*}instrText"))
    return "HYPERLINK" in "".join(codes)


def _field(node: etree._Element, words: Vocabulary) -> str:
    mark = node.find(words.field_mark) if words.field_mark and node.tag == words.run else None
    return (mark.get(words.field_type) or "") if mark is not None else ""


def _is_cut(node: etree._Element, words: Vocabulary) -> bool:
    if node.tag in words.cuts or _field(node, words):
        return True
    if node.tag == words.run:
        return any(child.tag in words.cuts for child in node)
    if node.tag in words.containers:
        return any(_is_cut(unit[0], words) for unit in _units(node, words) if len(unit) == 1)
    return False


def _has_text(unit: Sequence[etree._Element], words: Vocabulary) -> bool:
    for node in unit:
        if node.tag == words.text and (node.text or "").strip():
            return True
        if len(unit) == 1 and node.tag in words.containers | {words.run}:
            return any(_has_text([child], words) for child in node)
    return False


def _plain(node: etree._Element, words: Vocabulary) -> str:
    return "".join(text.text or "" for text in node.iter(words.text))


def _look(properties: etree._Element | None, words: Vocabulary) -> str:
    """A formatting as a comparable string, without what makes no difference."""
    if properties is None:
        return ""
    copy = deepcopy(properties)
    copy.tail = None
    for node in list(copy.iter()):
        for name in words.volatile & set(node.attrib):
            del node.attrib[name]
    for node in [node for node in copy.iter() if node.tag in words.volatile]:
        _remove(node)
    return etree.tostring(copy, method="c14n").decode() if len(copy) or copy.attrib else ""

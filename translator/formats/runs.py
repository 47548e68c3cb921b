"""A text of an office document: what its marks stand for, and the runs that are made anew from a result."""

from copy import deepcopy
from dataclasses import dataclass, field

from lxml import etree

from translator.document import MarkedText
from translator.markup import weave

_SPACE = "{http://www.w3.org/XML/1998/namespace}space"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Qualified names of a language of runs.

    Attributes:
        containers: elements of a paragraph that hold runs themselves.
        cuts: children of a paragraph or of a run that end a text.
        dropped: elements without meaning once the text is another.
        fields: the field mark of a run, its attribute and its code, where fields are runs; else empty.
        whole: elements of a paragraph that are kept with their text.
        volatile: elements and attributes of run properties that make no difference.
    """

    paragraph: str
    run: str
    properties: str
    text: str
    containers: frozenset[str] = frozenset()
    cuts: frozenset[str] = frozenset()
    dropped: frozenset[str] = frozenset()
    whole: frozenset[str] = frozenset()
    volatile: frozenset[str] = frozenset()
    field_mark: str = ""
    field_type: str = ""
    keep_space: bool = True


@dataclass(slots=True)
class Stretch:
    """What one mark stands for: nodes that are kept, a container, or a formatting."""

    nodes: list[etree._Element] = field(default_factory=list)
    container: etree._Element | None = None
    properties: etree._Element | None = None


@dataclass(slots=True)
class Passage:
    """One text of a paragraph: consecutive `nodes` of one parent, and what its marks stand for, by key."""

    words: Vocabulary
    nodes: list[etree._Element]
    marked: MarkedText
    stretches: list[Stretch]
    parents: list[int]
    ground: etree._Element | None
    bare: bool

    def replace(self, result: MarkedText) -> None:
        """Put a result in the place of the nodes. One that equals the text changes nothing."""
        if result == self.marked:
            return
        parent = self.nodes[0].getparent()
        assert parent is not None
        index = parent.index(self.nodes[0])
        tail = self.nodes[-1].tail
        for node in self.nodes:
            parent.remove(node)
        new = self._build(result)
        for offset, node in enumerate(new):
            node.tail = None
            parent.insert(index + offset, node)
        if new:
            new[-1].tail = tail

    def _build(self, result: MarkedText) -> list[etree._Element]:
        kept = {key for key, stretch in enumerate(self.stretches) if stretch.nodes}
        top: list[etree._Element] = []
        targets: list[etree._Element | list[etree._Element]] = [top]
        formats = [self.ground]
        for step in weave(result, dict(enumerate(self.parents)), kept):
            if step.kind == "text":
                targets[-1].append(self._run(step.text, formats[-1]))
                continue
            stretch = self.stretches[step.key]
            if step.kind == "stretch":
                for node in stretch.nodes:
                    targets[-1].append(node)
            elif step.kind == "open" and stretch.container is not None:
                shell = _shell(stretch.container)
                targets[-1].append(shell)
                targets.append(shell)
                formats.append(formats[-1])
            elif step.kind == "open":
                targets.append(targets[-1])
                formats.append(stretch.properties)
            else:
                targets.pop()
                formats.pop()
        return top

    def _run(self, text: str, properties: etree._Element | None) -> etree._Element:
        node = etree.Element(self.words.text, nsmap=None)
        node.text = text
        if self.words.keep_space and (text != text.strip() or "  " in text):
            node.set(_SPACE, "preserve")
        if self.bare:
            return node
        run = etree.Element(self.words.run)
        if properties is not None:
            run.append(deepcopy(properties))
        run.append(node)
        return run


def _shell(container: etree._Element) -> etree._Element:
    """A container without the runs in it, but with its properties."""
    shell = etree.Element(container.tag, dict(container.attrib), nsmap=container.nsmap)
    for child in container:
        if etree.QName(child).localname.endswith("Pr"):
            shell.append(deepcopy(child))
    return shell

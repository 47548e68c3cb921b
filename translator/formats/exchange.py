"""XLIFF 1.2 and 2.x, TMX: units without an English side receive one; inline codes travel as marks."""

from collections.abc import Sequence
from copy import deepcopy

from lxml import etree

from translator.document import MarkedText
from translator.errors import DocumentError
from translator.formats.archive import parse_xml, write_xml
from translator.formats.template import Selection, Template
from translator.markup import Markup, Rules

_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_CODES = Rules(
    xml=True, points=frozenset(["ph", "bpt", "ept", "it", "ut", "x", "bx", "ex", "sc", "ec", "cp", "sm", "em"])
)


def read_xliff(data: bytes, _: Selection) -> Template:
    """Units with a target and those marked ``translate="no"`` stay. Raises: DocumentError."""
    root = parse_xml(data, "the XLIFF file")
    if etree.QName(root).localname != "xliff":
        raise DocumentError(f"not an XLIFF file: its root is {etree.QName(root).localname}")
    modern = not (root.get("version") or "").startswith("1")
    units: list[tuple[etree._Element, Markup]] = []
    for unit in root.iter("{*}segment" if modern else "{*}trans-unit"):
        source, target = unit.find("{*}source"), unit.find("{*}target")
        if source is None or _refused(unit) or (target is not None and (len(target) or (target.text or "").strip())):
            continue
        units.append((source, _inner(source)))

    def place(source: etree._Element, target: etree._Element) -> None:
        old = source.getparent().find("{*}target")
        if old is not None:
            target.attrib.update(old.attrib)
            old.getparent().remove(old)
        target.tail = source.tail
        source.addnext(target)

    def languages() -> None:
        if modern:
            root.set("trgLang", root.get("trgLang") or "en")
        else:
            for file in root.iter("{*}file"):
                file.set("target-language", file.get("target-language") or "en")

    def fill(results: Sequence[MarkedText]) -> bytes:
        for (source, _), written in zip(units, _rendered(units, results), strict=True):
            namespace = etree.QName(source).namespace
            place(source, _element(f"{{{namespace}}}target" if namespace else "target", source, written))
        languages()
        return write_xml(root) if units else data

    return Template(tuple(text for _, markup in units for text in markup.texts), fill, "join")


def read_tmx(data: bytes, _: Selection) -> Template:
    """Units with a French and no English variant receive one. Raises: DocumentError."""
    root = parse_xml(data, "the TMX file")
    if root.tag != "tmx":
        raise DocumentError(f"not a TMX file: its root is {root.tag}")
    units: list[tuple[etree._Element, Markup]] = []
    for unit in root.iter("tu"):
        variants = {(tuv.get(_XML_LANG) or tuv.get("lang") or "").lower()[:2]: tuv for tuv in unit.iter("tuv")}
        segment = variants["fr"].find("seg") if "fr" in variants and "en" not in variants else None
        if segment is not None:
            units.append((segment, _inner(segment)))

    def fill(results: Sequence[MarkedText]) -> bytes:
        for (segment, _), written in zip(units, _rendered(units, results), strict=True):
            source = segment.getparent()
            assert source is not None
            variant = etree.Element("tuv", {_XML_LANG: "en"})
            variant.append(_element("seg", segment, written))
            variant.tail = source.tail
            source.addnext(variant)
        return write_xml(root) if units else data

    return Template(tuple(text for _, markup in units for text in markup.texts), fill, "join")


def _refused(node: etree._Element) -> bool:
    """Whether the nearest element that says so says that its text is not to be translated."""
    for ancestor in (node, *node.iterancestors()):
        if ancestor.get("translate"):
            return bool(ancestor.get("translate") == "no")
    return False


def _inner(node: etree._Element) -> Markup:
    """The content of an element as markup; each inline element is written in the element's own names."""
    copy = deepcopy(node)
    copy.tail = None
    text: str = etree.tostring(copy, encoding="unicode")
    if text.endswith("/>"):
        return Markup.parse("", _CODES)
    return Markup.parse(text[text.index(">") + 1 : text.rindex("</")], _CODES)


def _rendered(units: Sequence[tuple[etree._Element, Markup]], results: Sequence[MarkedText]) -> list[str]:
    written: list[str] = []
    used = 0
    for _, markup in units:
        count = len(markup.texts)
        written.append(markup.render(results[used : used + count]))
        used += count
    return written


def _element(tag: str, source: etree._Element, content: str) -> etree._Element:
    """An element with the given content, read among the namespaces of `source`."""
    names = "".join(
        f' xmlns{":" + prefix if prefix else ""}="{uri}"' for prefix, uri in source.nsmap.items() if prefix != "xml"
    )
    shell = parse_xml(f"<r{names}>{content}</r>".encode(), "a rendered unit")
    element = etree.Element(tag, nsmap=source.nsmap)
    space = source.get("{http://www.w3.org/XML/1998/namespace}space")
    if space:
        element.set("{http://www.w3.org/XML/1998/namespace}space", space)
    element.text = shell.text
    element.extend(list(shell))
    return element

"""Word, PowerPoint and Excel documents: their parts of text are rewritten, every other part is left as it is."""

import re
from collections.abc import Callable, Sequence

from lxml import etree

from translator.document import MarkedText
from translator.errors import DocumentError
from translator.formats.archive import Archive, parse_xml, write_xml
from translator.formats.paragraphs import passages
from translator.formats.runs import Passage, Vocabulary
from translator.formats.template import Selection, Template

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def _names(space: str, names: str) -> frozenset[str]:
    return frozenset(space + name for name in names.split())


WORD = Vocabulary(
    paragraph=_W + "p",
    run=_W + "r",
    properties=_W + "rPr",
    text=_W + "t",
    containers=_names(_W, "hyperlink ins moveTo smartTag sdt sdtContent customXml"),
    cuts=_names(_W, "tab br cr ptab pPr"),
    dropped=_names(_W, "proofErr lastRenderedPageBreak"),
    whole=_names(_W, "fldSimple"),
    volatile=_names(_W, "lang noProof rsidR rsidRPr"),
    field_mark=_W + "fldChar",
    field_type=_W + "fldCharType",
)
DRAWING = Vocabulary(
    paragraph=_A + "p",
    run=_A + "r",
    properties=_A + "rPr",
    text=_A + "t",
    cuts=_names(_A, "br endParaRPr pPr"),
    whole=_names(_A, "fld"),
    volatile=frozenset({"lang", "altLang", "dirty", "err", "smtClean", "noProof"}),
    keep_space=False,
)
SHARED = Vocabulary(
    paragraph=_S + "si", run=_S + "r", properties=_S + "rPr", text=_S + "t", cuts=_names(_S, "rPh phoneticPr")
)
INLINE = Vocabulary(
    paragraph=_S + "is", run=_S + "r", properties=_S + "rPr", text=_S + "t", cuts=_names(_S, "rPh phoneticPr")
)

_WORD_PARTS = re.compile(r"word/(?:document|header\d*|footer\d*|footnotes|endnotes|comments|glossary/document)\.xml")
_WORD_DRAWINGS = re.compile(r"word/(?:charts/chart|diagrams/data)[^/]*\.xml")
_SLIDE_PARTS = re.compile(
    r"ppt/(?:(?:slides/slide|notesSlides/notesSlide|charts/chart|diagrams/data)[^/]*|comments/[^/]*)\.xml"
)
_SHEET_PARTS = re.compile(r"xl/(?:charts/chart|drawings/drawing)[^/]*\.xml")


def read_docx(data: bytes, _: Selection) -> Template:
    """Body, headers, footers, notes, comments, text boxes, charts. Raises: DocumentError."""
    return _template(data, "Word document", "word/document.xml", [(_WORD_PARTS, WORD), (_WORD_DRAWINGS, DRAWING)])


def read_pptx(data: bytes, _: Selection) -> Template:
    """Slides, notes, charts. Raises: DocumentError."""
    return _template(data, "PowerPoint document", "ppt/presentation.xml", [(_SLIDE_PARTS, DRAWING)])


def read_xlsx(data: bytes, _: Selection) -> Template:
    """Texts of cells and charts; formulas, numbers, sheet names and the headings of tables, which formulas name, stay.

    Raises:
        DocumentError: as for all containers.
    """
    headings: set[str] = set()
    archive = Archive.open(data, "Excel document")
    for name in archive.names:
        if re.fullmatch(r"xl/tables/[^/]*\.xml", name):
            columns = parse_xml(archive.read(name), name).iter(_S + "tableColumn")
            headings |= {re.sub(r"_x000[aAdD]_", "\n", column.get("name") or "") for column in columns}
    kinds = [
        (re.compile(r"xl/sharedStrings\.xml"), SHARED),
        (re.compile(r"xl/worksheets/sheet[^/]*\.xml"), INLINE),
        (_SHEET_PARTS, DRAWING),
    ]
    return _template(
        data, "Excel document", "xl/workbook.xml", kinds, lambda passage: passage.marked.text not in headings
    )


def _template(
    data: bytes,
    what: str,
    required: str,
    kinds: Sequence[tuple[re.Pattern[str], Vocabulary]],
    wanted: Callable[[Passage], bool] = lambda _: True,
) -> Template:
    archive = Archive.open(data, what)
    if required not in archive.names:
        raise DocumentError(f"not a {what}: it has no {required}")
    parts: list[tuple[str, etree._Element, list[Passage]]] = []
    for name in archive.names:
        for pattern, words in kinds:
            if pattern.fullmatch(name):
                root = parse_xml(archive.read(name), name)
                found = [passage for passage in passages(root, words) if wanted(passage)]
                parts += [(name, root, found)] if found else []
    texts = tuple(passage.marked for _, _, found in parts for passage in found)

    def fill(results: Sequence[MarkedText]) -> bytes:
        members: dict[str, bytes] = {}
        used = 0
        for name, root, found in parts:
            own = results[used : used + len(found)]
            used += len(found)
            if any(result != passage.marked for result, passage in zip(own, found, strict=True)):
                for result, passage in zip(own, found, strict=True):
                    passage.replace(result)
                members[name] = write_xml(root)
        return archive.replaced(members)

    return Template(texts, fill, "join")

"""Word, PowerPoint, Excel: styles stay on their words, and what is not translated stays byte for byte."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import docx
import openpyxl
import pptx
import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from openpyxl.worksheet.table import Table

from translator.document import Mark, MarkedText
from translator.errors import DocumentError
from translator.formats import Selection
from translator.formats.office import read_docx

Convert = Callable[..., bytes]


def saved(document: Any) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def add_hyperlink(paragraph: Any, text: str) -> None:
    link = OxmlElement("w:hyperlink")
    link.set(qn("w:anchor"), "ici")
    run = paragraph.add_run(text)
    run.font.underline = True
    link.append(run._r)
    paragraph._p.append(link)


def add_field(paragraph: Any, code: str, result: str) -> None:
    for kind in ("begin", "separate", "end"):
        mark = OxmlElement("w:fldChar")
        mark.set(qn("w:fldCharType"), kind)
        paragraph.add_run()._r.append(mark)
        if kind == "begin":
            instruction = OxmlElement("w:instrText")
            instruction.text = code
            paragraph.add_run()._r.append(instruction)
        elif kind == "separate":
            paragraph.add_run(result)


def word_document() -> bytes:
    document = docx.Document()
    document.add_heading("Le pont de Grenoble", 1)
    paragraph = document.add_paragraph("Un mot ")
    paragraph.add_run("gras").bold = True
    paragraph.add_run(" et ")
    paragraph.add_run("itali").italic = True
    paragraph.add_run("que").italic = True
    paragraph.add_run(" puis ")
    add_hyperlink(paragraph, "un lien")
    paragraph.add_run(" page ")
    add_field(paragraph, "PAGE", "douze")
    paragraph.add_run(".\tAprès la tabulation")
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Nom", "12"
    document.sections[0].header.paragraphs[0].text = "Un titre courant"
    return saved(document)


class TestWord:
    def test_identity(self, same: Convert) -> None:
        data = word_document()
        assert same(data, "docx") == data

    def test_texts_and_marks(self) -> None:
        texts = read_docx(word_document(), Selection()).texts
        assert [text.text for text in texts] == [
            "Le pont de Grenoble",
            "Un mot gras et italique puis un lien page douze.",
            "Après la tabulation",
            "Nom",
            "12",
            "Un titre courant",
        ]
        marked = texts[1]
        assert {marked.text[mark.start : mark.end] for mark in marked.marks} == {"gras", "italique", "un lien", "douze"}
        assert [marked.text[mark.start : mark.end] for mark in marked.marks if mark.keep] == ["douze"]

    def test_styles_follow_their_words(self) -> None:
        document = docx.Document()
        paragraph = document.add_paragraph("le chat ")
        paragraph.add_run("noir").bold = True
        template = read_docx(saved(document), Selection())
        [key] = [mark.key for mark in template.texts[0].marks]
        out = docx.Document(io.BytesIO(template.fill([MarkedText("the black cat", (Mark(4, 9, key),))])))
        assert [(run.text, run.bold) for run in out.paragraphs[0].runs] == [
            ("the ", None),
            ("black", True),
            (" cat", None),
        ]

    def test_structure_stays(self, shout: Convert) -> None:
        out = docx.Document(io.BytesIO(shout(word_document(), "docx")))
        heading, paragraph = out.paragraphs
        assert (heading.text, heading.style and heading.style.name) == ("LE PONT DE GRENOBLE", "Heading 1")
        assert paragraph.text == "UN MOT GRAS ET ITALIQUE PUIS UN LIEN PAGE douze.\tAPRÈS LA TABULATION"
        assert [run.text for run in paragraph.runs if run.bold] == ["GRAS"]
        assert [run.text for run in paragraph.runs if run.italic] == ["ITALIQUE"]
        [link] = paragraph.hyperlinks
        assert (link.text, link.fragment, link.runs[0].underline) == ("UN LIEN", "ici", True)
        kinds = [mark.get(qn("w:fldCharType")) for mark in paragraph._p.iter(qn("w:fldChar"))]
        assert kinds == ["begin", "separate", "end"]
        assert [cell.text for cell in out.tables[0].rows[0].cells] == ["NOM", "12"]
        assert out.sections[0].header.paragraphs[0].text == "UN TITRE COURANT"

    def test_parts_without_text_stay_byte_for_byte(self, shout: Convert) -> None:
        data = word_document()
        before, after = (zipfile.ZipFile(io.BytesIO(raw)) for raw in (data, shout(data, "docx")))
        assert before.namelist() == after.namelist()
        changed = [name for name in before.namelist() if before.read(name) != after.read(name)]
        assert changed == ["word/document.xml", "word/header1.xml"]

    def test_a_field_of_many_paragraphs_keeps_its_ends(self, shout: Convert) -> None:
        document = docx.Document()
        for number, kind in enumerate(("begin", "end")):
            paragraph = document.add_paragraph(f"Un titre {number} ")
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            paragraph.add_run()._r.append(mark)
            paragraph.add_run("suite")
        out = docx.Document(io.BytesIO(shout(saved(document), "docx")))
        for number, paragraph in enumerate(out.paragraphs):
            assert [run.text for run in paragraph.runs] == [f"UN TITRE {number} ", "", "SUITE"]

    def test_wrong_and_damaged_files(self, shout: Convert) -> None:
        with pytest.raises(DocumentError, match="no readable zip"):
            shout(b"not a zip", "docx")
        with pytest.raises(DocumentError, match=r"no word/document\.xml"):
            shout(saved(openpyxl.Workbook()), "docx")
        with pytest.raises(DocumentError, match="encrypted or of the binary format"):
            shout(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "docx")
        with pytest.raises(DocumentError):
            shout(word_document()[:-200], "docx")

    def test_entities_are_never_expanded(self, shout: Convert) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(word_document())) as source, zipfile.ZipFile(out, "w") as target:
            for name in source.namelist():
                bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'
                target.writestr(name, bomb if name == "word/document.xml" else source.read(name))
        with pytest.raises(DocumentError, match="entities"):
            shout(out.getvalue(), "docx")


class TestPowerPoint:
    def presentation(self) -> bytes:
        presentation = pptx.Presentation()
        slide = presentation.slides.add_slide(presentation.slide_layouts[0])
        slide.shapes.title.text = "Le pont"
        paragraph = slide.placeholders[1].text_frame.paragraphs[0]
        paragraph.add_run().text = "Un "
        bold = paragraph.add_run()
        bold.text, bold.font.bold = "mot", True
        paragraph.add_line_break()
        paragraph.add_run().text = "Une ligne"
        slide.notes_slide.notes_text_frame.text = "Une note"
        return saved(presentation)

    def test_identity(self, same: Convert) -> None:
        data = self.presentation()
        assert same(data, "pptx") == data

    def test_words_change_and_styles_stay(self, shout: Convert) -> None:
        out = pptx.Presentation(io.BytesIO(shout(self.presentation(), "pptx")))
        title, body = out.slides[0].shapes
        assert title.text_frame.text == "LE PONT"
        assert body.text_frame.text == "UN MOT\vUNE LIGNE"
        assert [run.text for run in body.text_frame.paragraphs[0].runs if run.font.bold] == ["MOT"]
        assert out.slides[0].notes_slide.notes_text_frame.text == "UNE NOTE"


class TestExcel:
    def workbook(self) -> bytes:
        workbook = openpyxl.Workbook()
        sheet = workbook.active
        sheet["A1"], sheet["B1"] = "Nom", "Prix"
        sheet["A2"], sheet["B2"] = "Un pont", 12
        sheet["A3"], sheet["B3"] = "Nom", "=B2*2"
        sheet["D1"] = "Une remarque"
        sheet.add_table(Table(displayName="Prix", ref="A1:B3"))
        return saved(workbook)

    def test_identity(self, same: Convert) -> None:
        data = self.workbook()
        assert same(data, "xlsx") == data

    def test_texts_change_but_formulas_and_table_headings(self, shout: Convert) -> None:
        sheet = openpyxl.load_workbook(io.BytesIO(shout(self.workbook(), "xlsx"))).active
        assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
            ["Nom", "Prix", None, "UNE REMARQUE"],
            ["UN PONT", 12, None, None],
            ["Nom", "=B2*2", None, None],
        ]

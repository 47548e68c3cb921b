"""An archive as a data team has one: a small document of every format, in folders, each with sentences of its own."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pptx
import pyarrow
import pyarrow.parquet
from ebooklib import epub
from odf.draw import Frame, Page, TextBox
from odf.opendocument import OpenDocumentPresentation, OpenDocumentSpreadsheet, OpenDocumentText
from odf.style import MasterPage, PageLayout
from odf.table import Table, TableCell, TableRow
from odf.text import P

ROWS = [("1", "La boulangerie ouvre à six heures."), ("2", "Le marché,\nsur la place, est fermé."), ("3", "")]
"""Records of the tables, one with a line break in it and one without text."""


def _odf(document: Any) -> bytes:
    out = io.BytesIO()
    document.write(out)
    return out.getvalue()


def _docx() -> bytes:
    document = docx.Document()
    document.add_heading("Le musée de Rennes", 1)
    paragraph = document.add_paragraph("Les visiteurs arrivent ")
    paragraph.add_run("chaque matin").bold = True
    paragraph.add_run(" avec leurs enfants.")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _pptx() -> bytes:
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[5])
    slide.shapes.title.text = "Les résultats de la semaine"
    out = io.BytesIO()
    presentation.save(out)
    return out.getvalue()


def _xlsx() -> bytes:
    book = openpyxl.Workbook()
    book.active["A1"], book.active["B1"] = "Le prix du pain", 12
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _odt() -> bytes:
    document = OpenDocumentText()
    document.text.addElement(P(text="Le jardin est ouvert toute l'année."))
    return _odf(document)


def _odp() -> bytes:
    document = OpenDocumentPresentation()
    layout = PageLayout(name="page")
    document.automaticstyles.addElement(layout)
    document.masterstyles.addElement(MasterPage(name="master", pagelayoutname=layout))
    page, frame, box = Page(masterpagename="master"), Frame(), TextBox()
    box.addElement(P(text="Bienvenue à la conférence."))
    frame.addElement(box)
    page.addElement(frame)
    document.presentation.addElement(page)
    return _odf(document)


def _ods() -> bytes:
    document = OpenDocumentSpreadsheet()
    table, row, cell = Table(name="Feuille"), TableRow(), TableCell(valuetype="string")
    cell.addElement(P(text="Le nombre de pommes"))
    row.addElement(cell)
    table.addElement(row)
    document.spreadsheet.addElement(table)
    return _odf(document)


def _epub(path: Path) -> None:
    book = epub.EpubBook()
    book.set_identifier("archive")
    book.set_title("Les contes du port")
    book.set_language("fr")
    chapter = epub.EpubHtml(title="Le phare", file_name="phare.xhtml", lang="fr")
    chapter.content = "<h1>Le phare</h1><p>Le gardien <i>allume</i> la lampe chaque soir.</p>"
    book.add_item(chapter)
    book.toc = (chapter,)
    book.add_item(epub.EpubNcx())
    book.add_item(epub.EpubNav())
    book.spine = ["nav", chapter]
    epub.write_epub(str(path), book)


def _csv(delimiter: str) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerows([("id", "text"), *ROWS])
    return out.getvalue().encode()


def _parquet() -> bytes:
    table = pyarrow.table({"id": [row[0] for row in ROWS], "text": [row[1] for row in ROWS]})
    out = io.BytesIO()
    pyarrow.parquet.write_table(table, out)
    return out.getvalue()


def pdf(text: str) -> bytes:
    """A page with one line of ASCII text."""
    stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode("ascii")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources <</Font <</F1 5 0 R>> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out = b"%PDF-1.4\n"
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    return out + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)


_TEXTS = {
    "lettre.txt": "Chère Anna,\n\nLe bateau part demain matin.\n",
    "notes/court.txt": "Il pleut.",
    "notes/ancien.log": "La réunion commence à neuf heures.\n",
    "notes/lisez-moi.md": "# Le projet\n\nCe document explique **les règles** du jeu.\n",
    "web/accueil.html": "<html><body><p>Le <b>vieux</b> pont est fermé.</p></body></html>",
    "web/données.xml": "<?xml version='1.0'?><a><b>La ville est grande.</b></a>",
    "web/page.xhtml": '<html xmlns="http://www.w3.org/1999/xhtml"><body><p>Le fleuve est calme.</p></body></html>',
    "film/un.srt": "1\n00:00:01,000 --> 00:00:02,500\nOù est la gare ?\n",
    "film/deux.vtt": "WEBVTT\n\n00:01.000 --> 00:02.500\nLe train est en retard.\n",
    "logiciel/fr.po": 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    'msgid "Ouvrir le fichier"\nmsgstr ""\n',
    "logiciel/fr.xlf": '<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2"><file source-language="fr" '
    'original="a" datatype="plaintext"><body><trans-unit id="1"><source>Fermer la fenêtre</source></trans-unit>'
    "</body></file></xliff>",
    "logiciel/fr2.xliff": '<xliff version="2.0" srcLang="fr" xmlns="urn:oasis:names:tc:xliff:document:2.0">'
    '<file id="f"><unit id="1"><segment><source>Choisir une couleur</source></segment></unit></file></xliff>',
    "logiciel/memoire.tmx": '<tmx version="1.4"><header srclang="fr"/><body><tu><tuv xml:lang="fr"><seg>Le prix a '
    "baissé.</seg></tuv></tu></body></tmx>",
    "données/menu.json": json.dumps({"plats": [{"titre": "La soupe du jour"}], "prix": 12}, ensure_ascii=False),
    "données/avis.jsonl": "".join(
        json.dumps({"id": key, "text": text}, ensure_ascii=False) + "\n" for key, text in ROWS
    ),
}
_FILES: dict[str, Callable[[], bytes]] = {
    "bureau/musée.docx": _docx,
    "bureau/semaine.pptx": _pptx,
    "bureau/prix.xlsx": _xlsx,
    "libre/jardin.odt": _odt,
    "libre/conférence.odp": _odp,
    "libre/pommes.ods": _ods,
    "données/avis.csv": lambda: _csv(","),
    "données/avis.tsv": lambda: _csv("\t"),
    "données/avis.parquet": _parquet,
    "bureau/facture.pdf": lambda: pdf("Le client paie la facture demain."),
}


def build(folder: Path) -> list[str]:
    """Make the archive; gives the names of its documents, relative and with slashes."""
    for name, text in _TEXTS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    for name, make in _FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(make())
    _epub(folder / "livre.epub")
    return sorted([*_TEXTS, *_FILES, "livre.epub"])

"""Make docs/bulk-docx.png and docs/bulk-epub.png: a page of a document and of a book before and after a bulk run.

    PYTHONPATH=.:tests python -m system.bulk_pictures DIR

DIR holds the npm packages docx-preview (0.4.1) and jszip (3.10.2), unpacked to folders of their names: they draw the
document; the browser itself draws the book.
"""

import base64
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import docx
from docx.shared import Pt, RGBColor
from ebooklib import epub
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
VIEWPORT = {"width": 560, "height": 390}
STYLE = """
body { font: 17px/1.5 Georgia, "DejaVu Serif", serif; margin: 2em; }
h1 { text-align: center; font-variant: small-caps; color: #7a1f1f; }
p { text-align: justify; text-indent: 1.5em; margin: 0.3em 0; }
p.first { text-indent: 0; }
p.first::first-letter { font-size: 3.2em; float: left; line-height: 0.85; padding-right: 0.08em; }
aside { margin: 1.2em 2em; padding: 0.3em 1em; border-left: 3px solid #7a1f1f; font-size: 0.9em; }
"""
CHAPTER = """<h1>La maison</h1>
<p class="first">La maison était vide <em>depuis trois ans</em>. Le matin, la lumière entrait par la fenêtre et les
oiseaux chantaient dans le jardin.</p>
<p>Elle a ouvert la porte. Personne ne savait <strong>où elle était</strong>.</p>
<p>« Vous êtes en retard », a dit le professeur.</p>
<aside>Il a pris le <a href="http://trains.example/">train pour Paris</a>.</aside>
<p>Le vieil homme regardait la mer. <span style="color: #1f4f7a">La vie est belle.</span></p>"""


def document(path: Path) -> None:
    report = docx.Document()
    report.styles["Normal"].font.size = Pt(11)
    report.add_heading("Rapport annuel", 0)
    report.add_heading("Le budget de la ville", 1)
    first = report.add_paragraph("Le ")
    first.add_run("conseil municipal de Rennes").bold = True
    first.add_run(" a adopté le budget de la ville. Le projet a coûté ")
    cost = first.add_run("3,5 millions d’euros")
    cost.font.color.rgb = RGBColor(0xB0, 0x20, 0x20)
    first.add_run(".")
    for text in (
        "Les habitants ont voté pour la nouvelle école.",
        "La ville a ouvert une nouvelle bibliothèque en 2024.",
    ):
        report.add_paragraph(text, style="List Number")
    table = report.add_table(rows=3, cols=2, style="Light Grid Accent 1")
    rows = (("La nouvelle école", "12 500 €"), ("La nouvelle bibliothèque", "3 000 €"), ("Le musée de Rennes", "450 €"))
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    last = report.add_paragraph("\nLa situation économique reste difficile, mais ")
    last.add_run("les dépenses sont sous contrôle").italic = True
    last.add_run(".")
    report.save(str(path))


def book(path: Path) -> None:
    made = epub.EpubBook()
    made.set_identifier("passerelle")
    made.set_title("La maison")
    made.set_language("fr")
    style = epub.EpubItem("style", "style.css", "text/css", STYLE.encode())
    chapter = epub.EpubHtml(title="La maison", file_name="chapter.xhtml", lang="fr", content=CHAPTER)
    chapter.add_item(style)
    for item in (style, chapter, epub.EpubNav()):
        made.add_item(item)
    made.spine = [chapter]
    made.toc = [chapter]
    epub.write_epub(str(path), made)


def draw_document(page: Page, path: Path, scripts: Path) -> None:
    page.set_content("<body style='margin: 0'><div id=page></div>")
    for script in ("jszip/dist/jszip.min.js", "docx-preview/dist/docx-preview.min.js"):
        page.add_script_tag(path=scripts / script)
    draw = """data => docx.renderAsync(Uint8Array.from(atob(data), c => c.charCodeAt(0)).buffer,
        document.getElementById('page'), null, {inWrapper: false, ignoreWidth: true, ignoreHeight: true})"""
    page.evaluate(draw, base64.b64encode(path.read_bytes()).decode())
    page.add_style_tag(content="section.docx { padding: 2em !important; }")


def draw_book(page: Page, path: Path, folder: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    page.goto((folder / "EPUB" / "chapter.xhtml").as_uri())


def main(scripts: Path) -> None:
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        (folder / "before").mkdir()
        document(folder / "before" / "report.docx")
        book(folder / "before" / "book.epub")
        command = [sys.executable, "-m", "translator", "bulk", "before", "--out", "after"]
        subprocess.run(command, cwd=folder, check=True)
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for kind in ("docx", "epub"):
            shots = []
            for when in ("before", "after"):
                page = browser.new_page(viewport=VIEWPORT)  # type: ignore[arg-type]
                if kind == "docx":
                    draw_document(page, folder / when / "report.docx", scripts)
                else:
                    draw_book(page, folder / when / "book.epub", folder / f"{when}-pages")
                shots.append(base64.b64encode(page.screenshot()).decode())
            pair = browser.new_page(viewport={"width": 2 * VIEWPORT["width"] + 24, "height": VIEWPORT["height"]})
            images = "".join(
                f"<img src='data:image/png;base64,{shot}' style='border: 1px solid #bbb'>" for shot in shots
            )
            pair.set_content(f"<body style='margin: 0; display: flex; gap: 20px'>{images}")
            pair.screenshot(path=ROOT / "docs" / f"bulk-{kind}.png")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())

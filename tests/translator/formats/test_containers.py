"""OpenDocument and EPUB; and containers that are damaged, protected or built to exhaust memory."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from ebooklib import epub
from odf.office import Annotation
from odf.opendocument import OpenDocumentText
from odf.text import A, H, Note, NoteBody, NoteCitation, P, Span, Tab

from translator.errors import DocumentError
from translator.formats import Selection
from translator.formats.archive import FREE_BYTES, Archive
from translator.formats.opendocument import read as read_odt

Convert = Callable[..., bytes]


def odt() -> bytes:
    document = OpenDocumentText()
    document.text.addElement(H(outlinelevel=1, text="Le pont"))
    paragraph = P(text="Un ")
    paragraph.addElement(Span(text="vieux"))
    paragraph.addText(" pont")
    note = Note(noteclass="footnote")
    note.addElement(NoteCitation(text="a"))
    body = NoteBody()
    body.addElement(P(text="Une note."))
    note.addElement(body)
    paragraph.addElement(note)
    paragraph.addText(" et ")
    paragraph.addElement(A(href="https://pont.example", text="un lien"))
    paragraph.addElement(Tab())
    paragraph.addText("Suite")
    document.text.addElement(paragraph)
    remark = Annotation()
    remark.addElement(P(text="Une remarque"))
    end = P(text="Fin")
    end.addElement(remark)
    document.text.addElement(end)
    out = io.BytesIO()
    document.write(out)
    return out.getvalue()


class TestOpenDocument:
    def test_identity(self, same: Convert) -> None:
        data = odt()
        assert same(data, "odt") == data

    def test_texts(self) -> None:
        assert [text.text for text in read_odt(odt(), Selection()).texts] == [
            "Le pont", "Un vieux pont et un lien", "Une note.", "Suite", "Fin", "Une remarque",
        ]  # fmt: skip

    def test_tags_stay(self, shout: Convert) -> None:
        out = zipfile.ZipFile(io.BytesIO(shout(odt(), "odt")))
        content = out.read("content.xml").decode()
        assert "UN <text:span>VIEUX</text:span> PONT<text:note " in content
        assert "<text:p>UNE NOTE.</text:p></text:note-body></text:note> ET <text:a " in content
        assert ">UN LIEN</text:a><text:tab/>SUITE</text:p>" in content
        assert out.read("mimetype") == b"application/vnd.oasis.opendocument.text"
        assert out.infolist()[0].compress_type == zipfile.ZIP_STORED

    def test_encrypted(self, shout: Convert) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as target:
            target.writestr(
                "META-INF/manifest.xml", "<manifest:manifest><manifest:encryption-data/></manifest:manifest>"
            )
        with pytest.raises(DocumentError, match="encrypted"):
            shout(out.getvalue(), "odt")


class TestEpub:
    @pytest.fixture
    def book(self, tmp_path: Path) -> bytes:
        book = epub.EpubBook()
        book.set_identifier("un")
        book.set_title("Le livre")
        book.set_language("fr")
        chapter = epub.EpubHtml(title="Chapitre un", file_name="un.xhtml", lang="fr")
        chapter.content = (
            '<h1>Chapitre un</h1><p>Le <b>vieux</b> pont &amp; <img src="a.png" alt="Une image"/> fin.</p>'
        )
        book.add_item(chapter)
        book.toc = (chapter,)
        book.add_item(epub.EpubNcx())
        book.add_item(epub.EpubNav())
        book.spine = ["nav", chapter]
        epub.write_epub(str(tmp_path / "un.epub"), book)
        return (tmp_path / "un.epub").read_bytes()

    def test_identity(self, same: Convert, book: bytes) -> None:
        assert same(book, "epub") == book

    def test_chapters_contents_and_title(self, shout: Convert, book: bytes) -> None:
        out = zipfile.ZipFile(io.BytesIO(shout(book, "epub", attributes=("alt",))))
        chapter = out.read("EPUB/un.xhtml").decode()
        assert '<p>LE <b>VIEUX</b> PONT &amp; <img src="a.png" alt="UNE IMAGE"/> FIN.</p>' in chapter
        assert ">CHAPITRE UN</a>" in out.read("EPUB/nav.xhtml").decode()
        assert "<text>CHAPITRE UN</text>" in out.read("EPUB/toc.ncx").decode()
        package = out.read("EPUB/content.opf").decode()
        assert "<dc:title>LE LIVRE</dc:title>" in package
        assert "<dc:language>en</dc:language>" in package

    def test_protected(self, shout: Convert, book: bytes) -> None:
        out = io.BytesIO(book)
        with zipfile.ZipFile(out, "a") as target:
            target.writestr(
                "META-INF/encryption.xml", '<encryption><CipherReference URI="EPUB/un.xhtml"/></encryption>'
            )
        with pytest.raises(DocumentError, match=r"EPUB/un\.xhtml is encrypted"):
            shout(out.getvalue(), "epub")

    def test_no_epub(self, shout: Convert) -> None:
        with pytest.raises(DocumentError, match=r"no META-INF/container\.xml"):
            shout(odt(), "epub")


class TestArchive:
    def test_zip_bomb_is_refused_before_it_is_unpacked(self) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
            target.writestr("word/document.xml", bytes(FREE_BYTES + 1))
        with pytest.raises(DocumentError, match="unpacks to"):
            Archive.open(out.getvalue(), "Word document")

    def test_many_members_are_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("translator.formats.archive.MAX_MEMBERS", 2)
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as target:
            for name in "abc":
                target.writestr(name, b"")
        with pytest.raises(DocumentError, match="2 files"):
            Archive.open(out.getvalue(), "EPUB")

    def test_damaged_member_is_named(self) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as target:
            target.writestr("a.xml", b"<a>texte</a>")
        data = out.getvalue().replace(b"texte", b"texta")
        with pytest.raises(DocumentError, match=r"a\.xml in the document is damaged"):
            Archive.open(data, "EPUB").read("a.xml")

    def test_encrypted_member_is_named(self) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as target:
            target.writestr("a.xml", b"<a/>")
        data = bytearray(out.getvalue())
        data[data.index(b"PK\x01\x02") + 8] |= 1
        with pytest.raises(DocumentError, match=r"encrypted \(a\.xml\)"):
            Archive.open(bytes(data), "EPUB")

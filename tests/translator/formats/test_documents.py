"""Formats are told by name and content; a target file is whole or not there."""

import io
import os
from collections.abc import Sequence
from pathlib import Path

import pypdf
import pytest

from translator.document import MarkedText
from translator.errors import DocumentError, InputError
from translator.formats import FORMATS, detect_format, translate_document


class Engine:
    """Capitals; remembers what it was asked."""

    def __init__(self) -> None:
        self.calls: list[tuple[int, dict[str, object]]] = []

    def translate_marked(self, texts: Sequence[MarkedText], **options: object) -> list[MarkedText]:
        self.calls.append((len(texts), options))
        return [MarkedText(text.text.upper(), text.marks) for text in texts]


@pytest.mark.parametrize(
    ("name", "head", "format"),
    [
        ("a.TXT", b"un", "text"),
        ("a.md", b"# un", "markdown"),
        ("a.html", b"un", "html"),
        ("a.docx", b"PK\x03\x04 word/document.xml", "docx"),
        ("a.epub", b"PK\x03\x04" + bytes(26) + b"mimetypeapplication/epub+zipPK", "epub"),
        ("a.pdf", b"\n%PDF-1.7", "pdf"),
        ("a.json", b"\xef\xbb\xbf [1]", "json"),
        ("a.txt", "été".encode("utf-16"), "text"),
        ("", b"<!DOCTYPE html><p>", "html"),
        ("-", b"WEBVTT\n", "vtt"),
        ("-", b"1\n00:00:01,000 --> 00:00:02,000\n", "srt"),
        ("-", b"un texte", "text"),
        ("-", b"%PDF-1.4", "pdf"),
    ],
)
def test_format_by_name_and_content(name: str, head: bytes, format: str) -> None:
    assert detect_format(name, head) == format


@pytest.mark.parametrize(
    ("name", "head", "reason"),
    [
        ("a.docx", b"un texte", "is not docx"),
        ("a.docx", b"PK\x03\x04 xl/workbook.xml", "looks like xlsx"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "encrypted or of an old"),
        ("a.txt", b"PK\x03\x04", "a zip container"),
        ("a.txt", b"\x89PNG\r\n", "a PNG picture"),
        ("a.csv", b"a\0b", "binary data"),
        ("a.pdf", b"<html>", "looks like"),
        ("a.json", b"bonjour", "does not start like one"),
        ("a.xyz", b"bonjour", "is not known"),
        ("", b"\x1f\x8b\x08", "is not known"),
    ],
)
def test_a_false_name_is_found_out(name: str, head: bytes, reason: str) -> None:
    with pytest.raises(DocumentError, match=reason):
        detect_format(name, head)


def test_extensions_and_media_types_are_unique() -> None:
    extensions = [extension for format in FORMATS.values() for extension in format.extensions]
    assert len(extensions) == len(set(extensions))
    media_types = [format.media_type for format in FORMATS.values()]
    assert len(media_types) == len(set(media_types))


def test_report_and_options(tmp_path: Path) -> None:
    source, target = tmp_path / "un.html", tmp_path / "one.html"
    source.write_text("<p>Le pont</p><p>Fin</p>")
    engine = Engine()
    report = translate_document(source, target, "auto", engine, beam_size=1)
    assert target.read_text() == "<p>LE PONT</p><p>FIN</p>"
    assert (report.format, report.output, report.texts, report.words, report.characters) == ("html", "html", 2, 3, 10)
    assert engine.calls == [(2, {"lines": "join", "beam_size": 1})]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.html", "un.html"]


def test_lines_of_the_caller_win() -> None:
    engine = Engine()
    translate_document(io.BytesIO(b"<p>un"), io.BytesIO(), "html", engine, lines="keep")
    assert engine.calls == [(1, {"lines": "keep"})]


def test_progress_and_end_by_progress(tmp_path: Path) -> None:
    source = ("<p>" + "mot " * 5000) * 6
    seen: list[tuple[int, int]] = []
    translate_document(io.BytesIO(source.encode()), io.BytesIO(), "html", Engine(), progress=lambda *p: seen.append(p))
    assert len(seen) > 1
    assert seen[-1][0] == seen[-1][1] == 6 * (5000 * 4 - 1)

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        translate_document(io.BytesIO(b"<p>un"), tmp_path / "x", "html", Engine(), progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_limits_and_files_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="larger than 3 bytes"):
        translate_document(io.BytesIO(b"four"), io.BytesIO(), "text", Engine(), max_bytes=3)
    with pytest.raises(InputError, match="cannot read"):
        translate_document(tmp_path / "absent.txt", io.BytesIO(), "text", Engine())
    with pytest.raises(InputError, match="absent does not exist; make it first"):
        translate_document(io.BytesIO(b"un"), tmp_path / "absent" / "x.txt", "text", Engine())
    with pytest.raises(InputError, match="no format is named 'doc'"):
        translate_document(io.BytesIO(b"un"), io.BytesIO(), "doc", Engine())


def test_a_target_keeps_its_old_content_when_writing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "x.txt"
    target.write_text("old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match="No space left"):
        translate_document(io.BytesIO(b"un"), target, "text", Engine())
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def pdf(text: str) -> bytes:
    """A PDF of one page, written by hand."""
    content = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode("latin-1")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
            b" /Resources << /Font << /F1 5 0 R >> >> >>"
        ),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(out + b"trailer << /Root 1 0 R /Size 6 >>\nstartxref\n%d\n%%%%EOF\n" % start)


def test_pdf_gives_text() -> None:
    out = io.BytesIO()
    report = translate_document(io.BytesIO(pdf("Le vieux pont")), out, "pdf", Engine())
    assert out.getvalue() == b"LE VIEUX PONT\n"
    assert (report.format, report.output) == ("pdf", "text")


def test_pdf_without_text_encrypted_or_damaged() -> None:
    with pytest.raises(DocumentError, match="no text"):
        translate_document(io.BytesIO(pdf("")), io.BytesIO(), "pdf", Engine())
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf("secret")))
    writer.encrypt("cle", algorithm="RC4-128")
    locked = io.BytesIO()
    writer.write(locked)
    with pytest.raises(DocumentError, match="encrypted"):
        translate_document(io.BytesIO(locked.getvalue()), io.BytesIO(), "pdf", Engine())
    with pytest.raises(DocumentError, match="damaged"):
        translate_document(io.BytesIO(b"%PDF-1.4 nothing"), io.BytesIO(), "pdf", Engine())

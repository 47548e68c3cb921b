"""Whatever the bytes, a document is either read or refused with an error of ours."""

import io
import random
import zipfile
from collections.abc import Callable

import docx
import openpyxl
import pptx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from odf.opendocument import OpenDocumentText
from odf.text import P

from translator.errors import PasserelleError
from translator.formats import FORMATS

Convert = Callable[..., bytes]

TEXTS = {
    "text": "Un texte.\nDeux lignes.\n",
    "markdown": "# Un\n\n- *deux* [trois](x)\n\n| a | b |\n|---|---|\n| c | d |\n",
    "html": "<!doctype html><p>Le <b>vieux</b> pont<br>et &eacute;</p><script>x</script>",
    "xml": "<?xml version='1.0'?><a><b>Le <c d='e'>vieux</c> pont</b><![CDATA[x]]></a>",
    "srt": "1\n00:00:01,000 --> 00:00:02,000\nUn <i>mot</i>\nou deux\n",
    "vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\nUn\n",
    "po": 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    'msgid "un %d"\nmsgid_plural "b"\nmsgstr[0] ""\n',
    "xliff": '<xliff version="1.2"><file><body>'
    '<trans-unit id="1"><source>Un <g id="1">b</g></source></trans-unit></body></file></xliff>',
    "tmx": '<tmx version="1.4"><body><tu><tuv xml:lang="fr"><seg>Un <ph>x</ph></seg></tuv></tu></body></tmx>',
    "json": '{"a": ["un", {"b": "deux"}], "c": 1}',
    "jsonl": '{"a": "un"}\n{"a": "deux"}\n',
    "csv": 'a,b\n1,"un\ndeux"\n2,trois\n',
    "tsv": "a\tb\n1\tun\n",
}
COLUMNS = {"jsonl": "a", "csv": "b", "tsv": "b", "parquet": "a"}


def binaries() -> dict[str, bytes]:
    """A small document of each binary format."""
    found: dict[str, bytes] = {}
    word = docx.Document()
    word.add_paragraph("Un ").add_run("mot").bold = True
    slides = pptx.Presentation()
    slides.slides.add_slide(slides.slide_layouts[0]).shapes.title.text = "Un titre"
    sheet = openpyxl.Workbook()
    sheet.active["A1"] = "Un mot"
    for format, document in (("docx", word), ("pptx", slides), ("xlsx", sheet)):
        out = io.BytesIO()
        document.save(out)
        found[format] = out.getvalue()
    text = OpenDocumentText()
    text.text.addElement(P(text="Un mot"))
    out = io.BytesIO()
    text.write(out)
    found["odt"] = found["odp"] = found["ods"] = out.getvalue()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        book.writestr(
            "META-INF/container.xml", '<container><rootfiles><rootfile full-path="a.opf"/></rootfiles></container>'
        )
        manifest = '<manifest><item href="a.xhtml" media-type="application/xhtml+xml"/></manifest>'
        book.writestr("a.opf", f"<package><metadata/>{manifest}</package>")
        book.writestr("a.xhtml", '<html xmlns="http://www.w3.org/1999/xhtml"><body><p>Un <b>mot</b></p></body></html>')
    found["epub"] = out.getvalue()
    out = io.BytesIO()
    pq.write_table(pa.table({"a": ["un", "deux"]}), out)
    found["parquet"] = out.getvalue()
    return found


@pytest.fixture(scope="module")
def documents() -> dict[str, bytes]:
    return (
        {format: text.encode() for format, text in TEXTS.items()}
        | binaries()
        | {"pdf": b"%PDF-1.4\n1 0 obj\n<<>>\n%%EOF"}
    )


def damage(data: bytes, chance: random.Random) -> bytes:
    """Some bytes changed, left out, doubled, or everything after a place cut off."""
    raw = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        if not raw:
            break
        at = chance.randrange(len(raw))
        match chance.randrange(5):
            case 0:
                raw[at] = chance.randrange(256)
            case 1:
                raw[at : at + chance.randint(1, 20)] = b""
            case 2:
                raw[at:at] = raw[at : at + 20]
            case 3:
                raw[at:at] = chance.choice(
                    [b"<", b">", b'"', b"&", b"\\", b"{", b"\n", b"]]>", b"<!--", b"\xff", b"\0"]
                )
            case _:
                del raw[at:]
    return bytes(raw)


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_damaged_bytes_are_read_or_refused(shout: Convert, documents: dict[str, bytes], format: str) -> None:
    chance = random.Random(format)
    rounds = 15 if FORMATS[format].binary else 150
    refusals: list[str] = []
    for _ in range(rounds):
        data = damage(documents[format], chance)
        try:
            shout(data, format, column=COLUMNS.get(format))
        except PasserelleError as error:
            refusals.append(str(error))
    assert all(text and "\n" not in text for text in refusals)
    assert len(refusals) < rounds or FORMATS[format].binary


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_empty_and_blank_files(shout: Convert, format: str) -> None:
    for data in (b"", b" ", b"\n\n", b"\xef\xbb\xbf"):
        try:
            out = shout(data, format, column=COLUMNS.get(format))
        except PasserelleError:
            continue
        assert out == data


def test_damaged_parts_inside_sound_containers(shout: Convert, documents: dict[str, bytes]) -> None:
    chance = random.Random(7)
    refusals: list[str] = []
    for format in ("docx", "pptx", "xlsx", "odt", "epub"):
        with zipfile.ZipFile(io.BytesIO(documents[format])) as source:
            members = {name: source.read(name) for name in source.namelist()}
        for name in [name for name in members if name.endswith(("xml", "opf", "xhtml"))][:12]:
            out = io.BytesIO()
            with zipfile.ZipFile(out, "w") as target:
                for member, content in members.items():
                    target.writestr(member, damage(content, chance) if member == name else content)
            try:
                shout(out.getvalue(), format)
            except PasserelleError as error:
                refusals.append(str(error))
    assert refusals
    assert all("\n" not in text for text in refusals)

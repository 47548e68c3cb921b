"""PO, XLIFF, TMX: what has no English side receives one, codes and variables included."""

from collections.abc import Callable

import polib
import pytest
from translate.storage.tmx import tmxfile

from translator.errors import DocumentError

Convert = Callable[..., bytes]

PO = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"

#. une remarque
#: a.c:1
#, python-format
msgctxt "titre"
msgid "Bonjour %(nom)s, {0} et %d fichiers"
msgstr ""

msgid "un fichier"
msgid_plural "%d fichiers"
msgstr[0] ""
msgstr[1] ""

msgid "déjà"
msgstr "already"
"""

XLIFF_1 = """<?xml version="1.0" encoding="UTF-8"?>
<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2">
<file source-language="fr" original="a" datatype="plaintext"><body>
<trans-unit id="1"><source>Le <g id="1">vieux</g> pont<x id="2"/></source></trans-unit>
<trans-unit id="2" translate="no"><source>Non</source></trans-unit>
<trans-unit id="3"><source>Fini</source><target>Done</target></trans-unit>
<trans-unit id="4"><source>Vide</source><target state="new"/></trans-unit>
</body></file></xliff>"""

XLIFF_2 = """<xliff version="2.0" srcLang="fr" xmlns="urn:oasis:names:tc:xliff:document:2.0">
<file id="f"><unit id="1"><segment>
<source>Le <pc id="1">vieux</pc> pont<ph id="2"/> &amp; co</source></segment></unit></file></xliff>"""

TMX = """<?xml version="1.0"?><tmx version="1.4"><header srclang="fr"/><body>
<tu><tuv xml:lang="fr"><seg>Le <bpt i="1">&lt;b&gt;</bpt>pont<ept i="1">&lt;/b&gt;</ept></seg></tuv></tu>
<tu><tuv xml:lang="fr-FR"><seg>Un</seg></tuv><tuv xml:lang="en"><seg>One</seg></tuv></tu></body></tmx>"""


def test_po(shout: Convert) -> None:
    out = polib.pofile(shout(PO, "po").decode())
    first, plural, done = out
    assert first.msgstr == "BONJOUR %(nom)s, {0} ET %d FICHIERS"
    assert (first.msgctxt, first.occurrences, first.flags, first.comment) == (
        "titre", [("a.c", "1")], ["python-format"], "une remarque",
    )  # fmt: skip
    assert plural.msgstr_plural == {0: "UN FICHIER", 1: "%d FICHIERS"}
    assert done.msgstr == "already"
    assert out.metadata["Language"] == "en"


def test_a_finished_catalogue_stays_byte_for_byte(shout: Convert) -> None:
    data = 'msgid "un"\nmsgstr "one"\n'
    assert shout(data, "po") == data.encode()


def test_xliff_1(shout: Convert) -> None:
    out = shout(XLIFF_1, "xliff").decode()
    assert (
        '<source>Le <g id="1">vieux</g> pont<x id="2"/></source><target>LE <g id="1">VIEUX</g> PONT<x id="2"/></target>'
        in out
    )
    assert 'id="2" translate="no"><source>Non</source></trans-unit>' in out
    assert "<target>Done</target>" in out
    assert '<target state="new">VIDE</target>' in out
    assert 'target-language="en"' in out


def test_xliff_2(shout: Convert) -> None:
    out = shout(XLIFF_2, "xliff").decode()
    assert '<target>LE <pc id="1">VIEUX</pc> PONT<ph id="2"/> &amp; CO</target>' in out
    assert 'trgLang="en"' in out


def test_tmx(shout: Convert) -> None:
    out = shout(TMX, "tmx")
    memory = tmxfile.parsestring(out)  # type: ignore[no-untyped-call]
    assert len(memory.units) == 2
    assert out.count(b'<tuv xml:lang="en">') == 2
    assert b'<tuv xml:lang="en"><seg>LE <bpt i="1">&lt;b&gt;</bpt>PONT<ept i="1">&lt;/b&gt;</ept></seg></tuv>' in out


@pytest.mark.parametrize(("format", "data", "reason"), [
    ("xliff", "<a/>", "root is a"), ("tmx", "<a/>", "root is a"), ("tmx", "<tmx>", "not well-formed"),
    ("po", "bonjour", "not a PO file"),
])  # fmt: skip
def test_other_files_are_refused(shout: Convert, format: str, data: str, reason: str) -> None:
    with pytest.raises(DocumentError, match=reason):
        shout(data, format)

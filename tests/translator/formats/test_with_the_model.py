"""Whole documents through the shipped model: their words become English, their tags and styles stay on them."""

import io
import re
from collections.abc import Iterator
from xml.etree import ElementTree

import docx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from translator import Translator
from translator.formats import translate_document
from translator.markup import XML


@pytest.fixture(scope="module")
def translator() -> Iterator[Translator]:
    translator = Translator.load()
    yield translator
    translator.engine.close()


def convert(translator: Translator, data: bytes, format: str) -> bytes:
    out = io.BytesIO()
    translate_document(io.BytesIO(data), out, format, translator)
    return out.getvalue()


def test_marks_stay_on_names_and_numbers(translator: Translator) -> None:
    source = (
        "<p>Elle habite à <b>Toulouse</b> depuis <i>2009</i>.</p>\n"
        "<p>Hier, <a href='/paul'>Paul Martin</a> a acheté une voiture à <em>Marseille</em>.</p>\n"
        "<p>La commande <code>git push</code> envoie le travail.</p>\n"
        "<h1><span class=x>Le marché est ouvert le dimanche.</span></h1>\n"
        "<pre>Ne rien changer ici.</pre>"
    )
    [out] = translator.translate_markup([source])
    assert "<b>Toulouse</b>" in out
    assert "<i>2009</i>" in out
    assert "<a href='/paul'>Paul Martin</a>" in out
    assert "<em>Marseille</em>" in out
    assert "<code>git push</code>" in out
    assert re.search(r"<h1><span class=x>[^<]*</span></h1>", out)
    assert "<pre>Ne rien changer ici.</pre>" in out
    assert "marché" not in out


PIECES = st.sampled_from(
    [
        "le chat ",
        "de Lyon",
        " mange ",
        "la pomme. ",
        "Il pleut ! ",
        "12 ",
        "R&amp;D ",
        "« oui » ",
        "<x/>",
        "<y a='1'/>",
        " ",
    ]
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.recursive(PIECES, lambda inner: st.lists(inner, max_size=4).map(lambda p: f"<b>{''.join(p)}</b>"), max_leaves=10)
)
def test_any_xml_stays_well_formed_and_keeps_its_tags(translator: Translator, source: str) -> None:
    source = f"<p>Dans la ville, {source} et voilà.</p>"
    [out] = translator.translate_markup([source], rules=XML)
    tags = sorted(element.tag for element in ElementTree.fromstring(source).iter())
    assert sorted(element.tag for element in ElementTree.fromstring(out).iter()) == tags


def test_word_styles_stay_on_their_words(translator: Translator) -> None:
    document = docx.Document()
    document.add_heading("Le rapport annuel", 1)
    paragraph = document.add_paragraph("Hier, ")
    paragraph.add_run("Paul Martin").bold = True
    paragraph.add_run(" a acheté une voiture à ")
    paragraph.add_run("Nantes").italic = True
    paragraph.add_run(" en 2015.")
    out = io.BytesIO()
    document.save(out)
    result = docx.Document(io.BytesIO(convert(translator, out.getvalue(), "docx")))
    assert [run.text for run in result.paragraphs[1].runs if run.bold] == ["Paul Martin"]
    assert [run.text for run in result.paragraphs[1].runs if run.italic] == ["Nantes"]
    assert "acheté" not in result.paragraphs[1].text
    assert result.paragraphs[0].text != "Le rapport annuel"


def test_one_document_is_one_of_many(translator: Translator) -> None:
    markdown = "# Le pont\n\nLa ville a reconstruit **le pont** en `2009`.\n\n- un marché\n- deux écoles\n"
    out = convert(translator, markdown.encode(), "markdown").decode()
    assert out.count("**") == 2
    assert out.count("\n- ") == 2
    assert "`2009`" in out
    assert out == convert(translator, markdown.encode(), "markdown").decode()


def test_subtitles_keep_their_shape(translator: Translator) -> None:
    source = (
        "1\n00:00:01,000 --> 00:00:03,000\nJe ne sais pas où\nil est allé hier soir.\n\n"
        "2\n00:00:04,000 --> 00:00:05,000\n- Oui.\n- Non.\n"
    )
    out = convert(translator, source.encode(), "srt").decode()
    assert [re.sub(r"\w+", "", line) if "-->" in line else bool(line) for line in out.split("\n")] == [
        re.sub(r"\w+", "", line) if "-->" in line else bool(line) for line in source.split("\n")
    ]

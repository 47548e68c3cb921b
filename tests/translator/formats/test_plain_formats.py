"""Text formats come back byte for byte from an identity engine, and only their words change with another."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from translator.document import MarkedText
from translator.errors import DocumentError, EncodingError, InputError
from translator.formats import Selection
from translator.formats.json_strings import read as read_json
from translator.formats.markdown import read as read_markdown
from translator.formats.subtitles import read as read_subtitles
from translator.formats.web import read as read_html

Convert = Callable[..., bytes]

MARKDOWN = """---
title: Le pont
---
# Un *titre* ici

Le **vieux pont** de [Grenoble](https://pont.example "Titre") est
beau et `code *x*` reste. ![Image](a.png) <https://pont.example> fin[^1].\x20\x20
Ligne \\* suivante [lien][r] et <b>html</b>.

> citation longue
> sur deux lignes

1. un élément
   - [ ] sous **élément**

| Nom | Prix |
|-----|------|
| Pain \\| sel | deux |

```python
ne = "pas"
```

<div>Un bloc <b>html</b></div>

[r]: https://lien.example
[^1]: Une note.

    code indenté
"""

SRT = """1
00:00:01,000 --> 00:00:02,500
Bonjour <i>tout le monde</i>,
comment ça va ?

2
00:00:03,000 --> 00:00:04,000
- Oui.
- {\\an8}Non ?

3
00:00:05,000 --> 00:00:06,000

"""

VTT = """WEBVTT - Un film

NOTE une remarque

STYLE
::cue { color: white }

intro
00:01.000 --> 00:02.500 align:start
<v Marie>Bonjour <c.rouge>Paul</c></v>
"""

HTML_PAGE = (
    "<!doctype html><meta charset=utf-8><p>Le <b>vieux</b>\n  pont&nbsp;: <code>x = 1</code></p>\r\n<pre>a\n b</pre>"
)
JSON = '{"a": {"titre": "Le pont", "n": 1.50, "l": [ "un", {"titre":"deux \\u00e9"} ]}, "vide": ""}\n'

SAMPLES = [
    ("markdown", MARKDOWN),
    ("srt", SRT),
    ("vtt", VTT),
    ("html", HTML_PAGE),
    ("json", JSON),
    ("text", "  un\r\n\tdeux \n"),
]


@pytest.mark.parametrize(("format", "source"), SAMPLES)
def test_identity_gives_the_bytes_back(same: Convert, format: str, source: str) -> None:
    for text in (source, source.replace("\r\n", "\n").replace("\n", "\r\n")):
        assert same(text, format) == text.encode()
        assert same(b"\xef\xbb\xbf" + text.encode(), format) == b"\xef\xbb\xbf" + text.encode()


def test_utf16_text_stays_utf16(shout: Convert) -> None:
    assert shout("un été".encode("utf-16"), "text").decode("utf-16") == "UN ÉTÉ"


def test_wrong_encoding_is_refused_by_place_and_with_a_way_out(shout: Convert) -> None:
    data = ("Un café très serré près de la fenêtre du château, où l'été s'étire. " * 3).encode("cp1252")
    with pytest.raises(EncodingError, match="byte 6") as caught:
        shout(data, "text")
    assert caught.value.offset == 6
    assert caught.value.suggestion is not None
    assert shout(data, "text", encoding="cp1252").decode("cp1252").startswith("UN CAFÉ")
    with pytest.raises(DocumentError, match="no encoding is named"):
        shout(data, "text", encoding="klingon")


def test_binary_is_no_text(shout: Convert) -> None:
    with pytest.raises(DocumentError, match="zero byte"):
        shout(b"ab\0c", "text")


class TestHtml:
    def test_declared_encoding(self, shout: Convert) -> None:
        source = '<meta charset="iso-8859-1"><p>été</p>'.encode("latin-1")
        assert shout(source, "html") == '<meta charset="iso-8859-1"><p>ÉTÉ</p>'.encode("latin-1")

    def test_what_the_encoding_lacks_becomes_a_reference(self) -> None:
        template = read_html(b'<meta charset="iso-8859-1"><p>prix</p>', Selection())
        assert template.fill([MarkedText("€ price")]) == b'<meta charset="iso-8859-1"><p>&#8364; price</p>'

    def test_xml_errors_name_their_place(self, shout: Convert) -> None:
        with pytest.raises(InputError, match="line 2"):
            shout("<a>\n<b></a>", "xml")


class TestMarkdown:
    def test_only_words_change(self, shout: Convert) -> None:
        out = shout(MARKDOWN, "markdown").decode()
        assert "title: Le pont" in out
        assert "# UN *TITRE* ICI" in out
        assert (
            'LE **VIEUX PONT** DE [GRENOBLE](https://pont.example "Titre") EST BEAU ET `code *x*` RESTE. '
            "![Image](a.png) <https://pont.example> FIN[^1].\\\nLIGNE \\* SUIVANTE"
        ) in out
        assert "<b>HTML</b>." in out
        assert "> CITATION LONGUE SUR DEUX LIGNES\n" in out
        assert "   - [ ] SOUS **ÉLÉMENT**" in out
        assert "| PAIN \\| SEL | DEUX |" in out
        assert 'ne = "pas"' in out
        assert "<div>UN BLOC <b>HTML</b></div>" in out
        assert "[r]: https://lien.example" in out
        assert "[^1]: UNE NOTE." in out
        assert "    code indenté" in out

    @pytest.mark.parametrize("new", ["2 * 3 * 4", "# no heading", "1. no list", "[no](link)", "<b>", "a `b` c", "- x"])
    def test_new_words_are_never_markup(self, new: str) -> None:
        template = read_markdown(b"Bonjour\n", Selection())
        again = read_markdown(template.fill([MarkedText(new)]), Selection())
        assert [text.text for text in again.texts] == [new]

    def test_emphasis_of_nothing_is_left_out(self) -> None:
        template = read_markdown(b"Un **mot** ici\n", Selection())
        [mark] = template.texts[0].marks
        moved = MarkedText("word here", (type(mark)(4, 4, mark.key),))
        assert template.fill([moved]) == b"word here\n"

    @given(st.text(alphabet="ab *_`[]()<>#-|\n\\!~&$é1.", max_size=60))
    def test_any_text_comes_back(self, source: str) -> None:
        template = read_markdown(source.encode(), Selection())
        assert template.fill(template.texts) == source.encode()


class TestSubtitles:
    def test_timings_and_lines_stay(self, shout: Convert) -> None:
        assert shout(SRT, "srt").decode() == SRT.replace(
            "Bonjour <i>tout le monde</i>,\ncomment ça va ?", "BONJOUR <i>TOUT LE MONDE</i>,\nCOMMENT ÇA VA ?"
        ).replace("Oui", "OUI").replace("}Non", "}NON")

    def test_vtt_header_notes_styles_and_voices_stay(self, shout: Convert) -> None:
        assert shout(VTT, "vtt").decode() == VTT.replace("Bonjour", "BONJOUR").replace(">Paul", ">PAUL")

    def test_a_longer_target_keeps_the_count_of_lines(self) -> None:
        template = read_subtitles(SRT.encode(), Selection())
        first = MarkedText("Good evening to each and every one of you", (type(template.texts[0].marks[0])(0, 4, 0),))
        cue = template.fill([first, *template.texts[1:]]).decode().split("\n\n")[0].split("\n")
        assert cue[2:] == ["<i>Good</i> evening to each", "and every one of you"]

    def test_no_subtitles(self, shout: Convert) -> None:
        with pytest.raises(DocumentError, match="timing line"):
            shout("Un texte.", "srt")


class TestJson:
    @pytest.mark.parametrize(
        ("paths", "changed"),
        [
            ((), ["LE PONT", "UN", "DEUX"]),
            (("$.a.titre",), ["LE PONT"]),
            (("..titre",), ["LE PONT", "DEUX"]),
            (("a.l[*]",), ["UN"]),
            (("a.l[1].titre", "$['a']['titre']"), ["LE PONT", "DEUX"]),
            (("$.a.*",), ["LE PONT"]),
        ],
    )
    def test_paths(self, shout: Convert, paths: tuple[str, ...], changed: list[str]) -> None:
        out = shout(JSON, "json", paths=paths).decode()
        assert [word for word in ("LE PONT", "UN", "DEUX") if word in out] == changed
        assert '"n": 1.50, "l": [ "' in out

    def test_bad_json_and_bad_path(self, shout: Convert) -> None:
        with pytest.raises(DocumentError, match="line 2, column 1"):
            shout('{"a":\n}', "json")
        with pytest.raises(InputError, match="character 3"):
            shout(JSON, "json", paths=("$.a[",))

    @given(
        st.recursive(
            st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        )
    )
    def test_any_json_comes_back(self, value: object) -> None:
        import json

        data = json.dumps(value).encode()
        template = read_json(data, Selection())
        assert template.fill(template.texts) == data

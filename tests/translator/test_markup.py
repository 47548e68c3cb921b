"""Marks land on their words and a document that goes in well-formed comes out well-formed."""

import re
from collections.abc import Callable
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from translator.document import Mark, MarkedText
from translator.errors import InputError
from translator.markup import HTML, XML, Markup, Rules, project

PAGE = """<!doctype html>
<html lang="fr"><head><title>L'&eacute;t&eacute;</title><script>if (a<b) f("</p>")</script>
<style>p > b {}</style></head>
<body><!-- note --><p class="x">  Le <b>vieux</b> pont
   de l'<a href="x?a=1&b=2" title="Une ville"><i>Isère</i></a>&nbsp;! <code>a &lt; b</code> fin.<br>Suite<br/>
   de <img src=x alt=Pont> la page. </p>
<p translate="no">Ne pas <b>traduire</b></p><ul><li>un <b>deux<li>trois</ul>
<span class="notranslate">AFP</span> rapporte <b>a<i>b</b>c</i> 3 < 4
<pre>  garder
 ceci</pre></body></html>"""


def shout(text: MarkedText) -> MarkedText:
    return MarkedText(text.text.upper(), text.marks)


def render(
    source: str, change: Callable[[MarkedText], MarkedText] = shout, rules: Rules = HTML, **options: object
) -> str:
    markup = Markup.parse(source, rules, **options)  # type: ignore[arg-type]
    return markup.render([change(text) for text in markup.texts])


def links(source: str, target: str, pairs: str) -> list[tuple[int, int, int, int, float]]:
    """Links from pairs such as ``0-0 1-2`` of word numbers."""
    left = [match.span() for match in re.finditer(r"\w+|[^\w\s]", source)]
    right = [match.span() for match in re.finditer(r"\w+|[^\w\s]", target)]
    numbers = [tuple(map(int, pair.split("-"))) for pair in pairs.split()]
    return [(*left[a], *right[b], 1.0) for a, b in numbers]


def placed(source: str, target: str, pairs: str, *stretches: str, keep: bool = False) -> list[str]:
    marks = []
    for key, stretch in enumerate(stretches):
        start = source.index(stretch)
        marks.append(Mark(start, start + len(stretch), key, keep))
    return [target[mark.start : mark.end] for mark in project(source, target, marks, links(source, target, pairs))]


class TestProject:
    def test_mark_follows_its_words(self) -> None:
        assert placed("le chat noir dort", "the black cat sleeps", "0-0 1-2 2-1 3-3", "noir") == ["black"]
        assert placed("le chat noir dort", "the black cat sleeps", "0-0 1-2 2-1 3-3", "chat noir") == ["black cat"]

    def test_nested_mark_stays_inside(self) -> None:
        assert placed("un petit chat noir", "a small black cat", "0-0 1-1 2-3 3-2", "petit chat noir", "noir") == [
            "small black cat",
            "black",
        ]

    def test_whole_text_stays_whole_without_links(self) -> None:
        assert placed("Bonjour le monde.", "Hello everyone out there.", "", "Bonjour le monde.") == [
            "Hello everyone out there."
        ]

    def test_final_stop_stays_outside_where_it_was_outside(self) -> None:
        assert placed("Bonjour le monde.", "Hello world.", "0-0 2-1 3-2", "Bonjour le monde") == ["Hello world"]

    def test_gap_in_the_alignment_is_bridged(self) -> None:
        assert placed("il a vu la tour", "he had once seen the tower", "0-0 1-1 2-3 3-4 4-5", "a vu") == [
            "had once seen"
        ]

    def test_two_siblings_never_share_a_word(self) -> None:
        assert placed("du pain", "some bread", "0-1 1-1", "du", "pain") in (
            ["some", "bread"],
            ["", "bread"],
            ["bread", ""],
        )

    def test_names_and_numbers_are_their_own_links(self) -> None:
        assert placed("Le 14 mai, Anne Durand part", "Anne Durand left on May 14", "0-5", "14 mai", "Anne Durand") == [
            "14",
            "Anne Durand",
        ]

    def test_kept_stretch_finds_its_own_occurrence(self) -> None:
        source, target = "tape ls puis ls", "ls: type ls then ls"
        marks = [Mark(5, 7, 0, True), Mark(13, 15, 1, True)]
        result = project(source, target, marks, links(source, target, "0-2 1-3 2-4 3-5"))
        assert [(mark.start, target[mark.start : mark.end]) for mark in result] == [(9, "ls"), (17, "ls")]

    def test_point_follows_the_word_that_it_touches(self) -> None:
        source, target = "la voiture rouge est là", "the red car is here"
        [mark] = project(source, target, [Mark(10, 10, 0)], links(source, target, "0-0 1-2 2-1 3-3 4-4"))
        assert target[: mark.start] == "the red car"

    def test_points_at_the_ends_stay_there(self) -> None:
        result = project("un deux", "one two", [Mark(0, 0, 0), Mark(7, 7, 1)], [])
        assert [mark.start for mark in result] == [0, 7]

    def test_so_many_marks_that_alignment_would_take_minutes(self) -> None:
        source = "mot " * 30_000
        marks = [Mark(at, at + 3, at, at % 8 == 0) for at in range(0, len(source), 4)]
        result = project(source, source.replace("mot ", "mot word "), marks, [])
        assert [mark.key for mark in result] == [mark.key for mark in marks]
        assert all(one.start <= one.end <= other.start for one, other in pairwise(result))

    @given(st.data())
    def test_every_mark_once_nested_and_on_word_edges(self, data: st.DataObject) -> None:
        alphabet = st.text("ab ,.'é", max_size=40)
        source, target = data.draw(alphabet), data.draw(alphabet)
        marks: list[Mark] = []

        def draw(start: int, end: int, depth: int) -> None:
            position = start
            while depth and position <= end and len(marks) < 8 and data.draw(st.booleans()):
                first = data.draw(st.integers(position, end))
                last = data.draw(st.integers(first, end))
                marks.append(Mark(first, last, len(marks), data.draw(st.booleans()) and last > first))
                if not marks[-1].keep:
                    draw(first, last, depth - 1)
                position = last

        draw(0, len(source), 3)
        numbers = st.tuples(
            st.integers(0, len(source)),
            st.integers(0, len(source)),
            st.integers(0, len(target)),
            st.integers(0, len(target)),
        )
        drawn = [(*link, 1.0) for link in data.draw(st.lists(numbers, max_size=12))]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("translator.markup.projection.MAX_WORK", data.draw(st.sampled_from([0, 10**6])))
            result = project(source, target, marks, drawn)
        assert [mark.key for mark in result] == [mark.key for mark in marks]
        for mark in result:
            assert 0 <= mark.start <= mark.end <= len(target)
        kept_edges = {edge for mark in result if mark.keep for edge in (mark.start, mark.end)}
        for mark in result:
            for edge in {mark.start, mark.end} - kept_edges:
                assert not (0 < edge < len(target) and target[edge - 1].isalpha() and target[edge].isalpha())
        for one in result:
            for other in result:
                assert not one.start < other.start < one.end < other.end


class TestMarkup:
    def test_texts(self) -> None:
        texts = [text.text for text in Markup.parse(PAGE).texts]
        assert texts[:3] == ["L'été", "Le vieux pont de l'Isère\xa0! a < b fin.", "Suite de la page."]
        assert not any("traduire" in text or "garder" in text or "f(" in text for text in texts)

    def test_unchanged_texts_give_the_bytes_back(self) -> None:
        assert render(PAGE, lambda text: text, attributes=("alt", "title")) == PAGE

    def test_tags_stay_on_their_words(self) -> None:
        def swap(text: MarkedText) -> MarkedText:
            return MarkedText("the black cat", (Mark(4, 9, text.marks[0].key),))

        assert render("<p>le chat <b class=x>noir</b>", swap) == "<p>the <b class=x>black</b> cat"

    def test_attributes_only_on_request(self) -> None:
        source = '<p title="le pont">Un <img alt=pont src=a.png> vieux</p>'
        assert render(source) == '<p title="le pont">UN <img alt=pont src=a.png> VIEUX</p>'
        assert (
            render(source, attributes=("alt", "title")) == '<p title="LE PONT">UN <img alt="PONT" src=a.png> VIEUX</p>'
        )

    def test_references_are_written_as_they_were(self) -> None:
        assert render(
            "<p>caf&eacute;&nbsp;: R&amp;D &lt; 3</p>", lambda t: MarkedText(t.text.replace("café", "the é"))
        ) == ("<p>the &eacute;&nbsp;: R&amp;D &lt; 3</p>")

    def test_new_special_characters_are_escaped(self) -> None:
        assert render("<p>un</p>", lambda text: MarkedText("<b> & co")) == "<p>&lt;b> &amp; co</p>"

    @pytest.mark.parametrize("tag", ["code", "keep", 'span translate="no"', 'i class="a notranslate"'])
    def test_kept_elements_are_copied_raw(self, tag: str) -> None:
        source = f"<p>voir <{tag}>le &lt;b&gt; <u>x</u></{tag.split()[0]}> ici</p>"
        [text] = Markup.parse(source).texts
        [mark] = text.marks
        assert mark.keep
        assert text.text[mark.start : mark.end] == "le <b> x"
        assert render(source) == source.replace("voir", "VOIR").replace("ici", "ICI")

    def test_translate_yes_inside_no(self) -> None:
        assert render('<div translate="no"><p>non</p><p translate="yes">oui</p></div>') == (
            '<div translate="no"><p>non</p><p translate="yes">OUI</p></div>'
        )

    @pytest.mark.parametrize(
        ("source", "count"),
        [("Rue du Pont<br>Grenoble", 2), ("un vers qui<br>continue", 1), ("fini.<br>ensuite", 2), ("a<br><br>b", 2)],
    )
    def test_line_breaks_by_what_stands_around(self, source: str, count: int) -> None:
        assert len(Markup.parse(source).texts) == count
        assert len(Markup.parse(source, lines="keep").texts) == 2

    def test_crossed_tags_keep_their_order(self) -> None:
        assert render("<p>un <b>deux <i>trois</b> quatre</i></p>") == "<p>UN <b>DEUX <i>TROIS</b> QUATRE</i></p>"

    @given(
        st.lists(
            st.sampled_from(
                [
                    "<p>",
                    "</p>",
                    "<b>",
                    "</b>",
                    "<i x='>'>",
                    "</i>",
                    "<br>",
                    "<code>",
                    "</code>",
                    "<!--",
                    "-->",
                    "<",
                    "&amp;",
                    "&",
                    "mot ",
                    " ",
                    "<img>",
                    "<pre>",
                    "</pre>",
                ]
            )
        ),
        st.randoms(),
    )
    def test_soup_keeps_its_tags(self, pieces: list[str], random: object) -> None:
        source = "".join(pieces)
        tags = re.compile(r"</?[a-z][^<>]*>|<!--")
        assert render(source, lambda text: text) == source
        assert sorted(tags.findall(render(source))) == sorted(tags.findall(source))

    @given(
        st.recursive(
            st.text("ab é&<>", max_size=6).map(
                lambda t: t.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            ),
            lambda inner: st.lists(inner, max_size=4).map(lambda parts: "<x>" + "".join(parts) + "</x>"),
            max_leaves=12,
        ),
        st.booleans(),
        st.data(),
    )
    def test_xml_stays_well_formed_wherever_marks_land(self, source: str, outline: bool, data: st.DataObject) -> None:
        source = f"<d>{source}</d>"

        def shuffle(text: MarkedText) -> MarkedText:
            edges = [data.draw(st.integers(0, len(text.text))) for _ in range(2 * len(text.marks))]
            pairs = zip(edges[::2], edges[1::2], strict=True)
            return MarkedText(
                text.text[::-1] + "!",
                tuple(
                    Mark(min(pair), max(pair), mark.key, mark.keep)
                    for mark, pair in zip(text.marks, pairs, strict=True)
                ),
            )

        out = render(source, shuffle, Rules(xml=True, outline=outline))
        ElementTree.fromstring(f"<r>{out}</r>")
        assert out.count("<x>") == source.count("<x>")

    def test_xml_outline(self) -> None:
        source = "<doc><titre>Un</titre><p>Le <b>vieux <i>pont</i></b> est <r/>là</p></doc>"
        assert [text.text for text in Markup.parse(source, XML).texts] == ["Un", "Le vieux pont est là"]

    def test_xml_splitting_and_ignored_tags(self) -> None:
        source = "<p>Le <b>vieux</b> pont<s>La <k>rive</k></s></p>"
        rules = Rules(xml=True, block=frozenset({"s"}), opaque=frozenset({"k"}))
        first, second = Markup.parse(source, rules).texts
        assert (first.text, second.text) == ("Le vieux pont", "La rive")
        assert second.marks[0].keep

    def test_islands_are_points_with_texts_of_their_own(self) -> None:
        source = "<p>Le pont<note><p>Bâti en 1900.</p></note> est vieux.</p>"
        rules = Rules(xml=True, block=frozenset({"p"}), islands=frozenset({"note"}))
        assert [text.text for text in Markup.parse(source, rules).texts] == ["Le pont est vieux.", "Bâti en 1900."]
        assert render(source, rules=rules) == "<p>LE PONT<note><p>BÂTI EN 1900.</p></note> EST VIEUX.</p>"

    @pytest.mark.parametrize(
        ("source", "place"),
        [
            ("a <b>c", "line 1"),
            ("a</b>", "line 1, column 4"),
            ("x\n& y", "line 2, column"),
            ("</r><r>", "line 1, column 1"),
            ('<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "line 1, column 1"),
        ],
    )
    def test_bad_xml_is_refused_by_place(self, source: str, place: str) -> None:
        with pytest.raises(InputError, match=place):
            Markup.parse(source, XML)

    def test_results_must_have_the_marks_of_their_texts(self) -> None:
        markup = Markup.parse("<p>un <b>deux</b>")
        with pytest.raises(ValueError, match="marks"):
            markup.render([MarkedText("one two")])
        with pytest.raises(ValueError, match="1 results are needed"):
            markup.render([])

    @pytest.mark.parametrize(
        "source", ["<b>" * 20_000, "<a " * 50_000, "<a \"'" * 50_001, "<i>" * 20_000 + "x" + "</i>" * 20_000]
    )
    def test_hostile_depth_and_unclosed_tags(self, source: str) -> None:
        assert render(source, lambda text: text) == source

    def test_number_of_a_note_is_no_part_of_its_word(self) -> None:
        source = "<p>le budget<sup><a href=x>1</a></sup> du 1<sup>er</sup> mai</p>"
        [text] = Markup.parse(source).texts
        assert text.text == "le budget du 1er mai"
        assert render(source) == "<p>LE BUDGET<sup><a href=x>1</a></sup> DU 1<sup>ER</sup> MAI</p>"

    def test_a_tight_line_break_gains_no_space(self) -> None:
        assert render("<p>le pont<br>vieux <br> et long</p>") == "<p>LE PONT<br>VIEUX <br> ET LONG</p>"

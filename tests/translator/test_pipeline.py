"""The whole way of a text, on the shipped model: what must hold whatever the model says."""

import re
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from translator import InputError, Mark, MarkedText, Options, Translation, Translator
from translator.engines import Batch, Decoding, Engine, Hypotheses, Hypothesis
from translator.glossary import Glossary
from translator.memory import Memory, Store
from translator.protection import count_placeholders

SENTENCES = (
    "La réunion aura lieu mardi à Bruxelles.",
    "Jens Stoltenberg a remercié l’OTAN et Mme Kerbrat.",
    "Il a payé 3,5 millions d’euros pour 12 tableaux.",
    "Que faire ?",
    "Le chat dort.",
    "Les habitants de l’île attendent le bateau depuis lundi, mais la mer reste trop forte pour accoster.",
    "« Nous partirons demain », dit-elle.",
)
FRENCH = st.lists(st.sampled_from(SENTENCES), max_size=6).map(" ".join)
ANY_TEXT = st.lists(st.one_of(FRENCH, st.text(max_size=30), st.sampled_from("\n\r\t \u00a0⟦1⟧")), max_size=6).map(
    "".join
)


def _entities(translation: Translation) -> list[tuple[str, str | None]]:
    return [(one.text, one.target) for segment in translation.segments for one in segment.entities]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=ANY_TEXT)
def test_whatever_the_text_its_separators_and_its_own_placeholders_come_out(translator: Translator, text: str) -> None:
    translation = translator.translate(text)
    rest = translation.prefix
    for segment in translation.segments:
        assert text[segment.start : segment.end] == segment.source
        for entity in segment.entities:
            assert text[entity.start : entity.end] == entity.text
            if entity.target is not None:
                assert segment.target[entity.target_start : entity.target_end] == entity.target
        rest += segment.source + segment.separator

    assert rest == text
    assert count_placeholders(translation.text) == count_placeholders(text)


def test_many_texts_come_out_as_each_alone_and_in_order(translator: Translator, article: str) -> None:
    texts = [*SENTENCES, article, "", "  \n", *reversed(SENTENCES)]

    assert translator.translate_many(texts) == [translator.translate(text) for text in texts]


def test_results_do_not_depend_on_other_threads(translator: Translator, article: str) -> None:
    alone = [translator.translate(text) for text in SENTENCES]
    with ThreadPoolExecutor(8) as pool:
        articles = pool.map(translator.translate, [article] * 4)
        together = list(pool.map(translator.translate, SENTENCES * 4))

    assert together == alone * 4
    assert len(set(articles)) == 1


def test_a_stream_gives_the_same_segments(translator: Translator, article: str) -> None:
    assert tuple(translator.stream(article)) == translator.translate(article).segments


def test_the_article_keeps_its_form_and_its_names(translator: Translator, article: str) -> None:
    translation = translator.translate(article)
    lines = translation.text.split("\n")

    assert [bool(line) for line in lines] == [bool(line) for line in article.split("\n")]
    assert sum(line.startswith("- ") for line in lines) == 3
    for name in ("Maëlle", "Anne-Sophie Delmotte", "Yannick Kerbrat", "SNCF", "Brussels", "NATO", "London", "Hamburg"):
        assert name in translation.text
    for exact in ("https://donnees.exemple.fr/oriane-2025", "contact@exemple.fr", "184,000", "8617", "163 km/h"):
        assert exact in translation.text
    assert [one for one in _entities(translation) if one[1] is None] == []


def test_a_glossary_term_is_always_used(translator: Translator) -> None:
    glossary = {"chat": "tomcat", "île": "skerry", "réunion": "palaver"}
    for text in SENTENCES:
        out = translator.translate(text, glossary=glossary).text
        for source, target in glossary.items():
            if re.search(rf"\b{source}\b", text):
                assert target in out


def test_a_term_without_target_stays_french(translator: Translator) -> None:
    assert "Que faire" in translator.translate("Que faire demain ?", glossary={"Que faire": ""}).text


def test_more_than_eight_terms_in_a_sentence_all_come_through(translator: Translator) -> None:
    words = [
        "pomme",
        "poire",
        "prune",
        "cerise",
        "fraise",
        "figue",
        "noix",
        "orange",
        "citron",
        "melon",
        "banane",
        "raisin",
    ]
    glossary = {word: f"{word.upper()}-X" for word in words}
    out = translator.translate(f"Elle a acheté {', '.join(words)} et du pain au marché.", glossary=glossary).text

    for target in glossary.values():
        assert out.count(target) == 1


def test_two_hundred_names_in_one_sentence(translator: Translator) -> None:
    names = [f"Zork{number}" for number in range(200)]
    translation = translator.translate(f"Étaient présents : {', '.join(names)}.")

    assert count_placeholders(translation.text) == 0
    for segment in translation.segments:
        for entity in segment.entities:
            assert (entity.status == "lost") == (entity.target is None)


def test_a_sentence_of_ten_thousand_words_comes_out_whole(translator: Translator) -> None:
    clause = "le petit train quitte la gare sous la pluie et le chef regarde la grande horloge du village avec soin "
    text = "Chaque matin " + clause * 555 + "puis tout recommence."
    translation = translator.translate(text)

    assert len(text.split()) > 10_000
    assert len(translation.segments) == 1
    assert translation.text.count("train") > 500
    assert 0.6 < len(translation.text.split()) / len(text.split()) < 1.6


@dataclass
class Measured:
    """The engine, and the lengths of all that it was given."""

    inner: Engine
    lengths: list[int] = field(default_factory=list)

    description = "measured"

    @property
    def workers(self) -> int:
        return self.inner.workers

    def width(self, pieces: int) -> int:
        return self.inner.width(pieces)

    def submit(self, batch: Batch, decoding: Decoding) -> Future[list[Hypotheses]]:
        self.lengths += [len(pieces) for pieces in batch]
        return self.inner.submit(batch, decoding)

    def close(self) -> None:
        self.inner.close()


def test_a_sentence_as_long_as_the_trained_ones_stays_whole_and_a_longer_one_is_cut_well_below(
    translator: Translator,
) -> None:
    limit = translator.model.manifest.trained_source_tokens
    clause = "le gardien ferme la porte, "

    def first_lengths(clauses: int) -> list[int]:
        engine = Measured(translator.engine)
        translator.with_engine(engine).translate("Chaque soir " + clause * clauses + "puis il dort.", entities=False)
        return engine.lengths

    whole = next(lengths for lengths in map(first_lengths, range(20, 1, -1)) if max(lengths) > limit // 2)
    assert limit // 2 < whole[0] <= limit
    assert max(first_lengths(60)) <= limit // 2


def test_a_headline_in_capitals_is_translated_as_a_sentence_and_stays_in_capitals(translator: Translator) -> None:
    loud = "LES ÉTATS-UNIS ET L'ITALIE SIGNENT UN ACCORD À BRUXELLES"
    quiet = "Les États-Unis et l'Italie signent un accord à Bruxelles"
    heard, read = translator.translate(loud), translator.translate(quiet)

    assert heard.text == read.text.upper()
    assert heard.segments[0].source == loud
    assert {("ITALIE", "ITALY"), ("BRUXELLES", "BRUSSELS")} <= set(_entities(heard))


def test_terms_and_kept_words_hold_in_capitals(translator: Translator) -> None:
    text = "LE MAIRE INAUGURE LA NOUVELLE PASSERELLE DE LA COMMUNE"
    term = translator.translate(text, glossary=Glossary.from_mapping({"passerelle": "footbridge"}))
    marked = MarkedText(text, (Mark(text.index("PASSERELLE"), text.index(" DE LA"), 0, keep=True),))

    assert "FOOTBRIDGE" in term.text
    assert "PASSERELLE" in translator.translate_marked([marked])[0].text


def test_every_number_of_a_long_list_is_there_or_reported_lost(translator: Translator) -> None:
    translation = translator.translate(" ".join(f"jour {number}" for number in range(300)))
    entities = _entities(translation)

    assert [text for text, _ in entities] == [str(number) for number in range(300)]
    assert sum(target is not None for _, target in entities) > 200


def test_the_users_own_placeholders_come_out(translator: Translator) -> None:
    text = "Le jeton ⟦1⟧ remplace ⟦ 2 ⟧ dans la phrase, et ⟦9⟧ aussi."
    out = translator.translate(text, glossary={"phrase": "clause"}).text

    assert [out.count(mark) for mark in ("⟦1⟧", "⟦ 2 ⟧", "⟦9⟧")] == [1, 1, 1]
    assert "clause" in out


@pytest.mark.parametrize("text", ["0 44", "12:30", "https://exemple.fr/a?b=c", "— 3 —", "🎉", "a@exemple.fr", "2025"])
def test_what_needs_no_model_is_copied(text: str, translator: Translator) -> None:
    translation = translator.translate(text)

    assert translation.text == text
    assert [segment.status for segment in translation.segments] == ["copied"] * len(translation.segments)


@pytest.mark.parametrize(
    ("french", "english"),
    [
        ("1 000 000", "1,000,000"),
        ("12 500 €", "€12,500"),
        ("3,5 %", "3.5%"),
        ("14 h 30", "2:30 p.m."),
        ("1er mai 2025", "May 1, 2025"),
        ("(2,5 kg)", "(2.5 kg)"),
    ],
)
def test_a_number_alone_is_written_the_english_way(french: str, english: str, translator: Translator) -> None:
    segment = translator.translate(french).segments[0]

    assert (segment.target, segment.status) == (english, "translated")
    assert [one.status for one in segment.entities] == ["translated"]
    assert translator.translate(french, typography=False).text == french


def test_english_is_copied(translator: Translator) -> None:
    text = "The committee will meet again on Thursday to discuss the budget."
    segment = translator.translate(text).segments[0]

    assert (segment.target, segment.status, segment.score) == (text, "copied", None)


def test_line_i_translates_line_i(translator: Translator) -> None:
    text = "Le vent\nse lève\n\nsur la mer.\nQue faire ? Rien."
    translation = translator.translate(text, lines="keep")

    assert translation.text.count("\n") == text.count("\n")
    assert [bool(line) for line in translation.text.split("\n")] == [bool(line) for line in text.split("\n")]


def test_joined_lines_make_one_sentence(translator: Translator) -> None:
    translation = translator.translate("Le petit chat noir\ndort sur le tapis.", lines="join")

    assert len(translation.segments) == 1
    assert "\n" not in translation.text


def test_unsplit_text_is_one_segment(translator: Translator) -> None:
    text = "Le chat dort. Le chien mange."

    assert len(translator.translate(text, split_sentences=False, lines="join").segments) == 1
    assert len(translator.translate(text).segments) == 2


def test_alternatives_differ_and_are_restored(translator: Translator) -> None:
    segment = translator.translate("Le chat de Zoë dort près du feu.", alternatives=3).segments[0]

    assert 1 <= len(segment.alternatives) <= 3
    assert segment.target not in segment.alternatives


def test_typography_can_be_turned_off(translator: Translator) -> None:
    text = "« Nous partirons demain », dit-elle."

    assert "“" in translator.translate(text).text
    assert "“" not in translator.translate(text, typography=False).text


def test_a_quote_that_stays_open_closes_in_a_later_sentence(translator: Translator) -> None:
    out = translator.translate("« Nous partirons demain. Il fera beau », dit-elle. Puis elle dort.").text

    assert out.count("“") == out.count("”") == 1
    assert out.index("“") < out.index("”")


def test_marks_go_with_their_words(translator: Translator) -> None:
    text = "Le chat noir dort."
    marked = translator.translate_marked([MarkedText(text, (Mark(0, len(text), 1), Mark(3, 7, 2)))])[0]
    by_key = {mark.key: marked.text[mark.start : mark.end] for mark in marked.marks}

    assert by_key[1] == marked.text
    assert by_key[2] == "cat"


def test_kept_marks_come_through_verbatim(translator: Translator) -> None:
    text = "Tapez git commit pour enregistrer votre travail."
    marked = translator.translate_marked([MarkedText(text, (Mark(6, 16, 1, keep=True),))])[0]
    mark = marked.marks[0]

    assert marked.text[mark.start : mark.end] == "git commit"


def test_what_stands_beside_a_kept_stretch_is_translated(translator: Translator) -> None:
    kept = "ne pas traduire"
    text = f"La ville a acheté trois nouveaux bus. {kept}"
    marked = translator.translate_marked([MarkedText(text, (Mark(len(text) - len(kept), len(text), 1, keep=True),))])[0]

    assert "three new buses" in marked.text


def test_a_mark_covers_all_words_of_a_term(translator: Translator) -> None:
    text = "La mairie est fermée."
    marked = translator.translate_marked([MarkedText(text, (Mark(3, 9, 1),))], glossary={"mairie": "borough hall"})[0]
    mark = marked.marks[0]

    assert marked.text[mark.start : mark.end] == "borough hall"


def test_markup_keeps_its_tags(translator: Translator) -> None:
    source = '<p>Le <b>chien</b> mange.</p>\n<p translate="no">Ne pas toucher.</p><pre>brut</pre>'
    out = translator.translate_markup([source])[0]

    assert re.findall(r"<[^>]+>", out) == re.findall(r"<[^>]+>", source)
    assert "<b>dog</b>" in out
    assert "Ne pas toucher." in out


def test_memory_changes_nothing_but_the_work(translator: Translator, article: str) -> None:
    store = Store()
    remembering = translator.with_memory(Memory(store))
    first = remembering.translate(article)
    misses = store.misses
    second = remembering.translate(article)

    assert first == second == translator.translate(article)
    assert (store.misses, store.hits > 0) == (misses, True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lines": "no"}, "lines is 'no'"),
        ({"beam_size": 99}, "beam_size is 99"),
        ({"alternatives": -1}, "alternatives is -1"),
        ({"formality": "more"}, "unknown option formality"),
    ],
)
def test_options_outside_their_range_are_refused(
    options: dict[str, object], message: str, translator: Translator
) -> None:
    with pytest.raises(InputError, match=message):
        translator.translate("Bonjour.", **options)


class Faulty:
    """An engine whose first answer to every batch is `fault`; later ones are its real engine's."""

    def __init__(self, translator: Translator, fault: Sequence[str], *, finished: bool = True) -> None:
        self._engine = translator.engine
        self._fault = Hypothesis(tuple(fault), -1.0, finished)
        self.decodings: list[Decoding] = []
        self.description, self.workers = self._engine.description, self._engine.workers
        self.width = self._engine.width

    def submit(self, batch: Batch, decoding: Decoding) -> "Future[list[Hypotheses]]":
        self.decodings.append(decoding)
        if len(self.decodings) > 1:
            return self._engine.submit(batch, decoding)
        future: Future[list[Hypotheses]] = Future()
        future.set_result([(self._fault,) for _ in batch])
        return future

    def close(self) -> None:
        self._engine.close()


@pytest.mark.parametrize(
    ("fault", "finished"),
    [(["▁the", "▁cat"] * 20, True), ([], True), (["▁a"], False), (["▁⟦", "1", "⟧"], True), (["⟦1⟧", "⟦1⟧"], True)],
)
def test_degenerate_output_is_tried_again(fault: list[str], finished: bool, translator: Translator) -> None:
    engine = Faulty(translator, fault, finished=finished)
    segment = translator.with_engine(engine).translate("Le chat dort près du feu.").segments[0]

    assert len(engine.decodings) > 1
    assert segment.status == "translated"
    assert "cat" in segment.target
    assert count_placeholders(segment.target) == 0


def test_what_stays_degenerate_says_so(translator: Translator) -> None:
    class Broken(Faulty):
        def submit(self, batch: Batch, decoding: Decoding) -> "Future[list[Hypotheses]]":
            future: Future[list[Hypotheses]] = Future()
            future.set_result([(self._fault,) for _ in batch])
            return future

    engine = Broken(translator, ["▁no"] * 50)
    segment = translator.with_engine(engine).translate("Le chat dort près du feu.").segments[0]

    assert segment.status == "degenerate"


def test_options_are_public_and_frozen() -> None:
    assert Options().beam_size == 4
    with pytest.raises(AttributeError):
        Options().beam_size = 2  # type: ignore[misc]

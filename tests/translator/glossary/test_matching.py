import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from translator.errors import GlossaryError
from translator.glossary import Glossary, Term


def found(glossary: Glossary, text: str) -> list[tuple[str, str]]:
    return [(text[span.start : span.end], span.targets[0]) for span in glossary.find(text)]


def test_longest_term_goes_first() -> None:
    glossary = Glossary.from_mapping({"chemin": "path", "chemin de fer": "railway", "fer": "iron"})
    assert found(glossary, "Le chemin de fer suit un chemin.") == [("chemin de fer", "railway"), ("chemin", "path")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("l’OTAN, qu'OTAN", ["OTAN", "OTAN"]),
        ("un sommet OTAN-Russie ou Russie-OTAN", ["OTAN", "OTAN"]),
        ("OTAN.", ["OTAN"]),
        ("(OTAN)", ["OTAN"]),
        ("cette OTAN-là", ["OTAN"]),
        ("l’OTAN's", ["OTAN"]),
        ("les OTANIENS, xOTAN, OTAN2, OTAN_2", []),
        ("https://otan.example/OTAN et secretariat@OTAN.example", []),
    ],
)
def test_whole_words_only(text: str, expected: list[str]) -> None:
    assert [source for source, _ in found(Glossary.from_mapping({"OTAN": "NATO"}), text)] == expected


@pytest.mark.parametrize("text", ["porte-parole", "la Porte-Neuve", "grand'porte", "porte.example", "Jean-Porte"])
def test_a_part_of_a_compound_is_no_word(text: str) -> None:
    assert found(Glossary.from_mapping({"porte": "door"}), text) == []


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("banque centrale", "central bank"),
        ("Banque centrale", "Central bank"),
        ("Banque Centrale", "Central Bank"),
        ("BANQUE CENTRALE", "CENTRAL BANK"),
    ],
)
def test_targets_take_the_case_of_the_text(text: str, target: str) -> None:
    assert found(Glossary.from_mapping({"banque centrale": "central bank"}), text) == [(text, target)]


def test_the_exact_case_goes_first() -> None:
    glossary = Glossary.from_mapping({"orange": "orange", "Orange": "Orange SA"})
    assert found(glossary, "Orange vend une orange.") == [("Orange", "Orange SA"), ("orange", "orange")]


def test_mixed_case_of_a_target_stays_for_its_own_source() -> None:
    glossary = Glossary.from_mapping({"Le Louvre": "the Louvre", "ONU": "UN"})
    assert found(glossary, "Le Louvre et l’ONU") == [("Le Louvre", "the Louvre"), ("ONU", "UN")]


def test_an_empty_target_means_do_not_translate() -> None:
    assert found(Glossary.from_mapping({"Le Monde": ""}), "Dans LE MONDE, Le Monde") == [
        ("LE MONDE", "LE MONDE"),
        ("Le Monde", "Le Monde"),
    ]


def test_inflection_only_where_asked() -> None:
    terms = {
        "cheval": "horse",
        "chemin de fer": "railway",
        "bateau": "boat",
        "carte bancaire": "bank card",
        "femme": "woman",
    }
    text = "Les chevaux, chemins de fer, bateaux, cartes bancaires, femmes."
    assert found(Glossary.from_mapping(terms), text) == []
    inflected = Glossary.from_mapping(terms, inflect=True)
    assert [target for _, target in found(inflected, text)] == ["horses", "railways", "boats", "bank cards", "women"]
    assert inflected.find("des bateaux")[0].targets == ("boats", "boat")
    assert found(inflected, "Un BATEAU, des BATEAUX") == [("BATEAU", "BOAT"), ("BATEAUX", "BOATS")]


def test_a_term_of_the_users_goes_before_a_plural_of_ours() -> None:
    glossary = Glossary.from_mapping({"ciseau": "chisel", "ciseaux": "scissors"}, inflect=True)
    assert found(glossary, "ciseau, ciseaux") == [("ciseau", "chisel"), ("ciseaux", "scissors")]


def test_variants_of_characters_are_one_and_offsets_are_the_originals() -> None:
    glossary = Glossary.from_mapping({"l’été à Évry": "summer in Evry"})
    text = unicodedata.normalize("NFD", "Déjà, l'été\u00a0à Évry !")
    assert found(glossary, text) == [(unicodedata.normalize("NFD", "l'été\u00a0à Évry"), "summer in Evry")]


def test_cycles_and_chains_are_harmless() -> None:
    assert found(Glossary.from_mapping({"a": "b", "b": "a"}), "a b") == [("a", "b"), ("b", "a")]


def test_the_digest_tells_glossaries_apart() -> None:
    terms = {"a": "b"}
    glossaries = [
        Glossary.from_mapping(terms),
        Glossary.from_mapping(terms, inflect=True),
        Glossary.from_mapping({"a": "c"}),
    ]
    assert len({glossary.digest for glossary in glossaries}) == len(glossaries)
    assert Glossary.from_mapping(dict(terms)).digest == glossaries[0].digest


def test_terms_are_tidied_and_counted() -> None:
    glossary = Glossary.from_mapping({" mot \n clé ": " key  word "})
    assert glossary.terms == (Term("mot clé", ("key word",)),)
    assert len(glossary) == 1
    assert not Glossary.from_mapping({}).find("mot clé")


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        ("", "x", "source is empty"),
        ("\u00a0", "x", "source is empty"),
        ("x", "⟦ 1 ⟧", "looks like a placeholder"),
        ("x\0", "y", "control character"),
        ("x" * 501, "y", "at most 500 characters, not 501"),
    ],
)
def test_what_cannot_be_a_term_is_refused(source: str, target: str, message: str) -> None:
    with pytest.raises(GlossaryError, match=message):
        Glossary.from_mapping({source: target})


letters = "abéÉ' -sİ\u0301"


@given(
    st.dictionaries(st.text(letters, min_size=1, max_size=6), st.text(letters, max_size=4), max_size=8),
    st.text(letters),
    st.booleans(),
)
def test_spans_are_disjoint_whole_words_of_some_term(mapping: dict[str, str], text: str, inflect: bool) -> None:
    mapping = {source: target for source, target in mapping.items() if source.strip()}
    try:
        glossary = Glossary.from_mapping(mapping, inflect=inflect)
    except GlossaryError:  # two sources that are one in composed form
        return
    end = 0
    for span in glossary.find(text):
        assert end <= span.start < span.end <= len(text)
        assert span.targets[0]
        end = span.end


@given(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8))
def test_a_term_alone_is_always_found(word: str) -> None:
    word = unicodedata.normalize("NFC", word)
    assert found(Glossary.from_mapping({word: ""}), f"« {word} »") == [(word, word)]


def test_ten_thousand_terms_are_found_as_one() -> None:
    glossary = Glossary.from_mapping({f"terme {number}": f"term {number}" for number in range(10_000)}, inflect=True)
    assert found(glossary, "Le terme 9999 suit le terme 12.") == [("terme 9999", "term 9999"), ("terme 12", "term 12")]

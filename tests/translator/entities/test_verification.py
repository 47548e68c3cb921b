"""An entity is in the translation when it stands there in an accepted form, once for each mention."""

import unicodedata

import pytest

from translator.document import Span
from translator.entities import Occurrence, Recogniser, default_recogniser, verify


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return default_recogniser()


def span(source: str, mention: str, label: str, *targets: str) -> Span:
    start = source.index(mention)
    return Span(start, start + len(mention), "entity", label, targets)


@pytest.mark.parametrize(
    ("french", "english"),
    [
        ("Il en reste 1,5.", "1.5 is left."),
        ("Il en reste 3 000.", "3,000 are left."),
        ("Il en reste 3\u202f000.", "Three thousand are left."),
        ("Il en reste 1.500.000.", "1,500,000 are left."),
        ("Il en reste 1.500.", "1,500 are left."),
        ("Il en reste deux cents.", "Two hundred are left."),
        ("Il en reste deux cents.", "200 are left."),
        ("Il en reste quatre-vingt-dix-sept.", "Ninety-seven are left."),
        ("Il en reste 1,5 million.", "1.5 million are left."),
        ("Il en reste 1,5 million.", "1,500,000 are left."),
        ("Il en reste 2 milliards.", "Two billion are left."),
        ("Il coûte 5 M€.", "It costs €5m."),
        ("Entre 3 et 5 millions.", "Between three and five million."),
        ("Rendez-vous à 14 h 30.", "See you at 2:30 p.m."),
        ("Rendez-vous à 14h30.", "See you at 14:30."),
        ("Rendez-vous à 14h30.", "See you at 2.30pm."),
        ("Rendez-vous à 12h.", "See you at noon."),
        ("Cela dure 2h30.", "It lasts two and a half hours."),
        ("Cela dure 48 heures.", "It lasts 48 hours."),
        ("Le 1er mai.", "On May 1st."),
        ("Le 1er étage.", "The first floor."),
        ("Au XXe siècle.", "In the 20th century."),
        ("Au XXe siècle.", "In the twentieth century."),
        ("Une hausse de 3,5 %.", "A rise of 3.5%."),
        ("Une hausse de 3,5 %.", "A 3.5 percent rise."),
        ("Une hausse de 3,5 %.", "A 3.5-per-cent rise."),
        ("Le 3 mars 2020.", "On March 3, 2020."),
        ("Le 3 mars 2020.", "On the 3rd of March 2020."),
        ("Le 3 mars 2020.", "On 3 Mar. 2020."),
        ("Du 3 au 5 mars 2020.", "From March 3 to 5, 2020."),
        ("En mars 2020.", "In March 2020."),
        ("Le 03/04/2020.", "On 3 April 2020."),
        ("Les années 80.", "The eighties."),
        ("Les années 80.", "The '80s."),
        ("Tél. 01.23.45.67.89", "Phone 01 23 45 67 89"),
        ("Il pèse 12 km.", "It weighs 12 kilometres."),
        ("Vive l’OTAN.", "Long live NATO."),
        ("Ils ont gagné 5-1.", "They won five to one."),
        ("La saison 2014-2015.", "The 2014–2015 season."),
        ("Il faut 60-100 personnes.", "Between 60 and 100 people are needed."),
        ("Il vit à Mexico.", "He lives in Mexico City."),
        ("Le 21 mars 2020.", "On the 21st of March 2020."),
        ("Selon Mme O’Donnaghan.", "In Ms O'Donnaghan's words."),
        ("Le discours de Jens Stoltenberg.", "Jens Stoltenberg’s speech."),
        ("Il fait −3 °C.", "It is minus 3 degrees."),
        ("Les ventes varient de -5 %.", "Sales fell by 5%."),
        ("Il fait -3 °C.", "It is - 3 °C."),
    ],
)
def test_accepted(recogniser: Recogniser, french: str, english: str) -> None:
    (spans,) = recogniser.find([french])
    occurrences = verify(french, spans, english)
    assert spans
    assert None not in occurrences
    assert all(o is not None and english[o.start : o.end] == o.form for o in occurrences)


@pytest.mark.parametrize(
    ("french", "english"),
    [
        ("Il en reste 1,5 million.", "1.5 billion are left."),
        ("Il en reste 3 000.", "300 are left."),
        ("Il coûte 3 000 €.", "It costs $3,000."),
        ("Le 3 mars 2020.", "On May 3, 2020."),
        ("Le 3 mars 2020.", "On March 3, 2021."),
        ("Rendez-vous à 14h30.", "See you at 3:30 p.m."),
        ("Il part à 12:00.", "He leaves at 12:000 p.m."),
        ("Elle ouvre 20 magasins.", "She opens 20s shops."),
        ("Samedi, il part.", "Samedi, he leaves."),
        ("Il y a 211 sociétés.", "The 211th company is there."),
        ("Il part mardi.", "He leaves on Wednesday."),
        ("Hier, Jens Stoltenberg a parlé.", "Jens Stoltenburg spoke yesterday."),
        ("Hier, Jens Stoltenberg a parlé.", "Jens Stoltenbergs spoke yesterday."),
        ("Vive l’OTAN.", "Long live OTAN."),
        ("Il en reste 3.", "3.9 are left."),
        ("Il en reste 3,8.", "1,3.8 are left."),
        ("Le 21 mars 2020.", "On the 21th of March 2020."),
        ("Il est né en 1982.", "He was born in the 1982s."),
        ("Le train part à 9 heures 25.", "The train leaves at 9 a.m."),
        ("Ils ont gagné 5-1.", "They won five goals after they had lost one."),
        ("Hier, Jens Stoltenberg a parlé.", ""),
        ("Il fait −3 °C.", "It is 3 °C."),
        ("Le solde est de -12 €.", "The balance is €12."),
    ],
)
def test_refused(recogniser: Recogniser, french: str, english: str) -> None:
    (spans,) = recogniser.find([french])
    assert None in verify(french, spans, english)


def test_each_mention_needs_its_own_occurrence() -> None:
    source = "Zorglub et Zorglub"
    spans = [Span(0, 7, "entity", "NAME"), Span(11, 18, "entity", "NAME")]
    assert verify(source, spans, "Zorglub and friends") == [Occurrence(0, 7, "Zorglub"), None]
    assert None not in verify(source, spans, "Zorglub and Zorglub")


def test_an_occurrence_is_moved_where_that_helps() -> None:
    source = "A1 B2 C3"
    spans = [
        span(source, "A1", "CODE", "alpha", "beta"),
        span(source, "B2", "CODE", "alpha", "gamma"),
        span(source, "C3", "CODE", "beta", "gamma"),
    ]
    assert sorted(o.form for o in verify(source, spans, "gamma beta alpha") if o) == ["alpha", "beta", "gamma"]


def test_a_long_name_does_not_lend_its_parts() -> None:
    source = "Ada Zorglub, Zorglub"
    spans = [span(source, "Ada Zorglub", "PERSON"), Span(13, 20, "entity", "NAME")]
    assert verify(source, spans, "Ada Zorglub alone")[1] is None
    assert verify(source, spans, "Zorglub, Ada Zorglub") == [
        Occurrence(9, 20, "Ada Zorglub"),
        Occurrence(0, 7, "Zorglub"),
    ]


def test_case_counts_unless_the_source_is_all_capitals() -> None:
    assert verify("Zorglub", [Span(0, 7, "entity", "NAME")], "zorglub") == [None]
    assert verify("ZORGLUB", [Span(0, 7, "entity", "NAME")], "Zorglub") == [Occurrence(0, 7, "Zorglub")]
    assert verify("USQ", [Span(0, 3, "entity", "ACRONYM")], "usq") == [None]


def test_unicode_forms_are_one() -> None:
    decomposed = unicodedata.normalize("NFD", "Élodie Śnieć")
    (found,) = verify("Élodie Śnieć", [Span(0, 12, "entity", "PERSON")], f"By {decomposed}.")
    assert found == Occurrence(3, 3 + len(decomposed), decomposed)


@pytest.mark.parametrize("name", ["محمد", "Αθήνα", "東京", "שלום", "😀"])
def test_other_scripts(name: str) -> None:
    source = f"{name} et {name}"
    spans = [Span(0, len(name), "entity", "NAME"), Span(len(source) - len(name), len(source), "entity", "NAME")]
    assert None not in verify(source, spans, f"{name} and {name}")


def test_every_text_verifies_against_itself(recogniser: Recogniser) -> None:
    text = ", ".join(f"X{number}q et Zorg{number}" for number in range(200))
    (spans,) = recogniser.find([text])
    assert len(spans) >= 200
    assert None not in verify(text, spans, text)


@pytest.mark.parametrize("unit", [" 1", "A.", "A1 ", "😀", "1:", "a b", "e\u0301 ", "\u0301\u0327", "1-1 "])
def test_pathological_text_ends(recogniser: Recogniser, unit: str) -> None:
    text = unit * 5_000
    (spans,) = recogniser.find([text])
    assert len(verify(text, spans, text)) == len(spans)


def test_no_spans_no_occurrences() -> None:
    assert verify("rien", [], "nothing") == []

"""Numbers that a model got nearly right are put right where they stand, and nothing else is touched."""

import pytest

from translator.entities import Recogniser, default_recogniser, mending, verify


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return default_recogniser()


def mended(recogniser: Recogniser, french: str, english: str) -> str:
    """`english` after as many rounds as there is something to mend."""
    (spans,) = recogniser.find([french])
    for _ in range(5):
        found = verify(french, spans, english)
        places = [None if one is None else (one.start, one.end) for one in found]
        edits = mending.edits(french, spans, english, places)
        if not edits:
            break
        english = mending.applied(english, edits)
    return english


@pytest.mark.parametrize(
    ("french", "english", "right"),
    [
        ("Il part en 2011.", "He leaves in 20111.", "He leaves in 2011."),
        ("Il y a 53 places et 11 loges.", "It has 53 seats and 11boxes.", "It has 53 seats and 11 boxes."),
        ("Le départ est à 6h30 ici.", "The start is at 6.30 here.", "The start is at 6:30 here."),
        ("Vers 14 h 30, il part.", "Around 14:30 p.m., he leaves.", "Around 2:30 p.m., he leaves."),
        ("Une charge de 10 kg ici.", "A load of 10kg kg here.", "A load of 10 kg here."),
        ("Une baisse de 22 %.", "A 222% fall.", "A 22% fall."),
        ("Il y a 736 000 foyers.", "There are 736,000,000 homes.", "There are 736,000 homes."),
        ("Le 9 février 2011, il est parti.", "On February 9, 20111, he left.", "On February 9, 2011, he left."),
        ("C'est son 43e anniversaire.", "It is his 43th birthday.", "It is his 43rd birthday."),
        ("Ils sont 11 millions.", "They are 1 million.", "They are 11 million."),
        ("La séance commence à 21 heures.", "The session begins at 21.", "The session begins at 9 p.m."),
        ("La séance dure 3 heures.", "The session lasts 3.", "The session lasts 3 hours."),
        ("Il fait 1,8 °C dehors.", "It is 1.8 outside.", "It is 1.8 °C outside."),
        ("Il coûte 30 dollars (23 euros).", "It costs 30 (23 euros).", "It costs $30 (23 euros)."),
        ("Il coûte 30 dollars (23 euros).", "It costs $30 (23).", "It costs $30 (€23)."),
        ("Il coûte 188 $ ici.", "It costs NT$188 here.", "It costs $188 here."),
        ("Les années 60 et 70.", "The 60s and 70 are over.", "The 60s and 70s are over."),
        ("Les années 60 et 70.", "The 60 and 70s are over.", "The 60s and 70s are over."),
        ("Il y a 100 chats.", "There are 100 100 cats.", "There are 100 cats."),
        ("Il coûte 295 131 564 $.", "It costs 295 131,564 dollars.", "It costs 295,131,564 dollars."),
        ("Il a 4,5 milliards d'années.", "It is 4.5 billions of years old.", "It is 4.5 billion years old."),
        ("Le 3 octobre 2025, il vient.", "He comes October 3 October 2025.", "He comes October 3, 2025."),
        ("Le 3 octobre 2025, il vient.", "He comes October October 3, 2025.", "He comes October 3, 2025."),
        ("Il fait –3 °C.", "It is 3 °C.", "It is -3 °C."),
        ("Il fait –3 °C.", "It is - 3 °C.", "It is -3 °C."),
        ("Le solde est de -12 €.", "The balance is €12.", "The balance is -€12."),
        ("L'indice vaut -7.", "The index is 7.", "The index is -7."),
    ],
)
def test_mended(recogniser: Recogniser, french: str, english: str, right: str) -> None:
    assert mended(recogniser, french, english) == right


@pytest.mark.parametrize(
    ("french", "english"),
    [
        ("Il coûte 30 dollars (23 euros).", "It costs 30 dollars (23 euros)."),
        ("Entre 3 et 5 millions d'euros.", "Between three and five million euros."),
        ("Il pèse 11,5 kg.", "It weighs 11.5 kilograms."),
        ("Sur 40 km², il pleut.", "It rains over 40 square kilometres."),
        ("Il roule à 90 km/h.", "He drives at 90 kilometers per hour."),
        ("De 18 à 20 % des cas.", "From 18 to 20 percent of cases."),
        ("Il arrive à 21 heures.", "He arrives at nine in the evening."),
        ("De 9 heures à 10 heures.", "Between 9 and 10 a.m."),
        ("Plus de 24 heures après.", "More than 24 hours later."),
        ("Il en reste 22 et deux.", "2 are left, and a dozen others."),
        ("Il en reste 45.", "78 are left."),
        ("Le code A45B est faux.", "The code A455B is wrong."),
    ],
)
def test_left_alone(recogniser: Recogniser, french: str, english: str) -> None:
    assert mended(recogniser, french, english) == english


def test_what_others_stand_in_is_not_touched() -> None:
    french, english = "Il y a 22 chats.", "There are 222 cats."
    (spans,) = default_recogniser().find([french])
    assert mending.edits(french, spans, english, [None], [(10, 13)]) == []


def test_offsets_move_with_the_edits() -> None:
    edits = [mending.Edit(2, 3, "long"), mending.Edit(5, 7, "")]
    assert mending.applied("abcdefgh", edits) == "ablongdeh"
    assert [mending.moved(offset, edits) for offset in (0, 2, 3, 7, 8)] == [0, 2, 6, 8, 9]

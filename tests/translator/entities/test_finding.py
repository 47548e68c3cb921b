"""What is found in French sentences, with which label, and what is left to the translation."""

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from translator.document import Span
from translator.entities import Recogniser, default_recogniser, verify


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return default_recogniser()


SHARED = cache(default_recogniser)
"""Hypothesis cannot use a fixture of the module for each example."""


def found(recogniser: Recogniser, text: str) -> list[tuple[str, str]]:
    (spans,) = recogniser.find([text])
    return [(text[span.start : span.end], span.label) for span in spans]


@pytest.mark.parametrize(
    ("text", "mention", "label"),
    [
        ("Voir https://exemple.fr/a?b=(1), puis revenez.", "https://exemple.fr/a?b=(1)", "URL"),
        ("Le site (www.exemple.org) est en panne.", "www.exemple.org", "URL"),
        ("Écrivez à jeanne.petit@exemple.fr.", "jeanne.petit@exemple.fr", "EMAIL"),
        ("Merci à @la_redaction pour la photo.", "@la_redaction", "HANDLE"),
        ("Tout est sur #Été2024 ce soir.", "#Été2024", "HASHTAG"),
        ("Ouvrez rapport_final.pdf avant midi.", "rapport_final.pdf", "FILE"),
        ("Effacez /var/log/syslog puis relancez.", "/var/log/syslog", "FILE"),
        ("Tapez `git push` dans la console.", "`git push`", "CODE"),
        ("La fonction max_len() échoue.", "max_len()", "CODE"),
        ("Bonjour {{prenom}}, à bientôt.", "{{prenom}}", "CODE"),
        ("L'A320neo a décollé.", "A320neo", "CODE"),
        ("La version 3.11.2 est sortie.", "3.11.2", "CODE"),
        ("Clé 123e4567-e89b-12d3-a456-426614174000 perdue.", "123e4567-e89b-12d3-a456-426614174000", "UUID"),
        ("Appelez le 01 23 45 67 89 demain.", "01 23 45 67 89", "PHONE"),
        ("Appelez le +33 1 23 45 67 89 demain.", "+33 1 23 45 67 89", "PHONE"),
        ("Virez sur FR14 2004 1010 0505 0001 3M02 606 avant lundi.", "FR14 2004 1010 0505 0001 3M02 606", "IBAN"),
        ("Le livre ISBN 978-2-1234-5680-3 est épuisé.", "978-2-1234-5680-3", "ISBN"),
        ("Voir doi 10.1000/xyz123.", "10.1000/xyz123", "DOI"),
        ("Selon l’article 49-3, le texte passe.", "49-3", "LAW"),
        ("La directive 95/46/CE est abrogée.", "95/46/CE", "LAW"),
        ("Il pèse 3\u202f000 kg.", "3\u202f000 kg", "QUANTITY"),
        ("Une hausse de 3,5 % a surpris.", "3,5 %", "PERCENT"),
        ("Une hausse de 3,5 pour cent a surpris.", "3,5 pour cent", "PERCENT"),
        ("Cela coûte 12,50 € pièce.", "12,50 €", "MONEY"),
        ("Le budget atteint 3 M€.", "3 M€", "MONEY"),
        ("Le 1er mai 2021, tout ferme.", "1er mai 2021", "DATE"),
        ("Le train part à 14 h 30 précises.", "14 h 30", "TIME"),
        ("Il y a deux cents places.", "deux cents", "NUMBER"),
        ("Au XIXe siècle, on marchait.", "XIXe", "NUMBER"),
        ("Bravo 👩‍🚀 !", "👩‍🚀", "EMOJI"),
        ("Le NQXR a signé.", "NQXR", "ACRONYM"),
        ("Ouvrez navette_v2.txt maintenant.", "navette_v2.txt", "FILE"),
        ("Le lot 4417/QB est perdu.", "4417/QB", "CODE"),
        ("Selon la norme 4021:2019, tout va bien.", "4021:2019", "CODE"),
        ("Ils ont gagné 5-1 hier.", "5-1", "PAIR"),
        ("La saison 2014-2015 fut longue.", "2014-2015", "PAIR"),
        ("Il a dit 🚲🚲 !", "🚲🚲", "EMOJI"),
        ("Le site Příklad.cz est fermé.", "Příklad.cz", "URL"),
        ("Le train part à 9 heures 25.", "9 heures 25", "TIME"),
    ],
)
def test_shapes(recogniser: Recogniser, text: str, mention: str, label: str) -> None:
    assert (mention, label) in found(recogniser, text)


@pytest.mark.parametrize(
    ("text", "targets"),
    [
        ("Il doit 3 000 €.", "€3,000"),
        ("Il fait –3 °C ce matin.", "-3 °C"),
        ("Le compte affiche -1 250,50 € ce soir.", "-€1,250.50"),
        ("L'abonnement coûte 12,50 $ US.", "$12.50"),
        ("Il doit 1.500.000 dollars.", "$1,500,000"),
        ("Il gagne 1,5 million par an.", "1.5 million"),
        ("Il gagne 2 millions et demi par an.", "2.5 million"),
        ("Il gagne 3 milliards par an.", "3 billion"),
        ("Ce disque fait 16 Go.", "16 GB"),
        ("La directive 95/46/CE reste.", "95/46/EC"),
        ("Le 3 mars 2020, il pleuvait.", "March 3, 2020"),
        ("Rendez-vous à 14 h 30.", "2:30 p.m."),
        ("Les modes des années 80 reviennent.", "80s"),
        ("Les modes des années 1980 reviennent.", "1980s"),
        ("Au 21e étage, on voit la mer.", "21st"),
        ("Elle parle en swahili avec lui.", "Swahili"),
        ("Le train part à 9 heures 25.", "9:25 a.m."),
        ("Les ruines de Césarée attirent les touristes.", "Caesarea"),
        ("La Covid-19 recule.", "Covid-19"),
        ("Il travaille à l'institut Franz-Zorglub de la ville.", "Franz Zorglub"),
        ("Ils vont sur Internet.", "Internet"),
    ],
)
def test_the_first_form_is_good_english(recogniser: Recogniser, text: str, targets: str) -> None:
    (spans,) = recogniser.find([text])
    assert [span.targets[0] for span in spans] == [targets]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Hier, Jens Stoltenberg a parlé.", ["Jens Stoltenberg"]),
        ("Selon J. Stoltenberg, rien ne presse.", ["J. Stoltenberg"]),
        ("Le peintre Vincent van Oldenzaal expose.", ["Vincent van Oldenzaal"]),
        ("Le cheikh Rashid ben Zoubeir arrive.", ["Rashid ben Zoubeir"]),
        ("On attend Brzęczyszczykiewicz et Nguyễn.", ["Brzęczyszczykiewicz", "Nguyễn"]),
        ("Le roman de M. Kowalczuk plaît.", ["Kowalczuk"]),
        ("Wiktorsson a dit oui. Nous croyons Wiktorsson.", ["Wiktorsson", "Wiktorsson"]),
        ("Ils ont vu Liam O’Donnaghan.", ["Liam O’Donnaghan"]),
        ("LE RETOUR DE BARTEL VAN DER ZWIELEN", ["BARTEL VAN DER ZWIELEN"]),
        ("Zorglub Bang est arrivée.", ["Zorglub Bang"]),
        ("La mort de Charles de Zorglac a surpris.", ["Charles de Zorglac"]),
        ("Elle a vu Jean-Loup de La Tour-Carrée.", ["Jean-Loup de La Tour-Carrée"]),
        ("Selon J.-P. Zorglac, rien ne presse.", ["J.-P. Zorglac"]),
        ("Il a battu D. Zorglac hier.", ["D. Zorglac"]),
        ("Maëlle Le Zorglec arrive.", ["Maëlle Le Zorglec"]),
        ("On attend Mme Le Zorglec.", ["Le Zorglec"]),
        ("Hier, Paul Boulanger a acheté un vélo.", ["Paul Boulanger"]),
        ("Gilles Suffisant était là.", ["Gilles Suffisant"]),
        ("Le colonel M'Bala N'Zorgue a parlé.", ["M'Bala N'Zorgue"]),
        ("Mustafa el-Zorglab dort.", ["Mustafa el-Zorglab"]),
        ("Eirlys ap Zorgwyn dort.", ["Eirlys ap Zorgwyn"]),
        ("Le car va de Zorgen op Zoom à la côte.", ["Zorgen op Zoom"]),
        ("On accuse Zorg & Filles de fraude.", ["Zorg & Filles"]),
        ("Žalnytė dort.", ["Žalnytė"]),
        ("Anežka Šťoralová dort.", ["Anežka Šťoralová"]),
        ("Le pont de Trois-Moulins-sur-Rive est fermé.", ["Trois-Moulins-sur-Rive"]),
        ("La ville de Los Zorgos dort.", ["Los Zorgos"]),
        ('Ils ont élu "le roi" Zorglac hier.', ["Zorglac"]),
        ("LE RETOUR DE HANNE ZÖRGLEVER", ["HANNE ZÖRGLEVER"]),
        ("Il l'a vendu sur eBay, pas au MoDem.", ["eBay", "MoDem"]),
        ("On accuse les al-Saud.", ["al-Saud"]),
        ("Zorglac a promis une réponse.", ["Zorglac"]),
        ("Zorglac s'engage, Zorglus lui-même dormait.", ["Zorglac", "Zorglus"]),
    ],
)
def test_names_by_their_capitals(recogniser: Recogniser, text: str, names: list[str]) -> None:
    assert [mention for mention, _ in found(recogniser, text)] == names


@pytest.mark.parametrize(
    "text",
    [
        "Le Parlement a voté.",
        "Le ministre de la Défense est parti.",
        "Les Français et les Munichois chantent.",
        "Monsieur le Président, la Chambre attend.",
        "La Cour a tranché, le Conseil suivra.",
        "Chacun sait que deux et deux font quatre.",
        "Les Lilloises ont gagné, les Nantaises aussi.",
        "Pourtant, rien ne change. Demain sera pareil.",
        "LE MAIRE A REFUSÉ DE RÉPONDRE AUX QUESTIONS",
        "Il travaille 24h/24 et 7j/7.",
        "LES ETUDIANTS PROTESTENT CONTRE LA REFORME ANNONCEE HIER",
        "C'Est la vie, et l'Assemblée attend.",
        "Constitution d'une équipe : cela prend du temps.",
        "Verrouillons la porte, déverrouille le portail.",
        "Débobine le fil, veux-tu ?",
        "Beaucoup de Libano-Canadiens et d'Italo-Américaines votent.",
        "",
        "   ",
    ],
)
def test_ordinary_words_are_left_to_the_translation(recogniser: Recogniser, text: str) -> None:
    assert found(recogniser, text) == []


def test_lexicon_names_have_their_english_forms(recogniser: Recogniser) -> None:
    text = "L’OTAN quitte Bagdad, dit l'ONU aux Etats-Unis et à l’Irak."
    (spans,) = recogniser.find([text])
    assert [(text[span.start : span.end], span.targets[0]) for span in spans] == [
        ("OTAN", "NATO"),
        ("Bagdad", "Baghdad"),
        ("ONU", "UN"),
        ("Etats-Unis", "United States"),
        ("Irak", "Iraq"),
    ]


def test_small_words_are_no_places(recogniser: Recogniser) -> None:
    assert found(recogniser, "Il fait des tours en mars, c’est un pays nice et il est nord.") == []


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("Entre 20 et 30 000 euros.", ["20", "30 000 euros"]),
        ("Entre 20 000 et 30 000 amis.", ["20 000", "30 000"]),
        ("Une hausse de 10 et 30 %.", ["10", "30 %"]),
    ],
)
def test_only_a_decade_makes_a_decade_of_the_next_number(
    recogniser: Recogniser, text: str, mentions: list[str]
) -> None:
    assert [mention for mention, _ in found(recogniser, text)] == mentions


def test_a_span_of_years_is_no_decade(recogniser: Recogniser) -> None:
    assert [label for _, label in found(recogniser, "Des crimes des années 2000 à 2006.")] == ["NUMBER", "NUMBER"]


def test_a_name_at_the_start_is_known_by_the_rest_of_the_text(recogniser: Recogniser) -> None:
    alone = recogniser.find(["Zlatkova refuse."])
    together = recogniser.find(["Zlatkova refuse.", "On dit que Zlatkova partira."])
    assert alone == [()]
    assert [len(spans) for spans in together] == [1, 1]


def test_a_particle_of_french_joins_only_what_a_given_name_begins(recogniser: Recogniser) -> None:
    assert found(recogniser, "On pousse la Zorgax de Wiktorsson.") == [("Zorgax", "NAME"), ("Wiktorsson", "NAME")]
    assert found(recogniser, "On prie sainte Agnès de Zorglac.") == [("Agnès", "NAME"), ("Zorglac", "NAME")]


def test_a_word_that_english_has_too_is_demanded_inside_a_sentence(recogniser: Recogniser) -> None:
    assert found(recogniser, "Elle publie dans Nature.") == [("Nature", "NAME")]


def test_offsets_are_in_the_raw_text(recogniser: Recogniser) -> None:
    text = "\u200fمرحبا\u200f dit Joze\u0301 Kova\u030cczyk à l’OTAN 😀"
    (spans,) = recogniser.find([text])
    mentions = [text[span.start : span.end] for span in spans]
    assert "OTAN" in mentions
    assert "😀" in mentions
    assert "Joze\u0301 Kova\u030cczyk" in mentions


def test_two_hundred_entities_in_one_sentence(recogniser: Recogniser) -> None:
    codes = [f"X{number}q" for number in range(200)]
    text = "Les codes sont " + ", ".join(codes) + "."
    assert [mention for mention, _ in found(recogniser, text)] == codes


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "1",
        ".",
        " 1",
        "a.",
        "1.",
        "1,",
        "A.",
        "Ab ",
        "-a",
        "_",
        "@a",
        "/a",
        "{",
        "deux ",
        "e\u0301",
        "😀",
        "AB12 ",
        "1-1-",
        "J.-",
        " & A",
        "d'",
        "\u0301\u0327",
        "Le ",
        "Jean de ",
    ],
)
def test_pathological_text_ends(recogniser: Recogniser, unit: str) -> None:
    text = unit * (20_000 // len(unit))
    (spans,) = recogniser.find([text])
    assert_ordered(spans, len(text))


def assert_ordered(spans: tuple[Span, ...], length: int) -> None:
    position = 0
    for span in spans:
        assert position <= span.start < span.end <= length
        position = span.end


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.text(alphabet=st.one_of(st.sampled_from("aAéÉ1,. '’-«»€%hJ\u0301\u202f@#/_`"), st.characters())), max_size=3
    )
)
def test_any_text_gives_ordered_disjoint_spans(segments: list[str]) -> None:
    found_spans = SHARED().find(segments)
    assert len(found_spans) == len(segments)
    for spans, segment in zip(found_spans, segments, strict=True):
        assert_ordered(spans, len(segment))
        assert len(verify(segment, spans, segment)) == len(spans)


@pytest.mark.parametrize(
    ("text", "stretch"),
    [
        ("Selon la « NATO Mission in Irak », tout va bien.", "NATO Mission in Irak"),
        ('Elle chante "Songs for a Rainy Day" chaque soir.', "Songs for a Rainy Day"),
        ("Le terme FROZ (Federal Register of Zebras) est nouveau.", "Federal Register of Zebras"),
        ("Il a travaillé pour Bank of Zorgland pendant deux ans.", "Bank of Zorgland"),
        ("“We are not afraid of the dark”, disait l'affiche.", "We are not afraid of the dark"),
    ],
)
def test_english_stays_as_it_is(recogniser: Recogniser, text: str, stretch: str) -> None:
    assert (stretch, "WORK") in found(recogniser, text)


@pytest.mark.parametrize(
    "text",
    [
        "Il a dit « on verra bien demain » en partant.",
        "C'est « une affaire de for intérieur », selon lui.",
        "Une fécondation « in vitro » coûte cher.",
        "Il y a (of course) une solution avec des pommes.",
        "Ils visent « la mission of de la honte ».",
    ],
)
def test_french_quotations_are_translated(recogniser: Recogniser, text: str) -> None:
    assert "WORK" not in [label for mention, label in found(recogniser, text) if mention != "of course"]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Il coûte 30 dollars ici.", "$30"),
        ("Il coûte 3,2 milliards de dollars.", "$3.2 billion"),
        ("Il coûte 1 million d'euros.", "€1 million"),
        ("Il coûte 12 livres sterling.", "£12"),
        ("Il coûte 500 roubles.", "500 roubles"),
        ("Il coûte 88 000 dollars canadiens.", "88,000"),
        ("Il arrive à 21 heures.", "9 p.m."),
        ("Il reste plus de 24 heures.", "24 hours"),
        ("Il dort pendant 1h30.", "1 hour 30 minutes"),
        ("Il part à partir de 18 heures.", "6 p.m."),
        ("Il revient après 3 heures de marche.", "3 hours"),
        ("Une robe des années soixante.", "60s"),
        ("Hier, Françoise Mercure parlait.", "Françoise Mercure"),
        ("Il vient tous les jeudis.", "Thursdays"),
        ("Samedi, il part.", "Saturday"),
        ("Il part en août.", "August"),
        ("Il ouvre dans deux années 20 magasins.", "20"),
        ("À 26ans, il est chef.", "26"),
        ("Il a trente mille amis.", "30,000"),
        ("Il a 12,000 amis.", "12,000"),
        ("Il vit à Bogota.", "Bogota"),
        ("Il vit à Tel-Aviv.", "Tel-Aviv"),
        ("Il dirige la Fifa.", "Fifa"),
        ("Il va à l'Elysée.", "Elysée"),
        ("LONDRES - Il part.", "LONDON"),
        ("Il vit en Nouvelle Zélande.", "New Zealand"),
        ("Il cite la ČD ici.", "ČD"),
        ("Il vit à Montréal.", "Montreal"),
        ("Il critique Hollande.", "Hollande"),
        ("Il vit en Hollande.", "Holland"),
        ("Il a 15.000 amis.", "15,000"),
        ("C'est sa 16è visite.", "16th"),
        ("C'est la Dre qui vient.", "Dr"),
        ("Il attend que la Commission décide.", "Commission"),
    ],
)
def test_what_would_be_written(recogniser: Recogniser, text: str, first: str) -> None:
    (spans,) = recogniser.find([text])
    assert [span.targets[0] if span.targets else text[span.start : span.end] for span in spans] == [first]


@pytest.mark.parametrize(
    "text", ["Le Zurichois parle.", "C'est une Gantoise.", "La Kleptocratie règne.", "L'Onction est là."]
)
def test_words_that_french_makes_of_others_are_no_names(recogniser: Recogniser, text: str) -> None:
    assert found(recogniser, f"Hier, {text[0].lower()}{text[1:]}") == []


@pytest.mark.parametrize("name", ["Christine Zorglub", "Chloé Zorglub", "Djamel Zorglub", "Watchins", "Djelloul"])
def test_names_that_only_look_transliterated(recogniser: Recogniser, name: str) -> None:
    assert [mention for mention, _ in found(recogniser, f"Hier, {name} a souri.")] == [name]


def test_two_decades_and_two_years(recogniser: Recogniser) -> None:
    text = "Dans les années 60 et 70, puis en 1980 et 1990."
    (spans,) = recogniser.find([text])
    assert [span.targets[0] for span in spans] == ["60s", "70s", "1980", "1990"]


def test_a_capital_without_its_accent_is_still_an_ordinary_word(recogniser: Recogniser) -> None:
    assert found(recogniser, "La secrétaire d'Etat Hillary Zorglub arrive.") == [("Hillary Zorglub", "PERSON")]
    assert found(recogniser, "Les grandes Ecoles sont pleines.") == []

import pytest
from hypothesis import given
from hypothesis import strategies as st

from translator.language import LANGUAGES, MAX_CHARACTERS, Detector, needs_model

detector = Detector()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Le facteur passe vers midi, même quand il neige.", "fr"),
        ("The postman comes around noon, even when it snows.", "en"),
        ("Der Briefträger kommt gegen Mittag, auch wenn es schneit.", "de"),
        ("El cartero pasa hacia el mediodía, incluso cuando nieva.", "es"),
        ("Il postino passa verso mezzogiorno, anche quando nevica.", "it"),
        ("Почтальон приходит около полудня, даже когда идёт снег.", "ru"),
    ],
)
def test_a_sentence_is_enough(text: str, language: str) -> None:
    best, probability = detector.detect(text)[0]
    assert best == language
    assert probability > 0.9


@given(st.text())
def test_probabilities_sum_to_one_and_fall(text: str) -> None:
    ranking = detector.detect(text)
    probabilities = [probability for _, probability in ranking]
    assert sum(probabilities) == pytest.approx(1)
    assert probabilities == sorted(probabilities, reverse=True)
    assert {language for language, _ in ranking} == set(LANGUAGES)


@pytest.mark.parametrize("text", ["", "42", "…", "😀"])
def test_text_without_letters_is_in_no_language(text: str) -> None:
    assert detector.detect(text)[0][1] < 0.2


def test_only_the_beginning_of_a_long_text_counts() -> None:
    beginning = ("Le facteur passe vers midi. " * MAX_CHARACTERS)[:MAX_CHARACTERS]
    assert detector.detect(beginning + " The postman is late." * 1000) == detector.detect(beginning)


@pytest.mark.parametrize(
    "text",
    [
        "The harbour was closed for three days after the storm.",
        "“We will not leave,” said Ingrid Sørlie, who runs the ferry.",
        "THE FERRY DOES NOT RUN ON SUNDAYS",
    ],
)
def test_english_is_known(text: str) -> None:
    assert detector.is_english(text)


@pytest.mark.parametrize(
    "text",
    [
        "Le ferry ne circule pas le dimanche.",
        "Lecture de « The Long Way to the Harbour » par John Whitfield",
        "John Whitfield, Mary Ashcombe et Peter Longbottom",
        "Sortie de The Long Way to the Harbour with John Whitfield",
        "Peter Longbottom, Mary Ashcombe, John Whitfield, Gareth Highmore",
        "L'album The Long Way to the Harbour",
        "Thank you very much",
        "Die Fähre fährt am Sonntag nicht in den Hafen.",
        "1, 2, 3, 4, 5, 6",
    ],
)
def test_french_with_english_names_is_not_english(text: str) -> None:
    assert not detector.is_english(text)


@pytest.mark.parametrize(
    "text",
    [
        "", " \n\t\u00a0", "12 345,67 % (2024-05-01)", "— … !", "👩🏽‍🚒🇫🇷", "https://port.example/quai?a=b",
        "(www.port.example),", "« capitaine@port.example »", "a.b@port.example; HTTPS://PORT.EXAMPLE 12",
        "±3 °", "\ud800",
    ],
)  # fmt: skip
def test_text_that_is_the_same_in_both_languages_needs_no_model(text: str) -> None:
    assert not needs_model(text)


@pytest.mark.parametrize("text", ["Oui", "12 h", "voir https://port.example", "12 à 14", "@ port", "北京", "n°"])
def test_words_need_a_model(text: str) -> None:
    assert needs_model(text)

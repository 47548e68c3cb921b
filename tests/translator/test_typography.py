import pytest
from hypothesis import given
from hypothesis import strategies as st

from translator.typography import polish


def polished(target: str, source: str, **options: bool) -> str:
    return polish(target, source, **options)[0]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("« Oui », dit-elle.", '"Yes", she says.', "“Yes”, she says."),
        ("Elle dit “oui”.", 'She says "yes".', "She says “yes”."),
        ('Elle dit "oui".', 'She says "yes".', 'She says "yes".'),
        ("« Il a crié “halte” », dit-il.", '"He shouted "halt"", he says.', "“He shouted ‘halt’”, he says."),
        ("« Il a ‹ fui › hier »", '"He "fled" yesterday"', "“He ‘fled’ yesterday”"),
        ("« Oui »", "« Yes »", "“Yes”"),
        ("« Oui »", '" Yes "', "“Yes”"),
        ("Un « tube » de 5 pouces", 'A "tube" of 5" or so', 'A “tube” of 5" or so'),
        ("Ils sont « mal vus ».", 'They are "disliked ".', "They are “disliked ”."),
        ("«««« page suivante »»»»", "«««« next page »»»»", "«««« next page »»»»"),
        ("« A » et « B »", '("A") and "B"-like', "(“A”) and “B”-like"),
    ],
)
def test_quotes_follow_the_source(source: str, target: str, expected: str) -> None:
    assert polished(target, source) == expected


def test_a_quotation_runs_through_segments() -> None:
    pairs = [
        ("« Nous partons.", '"We leave.', "“We leave."),
        ("Tout de suite.", "Right now.", "Right now."),
        ("Le “chef” attend »", 'The "boss" is waiting"', "The ‘boss’ is waiting”"),
        ("dit « Anna ».", 'says "Anna".', "says “Anna”."),
    ]
    opened = False
    for source, target, expected in pairs:
        text, _, opened = polish(target, source, opened=opened)
        assert text == expected
    assert not opened


def test_a_quotation_that_was_never_closed_spoils_nothing() -> None:
    assert polish('The "port" and the "quay"', "Le « port » et le « quai »", opened=True)[::2] == (
        "The “port” and the “quay”",
        False,
    )


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("C’est l’été des marins", "It's the sailors' summer", "It’s the sailors’ summer"),
        ("C'est l'été", "It's summer", "It's summer"),
        ("L’an 90, l’âge « d’or »", "'The '90s' weren't", "'The '90s' weren’t"),
        ("C’est 5'10", "That's 5'10", "That’s 5'10"),
    ],
)
def test_apostrophes_follow_the_source(source: str, target: str, expected: str) -> None:
    assert polished(target, source) == expected


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("Really ? Yes\u00a0! No ; then : so , done .", "Really? Yes! No; then: so, done."),
        ("What ?!", "What?!"),
        ("(really ?)", "(really?)"),
        ("Smile :) and .net or ,5 and ... so ...", "Smile :) and .net or ,5 and ... so ..."),
        ("at https://port.example/a?b=c ; d", "at https://port.example/a?b=c ; d"),
        ("write to quai@port.example or `x ? y : z` !", "write to quai@port.example or `x ? y : z`!"),
        (" ? alone", " ? alone"),
    ],
)
def test_no_space_before_punctuation(target: str, expected: str) -> None:
    assert polished(target, "") == expected


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("3,5 % de hausse", "3,5 % more", "3.5% more"),
        ("1 000 000 d’euros", "1 000 000 euros", "1,000,000 euros"),
        ("1\u202f234,56 €", "1 234,56 euros or 1234,56", "1,234.56 euros or 1234.56"),
        ("0,125 mm et 2 125,125 m", "0,125 mm and 2125,125 m", "0.125 mm and 2125.125 m"),
        ("15,000 roupies", "15,000 rupees", "15,000 rupees"),
        ("2 125 tonnes", "2,125 tonnes", "2,125 tonnes"),
        ("12 345 élus", "12,345 members", "12,345 members"),
        ("les lots 1,2,3", "lots 1,2,3", "lots 1,2,3"),
        ("le 0 800 123 456", "on 0 800 123 456", "on 0 800 123 456"),
        ("le 01 23 45 67 89", "on 01 23 45 67 89", "on 01 23 45 67 89"),
        ("le SIRET 732 829 320 00074", "SIRET 732 829 320 00074", "SIRET 732 829 320 00074"),
        ("14 h 30", "14 h 30, 3,5 in all", "14 h 30, 3,5 in all"),
    ],
)
def test_numbers_of_the_source_become_english(source: str, target: str, expected: str) -> None:
    assert polished(target, source) == expected


def test_protected_ranges_stay() -> None:
    source, target = "Le titre « Oui ! » à 3,5 %", 'The title "Yes !" at 3,5 %, "Yes !"'
    begin = target.index('"')
    text, offsets, _ = polish(target, source, protected=[(begin, begin + 7)])
    assert text == 'The title "Yes !" at 3.5%, “Yes!”'
    assert text[offsets[begin] : offsets[begin + 7]] == '"Yes !"'


def test_offsets_move_with_the_text() -> None:
    target = "« Port » : 1 000 boats ?"
    text, offsets, _ = polish(target, "« Port » : 1 000 bateaux ?")
    assert text == "“Port”: 1,000 boats?"
    for word, moved in [("Port", "Port"), ("1 000", "1,000"), ("boats", "boats")]:
        start = target.index(word)
        assert text[offsets[start] : offsets[start + len(word)]] == moved
    assert len(offsets) == len(target) + 1


material = st.text(st.sampled_from("ab1230 \u00a0\"'«»“”‹›’.,;:!?%()-`@"), max_size=40)


@given(material, material, st.booleans())
def test_a_second_pass_changes_nothing(target: str, source: str, opened: bool) -> None:
    text, _, still_open = polish(target, source, opened=opened)
    again, offsets, still_open_again = polish(text, source, opened=opened)
    assert (again, still_open_again) == (text, still_open)
    assert offsets == list(range(len(text) + 1))


@given(st.one_of(material, st.text()), material, st.booleans(), st.data())
def test_letters_digits_and_protected_ranges_survive(
    target: str, source: str, opened: bool, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(target)))
    end = data.draw(st.integers(start, len(target)))
    text, offsets, _ = polish(target, source, protected=[(start, end)], opened=opened)
    assert [character for character in text if character.isalnum()] == [c for c in target if c.isalnum()]
    assert text[offsets[start] : offsets[end]] == target[start:end]
    assert offsets == sorted(offsets)
    assert (offsets[0], offsets[-1]) == (0, len(text))

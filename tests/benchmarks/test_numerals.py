"""A number is its value, however it is written."""

from fractions import Fraction

import pytest

from benchmarks.numerals import english_values, french_values


@pytest.mark.parametrize(
    ("french", "values"),
    [
        ("il y a 3 000 places", [{3000}]),
        ("1,5 point", [{Fraction("1.5")}]),
        ("1 234 567,89 €", [{Fraction("1234567.89")}]),
        ("1,5 million de gens", [{1_500_000}]),
        ("15 milliards", [{15 * 10**9}]),
        ("2 billions", [{2 * 10**12}]),
        ("40 M€ et 2 Md€", [{40_000_000}, {2 * 10**9}]),
        ("57,000 cas", [{57, 57000}]),
        ("0,125", [{Fraction("0.125")}]),
        ("le 12.06.2012", [{12}, {6}, {2012}]),
        ("1.234.567", [{1234567}]),
        ("à 18 h 45", [{18, 6}, {45}]),
        ("à 0 h", [{0, 12}]),
        ("à 21 heures", [{21, 9}]),
        ("dans les années 90", [{90, 1990}]),
        ("2 millions et demi", [{2_500_000}]),
        ("l'A320neo", [{320}]),
        ("en 2010 300 personnes", [{2010}, {300}]),
        ("de 3-2", [{3}, {2}]),
        ("30 minutes", [{30}]),
        ("30 M. Dupont", [{30}]),
        ("au XXIe siècle", []),
    ],
)
def test_french(french: str, values: list[set[Fraction]]) -> None:
    assert [set(number.values) for number in french_values(french)] == values


@pytest.mark.parametrize(
    ("english", "value"),
    [
        ("3,000 seats", 3000),
        ("1.5 million people", 1_500_000),
        ("2 million and a half", 2_500_000),
        ("1.5 million people", Fraction("1.5")),
        ("$40m", 40_000_000),
        ("one hundred and twenty-five thousand", 125_000),
        ("a million", 1_000_000),
        ("the twenty-first century", 21),
        ("in the nineties", 90),
        ("two dozen", 12),
        ("at 6:45 p.m.", 45),
        ("the A320neo", 320),
        ("the 14th", 14),
        ("two hundred", 200),
        ("three million", 3_000_000),
    ],
)
def test_english_has_the_value(english: str, value: Fraction) -> None:
    assert any(Fraction(value) in values for values in english_values(english))


@pytest.mark.parametrize(
    ("english", "value"), [("1.5 billion", 1_500_000), ("2,5 percent", 25), ("two or three", 23), ("forty, five", 45)]
)
def test_english_does_not_have_the_value(english: str, value: int) -> None:
    assert not any(Fraction(value) in values for values in english_values(english))

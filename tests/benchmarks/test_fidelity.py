"""What the measures count and what they refuse to count."""

from importlib.resources import files

import pytest

from benchmarks import fidelity
from benchmarks.fidelity import StressCase


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hier, l'OTAN a reçu Jens Stoltenberg.", ["OTAN", "Jens", "Stoltenberg"]),
        ("Les élections. Paris vote.", []),
        ("« Bravo », dit J. Stoltenberg à McDonald's.", ["Stoltenberg", "McDonald"]),
        ("iPhone et A320neo, le 14/07", ["iPhone", "A320neo", "14/07"]),
        ("le G7 et l'UE", ["G7"]),
        ("jusqu'à 3.5 ou R&D", ["3.5", "R&D"]),
        ("de Saint-Pol-de-Léon et qu'Ibrahim", ["Saint-Pol-de-Léon", "Ibrahim"]),
        ("OTAN : rien", ["OTAN"]),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert fidelity.tokens(fidelity.clean(text)) == expected


@pytest.mark.parametrize(
    ("text", "word", "stands"),
    [
        ("Obama's plan", "Obama", True),
        ("Obamas", "Obama", False),
        ("2.5", "5", False),
        ("it is 5.", "5", True),
        ("A5", "5", False),
        ("sea-5", "5", True),
        ("200,000", "200", False),
        ("(@ab_1)", "@ab_1", True),
    ],
)
def test_whole_words(text: str, word: str, stands: bool) -> None:
    assert fidelity.has_word(text, word) is stands


def test_retention_counts_what_source_and_reference_share() -> None:
    kept, copied = fidelity.measure_retention(
        ["Selon Karl Nowak, Bagdad attend."], ["According to Karl Nowak, Baghdad waits."], ["Karl Nowack in Bagdad."]
    )
    assert (kept.hits, kept.total) == (1, 2)
    assert (copied.hits, copied.total) == (1, 1)
    assert kept.examples[0].startswith("Nowak")
    assert copied.examples[0].startswith("Bagdad")


def test_a_copy_that_the_reference_writes_without_accents_can_be_set_apart() -> None:
    texts = ["Selon Jiří Novák et Bagdad."], ["According to Jiri Novak and Baghdad."], ["Jiří Novák, Bagdad."]
    assert fidelity.measure_retention(*texts)[1].hits == 3
    apart = fidelity.measure_retention(*texts, accents=False)[1]
    assert (apart.hits, apart.total) == (1, 1)


def test_grouped_digits_are_one_token() -> None:
    sources = ["Ils sont 200 000, puis 1 234 567 en 2010 300 fois."]
    references = ["They are 200,000, then 1,234,567 in 2010 300 times."]
    kept, copied = fidelity.measure_retention(sources, references, ["200,000, 1 234 567, 2010 and 300"])
    assert (kept.hits, kept.total, copied.total) == (4, 4, 0)


def test_numbers_need_an_occurrence_each() -> None:
    share = fidelity.measure_numbers(["De 3,7 % à 3,7 % et 1 200"], ["From 3.7% to twelve hundred"])
    assert (share.hits, share.total) == (2, 3)


def test_demands_need_an_occurrence_each_and_any_alternative_does() -> None:
    cases = [
        StressCase("twice", "", (("Ana",), ("Ana",))),
        StressCase("nested", "", (("York",), ("New York", "NYC"))),
        StressCase("nested", "", (("Ana",),)),
    ]
    total, categories = fidelity.measure_demands(cases, ["Ana was there", "York and NYC", "ana"])
    assert (total.hits, total.total) == (3, 5)
    assert (categories["twice"].hits, categories["nested"].total) == (1, 3)


def test_curly_apostrophes_and_decomposed_accents_are_equal() -> None:
    total, _ = fidelity.measure_demands([StressCase("", "", (("M'Baye Léa",),))], ["M’Baye Le\u0301a"])
    assert total.percent == 100


def test_strays_are_what_the_source_does_not_have() -> None:
    assert fidelity.count_strays(["a ⟦1⟧"], ["a ⟦1⟧"]) == 0
    assert fidelity.count_strays(["a"], ["a ⟦1⟧"]) == 2
    assert fidelity.count_strays(["a", "b"], ["XX1", "XX12"], ["XX1"]) == 1
    assert fidelity.count_strays(["a"], ["#1#"], ["#1#"]) == 1


def test_terms_count_every_mention() -> None:
    share = fidelity.measure_terms(
        {"maire": "provost"}, ["Le maire et un maire.", "Mairie, ex-maire"], ["The Provost.", ""]
    )
    assert (share.hits, share.total) == (1, 2)


def test_nothing_to_count_has_no_percentage() -> None:
    assert fidelity.Share().percent is None


def test_a_stress_line_without_demand_is_refused() -> None:
    with pytest.raises(ValueError, match="line 2"):
        fidelity.read_stress(["Un.\tUn", "Deux."])


@pytest.mark.parametrize("half", ["a", "b"])
def test_stress_files_can_be_read(half: str) -> None:
    path = files("benchmarks") / "entity_sets" / f"stress_{half}.tsv"
    cases = fidelity.read_stress(path.read_text(encoding="utf-8").splitlines())
    assert len(cases) >= 250
    assert len({case.source for case in cases}) == len(cases)
    assert all(case.category for case in cases)


def test_the_halves_share_no_sentence() -> None:
    folder = files("benchmarks") / "entity_sets"
    halves = [
        {case.source for case in fidelity.read_stress((folder / name).read_text(encoding="utf-8").splitlines())}
        for name in ("stress_a.tsv", "stress_b.tsv")
    ]
    assert not halves[0] & halves[1]

import pytest

from translator.degeneration import is_degenerate


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("Le chat dort.", ""),
        ("Le chat dort.", "  "),
        ("Le chat dort.", "the cat the cat the cat the cat"),
        ("Le chat dort.", "no no no no"),
        ("Puis tout s'est arrêté...", "Then everything stopped..............."),
        ("Il y a quelques semaines à peine, elle vivait encore seule dans sa maison du port.", "A few weeks ago."),
        ("Oui.", "Yes, and then the man went on to say many more things that nobody had asked him about."),
    ],
)
def test_what_is_no_translation_is_found(source: str, target: str) -> None:
    assert is_degenerate(source, target)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("Le chat dort.", "The cat is sleeping."),
        ("", ""),
        ("Non, non, non, non, non !", "No, no, no, no, no!"),
        ("Oui.", "Yes, of course it is."),
        ("Voir p. ........ 12", "See p. ........ 12"),
        ("Très, très bien.", "Very, very good."),
        ("La la la la la, chante-t-il.", "La la la la la, he sings."),
    ],
)
def test_a_translation_is_not(source: str, target: str) -> None:
    assert not is_degenerate(source, target)

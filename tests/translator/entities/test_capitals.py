"""Headlines in capitals, set as sentences: names keep their capitals, accents return where they are sure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from translator.entities import Capitals, capitalised

CAPITALS = Capitals()


@pytest.mark.parametrize(
    ("loud", "quiet"),
    [
        ("LE CONSEIL MUNICIPAL VOTE LE BUDGET", "Le conseil municipal vote le budget"),
        ("LE MAIRE JEAN CASTEX EN VISITE À MARSEILLE", "Le maire Jean Castex en visite à Marseille"),
        ("LES ETATS-UNIS ET LE ROYAUME-UNI FACE À L'OTAN", "Les États-Unis et le Royaume-Uni face à l'OTAN"),
        ("GRÈVE À LA SNCF : LA CGT APPELLE À MANIFESTER", "Grève à la SNCF : la CGT appelle à manifester"),
        ("LOUIS XIV ET LE XVIIE SIÈCLE", "Louis XIV et le XVIIe siècle"),
        ("CÔTE D'IVOIRE : J. DUPONT ÉLU MAIRE", "Côte d'Ivoire : J. Dupont élu maire"),
        ("MINISTÈRE DE L’INTÉRIEUR : PAS DE COMMENTAIRE", "Ministère de l’intérieur : pas de commentaire"),
        ("LA PRESIDENTE OUVRE LA SEANCE", "La présidente ouvre la séance"),
    ],
)
def test_set_as_a_sentence(loud: str, quiet: str) -> None:
    assert CAPITALS.lowered(loud) == quiet


@pytest.mark.parametrize(
    "text", ["OTAN", "PARIS (AFP)", "COVID-19", "A320NEO", "Le MAIRE parle", "12 : 30", "", "KARL ZORK"]
)
def test_what_may_be_a_name_or_a_code_stays(text: str) -> None:
    assert CAPITALS.lowered(text) is None


@given(st.text(max_size=60).map(str.upper))
def test_every_character_keeps_its_place(text: str) -> None:
    quiet = CAPITALS.lowered("LE MAIRE DE LA VILLE " + text)
    assert quiet is None or len(quiet) == len("LE MAIRE DE LA VILLE " + text)
    assert len(capitalised(text)) == len(text)

"""The lexicon file holds what its header promises, line by line."""

from importlib.resources import files

import pytest

LABELS = {"PLACE", "ORG", "ACRONYM", "PERSON", "EVENT", "WORK"}
MIN_ENTRIES = 2600


@pytest.fixture(scope="module")
def lines() -> list[str]:
    text = (files("translator") / "entities" / "lexicon.tsv").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]


def test_every_line_has_four_clean_columns(lines: list[str]) -> None:
    for line in lines:
        columns = line.split("\t")
        assert len(columns) == 4, line
        assert all(column and column == column.strip() for column in columns), line
        assert "’" not in line, line


def test_forms_are_distinct(lines: list[str]) -> None:
    for line in lines:
        forms = line.split("\t")[1].split(" | ")
        assert all(form == form.strip() and form for form in forms), line
        assert len(set(forms)) == len(forms), line


def test_labels_are_known(lines: list[str]) -> None:
    assert {line.split("\t")[2] for line in lines} == LABELS


def test_no_french_key_stands_twice(lines: list[str]) -> None:
    keys = [line.split("\t")[0] for line in lines]
    assert len(set(keys)) == len(keys)
    assert len(keys) >= MIN_ENTRIES


@pytest.mark.parametrize(
    ("french", "english"),
    [
        ("Bagdad", "Baghdad"),
        ("OTAN", "NATO"),
        ("Etats-Unis", "United States"),
        ("mer Noire", "Black Sea"),
        ("Charles Quint", "Charles V"),
        ("Daech", "Daesh"),
        ("Benoît XVI", "Benedict XVI"),
        ("Société générale", "Société Générale"),
        ("Statistique Canada", "Statistics Canada"),
        ("place Saint-Pierre", "St. Peter's Square"),
    ],
)
def test_preferred_form(lines: list[str], french: str, english: str) -> None:
    forms = {line.split("\t")[0]: line.split("\t")[1].split(" | ")[0] for line in lines}
    assert forms[french] == english

"""Found names are counted as the module says, and the annotation is what its header promises."""

from importlib.resources import files
from itertools import pairwise

from benchmarks import names

MIN_LINES = 300


def test_exact_and_overlap() -> None:
    found = [(0, 5), (8, 12)]
    assert names.count_matches(found, [(0, 5), (9, 12), (20, 22)], exact=True) == [True, False, False]
    assert names.count_matches(found, [(0, 5), (9, 12), (20, 22)], exact=False) == [True, True, False]


def test_one_found_range_serves_one_name() -> None:
    assert names.count_matches([(0, 12)], [(0, 5), (6, 12)], exact=False) == [True, False]


def test_measure() -> None:
    def find(texts: object) -> list[list[names.Labelled]]:
        return [[((0, 3), "PERSON"), ((9, 12), "ACRONYM")], [((0, 2), "PLACE")]]

    finding = names.measure(
        "fixed", find, ["Ana a le VIH", "Où est Bagdad"], [[((0, 3), "PERSON")], [((7, 13), "PLACE")]]
    )
    assert (finding.found, finding.exact_precision, finding.exact_recall) == (2, 50.0, 50.0)
    assert finding.recall_by_label == {"PERSON": 100.0, "PLACE": 0.0}


def test_every_finder_that_is_installed_finds() -> None:
    for find in names.finders().values():
        assert ((6, 22), "PERSON") in find(["Selon Jens Stoltenberg, rien."])[0]


def test_annotation_is_sound() -> None:
    path = files("benchmarks") / "entity_sets" / names.ANNOTATION
    annotation = names.read_annotation(path.read_text(encoding="utf-8").splitlines())
    assert len(annotation.checksum) == 64
    assert len(annotation.names) >= MIN_LINES
    for row in annotation.names.values():
        assert all(0 <= start < end and label in names.NAME_LABELS for (start, end), label in row)
        assert all(one[1] <= other[0] for (one, _), (other, _) in pairwise(row))

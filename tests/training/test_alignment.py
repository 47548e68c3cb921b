"""The lexical model finds a mapping that was made up, reordered pieces and inserted ones included."""

from pathlib import Path

import numpy as np
import pytest

from training.alignment import align
from translator.errors import InputError

VOCABULARY = 60
FILLER = 59
"""A piece that only the target has, from nowhere."""
END = 0


def made_up(pairs: int) -> tuple[dict[str, list[int]], list[set[tuple[int, int]]]]:
    """Target piece = source piece + 28, neighbours swapped one time in three, a filler in every second pair."""
    chance = np.random.RandomState(4)
    arrays: dict[str, list[int]] = {name: [] for name in ("fi", "fl", "ei", "el")}
    links = []
    for number in range(pairs):
        source = [int(piece) for piece in chance.choice(np.arange(1, 29), chance.randint(3, 9), replace=False)]
        order = list(range(len(source)))
        for index in range(len(order) - 1):
            if chance.rand() < 1 / 3 and order[index] == index:
                order[index], order[index + 1] = order[index + 1], order[index]
        target: list[int] = [source[index] + 28 for index in order]
        places: list[int | None] = list(order)
        if number % 2:
            spot = int(chance.randint(len(target) + 1))
            target.insert(spot, FILLER)
            places.insert(spot, None)
        links.append({(row, place) for row, place in enumerate(places) if place is not None})
        links[-1].add((len(target), len(source)))
        for name, pieces in (("f", source), ("e", target)):
            arrays[name + "i"] += [*pieces, END]
            arrays[name + "l"].append(len(pieces) + 1)
    return arrays, links


def test_a_made_up_mapping_is_found(tmp_path: Path) -> None:
    arrays, wanted = made_up(600)
    np.savez(tmp_path / "train.npz", **{name: np.array(values, np.uint16) for name, values in arrays.items()})
    count = align(tmp_path / "train.npz", tmp_path / "links.npz", VOCABULARY, learn_from=400)
    with np.load(tmp_path / "links.npz") as stored:
        counts, links = stored["count"], stored["links"]
    rows = np.split(links, np.cumsum(counts)[:-1])
    found = [{(int(target), int(source)) for target, source in row} for row in rows]
    right = sum(len(one & other) for one, other in zip(found, wanted, strict=True))

    assert count == len(links) == counts.sum()
    assert right > 0.99 * count
    assert right > 0.98 * sum(map(len, wanted))


def test_text_that_is_not_prepared_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"train\.npz is missing or damaged; run"):
        align(tmp_path / "train.npz", tmp_path / "links.npz", VOCABULARY)

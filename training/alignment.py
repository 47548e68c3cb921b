"""Word alignments of the training text, piece by piece, by a lexical model learned from the text itself.

IBM model 1 with the diagonal prior of fast_align (Dyer et al. 2013), both ways, joined by grow-diag (Och and Ney 2003).
The tables are dense (pieces × pieces), which a vocabulary of 8,000 allows.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from translator.errors import InputError

Ids = npt.NDArray[np.int64]
Table = npt.NDArray[np.float32]
Links = npt.NDArray[np.bool_]

DIAGONAL = 4.0
"""Strength of the prior for staying near the diagonal."""
EMPTY = 0.08
"""Prior that a target piece comes from no source piece."""
SMOOTHING = 0.01
_BLOCK_CELLS = 2_000_000
_NEIGHBOURS = [(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1) if a or b]


@dataclass(frozen=True, slots=True)
class Block:
    """Pairs of one source length and one target length: ids [n, S] and [n, T], and their rows in the text."""

    rows: Ids
    source: Ids
    target: Ids


Blocks = Callable[[], Iterator[Block]]
"""Goes through the same blocks again at each call."""


def align(
    arrays: Path, output: Path, vocabulary: int, *, learn_from: int = 200_000, iterations: int = 4, seed: int = 0
) -> int:
    """Align every pair of `arrays`; write the links (target, source) and how many each pair has.

    The end symbols are linked. `learn_from` pairs teach the tables. Returns the number of links.

    Raises:
        InputError: there is no prepared text.
    """
    try:
        with np.load(arrays) as stored:
            text = {name: stored[name] for name in ("fi", "fl", "ei", "el")}
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{arrays} is missing or damaged; run `python -m training vocabulary` first") from error
    pairs = len(text["fl"])
    sample = np.random.RandomState(seed).permutation(pairs)[:learn_from]
    forward = learn(lambda: _blocks(text, sample), vocabulary, iterations, reverse=False)
    backward = learn(lambda: _blocks(text, sample), vocabulary, iterations, reverse=True)
    counts = np.zeros(pairs, np.int32)
    found: list[npt.NDArray[np.uint16]] = []
    owners: list[Ids] = []
    for block in _blocks(text, np.arange(pairs)):
        links = symmetrised(
            best_links(block.source, block.target, forward),
            best_links(block.target, block.source, backward).transpose(0, 2, 1),
        )
        links = np.pad(links, ((0, 0), (0, 1), (0, 1)))
        links[:, -1, -1] = True
        where = np.argwhere(links)
        counts[block.rows] = links.sum((1, 2))
        owners.append(block.rows[where[:, 0]])
        found.append(where[:, 1:].astype(np.uint16))
    order = np.argsort(np.concatenate(owners), kind="stable")
    with output.open("wb") as out:
        np.savez(out, count=counts, links=np.concatenate(found)[order])
    return int(counts.sum())


def learn(blocks: Blocks, vocabulary: int, iterations: int, *, reverse: bool) -> Table:
    """p(target piece | source piece) [source + 1, target] by EM; the last row is the empty source.

    With `reverse`, source and target change places.
    """
    table = np.full((vocabulary + 1, vocabulary), 1 / vocabulary, np.float32)
    for _ in range(iterations):
        counts = np.full(table.size, SMOOTHING / vocabulary, np.float32)
        for block in blocks():
            given, made = (block.target, block.source) if reverse else (block.source, block.target)
            cells, weight = _posterior(given, made, table)
            np.add.at(counts, cells.ravel(), weight.ravel())
        table = counts.reshape(table.shape)
        table /= table.sum(1, keepdims=True)
    return table


def best_links(source: Ids, target: Ids, table: Table) -> Links:
    """[n, T, S]: the likeliest source piece of each target piece, unless that is none."""
    _, weight = _posterior(source, target, table)
    best = weight.argmax(-1)
    return np.asarray(best[..., None] == np.arange(source.shape[1]))


def symmetrised(one: Links, other: Links) -> Links:
    """What both ways link, grown by neighbours that either links while row or column is still without a link."""
    links, union = one & other, one | other
    while True:
        near = np.zeros_like(links)
        height, width = links.shape[1:]
        padded = np.pad(links, ((0, 0), (1, 1), (1, 1)))
        for a, b in _NEIGHBOURS:
            near |= padded[:, 1 + a : 1 + a + height, 1 + b : 1 + b + width]
        free = ~links.any(2, keepdims=True) | ~links.any(1, keepdims=True)
        new = near & union & free & ~links
        if not new.any():
            return np.asarray(links)
        links = links | new


def _posterior(source: Ids, target: Ids, table: Table) -> tuple[Ids, Table]:
    """Cells of the table [n, T, S + 1] and the posterior of each source piece, the empty one last."""
    empty = len(table) - 1
    given = np.concatenate([source, np.full((len(source), 1), empty)], 1)
    cells = given[:, None, :] * table.shape[1] + target[:, :, None]
    weight = table.ravel()[cells] * _prior(target.shape[1], source.shape[1])
    weight /= weight.sum(-1, keepdims=True)
    return cells, weight


def _prior(target: int, source: int) -> Table:
    distance = np.abs(np.arange(target)[:, None] / target - np.arange(source)[None] / source)
    near = np.exp(-DIAGONAL * distance)
    near *= (1 - EMPTY) / near.sum(1, keepdims=True)
    return np.concatenate([near, np.full((target, 1), EMPTY)], 1).astype(np.float32)


def _blocks(text: dict[str, npt.NDArray[np.integer]], rows: Ids) -> Iterator[Block]:
    """The rows by equal lengths, end symbols left out."""
    source_starts, target_starts = (
        np.concatenate([[0], np.cumsum(text[name], dtype=np.int64)]) for name in ("fl", "el")
    )
    source, target = text["fl"][rows].astype(np.int64) - 1, text["el"][rows].astype(np.int64) - 1
    rows = rows[(source > 0) & (target > 0)]
    source, target = text["fl"][rows].astype(np.int64) - 1, text["el"][rows].astype(np.int64) - 1
    order = np.lexsort((target, source))
    cuts = np.flatnonzero(np.diff(source[order]) | np.diff(target[order])) + 1
    for same in np.split(order, cuts):
        if not len(same):
            continue
        s, t = int(source[same[0]]), int(target[same[0]])
        size = max(1, _BLOCK_CELLS // ((s + 1) * t))
        for start in range(0, len(same), size):
            part = rows[same[start : start + size]]
            yield Block(
                part,
                text["fi"][source_starts[part][:, None] + np.arange(s)].astype(np.int64),
                text["ei"][target_starts[part][:, None] + np.arange(t)].astype(np.int64),
            )

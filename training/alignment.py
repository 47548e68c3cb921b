"""Word alignments of the training text, piece by piece, by a lexical model learned from the text itself.

Both ways a hidden Markov model over positions (Vogel et al. 1996) begins from IBM model 1 with the diagonal prior of
fast_align (Dyer et al. 2013); the two learn what they agree on (Liang et al. 2006), and what they agree on is linked.
The tables are dense (pieces × pieces), which a vocabulary of 8,000 allows: 1 GB while learning.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from translator.errors import InputError

Ids = npt.NDArray[np.int64]
Table = npt.NDArray[np.float32]
Links = npt.NDArray[np.bool_]

DIAGONAL = 4.0
"""Strength of the prior for staying near the diagonal, before jumps are known."""
EMPTY = 0.08
"""Prior that a target piece comes from no source piece."""
SMOOTHING = 0.01
REACH = 200
"""Longer jumps count as jumps of so many pieces."""
FAR = 1e-3
"""Share of the jumps that may go anywhere."""
AGREED = 0.3
"""Product of the two posteriors from which on a link is one."""
_LEAST_WEIGHT = 1e-3
"""Posteriors below it are not counted: most cells, and next to nothing of the mass."""
_BLOCK_CELLS = 1_000_000


@dataclass(frozen=True, slots=True)
class Block:
    """Pairs of one source length and one target length: ids [n, S] and [n, T], and their rows in the text."""

    rows: Ids
    source: Ids
    target: Ids


@dataclass(frozen=True, slots=True)
class Direction:
    """How the pieces of one side come from those of the other.

    `table` [given + 1, made] holds p(made | given), the empty piece last; `jumps` [2 REACH + 1] weighs the distances
    from one linked position to the next, None before they are known.
    """

    table: Table
    jumps: Table | None = None

    def posterior(self, given: Ids, made: Ids) -> tuple[Ids, Table, Table]:
        """Cells of the table [n, T, S + 1], each one's posterior, and the expected jumps."""
        empty = len(self.table) - 1
        padded = np.concatenate([given, np.full((len(given), 1), empty)], 1)
        cells = padded[:, None, :] * self.table.shape[1] + made[:, :, None]
        weight = self.table.ravel()[cells]
        if self.jumps is None:
            weight *= _diagonal(made.shape[1], given.shape[1])
            weight /= weight.sum(-1, keepdims=True)
            return cells, weight, _jumps(weight)
        return cells, *_chained(weight, self.jumps)


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
    forward, backward = learn(text, sample, vocabulary, iterations)
    counts = np.zeros(pairs, np.int32)
    found: list[npt.NDArray[np.uint16]] = []
    owners: list[npt.NDArray[np.int32]] = []
    for block in blocks(text, np.arange(pairs)):
        links = np.pad(agreed(block, forward, backward)[2] >= AGREED, ((0, 0), (0, 1), (0, 1)))
        links[:, -1, -1] = True
        where = np.argwhere(links)
        counts[block.rows] = links.sum((1, 2))
        owners.append(block.rows[where[:, 0]].astype(np.int32))
        found.append(where[:, 1:].astype(np.uint16))
    order = np.argsort(np.concatenate(owners), kind="stable")
    with output.open("wb") as out:
        np.savez(out, count=counts, links=np.concatenate(found)[order])
    return int(counts.sum())


def learn(
    text: dict[str, npt.NDArray[np.integer]], rows: Ids, vocabulary: int, iterations: int
) -> tuple[Direction, Direction]:
    """Target from source and source from target, by `iterations` of EM, the first two without jumps."""
    uniform = np.full((vocabulary + 1, vocabulary), 1 / vocabulary, np.float32)
    directions = [Direction(uniform), Direction(uniform)]
    for iteration in range(iterations):
        counts = [np.full(uniform.size, SMOOTHING / vocabulary, np.float32) for _ in directions]
        jumps = [np.zeros(2 * REACH + 1, np.float32) for _ in directions]
        for block in blocks(text, rows):
            forward, backward, both = agreed(block, *directions)
            for side, (cells, weight, moved) in enumerate((forward, backward)):
                if iteration:
                    weight[..., :-1] = both if side == 0 else both.transpose(0, 2, 1)
                kept = weight > _LEAST_WEIGHT
                np.add.at(counts[side], cells[kept], weight[kept])
                jumps[side] += moved
        for side in range(2):
            table = counts[side].reshape(uniform.shape)
            table /= table.sum(1, keepdims=True)
            near = (1 - FAR) * jumps[side] / jumps[side].sum() + FAR / len(jumps[side])
            directions[side] = Direction(table, near if iteration else None)
    return directions[0], directions[1]


Posterior = tuple[Ids, Table, Table]


def agreed(block: Block, forward: Direction, backward: Direction) -> tuple[Posterior, Posterior, Table]:
    """What each way gives, and the product of their posteriors [n, T, S]."""
    one = forward.posterior(block.source, block.target)
    other = backward.posterior(block.target, block.source)
    return one, other, one[1][..., :-1] * other[1][..., :-1].transpose(0, 2, 1)


def _chained(emission: Table, jumps: Table) -> tuple[Table, Table]:
    """Posteriors [n, T, S + 1] by forward and backward passes, and the expected jumps.

    State 0 stands before the first piece. A piece that comes from the empty one leaves the state as it is.
    """
    number, length, width = emission.shape
    distance = np.clip(np.arange(1, width)[None] - np.arange(width)[:, None], -REACH, REACH) + REACH
    moves = jumps[distance]
    moves /= moves.sum(1, keepdims=True)
    linked, empty = (1 - EMPTY) * emission[..., :-1], EMPTY * emission[..., -1:]
    before = np.zeros((length, number, width), np.float32)
    state = np.zeros((number, width), np.float32)
    state[:, 0] = 1
    arriving = np.empty((length, number, width - 1), np.float32)
    for step in range(length):
        before[step] = state
        arriving[step] = (state @ moves) * linked[:, step]
        state = state * empty[:, step]
        state[:, 1:] += arriving[step]
        state /= state.sum(1, keepdims=True)
    weight = np.empty_like(emission)
    expected = np.zeros((width, width - 1), np.float32)
    after = np.ones((number, width), np.float32)
    for step in reversed(range(length)):
        weight[:, step, :-1] = arriving[step] * after[:, 1:]
        weight[:, step, -1] = (before[step] * after).sum(1) * empty[:, step, 0]
        whole = weight[:, step].sum(1, keepdims=True)
        weight[:, step] /= whole
        leaving = linked[:, step] * after[:, 1:]
        expected += before[step].T @ (leaving / whole)
        after = leaving @ moves.T + after * empty[:, step]
        after /= after.sum(1, keepdims=True)
    return weight, np.bincount(distance.ravel(), (expected * moves).ravel(), 2 * REACH + 1).astype(np.float32)


def _jumps(weight: Table) -> Table:
    """The jumps between the posteriors of neighbouring pieces, taken as independent."""
    width = weight.shape[2] - 1
    distance = np.clip(np.arange(width)[None] - np.arange(width)[:, None], -REACH, REACH) + REACH
    pairs = np.einsum("nti,ntj->ij", weight[:, :-1, :-1], weight[:, 1:, :-1], optimize=True)
    return np.bincount(distance.ravel(), pairs.ravel(), 2 * REACH + 1).astype(np.float32)


def _diagonal(target: int, source: int) -> Table:
    distance = np.abs(np.arange(target)[:, None] / target - np.arange(source)[None] / source)
    near = np.exp(-DIAGONAL * distance)
    near *= (1 - EMPTY) / near.sum(1, keepdims=True)
    return np.concatenate([near, np.full((target, 1), EMPTY)], 1).astype(np.float32)


def blocks(text: dict[str, npt.NDArray[np.integer]], rows: Ids) -> Iterator[Block]:
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
        size = max(1, _BLOCK_CELLS // ((s + 1) * (t + 1)))
        for start in range(0, len(same), size):
            part = rows[same[start : start + size]]
            yield Block(
                part,
                text["fi"][source_starts[part][:, None] + np.arange(s)].astype(np.int64),
                text["ei"][target_starts[part][:, None] + np.arange(t)].astype(np.int64),
            )

"""Prepared arrays to batches of ids: the same ones for the same seed and epoch, on every run.

On the CPU a batch has one source length and so no mask; on CUDA a batch has one of few widths, so that each width is
compiled once, and the text lies on the device.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from translator.errors import InputError

Indices = npt.NDArray[np.int64]

WIDTHS = (16, 24, 32, 48, 64, 96, 128, 200, 256, 384, 512)
_SHRINK = 0.95
_UINT16 = 0xFFFF
"""Ids lie as int16, which torch can index everywhere; the mask makes them unsigned again."""

_EPOCH_SEED = 1000
_RUN_SEED = 7919
"""Primes apart, so that two runs share no epoch's order."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How batches are cut: target or source pieces in each, longest sentence, parts a batch is dealt into."""

    batch_tokens: int
    max_tokens: int
    world: int = 1
    seed: int = 0
    weights: tuple[float, ...] = ()
    fixed_widths: bool = False


class Text:
    """The pairs of an array file; `device` is where ids are gathered."""

    def __init__(self, path: Path, padding: int, device: str = "cpu", links: Path | None = None) -> None:
        try:
            with np.load(path) as arrays:
                self.source_lengths, self.target_lengths = arrays["fl"], arrays["el"]
                ids = [torch.from_numpy(arrays[name].view(np.int16)).to(device) for name in ("fi", "ei")]
                self.origin = arrays["origin"] if "origin" in arrays else np.zeros(len(self.source_lengths), np.uint8)
        except (OSError, ValueError, KeyError) as error:
            raise InputError(f"{path} is missing or damaged; run `python -m training vocabulary` again") from error
        self._device, self._padding = device, padding
        lengths = (self.source_lengths, self.target_lengths)
        starts = [torch.from_numpy(np.concatenate([[0], np.cumsum(side[:-1], dtype=np.int64)])) for side in lengths]
        self._sides = [
            (flat, start.to(device), torch.from_numpy(side.astype(np.int64)).to(device))
            for flat, start, side in zip(ids, starts, lengths, strict=True)
        ]
        self._links: tuple[npt.NDArray[np.int64], npt.NDArray[np.uint16]] | None = None
        if links is not None:
            try:
                with np.load(links) as arrays:
                    self._links = np.concatenate([[0], np.cumsum(arrays["count"], dtype=np.int64)]), arrays["links"]
            except (OSError, ValueError, KeyError) as error:
                raise InputError(f"{links} is missing or damaged; run `python -m training align`") from error
            if len(self._links[0]) != len(self.source_lengths) + 1:
                raise InputError(f"{links} belongs to another text; run `python -m training align` again")

    def fingerprint(self, plan: Plan) -> str:
        """Names the order of batches: a position in it means nothing in another."""
        digest = hashlib.blake2b(repr(plan).encode(), digest_size=8)
        for lengths in (self.source_lengths, self.target_lengths):
            digest.update(lengths.tobytes())
        return digest.hexdigest()

    def batches(self, epoch: int, plan: Plan) -> list[Indices]:
        """The batches of an epoch in random order; a corpus of weight 0.3 is drawn with chance 0.3, 2 twice."""
        chance = np.random.RandomState(_EPOCH_SEED + epoch + _RUN_SEED * plan.seed)
        source, target = self.source_lengths, self.target_lengths
        weight = np.array(plan.weights)[self.origin] if plan.weights else np.ones(len(source))
        times = np.floor(weight) + (chance.rand(len(weight)) < weight - np.floor(weight))
        fits = (source <= plan.max_tokens) & (target <= plan.max_tokens)
        rows = np.repeat(np.where(fits)[0], times[fits].astype(int))
        chance.shuffle(rows)
        if plan.fixed_widths:
            key = np.searchsorted(WIDTHS, np.maximum(source[rows], target[rows]))
            rows = rows[np.argsort(key, kind="stable")]
            key.sort()
        else:
            rows = rows[np.lexsort((target[rows] + chance.rand(len(rows)), source[rows]))]
            key = source[rows]
        cuts = np.flatnonzero(np.diff(key)) + 1
        out: list[Indices] = []
        for part in np.split(rows, cuts):
            if len(part):
                out += self._cut(part, plan)
        chance.shuffle(out)
        return out

    def _cut(self, rows: Indices, plan: Plan) -> list[Indices]:
        out, start = [], 0
        while start < len(rows):
            n = self._rows(rows[start:], plan)
            part = rows[start : start + n]
            if len(part) >= (n if plan.fixed_widths else plan.world):
                out.append(part)
            start += n
        return out

    def _rows(self, rows: Indices, plan: Plan) -> int:
        """Rows of the next batch, all parts together; targets are sorted, so the last row is the longest."""
        source, target = self.source_lengths, self.target_lengths
        if plan.fixed_widths:
            return max(1, plan.batch_tokens // self.width(rows[:1]))
        n = max(plan.world, plan.batch_tokens // max(int(source[rows[0]]), int(target[rows[0]])))
        while n > plan.world and int(target[rows[min(n, len(rows)) - 1]]) * n > plan.batch_tokens:
            n = max(plan.world, int(n * _SHRINK))
        return n

    def width(self, rows: Indices) -> int:
        """The fixed width that holds these rows."""
        longest = max(int(self.source_lengths[rows].max()), int(self.target_lengths[rows].max()))
        return WIDTHS[int(np.searchsorted(WIDTHS, longest))]

    def tensors(self, rows: Indices, width: int | None = None) -> tuple[Tensor, Tensor, Tensor | None]:
        """Source ids [B, S], target ids [B, T], padded, and links [B, T, S] where there are any."""
        picked = torch.from_numpy(rows).to(self._device)
        source, target = (self._gather(side, picked, width) for side in self._sides)
        if self._links is None:
            return source, target, None
        starts, flat = self._links
        links = torch.zeros(len(rows), target.shape[1], source.shape[1])
        spans = [flat[starts[row] : starts[row + 1]].astype(np.int64) for row in rows]
        owner = np.repeat(np.arange(len(rows)), [len(span) for span in spans])
        pairs = np.concatenate(spans)
        links[owner, pairs[:, 0], pairs[:, 1]] = 1
        return source, target, links.to(self._device)

    def _gather(self, side: tuple[Tensor, Tensor, Tensor], rows: Tensor, width: int | None) -> Tensor:
        flat, starts, lengths = side
        length = lengths[rows, None]
        column = torch.arange(width or int(length.max()), device=self._device)[None]
        ids = flat[(starts[rows, None] + column).clamp(max=len(flat) - 1)].long() & _UINT16
        return torch.where(column < length, ids, self._padding)

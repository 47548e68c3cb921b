"""What a run of the training is asked for, and what its processes share."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor

from training.checkpoint import Position
from training.optimizer import Moments
from training.parameters import Parameters, Stacks, shared
from translator.errors import PasserelleError

RUNNING, ENDED, NO_BATCHES, NOT_FINITE = range(4)
"""Status of a run."""


class TrainingError(PasserelleError):
    """The run cannot go on; the last good checkpoint is untouched."""


class Barrier(Protocol):
    """Where the processes of a run meet."""

    def wait(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Run:
    """What one call trains: for `minutes` or `steps`, whichever is given.

    `decay_share` is the last part of the run in which the learning rate falls to zero (1: all of it); `focus` draws
    the corpora by their focus weights. `device` is cpu or cuda.
    """

    arrays: Path
    development: Path | None
    links: Path | None
    checkpoint: Path
    log: Path
    vocabulary: int
    minutes: float | None = None
    steps: int | None = None
    decay_share: float = 0.0
    focus: bool = False
    workers: int = 1
    device: str = "cpu"
    compile: bool = False


@dataclass(slots=True)
class Shared:
    """What the processes of a run share.

    `control`: progress 0…1, whether a signal came, status. `results`, a row for each process: loss, alignment loss,
    target pieces, and step, epoch and batch that they belong to.
    """

    parameters: Parameters
    moments: Moments
    gradients: list[Stacks]
    position: Position
    data: str | None
    rewarm: bool
    control: Tensor = field(default_factory=lambda: shared(torch.zeros(3, dtype=torch.float64)))
    results: Tensor = field(default_factory=lambda: torch.zeros(0))

"""Trains: one single-threaded process a core on the CPU, with shared gradients; one process on CUDA.

Two threads that meet at every operation lose most of their speed as soon as anything else runs; processes meet three
times a step. Stop it at any moment: a signal saves, and a checkpoint is written every five minutes.
"""

import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from typing import Any

import torch
from torch.multiprocessing.spawn import spawn

from training import checkpoint
from training.checkpoint import Position
from training.config import Recipe
from training.optimizer import Moments
from training.parameters import Parameters
from training.parameters import shared as as_shared
from training.session import NO_BATCHES, NOT_FINITE, Barrier, Run, Shared, TrainingError
from training.worker import Worker
from translator.errors import InputError

logger = logging.getLogger(__name__)

_MEMORY = {
    "OMP_NUM_THREADS": "1",
    # memory that is given back to the system at each step costs a third of the speed
    "MALLOC_TOP_PAD_": "1000000000",
    "MALLOC_MMAP_THRESHOLD_": "4000000000",
    "MALLOC_TRIM_THRESHOLD_": "8000000000",
}


def train(recipe: Recipe, run: Run) -> Position:
    """Go on from the checkpoint, or begin; the position reached comes back.

    Raises:
        InputError: nothing to train on, or a checkpoint of another shape.
        TrainingError: the loss is not a number; nothing was saved after it.
    """
    if (run.minutes is None) == (run.steps is None):
        raise InputError("give either minutes or steps")
    shared = _shared(recipe, run)
    logger.info("%.1fM parameters, step %d", shared.parameters.count / 1e6, shared.position.step)

    def stop(*_: object) -> None:
        shared.control[1] = 1

    handlers = _on_signals(stop)
    try:
        if run.workers == 1:
            threads = torch.get_num_threads()
            torch.set_num_threads(1)
            _work(0, recipe, run, shared, threading.Barrier(1))
            torch.set_num_threads(threads)
        else:
            os.environ.update({name: os.environ.get(name, value) for name, value in _MEMORY.items()})
            barrier = multiprocessing.get_context("spawn").Barrier(run.workers)
            processes = spawn(  # type: ignore[no-untyped-call]
                _work, (recipe, run, shared, barrier), nprocs=run.workers, join=False
            )
            while processes is not None and not processes.join(timeout=1):
                pass
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    status = int(shared.control[2])
    if status == NO_BATCHES:
        raise InputError(f"{run.arrays}: no batch; sentences are too few or longer than max_tokens")
    saved = checkpoint.load(run.checkpoint) if run.checkpoint.exists() else {}
    if status == NOT_FINITE:
        raise TrainingError(
            f"loss {float(shared.results[:, 0].sum())} after step {int(shared.results[0, 3])}, epoch "
            f"{int(shared.results[0, 4])}, batch {int(shared.results[0, 5])}; lower the learning rate; "
            f"{run.checkpoint} still holds step {saved.get('step', 'none')}"
        )
    return _position(saved)


def _on_signals(stop: Callable[..., None]) -> dict[int, Any]:
    """Only a main thread may catch signals."""
    if threading.current_thread() is not threading.main_thread():
        return {}
    return {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}


def _position(saved: dict[str, Any]) -> Position:
    return Position(*(int(saved.get(key, 0)) for key in ("step", "toks", "epoch", "pos", "t")))


def _shared(recipe: Recipe, run: Run) -> Shared:
    parameters = Parameters(recipe.shape, run.vocabulary, recipe.seed)
    saved = checkpoint.load(run.checkpoint) if run.checkpoint.exists() else {}
    if saved:
        try:
            parameters.load(saved["model"])
        except ValueError as error:
            raise InputError(f"{run.checkpoint} does not fit the recipe: {error}") from error
    parameters.to(run.device)
    moments = Moments(parameters, averaged=recipe.training.ema > 0)
    for name, mine in (("m", moments.m), ("v", moments.v), ("ema", moments.ema)):
        for key, stack in saved.get(name, {}).items():
            if key in mine:
                mine[key].copy_(stack)
    shared = Shared(
        parameters,
        moments,
        [parameters.zeros() for _ in range(run.workers)],
        _position(saved),
        saved.get("data"),
        rewarm=bool(saved) and "m" not in saved,
    )
    shared.results = as_shared(torch.zeros(run.workers, 6, dtype=torch.float64))
    return shared


def _work(rank: int, recipe: Recipe, run: Run, shared: Shared, barrier: Barrier) -> None:
    if run.workers > 1:
        _on_signals(lambda *_: shared.control.__setitem__(1, 1))
        torch.set_num_threads(1)
    Worker(rank, recipe, run, shared, barrier).loop()

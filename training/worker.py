"""One process of a training: it computes its part of each batch and updates its part of each stack.

All processes of a run take the same steps and meet three times in each; rank 0 alone decides, writes and reports.
"""

import logging
import math
import time
from typing import Any

import torch

from training import checkpoint, progress
from training.batches import Plan, Text
from training.config import Recipe
from training.model import Network, loss
from training.optimizer import Optimizer
from training.session import ENDED, NO_BATCHES, NOT_FINITE, Barrier, Run, Shared

logger = logging.getLogger(__name__)

SAVE_EVERY_S = 300
LOG_EVERY_S = 120
REWARM_STEPS = 200
"""After moments were lost or begun anew."""
MIN_DECAY = 0.01
DEVELOPMENT_LINES = 400
_DEVELOPMENT_ROWS = 40


class Worker:
    """The state of one process."""

    def __init__(self, rank: int, recipe: Recipe, run: Run, shared: Shared, barrier: Barrier) -> None:
        self.rank, self.run, self.shared, self.barrier = rank, run, shared, barrier
        self.settings, self.position = recipe.training, shared.position
        cuda = run.device == "cuda"
        self.plan = Plan(
            self.settings.cuda_batch_tokens if cuda else self.settings.batch_tokens,
            self.settings.max_tokens,
            run.workers,
            self.settings.seed,
            tuple(corpus.focus for corpus in recipe.corpora) if run.focus else (),
            fixed_widths=cuda,
        )
        self.text = Text(run.arrays, run.vocabulary, run.device, run.links if self.settings.alignment_weight else None)
        self.leaves = shared.parameters.leaves(shared.gradients[rank])
        self.network = Network.create(recipe.shape, run.vocabulary, run.device, recipe.aligning)
        self.states = torch.compile(self.network.states, dynamic=False) if run.compile else self.network.states
        self.optimizer = Optimizer(shared.parameters, shared.moments, rank, run.workers, self.settings.ema)
        self.fingerprint = self.text.fingerprint(self.plan)
        if shared.data != self.fingerprint:
            self.position.batch = 0
            self.position.epoch += shared.data is not None or self.position.step > 0
        self.start, self.began = self.position.step, time.monotonic()
        self.saved_at = self.logged_at = self.began
        self.rate = 0.0
        self.sums = [0.0, 0.0, 0.0, 0.0]  # loss, alignment loss, target pieces, steps, since the last entry

    def loop(self) -> None:
        while True:
            batches = self.text.batches(self.position.epoch, self.plan)
            if not batches:
                self.shared.control[2] = NO_BATCHES
                return
            while self.position.batch < len(batches):
                if self.rank == 0:
                    self._decide()
                self.barrier.wait()
                progress_now, status = float(self.shared.control[0]), int(self.shared.control[2])
                if status == NOT_FINITE:
                    return
                if status == ENDED:
                    if self.rank == 0:
                        self._log()
                        self._save()
                    return
                if not self._step(batches[self.position.batch][self.rank :: self.run.workers], progress_now):
                    return
            self.position.epoch, self.position.batch = self.position.epoch + 1, 0

    def _decide(self) -> None:
        """Rank 0 says how far the run is and whether it ends, so that all see the same."""
        if self.run.steps is not None:
            done = (self.position.step - self.start) / self.run.steps if self.run.steps else 1.0
        else:
            done = (time.monotonic() - self.began) / 60 / (self.run.minutes or 1)
        self.shared.control[0] = done
        if done >= 1 or self.shared.control[1]:
            self.shared.control[2] = ENDED

    def _step(self, rows: Any, done: float) -> bool:
        width = self.text.width(rows) if self.plan.fixed_widths else None
        source, target, links = self.text.tensors(rows, width)
        value, alignment, count = loss(
            self.states, self.network.padding, self.leaves, source, target, self.settings.label_smoothing, links
        )
        total = value if alignment is None else value + self.settings.alignment_weight * alignment
        torch.autograd.backward(total)
        self.leaves["emb"].grad[self.shared.parameters.vocabulary] = 0  # type: ignore[index]
        where = self.position
        self.shared.results[self.rank] = torch.tensor(
            [value.item(), 0.0 if alignment is None else alignment.item(), count, where.step, where.epoch, where.batch],
            dtype=torch.float64,
        )
        self.barrier.wait()
        results = self.shared.results.clone()
        if not torch.isfinite(results).all():
            self.shared.control[2] = NOT_FINITE
            return False
        pieces = float(results[:, 2].sum())
        self.rate = self._learning_rate(done)
        where.updates += 1
        shares = [float(part) / pieces for part in results[:, 2]]
        self.optimizer.step(self.shared.gradients, shares, self.rate, where.updates)
        self.barrier.wait()
        for gradient in self.shared.gradients[self.rank].values():
            gradient.zero_()
        where.step, where.tokens, where.batch = where.step + 1, where.tokens + int(pieces), where.batch + 1
        means = [float((results[:, i] * results[:, 2]).sum()) / pieces for i in (0, 1)]
        for i, amount in enumerate((*means, pieces, 1)):
            self.sums[i] += amount
        if self.rank == 0:
            if time.monotonic() - self.logged_at > LOG_EVERY_S:
                self._log()
            if time.monotonic() - self.saved_at > SAVE_EVERY_S:
                self._save()
        return True

    def _learning_rate(self, done: float) -> float:
        rate = self.settings.learning_rate * min(1, (self.position.step + 1) / self.settings.warm_steps)
        if self.shared.rewarm:
            rate *= min(1, (self.position.step - self.start + 1) / REWARM_STEPS)
        if self._decaying(done):
            rate *= max(MIN_DECAY, (1 - done) / self.run.decay_share)
        return rate

    def _decaying(self, done: float) -> bool:
        return self.run.decay_share > 0 and done > 1 - self.run.decay_share

    def _save(self) -> None:
        shared, where = self.shared, self.position
        if not all(bool(torch.isfinite(stack).all()) for stack in shared.parameters.master.values()):
            self.shared.control[2] = NOT_FINITE
            return
        contents = {"model": shared.parameters.master, "m": shared.moments.m, "v": shared.moments.v}
        if shared.moments.ema:
            contents["ema"] = shared.moments.ema
        numbers = {
            "step": where.step,
            "toks": where.tokens,
            "epoch": where.epoch,
            "pos": where.batch,
            "t": where.updates,
        }
        checkpoint.save(self.run.checkpoint, {**contents, **numbers, "data": self.fingerprint})
        self.saved_at = time.monotonic()

    def _log(self) -> None:
        total, alignment, pieces, steps = self.sums
        if not steps:
            return
        seconds = time.monotonic() - self.logged_at
        entry = progress.Entry(
            time=progress.now(),
            step=self.position.step,
            epoch=self.position.epoch,
            tokens=self.position.tokens,
            loss=round(total / steps, 4),
            dev_loss=self._development_loss(),
            alignment_loss=round(alignment / steps, 4) if self.settings.alignment_weight else None,
            learning_rate=self.rate,
            tokens_per_second=round(pieces / seconds, 1),
            decaying=self._decaying(float(self.shared.control[0])),
        )
        progress.record(self.run.log, entry)
        logger.info(
            "step %d, %.2fM pieces, loss %.3f, development %s, %.0f pieces/s",
            entry.step,
            entry.tokens / 1e6,
            entry.loss,
            entry.dev_loss,
            entry.tokens_per_second,
        )
        self.sums, self.logged_at = [0.0] * 4, time.monotonic()

    def _development_loss(self) -> float | None:
        if self.run.development is None:
            return None
        text = Text(self.run.development, self.run.vocabulary, self.run.device)
        lines = min(DEVELOPMENT_LINES, len(text.target_lengths))
        order = text.target_lengths[:lines].argsort(kind="stable")
        total = pieces = 0.0
        with torch.no_grad():
            for start in range(0, lines, _DEVELOPMENT_ROWS):
                source, target, _ = text.tensors(order[start : start + _DEVELOPMENT_ROWS])
                value, _, count = loss(self.network.states, self.network.padding, self.leaves, source, target, 0.0)
                total, pieces = total + value.item() * count, pieces + count
        return round(total / pieces, 4) if math.isfinite(total) else None

"""Muon for the stacked matrices, Adam for embedding and norms; each process updates its own part of every stack.

Muon: Jordan et al. 2024, four Newton-Schulz steps; its update has the RMS of AdamW's, as in Liu et al. 2025.
"""

from collections.abc import Sequence

import torch

from training.parameters import Parameters, Stacks, placed

WEIGHT_DECAY = 0.01
MOMENTUM = 0.95
BETAS = (0.9, 0.98)
ADAM_EPSILON = 1e-9
MUON_EPSILON = 1e-7
MUON_RMS = 0.2
NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
NEWTON_SCHULZ_STEPS = 4


class Moments:
    """What is remembered: `m` of every stack, `v` of embedding and norms, `ema` where weights are averaged."""

    def __init__(self, parameters: Parameters, *, averaged: bool) -> None:
        self.m: Stacks = {name: placed(stack) for name, stack in parameters.master.items()}
        self.v: Stacks = {name: placed(parameters.master[name]) for name in ("emb", "norm")}
        self.ema: Stacks = {}
        if averaged:
            self.ema = {name: placed(stack).copy_(stack) for name, stack in parameters.master.items()}


class Optimizer:
    """Updates the part of `rank` among `world` processes."""

    def __init__(self, parameters: Parameters, moments: Moments, rank: int, world: int, ema: float = 0.0) -> None:
        self._parameters, self._moments, self._ema = parameters, moments, ema
        self._own = {
            name: slice(len(stack) * rank // world, len(stack) * (rank + 1) // world)
            for name, stack in parameters.master.items()
        }

    def step(self, gradients: Sequence[Stacks], weights: Sequence[float], learning_rate: float, count: int) -> None:
        """Apply the sum of the processes' gradients, each times its weight, as update number `count` (from 1)."""
        with torch.no_grad():
            for name, stack in self._parameters.master.items():
                own = self._own[name]
                master, m = stack[own], self._moments.m[name][own]
                if not len(master):
                    continue
                g = gradients[0][name][own].float() * weights[0]
                for other, weight in zip(gradients[1:], weights[1:], strict=True):
                    g.add_(other[name][own], alpha=weight)
                if name in self._moments.v:
                    _adam(master, g, m, self._moments.v[name][own], learning_rate, count)
                else:
                    _muon(master, g, m, learning_rate, tall=name == "A")
                self._parameters.low[name][own].copy_(master)
                if self._moments.ema:
                    # a young average follows faster, or it would remember the start for long
                    self._moments.ema[name][own].lerp_(master, max(1 - self._ema, 1 / (1 + count)))


def _adam(master: torch.Tensor, g: torch.Tensor, m: torch.Tensor, v: torch.Tensor, rate: float, count: int) -> None:
    first, second = BETAS
    m.lerp_(g, 1 - first)
    v.lerp_(g * g, 1 - second)
    step = m / (1 - first**count) / ((v / (1 - second**count)).sqrt() + ADAM_EPSILON)
    master.sub_(step, alpha=rate)


def _muon(master: torch.Tensor, g: torch.Tensor, m: torch.Tensor, rate: float, *, tall: bool) -> None:
    a, b, c = NEWTON_SCHULZ
    m.lerp_(g, 1 - MOMENTUM)
    x = g.lerp(m, MOMENTUM).bfloat16()
    if tall:
        x = x.transpose(1, 2)
    x = x / (x.float().norm(dim=(1, 2), keepdim=True) + MUON_EPSILON).bfloat16()
    for _ in range(NEWTON_SCHULZ_STEPS):
        square = x @ x.transpose(1, 2)
        x = torch.baddbmm(x, torch.baddbmm(square, square, square, beta=b, alpha=c), x, beta=a)
    if tall:
        x = x.transpose(1, 2)
    scale = rate * MUON_RMS * max(master.shape[1:]) ** 0.5
    master.mul_(1 - rate * WEIGHT_DECAY).add_(x.float(), alpha=-scale)

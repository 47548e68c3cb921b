"""The network: a Marian transformer (post-norm, ReLU, sinusoid positions, tied embeddings) without biases or dropout.

Activations are bf16. Attention is plain matrix products on the CPU, where that is faster than the fused kernel.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from training.config import Shape
from training.parameters import Stacks
from translator.document import AlignmentHeads

States = Callable[[Stacks, Tensor, Tensor, bool], tuple[Tensor, Tensor | None]]
"""`Network.states`, compiled or not."""

MAX_POSITIONS = 512
EPSILON = 1e-5
MASKED = -1e4
"""Added to the attention score of what must not be seen; bf16 holds it."""

_CHUNK_ROWS = {"cpu": 256, "cuda": 8192}
"""Rows of logits made at once: what stays in a CPU's cache, and what fills a GPU."""


class SoftmaxLoss(torch.autograd.Function):
    """Label-smoothed cross-entropy over the tied vocabulary, averaged over rows.

    The logits exist only chunk by chunk, so the gradients are made in the forward pass, while they are there.
    """

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, emb: Tensor, E: Tensor, target: Tensor, smoothing: float) -> Tensor:
        """hidden [N, d] bf16, emb [V + 1, d] fp32 (takes the gradient), E [V, d] bf16, target [N]."""
        rows, pieces, chunk = hidden.shape[0], E.shape[0], _CHUNK_ROWS[hidden.device.type]
        hidden_gradient, gradient = torch.empty_like(hidden), torch.zeros_like(emb)
        loss = torch.zeros((), device=hidden.device)
        for start in range(0, rows, chunk):
            h, y = hidden[start : start + chunk], target[start : start + chunk, None]
            z = (h @ E.T).float()
            top = z.amax(1, keepdim=True)
            picked, mean = z.gather(1, y) - top, z.mean(1, keepdim=True) - top
            z.sub_(top).exp_()
            total = z.sum(1, keepdim=True)
            loss += (total.log() - (1 - smoothing) * picked - smoothing * mean).sum()
            z.div_(total).sub_(smoothing / pieces)
            z.scatter_add_(1, y, torch.full_like(picked, smoothing - 1))
            g = z.bfloat16()
            torch.mm(g, E, out=hidden_gradient[start : start + chunk])
            gradient[:pieces] += (g.T @ h).float()
        ctx.save_for_backward(hidden_gradient.div_(rows), gradient.div_(rows))
        return loss / rows

    @staticmethod
    def backward(ctx: Any, *outer: Tensor) -> tuple[Tensor | None, ...]:
        hidden_gradient, gradient = ctx.saved_tensors
        return hidden_gradient * outer[0].to(hidden_gradient.dtype), gradient * outer[0], None, None, None


@dataclass(frozen=True, slots=True)
class Network:
    """The computation for one shape on one device; weights come in by name at each call.

    `positions` [512, d] as Marian has them: sines in the first half, cosines in the second.
    """

    shape: Shape
    padding: int
    positions: Tensor
    aligning: AlignmentHeads

    @classmethod
    def create(
        cls, shape: Shape, padding: int, device: str = "cpu", aligning: AlignmentHeads | None = None
    ) -> "Network":
        d = shape.d_model
        angles = torch.arange(MAX_POSITIONS)[:, None] * torch.exp(-math.log(10000) * torch.arange(0, d, 2) / d)
        positions = torch.cat([angles.sin(), angles.cos()], 1).to(device)
        return cls(shape, padding, positions, aligning or AlignmentHeads(shape.decoder_layers - 1, (0,)))

    def states(self, Q: Stacks, source: Tensor, target: Tensor, aligned: bool = False) -> tuple[Tensor, Tensor | None]:
        """Decoder states [B*T, d] for ids source [B, S] and target [B, T] (as read, one step late).

        With `aligned`, also the log attention [B, T, S] of the first aligning head; no step reads the last piece, and
        its row is zero where the head is late.
        """
        batch, length = target.shape
        h, mask, attention = self._embed(Q, source), None, None
        if source.is_cuda or (source == self.padding).any():  # on CUDA the question costs more than the mask
            mask = ((source == self.padding)[:, None, None, :] * MASKED).bfloat16()
        for i in range(self.shape.encoder_layers):
            h = self._self_attention(Q, f"e{i}.", h, batch, mask)
            h = self._norm(Q, f"e{i}.n2", h + _ffn(Q, f"e{i}.", h))
        memory, h = h, self._embed(Q, target)
        causal = torch.full((length, length), MASKED, dtype=torch.bfloat16, device=h.device).triu(1)
        for i in range(self.shape.decoder_layers):
            p = f"d{i}."
            h = self._self_attention(Q, p, h, batch, causal)
            k, v = (self._split(part, batch) for part in (memory @ Q[p + "kv"].T).chunk(2, -1))
            q = self._split(h @ Q[p + "q"].T, batch)
            if aligned and i == self.aligning.layer:
                head = slice(self.aligning.heads[0], self.aligning.heads[0] + 1)
                attention = F.log_softmax(self._scores(q[:, head], k[:, head], mask).float(), -1).squeeze(1)
                if self.aligning.late:
                    attention = F.pad(attention[:, 1:], (0, 0, 0, 1))
            h = self._norm(Q, p + "n2", h + self._attend(q, k, v, mask) @ Q[p + "co"].T)
            h = self._norm(Q, p + "n3", h + _ffn(Q, p, h))
        return h, attention

    def _self_attention(self, Q: Stacks, p: str, h: Tensor, batch: int, mask: Tensor | None) -> Tensor:
        q, k, v = (self._split(part, batch) for part in (h @ Q[p + "qkv"].T).chunk(3, -1))
        return self._norm(Q, p + "n1", h + self._attend(q, k, v, mask) @ Q[p + "o"].T)

    def _scores(self, q: Tensor, k: Tensor, mask: Tensor | None) -> Tensor:
        scores = (q @ k.transpose(-1, -2)) / math.sqrt(self.shape.d_model // self.shape.heads)
        return scores if mask is None else scores + mask

    def _attend(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
        if q.is_cuda:
            mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        else:
            # softmax over short rows is five times slower in bf16 than in fp32 with both conversions
            mixed = F.softmax(self._scores(q, k, mask).float(), -1).bfloat16() @ v
        return mixed.transpose(1, 2).reshape(-1, self.shape.d_model)

    def _split(self, x: Tensor, batch: int) -> Tensor:
        """[B*L, d] -> [B, heads, L, d / heads]."""
        return x.view(batch, -1, self.shape.heads, self.shape.d_model // self.shape.heads).transpose(1, 2)

    def _norm(self, Q: Stacks, name: str, x: Tensor) -> Tensor:
        return F.layer_norm(x, (self.shape.d_model,), Q[name + ".g"], Q[name + ".b"], EPSILON)

    def _embed(self, Q: Stacks, ids: Tensor) -> Tensor:
        scaled = F.embedding(ids, Q["emb"]) * math.sqrt(self.shape.d_model)
        return (scaled + self.positions[: ids.shape[1]]).bfloat16().view(-1, self.shape.d_model)


def _ffn(Q: Stacks, p: str, h: Tensor) -> Tensor:
    return F.relu(h @ Q[p + "f1"].T) @ Q[p + "f2"].T


def loss(
    states: States,
    padding: int,
    Q: Stacks,
    source: Tensor,
    target: Tensor,
    smoothing: float,
    links: Tensor | None = None,
) -> tuple[Tensor, Tensor | None, int]:
    """Mean loss of a target piece, the alignment loss where links are given, and the number of pieces.

    The alignment loss is the cross-entropy of the aligning head's attention against `links` [B, T, S] (1 where target
    piece t and source piece s are aligned, each row divided by its sum), over rows with a link (Garg et al. 2019).
    """
    read = torch.full_like(target, padding)
    read[:, 1:] = target[:, :-1]
    h, attention = states(Q, source, read, links is not None)
    kept = (target != padding).view(-1)
    count = int(kept.sum())
    if count < len(kept):
        h = h[kept]
    value: Tensor = SoftmaxLoss.apply(  # type: ignore[no-untyped-call]
        h, Q["emb"], Q["E"], target.view(-1)[kept], smoothing
    )
    if links is None or attention is None:
        return value, None, count
    rows = links.sum(-1, keepdim=True)
    share = links / rows.clamp(min=1)
    return value, -(share * attention).sum() / (rows > 0).sum().clamp(min=1), count
